"""CSV logs under many writers, killed writers, full disks and hostile cells."""

from __future__ import annotations

import datetime as dt
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.errors import BadConfiguration, FileUnavailable
from include.reporting.csv_log import CsvLog

ROOT = Path(__file__).parents[2]
COLUMNS = ("run_at", "run_id", "batch_id", "file", "amount")
NOW = dt.datetime(2026, 3, 1, 6, 0, tzinfo=dt.UTC)
SPAWN = multiprocessing.get_context("spawn")


def make_log(folder: Path, **settings: object) -> CsvLog:
    return CsvLog(folder / "log.csv", COLUMNS, ("run_id", "batch_id"), **settings)


def line(batch: int | str, run: str = "r1", at: dt.datetime = NOW, **cells: object) -> dict[str, object]:
    return {
        "run_at": at,
        "run_id": run,
        "batch_id": batch,
        "file": "a.csv",
        "amount": Decimal("1.50"),
        **cells,
    }


def append_many(folder: Path, writer: int, lines: int) -> None:
    log = make_log(folder)
    for number in range(lines):
        log.add([line(number, run=f"w{writer}")], since=NOW)


def test_a_line_told_twice_stands_there_once(tmp_path):
    log = make_log(tmp_path)
    assert log.add([line(1), line(2)], since=NOW) == 2
    assert log.add([line(1), line(2), line(3)], since=NOW) == 1
    assert [row["batch_id"] for row in log.read()] == ["1", "2", "3"]
    assert (tmp_path / "log.csv").read_text().splitlines()[:2] == [
        "run_at,run_id,batch_id,file,amount",
        "2026-03-01T06:00:00+00:00,r1,1,a.csv,1.50",
    ]


def test_a_batch_that_is_told_anew_keeps_no_line_of_what_it_was(tmp_path):
    columns = ("run_at", "run_id", "batch_id", "status", "currency")
    log = CsvLog(tmp_path / "log.csv", columns, ("run_id", "batch_id", "currency"), ("run_id", "batch_id"))
    refused = {"run_at": NOW, "run_id": "r1", "batch_id": 1, "status": "failed", "currency": None}
    other = refused | {"batch_id": 2, "status": "loaded", "currency": "KES"}
    log.add([refused, other], since=NOW)
    loaded = [refused | {"status": "loaded", "currency": currency} for currency in ("KES", "USD")]
    log.add([other, *loaded], since=NOW)
    lines = [(row["batch_id"], row["status"], row["currency"]) for row in log.read()]
    assert lines == [("2", "loaded", "KES"), ("1", "loaded", "KES"), ("1", "loaded", "USD")]
    written = log.path.read_bytes()
    log.rebuild([other, *loaded])
    assert log.path.read_bytes() == written


def test_eight_writers_at_once_keep_every_line_and_write_one_header(tmp_path):
    writers = [SPAWN.Process(target=append_many, args=(tmp_path, number, 25)) for number in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    lines = (tmp_path / "log.csv").read_text().splitlines()
    assert lines[0] == ",".join(COLUMNS)
    assert len(lines) == len(set(lines)) == 1 + 8 * 25
    assert all(text.count(",") == len(COLUMNS) - 1 for text in lines)


def test_a_line_torn_by_a_killed_writer_is_passed_over_and_mended_by_the_next(tmp_path):
    log = make_log(tmp_path)
    log.add([line(1), line(2)], since=NOW)
    whole = log.path.read_bytes()
    for cut in range(1, len(whole.splitlines()[-1]) + 1):
        log.path.write_bytes(whole[:-cut])
        assert [row["batch_id"] for row in log.read()] == ["1"]
        assert log.add([line(1), line(2)], since=NOW) == 1
        assert log.path.read_bytes() == whole


def test_a_torn_header_is_mended(tmp_path):
    log = make_log(tmp_path)
    log.path.write_text("run_at,run_i")
    assert log.add([line(1)], since=NOW) == 1
    assert len(list(log.read())) == 1


def test_writers_killed_at_any_moment_leave_a_log_that_a_retry_completes(tmp_path):
    program = (
        "import sys, pathlib\n"
        "from tests.reporting.test_csv_log import make_log, line, NOW\n"
        "log = make_log(pathlib.Path(sys.argv[1]))\n"
        "print('ready', flush=True)\n"
        "for start in range(0, 100_000, 50):\n"
        "    log.add([line(n, file='x' * 500) for n in range(start, start + 50)], since=NOW)\n"
    )
    log = make_log(tmp_path)
    for kill in range(3):
        with subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path)],
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
        ) as process:
            assert process.stdout
            process.stdout.readline()
            time.sleep(0.1 + 0.03 * kill)
            process.send_signal(signal.SIGKILL)
    wanted = [line(number, file="x" * 500) for number in range(2000)]
    log.add(wanted, since=NOW)
    batches = [int(row["batch_id"]) for row in log.read()]
    assert len(batches) == len(set(batches))
    assert set(range(2000)) <= set(batches)


def test_a_line_that_changed_is_replaced_not_added(tmp_path):
    log = make_log(tmp_path)
    log.add([line(1, amount=Decimal(0)), line(2)], since=NOW)
    assert log.add([line(1, amount=Decimal(7)), line(3)], since=NOW) == 2
    assert [(row["batch_id"], row["amount"]) for row in log.read()] == [
        ("2", "1.50"),
        ("1", "7"),
        ("3", "1.50"),
    ]


def test_only_the_end_of_a_long_log_is_read(tmp_path, monkeypatch):
    log = make_log(tmp_path)
    log.rebuild(line(day, at=NOW - dt.timedelta(days=20_000 - day)) for day in range(20_000))
    read: list[str] = []
    parse = CsvLog._parse
    monkeypatch.setattr(CsvLog, "_parse", lambda self, text: read.append("") or parse(self, text))
    assert log.add([line("new")], since=NOW - dt.timedelta(days=7)) == 1
    assert len(read) < 20
    assert log.add([line("new")], since=NOW - dt.timedelta(days=7)) == 0


def test_a_line_added_days_late_does_not_hide_those_before_it(tmp_path):
    log = make_log(tmp_path)
    days = [NOW + dt.timedelta(days=day) for day in range(12)]
    for number, day in enumerate(days[:7]):
        log.add([line(number, at=day)], since=day)
    # A line of the first day, caught up on the seventh, stands below younger ones.
    log.add([line("late", at=days[0])], since=days[6] - dt.timedelta(days=6.5))
    everything = [line(number, at=day) for number, day in enumerate(days[:7])]
    assert log.add([each for each in everything if each["run_at"] >= days[4]], since=days[4]) == 0


def test_without_a_moment_the_whole_log_is_searched(tmp_path):
    log = make_log(tmp_path)
    log.add([line(1, at=NOW - dt.timedelta(days=900)), line(2)], since=NOW - dt.timedelta(days=900))
    assert log.add([line(1, at=NOW)]) == 1
    assert [row["batch_id"] for row in log.read()] == ["2", "1"]


def test_a_rebuilt_log_equals_an_appended_one(tmp_path):
    rows = [line(number, at=NOW + dt.timedelta(minutes=number), file=f"ünï,{number}\n") for number in range(30)]
    (tmp_path / "appended").mkdir()
    for row in rows:
        make_log(tmp_path / "appended").add([row], since=NOW)
    log = make_log(tmp_path)
    log.path.write_text("anything else")
    assert log.rebuild(rows) == 30
    assert log.path.read_bytes() == (tmp_path / "appended" / "log.csv").read_bytes()


def test_another_header_is_not_written_under(tmp_path):
    log = make_log(tmp_path)
    log.path.write_text("a,b\n1,2\n")
    with pytest.raises(BadConfiguration, match="rebuild-logs"):
        log.add([line(1)], since=NOW)
    assert log.path.read_text() == "a,b\n1,2\n"


@pytest.mark.parametrize("cell", ["=1+1", "+SUM(A1)", "-cmd|x", "@A1", "\t=1", "\r=1", " =1", "＝1"])
def test_a_cell_that_a_spreadsheet_would_compute_is_text(tmp_path, cell):
    log = make_log(tmp_path)
    log.add([line(1, file=cell)], since=NOW)
    assert next(log.read())["file"] == f"'{cell.strip()}"


@pytest.mark.parametrize("cell", ["-12.50", "+3", "-1e5", Decimal("-0.01"), -7])
def test_a_negative_number_stays_a_number(tmp_path, cell):
    log = make_log(tmp_path)
    log.add([line(1, amount=cell)], since=NOW)
    assert Decimal(next(log.read())["amount"]) == Decimal(cell)


def test_a_full_disk_takes_back_what_was_half_written(tmp_path):
    # /dev/full is a disk without room; the size limit of a process ends a write in the middle.
    program = (
        "import sys, pathlib, resource, signal\n"
        "from include.errors import FileUnavailable\n"
        "from tests.reporting.test_csv_log import make_log, line, NOW\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "log = make_log(pathlib.Path(sys.argv[1]))\n"
        "log.add([line(1)], since=NOW)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (log.path.stat().st_size + 20,) * 2)\n"
        "try:\n"
        "    log.add([line(2)], since=NOW)\n"
        "except FileUnavailable as error:\n"
        "    print(error.code)\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.strip() == "disk_full"
    log = make_log(tmp_path)
    assert log.path.read_bytes().endswith(b"1.50\n")
    assert log.add([line(1), line(2)], since=NOW) == 1


def test_a_lock_that_stays_taken_is_said(tmp_path):
    from filelock import FileLock

    log = make_log(tmp_path, patience=0.2)
    with FileLock(tmp_path / ".log.csv.lock"), pytest.raises(FileUnavailable) as failure:
        log.add([line(1)], since=NOW)
    assert failure.value.code == "log_locked"


def test_a_log_that_nobody_wrote_yet_is_empty(tmp_path):
    assert list(make_log(tmp_path).read()) == []


@given(
    cells=st.lists(
        st.tuples(
            st.text(min_size=1),
            st.one_of(
                st.none(),
                st.text(),
                st.integers(),
                st.dates(),
                st.decimals(allow_nan=False, allow_infinity=False),
            ),
        ),
        max_size=8,
    )
)
def test_what_is_written_is_read_again(tmp_path_factory, cells):
    log = make_log(tmp_path_factory.mktemp("log"))
    rows = [line(number, file=name, amount=value) for number, (name, value) in enumerate(cells)]
    log.add(rows, since=NOW)
    seen = list(log.read())
    assert [row["batch_id"] for row in seen] == [str(number) for number in range(len(rows))]
    # Reading back and telling it again finds every line there already: what is read is what was written.
    assert log.add(rows, since=NOW) == 0
    assert log.add([{**row, "run_at": NOW} for row in seen], since=NOW) == 0
    assert all(not row["file"].startswith(("=", "@")) for row in seen)

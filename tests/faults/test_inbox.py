"""What may happen to a file on its way out of the inbox: nothing is lost, nothing is taken half, nothing is followed."""

import datetime as dt
import os
import socket
import stat
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from include.errors import FileUnavailable
from include.ingest import collecting
from include.ingest.collecting import TAKING, Delivery, deliveries, printable, strays, sweep, take_in
from include.ingest.loading import Loaded
from tests.faults.injecting import wait_for_lock
from tests.faults.invariants import check
from tests.faults.profiles import use
from tests.faults.road import HEADER, Road, amounts, row, write_profile


def take(road: Road, path: Path) -> None:
    with psycopg.connect(road.dsn) as connection:
        take_in(
            connection,
            Delivery(path.parent.name, path),
            road.folder / "archive",
            now=dt.datetime.now(dt.UTC),
            zone=road.organisation.zone,
        )


def archived(road: Road) -> list[Path]:
    return [path for path in (road.folder / "archive").rglob("*") if path.is_file()]


def test_a_file_that_is_still_being_written_waits_for_its_end(road: Road) -> None:
    path = road.ledger("2026-03-01.csv", row("A", 1))
    with path.open("a") as upload:
        os.utime(path, (1, 1))  # it stalled a while ago
        with pytest.raises(FileUnavailable) as waiting:
            take(road, path)
        upload.write(row("B", 2) + "\n")
    assert (waiting.value.code, path.exists(), archived(road)) == ("file_changing", True, [])
    road.travel()
    check(road.query, truth=amounts({"A": 1, "B": 2}))


@pytest.mark.parametrize("name", ["ledger_x.csv.part", "ledger_x.csv.crdownload", ".ledger_x.csv", "ledger_x.csv~"])
def test_an_upload_under_way_by_its_name_is_left_alone(road: Road, name: str) -> None:
    path = road.drop("ledger", name, HEADER)
    assert road.travel().batches == []
    assert path.exists()
    assert strays(road.inbox) == []


def test_a_file_replaced_after_it_was_archived_is_not_deleted_with_it(road: Road) -> None:
    path = road.ledger("2026-03-01.csv", row("A", 1))
    with psycopg.connect(road.admin_dsn) as blocker:
        blocker.execute("lock table ops.files in access exclusive mode")
        worker = threading.Thread(target=take, args=(road, path))
        worker.start()
        wait_for_lock(road.admin_dsn)
        road.ledger("2026-03-01.csv", row("A", 2))
    worker.join()
    assert path.exists(), "the new bytes wait for the next run"
    road.travel()
    check(road.query, truth=amounts({"A": 2}))


def test_a_file_left_half_taken_by_a_killed_run_is_taken_by_the_next(road: Road) -> None:
    path = road.ledger("2026-03-01.csv", row("A", 1))
    path.rename(path.with_name(TAKING + path.name))
    outcome = road.travel()
    assert [batch["name"] for batch in outcome.batches] == ["ledger_2026-03-01.csv"]
    check(road.query, truth=amounts({"A": 1}))
    assert list((road.inbox / "ledger").iterdir()) == []


def test_a_file_taken_in_before_the_kill_and_still_in_the_inbox_counts_once(road: Road) -> None:
    road.bring("2026-03-01.csv", row("A", 1))
    road.ledger("2026-03-01.csv", row("A", 1))
    assert road.travel().ends == [("duplicate", "duplicate_file")]
    check(road.query, truth=amounts({"A": 1}))


def test_a_file_that_vanished_is_a_failure_that_may_pass_and_no_empty_success(road: Road) -> None:
    path = road.ledger("2026-03-01.csv", row("A", 1))
    path.unlink()
    with pytest.raises(FileUnavailable) as gone:
        take(road, path)
    assert gone.value.code == "file_vanished"
    assert archived(road) == []


@contextmanager
def as_nobody(*folders: Path) -> Iterator[None]:
    """Without root's rights over files, which would read everything."""
    for folder in folders:
        for path in [folder, *folder.rglob("*")]:
            os.chown(path, 65534, 65534)
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_a_file_that_may_not_be_read_stays_and_is_told(road: Road) -> None:
    with tempfile.TemporaryDirectory(prefix="gauss-faults-") as name:
        folder = Path(name)
        (folder / "ledger").mkdir()
        path = folder / "ledger" / "ledger_2026-03-01.csv"
        path.write_text(HEADER)
        with as_nobody(folder):
            path.chmod(0)
            with pytest.raises(FileUnavailable) as refused:
                collecting.archive(Delivery("ledger", path), folder / "archive")
            assert refused.value.code == "file_unreadable"
            assert path.exists()
            (folder / "ledger").chmod(0)
            with pytest.raises(FileUnavailable) as closed:
                list(deliveries(folder))
            assert closed.value.code == "file_unreadable"
            (folder / "ledger").chmod(0o700)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_an_inbox_that_may_not_be_emptied_is_told_after_the_file_is_safe(
    road: Road, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tempfile.TemporaryDirectory(prefix="gauss-faults-") as name:
        folder = Path(name)
        write_profile(folder / "profiles", "ledger")
        use(folder / "profiles", monkeypatch.setattr)
        (folder / "ledger").mkdir()
        path = folder / "ledger" / "ledger_2026-03-01.csv"
        path.write_text(HEADER)
        os.utime(path, (1, 1))
        with as_nobody(folder), psycopg.connect(road.dsn) as connection:
            (folder / "ledger").chmod(0o500)
            with pytest.raises(FileUnavailable, match="cannot be taken out of the inbox"):
                take_in(
                    connection,
                    Delivery("ledger", path),
                    folder / "archive",
                    now=dt.datetime.now(dt.UTC),
                    zone=road.organisation.zone,
                )
            (folder / "ledger").chmod(0o700)
    assert len(road.query("select 1 from ops.files")) == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount")
def test_a_full_archive_leaves_the_file_in_the_inbox_and_no_half_copy(road: Road, small_disk: Path) -> None:
    path = road.drop("ledger", "ledger_2026-03-01.csv", os.urandom(2 << 20))
    with pytest.raises(FileUnavailable) as full:
        collecting.archive(Delivery("ledger", path), small_disk / "archive")
    assert full.value.code == "disk_full"
    assert path.exists()
    assert [found for found in small_disk.rglob("*") if found.is_file()] == []


def test_a_damaged_archive_copy_is_replaced_by_the_whole_file(road: Road) -> None:
    path = road.ledger("2026-03-01.csv", row("A", 1))
    whole = path.read_bytes()
    take(road, path)
    (copy,) = archived(road)
    copy.write_bytes(b"")
    road.ledger("2026-03-01.csv", row("A", 1))
    road.travel()
    assert copy.read_bytes() == whole
    check(road.query, truth=amounts({"A": 1}))


def test_copies_that_a_killed_run_left_are_swept_away_after_a_day(road: Road) -> None:
    workshop = road.folder / "archive" / ".unfinished"
    workshop.mkdir(parents=True)
    old, young = workshop / "old.part", workshop / "young.part"
    for path in (old, young):
        path.touch()
    os.utime(old, (1, 1))
    assert sweep(workshop) == 1
    assert (old.exists(), young.exists()) == (False, True)


NAMES = {
    "a newline": "ledger_2026-03-01\nroot: all is well.csv",
    "control characters": "ledger_2026-03-01\x1b[2J\x07.csv",
    "dots": "ledger_..2026-03-01...csv",
    "a backslash path": "ledger_..\\..\\etc\\passwd_2026-03-01.csv",
    "a leading dash": "-rf ledger_2026-03-01.csv",
    "two hundred and fifty bytes": f"ledger_2026-03-01_{'x' * 228}.csv",
    "a turned direction": "ledger_2026-03-01_\u202evsc.exe",
    "an unseen joint": "ledger_2026-03-01\u200b.csv",
    "bytes that are no UTF-8": os.fsdecode(b"ledger_2026-03-01_\xff\xfe.csv"),
    "a quote and SQL": "ledger_2026-03-01'); drop table core.expenses; --.csv",
    "a formula": "=cmd|' -C calc'!A0_ledger_2026-03-01.csv",
    "a mention": "ledger_2026-03-01 <!channel>.csv",
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_file_s_name_does_no_harm(road: Road, name: str) -> None:
    road.drop("ledger", name, "\n".join([HEADER, row("A", 1), ""]))
    outcome = road.travel()
    (batch,) = outcome.batches
    assert batch["name"].isprintable()
    assert batch["status"] == ("loaded" if name.startswith("ledger_") else "failed")
    assert all(path.parent == road.folder / "archive" / "ledger" for path in archived(road))
    assert list((road.inbox / "ledger").iterdir()) == []


def test_two_ways_of_writing_an_accent_are_one_name(road: Road) -> None:
    assert printable("cafe\u0301.csv") == printable("caf\u00e9.csv")


def test_links_pipes_and_folders_are_not_followed_and_are_told(road: Road, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "ledger_2026-03-01.csv").write_text("\n".join([HEADER, row("A", 1)]))
    (road.inbox / "linked").symlink_to(outside)
    source = road.inbox / "ledger"
    source.mkdir()
    (source / "ledger_link.csv").symlink_to(outside / "ledger_2026-03-01.csv")
    os.mkfifo(source / "ledger_pipe.csv")
    (source / "ledger_folder.csv").mkdir()
    with socket.socket(socket.AF_UNIX) as door:
        here = Path.cwd()
        os.chdir(source)
        door.bind("ledger_socket.csv")
        os.chdir(here)
    assert list(deliveries(road.inbox)) == []
    told = " ".join(strays(road.inbox))
    for name in ("linked", "ledger_link.csv", "ledger_pipe.csv", "ledger_folder.csv", "ledger_socket.csv"):
        assert name in told
    assert (outside / "ledger_2026-03-01.csv").exists()


def test_a_link_put_in_a_file_s_place_is_not_followed(road: Road, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    path = road.inbox / "ledger" / "ledger_2026-03-01.csv"
    path.parent.mkdir()
    path.symlink_to(secret)
    with pytest.raises(FileUnavailable):
        take(road, path)
    assert archived(road) == []
    assert secret.read_text() == "secret"


def test_a_file_in_the_inbox_itself_is_noticed(road: Road) -> None:
    (road.inbox / "expenses_2026-03.csv").write_text(HEADER)
    assert strays(road.inbox) == [
        "expenses_2026-03.csv lies in the inbox itself, where nobody looks for it: move it to inbox/<source>/"
    ]


def test_a_folder_that_no_profile_knows_is_a_failure_with_a_code(road: Road) -> None:
    road.drop("stranger", "x.csv", HEADER)
    assert road.travel().ends == [("failed", "unknown_source")]


def test_new_bytes_under_an_old_name_are_a_delivery_of_their_own(road: Road) -> None:
    road.bring("2026-03-01.csv", row("A", 1))
    assert road.bring("2026-03-01.csv", row("A", 2)) == Loaded("loaded", updated=1)
    check(road.query, truth=amounts({"A": 2}))


def test_what_the_archive_keeps_is_what_was_delivered(road: Road) -> None:
    content = b"\xef\xbb\xbfnr,day,amount,who,what\r\nA,2026-03-05,1,ACME,=1+1\r\n"
    road.drop("ledger", "ledger_2026-03-01.csv", content)
    road.travel()
    (copy,) = archived(road)
    assert copy.read_bytes() == content
    assert stat.S_ISREG(copy.stat().st_mode)

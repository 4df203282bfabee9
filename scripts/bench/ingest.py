"""`make bench`: how fast files come home, beside the floor and the usual ways, in interleaved rounds.

Every figure is taken in a process of its own, against a database of its own, on one private PostgreSQL with its
default durability. What a road loaded is held against the generator's truth each time: every value of every row in
core, and the rejects; the number of rows in the tables of those that load elsewhere. A run that loads anything else has
no figure. Results go to .gauss/bench/ingest.json.
"""

import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from deploy.local.machine import ROOT, Machine
from deploy.local.postgres import Postgres
from deploy.local.screen import run_command
from deploy.warehouse import migrate, set_passwords
from scripts.bench.expense_rows import (
    BAD,
    CATEGORIES,
    DEPARTMENTS,
    STAFF,
    VENDORS,
    Truth,
    as_json,
    digest_of,
    make_rows,
)

SQL = Path(__file__).parent / "sql"
TEMPLATE = "gauss_bench"
PEERS = ("floor", "dlt", "executemany", "execute_values", "pandas")
# Tables of those that do not load into core, and how many rows are in them: pandas validates nothing, and what a
# contract's types cannot see passes dlt.
ELSEWHERE = {"pandas": "public.bench_pandas", "dlt": "bench_dlt.expenses"}
UNSEEN = {
    "pandas": {code for *_, code in BAD},
    "dlt": {"not_positive", "invalid_currency", "future_date", "ancient_date"},
}
TARGETS = {
    "floor_100k": 0.75, "floor_1m": 0.75, "dlt": 4.0, "executemany": 6.0, "execute_values": 1.5, "pandas": 1.3,
}  # fmt: skip


@dataclass
class Bench:
    """A server, files of several lengths, and the figures of every round."""

    server: Postgres
    folder: Path
    password: str
    files: dict[int, tuple[Path, Path, Truth]] = field(default_factory=dict)
    rounds: list[dict[str, Any]] = field(default_factory=list)

    def file(self, rows: int) -> tuple[Path, Path, Truth]:
        """The CSV of so many rows, the same without its bad rows, and the truth about it."""
        if rows not in self.files:
            whole, good = self.folder / f"{rows}.csv", self.folder / f"{rows}-good.csv"
            truth = make_rows(whole, rows)
            with whole.open(encoding="utf-8") as source, good.open("w", encoding="utf-8") as target:
                target.writelines(line for number, line in enumerate(source) if number == 0 or number % 100 != 38)
            self.files[rows] = whole, good, truth
        return self.files[rows]

    @contextmanager
    def database(self) -> Iterator[str]:
        """A fresh warehouse with the rows that expenses refer to."""
        name = "gauss_bench_run"
        with psycopg.connect(self.server.dsn(), autocommit=True) as connection:
            connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))
            connection.execute(
                sql.SQL("create database {} template {}").format(sql.Identifier(name), sql.Identifier(TEMPLATE))
            )
        migrate(self.server.dsn(name))
        with psycopg.connect(self.server.dsn(name), autocommit=True) as connection:
            connection.execute("checkpoint")
        yield name

    def measure(self, road: str, rows: int, database: str) -> dict[str, Any]:
        """One road once, in a process of its own; its figures, noted."""
        whole, good, truth = self.file(rows)
        work = self.folder / "work"
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        done = subprocess.run(
            [
                sys.executable, "-m", "scripts.bench.roads", road, self.server.dsn(database),
                self.server.dsn(database, "svc_pipeline", self.password), str(good if road == "floor" else whole),
                str(work),
            ],
            cwd=ROOT, capture_output=True, text=True, check=False,
            env={**os.environ, "RUNTIME__DLTHUB_TELEMETRY": "false"},
        )  # fmt: skip
        if done.returncode:
            raise SystemExit(f"{road} failed:\n{done.stderr[-3000:]}")
        figure = {"road": road, "rows": rows, **json.loads(done.stdout.splitlines()[-1]), "load": os.getloadavg()[0]}
        self._check(road, database, truth)
        self.rounds.append(figure)
        say(f"  {road:<15}{rows:>10,} rows {figure['seconds']:>9.2f} s {figure['peak_mb']:>9.1f} MB")
        return figure

    def _check(self, road: str, database: str, truth: Truth) -> None:
        """What was loaded is what the generator made."""
        with psycopg.connect(self.server.dsn(database)) as connection:
            if road in ELSEWHERE:
                expected = truth.good + sum(rows for code, rows in truth.rejects.items() if code in UNSEEN[road])
                table_ = sql.Identifier(*ELSEWHERE[road].split("."))
                (rows,) = connection.execute(sql.SQL("select count(*) from {}").format(table_)).fetchone() or (0,)
                if rows != expected:
                    raise SystemExit(f"{road} loaded {rows} rows and not {expected}")
                return
            with connection.cursor("content") as cursor:
                cursor.execute((SQL / "content.sql").read_text())
                rows, digest = digest_of(line for (line,) in cursor)
            if (rows, digest) != (truth.good, truth.digest):
                raise SystemExit(f"What {road} loaded is not the truth: {rows} of {truth.good} rows, or other values")
            rejects: dict[str, int] = dict(
                connection.execute("select code, count(*) from ops.rejects group by code").fetchall()
            )
            if road == "ours" and rejects != truth.rejects:
                raise SystemExit(f"The rejects are not the truth: {rejects}")

    def median(self, road: str, rows: int) -> float:
        """Rows per second, median over the rounds."""
        seconds = [each["seconds"] for each in self.rounds if (each["road"], each["rows"]) == (road, rows)]
        return rows / statistics.median(seconds)


def say(line: str) -> None:
    """A line of progress."""
    print(line, flush=True)  # noqa: T201


def wal_bytes(bench: Bench) -> int:
    """How much WAL the server has written so far."""
    with psycopg.connect(bench.server.dsn()) as connection:
        (position,) = connection.execute("select pg_current_wal_lsn() - '0/0'").fetchone() or (0,)
    return int(position)


def run(bench: Bench, rounds: int, small: int, large: int, huge: int) -> dict[str, Any]:
    """All rounds; the results as written to ingest.json."""
    for number in range(rounds):
        say(f"Round {number + 1} of {rounds}")
        for road in ("ours", *PEERS):
            with bench.database() as database:
                bench.measure(road, small, database)
        for road in ("ours", "floor"):
            with bench.database() as database:
                bench.measure(road, large, database)
    with bench.database() as database:
        bench.measure("ours", large, database)
        same = bench.measure("again", large, database)
        before, wal = _changes(bench, database), wal_bytes(bench)
        bench.measure("forced", large, database)
        forced_rows, forced_wal = _changes(bench, database) - before, wal_bytes(bench) - wal
    with bench.database() as database:
        peak_huge = bench.measure("ours", huge, database)["peak_mb"]
    ours = bench.median("ours", small)
    return {
        "ratios": {
            "floor_100k": ours / bench.median("floor", small),
            "floor_1m": bench.median("ours", large) / bench.median("floor", large),
            **{peer: ours / bench.median(peer, small) for peer in PEERS[1:]},
        },
        "peak_mb_1m": max(r["peak_mb"] for r in bench.rounds if r["road"] == "ours" and r["rows"] == large),
        "peak_mb_5m": peak_huge,
        "same_file_s": same["seconds"],
        "forced_rows_changed": forced_rows,
        "forced_wal_mb": round(forced_wal / 2**20, 2),
        "growth_1m_100k": (large / bench.median("ours", large)) / (small / ours),
        "rows": {"small": small, "large": large, "huge": huge},
        "rounds": bench.rounds,
        "truth": {str(rows): as_json(truth) for rows, (_, _, truth) in bench.files.items()},
        "versions": {
            "postgresql": _server_version(bench),
            "python": platform.python_version(),
            **{name: version(name) for name in ("psycopg", "psycopg2-binary", "pydantic", "pandas", "dlt")},
        },
    }


def _server_version(bench: Bench) -> str:
    with psycopg.connect(bench.server.dsn()) as connection:
        return str(connection.info.parameter_status("server_version"))


def _changes(bench: Bench, database: str) -> int:
    """Rows of core.expenses inserted or updated since the database was made."""
    with psycopg.connect(bench.server.dsn(database), autocommit=True) as connection:
        connection.execute("select pg_stat_force_next_flush()")
        (changes,) = connection.execute(
            "select count(*) + (select count(*) from core.row_versions) from core.expenses"
        ).fetchone() or (0,)
    return int(changes)


def table(results: dict[str, Any]) -> str:
    """The results as people read them."""
    lines = ["", f"{'beside':<18}{'ratio':>8}{'target':>9}"]
    for name, ratio in results["ratios"].items():
        mark = "" if ratio >= TARGETS[name] else "  missed"
        lines.append(f"{name:<18}{ratio:>8.2f}{TARGETS[name]:>9.2f}{mark}")
    lines += [
        "",
        f"peak above idle      {results['peak_mb_1m']:.0f} MB at 1 M rows, {results['peak_mb_5m']:.0f} MB at 5 M",
        f"the same file again  {results['same_file_s']:.2f} s",
        f"forced again         {results['forced_rows_changed']} rows changed, {results['forced_wal_mb']} MB of WAL",
        f"1 M against 100 k    {results['growth_1m_100k']:.1f} times the time",
    ]
    return "\n".join(lines)


def main() -> int:
    """Run with ROUNDS (5), SMALL (100000), LARGE (1000000) and HUGE (5000000) from the environment."""
    rounds, small, large, huge = (
        int(os.environ.get(name, default))
        for name, default in (("ROUNDS", 5), ("SMALL", 100_000), ("LARGE", 1_000_000), ("HUGE", 5_000_000))
    )
    machine = Machine.here()
    target = machine.state / "bench" / "ingest.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="gauss-bench-") as folder:
        server = Postgres(Path(folder) / "postgres", free_port())
        server.start()
        try:
            bench = Bench(server, Path(folder), os.urandom(12).hex())
            _make_template(bench)
            results = run(bench, rounds, small, large, huge)
        finally:
            server.stop()
            server.remove()
    target.write_text(json.dumps(results, indent=1))
    say(table(results))
    say(f"\nAll figures: {target}")
    return 0


def free_port() -> int:
    """A port that nobody listens on now."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _make_template(bench: Bench) -> None:
    with psycopg.connect(bench.server.dsn(), autocommit=True) as connection:
        connection.execute(sql.SQL("create database {}").format(sql.Identifier(TEMPLATE)))
    migrate(bench.server.dsn(TEMPLATE))
    set_passwords(bench.server.dsn(TEMPLATE), {"svc_pipeline": bench.password})
    counts = {"departments": DEPARTMENTS, "categories": CATEGORIES, "vendors": VENDORS, "staff": STAFF}
    with psycopg.connect(bench.server.dsn(TEMPLATE), autocommit=True) as connection:
        for statement in (SQL / "prepare.sql").read_text().split(";"):
            connection.execute(statement, counts)
        connection.execute("vacuum analyze")


if __name__ == "__main__":
    run_command(main)

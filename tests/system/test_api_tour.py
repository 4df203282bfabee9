"""The tour of docs/api.md, block by block as it stands there, against the running system."""

from __future__ import annotations

import csv
import itertools
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest

from deploy.local import services
from tests.api.documentation import tour
from tests.system.conftest import System

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("system"), pytest.mark.timeout(900)]

MARK = "--- the next block ---"


def exported(system: System) -> dict[str, str]:
    """What `make env` gives to a script."""
    lines = system.make("env").stdout.splitlines()
    pairs = (line.removeprefix("export ").split("=", 1) for line in lines)
    return {name: text.strip("'") for name, text in pairs}


def run_blocks(language: str, codes: list[str], system: System, folder: Path) -> list[str]:
    """Run blocks of one language as one script, since what one defines the next one uses; what each printed."""
    if language == "sh":
        # Each part of the tour goes on with what its first block, make env, has set.
        script = "\n".join(["set -eu", *(f"{code}\necho; echo '{MARK}'" for code in codes)])
        command = ["bash", "-c", script]
    else:
        command = [sys.executable, "-c", "\n".join(f"{code}\nprint({MARK!r}, flush=True)" for code in codes)]
    done = subprocess.run(
        command,
        cwd=system.clone,
        env=system.environment | exported(system) | {"PYTHON": sys.executable, "TMPDIR": str(folder)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.split(MARK)[:-1]


def wait_until_all_is_home(system: System) -> None:
    """Until the file that the tour ends with is home as well, and no run goes on."""
    airflow = services.api(system.machine)
    deadline = time.monotonic() + 240
    with psycopg.connect(services.postgres(system.machine).dsn("gauss"), autocommit=True) as connection:
        while time.monotonic() < deadline:
            (home,) = connection.execute(
                "select count(*) from ops.files join ops.batches using (file_id) "
                "where name = '2026-10.csv' and status = 'loaded'"
            ).fetchone() or (0,)
            if home and not airflow.runs(state=["queued", "running"]):
                return
            time.sleep(1)
    raise AssertionError("the tour's file did not come home")


def test_the_tour_runs_as_it_is_told_and_ends_in_core_and_in_the_log(system: System, tmp_path: Path) -> None:
    steps = tour()
    assert len(steps) >= 6
    for language, group in itertools.groupby(steps, key=lambda step: step[0]):
        some = list(group)
        said = run_blocks(language, [code for _, code, _ in some], system, tmp_path)
        for (_, code, expected), printed in zip(some, said, strict=True):
            if expected is not None:
                assert printed.strip() == expected.strip(), code

    wait_until_all_is_home(system)
    with psycopg.connect(services.postgres(system.machine).dsn("gauss")) as connection:
        rows = connection.execute(
            "select external_id, status::text, amount from core.expenses where source = 'api' order by external_id"
        ).fetchall()
    assert rows == [("TOUR-1", "approved", Decimal("1250.00")), ("TOUR-2", "approved", Decimal("80.50"))]
    with (system.machine.output / "ingestion_logs.csv").open(newline="") as file:
        lines = [line for line in csv.DictReader(file) if line["source"] == "api"]
    assert sum(int(line["rows_read"]) for line in lines) == 5
    assert {line["status"] for line in lines} == {"loaded"}

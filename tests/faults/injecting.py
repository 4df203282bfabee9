"""Faults, injected for real: processes held at a known point, killed or frozen there; disks that are small."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tests.conftest import ROOT
from tests.faults.road import Road

PATIENCE = 200.0  # seconds; the machine may be busy


def wait_until(holds: Callable[[], bool], what: str) -> None:
    """Wait for something to come true."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if holds():
            return
        time.sleep(0.05)
    raise AssertionError(f"waited in vain: {what}")


def wait_for_lock(admin_dsn: str, n_waiting: int = 1) -> None:
    """Until so many sessions of the database wait for a lock."""
    with psycopg.connect(admin_dsn, autocommit=True) as connection:

        def waits() -> bool:
            waiting = connection.execute(
                "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
            ).fetchone()
            return waiting is not None and waiting[0] >= n_waiting

        wait_until(waits, f"{n_waiting} waiting for a lock")


@contextmanager
def held(admin_dsn: str, *statements: str) -> Iterator[psycopg.Connection]:
    """Locks held by the test, so that whoever comes by stops there; let go at the block's end, or by a commit."""
    with psycopg.connect(admin_dsn) as connection:
        for statement in statements:
            connection.execute(statement)
        yield connection
        connection.rollback()


def start(road: Road, run_id: str) -> subprocess.Popen[bytes]:
    """A run on the road in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.faults.road", road.dsn, road.admin_dsn, str(road.folder), run_id],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def kill(process: subprocess.Popen[bytes]) -> None:
    """End a process without a word, and wait until it is gone."""
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=30)
    if process.stderr:
        process.stderr.close()


def wait_until_alone(admin_dsn: str) -> None:
    """Until the server has noticed that its clients are gone."""
    with psycopg.connect(admin_dsn, autocommit=True) as connection:

        def alone() -> bool:
            others = connection.execute(
                "select count(*) from pg_stat_activity where datname = current_database() "
                "and backend_type = 'client backend' and pid <> pg_backend_pid()"
            ).fetchone()
            return others == (0,)

        wait_until(alone, "the sessions of killed processes")


@contextmanager
def mounted(folder: Path, size: str) -> Iterator[Path]:
    """A file system of this size, in memory."""
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=0755", "tmpfs", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def resize(folder: Path, size: str) -> None:
    """Make room: the file system gets this size."""
    subprocess.run(["mount", "-o", f"remount,size={size}", str(folder)], check=True)


def is_root() -> bool:
    """Whether file systems can be mounted here."""
    return os.geteuid() == 0

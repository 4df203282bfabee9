"""One running system, shared by the tests in this folder: a clone of its own, started by make start.

The Python environment is the one that runs the tests; everything else (state, ports, output) is the clone's own.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from deploy.local import services
from deploy.local.machine import ROOT, Machine

PATIENCE = 900


@dataclass(frozen=True)
class System:
    """A started clone; `first_words` is what its first make start printed, `seconds` how long that took."""

    clone: Path
    environment: dict[str, str]
    first_words: str
    seconds: float

    @property
    def machine(self) -> Machine:
        """Its folders, ports and secrets."""
        return Machine(self.clone, Path(self.environment["GAUSS_STATE"]), self.environment)

    def make(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run one of its make targets."""
        return make(self.clone, self.environment, *words)

    def fingerprint(self) -> dict[str, tuple[int, str]]:
        """Table → number of rows and hash of their text, for all of core, ops and audit."""
        server = services.postgres(self.machine)
        with psycopg.connect(server.dsn("gauss")) as connection:
            tables = connection.execute(
                "select schemaname, tablename from pg_tables where schemaname in ('core', 'ops', 'audit')"
            ).fetchall()
            query = sql.SQL("select count(*), coalesce(md5(string_agg(t::text, ',' order by t::text)), '') from {} t")
            return {
                f"{schema}.{name}": (count, digest)
                for schema, name in tables
                for count, digest in connection.execute(query.format(sql.Identifier(schema, name)))
            }

    def processes(self) -> list[str]:
        """The command lines of all living processes that were started for this state."""
        mark = f"GAUSS_STATE={self.environment['GAUSS_STATE']}".encode()
        own = services.postgres(self.machine).place
        found = []
        for entry in Path("/proc").iterdir():
            try:
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                variables = (entry / "environ").read_bytes()
            except OSError:
                continue
            if command and (mark in variables.split(b"\0") or str(own) in command):
                found.append(command)
        return found


def make(clone: Path, environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", "--no-print-directory", f"PYTHON={sys.executable}", *words],
        cwd=clone,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    folder = tmp_path_factory.mktemp("system")
    clone = folder / "clone"
    subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", str(ROOT), str(clone)], check=True)
    airflow_port, api_port, pg_port = free_ports(3)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "GAUSS", "PG"))}
    environment = inherited | {
        "GAUSS_STATE": str(folder / "state"),
        "GAUSS_VENV": sys.prefix,
        "AIRFLOW_PORT": str(airflow_port),
        "API_PORT": str(api_port),
        "PG_PORT": str(pg_port),
    }
    began = time.monotonic()
    started = make(clone, environment, "start")
    try:
        assert started.returncode == 0, f"{started.stdout}\n{started.stderr}"
        yield System(clone, environment, started.stdout, time.monotonic() - began)
    finally:
        make(clone, environment, "reset", "YES=1")

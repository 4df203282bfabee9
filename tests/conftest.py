"""What tests share: a private PostgreSQL, a fresh warehouse for each test that asks for one, and the real data.

The server is started once per test session, whatever the number of pytest-xdist's workers, without fsync, in a
folder of pytest's own. The warehouse is migrated once into a template; each test gets a clone of it.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from filelock import FileLock
from psycopg import sql

from deploy.local.postgres import Postgres
from deploy.warehouse import migrate, set_passwords

ROOT = Path(__file__).resolve().parents[1]
TEMPLATE = "gauss_template"
LOGINS = ("svc_pipeline", "svc_dbt", "svc_api", "svc_dashboard", "svc_exporter", "svc_audit", "svc_admin")
FASTER_THAN_SAFE = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "100",
    "shared_buffers": "128MB",
}


@dataclass(frozen=True)
class Server:
    """The session's PostgreSQL and the one password that all of its logins have."""

    postgres: Postgres
    password: str

    def dsn(self, database: str = "postgres", user: str = "postgres") -> str:
        """A libpq URL for the superuser, or for a login of ours."""
        return self.postgres.dsn(database, user, None if user == "postgres" else self.password)

    def execute(self, statement: sql.Composable) -> None:
        """Run a statement that cannot run inside a transaction, as the superuser."""
        with psycopg.connect(self.dsn(), autocommit=True) as connection:
            connection.execute(statement)


@dataclass(frozen=True)
class Warehouse:
    """A migrated database of a test's own."""

    server: Server
    name: str

    @property
    def admin_dsn(self) -> str:
        """The superuser's way in."""
        return self.server.dsn(self.name)

    def dsn(self, login: str) -> str:
        """A login's way in: `svc_pipeline`, `svc_dashboard`, …"""
        return self.server.dsn(self.name, login)


def shared_data() -> Path:
    """The folder of real data: `$GAUSS_SHARED/data`, else `../shared/data`."""
    return shared_folder("data", "the real data is")


def shared_folder(name: str, what: str) -> Path:
    """A folder beside the clone, or in `$GAUSS_SHARED`.

    Without it a test is skipped, unless the environment promises it (`GAUSS_SHARED` or `CI=true`): then it fails.

    :param what: what lies there, as the sentence begins
    """
    promised = os.environ.get("GAUSS_SHARED")
    folder = (Path(promised) if promised else ROOT.parent / "shared") / name
    if folder.is_dir():
        return folder
    sentence = f"{what} not at {folder}: set GAUSS_SHARED to the folder that has {name}"
    if promised or os.environ.get("CI") == "true":
        pytest.fail(sentence)
    pytest.skip(sentence)


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The session's private PostgreSQL with the migrated template; shared by all workers, stopped by the last."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    lock = FileLock(shared / "postgres.lock")
    facts = shared / "postgres.json"
    users = shared / "postgres.users"
    with lock:
        if not facts.exists():
            facts.touch(mode=0o600)
            facts.write_text(json.dumps({"port": free_port(), "password": secrets.token_urlsafe(12)}))
        known = json.loads(facts.read_text())
        server = Server(Postgres(shared / "postgres", known["port"], settings=FASTER_THAN_SAFE), known["password"])
        server.postgres.start()
        _make_template(server)
        _write_users(users, _living_users(users) | {os.getpid()})
    yield server
    with lock:
        others = _living_users(users) - {os.getpid()}
        _write_users(users, others)
        if not others:
            server.postgres.remove()


@pytest.fixture
def empty_database(postgres_server: Server) -> Iterator[Warehouse]:
    """A database with nothing in it, for tests of the migrations themselves."""
    with _database(postgres_server, template="template0") as database:
        yield database


@pytest.fixture
def make_warehouse(postgres_server: Server) -> Iterator[Callable[[], Warehouse]]:
    """A function that makes one more migrated database at each call; all are dropped after the test."""
    with ExitStack() as databases:
        yield lambda: databases.enter_context(fresh_warehouse(postgres_server))


@pytest.fixture
def warehouse(postgres_server: Server) -> Iterator[Warehouse]:
    """A migrated database of the test's own."""
    with fresh_warehouse(postgres_server) as database:
        yield database


@contextmanager
def fresh_warehouse(server: Server, template: str = TEMPLATE) -> Iterator[Warehouse]:
    """A migrated database for as long as the block lasts, or a copy of another that nobody is connected to; for
    fixtures of another scope than a test's.
    """
    with _database(server, template) as database:
        # A clone does not carry the rights to connect.
        migrate(database.admin_dsn)
        yield database


@contextmanager
def _database(server: Server, template: str) -> Iterator[Warehouse]:
    name = f"gauss_{secrets.token_hex(6)}"
    identifier = sql.Identifier(name)
    server.execute(sql.SQL("create database {} template {}").format(identifier, sql.Identifier(template)))
    try:
        yield Warehouse(server, name)
    finally:
        server.execute(sql.SQL("drop database {} with (force)").format(identifier))


def _make_template(server: Server) -> None:
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        made = connection.execute("select 1 from pg_database where datname = %s and datistemplate", [TEMPLATE])
        if made.fetchone():
            return
        # One that is no template yet was left half made.
        connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(TEMPLATE)))
        connection.execute(sql.SQL("create database {} template template0").format(sql.Identifier(TEMPLATE)))
        migrate(server.dsn(TEMPLATE))
        set_passwords(server.dsn(TEMPLATE), dict.fromkeys(LOGINS, server.password))
        connection.execute(sql.SQL("alter database {} is_template true").format(sql.Identifier(TEMPLATE)))


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _living_users(file: Path) -> set[int]:
    """Process ids of the workers that use the server; one that was killed does not keep it running."""
    if not file.exists():
        return set()
    return {int(pid) for pid in file.read_text().split() if _is_alive(int(pid))}


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _write_users(file: Path, pids: set[int]) -> None:
    file.write_text(" ".join(map(str, sorted(pids))))

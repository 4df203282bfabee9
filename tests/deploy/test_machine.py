"""Folders and ports come from the environment; secrets are random, kept, and their owner's alone."""

import socket
import stat
from pathlib import Path

import pytest

from deploy.local.exports import exports
from deploy.local.machine import Machine, Secrets
from deploy.local.start import check_ports
from deploy.local.trouble import PortBusy, Trouble


def machine(tmp_path: Path, **environment: str) -> Machine:
    return Machine.here({"GAUSS_STATE": str(tmp_path / "state"), **environment})


def test_a_port_is_the_given_one_else_the_last_one_else_the_default(tmp_path: Path) -> None:
    assert machine(tmp_path).port("AIRFLOW_PORT") == 8080
    started = machine(tmp_path, AIRFLOW_PORT="9090")
    started.make_folders()
    started.remember_ports()
    assert machine(tmp_path).port("AIRFLOW_PORT") == 9090
    assert machine(tmp_path, AIRFLOW_PORT="9091").port("AIRFLOW_PORT") == 9091


@pytest.mark.parametrize("value", ["80", "http", "70000", "-1"])
def test_what_is_no_port_is_refused_by_name(tmp_path: Path, value: str) -> None:
    with pytest.raises(Trouble, match=r"^PG_PORT is .*1024 to 65535"):
        machine(tmp_path, PG_PORT=value).port("PG_PORT")


def test_secrets_are_random_kept_and_private(tmp_path: Path) -> None:
    secrets = Secrets(tmp_path)
    first = secrets.password("database/svc_api")
    assert first == Secrets(tmp_path).password("database/svc_api")
    assert first != secrets.password("database/svc_dbt")
    for path in (secrets.path("database/svc_api"), secrets.path("database/svc_dbt")):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_given_server_is_remembered_and_used_for_every_login(tmp_path: Path) -> None:
    given = "postgresql://boss:word@db.example:6543/postgres?sslmode=require"
    first = machine(tmp_path, GAUSS_DSN=given)
    first.secrets.keep("database/given-dsn", given)
    dsn = machine(tmp_path).database_dsn("svc_api")
    assert dsn.startswith("postgresql://svc_api:")
    assert dsn.endswith("@db.example:6543/gauss?sslmode=require")
    assert "word" not in dsn.replace(first.secrets.password("database/svc_api"), "")


def test_the_exports_name_the_administrators_login(tmp_path: Path) -> None:
    lines = exports(machine(tmp_path, AIRFLOW_PORT="9090"))
    assert lines["AIRFLOW_URL"] == "http://127.0.0.1:9090"
    assert lines["WAREHOUSE_DSN"].startswith("postgresql://svc_admin:")
    assert lines["INBOX"] == str(tmp_path / "state/inbox")


def test_a_taken_port_is_told_before_anything_is_started(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        here = machine(tmp_path, AIRFLOW_PORT=str(port))
        here.make_folders()
        with pytest.raises(PortBusy, match=f"^Port {port} is taken by another program: set AIRFLOW_PORT"):
            check_ports(here)


def test_before_the_first_start_there_is_nobody_to_ask(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match=r"^Nothing has been started here yet: run make start"):
        machine(tmp_path).once_started()
    assert not (tmp_path / "state").exists()

"""The container that prepares both databases: from the environment alone, and any number of times."""

import os
import secrets
import socket
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from deploy.docker.secrets import values
from deploy.local.machine import AIRFLOW_USERS, DATABASE_LOGINS, ROOT
from deploy.local.postgres import Postgres


def initialise(environment: dict[str, str], home: Path) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-m", "deploy.docker.initialise"],
        cwd=ROOT,
        env=kept | environment | {"PYTHONPATH": str(ROOT), "AIRFLOW_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_secret_that_is_not_given_is_named(tmp_path: Path) -> None:
    done = initialise({"GAUSS_DSN": "postgresql://127.0.0.1:1/postgres"}, tmp_path)
    assert done.returncode == 1
    assert "PASSWORD_OF_SVC_AIRFLOW is not set: make secrets" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.timeout(600)
def test_both_databases_are_ready_afterwards_and_a_second_time_changes_nothing(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = Postgres(tmp_path / "postgres", port, {"fsync": "off"})
    given = values()
    try:
        server.start()
        server_dsn = server.dsn()
        airflow_dsn = server.dsn("airflow", "svc_airflow", given["PASSWORD_OF_SVC_AIRFLOW"])
        environment = given | {
            "GAUSS_DSN": server_dsn,
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": airflow_dsn.replace("postgresql://", "postgresql+psycopg2://"),
            "AIRFLOW__CORE__AUTH_MANAGER": "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager",
            "AIRFLOW__CORE__FERNET_KEY": given["AIRFLOW_FERNET_KEY"],
            "AIRFLOW__API__SECRET_KEY": secrets.token_hex(),
        }
        first = initialise(environment, tmp_path / "airflow")
        assert first.returncode == 0, first.stdout + first.stderr
        before = state_of(airflow_dsn)
        second = initialise(environment, tmp_path / "airflow")
        assert second.returncode == 0, second.stdout + second.stderr
        assert "Warehouse: 0 migrations applied." in second.stdout
        assert state_of(airflow_dsn) == before

        assert before["roles"] == {(name, name) for name in AIRFLOW_USERS} | {
            ("admin", "Admin"),
            ("finance", "User"),
            ("operations", "User"),
            ("auditor", "Viewer"),
            ("viewer", "Viewer"),
        }
        assert before["the API may"] == {
            ("can_read", "Website"),
            *(("can_read", "DAG Runs"), ("can_create", "DAG Runs")),
            *(("can_read", "DAG:ingest_validate_load"), ("can_edit", "DAG:ingest_validate_load")),
        }
        assert before["connections"] == {
            ("warehouse", "127.0.0.1", port, "svc_pipeline"),
            ("warehouse_dbt", "127.0.0.1", port, "svc_dbt"),
            ("warehouse_dashboard", "127.0.0.1", port, "svc_dashboard"),
        }
        assert ("warehouse", 4) in before["pools"]
        for login in set(DATABASE_LOGINS) - {"svc_airflow"}:
            warehouse = make_conninfo(
                server_dsn, dbname="gauss", user=login, password=given[f"PASSWORD_OF_{login.upper()}"]
            )
            psycopg.connect(warehouse).close()
        kept = "".join(file.read_text() for file in (tmp_path / "airflow").rglob("*") if file.is_file())
        assert given["PASSWORD_OF_SVC_PIPELINE"] not in first.stdout + first.stderr + kept
    finally:
        server.remove()


def state_of(airflow_dsn: str) -> dict[str, set[tuple[object, ...]]]:
    """Users with their roles, connections and pools of Airflow's database."""
    questions = {
        "roles": """
            select u.username, r.name from ab_user u
            join ab_user_role ur on ur.user_id = u.id join ab_role r on r.id = ur.role_id
        """,
        "the API may": """
            select p.name, v.name from ab_role r
            join ab_permission_view_role pvr on pvr.role_id = r.id join ab_permission_view pv on pv.id = pvr.permission_view_id
            join ab_permission p on p.id = pv.permission_id join ab_view_menu v on v.id = pv.view_menu_id
            where r.name = 'api'
        """,
        "connections": "select conn_id, host, port, login from connection",
        "pools": "select pool, slots from slot_pool",
    }
    with psycopg.connect(airflow_dsn) as connection:
        return {name: set(connection.execute(question).fetchall()) for name, question in questions.items()}

"""The service's login can do what the service does, and nothing else."""

import psycopg
import pytest
from psycopg import sql

from tests.conftest import Warehouse

MAY = {
    "api_keys": {"select"},
    "api_secrets": {"select"},
    "api_batches": {"select", "insert", "delete"},
    "api_notices": {"select", "insert"},
    "api_requests": {"select", "insert", "delete"},
    "batch_amounts": {"select"},
}
MAY_COLUMNS = {
    ("api_keys", "update"): {"last_used_at"},
    ("api_batches", "update"): {"sha256", "n_rows", "delivered_at"},
    ("api_notices", "update"): {"state", "attempts", "next_attempt_at", "last_result", "ended_at"},
}
READ_IN_PART = {"files", "batches", "rejects"}


def test_the_login_of_the_service_has_exactly_these_rights(warehouse: Warehouse) -> None:
    with psycopg.connect(warehouse.admin_dsn) as connection:
        tables = connection.execute(
            "select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace "
            "where c.relkind in ('r', 'v', 'm', 'p') and n.nspname in ('core', 'ops', 'audit', 'staging', "
            "'intermediate', 'marts', 'analytics', 'reporting', 'privacy')"
        ).fetchall()
        for schema, table in tables:
            name = f"{schema}.{table}"
            held = {
                right
                for right in ("select", "insert", "update", "delete", "truncate", "references", "trigger")
                if connection.execute("select has_table_privilege('svc_api', %s, %s)", [name, right]).fetchone()
                == (True,)
            }
            assert held == (MAY.get(table, set()) if schema == "ops" else set()), name
            for right in ("select", "insert", "update"):
                columns = {
                    column
                    for (column,) in connection.execute(
                        "select attname from pg_attribute where attrelid = %s::regclass and attnum > 0 "
                        "and not attisdropped and has_column_privilege('svc_api', attrelid, attnum, %s)",
                        [name, right],
                    )
                }
                if right in held:
                    continue
                if right == "select" and schema == "ops" and table in READ_IN_PART:
                    assert columns, name
                    continue
                assert columns == (MAY_COLUMNS.get((table, right), set()) if schema == "ops" else set()), name


@pytest.mark.parametrize("role", ["owner_core", "pipeline", "finance", "svc_admin", "svc_pipeline"])
def test_it_can_become_nobody_else(warehouse: Warehouse, role: str) -> None:
    with psycopg.connect(warehouse.dsn("svc_api")) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(sql.SQL("set role {}").format(sql.Identifier(role)))


def test_nobody_but_the_service_reads_what_proves_a_key(warehouse: Warehouse) -> None:
    for login in ("svc_pipeline", "svc_dashboard", "svc_exporter", "svc_audit", "svc_dbt"):
        with psycopg.connect(warehouse.dsn(login)) as connection, pytest.raises(psycopg.Error):
            connection.execute("select * from ops.api_secrets")
    with psycopg.connect(warehouse.admin_dsn) as connection:
        connection.execute("set role auditor")
        assert connection.execute("select * from ops.api_keys").fetchall() == []
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("select * from ops.api_secrets")

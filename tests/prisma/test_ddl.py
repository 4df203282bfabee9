"""The tables that the migrations create."""

from __future__ import annotations

import psycopg

from tests.conftest import Warehouse


def test_every_table_of_core_belongs_to_its_owner(warehouse: Warehouse) -> None:
    with psycopg.connect(warehouse.admin_dsn) as connection:
        rows = connection.execute(
            "select schemaname, tableowner, count(*) from pg_tables where schemaname in ('core', 'audit')"
            " group by 1, 2 order by 1, 2"
        ).fetchall()
    assert rows == [("audit", "owner_audit", 1), ("core", "owner_core", 20)]

"""Former versions: what a row was, who ended it and by which batch; nothing for what did not change."""

from __future__ import annotations

import uuid

import psycopg
import pytest

from tests.conftest import Warehouse
from tests.privacy.planting import ORDER, Row

VERSIONS = (
    "select table_name, row_id, operation::text, ended_by, ended_by_batch_id, row from core.row_versions order by id"
)

MERGE = """
    merge into core.vendors as t
    using (values ('shop-1', 'Shop One', %(batch)s::uuid), ('shop-2', 'Shop Two, renamed', %(batch)s::uuid),
        ('shop-3', 'Shop Three', %(batch)s::uuid)) as s (code, name, batch_id)
    on t.source = 'ledger' and t.source_key = s.code
    when matched and t.name is distinct from s.name then
        update set name = s.name, batch_id = s.batch_id, updated_at = clock_timestamp()
    when not matched then
        insert (code, name, source, source_key, source_version, batch_id)
        values (s.code, s.name, 'ledger', s.code, now(), s.batch_id)
"""


def versions(warehouse: Warehouse) -> list[tuple[object, ...]]:
    """All former versions, the oldest first."""
    with psycopg.connect(warehouse.admin_dsn) as connection:
        return connection.execute(VERSIONS).fetchall()


def vendors(connection: psycopg.Connection) -> dict[str, Row]:
    """The vendors of the ledger by code, as jsonb shows them."""
    rows = connection.execute("select to_jsonb(t) from core.vendors as t where source = 'ledger'").fetchall()
    return {row["code"]: row for (row,) in rows}


@pytest.fixture
def two_vendors(warehouse: Warehouse) -> dict[str, Row]:
    """Two vendors that came with a first batch."""
    with psycopg.connect(warehouse.dsn("svc_pipeline")) as connection:
        connection.execute(
            "insert into core.vendors (code, name, source, source_key, source_version, batch_id) "
            "select 'shop-' || n, 'Shop ' || (array['One', 'Two'])[n], 'ledger', 'shop-' || n, now(), %s::uuid "
            "from generate_series(1, 2) as n",
            [uuid.uuid4()],
        )
        return vendors(connection)


def test_a_new_row_has_no_former_version(warehouse: Warehouse, two_vendors: dict[str, Row]) -> None:
    assert versions(warehouse) == []


def test_a_merge_keeps_what_it_changed_and_nothing_else(warehouse: Warehouse, two_vendors: dict[str, Row]) -> None:
    batch = uuid.uuid4()
    with psycopg.connect(warehouse.dsn("svc_pipeline")) as connection:
        connection.execute(MERGE, {"batch": batch})
    former = two_vendors["shop-2"]
    assert versions(warehouse) == [
        ("vendors", uuid.UUID(former["id"]), "update", "svc_pipeline", batch, former),
    ]
    with psycopg.connect(warehouse.dsn("svc_pipeline")) as connection:
        connection.execute(MERGE, {"batch": uuid.uuid4()})
    assert len(versions(warehouse)) == 1


def test_every_former_version_is_kept_in_order(warehouse: Warehouse, two_vendors: dict[str, Row]) -> None:
    with psycopg.connect(warehouse.dsn("svc_pipeline")) as connection:
        for name in ("first", "second", "third"):
            connection.execute("update core.vendors set name = %s where code = 'shop-1'", [name])
    assert [row["name"] for *_, row in versions(warehouse)] == ["Shop One", "first", "second"]


def test_a_touched_row_is_not_a_changed_row(warehouse: Warehouse, two_vendors: dict[str, Row]) -> None:
    with psycopg.connect(warehouse.dsn("svc_pipeline")) as connection:
        connection.execute("update core.vendors set name = name, updated_at = clock_timestamp()")
    assert versions(warehouse) == []


def test_a_soft_deletion_ends_a_version_by_deletion(warehouse: Warehouse, two_vendors: dict[str, Row]) -> None:
    batch = uuid.uuid4()
    with psycopg.connect(warehouse.dsn("svc_pipeline")) as connection:
        connection.execute("update core.vendors set deleted_at = now(), batch_id = %s where code = 'shop-1'", [batch])
        connection.execute("update core.vendors set deleted_at = null where code = 'shop-1'")
    assert [version[2:5] for version in versions(warehouse)] == [
        ("delete", "svc_pipeline", batch),
        ("update", "svc_pipeline", None),
    ]


def test_a_person_is_named_and_no_batch_is(warehouse: Warehouse, two_vendors: dict[str, Row]) -> None:
    with psycopg.connect(warehouse.dsn("svc_admin")) as connection:
        connection.execute("set role owner_core")
        connection.execute("update core.vendors set is_unreviewed = true where code = 'shop-1'")
        connection.execute("delete from core.vendors where code = 'shop-2'")
    assert [version[2:5] for version in versions(warehouse)] == [
        ("update", "svc_admin", None),
        ("delete", "svc_admin", None),
    ]


def test_a_rolled_back_change_leaves_no_version(warehouse: Warehouse, two_vendors: dict[str, Row]) -> None:
    with psycopg.connect(warehouse.dsn("svc_pipeline")) as connection:
        connection.execute("update core.vendors set name = 'never'")
        connection.rollback()
    assert versions(warehouse) == []


def test_every_table_of_core_keeps_its_history(warehouse: Warehouse, planted: dict[str, Row]) -> None:
    with psycopg.connect(warehouse.admin_dsn) as connection:
        tables = connection.execute(
            "select relname from pg_class where relnamespace = 'core'::regnamespace and relkind = 'r' "
            "and relname <> 'row_versions'"
        ).fetchall()
        kept = connection.execute(
            "select tgrelid::regclass::text, count(*) from pg_trigger where tgfoid = 'core.keep_former_versions'::regproc "
            "and tgenabled = 'O' group by 1"
        ).fetchall()
        assert dict(kept) == {f"core.{table}": 2 for (table,) in tables}
        for table in ORDER:
            connection.execute(f"update core.{table} set created_at = created_at - interval '1 day'")
    assert [version[0] for version in versions(warehouse)] == list(ORDER)
    assert {version[0]: version[1] for version in versions(warehouse)} == {
        table: planted[table]["id"] for table in ORDER
    }

"""Rows whose every value is one of a kind, so that it can be searched for: a canary in each column of core."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

Row = dict[str, Any]

TYPES = """
    select c.relname, a.attname, format_type(a.atttypid, a.atttypmod), t.typcategory = 'E', e.first_label
    from pg_class as c
    join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    join pg_type as t on t.oid = a.atttypid
    left join lateral (
        select enumlabel as first_label from pg_enum where enumtypid = t.oid order by enumsortorder limit 1
    ) as e on true
    where c.relnamespace = %(schema)s::regnamespace and c.relkind = 'r'
    order by c.relname, a.attnum
"""

# Parents before children; what refers to itself is left empty.
ORDER = (
    *("departments", "categories", "roles", "users", "user_roles", "vendors", "donors", "grants"),
    *("grant_budget_lines", "fx_rates", "budgets", "expenses", "expense_allocations", "leave_applications"),
    *("leave_entitlements", "sites", "meters", "meter_readings", "accounting_periods"),
)

REFERENCES = {
    "department_id": "departments",
    "category_id": "categories",
    "user_id": "users",
    "role_id": "roles",
    "employee_id": "users",
    "approver_id": "users",
    "approved_by_id": "users",
    "closed_by_id": "users",
    "vendor_id": "vendors",
    "donor_id": "donors",
    "grant_id": "grants",
    "grant_budget_line_id": "grant_budget_lines",
    "expense_id": "expenses",
    "site_id": "sites",
    "meter_id": "meters",
}

SHAPED: dict[str, Any] = {
    "email": "c4n4ry.email@tumaini.example",
    "phone": "+254 700 123 442",
    "description": "Taxi with C4n4ry Wanjiku, call +254 711 222 333 or w@tumaini.example",
    "reason": "C4n4ry surgery, ring 0722-333-444",
    "kind": None,
    "month": dt.date(2024, 5, 1),
}


def column_types(connection: psycopg.Connection, schema: str = "core") -> dict[str, dict[str, str]]:
    """The type of each column by table."""
    types: dict[str, dict[str, str]] = {}
    for table, column, type_name, _, _ in connection.execute(TYPES, {"schema": schema}).fetchall():
        types.setdefault(table, {})[column] = type_name
    return types


def plant_rows(connection: psycopg.Connection) -> dict[str, Row]:
    """Insert one row into each table of core that is delivered or kept by people; returns them by table."""
    catalogue: dict[str, list[tuple[str, str, str | None]]] = {}
    for table, column, type_name, is_enum, label in connection.execute(TYPES, {"schema": "core"}).fetchall():
        catalogue.setdefault(table, []).append((column, type_name, label if is_enum else None))
    planted: dict[str, Row] = {}
    for number, table in enumerate(ORDER):
        row = {
            column: _value(table, column, type_name, label, number, planted)
            for column, type_name, label in catalogue[table]
        }
        insert_row(connection, table, row)
        planted[table] = connection_row(connection, table)
    return planted


def insert_row(connection: psycopg.Connection, table: str, row: Row) -> None:
    """Insert `row` into `core.<table>`."""
    connection.execute(
        sql.SQL("insert into core.{} ({}) values ({})").format(
            sql.Identifier(table),
            sql.SQL(", ").join(map(sql.Identifier, row)),
            sql.SQL(", ").join(map(sql.Placeholder, row)),
        ),
        row,
    )


def connection_row(connection: psycopg.Connection, table: str) -> Row:
    """The one row of `core.<table>`, as it is stored."""
    cursor = connection.execute(sql.SQL("select * from core.{}").format(sql.Identifier(table)))
    names = [column.name for column in cursor.description or ()]
    (row,) = cursor.fetchall()
    return dict(zip(names, row, strict=True))


def _value(table: str, column: str, type_name: str, label: str | None, number: int, planted: dict[str, Row]) -> Any:
    if column in ("deleted_at", "parent_id", "manager_id"):
        return None
    if column in REFERENCES:
        return planted[REFERENCES[column]]["id"]
    if label is not None:
        return label
    if SHAPED.get(column):
        return SHAPED[column]
    if type_name == "uuid":
        return uuid.uuid4()
    if type_name.startswith("character("):
        return "KES" if "currency" in column else "KE"
    if type_name.startswith("character varying"):
        return f"c4n4ry-{table}-{column}"[: int(type_name[18:-1])]
    if type_name.startswith("numeric"):
        return Decimal("61.07") + number
    if type_name == "date":
        return dt.date(2024, 5, 17)
    if type_name.startswith("timestamp"):
        return dt.datetime(2024, 5, 17, 8, 30, number, tzinfo=dt.UTC)
    if type_name in ("integer", "smallint"):
        return 1900 + number
    if type_name == "boolean":
        return True
    if type_name == "bytea":
        return f"c4n4ry-{column}".encode()
    if type_name == "jsonb":
        return Jsonb({"canary": f"c4n4ry-{table}-{column}"})
    raise AssertionError(f"{table}.{column} is {type_name}: say here what to plant")

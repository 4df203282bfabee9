# ruff: noqa: DTZ001 - columns without a zone take moments without one.
"""A contract accepts what the column keeps unchanged, and nothing else, at the edges of every native type."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from ipaddress import IPv4Interface, IPv6Interface
from pathlib import Path
from types import ModuleType
from uuid import UUID

import hypothesis
import psycopg
import pytest
from hypothesis import strategies as st
from psycopg import sql
from psycopg.types.json import Jsonb
from pydantic import BaseModel, TypeAdapter, ValidationError

from prisma.generator.contracts import write_contracts
from prisma.generator.ddl import create_everything
from prisma.generator.names import attribute_name
from prisma.generator.read import read_schema
from prisma.generator.types import native_type, sql_type
from tests.conftest import Warehouse

SCHEMA = Path(__file__).with_name("schemas") / "every_type.prisma"
NAIROBI = timezone(timedelta(hours=3))
SOME_UUID = "0190b7a4-7f2c-7b1e-8a55-0123456789ab"

# Field → (given, kept): the contract reads the one as the other, and the column gives it back.
ACCEPTED: dict[str, list[tuple[object, object]]] = {
    "text": [("", ""), ("x" * 100_000, "x" * 100_000), (" spaced\t\n", " spaced\t\n"), ("日本 🙂", "日本 🙂")],
    "text_too": [("'; drop table", "'; drop table")],
    "varchar": [("y" * 1000, "y" * 1000)],
    "varchar5": [("", ""), ("12345", "12345"), ("🙂🙂🙂🙂🙂", "🙂🙂🙂🙂🙂")],
    "char": [("a", "a")],
    "char3": [("KES", "KES")],
    "citext": [("MiXed", "MiXed")],
    "uuid": [(SOME_UUID, UUID(SOME_UUID)), (SOME_UUID.upper(), UUID(SOME_UUID)), (UUID(SOME_UUID), UUID(SOME_UUID))],
    "inet": [("10.1.2.3/8", IPv4Interface("10.1.2.3/8")), ("::1/64", IPv6Interface("::1/64"))],
    "xml": [("<a>1</a>", "<a>1</a>")],
    "bit": [("1", "1")],
    "bit4": [("0101", "0101")],
    "varbit": [("", ""), ("1" * 100, "1" * 100)],
    "varbit4": [("", ""), ("1010", "1010")],
    "flag": [(True, True), ("false", False), (1, True)],
    "small": [(-32768, -32768), ("32767", 32767)],
    "whole": [(-(2**31), -(2**31)), (2**31 - 1, 2**31 - 1), (7.0, 7)],
    "oid": [(0, 0), (2**32 - 1, 2**32 - 1)],
    "big": [(-(2**63), -(2**63)), (str(2**63 - 1), 2**63 - 1)],
    "real": [(0.5, 0.5), (-3.4028234663852886e38, -3.4028234663852886e38)],
    "double": [(1.7976931348623157e308, 1.7976931348623157e308), ("0.1", 0.1), (-5e-324, -5e-324)],
    "decimal": [("9" * 35 + "." + "9" * 30, Decimal("9" * 35 + "." + "9" * 30)), (5, Decimal(5))],
    "numeric": [("1e-50", Decimal("1e-50")), ("9" * 200, Decimal("9" * 200))],
    "decimal5x2": [
        ("999.99", Decimal("999.99")),
        ("-0.01", Decimal("-0.01")),
        ("1.100", Decimal("1.1")),
        (5, Decimal(5)),
    ],
    "stamp": [
        ("2024-02-29T12:00:00.123", datetime(2024, 2, 29, 12, 0, 0, 123000)),
        ("2024-02-29T12:00:00+03:00", datetime(2024, 2, 29, 9)),
        (datetime(2024, 2, 29, 12, 0, 0, 1500), datetime(2024, 2, 29, 12, 0, 0, 2000)),
    ],
    "stamp0": [(datetime(2024, 12, 31, 23, 59, 59, 500000), datetime(2025, 1, 1))],
    "stamp_bare": [(datetime(2024, 1, 1, 0, 0, 0, 123456), datetime(2024, 1, 1, 0, 0, 0, 123456))],
    "stamptz": [(datetime(2024, 1, 1, 3, tzinfo=NAIROBI), datetime(2024, 1, 1, tzinfo=UTC))],
    "stamptz3": [("2024-01-01T00:00:00.0004Z", datetime(2024, 1, 1, tzinfo=UTC))],
    "date": [
        ("2024-02-29", date(2024, 2, 29)),
        (date.min, date.min),
        (date.max, date.max),
        ("2024-02-29T00:00:00", date(2024, 2, 29)),
    ],
    "time": [("23:59:59.999999", time(23, 59, 59, 999999)), (time(0), time(0))],
    "time3": [("08:30", time(8, 30))],
    "timetz": [("08:30:00+03:00", time(8, 30, tzinfo=NAIROBI))],
    "json_": [({"a": [1, None, "x"]}, {"a": [1, None, "x"]}), ("text", "text"), (False, False)],
    "jsonb": [([], []), ({"": 0.5}, {"": 0.5})],
    "bytes": [(b"\x00\xff", b"\x00\xff"), (b"", b"")],
    "bytea": [(b"abc", b"abc")],
}

# Money comes back from the driver as text in the server's own format.
ACCEPTED_ONLY = {"money": [("92233720368547758.07", Decimal("92233720368547758.07")), (-5, Decimal(-5))]}

REJECTED: dict[str, list[object]] = {
    "text": ["a\x00b", "\ud800", 5, b"\xff", None],
    "varchar": ["\x00"],
    "varchar5": ["123456", "\x00"],
    "char": ["ab"],
    "char3": ["EURO"],
    "citext": ["\x00"],
    "xml": ["\x00"],
    "uuid": ["not-a-uuid", SOME_UUID[:-1], 5],
    "inet": ["10.0.0.256", "here", 1, True],
    "bit": ["", "2", "11"],
    "bit4": ["010", "01010", "010x", "010\n"],
    "varbit": ["12"],
    "varbit4": ["10101"],
    "flag": ["perhaps", 2],
    "small": [-32769, 32768, 1.5, "1_0", True, ""],
    "whole": [-(2**31) - 1, 2**31, "x"],
    "oid": [-1, 2**32],
    "big": [-(2**63) - 1, 2**63],
    "real": [3.5e38, -3.5e38, math.inf, math.nan],
    "double": [math.inf, -math.inf, math.nan, "nan", "x"],
    "decimal": ["1e-31", "1" * 36, 0.1, True, "NaN", "Infinity"],
    "numeric": [0.1, "NaN", "1_000"],
    "decimal5x2": ["1000", "0.001", "999.995", 1.5, float(5), False, "1,5"],
    "money": ["92233720368547758.08", "0.001", 0.1],
    "stamp": ["2024-02-30T00:00:00", 1700000000, "1700000000", "yesterday"],
    "stamptz": [datetime(2024, 1, 1), "2024-01-01T00:00:00", "2024-01-01", 0],
    "date": ["2023-02-29", 20240101, "20240101", "2024-02-29T01:00:00", "29/02/2024", 0.0],
    "time": ["24:00", "08:30:00Z", 30, "0830"],
    "timetz": ["08:30:00", 30],
    "json_": [{"a": math.nan}, "\x00", ["\x00"], {"\x00": 1}, {"deep": [{"x": math.inf}]}, object(), None],
    "jsonb": [{1, 2}, None],
    "bytes": ["text", 5],
}


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> type[BaseModel]:
    import importlib
    import sys

    home = tmp_path_factory.mktemp("values")
    write_contracts(read_schema(SCHEMA), home / "every_type_contracts")
    sys.path.insert(0, str(home))
    try:
        package: ModuleType = importlib.import_module("every_type_contracts")
    finally:
        sys.path.remove(str(home))
    contract: type[BaseModel] = package.Everything
    return contract


@pytest.fixture(scope="module")
def reader(everything: type[BaseModel]) -> Callable[[str, object], object]:
    """Reads a value as one field of the contract does."""
    plain = {name: values[0][0] for name, values in (ACCEPTED | ACCEPTED_ONLY).items()} | {"id": 1}

    def read(field: str, value: object) -> object:
        return getattr(everything.model_validate(plain | {field: value}), field)

    return read


def test_every_field_has_its_cases(everything: type[BaseModel]) -> None:
    assert (ACCEPTED | ACCEPTED_ONLY).keys() | {"id"} == everything.model_fields.keys()


@pytest.mark.parametrize("field", [*ACCEPTED, *ACCEPTED_ONLY])
def test_values_at_the_edge_are_accepted(field: str, reader: Callable[[str, object], object]) -> None:
    for given, kept in (ACCEPTED | ACCEPTED_ONLY)[field]:
        read = reader(field, given)
        assert (read, type(read)) == (kept, type(kept))


@pytest.mark.parametrize("field", list(REJECTED))
def test_values_beyond_the_edge_are_rejected(field: str, reader: Callable[[str, object], object]) -> None:
    for given in REJECTED[field]:
        with pytest.raises(ValidationError) as caught:
            reader(field, given)
        assert len({error["loc"][0] for error in caught.value.errors()}) == 1


def test_an_error_does_not_repeat_the_value(reader: Callable[[str, object], object]) -> None:
    for field in ("text", "decimal5x2", "uuid", "date", "jsonb", "char3"):
        with pytest.raises(ValidationError) as caught:
            reader(field, "secret-\x00-secret" if field != "jsonb" else {"secret": "secret\x00"})
        assert "secret" not in str(caught.value)


def test_the_database_keeps_what_the_contract_accepts(
    reader: Callable[[str, object], object], empty_database: Warehouse
) -> None:
    schema = read_schema(SCHEMA)
    fields = {attribute_name(one.name): one for one in schema.models[0].columns}
    table = sql.SQL('public."Everything"')
    insert = sql.SQL("insert into {} (id, {}) values (%s, %s::{}) returning {}")
    with psycopg.connect(empty_database.admin_dsn) as connection:
        connection.execute("create extension citext")
        connection.execute("set time zone 'UTC'")
        for statement in create_everything(schema):
            connection.execute(statement)
        for one in fields.values():
            if not one.is_id:
                loosen = sql.SQL("alter table {} alter column {} drop not null")
                connection.execute(loosen.format(table, sql.Identifier(one.column)))
        for number, (field, given) in enumerate(
            (field, given) for field, cases in ACCEPTED.items() for given, _ in cases
        ):
            one = fields[field]
            value = reader(field, given)
            column, kind = sql.Identifier(one.column), sql.SQL(sql_type(native_type(one)))
            sent = Jsonb(value) if one.type == "Json" else value
            row = connection.execute(insert.format(table, column, kind, column), [number, sent]).fetchone()
            assert row is not None
            back = str(row[0]) if field == "inet" else row[0]
            wanted = str(value) if field == "inet" else value
            assert back == (pytest.approx(wanted, rel=1e-6) if field == "real" else wanted), field


@hypothesis.given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-10_000, max_value=10_000))
@hypothesis.settings(max_examples=300)
def test_a_decimal_passes_if_and_only_if_the_column_keeps_all_its_digits(
    everything: type[BaseModel], value: Decimal
) -> None:
    adapter = TypeAdapter(everything.model_fields["decimal5x2"].rebuild_annotation())
    fits = value == value.quantize(Decimal("0.01")) and abs(value) < 1000
    try:
        assert adapter.validate_python(value) == value
        assert fits
    except ValidationError:
        assert not fits

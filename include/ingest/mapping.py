"""A profile's mapping, compiled against a file's header: from cells to a row for the contract."""

import datetime as dt
import enum
import types
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from hashlib import blake2b
from typing import Any, Union, get_args, get_origin
from zoneinfo import ZoneInfo

from pydantic.fields import FieldInfo

from include.errors import BadConfiguration
from include.ingest import parsing
from include.ingest.datasets import Dataset
from include.ingest.parsing import Parser, Unreadable
from include.ingest.profile import Column, DatasetMapping, Layout
from include.ingest.reading import Table

CELL_SEPARATOR = "\x1f"
KEY_LIMIT = 200  # characters of core.*.source_key


def _plain_type(field: FieldInfo) -> type:
    """The Python type of a contract's field, without Optional and Annotated."""
    annotation: Any = field.annotation
    while True:
        if get_origin(annotation) in (Union, types.UnionType):
            annotation = next(part for part in get_args(annotation) if part is not type(None))
        elif get_args(annotation) and hasattr(annotation, "__metadata__"):
            annotation = get_args(annotation)[0]
        else:
            return annotation if isinstance(annotation, type) else object


def _is_money(field: FieldInfo) -> bool:
    return any(getattr(part, "decimal_places", None) == 2 for part in field.metadata)


def _parser(field: FieldInfo, column: Column, zone: ZoneInfo) -> Parser:
    kind = _plain_type(field)
    if kind is Decimal:
        read = parsing.parse_money if _is_money(field) else parsing.parse_number
        return lambda text: read(text, column.decimal)
    if issubclass(kind, dt.datetime):
        return parsing.timestamp_parser(column.formats, zone)
    if issubclass(kind, dt.date):
        return parsing.date_parser(column.formats)
    if issubclass(kind, bool):
        return parsing.parse_boolean
    if issubclass(kind, int) and not issubclass(kind, enum.Enum):
        return parsing.parse_integer
    return parsing.parse_text


def _with_values(parser: Parser, values: dict[str, str]) -> Parser:
    if not values:
        return parser
    folded = {source.strip().casefold(): target for source, target in values.items()}
    return lambda text: parser(folded.get(text.strip().casefold(), text))


@dataclass
class RowMapper:
    """Turns the cells of a record into a row; one per file and dataset.

    `rounded` and `rounding` count the amounts with more than two decimals and sum what rounding added.
    """

    columns: list[tuple[str, int, Parser]]
    constants: dict[str, str]
    derive: list[tuple[str, str, str, str]]
    money: frozenset[str]
    key: Sequence[str]
    width: int
    rounded: int = 0
    rounding: Decimal = Decimal(0)

    def row(self, cells: list[str]) -> tuple[dict[str, Any], tuple[str, str] | None]:
        """The row as far as it can be read, and (field, code) of the first cell that cannot."""
        row: dict[str, Any] = dict(self.constants)
        trouble: tuple[str, str] | None = None
        for field, position, parse in self.columns:
            try:
                value = parse(cells[position])
            except Unreadable as error:
                trouble = trouble or (field, error.code)
                continue
            except IndexError:
                trouble = trouble or (field, "row_length")
                continue
            if value is not None:
                row[field] = value
        for field in self.money & row.keys():
            value = row[field]
            if value.as_tuple().exponent < -2:
                row[field] = parsing.round_to_cent(value)
                self.rounded += 1
                self.rounding += row[field] - value
        for field, sign_of, positive, negative in self.derive:
            if sign_of in row:
                row[field] = negative if row[sign_of] < 0 else positive
        if len(cells) > self.width and any(cell.strip() for cell in cells[self.width :]):
            trouble = trouble or ("(row)", "row_length")
        return row, trouble


def compile_mapping(dataset: Dataset, mapping: DatasetMapping, table: Table, zone: ZoneInfo) -> RowMapper:
    """Bind a mapping to the columns that this file has.

    :param zone: the zone of timestamps without an offset
    :raises BadConfiguration: the mapping names fields that the contract does not have (`unknown_field`)
    """
    fields = dataset.contract.model_fields
    named = [*mapping.columns, *mapping.constants, *mapping.derive, *mapping.key]
    unknown = sorted({name for name in named if name not in fields})
    if unknown:
        raise BadConfiguration(
            f"The profile maps {', '.join(unknown)}, which {dataset.name} does not have; it has {', '.join(fields)}",
            code="unknown_field",
        )
    columns = [
        (
            name,
            table.positions[column.from_[0]],
            _with_values(_parser(fields[name], column, zone), dict(column.values)),
        )
        for name, column in mapping.columns.items()
        if column.from_[0] in table.positions
    ]
    return RowMapper(
        columns=columns,
        constants=dict(mapping.constants),
        derive=[(name, sign.sign_of, sign.positive, sign.negative) for name, sign in mapping.derive.items()],
        money=frozenset(name for name, field in fields.items() if _is_money(field)),
        key=mapping.key,
        width=len(table.header),
    )


def column_names(
    mapping: DatasetMapping, contract_fields: dict[str, FieldInfo]
) -> tuple[list[list[str]], list[list[str]]]:
    """(all columns, the ones the file cannot do without), each as the names it may have in the header.

    A column is needed unless the profile says `optional`, or the contract can do without the field.
    """
    wanted = [column.from_ for column in mapping.columns.values()]
    needed = [
        column.from_
        for name, column in mapping.columns.items()
        if not column.optional and (name not in contract_fields or contract_fields[name].is_required())
    ]
    return wanted, needed


def key_of(row: dict[str, Any], key: Sequence[str]) -> str:
    """The natural key of a row as text; timestamps in UTC, so that the clock's change cannot split a row."""
    parts = []
    for field in key:
        value = row.get(field)
        if isinstance(value, dt.datetime):
            value = value.astimezone(dt.UTC).isoformat()
        parts.append("" if value is None else str(value))
    text = "|".join(parts)
    return text if len(text) <= KEY_LIMIT else blake2b(text.encode(), digest_size=32).hexdigest()


def content_hash(cells: list[str]) -> str:
    """Identity of a record without a natural key: its cells, without space around and blanks at the end."""
    text = CELL_SEPARATOR.join([cell.strip() for cell in cells]).rstrip(CELL_SEPARATOR)
    return blake2b(text.encode(), digest_size=16).hexdigest()


TotalTest = Callable[[list[str]], Decimal | None]


def total_test(layout: Layout, mapping: DatasetMapping, table: Table) -> TotalTest:
    """A function that returns the amount of a total row, and None for any other row.

    A total row fills nothing but its amount and perhaps a label; a vendor named TOTAL fills the other columns too.
    """
    if layout.totals is None or layout.totals.field not in mapping.columns:
        return lambda cells: None
    import re

    column = mapping.columns[layout.totals.field]
    position = table.positions[column.from_[0]]
    label = re.compile(layout.totals.label)

    def amount_of_total(cells: list[str]) -> Decimal | None:
        others = [cell for at, cell in enumerate(cells) if at != position and cell and not cell.isspace()]
        if len(others) > 1 or (others and not label.search(others[0].strip())):
            return None
        try:
            return parsing.parse_money(cells[position], column.decimal) if position < len(cells) else None
        except Unreadable:
            return None

    return amount_of_total

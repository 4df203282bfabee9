"""A profile's mapping, compiled against a file's header: from cells to rows for the contract."""

import datetime as dt
import enum
import re
import types
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, Decimal
from hashlib import blake2b
from typing import Any, Union, get_args, get_origin
from zoneinfo import ZoneInfo

from pydantic.fields import FieldInfo

from include.errors import BadConfiguration, BadFile
from include.ingest import parsing
from include.ingest.datasets import Dataset
from include.ingest.parsing import Parser, Unreadable
from include.ingest.profile import Column, DatasetMapping, Layout, MonthOnly, Unpivot, last_of_month, month_number
from include.ingest.reading import Table, header_key

CELL_SEPARATOR = "\x1f"
KEY_LIMIT = 200  # characters of core.*.source_key
SCRUBBED = "[…]"

Row = dict[str, Any]
Trouble = tuple[str, str]  # field, code
Expansion = Callable[[list[str], Row, Trouble | None], Iterable[tuple[Row, Trouble | None]]]


@dataclass
class Remarks:
    """What was noticed while cells were read, for the batch's warnings: counts, and what rounding added."""

    rounded: int = 0
    rounding: Decimal = Decimal(0)
    unmapped: Counter[tuple[str, str]] = field(default_factory=Counter)


def _plain_type(annotation: Any) -> type:
    """The Python type of a contract's field, without Optional and Annotated."""
    while True:
        if get_origin(annotation) in (Union, types.UnionType):
            annotation = next(part for part in get_args(annotation) if part is not type(None))
        elif hasattr(annotation, "__metadata__"):
            annotation = get_args(annotation)[0]
        else:
            return annotation if isinstance(annotation, type) else object


def _metadata(annotation: Any, own: Iterable[Any] = ()) -> Iterator[Any]:
    yield from own
    yield from getattr(annotation, "__metadata__", ())
    for part in get_args(annotation):
        yield from _metadata(part)


def is_money(info: FieldInfo) -> bool:
    """Whether a contract's field holds money: a decimal with two places."""
    return _plain_type(info.annotation) is Decimal and any(
        getattr(part, "decimal_places", None) == 2 for part in _metadata(info.annotation, info.metadata)
    )


def _parser(info: FieldInfo, column: Column, zone: ZoneInfo, remarks: Remarks, *, is_typed: bool) -> Parser:
    kind = _plain_type(info.annotation)
    if kind is Decimal:
        return _money_parser(column.decimal, remarks) if is_money(info) else parsing.number_parser(column.decimal)
    if issubclass(kind, dt.datetime):
        return parsing.timestamp_parser(column.formats, zone)
    if issubclass(kind, dt.date):
        return parsing.date_parser(column.formats, is_typed=is_typed)
    if issubclass(kind, bool):
        return parsing.parse_boolean
    if issubclass(kind, int) and not issubclass(kind, enum.Enum):
        return parsing.parse_integer
    return parsing.parse_text


def _money_parser(decimal: str, remarks: Remarks) -> Parser:
    """Amounts to the cent; what rounding added is remarked."""

    def parse(text: str) -> Decimal | None:
        value = parsing.parse_money(text, decimal)
        if value is None or int(value.as_tuple().exponent) >= -2:
            return value
        rounded = parsing.round_to_cent(value)
        remarks.rounded += 1
        remarks.rounding += rounded - value
        return rounded

    return parse


def _cell_parser(name: str, info: FieldInfo, column: Column, parser: Parser, remarks: Remarks) -> Parser:
    """The parser with all that the profile says about the column around it."""
    if column.values:
        parser = _with_values(name, column, parser, remarks)
    if column.nothing:
        parser = _with_nothing(column.nothing, parser)
    if column.strip:
        parser = _with_pattern(re.compile(column.strip, re.DOTALL), "", parser)
    if column.scrub:
        parser = _with_pattern(re.compile(column.scrub), SCRUBBED, parser)
    if not info.is_required() and info.default is not None:
        parser = _with_default(info.default, parser)
    return parser


def _with_values(name: str, column: Column, parser: Parser, remarks: Remarks) -> Parser:
    folded = {source.strip().casefold(): target for source, target in column.values.items()}
    targets = set(column.values.values())

    def parse(text: str) -> Any:
        key = text.strip()
        if key.casefold() in folded:
            return parser(folded[key.casefold()])
        if key and key not in targets:
            remarks.unmapped[name, key] += 1
        return parser(text)

    return parse


def _with_nothing(words: Iterable[str], parser: Parser) -> Parser:
    folded = {word.strip().casefold() for word in words}
    return lambda text: None if text.strip().casefold() in folded else parser(text)


def _with_pattern(pattern: re.Pattern[str], replacement: str, parser: Parser) -> Parser:
    return lambda text: parser(pattern.sub(replacement, text))


def _with_default(default: Any, parser: Parser) -> Parser:
    def parse(text: str) -> Any:
        value = parser(text)
        return default if value is None else value

    return parse


class RowMapper:
    """Turns a record into rows of one dataset; one per file and dataset.

    `remarks` collects what is worth a warning. A record gives one row, or several where the table is wide or an
    amount is spread.
    """

    def __init__(
        self,
        columns: Sequence[tuple[str, int, Parser]],
        constants: Row,
        mapping: DatasetMapping,
        expansions: Sequence[Expansion],
        width: int,
        remarks: Remarks,
    ) -> None:
        self.remarks = remarks
        self._columns = columns
        self._constants = constants
        self._derive = [(name, sign.sign_of, sign.positive, sign.negative) for name, sign in mapping.derive.items()]
        self._skip_if_blank = mapping.skip_if_blank
        self._expansions = expansions
        self._width = width
        self.key = mapping.key
        self.positions = {name: position for name, position, _ in columns}

    def rows(self, cells: list[str]) -> Iterable[tuple[Row, Trouble | None]]:
        """Each row as far as it can be read, with (field, code) of the first cell that cannot; none when the record
        says nothing to this dataset.
        """
        trouble: Trouble | None = None
        try:
            row = {name: parse(cells[position]) for name, position, parse in self._columns}
            row.update(self._constants)
        except (Unreadable, IndexError):
            row, trouble = self._one_by_one(cells)
        if len(cells) > self._width and any(cell.strip() for cell in cells[self._width :]):
            trouble = trouble or ("(row)", "row_length")
        pairs: Iterable[tuple[Row, Trouble | None]] = ((row, trouble),)
        for expand in self._expansions:
            pairs = [made for before, wrong in pairs for made in expand(cells, before, wrong)]
        if self._skip_if_blank:
            pairs = [(made, wrong) for made, wrong in pairs if not self._is_blank(made, wrong)]
        for made, _ in pairs:
            for name, sign_of, positive, negative in self._derive:
                amount = made.get(sign_of)
                if amount is not None:
                    made[name] = negative if amount < 0 else positive
        return pairs

    def _is_blank(self, row: Row, trouble: Trouble | None) -> bool:
        unread = trouble[0] if trouble else None
        return any(row.get(name) is None and name != unread for name in self._skip_if_blank)

    def _one_by_one(self, cells: list[str]) -> tuple[Row, Trouble | None]:
        row: Row = {}
        trouble: Trouble | None = None
        for name, position, parse in self._columns:
            try:
                row[name] = parse(cells[position])
            except Unreadable as error:
                trouble = trouble or (name, error.code)
            except IndexError:
                trouble = trouble or ("(row)", "row_length")
        row.update(self._constants)
        return row, trouble


def compile_mapping(
    dataset: Dataset,
    layout: Layout,
    mapping: DatasetMapping,
    table: Table,
    zone: ZoneInfo,
    delivery: tuple[dt.date, dt.date],
) -> RowMapper:
    """Bind a mapping to the columns that this file has.

    :param zone: the zone of timestamps without an offset
    :param delivery: first and last day that the file's name speaks of
    :raises BadConfiguration: the mapping names fields that the contract does not have (`unknown_field`)
    :raises BadFile: a column of a date's parts, or of a wide table, is missing (`missing_column`)
    """
    fields = dataset.contract.model_fields
    _check_fields(dataset.name, mapping, fields)
    remarks = Remarks()
    columns = []
    for name, column in mapping.columns.items():
        position = table.positions.get(column.from_[0])
        if position is not None:
            parser = _parser(fields[name], column, zone, remarks, is_typed=table.is_typed)
            columns.append((name, position, _cell_parser(name, fields[name], column, parser, remarks)))
    constants: Row = dict(mapping.constants)
    constants |= {name: delivery[0 if end == "from" else 1] for end, name in mapping.delivery.items()}
    expansions: list[Expansion] = []
    if mapping.month_only:
        expansions.append(_month_only(mapping.month_only, table, delivery))
    if mapping.unpivot:
        expansions.append(_unpivot(mapping.unpivot, fields, table, zone, delivery, remarks))
    if mapping.spread:
        expansions.append(_spread_year)
    return RowMapper(columns, constants, mapping, expansions, len(table.header), remarks)


def _check_fields(dataset_name: str, mapping: DatasetMapping, fields: dict[str, FieldInfo]) -> None:
    named = {*mapping.columns, *mapping.constants, *mapping.derive, *mapping.key, *mapping.delivery.values()}
    for part in (mapping.month_only, mapping.unpivot):
        if part is not None:
            named |= {part.field, part.end_field or part.field}
    unknown = sorted(named - fields.keys())
    if unknown:
        raise BadConfiguration(
            f"The profile maps {', '.join(unknown)}, which {dataset_name} does not have; it has {', '.join(fields)}",
            code="unknown_field",
        )


def _position(table: Table, name: str) -> int:
    at = table.find([name])
    if at is None:
        raise BadFile(f"No column {name}: if it was renamed, put the new name into the profile", code="missing_column")
    return at


def _month_only(rule: MonthOnly, table: Table, delivery: tuple[dt.date, dt.date]) -> Expansion:
    """Fill in the month's first (and last) day where the date itself is not known."""
    at_year = _position(table, rule.year) if isinstance(rule.year, str) else None
    at_month = _position(table, rule.month) if rule.month else None

    def first_day(cells: list[str]) -> dt.date:
        if at_month is None:
            return delivery[0].replace(day=1)
        year = int(cells[at_year]) if at_year is not None else int(rule.year or 0)
        return dt.date(year, month_number(cells[at_month]), 1)

    def expand(cells: list[str], row: Row, trouble: Trouble | None) -> Iterable[tuple[Row, Trouble | None]]:
        if row.get(rule.field) is None and (trouble is None or trouble[0] != rule.field):
            try:
                day = first_day(cells)
            except (ValueError, IndexError):
                return [(row, trouble or (rule.field, "invalid_date"))]
            row[rule.field] = day
            row["is_month_only"] = True
            if rule.end_field:
                row[rule.end_field] = last_of_month(day)
        return [(row, trouble)]

    return expand


def _unpivot(
    rule: Unpivot,
    fields: dict[str, FieldInfo],
    table: Table,
    zone: ZoneInfo,
    delivery: tuple[dt.date, dt.date],
    remarks: Remarks,
) -> Expansion:
    """One row per cell of the wide columns; a blank cell is no row."""
    pattern = re.compile(rule.columns, re.IGNORECASE)
    found = [(at, match) for at, cell in enumerate(table.header) if (match := pattern.search(cell.strip()))]
    if not found:
        raise BadFile(f"No column matches {rule.columns}: mend `unpivot` in the profile", code="missing_column")
    parse = _parser(fields[rule.value], Column(from_=[rule.value]), zone, remarks, is_typed=table.is_typed)
    if rule.day is None:
        starts = [_month_of(match, rule, delivery) for _, match in found]
        place = _place_months(rule, starts)
    else:
        at_day = _position(table, rule.day.from_[0])
        place = _place_slots(rule, at_day, parsing.date_parser(rule.day.formats, is_typed=table.is_typed), zone)

    def expand(cells: list[str], row: Row, trouble: Trouble | None) -> Iterable[tuple[Row, Trouble | None]]:
        for order, (at, _) in enumerate(found):
            made, wrong = dict(row), trouble
            try:
                made[rule.value] = parse(cells[at]) if at < len(cells) else None
                if made[rule.value] is None:
                    continue
                place(cells, made, order)
            except Unreadable as error:
                wrong = wrong or (rule.value, error.code)
            yield made, wrong

    return expand


Place = Callable[[list[str], Row, int], None]


def _month_of(match: re.Match[str], rule: Unpivot, delivery: tuple[dt.date, dt.date]) -> dt.date:
    parts = match.groupdict()
    month = month_number(parts["month"])
    year = int(parts["year"]) if parts.get("year") else rule.year
    if year is None:
        # The month of this number within the year that the delivery speaks of, which may begin in July.
        year = delivery[0].year + (month < delivery[0].month)
    return dt.date(year + (2000 if year < 100 else 0), month, 1)


def _place_months(rule: Unpivot, starts: list[dt.date]) -> Place:
    def place(cells: list[str], row: Row, order: int) -> None:
        row[rule.field] = starts[order]
        if rule.end_field:
            row[rule.end_field] = last_of_month(starts[order])

    return place


def _place_slots(rule: Unpivot, at_day: int, parse: Parser, zone: ZoneInfo) -> Place:
    def place(cells: list[str], row: Row, order: int) -> None:
        day = parse(cells[at_day])
        if day is None:
            raise Unreadable("missing_value")
        wall = dt.datetime.combine(day, dt.time()) + dt.timedelta(minutes=order * rule.minutes)
        row[rule.field] = wall.replace(tzinfo=zone)

    return place


def _spread_year(cells: list[str], row: Row, trouble: Trouble | None) -> Iterable[tuple[Row, Trouble | None]]:
    """A yearly amount as twelve monthly ones: a twelfth each, cut to the cent; the last month takes the rest."""
    amount, start = row.get("amount"), row.get("period_from")
    if isinstance(start, str):
        start = dt.date.fromisoformat(start)
    if trouble or amount is None or start is None:
        yield row, trouble
        return
    share = (amount / 12).quantize(parsing.CENT, rounding=ROUND_DOWN)
    for month in range(12):
        years, index = divmod(start.month - 1 + month, 12)
        first = dt.date(start.year + years, index + 1, 1)
        yield (
            {
                **row,
                "amount": share if month < 11 else amount - 11 * share,
                "period_from": first,
                "period_to": last_of_month(first),
                "granularity": "month",
            },
            None,
        )


def column_names(
    mapping: DatasetMapping, contract_fields: dict[str, FieldInfo]
) -> tuple[list[list[str]], list[list[str]]]:
    """(all columns, the ones the file cannot do without), each as the names it may have in the header.

    A column is needed unless the profile says `optional`, or the contract can do without the field.
    """
    replaceable = {mapping.month_only.field} if mapping.month_only else set()
    wanted = [column.from_ for column in mapping.columns.values()]
    needed = [
        column.from_
        for name, column in mapping.columns.items()
        if not column.optional
        and name not in replaceable
        and (name not in contract_fields or contract_fields[name].is_required())
    ]
    return wanted, needed or wanted[:1]


def new_columns(layout: Layout, table: Table) -> list[str]:
    """Columns of the file that no mapping of the layout knows.

    :raises BadFile: `new_columns`, when the profile refuses them
    """
    known = {header_key(name) for name in layout.known_columns}
    patterns = []
    for mapping in layout.datasets:
        for column in mapping.columns.values():
            known |= {header_key(name) for name in column.from_}
        if mapping.unpivot:
            patterns.append(re.compile(mapping.unpivot.columns, re.IGNORECASE))
            known |= {header_key(name) for name in (mapping.unpivot.day.from_ if mapping.unpivot.day else [])}
        if mapping.month_only:
            known |= {header_key(str(name)) for name in (mapping.month_only.year, mapping.month_only.month)}
    known |= {header_key(name) for row_filter in layout.skip for name in row_filter.column}
    new = [
        cell.strip()
        for cell in table.header
        if header_key(cell) and header_key(cell) not in known and not any(p.search(cell.strip()) for p in patterns)
    ]
    if new and layout.new_columns == "refuse":
        raise BadFile(
            f"{len(new)} column(s) that the profile does not know: map them, or name them in known_columns",
            code="new_columns",
        )
    return new if layout.new_columns == "warn" else []


def key_of(row: Row, key: Sequence[str]) -> str:
    """The natural key of a row as text; timestamps in UTC, so that the clock's change cannot split a row."""
    parts = []
    for name in key:
        value = row.get(name)
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

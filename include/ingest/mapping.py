"""A profile's mapping, compiled against a file's header: from cells to rows for the contract."""

import datetime as dt
import enum
import re
import types
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, Decimal, InvalidOperation
from hashlib import blake2b
from operator import itemgetter
from typing import Any, Union, get_args, get_origin
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime
from pydantic.fields import FieldInfo

from include.errors import BadConfiguration, BadFile
from include.ingest import parsing
from include.ingest.datasets import Dataset
from include.ingest.parsing import Parser, Unreadable
from include.ingest.profile import (
    Cell,
    DatasetMapping,
    Layout,
    MonthOnly,
    Unpivot,
    last_of_month,
    month_number,
)
from include.ingest.reading import Table, header_key

CELL_SEPARATOR = "\x1f"
KEY_LIMIT = 200  # characters of core.*.source_key
MONEY_DIGITS = 14
MAX_PLACES = 12  # decimals of a number whose field sets no limit
SCRUBBED = "[…]"
WORKBOOK_FORMATS = ("%Y-%m-%dT%H:%M:%S", "%Y-%m-%d")  # how a workbook's points in time arrive
PLACEHOLDER = re.compile(r"\{([^{}]+)\}")

Row = dict[str, Any]
Trouble = tuple[str, str]  # field, code
Expansion = Callable[[list[str], Row, Trouble | None], Iterable[tuple[Row, Trouble | None]]]


@dataclass
class Remarks:
    """What was noticed while cells were read, for the batch's warnings: counts, and what rounding added."""

    rounded: int = 0
    rounding: Decimal = Decimal(0)
    unmapped: Counter[tuple[str, str]] = field(default_factory=Counter)


def plain_type(annotation: Any) -> type:
    """The Python type of a contract's field, without Optional and Annotated."""
    while True:
        if get_origin(annotation) in (Union, types.UnionType):
            annotation = next(part for part in get_args(annotation) if part is not type(None))
        elif hasattr(annotation, "__metadata__"):
            annotation = get_args(annotation)[0]
        elif annotation is AwareDatetime:
            return dt.datetime
        else:
            return annotation if isinstance(annotation, type) else object


def _metadata(annotation: Any, own: Iterable[Any] = ()) -> Iterator[Any]:
    for part in (*own, *getattr(annotation, "__metadata__", ())):
        yield from part.metadata if isinstance(part, FieldInfo) else (part,)
    for part in get_args(annotation):
        yield from _metadata(part)


def _limit(info: FieldInfo, name: str) -> int | None:
    if plain_type(info.annotation) is not Decimal:
        return None
    limits = (getattr(part, name, None) for part in _metadata(info.annotation, info.metadata))
    return next((limit for limit in limits if limit is not None), None)


def is_money(info: FieldInfo) -> bool:
    """Whether a contract's field holds money: numeric(14,2). Days and hours have fewer digits."""
    return _limit(info, "decimal_places") == 2 and (_limit(info, "max_digits") or 0) >= MONEY_DIGITS


def _parser(info: FieldInfo, cell: Cell, zone: ZoneInfo, remarks: Remarks, *, is_typed: bool) -> Parser:
    kind = plain_type(info.annotation)
    if kind is Decimal:
        return _decimal_parser(info, cell, remarks)
    if issubclass(kind, dt.datetime):
        formats = [*cell.formats, *WORKBOOK_FORMATS] if is_typed and cell.formats else cell.formats
        parser = parsing.timestamp_parser(formats, zone)
        return _with_shift(dt.timedelta(minutes=cell.shift_minutes), parser) if cell.shift_minutes else parser
    if issubclass(kind, dt.date):
        return parsing.date_parser(cell.formats, is_typed=is_typed)
    if issubclass(kind, bool):
        return parsing.parse_boolean
    if issubclass(kind, int) and not issubclass(kind, enum.Enum):
        return parsing.parse_integer
    return parsing.parse_text


def _decimal_parser(info: FieldInfo, cell: Cell, remarks: Remarks) -> Parser:
    """Numbers, multiplied by the column's scale and rounded half up to what the field keeps; rounding is remarked."""
    places = _limit(info, "decimal_places")
    read = parsing.parse_money if is_money(info) else parsing.parse_number
    decimal, scale = cell.decimal, cell.scale
    least = -places if places is not None else -MAX_PLACES

    def parse(text: str) -> Decimal | None:
        value = read(text, decimal)
        return value if value is None or int(value.as_tuple().exponent) >= least else rounded(value)

    def parse_scaled(text: str) -> Decimal | None:
        value = read(text, decimal)
        return None if value is None or scale is None else rounded(value * scale)

    def rounded(value: Decimal) -> Decimal:
        kept = parsing.round_half_up(value, -least) if int(value.as_tuple().exponent) < least else value
        if kept != value:
            remarks.rounded += 1
            remarks.rounding += kept - value
        return kept

    return parse if scale is None else parse_scaled


def _with_shift(shift: dt.timedelta, parser: Parser) -> Parser:
    def parse(text: str) -> dt.datetime | None:
        moment = parser(text)
        # Counted in UTC: local arithmetic would lose or gain an hour when the clocks change.
        return None if moment is None else moment.astimezone(dt.UTC) + shift

    return parse


def _cell_parser(name: str, cell: Cell, parser: Parser, remarks: Remarks) -> Parser:
    """The parser with all that the profile says about the cell around it."""
    if cell.values:
        parser = _with_values(name, cell, parser, remarks)
    if cell.nothing:
        parser = _with_nothing(cell.nothing, parser)
    for pattern in reversed(cell.strip):
        parser = _with_pattern(re.compile(pattern, re.DOTALL), "", parser)
    for pattern in reversed(cell.scrub):
        parser = _with_pattern(re.compile(pattern), SCRUBBED, parser)
    return parser


def _with_values(name: str, cell: Cell, parser: Parser, remarks: Remarks) -> Parser:
    folded = {source.strip().casefold(): target for source, target in cell.values.items()}
    targets = set(cell.values.values())

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
        defaults: Sequence[tuple[str, Any]],
        wide: Sequence[int],
    ) -> None:
        self.remarks = remarks
        self._columns = columns
        self._names = [name for name, _, _ in columns]
        positions = [position for _, position, _ in columns]
        self._pick: Callable[[list[Any]], Iterable[Any]] = (
            itemgetter(*positions) if len(positions) > 1 else lambda cells: [cells[at] for at in positions]
        )
        # Words need no parser but the stripping that every cell gets; the others are called cell by cell.
        self._parsers = [(name, parse) for name, _, parse in columns if parse is not parsing.parse_text]
        self._defaults = defaults
        self._constants = constants
        self._derive = [(name, sign.sign_of, sign.positive, sign.negative) for name, sign in mapping.derive.items()]
        self._skip_if_blank = mapping.skip_if_blank
        self._expansions = expansions
        self._width = width
        self._wide = wide
        self.key = mapping.key
        self.positions = {name: position for name, position, _ in columns}

    def rows(self, cells: list[str]) -> Iterable[tuple[Row, Trouble | None]]:
        """Each row as far as it can be read, with (field, code) of the first cell that cannot; none when the record
        says nothing to this dataset.
        """
        trouble: Trouble | None = None
        try:
            row = dict(zip(self._names, self._pick([cell.strip() or None for cell in cells]), strict=True))
            for name, parse in self._parsers:
                text = row[name]
                if text is not None:
                    row[name] = parse(text)
            self._complete(row)
        except (Unreadable, IndexError, ArithmeticError):
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
                # Without an amount the amount is what is missing, not what is derived from it.
                made[name] = negative if amount is not None and amount < 0 else positive
        return pairs

    def places(self, cells: list[str]) -> list[tuple[int, int]]:
        """Where each of the record's rows comes from: its wide column, and which of that column's rows it is.

        Unlike a row's number within the record, its place stays when another cell is filled in or emptied.
        """
        told = []
        for column in self._wide or [-1]:
            alone = ["" if at in self._wide and at != column else cell for at, cell in enumerate(cells)]
            told += [(column, nth) for nth, _ in enumerate(self.rows(alone))]
        return told

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
            except ArithmeticError:  # a number or a moment beyond what can be reckoned with
                trouble = trouble or (name, "out_of_range")
        self._complete(row)
        return row, trouble

    def _complete(self, row: Row) -> None:
        for name, default in self._defaults:
            if row.get(name) is None:
                row[name] = default
        row.update(self._constants)


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
    if layout.timezone:
        zone = ZoneInfo(layout.timezone)
    columns = []
    for name, column in mapping.columns.items():
        position = table.positions.get(column.from_[0])
        if position is not None:
            parser = _parser(fields[name], column, zone, remarks, is_typed=table.is_typed)
            columns.append((name, position, _cell_parser(name, column, parser, remarks)))
    constants: Row = dict(mapping.constants)
    for end, names in mapping.delivery.items():
        constants |= dict.fromkeys(names, delivery[0 if end == "from" else 1])
    expansions: list[Expansion] = []
    if mapping.templates:
        expansions.append(_templates(mapping.templates, table))
    if mapping.month_only:
        expansions.append(_month_only(mapping.month_only, table, delivery))
    if mapping.unpivot:
        expansions.append(_unpivot(mapping.unpivot, fields, layout, table, zone, delivery, remarks))
    if mapping.spread:
        expansions.append(_spread_year)
    if mapping.repeated_hour:
        expansions.append(_repeated_hour(mapping.repeated_hour, mapping.key))
    if mapping.distinct:
        expansions.append(_distinct())
    defaults = [
        (name, fields[name].default)
        for name, _, _ in columns
        if not fields[name].is_required() and fields[name].default is not None
    ]
    wide = [at for at, _ in _wide_columns(mapping.unpivot, table)] if mapping.unpivot else []
    return RowMapper(columns, constants, mapping, expansions, len(table.header), remarks, defaults, wide)


def _check_fields(dataset_name: str, mapping: DatasetMapping, fields: dict[str, FieldInfo]) -> None:
    unknown = sorted(({*mapping.key} | mapping.given()) - fields.keys())
    if unknown:
        raise BadConfiguration(
            f"The profile maps {', '.join(unknown)}, which {dataset_name} does not have; it has {', '.join(fields)}",
            code="unknown_field",
        )


def _position(table: Table, *names: str) -> int:
    at = table.find(names)
    if at is None:
        raise BadFile(
            f"No column {names[0]}: if it was renamed, put the new name into the profile", code="missing_column"
        )
    return at


def template_columns(template: str) -> list[list[str]]:
    """The columns that a template asks for, each as the names it may have."""
    return [names.split("|") for names in PLACEHOLDER.findall(template)]


def _templates(templates: Mapping[str, str], table: Table) -> Expansion:
    """Fill in the texts that are made of columns; one that is blank leaves the field without a value."""
    made = []
    for name, template in templates.items():
        at = [table.find(names) for names in template_columns(template)]
        if None not in at:
            made.append((name, PLACEHOLDER.sub("{}", template), [position for position in at if position is not None]))

    def expand(cells: list[str], row: Row, trouble: Trouble | None) -> Iterable[tuple[Row, Trouble | None]]:
        for name, text, positions in made:
            words = [cells[at].strip() if at < len(cells) else "" for at in positions]
            row[name] = text.format(*words) if all(words) else None
        return [(row, trouble)]

    return expand


def _distinct() -> Expansion:
    """Let each row through once; what cannot be read is let through to be rejected."""
    known: set[tuple[Any, ...]] = set()

    def expand(cells: list[str], row: Row, trouble: Trouble | None) -> Iterable[tuple[Row, Trouble | None]]:
        content = tuple(row.values())
        if trouble is None and content in known:
            return []
        known.add(content)
        return [(row, trouble)]

    return expand


def _repeated_hour(name: str, key: Sequence[str]) -> Expansion:
    """Tell the two hours apart that bear the same name when the clocks go back: other values, the later hour.

    Only readings of that hour are remembered. A file that sends a reading again gives the same values, and keeps it
    where it is.
    """
    known: dict[str, tuple[Any, ...]] = {}

    def expand(cells: list[str], row: Row, trouble: Trouble | None) -> Iterable[tuple[Row, Trouble | None]]:
        moment = row.get(name)
        if isinstance(moment, dt.datetime) and moment.utcoffset() != moment.replace(fold=1).utcoffset():
            values = tuple(row.values())
            with suppress(Unreadable):  # who takes the row refuses it for the same
                if known.setdefault(key_of(row, key), values) != values:
                    row[name] = moment.replace(fold=1)
        return [(row, trouble)]

    return expand


def _month_only(rule: MonthOnly, table: Table, delivery: tuple[dt.date, dt.date]) -> Expansion:
    """Fill in the month's first (and last) day where the date itself is not known."""
    at_year = _position(table, rule.year) if isinstance(rule.year, str) else None
    at_month = _position(table, rule.month) if rule.month else None
    at_both = _position(table, *rule.column.from_) if rule.column else None
    parse = parsing.date_parser(rule.column.formats, is_typed=table.is_typed) if rule.column else None

    def first_day(cells: list[str]) -> dt.date:
        if parse is not None and at_both is not None:
            day = parse(cells[at_both])
            if day is None:
                raise ValueError("no month")
            return day.replace(day=1)
        if at_month is None:
            return delivery[0].replace(day=1)
        year = int(cells[at_year]) if at_year is not None else int(rule.year or 0)
        return dt.date(year, month_number(cells[at_month]), 1)

    def expand(cells: list[str], row: Row, trouble: Trouble | None) -> Iterable[tuple[Row, Trouble | None]]:
        if row.get(rule.field) is None and (trouble is None or trouble[0] != rule.field):
            try:
                day = first_day(cells)
            except (ValueError, IndexError, OverflowError):  # a year of twenty digits overflows
                return [(row, trouble or (rule.field, "invalid_date"))]
            row[rule.field] = day
            row["is_month_only"] = True
            if rule.end_field:
                row[rule.end_field] = last_of_month(day)
        return [(row, trouble)]

    return expand


def _wide_columns(rule: Unpivot, table: Table) -> list[tuple[int, re.Match[str]]]:
    """Places of the columns that become a row each, and what their header says."""
    pattern = re.compile(rule.columns, re.IGNORECASE)
    return [(at, match) for at, cell in enumerate(table.header) if (match := pattern.search(cell.strip()))]


def _unpivot(
    rule: Unpivot,
    fields: dict[str, FieldInfo],
    layout: Layout,
    table: Table,
    zone: ZoneInfo,
    delivery: tuple[dt.date, dt.date],
    remarks: Remarks,
) -> Expansion:
    """One row per cell of the wide columns; a blank cell is no row."""
    found = _wide_columns(rule, table)
    if not found:
        raise BadFile(f"No column matches {rule.columns}: mend `unpivot` in the profile", code="missing_column")
    info = fields[rule.value]
    if rule.negative and plain_type(info.annotation) is not Decimal:
        raise BadConfiguration(f"unpivot.negative turns the sign of {rule.value}, which has none", code="bad_profile")
    parse = _parser(info, rule.cell, zone, remarks, is_typed=table.is_typed)
    parse = _cell_parser(rule.value, rule.cell, parser=parse, remarks=remarks)
    turned = re.compile(rule.negative or "", re.IGNORECASE)
    said = [
        (at, _said(match, rule, layout, delivery), bool(rule.negative and turned.search(match.string)))
        for at, match in found
    ]
    place: Place | None = None
    if rule.day is not None:
        at_day = _position(table, rule.day.from_[0])
        place = _place_slots(rule, at_day, parsing.date_parser(rule.day.formats, is_typed=table.is_typed), zone)

    def expand(cells: list[str], row: Row, trouble: Trouble | None) -> Iterable[tuple[Row, Trouble | None]]:
        for order, (at, known, is_negative) in enumerate(said):
            made, wrong = row | known, trouble
            try:
                made[rule.value] = parse(cells[at]) if at < len(cells) else None
                if made[rule.value] is None:
                    continue
                if is_negative:
                    made[rule.value] = -made[rule.value]
                if place is not None:
                    place(cells, made, order)
            except Unreadable as error:
                wrong = wrong or (rule.value, error.code)
            except ArithmeticError:  # midnight of a day at the end of all time
                wrong = wrong or (rule.value, "out_of_range")
            yield made, wrong

    return expand


def _said(match: re.Match[str], rule: Unpivot, layout: Layout, delivery: tuple[dt.date, dt.date]) -> Row:
    """What a wide column's header says of its rows: a period, and words."""
    parts = match.groupdict()
    said: Row = {
        name: rule.words.get(word.strip(), word.strip())
        for name, word in parts.items()
        if word and name not in ("month", "year")
    }
    try:
        if parts.get("month"):
            first = _month_of(parts, rule, delivery)
            last = last_of_month(first)
        elif parts.get("year"):
            first, last = layout.fiscal_year(int(parts["year"]))
        else:
            return said
    except (ValueError, OverflowError):
        raise BadConfiguration(
            f"A column matches {rule.columns}, and its header names no month or year: narrow `unpivot` in the profile",
            code="bad_profile",
        ) from None
    said |= dict.fromkeys(rule.field, first)
    return said | ({rule.end_field: last} if rule.end_field else {})


Place = Callable[[list[str], Row, int], None]


def _month_of(parts: Mapping[str, str], rule: Unpivot, delivery: tuple[dt.date, dt.date]) -> dt.date:
    month = month_number(parts["month"])
    year = int(parts["year"]) if parts.get("year") else rule.year
    if year is None:
        # The month of this number within the year that the delivery speaks of, which may begin in July.
        year = delivery[0].year + (month < delivery[0].month)
    return dt.date(year + (2000 if year < 100 else 0), month, 1)


def _place_slots(rule: Unpivot, at_day: int, parse: Parser, zone: ZoneInfo) -> Place:
    def place(cells: list[str], row: Row, order: int) -> None:
        day = parse(cells[at_day]) if at_day < len(cells) else None
        if day is None:
            raise Unreadable("missing_value")
        # Counted from midnight in UTC: on the days when the clocks change, no two intervals fall on one another.
        midnight = dt.datetime.combine(day, dt.time(), zone).astimezone(dt.UTC)
        row |= dict.fromkeys(rule.field, midnight + dt.timedelta(minutes=order * rule.minutes))

    return place


def _spread_year(cells: list[str], row: Row, trouble: Trouble | None) -> Iterable[tuple[Row, Trouble | None]]:
    """A yearly amount as twelve monthly ones: a twelfth each, cut to the cent; the last month takes the rest."""
    amount, start = row.get("amount"), row.get("period_from")
    if isinstance(start, str):
        start = dt.date.fromisoformat(start)
    if trouble or amount is None or start is None:
        yield row, trouble
        return
    if start.year == dt.MAXYEAR:
        yield row, ("period_from", "out_of_range")
        return
    try:
        share = (amount / 12).quantize(parsing.CENT, rounding=ROUND_DOWN)
    except InvalidOperation:
        yield row, ("amount", "out_of_range")
        return
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
    made = {name: template_columns(template) for name, template in mapping.templates.items()}
    wanted = [column.from_ for column in mapping.columns.values()]
    wanted += [names for columns in made.values() for names in columns]
    needed = [
        column.from_
        for name, column in mapping.columns.items()
        if not column.optional
        and name not in replaceable
        and (name not in contract_fields or contract_fields[name].is_required())
    ]
    needed += [
        names
        for name, columns in made.items()
        if name in contract_fields and contract_fields[name].is_required()
        for names in columns
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
        for template in mapping.templates.values():
            known |= {header_key(name) for names in template_columns(template) for name in names}
        if mapping.unpivot:
            patterns.append(re.compile(mapping.unpivot.columns, re.IGNORECASE))
            known |= {header_key(name) for name in (mapping.unpivot.day.from_ if mapping.unpivot.day else [])}
        if mapping.month_only:
            rule = mapping.month_only
            known |= {
                header_key(str(name)) for name in (rule.year, rule.month, *(rule.column.from_ if rule.column else ()))
            }
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
    """The natural key of a row as text; timestamps in UTC, so that the clock's change cannot split a row.

    :raises Unreadable: `missing_value` when the row has nothing of its key: it would be one with all such rows
    """
    if len(key) == 1 and isinstance(only := row.get(key[0]), str) and len(only) <= KEY_LIMIT:
        return only
    parts = []
    for name in key:
        value = row.get(name)
        if isinstance(value, dt.datetime):
            value = value.astimezone(dt.UTC).isoformat()
        parts.append("" if value is None else str(value))
    if not any(parts):
        raise Unreadable("missing_value")
    # The bar between the parts must not be mistaken for one within them.
    text = "|".join(part.replace("\\", "\\\\").replace("|", "\\|") for part in parts) if len(parts) > 1 else parts[0]
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

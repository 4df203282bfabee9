"""Every row through its contract: accepted rows to the spool, the others to quarantine with a reason."""

import datetime as dt
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from operator import attrgetter
from typing import Annotated, Any, BinaryIO
from zoneinfo import ZoneInfo

from pydantic import GetCoreSchemaHandler, TypeAdapter, ValidationError
from pydantic_core import CoreSchema, core_schema

from include.ingest import mapping as mapping_
from include.ingest.datasets import Dataset
from include.ingest.parsing import Unreadable
from include.ingest.profile import DatasetMapping, Layout
from include.ingest.reading import open_table, row_filter
from include.schemas.generated import Contract

BATCH = 100  # rows validated at once: small batches stay in the processor's cache
PROGRESS_EVERY = 50_000  # rows between two words on the progress
SHARE_BLOCK = 1_000  # records that one of several readers takes at a time
LINE_BITS = 20  # of a line number: which of the rows that one record gave
ZERO = Decimal(0)
SUMMED_BELOW = Decimal(10) ** 12  # what core's money columns hold; a rejected amount beyond it is no amount
NO_CURRENCY = "XXX"  # ISO 4217's code for "no currency"

# What Pydantic calls a mistake → the stable code that people, logs and the API know it by.
CODES = {
    "missing": "missing_value",
    "string_too_long": "too_long",
    "string_too_short": "too_short",
    "string_pattern_mismatch": "invalid_text",
    "enum": "unknown_value",
    "literal_error": "unknown_value",
    "extra_forbidden": "unknown_field",
    "decimal_max_digits": "out_of_range",
    "decimal_whole_digits": "out_of_range",
    "decimal_max_places": "too_many_decimals",
    "greater_than_equal": "out_of_range",
    "less_than_equal": "out_of_range",
    "greater_than": "out_of_range",
    "less_than": "out_of_range",
    "finite_number": "invalid_amount",
}
_CODE_BY_PREFIX = {
    "decimal": "invalid_amount",
    "date": "invalid_date",
    "int": "invalid_number",
    "bool": "invalid_boolean",
}


@dataclass(frozen=True)
class Reject:
    """A row that did not pass: where, which field, why; `sample` shows the cell's shape, never its value.

    `part` says which of the rows it is that its record gave, counted from 1.
    """

    row_number: int
    field: str
    code: str
    sample: str
    part: int = 1


@dataclass
class Sums:
    """Sums of one currency's amounts, in that currency."""

    read: Decimal = Decimal(0)
    accepted: Decimal = Decimal(0)
    rejected: Decimal = Decimal(0)


@dataclass(frozen=True)
class Share:
    """Which records of a file one of several readers validates: every `of`th block, from the `index`th on."""

    index: int = 0
    of: int = 1

    def holds(self, record: int) -> bool:
        """Whether the record of that number, counted from 0, is this reader's."""
        return record // SHARE_BLOCK % self.of == self.index


WHOLE = Share()


@dataclass
class Tally:
    """What became of a file: counts of rows, sums per currency, and what was noticed.

    `unmapped` counts the words that a value map does not know, by field and word; `rounding` is what rounding added;
    `total` is the last total row: its record number and amount.
    """

    rows_read: int = 0
    rows_skipped: int = 0
    rows_accepted: int = 0
    rows_rejected: int = 0
    sums: dict[str, Sums] = field(default_factory=dict)
    unmapped: Counter[tuple[str, str]] = field(default_factory=Counter)
    rounded: int = 0
    rounding: Decimal = ZERO
    new_columns: int = 0
    total: tuple[int, Decimal] | None = None

    def sums_of(self, currency: str) -> Sums:
        """The sums of one currency, made when first asked for."""
        return self.sums.setdefault(currency, Sums())

    def add(self, other: "Tally") -> None:
        """Take in what another reader of the same file found in its share."""
        self.rows_read += other.rows_read
        self.rows_skipped += other.rows_skipped
        self.rows_accepted += other.rows_accepted
        self.rows_rejected += other.rows_rejected
        for currency, theirs in other.sums.items():
            sums = self.sums_of(currency)
            sums.read += theirs.read
            sums.accepted += theirs.accepted
            sums.rejected += theirs.rejected
        self.unmapped += other.unmapped
        self.rounded += other.rounded
        self.rounding += other.rounding
        self.total = max((total for total in (self.total, other.total) if total), default=None)

    @property
    def warnings(self) -> list[dict[str, str]]:
        """What is worth a word: code and counts, no values."""
        told = []
        if self.rounded:
            told.append({"code": "rounded", "rows": str(self.rounded), "difference": str(self.rounding)})
        if self.unmapped:
            rows, values = self.unmapped.total(), len(self.unmapped)
            told.append({"code": "unmapped_values", "rows": str(rows), "values": str(values)})
        if self.new_columns:
            told.append({"code": "new_columns", "columns": str(self.new_columns)})
        if self.total:
            difference = self.total[1] - sum((sums.read for sums in self.sums.values()), ZERO)
            if difference:
                told.append({"code": "total_mismatch", "difference": str(difference)})
        if self.rows_read == 0:
            told.append({"code": "no_rows"})
        return told


class _OrNone:
    """Marks a list item that becomes None when it is invalid, so that one bad row does not cost the batch."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_default_schema(handler(source), default=None, on_error="default")


SHAPES = {"L": "x", "M": "x", "N": "9"}  # by the first letter of Unicode's category: letters, marks, numbers


def shape(text: str) -> str:
    """A text's shape: letters become x, digits 9; enough to see what is wrong, too little to tell whose it is."""
    kept = text.strip()[:40]
    return "".join(SHAPES.get(unicodedata.category(character)[0], character) for character in kept)


def first_error(error: ValidationError) -> tuple[str, str]:
    """(field, stable code) of the first mistake in a row."""
    first = error.errors(include_url=False, include_context=True, include_input=True)[0]
    kind = first["type"]
    name = str(first["loc"][0]) if first["loc"] else first.get("ctx", {}).get("field", "(row)")
    if first.get("input") is None and kind != "extra_forbidden":
        return name, "missing_value"
    if kind in CODES:
        return name, CODES[kind]
    prefix = kind.split("_")[0]
    if prefix in _CODE_BY_PREFIX and name != "(row)":
        return name, _CODE_BY_PREFIX[prefix]
    return name, kind


# A business rule speaks of the row; of these fields, the first that the contract has is the one to mend.
RULE_FIELDS = {
    "invalid_currency": ("currency", "salary_currency", "from_currency"),
    "not_positive": ("amount", "rate"),
    "negative": ("amount", "monthly_salary", "energy_kwh"),
    "sign_mismatch": ("amount",),
    "end_before_start": ("ends_on", "period_to", "valid_to", "left_on"),
    "missing_employee": ("employee",),
    "missing_category": ("category",),
    "missing_vendor": ("vendor",),
}


def validate_file(
    raw: BinaryIO,
    *,
    layout: Layout,
    mapping: DatasetMapping,
    dataset: Dataset,
    accept: Callable[[Sequence[Any]], None],
    reject: Callable[[Reject], None],
    context: dict[str, dt.date],
    zone: ZoneInfo,
    delivery: tuple[dt.date, dt.date],
    progress: Callable[[Tally], None] = lambda tally: None,
    share: Share = WHOLE,
    parts: Mapping[int, AbstractSet[int]] | None = None,
) -> Tally:
    """Read one file for one dataset; each data record is accepted or rejected, none is lost.

    :param raw: the original, seekable, at its start
    :param accept: takes (line, row number, source key or content hash, then the contract's fields in order); lines rise
        with the rows of the file
    :param reject: takes each reject
    :param context: `today` and `earliest`, for the business rules
    :param zone: the zone of timestamps without an offset
    :param delivery: first and last day that the file's name speaks of
    :param progress: called now and then with the tally so far
    :param share: the records to validate, when other readers validate the rest; the first reader counts what no
        record holds
    :param parts: by record number, which of its rows to take, counted from 1; of a record that is not named, all
    :raises BadFile: the file as a whole cannot be read
    :raises BadConfiguration: the profile maps a field that does not exist
    """
    wanted, needed = mapping_.column_names(mapping, dataset.contract.model_fields)
    table = open_table(raw, layout.format, wanted, needed)
    mapper = mapping_.compile_mapping(dataset, layout, mapping, table, zone, delivery)
    amount_of_total = mapping_.total_test(layout, mapping, table)
    is_no_data = row_filter(table, [(each.column, each.matches) for each in layout.skip])
    batch = RowValidator(dataset, mapper, accept, reject, context)
    tally = batch.tally
    tally.new_columns = len(mapping_.new_columns(layout, table))

    told = 0
    parts = parts or {}
    for record, (number, cells) in enumerate(table.records):
        if not share.holds(record):
            continue
        total = amount_of_total(cells)
        if total is not None:
            tally.total = number, total
        if total is not None or is_no_data(cells) or not batch.take(number, cells, parts.get(number)):
            tally.rows_skipped += 1
        elif tally.rows_read - told >= PROGRESS_EVERY:
            told = tally.rows_read
            progress(tally)
    batch.flush()

    if share.index == 0:
        tally.rows_skipped += table.skipped
    remarks = mapper.remarks
    tally.rounded, tally.rounding, tally.unmapped = remarks.rounded, remarks.rounding, remarks.unmapped
    return tally


@cache
def _adapters(contract: type[Contract]) -> tuple[TypeAdapter[Contract], TypeAdapter[list[Contract | None]]]:
    """What validates a row, and a hundred: made once, since the API judges rows one by one."""
    many: TypeAdapter[list[Contract | None]] = TypeAdapter(
        list[Annotated[contract, _OrNone()]]  # type: ignore[valid-type]
    )
    return TypeAdapter(contract), many


class RowValidator:
    """Collects rows, validates them a hundred at a time, and keeps the tally.

    A file goes through it whole; the API's rows go through the same, so that both give one verdict.

    :param accept: takes (line, row number, source key or content hash, then the contract's fields in order)
    :param reject: takes each reject; those of a hundred rows may come after those of later rows
    :param context: `today` and `earliest`, for the business rules
    """

    def __init__(
        self,
        dataset: Dataset,
        mapper: mapping_.RowMapper,
        accept: Callable[[Sequence[Any]], None],
        reject: Callable[[Reject], None],
        context: dict[str, dt.date],
    ) -> None:
        self.tally = Tally()
        self._is_money = dataset.is_money
        self._mapper = mapper
        self._accept = accept
        self._reject = reject
        self._context = context
        self._one, self._many = _adapters(dataset.contract)
        self._fields = dataset.contract.model_fields
        self._values = attrgetter(*self._fields)
        self._rows: list[dict[str, Any]] = []
        self._origins: list[tuple[int, int, list[str], str]] = []

    def take(self, number: int, cells: list[str], only: AbstractSet[int] | None = None) -> int:
        """Take one record; the number of rows it gave. A row that cannot even be read is rejected at once.

        :param only: which of its rows to take, counted from 1; without it all
        """
        given = 0
        key = self._mapper.key
        line = number << LINE_BITS
        for part, (row, trouble) in enumerate(self._mapper.rows(cells), start=1):
            if only is not None and part not in only:
                continue
            given += 1
            if trouble is not None:
                self._refuse(line + part, cells, row, *trouble)
                continue
            try:
                identity = mapping_.key_of(row, key) if key else mapping_.content_hash(cells)
            except (Unreadable, ArithmeticError) as error:
                self._refuse(line + part, cells, row, key[0], getattr(error, "code", "out_of_range"))
                continue
            self._rows.append(row)
            self._origins.append((line + part, number, cells, identity))
        self.tally.rows_read += given
        if len(self._rows) >= BATCH:
            self.flush()
        return given

    def flush(self) -> None:
        """Validate what has been collected."""
        if not self._rows:
            return
        accept, values, refused = self._accept, self._values, 0
        amounts: dict[str, Decimal] = {}
        accepted = self._many.validate_python(self._rows, context=self._context)
        for item, row, (line, number, cells, identity) in zip(accepted, self._rows, self._origins, strict=True):
            if item is None:
                self._refuse(line, cells, row, *self._reason(row))
                refused += 1
                continue
            accept((line, number, identity, *values(item)))
            if self._is_money:
                currency = item.currency  # type: ignore[attr-defined]
                amounts[currency] = amounts.get(currency, ZERO) + item.amount  # type: ignore[attr-defined]
        self.tally.rows_accepted += len(accepted) - refused
        for currency, amount in amounts.items():
            sums = self.tally.sums_of(currency)
            sums.read += amount
            sums.accepted += amount
        self._rows.clear()
        self._origins.clear()

    def _reason(self, row: dict[str, Any]) -> tuple[str, str]:
        try:
            self._one.validate_python(row, context=self._context)
        except ValidationError as error:
            name, code = first_error(error)
            if name == "(row)":
                name = next((field for field in RULE_FIELDS.get(code, ()) if field in self._fields), name)
            return name, code
        return "(row)", "invalid"

    def _refuse(self, line: int, cells: list[str], row: dict[str, Any], name: str, code: str) -> None:
        position = self._mapper.positions.get(name)
        sample = shape(cells[position]) if position is not None and position < len(cells) else ""
        self._reject(Reject(line >> LINE_BITS, name, code, sample, line & ((1 << LINE_BITS) - 1)))
        self.tally.rows_rejected += 1
        amount = row.get("amount")
        if self._is_money and isinstance(amount, Decimal) and abs(amount) < SUMMED_BELOW:
            currency = row.get("currency")
            known = isinstance(currency, str) and re.fullmatch(r"[A-Z]{3}", currency)
            sums = self.tally.sums_of(str(currency) if known else NO_CURRENCY)
            sums.read += amount
            sums.rejected += amount


def spool_types(dataset: Dataset, column_types: dict[str, str]) -> list[str]:
    """PostgreSQL type names of a spooled row: line, row number, identity, then the contract's fields.

    :param column_types: the table's columns and their types; fields that are no column are references, hence text
    """
    return ["int8", "int8", "text", *(column_types.get(name, "text") for name in dataset.contract.model_fields)]

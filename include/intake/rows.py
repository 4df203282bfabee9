"""Rows of JSON, turned into the cells of a CSV delivery and judged by the code that judges the files.

The door writes what it accepts as a CSV file whose header is the contract's fields. To be sure that its answer is what
the pipeline will say, each row becomes text cells first, and those go through the profile `api` and the contract.
"""

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Any, NoReturn

from include.errors import BadData
from include.ingest.datasets import Dataset, dataset
from include.ingest.mapping import compile_mapping
from include.ingest.profile import load_profile
from include.ingest.reading import Table
from include.ingest.validation import Reject, RowValidator
from include.intake.waiting import WaitingRows
from include.schemas.organisation import Organisation

SOURCE = "api"
DATASETS_TAKEN = (
    *("expenses", "leave_applications", "budgets", "users"),
    *("departments", "fx_rates", "meter_readings"),
)
HEADER_RECORDS = 1  # a row's number in its file, less this, is its number in the request
LONGEST_VALUE = 10_000  # characters; far beyond every column, far below what makes a file unreadable
LONGEST_ROW = 262_144  # bytes of JSON
USUAL_ROW = 2_048  # characters; rows of an array are looked for in so many first
LONGEST_TOKEN = 16  # characters; a mistake so near to where a text was cut may be the cut's own
MOST_FIELDS = 200
REFUSALS_TOLD = 1_000
_LARGEST_EXPONENT = 400
_PLAIN_EXPONENT = re.compile(r"[eE]")
_SPACE = re.compile(r"[ \t\r\n]*")


class Malformed(BadData):
    """The request as a whole is no list of rows: nothing of it was kept. `row` counts from 1; None speaks of all."""

    def __init__(self, sentence: str, *, code: str, row: int | None = None, name: str | None = None) -> None:
        super().__init__(sentence, code=code)
        self.row = row
        self.name = name


SENTENCES = {
    "invalid_json": "this is no JSON",
    "not_an_object": "a row is an object of fields and values",
    "not_an_array": "a batch is an array of rows",
    "duplicate_field": "a field stands twice in one row",
    "unknown_name": "a row has a name that is no field of this dataset",
    "nested_value": "a value is text, a number, true, false or null",
    "too_deep": "objects lie in objects too deep",
    "too_long_value": "a value is too long for any field",
    "too_long_row": "a row is too long",
    "unstorable_text": "a text has a NUL or half a character",
    "empty_row": "a row says nothing",
    "too_many_rows": "a batch has too many rows: send several, or NDJSON instead of one array",
    "no_rows": "there is no row",
}


def malformed(code: str, row: int | None = None, name: str | None = None) -> Malformed:
    """The error of this code, with its sentence; `name` is a field of the contract, never what the sender wrote."""
    return Malformed(SENTENCES[code], code=code, row=row, name=name)


class _Nested(list[tuple[str, Any]]):
    """The pairs of an object, in their order and with repetitions."""


def _number(text: str) -> str:
    """A number's digits as they stand; an exponent is written out where that gives a number of some size."""
    if not _PLAIN_EXPONENT.search(text):
        return text
    value = Decimal(text)
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and abs(value.adjusted()) <= _LARGEST_EXPONENT and abs(exponent) <= _LARGEST_EXPONENT:
        return format(value, "f")
    return text


def _no_constant(text: str) -> NoReturn:
    raise ValueError(text)


_DECODER = json.JSONDecoder(object_pairs_hook=_Nested, parse_float=_number, parse_int=str, parse_constant=_no_constant)


def parse_lines(lines: Iterable[bytes], first: int) -> Iterator[tuple[int, _Nested, str]]:
    """The rows of NDJSON lines, numbered from `first`; blank lines are none.

    :raises Malformed: a line is no object
    """
    number = first
    for line in lines:
        if line.isspace() or not line:
            continue
        if len(line) > LONGEST_ROW:
            raise malformed("too_long_row", number)
        try:
            text = line.decode()
            start = _skip_space(text, 0)
            row, end = _decoded(text, start, number)
        except (UnicodeDecodeError, _CutShort):
            raise malformed("invalid_json", number) from None
        if _skip_space(text, end) != len(text):
            raise malformed("invalid_json", number)
        yield number, row, text
        number += 1


def parse_array(body: bytes, most: int) -> Iterator[tuple[int, _Nested, str]]:
    """The rows of a JSON array, one after the other, so that no more than one is held beside the text.

    :param most: rows
    :raises Malformed: it is no array of objects, or has too many
    """
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise malformed("invalid_json") from None
    at = _skip_space(text, 0)
    if text[at : at + 1] != "[":
        raise malformed("not_an_array" if at < len(text) else "invalid_json")
    at = _skip_space(text, at + 1)
    number = 0
    while text[at : at + 1] != "]":
        number += 1
        if number > most:
            raise malformed("too_many_rows", number)
        row, end = _decoded_within(text, at, number)
        yield number, row, text[at:end]
        at = _skip_space(text, end)
        if text[at : at + 1] == ",":
            at = _skip_space(text, at + 1)
            if text[at : at + 1] == "]":
                raise malformed("invalid_json", number)
        elif text[at : at + 1] != "]":
            raise malformed("invalid_json", number)
    if _skip_space(text, at + 1) != len(text):
        raise malformed("invalid_json")
    if number == 0:
        raise malformed("no_rows")


def parse_one(body: bytes) -> Iterator[tuple[int, _Nested, str]]:
    """The row of a body that is one object.

    :raises Malformed: it is none
    """
    rows = list(parse_lines([body.replace(b"\n", b" ").replace(b"\r", b" ")], 1))
    if not rows:
        raise malformed("invalid_json")
    return iter(rows)


def _skip_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _decoded_within(text: str, at: int, number: int) -> tuple[_Nested, int]:
    """The row of an array that begins here; no more than a row's length is decoded, whatever follows."""
    for most in (USUAL_ROW, LONGEST_ROW):
        part = text[at : at + most]
        try:
            row, end = _decoded(part, 0, number)
        except _CutShort:
            if len(part) < most:
                raise malformed("invalid_json", number) from None
        else:
            return row, at + end
    raise malformed("too_long_row", number)


class _CutShort(Exception):
    """The text ended within a value."""


def _decoded(text: str, at: int, number: int) -> tuple[_Nested, int]:
    is_object = text[at : at + 1] == "{"
    try:
        row, end = _DECODER.raw_decode(text, at)
    except RecursionError:
        raise malformed("too_deep" if is_object else "invalid_json", number) from None
    except json.JSONDecodeError as error:
        if error.msg.startswith("Unterminated string") or error.pos > len(text) - LONGEST_TOKEN:
            raise _CutShort from None
        raise malformed("invalid_json", number) from None
    except (ValueError, ArithmeticError):
        raise malformed("invalid_json", number) from None
    if not is_object:
        raise malformed("not_an_object", number)
    return row, end


@dataclass
class Verdict:
    """What became of the rows of a request: counts, the first refusals by row, and how many of each code."""

    rows: int = 0
    accepted: int = 0
    refused: int = 0
    refusals: list[Reject] = field(default_factory=list)
    codes: Counter[str] = field(default_factory=Counter)
    rounded: int = 0


class RowJudge:
    """The rows of one delivery to the door: each becomes a CSV record and gets the verdict that the pipeline will give.

    One file at a time; `begin` makes it ready for the next one of the same day (`day`: no date may lie far beyond it).
    `judge` takes parsed rows and answers the records' bytes;
    `settle` completes `verdict`. Whom the accepted rows name is left to `waiting`.
    """

    def __init__(self, dataset_name: str, organisation: Organisation) -> None:
        spec: Dataset = dataset(dataset_name)
        layout = load_profile(SOURCE).layout_of(f"{dataset_name}-.csv")
        if layout is None:
            raise malformed("unknown_name")
        (mapping,) = layout.datasets
        self.fields = list(spec.contract.model_fields)
        self._at = {name: at for at, name in enumerate(self.fields)}
        for name, info in spec.contract.model_fields.items():
            if info.alias:
                self._at.setdefault(info.alias, self._at[name])
        table = Table(self.fields, iter(()), positions={name: at for at, name in enumerate(self.fields)})
        self.day = today = organisation.today()
        self._mapper = compile_mapping(spec, layout, mapping, table, organisation.zone, (today, today))
        context = {"today": today, "earliest": organisation.earliest_date}

        def new_validator(waiting: WaitingRows) -> RowValidator:
            return RowValidator(spec, self._mapper, waiting.take, self._refuse, context)

        self._new_validator = new_validator
        self._new_waiting = partial(WaitingRows, spec, mapping.creates)
        self.begin()

    def begin(self) -> None:
        """Forget the rows so far: what comes next is another file's. To begin anew is much cheaper than a new judge."""
        self.waiting = self._new_waiting()
        self._validator = self._new_validator(self.waiting)
        self._rounded_before = self._mapper.remarks.rounded
        self.verdict = Verdict()

    @property
    def header(self) -> bytes:
        """The first record of the file."""
        return _csv([self.fields])

    def judge(self, rows: Iterable[tuple[int, _Nested, str]]) -> bytes:
        """Take rows in; answers them as records of the file.

        :raises Malformed: a row cannot be put into cells; the request must be refused as a whole
        """
        records = []
        for number, pairs, text in rows:
            cells = self._cells(pairs, number, "\\u" in text)
            records.append(cells)
            self._validator.take(number, cells)
        self.verdict.rows += len(records)
        return _csv(records)

    def settle(self) -> Verdict:
        """Judge what is still held back; the verdict on all rows so far, refusals in the order of the rows."""
        self._validator.flush()
        verdict, tally = self.verdict, self._validator.tally
        verdict.accepted, verdict.refused = tally.rows_accepted, tally.rows_rejected
        verdict.refusals.sort(key=lambda refusal: refusal.row_number)
        verdict.rounded = self._mapper.remarks.rounded - self._rounded_before
        return verdict

    def _refuse(self, reject: Reject) -> None:
        self.verdict.codes[reject.code] += 1
        if len(self.verdict.refusals) < REFUSALS_TOLD:
            self.verdict.refusals.append(reject)

    def _cells(self, pairs: _Nested, number: int, has_escapes: bool) -> list[str]:
        cells: list[str | None] = [None] * len(self.fields)
        if len(pairs) > MOST_FIELDS:
            raise malformed("unknown_name", number)
        is_blank = True
        for key, value in pairs:
            at = self._at.get(key)
            if at is None:
                raise malformed("unknown_name", number)
            if cells[at] is not None:
                raise malformed("duplicate_field", number, self.fields[at])
            if isinstance(value, str):
                if len(value) > LONGEST_VALUE:
                    raise malformed("too_long_value", number, self.fields[at])
                if has_escapes and not _is_storable(value):
                    raise malformed("unstorable_text", number, self.fields[at])
                is_blank = is_blank and (not value or value.isspace())
                cells[at] = value
            elif value is None:
                cells[at] = ""
            elif isinstance(value, bool):
                is_blank = False
                cells[at] = "true" if value else "false"
            else:
                raise malformed("nested_value", number, self.fields[at])
        if is_blank:
            raise malformed("empty_row", number)
        made = [cell or "" for cell in cells]
        if made == self.fields:
            raise malformed("empty_row", number)  # the file's reader would take it for the header once more
        return made


def _is_storable(text: str) -> bool:
    if "\0" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _csv(records: Iterable[list[str]]) -> bytes:
    text = io.StringIO(newline="")
    # With \r\n the writer quotes a lone \r as well; without its quotes a reader would end the record there.
    csv.writer(text, lineterminator="\r\n").writerows(records)
    return text.getvalue().encode()


def whole_records(content: bytes) -> int:
    """How many bytes of a CSV file are whole records: a killed writer leaves the last one torn.

    A line's end counts where the quotes before it are even; a byte that no text has ends what can be believed.
    """
    end = content.find(b"\0")
    content = content if end < 0 else content[:end]
    at = len(content)
    while (at := content.rfind(b"\n", 0, at)) >= 0:
        if content.count(b'"', 0, at) % 2 == 0:
            return at + 1
    return 0


def count_records(content: bytes) -> int:
    """Records of whole CSV bytes, the header included."""
    return sum(1 for _ in csv.reader(io.StringIO(content.decode(), newline="")))

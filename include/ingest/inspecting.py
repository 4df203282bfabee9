"""A file never seen, looked at: encoding, delimiter, header, and what each column holds."""

import codecs
import csv
import datetime as dt
import io
import itertools
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import BinaryIO

from include.errors import BadFile
from include.ingest import parsing
from include.ingest.packing import unpacked, workbook_records
from include.ingest.parsing import Unreadable
from include.ingest.profile import MONTHS
from include.ingest.reading import COLUMN_LIMIT, detect_encoding

ROWS = 20_000  # records that are held to judge the columns; a longer file is judged by its beginning
HEADER_WITHIN = 60  # records
DELIMITERS = (",", ";", "\t", "|")
DATE_FORMATS = (
    "%Y-%m-%d",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%d.%m.%Y",
    "%Y/%m/%d",
    "%Y%m%d",
    "%d-%b-%Y",
    "%d %b %Y",
    "%d %B %Y",
    "%b %d %Y",
    "%B %d, %Y",
    "%b %d, %Y",
    "%d/%m/%y",
    "%m/%d/%y",
    "%d-%b-%y",
)
TIMES = ("%H:%M:%S", "%H:%M", "%I:%M%p", "%I:%M %p")
SIGNS = {"£": "GBP", "€": "EUR", "R$": "BRL", "KSh": "KES", "₦": "NGN", "₵": "GHS", "₹": "INR", "$": "USD"}
# Numbers that point to a person; a profile should not let them through.
PERSONAL = {
    "e-mail address": r"[\w.+-]+@[\w-]+\.[A-Za-z]{2,}",
    "Brazilian CPF": r"(?<!\d)\d{3}\.\d{3}\.\d{3}-\d{2}(?!\d)",
    "bare CPF at the end of a name": r"(?<=[^\W\d] )\d{11}(?!\d)",
    "IBAN": r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b",
    "phone number": r"\+\d{1,3}[ -]?\d{2,3}[ -]?\d{3}[ -]?\d{3,4}\b",
}

# Texts among numbers that stand for no value, in the languages that exports come in; others may name a person.
_SAY_NOTHING = set(
    "n/a na n.a nil none null nothing missing unknown uncapped tbc tbd pending néant neant sans nada ninguno nenhum "
    "keine leer entfällt k.a hakuna".split()
)
# How files begin that are no tables, whatever their names end in.
_NO_TABLES = (
    (b"%PDF-", "a PDF document"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a workbook of the old kind (.xls)"),
    (b"<!doctype html", "a web page, perhaps of a login"),
    (b"<html", "a web page, perhaps of a login"),
    (b"<?xml", "an XML document"),
    (b"{\\rtf", "a text document (RTF)"),
    (b'[{"', "a JSON document"),
    (b'{"', "a JSON document"),
    (b"\x89png", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"7z\xbc\xaf\x27\x1c", "an archive of a kind that is not opened here"),
    (b"rar!", "an archive of a kind that is not opened here"),
)
_NAMES_A_NUMBER = re.compile(r"(?i)(?<![a-z])(?:no|nr|num|number|id|code|ref|voucher|matricule)(?![a-z])|(?-i:ID)$")


@dataclass
class ColumnFacts:
    """What a column holds, told from its cells.

    `decimal` is the mark of its numbers, empty where it holds none, `has_fractions` whether it is used; `formats` are
    those of its dates; `words` are the texts that stand among numbers and say that there is none; `values` its most
    frequent cells; `personal` names the kinds of personal number in it.
    """

    name: str
    position: int
    filled: int = 0
    distinct: int = 0
    longest: int = 0
    decimal: str = ""
    has_fractions: bool = False
    negatives: int = 0
    formats: list[str] = field(default_factory=list)
    is_timestamp: bool = False
    ambiguous: bool = False
    words: list[str] = field(default_factory=list)
    currencies: list[str] = field(default_factory=list)
    personal: list[str] = field(default_factory=list)
    values: list[str] = field(default_factory=list)

    @property
    def is_date(self) -> bool:
        """Whether its cells are dates or points in time."""
        return bool(self.formats)

    @property
    def is_number(self) -> bool:
        """Whether its cells are numbers."""
        return bool(self.decimal) and not self.formats


@dataclass
class Inspection:
    """A file as it was found.

    `header_at` is the record number of the header, 0 when there is none; `rows` counts the data records; `is_guessed`
    says that the encoding is only likely; `asides` holds the records that fill no more than two cells where others fill
    many: totals, subtotals, page numbers.
    """

    encoding: str
    delimiter: str
    header_at: int
    columns: list[ColumnFacts]
    rows: int
    blank_rows: int
    is_workbook: bool
    is_guessed: bool
    asides: list[list[str]]

    def column(self, name: str) -> ColumnFacts:
        """The column of that name."""
        return next(column for column in self.columns if column.name == name)

    def key_candidates(self) -> list[str]:
        """Columns that are filled in every row and never repeat a value."""
        complete = [c for c in self.columns if c.filled == c.distinct == min(self.rows, ROWS) > 1]
        return [c.name for c in complete if not c.is_date and (not c.is_number or _NAMES_A_NUMBER.search(c.name))]


def inspect(raw: BinaryIO) -> Inspection:
    """Look at a file.

    :param raw: seekable, at its start, perhaps packed
    :raises BadFile: it is empty, cannot be unpacked or decoded, or holds no table
    """
    plain, is_workbook = unpacked(raw)
    encoding, delimiter, is_guessed = "", ",", False
    if is_workbook:
        records: Iterable[list[str]] = workbook_records(plain, None)
    else:
        start = plain.read(4096)
        plain.seek(0)
        _refuse_what_is_no_table(start)
        # UTF-16 without a mark is told by its zero bytes; without them nearly any bytes would pass for UTF-16.
        wide = ["utf-16-le", "utf-16-be"] if b"\0" in start else []
        encoding, bom = detect_encoding(plain, ["utf-8", *wide, "cp1252"])
        is_guessed = encoding == "cp1252"
        plain.seek(bom)
        text = io.TextIOWrapper(plain, encoding=encoding, newline="")
        delimiter = _delimiter(text.read(1 << 18))
        text.detach()  # or the file would be closed with its first reader
        plain.seek(bom)
        records = csv.reader(io.TextIOWrapper(plain, encoding=encoding, newline=""), delimiter=delimiter)
    try:
        return _inspected(records, encoding, delimiter, is_workbook, is_guessed)
    except csv.Error as error:
        raise BadFile(
            "A quote is never closed, or a cell is too long: look at the file", code="field_too_large"
        ) from error


def _inspected(
    records: Iterable[list[str]], encoding: str, delimiter: str, is_workbook: bool, is_guessed: bool
) -> Inspection:
    numbered = enumerate(records, start=1)
    first = list(itertools.islice(numbered, ROWS))
    if not any(any(cell.strip() for cell in cells) for _, cells in first):
        raise BadFile("The file holds no rows", code="empty_file")
    header_at, header = _header([cells for _, cells in first[:HEADER_WITHIN]])
    held: list[list[str]] = []
    asides: list[list[str]] = []
    rows = blank = 0
    usual = _usual_width([cells for number, cells in first if number > header_at])
    for number, cells in itertools.chain(first, numbered):
        filled = sum(1 for cell in cells if cell.strip())
        if number <= header_at or cells == header:
            continue
        if not filled:
            blank += 1
        elif filled <= 2 < usual - 1:
            asides.append(cells)
        else:
            rows += 1
            if len(held) < ROWS:
                held.append(cells)
    columns = [
        _facts(name.strip() or "", position, [cells[position].strip() for cells in held if position < len(cells)])
        for position, name in enumerate(header[:COLUMN_LIMIT])
    ]
    return Inspection(encoding, delimiter, header_at, columns, rows, blank, is_workbook, is_guessed, asides)


def _refuse_what_is_no_table(start: bytes) -> None:
    begins = start.removeprefix(codecs.BOM_UTF8).lstrip().lower()
    for signature, what in _NO_TABLES:
        if begins.startswith(signature.lower()):
            raise BadFile(f"The file is {what}: ask for the table as .csv or .xlsx", code="undecodable")


def _delimiter(text: str) -> str:
    """The delimiter that cuts most records into equally many cells."""
    best, best_score = ",", 0.0
    for delimiter in DELIMITERS:
        try:
            widths = Counter(len(cells) for cells in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
        except csv.Error:
            continue
        for width, n in widths.items():
            score = n * math.log2(width) if width > 1 else 0.0
            if score > best_score:
                best, best_score = delimiter, score
    return best


def _header(records: Sequence[list[str]]) -> tuple[int, list[str]]:
    """(record number of the header, its cells): the row of words that stands nearest above the data."""
    usual = Counter(sum(1 for cell in cells if cell.strip()) for cells in records)
    width = max((n for n in usual if n), key=lambda n: usual[n] * n)
    best, best_score = 0, 0.0
    for number, cells in enumerate(records, start=1):
        filled = [cell.strip() for cell in cells if cell.strip()]
        beside = [*records[max(number - 2, 0) : number - 1], *records[number : number + 1]]
        if not filled or len(filled) < width / 2 or any(_is_data(cells, other) for other in beside):
            continue
        names = [cell for cell in filled if not _is_value(cell) and len(cell) <= 80]
        below = [cell for row in records[number : number + 1] for cell in row if cell.strip()]
        values_below = sum(_is_value(cell) for cell in below) / max(len(below), 1)
        values_below += 0.5 if values_below else 0  # a header stands right above its data
        values_here = 1 - len(names) / len(filled)
        unlike = len({name.casefold() for name in names}) / max(len(names), 1)
        # As many names as a row has cells, all different, values below and none here.
        score = min(len(names) / width, 1.2) + unlike + (values_below - 2 * values_here)
        if names and values_here < 0.5 and score > best_score + 0.05:
            best, best_score = number, score
    if best == 0 or len(records[best - 1]) < _usual_reach(records[best:]):
        longest = max(records, key=len)
        return 0, [f"#{position}" for position in range(1, len(longest) + 1)]
    return best, records[best - 1]


def _is_data(cells: Sequence[str], other: Sequence[str]) -> bool:
    """Whether a record is one of data like the one beside it: both have a date at the same place, or a fraction.

    A row of data that is taken for a header would be shown and written down as the names of columns.
    """
    pairs = [(here.strip(), there.strip()) for here, there in zip(cells, other, strict=False)]
    return any(
        (_formats([here]) and _formats([there])) or (_is_fraction(here) and _is_fraction(there))
        for here, there in pairs
        if here and there
    )


def _is_fraction(cell: str) -> bool:
    return bool(re.search(r"\d[.,]\d{1,2}\D*$", cell)) and parsing.is_number(cell)


def _usual_reach(records: Sequence[list[str]]) -> int:
    """The place of the last cell that most records fill."""
    filled = ([at for at, cell in enumerate(cells, start=1) if cell.strip()] for cells in records)
    reaches = Counter(places[-1] for places in filled if places)
    return max(reaches, key=lambda reach: reaches[reach], default=0)


def _is_value(cell: str) -> bool:
    return parsing.is_number(cell) or bool(_formats([cell]))


def _number(cell: str, decimal: str) -> Decimal | None:
    try:
        return parsing.parse_number(cell, decimal)
    except Unreadable:
        return None


def _usual_width(records: Sequence[list[str]]) -> int:
    """How many cells a record fills, the middle of all."""
    widths = sorted(filled for cells in records if (filled := sum(1 for cell in cells if cell.strip())))
    return widths[len(widths) // 2] if widths else 0


def _facts(name: str, position: int, cells: list[str]) -> ColumnFacts:
    filled = [cell for cell in cells if cell]
    counted = Counter(filled)
    facts = ColumnFacts(name, position, len(filled), len(counted), max(map(len, filled), default=0))
    facts.values = [cell for cell, _ in counted.most_common(200)]
    some = list(counted)[:2_000]
    if not some:
        return facts
    facts.formats = _formats(some)
    if facts.formats:
        facts.ambiguous = all(_share(some[:500], each) == 1 for each in ("%d/%m/%Y", "%m/%d/%Y"))
    facts.is_timestamp = any("%H" in each or "%I" in each for each in facts.formats)
    if not facts.formats:
        _number_facts(facts, some, counted)
    facts.personal = [kind for kind, pattern in PERSONAL.items() if any(re.search(pattern, cell) for cell in some)]
    return facts


def _number_facts(facts: ColumnFacts, some: list[str], counted: Mapping[str, int]) -> None:
    read = {mark: [number for cell in some if (number := _number(cell, mark)) is not None] for mark in ".,"}
    mark = "," if len(read[","]) > len(read["."]) else "."
    unread = [cell for cell in some if _number(cell, mark) is None and cell not in ("-", "–", "—")]
    if not read[mark] or len(unread) > min(max(5, len(some) * 0.02), len(read[mark])):
        return
    facts.decimal = mark
    facts.words = [word for word in unread[:5] if _says_nothing(word, counted[word])] if len(unread) <= 5 else []
    facts.has_fractions = any(mark in cell for cell in some)
    facts.negatives = sum(number < 0 for number in read[mark])
    found = Counter(
        code for sign, code in SIGNS.items() for cell in some if sign in cell and (sign != "$" or "R$" not in cell)
    )
    facts.currencies = [code for code, _ in found.most_common()]


def _says_nothing(word: str, times: int) -> bool:
    """Whether a text among numbers stands for no value: a known word, a spreadsheet's error, one that comes again."""
    return word.startswith("#") or word.strip("().").casefold() in _SAY_NOTHING or (times > 1 and word.isalpha())


def _formats(cells: list[str]) -> list[str]:
    """The strptime formats of a column of dates, as few as read nearly all of it; none for anything else."""
    if sum(any(character.isdigit() for character in cell) for cell in cells) < len(cells) * 0.95:
        return []
    candidates = [each for each in _candidates(cells[0]) if _share(cells[:50], each) > 0]
    for other in cells[1:50]:
        candidates += [each for each in _candidates(other) if each not in candidates and _share([other], each)]
    left = cells[:500]
    chosen: list[str] = []
    while candidates and left and len(chosen) < 3:
        best = max(candidates, key=lambda each: (_share(left, each), -candidates.index(each)))
        if _share(left, best) == 0:
            break
        chosen.append(best)
        left = [cell for cell in left if not _reads(cell, best)]
    # A date that no calendar knows does not make the others texts.
    return chosen if len(left) <= max(len(cells[:500]) * 0.02, len(cells) > 3) else []


def _candidates(cell: str) -> Iterator[str]:
    if not 6 <= len(cell) <= 30 or not any(character.isdigit() for character in cell):
        return
    has_time = ":" in cell
    for each in DATE_FORMATS:
        if not has_time:
            yield each
        else:
            for time in TIMES:
                yield from (f"{each} {time}", f"{each}T{time}")


def _share(cells: Sequence[str], format_: str) -> float:
    return sum(_reads(cell, format_) for cell in cells) / max(len(cells), 1)


def _reads(cell: str, format_: str) -> bool:
    try:
        moment = dt.datetime.strptime(cell, format_)  # noqa: DTZ007 - only asked whether it can be read
    except ValueError:
        return False
    # %Y%m%d reads any eight digits that look like a date; a year far away says that they are none.
    return 1900 <= moment.year <= 2100 or (format_ != "%Y%m%d" and "/" in cell)


def month_of_header(name: str) -> bool:
    """Whether a column's header names a month: Jan, January 2024, 01/2024."""
    word = re.match(r"[^\W\d_]+", name.strip())
    return bool(word and word.group().lower().rstrip(".") in MONTHS)

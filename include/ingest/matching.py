"""Which column is which field: told by what sources call it, by what its cells hold, and by what is left."""

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from difflib import SequenceMatcher
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import yaml

from include.ingest.datasets import Dataset, dataset
from include.ingest.inspecting import ColumnFacts, Inspection, month_of_header
from include.ingest.mapping import plain_type
from include.ingest.reading import header_key

SYNONYMS = Path(__file__).with_name("synonyms.yaml")
GUESSED = 0.45  # confidence in a column that only its content speaks for
A_MONTH = "(?P<month>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
BUDGET_OF_A_MONTH = rf"^{A_MONTH}\.?[- ]*(?P<year>\d{{2,4}})?$"
BUDGET_OF_A_YEAR = (
    r"^(?:FY ?)?(?P<year>(?:20)?\d{2})(?:[/-]\d{2,4})?(?: (?:\w+ )?(?:budget|appropriation|adopted|allocation|plan))?$"
)
DEBIT = {"debit", "debits", "débit", "débito", "debito", "debe", "soll"}
CREDIT = {"credit", "credits", "crédit", "crédito", "credito", "haber", "haben"}
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d{2}(?!\d)")


@dataclass(frozen=True)
class Match:
    """A field, the column proposed for it, and how sure that is (0 to 1)."""

    field: str
    column: str
    confidence: float


@cache
def _synonyms() -> dict[str, Any]:
    return yaml.safe_load(SYNONYMS.read_text(encoding="utf-8"))


def kinds() -> dict[str, Any]:
    """What is known of each kind of file that can be proposed: hints, essential fields, synonyms."""
    return _synonyms()["kinds"]


def likeliest_kind(inspection: Inspection, name: str) -> str:
    """The dataset whose essential fields are found best, hints in the file's and the columns' names counted."""
    if interval_columns(inspection):
        return "meter_readings"
    wide, sides = budget_columns(inspection), debit_and_credit(inspection)
    words = set(tokens(name)) | {word for column in inspection.columns for word in tokens(column.name)}

    def points(kind: str) -> float:
        spec = kinds()[kind]
        found = {match.field: match.confidence for match in match_columns(inspection, kind)}
        if (kind == "budgets" and wide) or (kind == "expenses" and sides):
            found["amount"] = 1.0
        essential = [found.get(each, 0.0) for each in spec["essential"]]
        hints = sum(1 for hint in spec["hints"] if set(tokens(hint)) <= words)
        return 3 * sum(essential) / len(essential) + 0.3 * sum(found.values()) + 0.8 * min(hints, 3)

    return max(kinds(), key=points)


def is_told(inspection: Inspection, kind: str, matches: Sequence[Match]) -> bool:
    """Whether anything of what makes a file one of this kind was found in it by more than a guess."""
    if kind == "meter_readings" and interval_columns(inspection):
        return True
    if (kind == "budgets" and budget_columns(inspection)) or (kind == "expenses" and debit_and_credit(inspection)):
        return True
    told = {match.field for match in matches if match.confidence > GUESSED}
    return bool(told & set(kinds()[kind]["essential"]))


def budget_columns(inspection: Inspection) -> tuple[str, list[ColumnFacts]] | None:
    """(pattern, columns) of a budget's columns per month or per year, the more telling first; None where it has none.

    Columns whose names differ by the year alone, such as Plan_2026_EUR and Plan_2027_EUR, are such a family; of several
    families the first counts.
    """
    numbers = [column for column in inspection.columns if column.is_number]
    by_month = [column for column in numbers if month_of_header(column.name)]
    if len(by_month) >= 6:
        return BUDGET_OF_A_MONTH, by_month
    by_year = [column for column in numbers if re.search(BUDGET_OF_A_YEAR, column.name, re.IGNORECASE)]
    if len(by_year) >= 2:
        return BUDGET_OF_A_YEAR, by_year
    families: defaultdict[tuple[str, str], list[ColumnFacts]] = defaultdict(list)
    for column in numbers:
        if year := _YEAR.search(column.name):
            families[column.name[: year.start()], column.name[year.end() :]].append(column)
    for (before, after), columns in families.items():
        if len(columns) >= 2:
            return f"^{re.escape(before)}(?P<year>\\d{{4}}){re.escape(after)}$", columns
    return None


def debit_and_credit(inspection: Inspection) -> tuple[str, str] | None:
    """The two columns in which a ledger writes what it pays and what comes back; None where there are none."""
    numbers = [column for column in inspection.columns if column.is_number]
    debit = [column.name for column in numbers if set(tokens(column.name)) & DEBIT]
    credit = [column.name for column in numbers if set(tokens(column.name)) & CREDIT]
    return (debit[0], credit[0]) if len(debit) == len(credit) == 1 and debit != credit else None


def interval_columns(inspection: Inspection) -> tuple[str, int] | None:
    """(pattern, how many) of the columns that stand for the hours, half hours or quarters of a day."""
    shapes: defaultdict[str, list[ColumnFacts]] = defaultdict(list)
    for column in inspection.columns:
        if column.is_number or not column.filled:
            shapes[re.sub(r"\d+", "0", column.name)].append(column)
    for name, columns in shapes.items():
        if len(columns) in (24, 48, 96) and "0" in name and all(column.filled for column in columns):
            return "^" + re.escape(name).replace("0", r"\d+") + "$", len(columns)
    return None


def match_columns(inspection: Inspection, kind: str) -> list[Match]:
    """The best one-to-one match of columns to the fields of a kind, surest first."""
    spec = dataset(kind)
    ranked = sorted(
        (
            (confidence, -order, -column.position, name)
            for order, (name, synonyms) in enumerate(kinds()[kind]["fields"].items())
            for column in inspection.columns
            if column.name and (confidence := _confidence(name, synonyms, column, spec)) >= 0.45
        ),
        reverse=True,
    )
    found: list[Match] = []
    taken_fields: set[str] = set()
    taken_columns: set[int] = set()
    for confidence, _, position, name in ranked:
        if name not in taken_fields and position not in taken_columns:
            taken_fields.add(name)
            taken_columns.add(position)
            found.append(Match(name, inspection.columns[-position].name, round(confidence, 2)))
    return found + _told_by_content(inspection, kind, found)


def _told_by_content(inspection: Inspection, kind: str, found: list[Match]) -> list[Match]:
    """Columns whose names say nothing, taken for what only they can be: the one date, the one amount."""
    spec = dataset(kind)
    fields = {match.field for match in found}
    left = [c for c in inspection.columns if c.name and c.filled and c.name not in {match.column for match in found}]
    dates = [column for column in left if column.is_date]
    amounts = [column for column in left if column.is_number and column.has_fractions]
    more: list[Match] = []
    for name, only in (("spent_on", dates), ("starts_on", dates), ("starts_at", dates), ("amount", amounts)):
        if name in spec.contract.model_fields and name not in fields and len(only) == 1:
            more.append(Match(name, only[0].name, GUESSED))
    if kind == "expenses":
        payees = [match for match in found if match.field in ("vendor", "cost_centre", "employee")]
        texts = [column for column in left if not column.is_date and not column.is_number and column.distinct > 1]
        # A payee comes again; what never does is more likely a number of the document.
        texts.sort(key=lambda column: column.distinct == column.filled)
        if texts and not any(inspection.column(match.column).filled for match in payees):
            more.append(Match("cost_centre", texts[0].name, GUESSED))
    return more


def _confidence(name: str, synonyms: Sequence[str], column: ColumnFacts, spec: Dataset) -> float:
    by_name = max(_likeness(column.name, word) for word in [name, *synonyms])
    fit = _fit(name, column, spec)
    if fit == 0:
        return 0.0
    # An unnamed column can only be told by what it holds, and only where that is rare: a date, or an amount.
    return by_name * (0.75 + 0.25 * fit) if by_name >= 0.5 else 0.0


@lru_cache(maxsize=100_000)
def _likeness(header: str, word: str) -> float:
    here, there = tokens(header), tokens(word)
    if not here or not there:
        return 0.0
    if header_key(header) == header_key(word):
        return 1.0
    if set(there) <= set(here):
        return 0.6 + 0.35 * len(there) / len(here)
    matcher = SequenceMatcher(None, " ".join(here), " ".join(there))
    if matcher.real_quick_ratio() < 0.8 or matcher.quick_ratio() < 0.8:
        return 0.0
    ratio = matcher.ratio()
    return ratio * 0.9 if ratio >= 0.8 else 0.0


@lru_cache(maxsize=20_000)
def tokens(text: str) -> tuple[str, ...]:
    """The words of a name, lower case, abbreviations in full."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    words = [word.casefold() for word in re.split(r"[\W_]+", apart) if word]
    return tuple(part for word in words for part in _synonyms()["abbreviations"].get(word, word).split())


def _fit(name: str, column: ColumnFacts, spec: Dataset) -> float:
    """How well a column's cells suit a field's type: 0 not at all, 1 well."""
    info = spec.contract.model_fields.get(name)
    if info is None:
        return 0.0
    if column.filled == 0:
        return 0.3
    kind = plain_type(info.annotation)
    if kind is Decimal:
        return 1.0 if column.is_number else 0.0
    if issubclass(kind, dt.date):
        wants_time = issubclass(kind, dt.datetime)
        return 0.0 if not column.is_date else 1.0 if wants_time == column.is_timestamp else 0.6
    if column.is_date or column.has_fractions:
        return 0.0
    is_number_like = name.endswith(("_no", "_code", "_id")) or name in {"employee", "code", "meter", "leave_type"}
    return 1.0 if is_number_like or not column.is_number else 0.4

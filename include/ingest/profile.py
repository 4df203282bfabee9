"""Source profiles: how an export's files, columns and formats map to a contract, without code."""

import calendar
import datetime as dt
import fnmatch
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from include.errors import BadConfiguration
from include.sources import PROFILES, source_names

MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_name) if name}
MONTHS |= {name.lower(): number for number, name in enumerate(calendar.month_abbr) if name}


def month_number(text: str) -> int:
    """1 to 12 from a number or an English name, short or long.

    :raises ValueError: it is neither
    """
    word = text.strip().lower().rstrip(".")
    number = MONTHS[word] if word in MONTHS else int(word)
    if not 1 <= number <= 12:
        raise ValueError(f"no month: {number}")
    return number


def last_of_month(day: dt.date) -> dt.date:
    """The last day of a day's month."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def _month_after(year: int, month: int, months: int) -> dt.date:
    """The first day of the month that lies `months` after the given one."""
    years, index = divmod(month - 1 + months, 12)
    return dt.date(year + years, index + 1, 1)


class Strict(BaseModel):
    """Unknown keys are refused, so that a typo in a profile cannot go unnoticed."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True, frozen=True)


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"is no regular expression: {error}") from error
    return pattern


Pattern = Annotated[str, AfterValidator(_compiles)]
Names = Annotated[list[str], BeforeValidator(_as_list)]


class Format(Strict):
    """How bytes become records. Gzip, zip and .xlsx are recognised by themselves."""

    encodings: Names = Field(
        default=["utf-8", "cp1252"], description="tried in order; a byte order mark wins over all of them"
    )
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    quote: str = Field(default='"', min_length=1, max_length=1)
    header_rows: int = Field(
        default=1,
        ge=0,
        le=3,
        description="rows that make the header, joined by a space; 0: none, columns are #1, #2, …",
    )
    sheet: str | None = Field(default=None, description="sheet of a workbook; without it the first one")


class Column(Strict):
    """One field of the contract, and the column it comes from."""

    from_: Names = Field(
        alias="from", min_length=1, description="header names it has had; case, spaces and punctuation do not count"
    )
    formats: Names = Field(default=[], description="strptime formats of a date or timestamp, tried in order")
    decimal: Literal[".", ","] = Field(default=".", description="decimal mark of numbers and money")
    values: Mapping[str, str] = Field(default={}, description="what the source writes → what the contract knows")
    nothing: Names = Field(default=[], description='words that say "no value": Uncapped, #Missing, N/A')
    strip: Pattern | None = Field(default=None, description="taken out of the cell first: a note inside a number")
    scrub: Pattern | None = Field(default=None, description="replaced by […]: personal numbers in free text")
    optional: bool = Field(default=False, description="the column may be missing from the file")


def _column(value: Any) -> Any:
    return {"from": value} if isinstance(value, str | list) else value


class Sign(Strict):
    """A field told by the sign of an amount: ledgers mark refunds by a minus."""

    sign_of: str
    positive: str
    negative: str


class MonthOnly(Strict):
    """A date of which the source knows only the month: the row is marked is_month_only.

    It counts where the date's own column is missing or blank. The month comes from columns, or from the file's name.
    """

    field: str = Field(description="takes the month's first day")
    end_field: str | None = Field(default=None, description="takes the month's last day")
    year: str | int | None = Field(default=None, description="a column, or the year itself")
    month: str | None = Field(default=None, description="a column: a number or an English name")

    @model_validator(mode="after")
    def _both_or_the_file_s_name(self) -> "MonthOnly":
        if (self.year is None) != (self.month is None):
            raise ValueError("month_only needs `year` and `month`, or neither (then the file's name tells the month)")
        return self


class Unpivot(Strict):
    """A wide table: several cells of a record become a row each.

    Either `months` (a column per month: the header names it) or `slots` (a column per interval of a day, in order).
    """

    columns: Pattern = Field(description="matches the header cells; for months with groups month and, perhaps, year")
    value: str = Field(description="the field that takes the cell")
    field: str = Field(description="the field that takes the month's first day, or the interval's start")
    end_field: str | None = Field(default=None, description="the field that takes the month's last day")
    day: Column | None = Field(default=None, description="the column of the day whose intervals these are")
    minutes: int = Field(default=30, ge=1, le=1440, description="length of an interval")
    year: int | None = Field(default=None, description="of months whose header does not say it; else the delivery's")


class RowFilter(Strict):
    """Records that are no data: counted as skipped."""

    column: Names
    matches: Pattern


class DatasetMapping(Strict):
    """What a record of the file becomes: one row of one dataset."""

    dataset: str
    key: Names = Field(default=[], description="fields that identify a row; none: its content and occurrence number do")
    columns: dict[str, Annotated[Column, BeforeValidator(_column)]]
    constants: dict[str, str] = {}
    derive: dict[str, Sign] = {}
    delivery: dict[Literal["from", "to"], str] = Field(
        default={}, description="fields that take the first and last day that the file's name speaks of"
    )
    month_only: MonthOnly | None = None
    unpivot: Unpivot | None = None
    spread: Literal["year_over_months"] | None = Field(
        default=None,
        description="a yearly amount becomes twelve monthly ones: a twelfth, cut to the cent, and the rest in the last",
    )
    skip_if_blank: Names = Field(
        default=[], description="fields without which the record says nothing to this dataset: skipped, not rejected"
    )
    creates: list[Literal["department", "category", "vendor"]] = Field(
        default=[], description="unknown ones are created and marked is_unreviewed"
    )
    snapshot: bool = Field(
        default=False,
        description="the file is the whole truth: rows of this source missing from it are deleted",
    )
    reject_limit: float = Field(
        default=0.05, ge=0, le=1, description="share of rejected rows above which nothing loads"
    )

    @model_validator(mode="after")
    def _each_field_once(self) -> "DatasetMapping":
        homes = [*self.columns, *self.constants, *self.derive, *self.delivery.values()]
        twice = sorted({field for field in homes if homes.count(field) > 1})
        if twice:
            raise ValueError(f"{self.dataset}: {', '.join(twice)} is given twice (columns, constants, derive)")
        return self


class Totals(Strict):
    """Total rows: recognised by a label in an otherwise unfilled row, or by an amount that stands alone."""

    field: str = Field(description="the money field that the total sums")
    label: Pattern = r"(?i)^(grand |sub)?total\b"


class Layout(Strict):
    """The files of one shape."""

    files: str = Field(description="glob of file names in inbox/<source>/")
    delivered: Pattern | None = Field(
        default=None,
        description="finds the delivery date in the file's name: groups year, month (number or English name), day, "
        "or year and period (month number of the fiscal year), or year alone (the fiscal year that begins in it); "
        "without it the day the file was first seen counts",
    )
    fiscal_first_month: int = Field(default=1, ge=1, le=12, description="what month `period` 1 is")
    format: Format = Format()
    totals: Totals | None = None
    skip: list[RowFilter] = []
    new_columns: Literal["ignore", "warn", "refuse"] = Field(
        default="warn", description="what to do about columns that the profile does not know (schema drift)"
    )
    known_columns: list[str] = Field(default=[], description="columns that are known and not used")
    datasets: list[DatasetMapping] = Field(min_length=1)

    def matches(self, name: str) -> bool:
        """Whether a file of this name has this layout."""
        return fnmatch.fnmatch(name.lower(), self.files.lower())

    def delivery(self, name: str, seen_on: dt.date) -> tuple[dt.date, dt.date]:
        """First and last day that the file's name speaks of; `seen_on` twice when it says nothing.

        :raises BadConfiguration: the pattern matched, but what it found is no date.
        """
        found = re.search(self.delivered, name, re.IGNORECASE) if self.delivered else None
        if found is None:
            return seen_on, seen_on
        parts = {name: text for name, text in found.groupdict().items() if text}
        try:
            year = int(parts["year"])
            year += 2000 if year < 100 else 0
            if "period" in parts:
                first = _month_after(year, self.fiscal_first_month, int(parts["period"]) - 1)
            elif "month" in parts:
                first = dt.date(year, month_number(parts["month"]), int(parts.get("day", 1)))
                if "day" in parts:
                    return first, first
            else:
                first = dt.date(year, self.fiscal_first_month, 1)
                return first, _month_after(year, self.fiscal_first_month, 12) - dt.timedelta(days=1)
            return first, last_of_month(first)
        except (KeyError, ValueError) as error:
            raise BadConfiguration(
                f"`delivered` finds no date in the file name {name!r}; mend the pattern in the profile "
                "(groups year and month, or year and period, and perhaps day)",
                code="bad_delivery_pattern",
            ) from error


class Profile(Strict):
    """include/sources/<source>.yaml."""

    source: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=64)]
    title: str
    version: int = Field(default=1, ge=1, description="raise it when files already loaded must be read anew")
    owner: str = "finance"
    reads: list[Layout] = Field(min_length=1)

    def layout_of(self, name: str) -> Layout | None:
        """The first layout whose glob fits a file name."""
        return next((layout for layout in self.reads if layout.matches(name)), None)


@lru_cache(maxsize=64)
def load_profile(source: str, folder: Path = PROFILES) -> Profile:
    """Read and check a source's profile.

    :raises BadConfiguration: there is none (`unknown_source`), or it is wrong (`bad_profile`).
    """
    path = folder / f"{source}.yaml"
    if source not in source_names(folder):
        raise BadConfiguration(
            f"No profile include/sources/{source}.yaml; known sources: {', '.join(source_names(folder))}",
            code="unknown_source",
        )
    try:
        profile = Profile.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError, ValueError) as error:
        raise BadConfiguration(f"{path.name} cannot be used: {error}", code="bad_profile") from error
    if profile.source != source:
        raise BadConfiguration(f"{path.name} says source: {profile.source}; both must agree", code="bad_profile")
    return profile

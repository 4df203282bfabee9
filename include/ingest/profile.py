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
    """How bytes become records."""

    encodings: Names = Field(
        default=["utf-8", "cp1252"], description="tried in order; a byte order mark wins over all of them"
    )
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    quote: str = Field(default='"', min_length=1, max_length=1)


class Column(Strict):
    """One field of the contract, and the column it comes from."""

    from_: Names = Field(
        alias="from", min_length=1, description="header names it has had; case and spaces do not count"
    )
    formats: Names = Field(default=[], description="strptime formats of a date or timestamp, tried in order")
    decimal: Literal[".", ","] = Field(default=".", description="decimal mark of numbers and money")
    values: Mapping[str, str] = Field(default={}, description="what the source writes → what the contract knows")
    optional: bool = Field(default=False, description="the column may be missing from the file")


def _column(value: Any) -> Any:
    return {"from": value} if isinstance(value, str | list) else value


class Sign(Strict):
    """A field told by the sign of an amount: ledgers mark refunds by a minus."""

    sign_of: str
    positive: str
    negative: str


class DatasetMapping(Strict):
    """What a record of the file becomes: one row of one dataset."""

    dataset: str
    key: Names = Field(default=[], description="fields that identify a row; none: its content and occurrence number do")
    columns: dict[str, Annotated[Column, BeforeValidator(_column)]]
    constants: dict[str, str] = {}
    derive: dict[str, Sign] = {}
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
        homes = [*self.columns, *self.constants, *self.derive]
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
        "or year and period (month number of the fiscal year); without it the day the file was first seen counts",
    )
    fiscal_first_month: int = Field(default=1, ge=1, le=12, description="what month `period` 1 is")
    format: Format = Format()
    totals: Totals | None = None
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
        parts = found.groupdict()
        try:
            year = int(parts["year"])
            if parts.get("period"):
                months = year * 12 + self.fiscal_first_month - 1 + int(parts["period"]) - 1
                year, month = divmod(months, 12)[0], divmod(months, 12)[1] + 1
            else:
                word = parts["month"].lower()
                month = MONTHS[word] if word in MONTHS else int(word)
            if parts.get("day"):
                day = dt.date(year, month, int(parts["day"]))
                return day, day
            return dt.date(year, month, 1), dt.date(year, month, calendar.monthrange(year, month)[1])
        except (KeyError, ValueError, calendar.IllegalMonthError) as error:
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

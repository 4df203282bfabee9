"""Source profiles: how an export's files, columns and formats map to a contract, without code."""

import calendar
import datetime as dt
import fnmatch
import re
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    ValidationError,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from include.errors import BadConfiguration
from include.sources import PROFILES, source_names

MONTH_NAMES = {
    "English": "january february march april may june july august september october november december",
    "French": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "Portuguese": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "Spanish": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "German": "januar februar märz april mai juni juli august september oktober november dezember",
    "Swahili": "januari februari machi aprili mei juni julai agosti septemba oktoba novemba desemba",
}
# By the whole name, and by its first three letters, and four where French needs them (juin, juillet).
MONTHS = {
    word[:length]: number
    for length in (3, 4, None)
    for names in MONTH_NAMES.values()
    for number, word in enumerate(names.split(), start=1)
    if word[:length] != "jui"
}


def month_number(text: str) -> int:
    """1 to 12 from a number or a name, short or long, in one of the languages of `MONTH_NAMES`.

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


class _OrShort:
    """Tells an editor that a text or a list of texts may stand where the model holds more."""

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        text: JsonSchemaValue = {"type": "string"}
        full = handler(schema)
        return {"anyOf": [text, {"type": "array", "items": text}, *([] if full.get("type") == "array" else [full])]}


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"is no regular expression: {error}") from error
    return pattern


def _is_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"{name} is no time zone of the IANA database, such as Africa/Nairobi")
    return name


Pattern = Annotated[str, AfterValidator(_compiles)]
Names = Annotated[list[str], BeforeValidator(_as_list), _OrShort()]
Patterns = Annotated[list[Pattern], BeforeValidator(_as_list), _OrShort()]


class Format(Strict):
    """How bytes become records. Gzip, zip and .xlsx are recognised by themselves."""

    encodings: Names = Field(
        default=["utf-8", "cp1252"], description="tried in order; a byte order mark wins over all of them"
    )
    delimiter: str = Field(default=",", min_length=1, max_length=1, description='between two cells; a tab is "\\t"')
    quote: str = Field(default='"', min_length=1, max_length=1, description="around a cell that holds the delimiter")
    header_rows: int = Field(
        default=1,
        ge=0,
        le=3,
        description="rows that make the header, joined by a space; 0: none, columns are #1, #2, …",
    )
    header_names: Names = Field(
        default=[],
        description="names that tell the header from the lines above it, where a dataset maps too few columns to tell",
    )
    sheet: str | None = Field(default=None, description="sheet of a workbook; without it the first one")


class Cell(Strict):
    """How the text of a cell becomes a value. Scrub and strip come first, then nothing, values, the format, scale."""

    formats: Names = Field(
        default=[],
        description="strptime formats of a date or timestamp, tried in order; `excel` for dates that a spreadsheet "
        "wrote as numbers (43466); without formats ISO 8601",
    )
    decimal: Literal[".", ","] = Field(default=".", description="decimal mark of numbers and money")
    scale: Decimal | None = Field(default=None, description="numbers are multiplied by it: 0.001 makes kWh of Wh")
    shift_minutes: int = Field(
        default=0, description="added to a timestamp: -30 where the source names the end of a half hour"
    )
    values: Mapping[str, str] = Field(default={}, description="what the source writes → what the contract knows")
    nothing: Names = Field(default=[], description='words that say "no value": Uncapped, #Missing, N/A')
    strip: Patterns = Field(default=[], description="taken out of the cell: a note inside a number, a personal number")
    scrub: Patterns = Field(default=[], description="replaced by […]: personal numbers and names in free text")


class Column(Cell):
    """One field of the contract, and the column it comes from."""

    from_: Names = Field(
        alias="from",
        min_length=1,
        description="header names it has had; case, spaces and punctuation do not count. #4 is the fourth column, "
        "whatever its name",
    )
    optional: bool = Field(default=False, description="the column may be missing from the file")


def _column(value: Any) -> Any:
    return {"from": value} if isinstance(value, str | list) else value


ColumnOrNames = Annotated[Column, BeforeValidator(_column), _OrShort()]


class Sign(Strict):
    """A field told by the sign of an amount: ledgers mark refunds by a minus."""

    sign_of: str = Field(description="the money field whose sign decides")
    positive: str = Field(description="the value where the amount is not below zero")
    negative: str = Field(description="the value where it is")


class MonthOnly(Strict):
    """A date of which the source knows only the month: the row is marked is_month_only.

    It counts where the date's own column is missing or blank. The month comes from columns, or from the file's name.
    """

    field: str = Field(description="takes the month's first day")
    end_field: str | None = Field(default=None, description="takes the month's last day")
    year: str | int | None = Field(default=None, description="a column, or the year itself")
    column: ColumnOrNames | None = Field(
        default=None, description="a column that holds year and month at once, such as Mar-19, with its `formats`"
    )
    month: str | None = Field(
        default=None,
        description="a column: a number, or a name in English, French, Portuguese, Spanish, German or Swahili",
    )

    @model_validator(mode="after")
    def _both_or_the_file_s_name(self) -> "MonthOnly":
        if self.column is not None and (self.month or not self.column.formats):
            raise ValueError("month_only: `column` holds year and month at once and needs `formats`, but no `month`")
        if (self.year is None) != (self.month is None):
            raise ValueError("month_only needs `year` and `month`, or neither (then the file's name tells the month)")
        return self


class Unpivot(Strict):
    """A wide table: several cells of a record become a row each; a blank cell is no row.

    What the header of a cell says, the groups of `columns` tell: `month` and `year` (a column per month), `year` alone
    (a column per fiscal year), or a field's name (a column per category). With `day` the cells are the intervals of a
    day, in order.
    """

    columns: Pattern = Field(
        description="matches the header cells; its groups are month and year, or year, or names of fields"
    )
    value: str = Field(description="the field that takes the cell")
    cell: Cell = Field(default=Cell(), description="how the cell is read: the options of a column, but for `from`")
    words: Mapping[str, str] = Field(
        default={}, description="what a group finds in the header → what the contract knows"
    )
    field: Names = Field(default=[], description="the fields that take the period's first day, or the interval's start")
    end_field: str | None = Field(default=None, description="the field that takes the period's last day")
    day: ColumnOrNames | None = Field(default=None, description="the column of the day whose intervals these are")
    minutes: int = Field(default=30, ge=1, le=1440, description="length of an interval")
    year: int | None = Field(default=None, description="of months whose header does not say it; else the delivery's")

    @model_validator(mode="after")
    def _times_have_a_field(self) -> "Unpivot":
        if (self.day or {"month", "year"} & self.groups()) and not self.field:
            raise ValueError("unpivot: name the `field` that takes the first day of each column's period")
        return self

    def groups(self) -> set[str]:
        """Names of the groups in `columns`."""
        return set(re.compile(self.columns).groupindex)

    def fields(self) -> set[str]:
        """The fields that the wide columns fill."""
        ends = {self.end_field} if self.end_field else set()
        return {self.value, *self.field, *ends, *(self.groups() - {"month", "year"})}


class RowFilter(Strict):
    """Records that are no data: counted as skipped."""

    column: Names = Field(description="the names of a column; one that is missing filters nothing")
    matches: Pattern = Field(description="found in that column's cell: the record is skipped")


class DatasetMapping(Strict):
    """What a record of the file becomes: one row of one dataset."""

    dataset: str = Field(description="expenses, budgets, users, leave_applications, meter_readings, …")
    key: Names = Field(default=[], description="fields that identify a row; none: its content and occurrence number do")
    columns: dict[str, ColumnOrNames] = Field(
        default={}, description="field of the contract → the column it comes from"
    )
    templates: dict[str, str] = Field(
        default={},
        description='text made of columns, such as "UCI-{ID}"; {Dept|Department} is one column that had two names; '
        "no value where a column is blank",
    )
    constants: dict[str, str] = Field(default={}, description="field → the same value in every row")
    derive: dict[str, Sign] = Field(default={}, description="field → told by the sign of an amount")
    delivery: dict[Literal["from", "to"], Names] = Field(
        default={}, description="fields that take the first and last day that the file's name speaks of"
    )
    month_only: MonthOnly | None = Field(default=None, description="a date of which only the month is known")
    unpivot: Unpivot | None = Field(default=None, description="a wide table: several cells become a row each")
    spread: Literal["year_over_months"] | None = Field(
        default=None,
        description="a yearly amount becomes twelve monthly ones: a twelfth, cut to the cent, and the rest in the last",
    )
    skip_if_blank: Names = Field(
        default=[], description="fields without which the record says nothing to this dataset: skipped, not rejected"
    )
    distinct: bool = Field(
        default=False,
        description="records that give the same row again say nothing new: skipped. For the people or meters that a "
        "file of absences or readings names in every line",
    )
    repeated_hour: str | None = Field(
        default=None,
        description="a timestamp of the key, in local time: when the clocks go back, a second row of the same hour "
        "with other values is the later one",
    )
    creates: list[Literal["department", "category", "vendor"]] = Field(
        default=[], description="unknown ones are created and marked is_unreviewed"
    )
    snapshot: bool = Field(
        default=False,
        description="the file is the whole truth: rows of this source missing from it are deleted",
    )
    deletion_limit: float = Field(
        default=0.5,
        ge=0,
        le=1,
        description="share of the source's rows above which a snapshot may not delete: it is taken for cut short",
    )
    reject_limit: float = Field(
        default=0.05, ge=0, le=1, description="share of rejected rows above which nothing loads"
    )

    @model_validator(mode="after")
    def _each_field_once(self) -> "DatasetMapping":
        homes = [
            *self.columns,
            *self.templates,
            *self.constants,
            *self.derive,
            *(field for fields in self.delivery.values() for field in fields),
            *(self.unpivot.fields() if self.unpivot else ()),
        ]
        twice = sorted({field for field in homes if homes.count(field) > 1})
        if twice:
            raise ValueError(
                f"{self.dataset}: {', '.join(twice)} is given twice (columns, templates, constants, derive, delivery, "
                "unpivot)"
            )
        if self.repeated_hour is not None and self.repeated_hour not in self.key:
            raise ValueError(f"{self.dataset}: repeated_hour names {self.repeated_hour}, which is not in the key")
        return self

    @property
    def looks_back(self) -> bool:
        """Whether what becomes of a record depends on the records before it: such a file has one reader."""
        return self.distinct or self.repeated_hour is not None

    def given(self) -> set[str]:
        """The fields that the mapping fills, or may fill."""
        fields = {*self.columns, *self.templates, *self.constants, *self.derive}
        fields.update(field for fields_ in self.delivery.values() for field in fields_)
        if self.month_only:
            fields |= {self.month_only.field, self.month_only.end_field or self.month_only.field}
        return fields | (self.unpivot.fields() if self.unpivot else set())


class Totals(Strict):
    """Total rows: recognised by a label in an otherwise unfilled row, or by an amount that stands alone."""

    field: str = Field(description="the money field that the total sums")
    label: Pattern = Field(default=r"(?i)^(grand |sub)?total\b", description="what stands beside a total")


class Layout(Strict):
    """The files of one shape."""

    files: str = Field(description="glob of file names in inbox/<source>/")
    delivered: Pattern | None = Field(
        default=None,
        description="finds the delivery date in the file's name: groups year, month (number or name), day, "
        "or year and period (month number of the fiscal year), or year alone (the fiscal year that begins in it); "
        "without it the day the file was first seen counts",
    )
    fiscal_first_month: int = Field(default=1, ge=1, le=12, description="what month `period` 1 is")
    fiscal_year_named_after: Literal["begin", "end"] = Field(
        default="begin", description="the calendar year that a fiscal year is called by: that of its first or last day"
    )
    timezone: Annotated[str, AfterValidator(_is_zone)] | None = Field(
        default=None, description="zone of timestamps without an offset; without it the organisation's"
    )
    format: Format = Field(default=Format(), description="how bytes become records")
    totals: Totals | None = Field(default=None, description="how total rows are told; without it there are none")
    skip: list[RowFilter] = Field(default=[], description="records that are no data")
    new_columns: Literal["ignore", "warn", "refuse"] = Field(
        default="warn", description="what to do about columns that the profile does not know (schema drift)"
    )
    known_columns: list[str] = Field(default=[], description="columns that are known and not used")
    datasets: list[DatasetMapping] = Field(min_length=1, description="what the records become; each dataset once")

    @model_validator(mode="after")
    def _each_dataset_once(self) -> "Layout":
        names = [mapping.dataset for mapping in self.datasets]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"{self.files}: {', '.join(twice)} is mapped twice")
        return self

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
                return self.fiscal_year(year)
            return first, last_of_month(first)
        except (KeyError, ValueError) as error:
            raise BadConfiguration(
                f"`delivered` finds no date in the file name {name!r}; mend the pattern in the profile "
                "(groups year and month, or year and period, and perhaps day)",
                code="bad_delivery_pattern",
            ) from error

    def fiscal_year(self, year: int) -> tuple[dt.date, dt.date]:
        """First and last day of the fiscal year that is called by this year (two digits are of this century)."""
        year += 2000 if year < 100 else 0
        if self.fiscal_year_named_after == "end" and self.fiscal_first_month > 1:
            year -= 1
        first = dt.date(year, self.fiscal_first_month, 1)
        return first, _month_after(year, self.fiscal_first_month, 12) - dt.timedelta(days=1)


class Profile(Strict):
    """include/sources/<source>.yaml."""

    source: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=64)] = Field(
        description="the profile's name: that of its file, and of the folder inbox/<source>/"
    )
    title: str = Field(description="what the source is, for people")
    version: int = Field(default=1, ge=1, description="raise it when files already loaded must be read anew")
    owner: str = Field(default="finance", description="who answers for the deliveries")
    reads: list[Layout] = Field(
        min_length=1, description="the shapes of file that it delivers; the first whose glob fits counts"
    )

    def layout_of(self, name: str) -> Layout | None:
        """The first layout whose glob fits a file name."""
        return next((layout for layout in self.reads if layout.matches(name)), None)


def _told(error: ValidationError) -> str:
    """Each mistake in a profile, where it stands and what it is."""
    said = []
    for each in error.errors(include_url=False, include_context=False, include_input=False):
        place = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in each["loc"]).lstrip(".")
        what = "there is no such option here" if each["type"] == "extra_forbidden" else each["msg"]
        said.append(f"{place}: {what}" if place else what)
    return "; ".join(said)


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
    except ValidationError as error:
        raise BadConfiguration(f"{path.name} cannot be used: {_told(error)}", code="bad_profile") from error
    except (OSError, yaml.YAMLError, ValueError) as error:
        raise BadConfiguration(f"{path.name} cannot be used: {error}", code="bad_profile") from error
    if profile.source != source:
        raise BadConfiguration(f"{path.name} says source: {profile.source}; both must agree", code="bad_profile")
    return profile

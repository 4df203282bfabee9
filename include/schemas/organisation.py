"""The organisation that this deployment serves: time zone, currency, fiscal year, limits, owners, channels."""

import datetime as dt
from decimal import Decimal
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from include.errors import BadConfiguration
from include.schemas.rules import is_currency

ORGANISATION_FILE = Path(__file__).parents[1] / "organisation.yaml"


def _known_timezone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"{name!r} is no IANA time zone; an example of one is Africa/Nairobi")
    return name


def _known_currency(code: str) -> str:
    if not is_currency(code):
        raise ValueError(f"{code!r} is no ISO 4217 currency; an example of one is KES")
    return code


Currency = Annotated[str, AfterValidator(_known_currency)]


class Slack(BaseModel):
    """Where messages go, by topic."""

    model_config = ConfigDict(extra="forbid")

    channels: dict[str, str] = {}


class Organisation(BaseModel):
    """include/organisation.yaml; unknown keys are refused so that a typo cannot go unnoticed."""

    model_config = ConfigDict(extra="forbid")

    name: str
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    timezone: Annotated[str, AfterValidator(_known_timezone)]
    base_currency: Currency
    currencies: list[Currency]
    fiscal_year_first_month: Annotated[int, Field(ge=1, le=12)]
    earliest_date: dt.date
    approval_limits: dict[str, Decimal] = {}
    owners: dict[str, str] = {}
    slack: Slack = Slack()

    @cached_property
    def zone(self) -> ZoneInfo:
        """The time zone, as an object."""
        return ZoneInfo(self.timezone)

    def today(self) -> dt.date:
        """Today's business date in the organisation's time zone."""
        return dt.datetime.now(self.zone).date()

    def holidays(self, year: int) -> dict[dt.date, str]:
        """Public holidays of `year` in the organisation's country, from the `holidays` library."""
        import holidays

        return dict(holidays.country_holidays(self.country, years=year))


@lru_cache(maxsize=4)
def load_organisation(path: Path = ORGANISATION_FILE) -> Organisation:
    """Read and check the organisation's file.

    :raises BadConfiguration: the file is missing, is not YAML, or a setting is wrong; the sentence names it.
    """
    try:
        return Organisation.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError, ValueError) as error:
        raise BadConfiguration(f"{path.name} cannot be used: {error}") from error

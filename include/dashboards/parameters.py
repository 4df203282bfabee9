"""What a reader may ask a page for: each parameter with its form and its bounds, and nothing else."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

MOST_ROWS = 2_000
MOST_MONTHS = 600

Code = Annotated[str, Field(min_length=1, max_length=64)]


def _first_of_month(text: str) -> str:
    dt.date.fromisoformat(f"{text}-01")
    return text


Month = Annotated[str, Field(pattern=r"^(19|20)\d{2}-(0[1-9]|1[0-2])$"), AfterValidator(_first_of_month)]


class Parameters(BaseModel):
    """What every page takes; unknown names are refused, so that a slip of the pen does not show all rows.

    `rows` asks for fewer rows of each answer than its own bound.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    rows: Annotated[int, Field(ge=1, le=MOST_ROWS)] | None = None


class IngestionParameters(Parameters):
    """A window of days that ends now, one source or all, one code or all."""

    days: Annotated[int, Field(ge=1, le=366)] = 30
    source: Code | None = None
    code: Annotated[str, Field(pattern=r"^[a-z_]{1,64}$")] | None = None


class BudgetParameters(Parameters):
    """A month (the newest that has begun, if none is named); a department, a category, a grant, each by its code."""

    month: Month | None = None
    department: Code | None = None
    category: Code | None = None
    grant: Code | None = None
    offset: Annotated[int, Field(ge=0, le=100_000)] = 0
    expense: uuid.UUID | None = None


class GrantsParameters(Parameters):
    """A grant by its code; without one, all of them beside each other."""

    grant: Code | None = None


class OperationsParameters(Parameters):
    """A number of months that end with `month`, and a window of days for the pipelines."""

    month: Month | None = None
    months: Annotated[int, Field(ge=1, le=36)] = 13
    days: Annotated[int, Field(ge=1, le=366)] = 30


class CloseParameters(Parameters):
    """A month whose open points are listed, and how many of the newest months have their checklist shown."""

    month: Month | None = None
    months: Annotated[int, Field(ge=1, le=MOST_MONTHS)] = 24

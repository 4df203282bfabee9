"""Which deliveries a run is about."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from include.errors import BadPeriod


@dataclass(frozen=True)
class Period:
    """Deliveries from `start` (None: since ever) up to, not including, `end` (None: without end)."""

    start: dt.date | None = None
    end: dt.date | None = None

    def __str__(self) -> str:
        if self.start is None and self.end is None:
            return "everything pending"
        if self.start is None:
            return f"everything pending delivered before {self.end}"
        return f"deliveries from {self.start} to {self.end and self.end - dt.timedelta(days=1)}"


def resolve_period(
    params: Mapping[str, Any],
    run_type: str,
    interval_start: dt.datetime | None,
    interval_end: dt.datetime | None,
    zone: ZoneInfo,
) -> Period:
    """Tell a run's period: parameters first, then the data interval, then everything pending.

    A scheduled run takes what was delivered before its interval ended, so that a late file is not lost; a backfill
    takes its own interval only; a manual run without parameters takes everything that is pending.

    :param params: `from` and `to`, ISO dates, both included
    :param run_type: Airflow's: scheduled, manual, backfill, asset_triggered
    :param zone: the organisation's zone; an interval's instants become business dates in it
    :raises BadPeriod: a date cannot be read, or `to` lies before `from`
    """
    try:
        first = dt.date.fromisoformat(params["from"]) if params.get("from") else None
        last = dt.date.fromisoformat(params["to"]) if params.get("to") else None
    except (TypeError, ValueError) as error:
        raise BadPeriod("`from` and `to` are dates like 2026-01-31") from error
    if first and last and last < first:
        raise BadPeriod(f"`to` ({last}) lies before `from` ({first})")
    if first or last:
        return Period(first, last + dt.timedelta(days=1) if last else None)
    if run_type in ("scheduled", "backfill") and interval_start and interval_end:
        start, end = (moment.astimezone(zone).date() for moment in (interval_start, interval_end))
        return Period(start if run_type == "backfill" else None, end)
    return Period()

"""Which deliveries a run is about: parameters, then the interval, then everything pending."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from include.errors import BadPeriod
from include.ingest.periods import Period, resolve_period

NAIROBI = ZoneInfo("Africa/Nairobi")
START = dt.datetime(2026, 10, 31, 21, tzinfo=dt.UTC)  # midnight of 1 November in Nairobi
END = START + dt.timedelta(days=1)


def test_parameters_win_and_both_ends_are_included() -> None:
    period = resolve_period({"from": "2024-11-01", "to": "2026-10-31"}, "manual", START, END, NAIROBI)
    assert period == Period(dt.date(2024, 11, 1), dt.date(2026, 11, 1))


def test_a_backfill_takes_its_own_day_in_the_organisation_s_zone() -> None:
    assert resolve_period({}, "backfill", START, END, NAIROBI) == Period(dt.date(2026, 11, 1), dt.date(2026, 11, 2))


def test_a_scheduled_run_takes_late_files_too() -> None:
    assert resolve_period({}, "scheduled", START, END, NAIROBI) == Period(None, dt.date(2026, 11, 2))


def test_a_manual_run_takes_everything_that_is_pending() -> None:
    assert resolve_period({"from": None, "to": None}, "manual", START, END, NAIROBI) == Period()


@pytest.mark.parametrize("params", [{"from": "2026-02-30"}, {"to": "soon"}, {"from": "2026-02-02", "to": "2026-02-01"}])
def test_a_period_that_cannot_be_told_is_refused(params: dict[str, str]) -> None:
    with pytest.raises(BadPeriod) as refusal:
        resolve_period(params, "manual", None, None, NAIROBI)
    assert refusal.value.code == "bad_period"

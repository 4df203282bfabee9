"""Days end at the organisation's midnight: east of Greenwich, over a changed clock, and at a month's end."""

import datetime as dt
from zoneinfo import ZoneInfo

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.ingest.collecting import Delivery, take_in
from include.ingest.periods import Period, resolve_period
from tests.faults.road import HEADER, Road, row

ZONES = ["Africa/Nairobi", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia"]


@given(
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    day=st.dates(dt.date(2015, 1, 1), dt.date(2030, 12, 30)),
    run_type=st.sampled_from(["scheduled", "backfill"]),
)
def test_a_day_s_run_takes_that_day_in_every_zone_on_every_day(zone: ZoneInfo, day: dt.date, run_type: str) -> None:
    start, end = (
        dt.datetime.combine(date, dt.time(), zone).astimezone(dt.UTC) for date in (day, day + dt.timedelta(days=1))
    )
    period = resolve_period({}, run_type, start, end, zone)
    assert period == Period(day if run_type == "backfill" else None, day + dt.timedelta(days=1))


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-03-31T20:59:59+00:00", dt.date(2026, 3, 31)),
        ("2026-03-31T21:00:00+00:00", dt.date(2026, 4, 1)),
        ("2026-12-31T22:30:00+00:00", dt.date(2027, 1, 1)),
        ("2024-02-28T21:00:00+00:00", dt.date(2024, 2, 29)),
    ],
)
def test_a_file_without_a_date_in_its_name_belongs_to_the_local_day_it_was_seen_on(
    road: Road, moment: str, day: dt.date
) -> None:
    path = road.drop("stranger", "undated.csv", HEADER)
    with psycopg.connect(road.dsn) as connection:
        take_in(
            connection,
            Delivery("stranger", path),
            road.folder / "archive",
            now=dt.datetime.fromisoformat(moment),
            zone=ZoneInfo("Africa/Nairobi"),
        )
    assert road.query("select delivered_from, delivered_to from ops.files") == [
        {"delivered_from": day, "delivered_to": day}
    ]


def test_a_run_takes_the_deliveries_of_its_own_days_only(road: Road) -> None:
    for number in (1, 2, 3):
        road.ledger(f"2026-03-0{number}.csv", row(f"N{number}"))
    outcome = road.travel(period=Period(dt.date(2026, 3, 2), dt.date(2026, 3, 3)))
    assert [batch["name"] for batch in outcome.batches] == ["ledger_2026-03-02.csv"]
    assert len(road.travel(period=Period(None, dt.date(2026, 3, 3))).batches) == 1, "what was left behind before"
    assert len(road.travel().batches) == 1


def test_late_data_of_a_past_month_is_loaded_and_its_month_is_affected_again(road: Road) -> None:
    road.bring("2026-03-01.csv", row("A", day="2026-02-28"))
    road.bring("2026-06-01.csv", row("B", day="2026-02-01"), row("C", day="2026-05-31"))
    months = road.query("select month::text, version from ops.affected_periods where dataset = 'expenses' order by 1")
    assert months == [{"month": "2026-02-01", "version": 2}, {"month": "2026-05-01", "version": 1}]


def test_what_is_spent_tomorrow_is_in_time_and_the_day_after_is_not(road: Road) -> None:
    today = road.organisation.today()
    days = [today + dt.timedelta(days=days) for days in (0, 1, 2)]
    road.bring("2026-03-01.csv", *[row(f"N{number}", day=day.isoformat()) for number, day in enumerate(days)])
    assert sorted(road.expenses()) == ["N0", "N1"]
    assert road.query("select row_number, code from ops.rejects") == [{"row_number": 4, "code": "future_date"}]

"""Meter files in every layout: no reading is lost, and each stands at its start in UTC."""

import json
from decimal import Decimal
from pathlib import Path

from tests.real.home import Home

# Readings in each file, counted by hand: rows, or rows times 48 half hours.
READINGS = {
    "banes-example-file.csv": 5 * 48,
    "example-missing-half-hours.csv": 526,
    "example-sheffield-file.csv": 2 * 48,
    "example.csv": 480,
    "with-mixed-line-endings.csv": 3 * 48,
    "with-nulls-empty-lines-invalid-chars.csv": 6,
}


def test_no_layout_loses_a_reading(home: Home) -> None:
    batches = {batch["name"]: batch for batch in home.batches(source="energysparks", dataset="meter_readings")}
    assert {name: batch["rows_read"] for name, batch in batches.items()} == READINGS
    assert {batch["rows_rejected"] for batch in batches.values()} == {0}


def test_a_reading_that_names_its_end_is_kept_by_its_start(home: Home) -> None:
    rows = home.query(
        "select r.starts_at at time zone 'UTC' as starts_at, r.energy_kwh, r.quality::text from core.meter_readings r "
        "join core.meters m on r.meter_id = m.id where m.code = '1710035168313' order by 1 limit 1"
    )
    # 26 August 00:30 of British summer time ends the half hour that began at 23:00 UTC of the day before.
    assert [(str(row["starts_at"]), row["energy_kwh"], row["quality"]) for row in rows] == [
        ("2019-08-25 23:00:00", Decimal("14.4"), "measured")
    ]


def test_a_column_per_half_hour_becomes_a_row_per_half_hour(home: Home) -> None:
    (row,) = home.query(
        "select count(*) as n, sum(r.energy_kwh) as kwh, min(r.starts_at at time zone 'UTC')::text as first, "
        "max(r.starts_at at time zone 'UTC')::text as last from core.meter_readings r "
        "join core.meters m on r.meter_id = m.id where m.code = '2200012767323'"
    )
    # The file's own column of totals says 226.103.
    assert row == {
        "n": 48,
        "kwh": Decimal("226.1030"),
        "first": "2019-11-13 00:00:00",
        "last": "2019-11-13 23:30:00",
    }


def test_a_year_of_a_home_comes_home_with_both_hours_of_the_clock_s_change(home: Home, data: Path) -> None:
    oracle = json.loads((data / "electricity" / "expected.json").read_text())["electricity/meter/consumption.csv"]
    right = oracle["correct_after_utc_disambiguation"]
    (row,) = home.query(
        "select count(*) as n, sum(energy_kwh) * 1000 as wh from core.meter_readings where source = 'home_meter'"
    )
    assert (row["n"], row["wh"]) == (right["readings"], right["sum_wh"])
    (batch,) = home.batches(source="home_meter", dataset="meter_readings")
    assert (batch["rows_read"], batch["rows_rejected"]) == (oracle["rows"], 0)
    assert batch["rows_superseded"] == right["exact_duplicates_dropped"]

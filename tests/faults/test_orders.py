"""Deliveries in any order leave the rows that the right order leaves."""

import datetime as dt
import itertools
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from include.ingest.loading import Loaded
from include.ingest.periods import Period
from tests.faults.invariants import check
from tests.faults.road import Road, amounts, row


def test_an_old_file_after_a_new_one_changes_nothing(road: Road) -> None:
    road.bring("2026-03-03.csv", row("A", 3))
    assert road.bring("2026-03-01.csv", row("A", 1), row("B", 1)) == Loaded("loaded", inserted=1, superseded=1)
    check(road.query, truth=amounts({"A": 3, "B": 1}))


def test_a_late_file_does_not_replace_what_a_newer_one_left_unchanged(road: Road) -> None:
    road.bring("2026-03-01.csv", row("A", 1))
    assert road.bring("2026-03-03.csv", row("A", 1), row("B", 1)) == Loaded("loaded", inserted=1, unchanged=1)
    late = road.bring("2026-03-02.csv", row("A", 2), row("C", 2))
    assert late == Loaded("loaded", inserted=1, superseded=1)
    check(road.query, truth=amounts({"A": 1, "B": 1, "C": 2}))


def test_a_file_read_anew_after_a_newer_one_confirmed_its_rows_leaves_them_unchanged(road: Road) -> None:
    road.bring("2026-03-01.csv", row("A", 1))
    road.bring("2026-03-03.csv", row("A", 1), row("B", 1))
    assert road.travel(reprocess=True).loads == [Loaded("loaded", unchanged=1), Loaded("loaded", unchanged=2)]


def test_of_two_files_of_one_day_the_one_that_came_last_stays_the_newer_when_both_are_read_anew(road: Road) -> None:
    road.bring("2026-03-01.csv", row("A", 1))
    road.bring("2026-03-01.csv", row("A", 2))
    road.bring("2026-03-01 again.csv", row("A", 3))
    road.bring("2026-03-02.csv", row("B", 4))
    assert road.travel(reprocess=True).loads == [
        Loaded("loaded", superseded=1),
        Loaded("loaded", superseded=1),
        Loaded("loaded", unchanged=1),
        Loaded("loaded", unchanged=1),
    ]
    check(road.query, truth=amounts({"A": 3, "B": 4}))


def test_what_a_dry_run_saw_is_as_new_as_its_delivery(road: Road) -> None:
    draft = road.ledger("2026-03-01.csv", row("A", 2))
    assert road.rehearse() == [("validated", None)]
    text = draft.read_text()
    draft.unlink()
    road.bring("2026-03-01 first.csv", row("A", 1))
    road.drop("ledger", draft.name, text)
    assert road.travel().loads == [Loaded("loaded", updated=1)]
    assert road.travel().batches == []
    check(road.query, truth=amounts({"A": 2}))


def test_a_file_that_a_dry_run_refused_is_still_told_by_the_run_that_is_to_load_it(road: Road) -> None:
    road.ledger("2026-03-02.csv", row("A", "many"))
    assert road.travel(period=Period(end=dt.date(2026, 3, 2))).batches == [], "taken in, and left for its own day"
    assert road.rehearse() == road.travel().ends == [("failed", "too_many_rejects")]


def test_an_unchanged_row_is_not_written_anew(road: Road) -> None:
    road.bring("2026-03-01.csv", row("A", 1))
    (before,) = road.query("select ctid, xmin, source_version from core.expenses")
    road.bring("2026-03-03.csv", row("A", 1))
    assert road.query("select ctid, xmin, source_version from core.expenses") == [before]


def test_a_newer_version_still_replaces_what_was_confirmed(road: Road) -> None:
    road.bring("2026-03-01.csv", row("A", 1))
    road.bring("2026-03-02.csv", row("A", 1))
    assert road.bring("2026-03-03.csv", row("A", 3)).updated == 1
    check(road.query, truth=amounts({"A": 3}))


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_every_order_of_three_corrections_ends_alike(road: Road, order: tuple[int, ...]) -> None:
    days = [("2026-03-01", 1, 7), ("2026-03-02", 2, 7), ("2026-03-03", 1, 7)]
    for place in order:
        day, changing, constant = days[place]
        road.bring(f"{day}.csv", row("A", changing), row("B", constant), row(day))
    check(road.query, truth=amounts({"A": 1, "B": 7} | {day: 10 for day, _, _ in days}))


Day = st.dictionaries(st.sampled_from("ABCD"), st.integers(1, 3), min_size=1, max_size=4)


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(days=st.lists(Day, min_size=2, max_size=5), shuffle=st.randoms(use_true_random=False))
def test_shuffled_deliveries_give_the_rows_of_ordered_ones(
    make_road: Callable[..., Road], days: list[dict[str, int]], shuffle: Any
) -> None:
    road = make_road()
    days = [day | {f"only on day {number}": 5} for number, day in enumerate(days)]  # the same bytes would count once
    truth = {key: amount for day in days for key, amount in day.items()}
    order = list(enumerate(days, start=1))
    shuffle.shuffle(order)
    for number, day in order:
        road.bring(f"2026-03-0{number}.csv", *[row(key, amount) for key, amount in day.items()])
    check(road.query, truth=amounts(truth))


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(days=st.lists(Day, min_size=2, max_size=5), shuffle=st.randoms(use_true_random=False))
def test_shuffled_snapshots_leave_what_the_newest_one_holds(
    make_road: Callable[..., Road], days: list[dict[str, int]], shuffle: Any
) -> None:
    road = make_road(snapshot="true\n        deletion_limit: 1")
    # A row that stays: a snapshot that would delete all is refused.
    days = [{"Z": 9, **day} for day in days]
    order = list(enumerate(days, start=1))
    shuffle.shuffle(order)
    for number, day in order:
        road.bring(f"2026-03-0{number}.csv", *[row(key, amount) for key, amount in day.items()])
    check(road.query, truth=amounts(days[-1]))


def test_a_month_to_date_export_counts_each_row_once(road: Road) -> None:
    truth = {}
    for day in range(1, 8):
        truth[f"N{day}"] = day
        road.bring(f"2026-03-0{day}.csv", *[row(key, amount) for key, amount in truth.items()])
    check(road.query, truth=amounts(truth))
    (sightings,) = road.query("select count(*) as parts, sum(cardinality(row_ids)) as ids from ops.sightings")
    assert sightings == {"parts": 6, "ids": 21}, "packed, one entry per delivery"

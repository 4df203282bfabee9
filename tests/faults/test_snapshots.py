"""Snapshots: what is gone is deleted, what is back returns, and a file cut short deletes nothing."""

from collections.abc import Callable

import pytest

from include.ingest.loading import Loaded
from tests.faults.invariants import check
from tests.faults.road import Road, amounts, row

FIVE = [row(f"R{number}", number) for number in range(1, 6)]
ALL = {f"R{number}": number for number in range(1, 6)}


@pytest.fixture
def road(make_road: Callable[..., Road]) -> Road:
    road = make_road(snapshot="true")
    assert road.bring("2026-03-01.csv", *FIVE) == Loaded("loaded", inserted=5)
    return road


def test_a_row_that_is_gone_is_deleted_and_kept_in_history(road: Road) -> None:
    assert road.bring("2026-03-02.csv", *FIVE[:4]) == Loaded("loaded", unchanged=4, deleted=1)
    check(road.query, truth=amounts({key: ALL[key] for key in ("R1", "R2", "R3", "R4")}))
    assert road.query("select deleted_at is not null as gone from core.expenses where source_key = 'R5'") == [
        {"gone": True}
    ]
    assert road.query("select version from ops.affected_periods where dataset = 'expenses'") == [{"version": 2}]


def test_a_row_that_is_back_returns_even_in_the_bytes_of_an_earlier_day(road: Road) -> None:
    road.bring("2026-03-02.csv", *FIVE[:4])
    assert road.bring("2026-03-03.csv", *FIVE) == Loaded("loaded", updated=1, unchanged=4)
    check(road.query, truth=amounts(ALL))


def test_a_row_that_went_and_came_back_within_one_run_is_there(road: Road) -> None:
    road.ledger("2026-03-02.csv", *FIVE[:4])
    road.ledger("2026-03-03.csv", *FIVE)
    assert road.travel().loads == [Loaded("loaded", unchanged=4, deleted=1), Loaded("loaded", updated=1, unchanged=4)]
    check(road.query, truth=amounts(ALL))


def test_the_same_snapshot_twice_in_a_row_is_a_duplicate(road: Road) -> None:
    assert road.bring("2026-03-02.csv", *FIVE) == Loaded("duplicate:duplicate_file")
    check(road.query, truth=amounts(ALL))


@pytest.mark.parametrize("rows", [FIVE[:2], []], ids=["cut short", "header only"])
def test_a_snapshot_that_would_delete_most_rows_is_refused(road: Road, rows: list[str]) -> None:
    assert road.bring("2026-03-02.csv", *rows) == Loaded("failed:snapshot_too_small")
    check(road.query, truth=amounts(ALL))


def test_a_profile_may_allow_more_but_never_all(make_road: Callable[..., Road]) -> None:
    road = make_road(snapshot="true\n        deletion_limit: 1")
    road.bring("2026-03-01.csv", *FIVE)
    assert road.bring("2026-03-02.csv", FIVE[0]) == Loaded("loaded", unchanged=1, deleted=4)
    assert road.bring("2026-03-03.csv") == Loaded("failed:snapshot_too_small")
    check(road.query, truth=amounts({"R1": 1}))


def test_a_rejected_row_is_not_taken_for_one_that_is_gone(road: Road) -> None:
    outcome = road.bring("2026-03-02.csv", *FIVE[:3], row("R4", "12x"))
    assert (outcome.deleted, outcome.unchanged) == (0, 3)
    check(road.query, truth=amounts(ALL))
    (batch,) = road.query("select warnings from ops.batches where rows_rejected = 1")
    assert {"code": "deletions_withheld", "rows": "2"} in batch["warnings"]


def test_a_late_snapshot_neither_deletes_nor_brings_anything(road: Road) -> None:
    road.bring("2026-03-03.csv", *FIVE, row("R6", 6))
    late = road.bring("2026-03-02.csv", *FIVE[:3], row("R7", 7))
    assert late == Loaded("loaded", unchanged=3, superseded=1)
    check(road.query, truth=amounts(ALL | {"R6": 6}))


def test_another_source_is_not_touched(road: Road, make_road: Callable[..., Road]) -> None:
    from tests.faults.road import write_profile

    write_profile(road.folder / "profiles", "other")
    road.bring("2026-03-01.csv", row("O1"), source="other")
    road.bring("2026-03-02.csv", *FIVE[:4])
    check(road.query, truth=amounts({"O1": 10}), source="other")

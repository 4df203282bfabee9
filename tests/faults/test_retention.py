"""Originals leave the archive when their time is over, and only then; what they brought stays."""

import threading
from pathlib import Path

import psycopg
import pytest

from include.ingest.retention import remove_expired
from include.privacy.policy import load_policy
from tests.faults.injecting import wait_for_lock
from tests.faults.invariants import check
from tests.faults.road import Road, amounts, row
from tests.faults.test_runs import drop, payment, total
from tests.pipeline import Pipeline

YEARS = {name: table.retention.years for name, table in load_policy().tables.items()}
KEPT = YEARS["expenses"]


def grow_old(dsn: str, name: str, *, years: int, days: int) -> None:
    """Let a file have been delivered that long ago."""
    with psycopg.connect(dsn) as connection:
        connection.execute(
            "update ops.files set last_seen_at = now() - make_interval(years => %s, days => %s) where name = %s",
            (years, days, name),
        )


def remove(road: Road, years: dict[str, int | None] | None = None) -> int:
    with psycopg.connect(road.dsn) as connection:
        return remove_expired(
            connection, YEARS if years is None else years, lambda address: Path(address).unlink(missing_ok=True)
        )


def originals(road: Road) -> int:
    return sum(path.is_file() for path in (road.folder / "archive").rglob("*"))


@pytest.fixture
def old(road: Road) -> Road:
    """A road on which one file came home a day longer ago than its rows are kept, and one a day less."""
    assert KEPT is not None
    road.ledger("2026-03-01.csv", row("A", 1), row("B", "many"))
    road.ledger("2026-03-02.csv", row("C", 3))
    road.travel()
    grow_old(road.admin_dsn, "ledger_2026-03-01.csv", years=KEPT, days=1)
    grow_old(road.admin_dsn, "ledger_2026-03-02.csv", years=KEPT, days=-1)
    return road


def test_an_original_goes_when_its_rows_time_is_over_and_its_rows_stay(old: Road) -> None:
    assert (remove(old), originals(old)) == (1, 1)
    assert remove(old) == 0
    check(old.query, truth=amounts({"A": 1, "C": 3}))


def test_the_longest_kept_dataset_keeps_the_file_and_one_without_an_end_for_ever(old: Road) -> None:
    for kept in (KEPT + 1, None):
        assert (remove(old, YEARS | {"expenses": kept}), originals(old)) == (0, 2)


def test_the_same_content_under_a_younger_name_keeps_the_original(old: Road) -> None:
    old.ledger("2026-03-01 again.csv", row("A", 1), row("B", "many"))
    old.travel()
    assert (remove(old), originals(old)) == (0, 2)


def test_a_run_that_reads_the_original_keeps_it_and_one_that_was_killed_does_not(old: Road) -> None:
    with psycopg.connect(old.dsn) as connection:
        old.collect(connection, "killed after this", reprocess=True)
    assert (remove(old), originals(old)) == (0, 2)
    with psycopg.connect(old.admin_dsn) as connection:
        connection.execute(
            "update ops.batches set collected_at = now() - interval '7 hours' where status = 'collected'"
        )
    assert (remove(old), originals(old)) == (1, 1)


def test_a_file_that_no_profile_knew_is_kept_until_somebody_looked_at_it(road: Road) -> None:
    road.drop("ledger", "what is this.csv", "a,b\n1,2\n")
    assert road.travel().ends == [("failed", "unknown_layout")]
    grow_old(road.admin_dsn, "what is this.csv", years=100, days=0)
    assert (remove(road), originals(road)) == (0, 1)


def test_what_has_left_the_archive_is_read_again_only_when_it_is_delivered_anew(old: Road) -> None:
    remove(old)
    assert [batch["name"] for batch in old.travel(reprocess=True).batches] == ["ledger_2026-03-02.csv"]
    old.ledger("2026-03-01.csv", row("A", 1), row("B", "many"))
    old.travel()
    assert originals(old) == 2
    check(old.query, truth=amounts({"A": 1, "C": 3}))


def test_nothing_is_removed_while_a_delivery_is_on_its_way_into_the_archive(old: Road) -> None:
    with psycopg.connect(old.dsn) as taking:
        taking.execute("select pg_advisory_xact_lock_shared(hashtextextended('gauss.archive', 0))")
        assert (remove(old), originals(old)) == (0, 2)
    assert remove(old) == 1


def test_a_delivery_waits_for_a_removal_under_way_and_is_archived_anew(old: Road) -> None:
    old.ledger("2026-03-01.csv", row("A", 1), row("B", "many"))
    with psycopg.connect(old.dsn) as removing:
        removing.execute("select pg_advisory_xact_lock(hashtextextended('gauss.archive', 0))")
        worker = threading.Thread(target=old.travel)
        worker.start()
        wait_for_lock(old.admin_dsn)
        assert remove_expired(removing, YEARS, lambda address: Path(address).unlink()) == 1
    worker.join()
    assert originals(old) == 2
    assert remove(old) == 0


def test_the_pipeline_removes_what_is_over_and_says_so_but_not_on_a_dry_run(pipeline: Pipeline) -> None:
    drop(pipeline, "october-2017.csv", payment(1))
    pipeline.run()
    grow_old(pipeline.warehouse.admin_dsn, "october-2017.csv", years=KEPT or 0, days=1)
    (original,) = (path for path in (pipeline.folder / "archive").rglob("*") if path.is_file())
    pipeline.run(dry_run=True)
    assert original.exists()
    run = pipeline.run()
    assert not original.exists()
    assert "Removed 1 original(s) from the archive" in run.log
    assert total(pipeline) == (1, 1)

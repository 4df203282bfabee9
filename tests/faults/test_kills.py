"""A run that is killed, frozen or run four times at once: every row once, whatever the moment."""

import signal
from collections.abc import Callable

import psycopg
import pytest

from tests.faults.injecting import held, kill, start, wait_for_lock, wait_until, wait_until_alone
from tests.faults.invariants import check
from tests.faults.road import Road, amounts, row

ROWS = [row(f"N{number}", number) for number in range(1, 201)]
TRUTH = amounts({f"N{number}": number for number in range(1, 201)})
RUN = "the killed run"


def prepare(road: Road, *steps: str) -> None:
    """Deliver a file, and go these steps of the run that will be killed."""
    road.ledger("2026-03-01.csv", *ROWS)
    with psycopg.connect(road.dsn) as connection:
        for step in steps:
            getattr(road, step)(connection, RUN)


BATCH = "select 1 from ops.batches for no key update"
MOMENTS = {
    "before the file is in the ledger": ((), "lock table ops.files in access exclusive mode"),
    "before its batch is opened": ((), "lock table ops.batches in access exclusive mode"),
    "while it is validated": (("collect",), "lock table ops.rejects in access exclusive mode"),
    "after validation, before it is noted": (("collect",), BATCH),
    "while it waits for its turn to load": (
        ("collect", "validate"),
        "select pg_advisory_lock(hashtextextended('gauss.load', 0))",
    ),
    "before the merge": (("collect", "validate"), "lock table core.expenses in exclusive mode"),
    "after the merge, before the ledger": (
        ("collect", "validate"),
        "lock table ops.ledger in exclusive mode",
    ),
    "after the ledger, before the commit": (("collect", "validate"), BATCH),
}


@pytest.mark.parametrize(("steps", "hold"), MOMENTS.values(), ids=MOMENTS)
def test_a_run_killed_at_any_moment_leaves_nothing_half_and_the_next_brings_all_home(
    road: Road, steps: tuple[str, ...], hold: str
) -> None:
    prepare(road, *steps)
    with held(road.admin_dsn, hold):
        process = start(road, RUN)
        wait_for_lock(road.admin_dsn)
        kill(process)
    wait_until_alone(road.admin_dsn)
    check(road.query, truth={})
    road.travel(RUN)
    check(road.query, truth=TRUTH)
    road.travel()
    check(road.query, truth=TRUTH)
    assert road.query("select count(*) as n from ops.ledger") == [{"n": 1}]


def test_a_run_killed_between_a_commit_and_its_success_loads_the_rest_only(road: Road) -> None:
    road.ledger("2026-03-01.csv", *ROWS[:100])
    road.ledger("2026-03-02.csv", *ROWS[100:])
    with psycopg.connect(road.dsn) as connection:
        road.collect(connection, RUN)
        road.validate(connection, RUN)
    second = "select 1 from ops.batches inner join ops.files using (file_id) where name like '%03-02%' for no key update of batches"
    with held(road.admin_dsn, second):
        process = start(road, RUN)
        wait_for_lock(road.admin_dsn)
        kill(process)
    wait_until_alone(road.admin_dsn)
    assert len(road.expenses()) == 100, "the first file is committed"
    outcome = road.travel(RUN)
    assert [loaded.inserted for loaded in outcome.loads] == [100]
    check(road.query, truth=TRUTH)


def test_a_frozen_worker_holds_others_up_only_until_their_lock_timeout_and_then_all_rows_count_once(
    road: Road,
) -> None:
    prepare(road, "collect", "validate")
    with held(road.admin_dsn, BATCH) as blocker:
        frozen = start(road, RUN)
        wait_for_lock(road.admin_dsn)
        frozen.send_signal(signal.SIGSTOP)
        blocker.commit()
        with psycopg.connect(road.dsn, options="-c lock_timeout=500ms") as other:
            road.collect(other, "another run", reprocess=True)
            road.validate(other, "another run", reprocess=True)
            with pytest.raises(psycopg.errors.LockNotAvailable) as waited:
                road.load(other, "another run")
    from plugins.hooks.warehouse import _without_values

    told = _without_values(waited.value)
    assert (type(told).__name__, told.code) == ("WarehouseUnavailable", "warehouse_locked")
    frozen.send_signal(signal.SIGCONT)
    assert frozen.wait(timeout=60) == 0
    check(road.query, truth=TRUTH)
    outcome = road.travel("another run")
    assert [loaded.status for loaded in outcome.loads] == ["duplicate"]
    check(road.query, truth=TRUTH)


def test_a_frozen_worker_that_is_killed_gives_its_lock_back(road: Road) -> None:
    prepare(road, "collect", "validate")
    with held(road.admin_dsn, BATCH) as blocker:
        frozen = start(road, RUN)
        wait_for_lock(road.admin_dsn)
        frozen.send_signal(signal.SIGSTOP)
        blocker.commit()
        kill(frozen)
    wait_until_alone(road.admin_dsn)
    road.travel(RUN)
    check(road.query, truth=TRUTH)


def test_a_load_that_says_nothing_within_its_transaction_loses_the_lock(road: Road) -> None:
    prepare(road, "collect", "validate")
    with held(road.admin_dsn, BATCH), psycopg.connect(road.dsn) as connection:
        from include.sql import statement

        connection.execute(statement("ingest/lock_loads"))
        assert connection.execute("show idle_in_transaction_session_timeout").fetchone() == ("5min",)
        connection.rollback()
        assert connection.execute("show idle_in_transaction_session_timeout").fetchone() != ("5min",)


def lets_go(road: Road) -> None:
    """Wait until the load has ended on the server, though nothing there came free for it."""
    wait_until(
        lambda: (
            road.query(
                "select 1 from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())"
            )
            == []
        ),
        "the lock of a load whose client is gone",
    )


def test_a_killed_load_ends_on_the_server_in_the_midst_of_its_statement(road: Road) -> None:
    prepare(road, "collect", "validate")
    with held(road.admin_dsn, "lock table core.expenses in exclusive mode"):
        process = start(road, RUN)
        wait_for_lock(road.admin_dsn)
        kill(process)
        lets_go(road)
    road.travel(RUN)
    check(road.query, truth=TRUTH)


def test_a_load_that_takes_too_long_is_rolled_back_and_lets_others_in(road: Road) -> None:
    from airflow.sdk.exceptions import AirflowTaskTimeout
    from airflow.sdk.execution_time.timeout import timeout

    prepare(road, "collect", "validate")
    with held(road.admin_dsn, "lock table ops.ledger in exclusive mode"):
        with pytest.raises(AirflowTaskTimeout), psycopg.connect(road.dsn) as connection, timeout(1):
            road.load(connection, RUN)
        lets_go(road)
    check(road.query, truth={})
    road.travel(RUN)
    check(road.query, truth=TRUTH)


def at_once(road: Road, n_runs: int) -> None:
    """So many runs, started together, let go together at the door of the load."""
    with held(road.admin_dsn, "select pg_advisory_lock(hashtextextended('gauss.load', 0))") as door:
        runs = [start(road, f"run {number}") for number in range(n_runs)]
        wait_until(
            lambda: (
                road.query(
                    "select count(*) as n from pg_stat_activity where datname = current_database() and wait_event = 'advisory'"
                )[0]["n"]
                + sum(run.poll() is not None for run in runs)
                >= n_runs
            ),
            "the runs at the door",
        )
        door.execute("select pg_advisory_unlock_all()")
        door.commit()
        for run in runs:
            _, trouble = run.communicate(timeout=120)
            assert run.returncode == 0, trouble.decode()[-2000:]


def test_one_file_in_four_runs_at_once_is_loaded_once(road: Road) -> None:
    road.ledger("2026-03-01.csv", *ROWS)
    at_once(road, 4)
    check(road.query, truth=TRUTH)
    ends = road.query("select status, count(*) as n from ops.batches group by status order by 1")
    assert {end["status"] for end in ends} <= {"duplicate", "loaded"}
    assert {"status": "loaded", "n": 1} in ends


def test_different_files_of_one_day_at_once_all_count_once(road: Road) -> None:
    for part in range(4):
        road.ledger(f"2026-03-01_{part}.csv", *ROWS[part * 50 : part * 50 + 50])
    at_once(road, 3)
    check(road.query, truth=TRUTH)
    assert road.query("select count(*) as n from ops.batches where status = 'loaded'") == [{"n": 4}]


def test_a_batch_is_not_taken_back_while_another_is_loaded(road: Road, make_road: Callable[..., Road]) -> None:
    from tests.faults.test_withdrawals import batch_of

    road.bring("2026-02-28.csv", row("Z", 9))
    batch = batch_of(road, "2026-02-28.csv")
    with held(road.admin_dsn, "select pg_advisory_lock(hashtextextended('gauss.load', 0))"):
        from include.ingest.withdrawing import withdraw_batch

        with (
            psycopg.connect(road.dsn, options="-c lock_timeout=200ms") as connection,
            pytest.raises(psycopg.errors.LockNotAvailable),
        ):
            withdraw_batch(connection, batch, dag_id="d", run_id="w", withdrawn_by="x", timezone="UTC")
    check(road.query, truth=amounts({"Z": 9}))

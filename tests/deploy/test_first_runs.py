"""The progress line says what each task is doing, in the order in which they start."""

from deploy.local.first_runs import describe


def task(name: str, state: str | None, started: str | None) -> dict[str, str | None]:
    return {"task_id": name, "state": state, "start_date": started}


def test_tasks_stand_in_the_order_of_their_start_and_mapped_ones_are_counted() -> None:
    tasks = [
        task("announce", None, None),
        task("load", "running", "2026-01-01T00:00:09Z"),
        task("load", None, None),
        task("validate", "success", "2026-01-01T00:00:05Z"),
        task("validate", "failed", "2026-01-01T00:00:06Z"),
        task("collect", "success", "2026-01-01T00:00:01Z"),
    ]
    assert describe(tasks) == "collect done, validate 1 of 2 done, 1 failed, load 0 of 2 done"


def test_a_run_without_tasks_waits_for_its_turn() -> None:
    assert describe([]) == "waiting for its turn"

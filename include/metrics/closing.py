"""A month is closed when its checklist is clear, or when somebody insists; and it can be reopened."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from include.errors import BadConfiguration, BadPeriod
from include.sql import query

if TYPE_CHECKING:
    from psycopg import Connection

CHECKS = ("missing_rates", "unreviewed_vendors", "open_rejects", "undecided_claims")


def close_month(
    connection: Connection[Any],
    month: dt.date,
    *,
    done_by: str,
    dag_id: str,
    run_id: str,
    insist: bool = False,
    today: dt.date,
) -> dict[str, int]:
    """Close a month in the caller's transaction; answers what its checklist still names.

    Closing a closed month changes nothing. A restated month that is closed again is closed as it now stands.

    :param done_by: who asked for it
    :param insist: close although the checklist names something
    :param today: a month that has not ended is not closed
    :raises BadPeriod: the month has not ended, or there is nothing in it
    :raises BadConfiguration: its checklist names something (`period_not_ready`)
    """
    if (month + dt.timedelta(days=32)).replace(day=1) > today:
        raise BadPeriod(f"{month:%Y-%m} has not ended: it cannot be closed yet")
    checklist = _checklist(connection, month)
    open_points = {name: checklist[name] for name in CHECKS if checklist[name]}
    if open_points and not insist:
        named = ", ".join(f"{name.replace('_', ' ')}: {count}" for name, count in open_points.items())
        raise BadConfiguration(
            f"{month:%Y-%m} is not closed ({named}): settle these, or close it with insist", code="period_not_ready"
        )
    if connection.execute(query("metrics/close_period"), {"first_day": month}).rowcount:
        _note(connection, month, "closed", done_by, dag_id, run_id, open_points)
    return open_points


def reopen_month(connection: Connection[Any], month: dt.date, *, done_by: str, dag_id: str, run_id: str) -> bool:
    """Reopen a month in the caller's transaction; False when it was open."""
    if not connection.execute(query("metrics/reopen_period"), {"first_day": month}).rowcount:
        return False
    _note(connection, month, "reopened", done_by, dag_id, run_id, {})
    return True


def _checklist(connection: Connection[Any], month: dt.date) -> dict[str, Any]:
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(query("metrics/select_checklist"), {"first_day": month}).fetchone()
    if row is None:
        raise BadPeriod(f"There is nothing in {month:%Y-%m} that could be closed")
    return row


def _note(
    connection: Connection[Any],
    month: dt.date,
    event: str,
    done_by: str,
    dag_id: str,
    run_id: str,
    checklist: dict[str, int],
) -> None:
    connection.execute(
        query("metrics/record_event"),
        {
            "first_day": month,
            "event": event,
            "done_by": done_by,
            "dag_id": dag_id,
            "run_id": run_id,
            "checklist": Jsonb(checklist),
        },
    )

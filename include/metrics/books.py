"""What is written down of a build: when, which months, what became of each node."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from psycopg.types.json import Jsonb

from include.metrics.building import Built
from include.metrics.scope import Scope
from include.sql import query

if TYPE_CHECKING:
    from psycopg import Connection

    from include.schemas.organisation import Organisation


def open_build(connection: Connection[Any], scope: Scope, *, dag_id: str, run_id: str, attempt: int) -> str:
    """Note that a build begins; answers its id."""
    values = {
        "dag_id": dag_id,
        "run_id": run_id,
        "attempt": attempt,
        "is_full": scope.is_full,
        "months": scope.months,
        "fingerprint": scope.fingerprint,
        "work": Jsonb(scope.work),
    }
    (build_id,) = connection.execute(query("metrics/open_build"), values).fetchone() or (None,)
    return str(build_id)


def close_build(
    connection: Connection[Any], build_id: str, built: Built, *, error_code: str | None, seconds: float
) -> None:
    """Note how a build ended, and what became of each node."""
    with connection.cursor() as cursor:
        cursor.executemany(
            query("metrics/record_node"),
            [
                {
                    "build_id": build_id,
                    "node": node.name,
                    "kind": node.kind,
                    "status": node.status,
                    "severity": node.severity,
                    "n_failures": node.n_failures,
                    "n_rows": node.n_rows,
                    "seconds": node.seconds,
                }
                for node in built.nodes
            ],
        )
    connection.execute(
        query("metrics/close_build"),
        {
            "build_id": build_id,
            "status": "failed" if error_code else "built",
            "error_code": error_code,
            "seconds": round(seconds, 3),
        },
    )


def write_holidays(connection: Connection[Any], organisation: Organisation) -> int:
    """Write the public holidays of every year that the data touches, for dbt; answers their number."""
    first, last = connection.execute(query("metrics/select_years")).fetchone() or (None, None)
    now = organisation.today().year
    years = range(min(first or now, now), max(last or now, now) + 1)
    days: dict[dt.date, str] = {}
    for year in years:
        days |= organisation.holidays(year)
    connection.execute(query("metrics/delete_holidays"))
    with connection.cursor() as cursor:
        cursor.executemany(
            query("metrics/insert_holiday"), [{"day": day, "name": name} for day, name in sorted(days.items())]
        )
    return len(days)

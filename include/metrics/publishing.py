"""What was built becomes what is read: one transaction in which readers see the old figures, then the new ones."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from include.errors import BadConfiguration
from include.metrics.marts import MARTS, Mart, Refill
from include.metrics.scope import CONSUMER
from include.sql import query, statement

if TYPE_CHECKING:
    from psycopg import Connection


@dataclass(frozen=True)
class Restated:
    """A closed month that changed: how many figures, and by how much in the base currency (None: a rate is missing).

    `n_figures` are those of departments and categories, `n_grant_figures` those of the grants whose codes `grants` has;
    where none of the former changed, there is no `base_currency`, and `spend_change` is 0.
    """

    month: dt.date
    n_figures: int
    spend_change: Decimal | None
    base_currency: str
    n_grant_figures: int = 0
    grants: tuple[str, ...] = ()


@dataclass(frozen=True)
class Published:
    """What was written: rows by mart, restated months; `is_overtaken` when a later build has taken this one's place.

    `rows_written` counts the rows of all marts, also when an earlier attempt wrote them: then `rows` is empty.
    """

    build_id: str
    rows: dict[str, int]
    rows_written: int = 0
    restated: tuple[Restated, ...] = ()
    is_overtaken: bool = False


def publish(connection: Connection[Any], *, dag_id: str, run_id: str) -> Published:
    """Take over the run's last build. The caller commits: cursor, books and restatements go with the rows.

    :param connection: the pipeline's, within a transaction
    :raises BadConfiguration: the run has no build that could be published (`not_built`)
    """
    names = {"dag_id": dag_id, "run_id": run_id}
    connection.execute(query("metrics/lock_publication"))
    with connection.cursor(row_factory=dict_row) as cursor:
        build = cursor.execute(query("metrics/select_build"), names).fetchone()
    if build is None:
        raise BadConfiguration("This run has built nothing that could be published: clear its build", code="not_built")
    build_id = str(build["build_id"])
    if build["status"] == "published":
        return Published(build_id, {}, build["rows_written"])
    if build["is_overtaken"]:
        return Published(build_id, {}, is_overtaken=True)
    restated = _restate(connection, names, build["work"]) if build["has_predecessor"] else ()
    rows = {mart.name: _refill(connection, mart, build) for mart in MARTS}
    connection.execute(query("metrics/move_cursor"), {"consumer": CONSUMER, "work": Jsonb(build["work"])})
    rows_written = sum(rows.values())
    connection.execute(query("metrics/mark_published"), {"build_id": build_id, "rows_written": rows_written})
    return Published(build_id, rows, rows_written, restated)


def _refill(connection: Connection[Any], mart: Mart, build: dict[str, Any]) -> int:
    """Replace the mart's months, or its rows that differ; answers the number of rows written or deleted."""
    columns = [
        name for (name,) in connection.execute(query("metrics/select_columns"), {"relation": f"marts.{mart.name}"})
    ]
    names = {
        "mart": sql.Identifier("marts", mart.name),
        "build": sql.Identifier("marts_build", mart.name),
        "columns": sql.SQL(", ").join(map(sql.Identifier, columns)),
    }
    if mart.refill is Refill.months:
        same = sql.SQL(" and ").join(
            sql.SQL("b.{} = t.{}").format(sql.Identifier(name), sql.Identifier(name)) for name in mart.key
        )
        connection.execute(
            statement("metrics/delete_months", mart=names["mart"], build=names["build"], same=same),
            {"is_full": build["is_full"], "months": build["months"]},
        )
        return connection.execute(statement("metrics/insert_all", **names)).rowcount
    sides = {
        "of_mart": sql.SQL(", ").join(sql.Identifier("t", name) for name in columns),
        "of_build": sql.SQL(", ").join(sql.Identifier("b", name) for name in columns),
    }
    connection.execute(statement("metrics/compare_rows", mart=names["mart"], build=names["build"], **sides))
    gone = connection.execute(statement("metrics/delete_different", mart=names["mart"])).rowcount
    added = connection.execute(statement("metrics/insert_different", **names, of_build=sides["of_build"])).rowcount
    connection.execute(query("metrics/forget_comparison"))
    return max(gone, added)


def _restate(connection: Connection[Any], names: dict[str, str], work: list[dict[str, Any]]) -> tuple[Restated, ...]:
    """Keep the figures of closed months that are about to change, and mark the months."""
    for records in ("metrics/record_restatements", "metrics/record_grant_restatements"):
        connection.execute(query(records), names | {"work": Jsonb(work)})
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(query("metrics/select_restated"), names).fetchall()
    if not rows:
        return ()
    connection.execute(query("metrics/mark_restated"), {"months": [row["month"] for row in rows]})
    for row in rows:
        counts = {"figures": row["n_figures"], "grant_figures": row["n_grant_figures"]}
        connection.execute(
            query("metrics/record_event"),
            names
            | {
                "first_day": row["month"],
                "event": "restated",
                "done_by": CONSUMER,
                "checklist": Jsonb({name: count for name, count in counts.items() if count}),
            },
        )
    return tuple(
        Restated(
            row["month"],
            row["n_figures"],
            None if row["n_without_rate"] else row["spend_change"],
            row["base_currency"],
            row["n_grant_figures"],
            tuple(row["grants"]),
        )
        for row in rows
    )

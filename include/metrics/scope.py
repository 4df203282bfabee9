"""Which months a run builds: those that changed since the last publication, all of them, or those that are named."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from psycopg.rows import dict_row

from include.errors import BadPeriod
from include.sql import query

if TYPE_CHECKING:
    from psycopg import Connection

    from include.schemas.organisation import Organisation

PROJECT = Path(__file__).resolve().parents[2] / "dbt"
CONSUMER = "transform_metrics"

# Whose months the facts follow; what the others change is built whole each time.
FACTS_OF = ("expenses", "expense_allocations", "fx_rates")
READ = (*FACTS_OF, "budgets", "leave_applications")


@dataclass(frozen=True)
class Scope:
    """What a build covers: the months of the facts, and the affected periods that publishing it settles.

    `months` has every month with expenses when `is_full`. `work` holds dicts with dataset, month (ISO), version and
    batch_id; `pending` all that was unsettled when the scope was told, as (dataset, month, version). `reason` says why
    everything is built, or is empty.
    """

    is_full: bool
    months: list[dt.date]
    work: list[dict[str, Any]]
    fingerprint: str
    reason: str = ""
    pending: frozenset[tuple[str, dt.date, int]] = frozenset()


def parse_month(text: str) -> dt.date:
    """The first day of a month given as 2026-01 or 2026-01-31.

    :raises BadPeriod: it is neither
    """
    try:
        return dt.date.fromisoformat(f"{text}-01" if len(text) == 7 else text).replace(day=1)
    except ValueError as error:
        raise BadPeriod("A month is written like 2026-01") from error


def resolve_scope(
    connection: Connection[Any],
    organisation: Organisation,
    *,
    full: bool = False,
    months: Iterable[str] = (),
    project: Path = PROJECT,
) -> Scope:
    """Tell what a run builds; `connection` is the pipeline's.

    Everything is built when it is asked for, when nothing was published yet, when the models, the organisation's
    settings or what all months depend on (grants, their donors, donors' own rates) have changed, also if they have
    changed back after a build that was not published, and when the models that dbt keeps from run to run are gone.
    Named months are built whether they changed or not, and no other.

    :raises BadPeriod: a named month cannot be read
    """
    named = sorted({parse_month(month) for month in months})
    work = pending_work(connection)
    with connection.cursor(row_factory=dict_row) as cursor:
        last = cursor.execute(query("metrics/select_last_published")).fetchone()
        is_kept = cursor.execute(query("metrics/is_kept")).fetchone()["is_kept"]  # type: ignore[index]
        reference = cursor.execute(query("metrics/select_reference_hash")).fetchone()["hash"]  # type: ignore[index]
        all_months = [row["month"] for row in cursor.execute(query("metrics/select_months_of_core"))]
    digest = fingerprint(project, organisation, reference)
    pending = _places(work)
    if reason := _why_everything(full, last, is_kept, digest):
        return Scope(True, all_months, _as_json(work), digest, reason, pending)
    if named:
        return Scope(False, named, _as_json([row for row in work if row["month"] in named]), digest, pending=pending)
    changed = sorted({row["month"] for row in work if row["dataset"] in FACTS_OF})
    return Scope(False, changed, _as_json(work), digest, pending=pending)


def pending_work(connection: Connection[Any]) -> list[dict[str, Any]]:
    """Affected periods that no publication has settled: dataset, month, version, batch_id."""
    with connection.cursor(row_factory=dict_row) as cursor:
        names = {"consumer": CONSUMER, "datasets": list(READ)}
        return cursor.execute(query("metrics/select_work"), names).fetchall()


def is_overtaken(connection: Connection[Any], scope: Scope) -> bool:
    """Whether anything that a build reads was delivered since its scope was told."""
    return not _places(pending_work(connection)) <= scope.pending


def _places(work: list[dict[str, Any]]) -> frozenset[tuple[str, dt.date, int]]:
    return frozenset((row["dataset"], row["month"], row["version"]) for row in work)


def fingerprint(project: Path, organisation: Organisation, reference: str) -> str:
    """A digest over everything but the rows of a month that the figures depend on.

    :param project: the folder of the dbt project; its .sql and .yml files count
    :param reference: a digest of the rows that every month depends on
    """
    digest = hashlib.sha256()
    for file in sorted(project.glob("**/*")):
        if file.suffix in (".sql", ".yml") and "target" not in file.parts:
            digest.update(file.relative_to(project).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    settings = (organisation.base_currency, organisation.fiscal_year_first_month, organisation.timezone, reference)
    digest.update("|".join(map(str, settings)).encode())
    return digest.hexdigest()


def _why_everything(full: bool, last: dict[str, Any] | None, is_kept: bool, now: str) -> str:
    if full:
        return "asked for"
    if last is None:
        return "nothing was published yet"
    if last["fingerprint"] != now:
        return "the models, the organisation's settings, a grant or a donor's rate changed"
    if last["is_written_over"]:
        return "a build by other rules was not published, and has written over the models that are kept"
    return "" if is_kept else "the models that are kept from run to run are gone"


def _as_json(work: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "dataset": row["dataset"],
            "month": row["month"].isoformat(),
            "version": row["version"],
            "batch_id": row["batch_id"] and str(row["batch_id"]),
        }
        for row in work
    ]

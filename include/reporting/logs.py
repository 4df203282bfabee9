"""Which CSV log each pipeline keeps, and how its lines come out of the database."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from include.errors import BadConfiguration
from include.reporting.csv_log import CsvLog
from include.sql import query

if TYPE_CHECKING:
    from psycopg import Connection

    from include.reporting.messages import Run

RUN_COLUMNS = (
    "run_at", "dag_id", "run_id", "status", "error_code", "period_from", "period_to",
    "rows_written", "seconds",
)  # fmt: skip
INGEST_COLUMNS = (
    "run_at", "dag_id", "run_id", "dataset", "source", "file", "sha256", "batch_id", "period_from",
    "period_to", "status", "error_code", "rows_read", "rows_loaded", "rows_unchanged", "rows_superseded",
    "rows_rejected", "rows_skipped", "rows_deleted", "amount_loaded", "currency", "seconds",
)  # fmt: skip
CATCH_UP = dt.timedelta(days=7)


@dataclass(frozen=True)
class Log:
    """A CSV log: whose runs it lists, its columns, its key, the query that gives its lines, and by what these hang
    together.
    """

    dag_id: str
    columns: tuple[str, ...] = RUN_COLUMNS
    key: tuple[str, ...] = ("dag_id", "run_id")
    query: str = "record/select_run_lines"
    whole: tuple[str, ...] = ()


LOGS: Mapping[str, Log] = {
    "ingestion_logs.csv": Log(
        "ingest_validate_load",
        INGEST_COLUMNS,
        ("run_id", "batch_id", "currency"),
        "record/select_batch_lines",
        ("run_id", "batch_id"),
    ),
    "transform_logs.csv": Log("transform_metrics"),
    "forecast_logs.csv": Log("forecast_expenses"),
    "carbon_logs.csv": Log("model_carbon"),
    "access_audit_logs.csv": Log("audit_access"),
}


@dataclass(frozen=True)
class Recorded:
    """What stands in the books of a run: its status, success or failed, and how many rows of core it changed."""

    status: str
    rows_changed: int


def record_run(
    connection: "Connection[Any]", run: "Run", attempt: int, *, failure: str | None, rows_written: int | None = None
) -> Recorded:
    """Write the final line of a run's attempt, once: told again, the first line stays.

    :param failure: the code of what failed; None when no task did. A batch that is not home fails the run as well
    :param rows_written: unless given, the rows that the run's batches loaded
    """
    from psycopg.rows import dict_row

    names = {"dag_id": run.pipeline, "run_id": run.run_id}
    with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
        outcome = cursor.execute(query("record/select_outcome"), names).fetchone() or {}
        is_sound = failure is None and not outcome["batches_not_home"]
        line = {
            "attempt": attempt,
            "status": "success" if is_sound else "failed",
            "error_code": None if is_sound else outcome["error_code"] or failure or "not_loaded",
            "period_from": outcome["period_from"],
            "period_to": outcome["period_to"],
            "rows_written": outcome["rows_written"] if rows_written is None else rows_written,
            "seconds": run.seconds or 0,
        }
        cursor.execute(query("record/insert_run"), names | line)
    return Recorded(line["status"], outcome["rows_changed"])


def find_log(name: str) -> Log:
    """The log with this file name.

    :raises BadConfiguration: there is none
    """
    if name not in LOGS:
        raise BadConfiguration(f"{name!r} is no CSV log; the logs are {', '.join(LOGS)}.")
    return LOGS[name]


def bring_up_to_date(
    connection: "Connection[Any]", folder: Path, name: str, dag_id: str, *, look_back: bool = True
) -> int:
    """Write what the database knows of recent runs, and the file does not: this run's lines, usually.

    Lines that an earlier run could not write (a full disk) come with it, as far back as `CATCH_UP`.

    :param look_back: False searches the whole file; needed after a run was cleared, whose first lines may be
        old
    :return: number of lines written
    :raises FileUnavailable, BadConfiguration: as `CsvLog.add`
    """
    log = find_log(name)
    with connection.transaction():
        since = connection.execute(query("record/select_moment_ago"), {"age": CATCH_UP}).fetchone()[0]  # type: ignore[index]
        rows = list(_select(connection, log, dag_id, since))
    return _csv(folder, name).add(rows, since if look_back else None)


def rebuild(connection: "Connection[Any]", folder: Path, name: str) -> int:
    """Write a log's file anew from the database; the old file is replaced at once.

    :return: number of lines written
    """
    log = find_log(name)
    with connection.transaction():
        return _csv(folder, name).rebuild(_select(connection, log, log.dag_id, None))


def _csv(folder: Path, name: str) -> CsvLog:
    log = find_log(name)
    return CsvLog(folder / name, log.columns, log.key, log.whole, window=CATCH_UP)


def _select(
    connection: "Connection[Any]", log: Log, dag_id: str, since: dt.datetime | None
) -> Iterator[dict[str, Any]]:
    # A cursor on the server: years of lines need not fit into memory.
    with connection.cursor(name="csv_lines") as cursor:
        cursor.execute(query(log.query), {"dag_id": dag_id, "since": since})
        names = [column.name for column in cursor.description or ()]
        for row in cursor:
            yield dict(zip(names, row, strict=True))

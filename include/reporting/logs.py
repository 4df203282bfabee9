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
    """A CSV log: whose runs it lists, its columns, its key, and the query that gives its lines."""

    dag_id: str
    columns: tuple[str, ...] = RUN_COLUMNS
    key: tuple[str, ...] = ("dag_id", "run_id")
    query: str = "record/select_run_lines"


LOGS: Mapping[str, Log] = {
    "ingestion_logs.csv": Log(
        "ingest_validate_load",
        INGEST_COLUMNS,
        ("run_id", "batch_id", "currency"),
        "record/select_batch_lines",
    ),
    "transform_logs.csv": Log("transform_metrics"),
    "forecast_logs.csv": Log("forecast_expenses"),
    "carbon_logs.csv": Log("model_carbon"),
    "access_audit_logs.csv": Log("audit_access"),
}


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
    return CsvLog(folder / name, log.columns, log.key, window=CATCH_UP)


def _select(
    connection: "Connection[Any]", log: Log, dag_id: str, since: dt.datetime | None
) -> Iterator[dict[str, Any]]:
    # A cursor on the server: years of lines need not fit into memory.
    with connection.cursor(name="csv_lines") as cursor:
        cursor.execute(query(log.query), {"dag_id": dag_id, "since": since})
        names = [column.name for column in cursor.description or ()]
        for row in cursor:
            yield dict(zip(names, row, strict=True))

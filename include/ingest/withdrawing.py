"""A batch that was loaded by mistake, taken back: as if it had never come, but for what others did since."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import Connection, sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from include.errors import BadConfiguration
from include.ingest.batches import table_columns
from include.ingest.datasets import Dataset, dataset
from include.sql import statement

IDENTITY = {"id", "source", "source_key", "created_at"}  # columns that no version of a row changes


@dataclass(frozen=True)
class Withdrawn:
    """What a withdrawal did: rows deleted, rows given back their former version, rows kept as others left them.

    `is_repeated` says that the batch had been taken back before, and nothing was done.
    """

    file: str
    dataset: str
    deleted: int = 0
    restored: int = 0
    kept: int = 0
    is_repeated: bool = False


def withdraw_batch(
    connection: Connection[Any], batch_id: str, *, dag_id: str, run_id: str, withdrawn_by: str, timezone: str
) -> Withdrawn:
    """Take a loaded batch back, in the caller's transaction, and after any load that is under way.

    Rows that it inserted are deleted (softly); rows that it changed or deleted get back the latest version that no
    withdrawn batch made. Rows that a later batch or a person changed since, or that a later delivery holds as well,
    stay as they are and are counted. Other loads of the same bytes go with it. The months of the rows are noted as
    affected, the ledger forgets the bytes, and a batch of its own, status `withdrawn`, stands in the books for it.

    :param batch_id: of ops.batches
    :param withdrawn_by: who asked for it, as Airflow knows them
    :param timezone: IANA name of the organisation's zone, for the month of a reading
    :raises BadConfiguration: `unknown_batch` when there is none of that id, `nothing_to_withdraw` when it never came
        home
    """
    connection.execute(statement("ingest/lock_loads"))
    batch = _find(connection, batch_id)
    if batch["status"] == "withdrawn":
        return Withdrawn(batch["name"], batch["dataset"], is_repeated=True)
    if batch["status"] != "loaded":
        raise BadConfiguration(
            f"The batch {batch_id} is {batch['status']}: it never came home, so there is nothing to take back",
            code="nothing_to_withdraw",
        )
    spec = dataset(batch["dataset"])
    parameters = batch | {"dag_id": dag_id, "run_id": run_id, "withdrawn_by": withdrawn_by, "timezone": timezone}
    opened = connection.execute(statement("withdraw/open_withdrawal"), parameters).fetchone()
    parameters["withdrawal"] = opened and opened[0]
    _change_rows(connection, spec, parameters)
    with connection.cursor(row_factory=dict_row) as cursor:
        counts = cursor.execute(statement("withdraw/count_outcome"), parameters).fetchone() or {}
    outcome = Withdrawn(batch["name"], batch["dataset"], **counts)
    _keep_books(connection, parameters, outcome)
    return outcome


def _find(connection: Connection[Any], batch_id: str) -> dict[str, Any]:
    try:
        parameters = {"batch_id": UUID(batch_id)}
    except ValueError as error:
        raise _unknown(batch_id) from error
    with connection.cursor(row_factory=dict_row) as cursor:
        batch = cursor.execute(statement("withdraw/select_batch"), parameters).fetchone()
    if batch is None:
        raise _unknown(batch_id)
    return batch


def _unknown(batch_id: str) -> BadConfiguration:
    return BadConfiguration(
        f"There is no batch {batch_id[:40]!r}: take the id from output/ingestion_logs.csv, or from ops.batches",
        code="unknown_batch",
    )


def _change_rows(connection: Connection[Any], spec: Dataset, parameters: dict[str, Any]) -> None:
    table = sql.Identifier(spec.name)
    names = {
        "table": table,
        "row_currency": sql.SQL("t.currency") if spec.is_money else sql.SQL("null::text"),
        "row_amount": sql.SQL("t.amount") if spec.is_money else sql.SQL("null::numeric"),
        "row_month": statement(f"ingest/months/{spec.month}", row=sql.SQL("t"))
        if spec.month
        else sql.SQL("null::date"),
    }
    columns = [name for name in table_columns(connection, spec.name) if name not in IDENTITY]
    assignments = sql.SQL(", ").join(sql.SQL("{0} = r.{0}").format(sql.Identifier(name)) for name in columns)

    def run(name: str, **identifiers: sql.Composable) -> None:
        connection.execute(statement(f"withdraw/{name}", **identifiers), parameters)

    run("create_confirmed")
    run("create_taken_back", **names)
    run("restore_former", table=table, assignments=assignments)
    run("delete_rows", table=table)
    run("adopt_rows", table=table)
    run("create_outcome", **names)


def _keep_books(connection: Connection[Any], parameters: dict[str, Any], outcome: Withdrawn) -> None:
    warning = {
        "code": "withdrawn",
        "file": outcome.file,
        "batch": str(parameters["batch_id"]),
        "rows_deleted": str(outcome.deleted),
        "rows_restored": str(outcome.restored),
        "rows_kept": str(outcome.kept),
    }
    books = parameters | vars(outcome) | {"warnings": Jsonb([warning])}
    for name in ("record_affected_periods", "record_amounts", "close_withdrawal", "mark_withdrawn", "forget_home"):
        connection.execute(statement(f"withdraw/{name}"), books)
    connection.execute(statement("record/log_batch"), {"batch_id": parameters["withdrawal"]})

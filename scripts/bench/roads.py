"""The roads that are compared: ours, and what people write instead. Each takes a CSV to core.expenses.

Run as `python -m scripts.bench.roads ROAD ADMIN_DSN PIPELINE_DSN FILE FOLDER`; prints one line of JSON: seconds from
opening the file to the commit, and the peak of memory above the idle process with its imports done.
"""

import csv
import datetime as dt
import json
import resource
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import psycopg

SQL = Path(__file__).parent / "sql"
COLUMNS = 23


def _sql(name: str) -> Any:
    return (SQL / f"{name}.sql").read_text(encoding="utf-8")


class _Memory:
    """Peak resident memory since the last reset, in MB, from the kernel's own books; helpers' added to our own."""

    def __init__(self) -> None:
        Path("/proc/self/clear_refs").write_text("5")
        self.idle = self._read("VmRSS")

    def peak(self) -> float:
        helpers = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        return round(self._read("VmHWM") - self.idle + max(0.0, helpers - self.idle), 1)

    @staticmethod
    def _read(name: str) -> float:
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1]) / 1024
        return 0.0


def _batch(connection: Any, file: Path, folder: Path, reprocess: bool) -> dict[str, Any] | None:
    """Collect the file as the operator does; the open batch, or None when there is nothing to do."""
    from include.ingest import batches as books
    from include.ingest import collecting
    from include.ingest.periods import Period
    from include.schemas.organisation import load_organisation

    collecting.take_in(
        connection,
        collecting.Delivery("sample", file),
        folder / "archive",
        now=dt.datetime.now(dt.UTC),
        zone=load_organisation().zone,
    )
    run = str(time.monotonic_ns())
    collecting.open_batches(connection, Period(), dag_id="bench", run_id=run, sources=["sample"], reprocess=reprocess)
    connection.commit()
    found = books.select_batches(connection, "bench", run, datasets=["expenses"], statuses=["collected"])
    return found[0] if found else None


def ours(_admin: str, dsn: str, file: Path, folder: Path, reprocess: bool = False) -> Callable[[], None]:
    """The whole path of the operators: archive, every row through the contract, spool, load, books."""
    from include.ingest import batches as books
    from include.ingest import collecting
    from include.ingest.loading import load_batch
    from include.schemas.organisation import load_organisation

    collecting.SETTLE_SECONDS = 0
    organisation = load_organisation()
    delivered = folder / "expenses_2026-10.csv"
    shutil.copyfile(file, delivered)

    def work() -> None:
        with psycopg.connect(dsn) as connection:
            batch = _batch(connection, delivered, folder, reprocess)
            if batch is None or (books.home_of(connection, batch) and not reprocess):
                return
            spool = folder / "spool"
            with Path(batch["archive_uri"]).open("rb") as original, spool.open("wb") as spooled:
                books.validate_batch(connection, batch, original, spooled, str(spool), organisation)
            connection.commit()
            (batch,) = books.select_batches(
                connection, "bench", _run_of(connection), datasets=["expenses"], statuses=["validated"]
            )
            load_batch(connection, batch, _open_spool, timezone=organisation.timezone, reprocess=reprocess)
            connection.commit()
            spool.unlink()

    return work


def _open_spool(address: str) -> IO[bytes]:
    return Path(address).open("rb")


def _run_of(connection: Any) -> str:
    (run,) = connection.execute("select run_id from ops.batches order by collected_at desc limit 1").fetchone()
    return str(run)


def again(admin: str, dsn: str, file: Path, folder: Path) -> Callable[[], None]:
    """The same file once more: known by its sha256."""
    return ours(admin, dsn, file, folder)


def forced(admin: str, dsn: str, file: Path, folder: Path) -> Callable[[], None]:
    """The same file once more, read and merged all the same."""
    return ours(admin, dsn, file, folder, reprocess=True)


def floor(_admin: str, dsn: str, file: Path, _folder: Path) -> Callable[[], None]:
    """COPY into staging plus one set-based merge; nothing validated (the file without its bad rows)."""

    def work() -> None:
        with psycopg.connect(dsn) as connection:
            connection.execute(_sql("floor_stage"))
            with (
                file.open("rb") as source,
                connection.cursor() as cursor,
                cursor.copy("copy staged from stdin (format csv, header)") as copy,
            ):
                while chunk := source.read(1 << 18):
                    copy.write(chunk)
            connection.execute(_sql("floor_merge"))

    return work


def _keys(connection: Any) -> dict[str, dict[str, Any]]:
    tables = {"departments": "code", "categories": "code", "vendors": "code", "users": "employee_no"}
    return {table: dict(connection.execute(f"select {key}, id from core.{table}")) for table, key in tables.items()}  # noqa: S608


def _usual_rows(file: Path, keys: dict[str, dict[str, Any]]) -> Iterator[tuple[Any, ...]]:
    """What the usual task does: DictReader, Model(**row), a tuple."""
    from pydantic import ValidationError

    from include.schemas.inputs import ExpenseInput

    context = {"today": dt.datetime.now(dt.UTC).date(), "earliest": dt.date(2000, 1, 1)}
    now = dt.datetime.now(dt.UTC)
    with file.open(encoding="utf-8", newline="") as source:
        for row in csv.DictReader(source):
            try:
                item = ExpenseInput.model_validate({k: v for k, v in row.items() if v != ""}, context=context)
            except ValidationError:
                continue
            yield (
                "sample", item.external_id, now, item.external_id, item.origin, item.kind, item.status, item.spent_on,
                item.amount, item.currency, item.description, item.cost_centre, item.account_code, item.document_no,
                item.receipt_no, item.submitted_at, item.approved_at, item.paid_at,
                keys["departments"].get(item.department or ""), keys["categories"].get(item.category or ""),
                keys["vendors"].get(item.vendor or ""), keys["users"].get(item.employee or ""),
                keys["users"].get(item.approver or ""),
            )  # fmt: skip


def executemany(_admin: str, dsn: str, file: Path, _folder: Path) -> Callable[[], None]:
    """DictReader, Model(**row), psycopg2 executemany upsert, a thousand rows a call."""
    from psycopg2.extras import register_uuid

    register_uuid()
    statement = _sql("upsert").replace("{values}", f"({', '.join(['%s'] * COLUMNS)})")

    def work() -> None:
        _usual(dsn, file, lambda cursor, rows: cursor.executemany(statement, rows))

    return work


def execute_values(_admin: str, dsn: str, file: Path, _folder: Path) -> Callable[[], None]:
    """The same with psycopg2's execute_values, a thousand rows a statement."""
    from psycopg2.extras import execute_values as execute
    from psycopg2.extras import register_uuid

    register_uuid()
    statement = _sql("upsert").replace("{values}", "%s")

    def work() -> None:
        _usual(dsn, file, lambda cursor, rows: execute(cursor, statement, rows, page_size=1000))

    return work


def _usual(dsn: str, file: Path, write: Callable[[Any, list[tuple[Any, ...]]], None]) -> None:
    import psycopg2

    with psycopg.connect(dsn) as reading:
        keys = _keys(reading)
    connection = psycopg2.connect(dsn)
    with connection, connection.cursor() as cursor:
        rows: list[tuple[Any, ...]] = []
        for row in _usual_rows(file, keys):
            rows.append(row)
            if len(rows) == 1000:
                write(cursor, rows)
                rows = []
        write(cursor, rows)
    connection.close()


def pandas(admin: str, _dsn: str, file: Path, _folder: Path) -> Callable[[], None]:
    """read_csv and to_sql into a bare table: nothing validated, no constraint, no upsert."""
    import pandas as pd
    import sqlalchemy

    engine = sqlalchemy.create_engine(admin.replace("postgresql://", "postgresql+psycopg2://"))

    def work() -> None:
        pd.read_csv(file, dtype={"employee": str}).to_sql(
            "bench_pandas", engine, if_exists="replace", index=False, method="multi", chunksize=1000
        )

    return work


def dlt(admin: str, _dsn: str, file: Path, folder: Path) -> Callable[[], None]:
    """A dlt pipeline with a Pydantic contract that drops bad rows, merged by key into a table of its own."""
    import dlt as dlt_
    from dlt.destinations import postgres

    from include.schemas.generated import ExpenseBase

    class Row(ExpenseBase):
        department: str
        category: str
        vendor: str
        employee: str
        approver: str

    @dlt_.resource(
        name="expenses",
        columns=Row,
        primary_key="external_id",
        write_disposition="merge",
        schema_contract={"data_type": "discard_row", "columns": "discard_row"},
    )
    def rows() -> Iterator[Any]:
        with file.open(encoding="utf-8", newline="") as source:
            chunk: list[dict[str, Any]] = []
            for row in csv.DictReader(source):
                chunk.append({k: (v if v != "" else None) for k, v in row.items()})
                if len(chunk) == 1000:
                    yield chunk
                    chunk = []
            yield chunk

    pipeline = dlt_.pipeline(
        "bench", pipelines_dir=str(folder / "dlt"), destination=postgres(admin), dataset_name="bench_dlt"
    )

    def work() -> None:
        pipeline.run(rows())

    return work


ROADS = {road.__name__: road for road in (ours, again, forced, floor, executemany, execute_values, pandas, dlt)}


def main(name: str, admin: str, dsn: str, file: str, folder: str) -> None:
    """Prepare, then measure."""
    work = ROADS[name](admin, dsn, Path(file), Path(folder))
    with psycopg.connect(dsn) as connection:
        connection.execute("select 1")
    memory = _Memory()
    start = time.perf_counter()
    work()
    seconds = time.perf_counter() - start
    print(json.dumps({"seconds": round(seconds, 3), "peak_mb": memory.peak()}))  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])

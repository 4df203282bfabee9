"""A warehouse whose marts are made, with a month closed and restated, an expense corrected, and rows rejected."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from include.dashboards.pages import PAGES
from include.dashboards.reading import CONNECTION_SETTINGS, check_parameters, read_page
from include.metrics.closing import close_month
from include.schemas.organisation import load_organisation
from tests.conftest import Server, Warehouse, fresh_warehouse
from tests.metrics.ledger import Ledger
from tests.metrics.organisation import Small, small_organisation

SECRET_WORD = "Njeri Wanjiku 0712345678"


@dataclass
class Filled:
    """The small organisation, and what happened to it afterwards."""

    small: Small
    batch_id: uuid.UUID
    file_name: str

    @property
    def warehouse(self) -> Warehouse:
        return self.small.ledger.warehouse

    def query(self, statement: str, **values: Any) -> list[dict[str, Any]]:
        return self.small.ledger.query(statement, values)

    def connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self.warehouse.dsn("svc_dashboard"), autocommit=True, options=CONNECTION_SETTINGS)

    def read(
        self, page: str, reader: str, only: str | None = None, also: tuple[str, ...] = (), **given: str
    ) -> dict[str, Any]:
        """A page's answer as a reader gets it."""
        with self.connect() as connection:
            return read_page(
                connection,
                PAGES[page],
                check_parameters(PAGES[page], given),
                reader=reader,
                organisation=load_organisation(),
                only=only,
                also=also,
            )

    def rows(self, page: str, reader: str, answer: str, **given: str) -> list[dict[str, Any]]:
        """The rows of one answer, as dicts."""
        table = self.read(page, reader, answer, **given)["answers"][answer]
        return [dict(zip(table["columns"], row, strict=True)) for row in table["rows"]]


@pytest.fixture(scope="session")
def filled(postgres_server: Server) -> Iterator[Filled]:
    with fresh_warehouse(postgres_server) as warehouse:
        ledger = Ledger(warehouse)
        small = small_organisation(ledger)
        assert ledger.make().published is not None
        with psycopg.connect(warehouse.dsn("svc_pipeline")) as connection:
            close_month(
                connection, dt.date(2025, 7, 1), done_by="finance", dag_id="transform_metrics", run_id="a close",
                insist=True, today=dt.date(2026, 1, 1),
            )  # fmt: skip
        file_name = "2025-07.csv"
        batch_id = add_batch(warehouse, file_name)
        add_reject(warehouse, batch_id, file_name)
        ledger.execute("set session_replication_role = origin")
        ledger.correct(small["july"], amount=Decimal(61000), batch_id=batch_id, source_row=17, description=SECRET_WORD)
        assert ledger.make().published is not None
        yield Filled(small, batch_id, file_name)


@pytest.fixture
def changing(postgres_server: Server, filled: Filled) -> Iterator[Filled]:
    """A copy of the test's own."""
    with fresh_warehouse(postgres_server, filled.warehouse.name) as warehouse:
        yield Filled(filled.small.copy(warehouse), filled.batch_id, filled.file_name)


@pytest.fixture
def read(filled: Filled) -> Callable[..., dict[str, Any]]:
    return filled.read


def add_batch(
    warehouse: Warehouse, name: str, status: str = "loaded", run_id: str = "a run", *, is_rehearsal: bool = False
) -> uuid.UUID:
    """A batch of July's expenses in which one row of three was rejected; of the same file, if the name is known."""
    with psycopg.connect(warehouse.admin_dsn) as connection:
        (file_id,) = connection.execute(
            "insert into ops.files (source, name, sha256, bytes, delivered_from, delivered_to, source_version, archive_uri) "
            "values ('leeds', %s, %s, 10, '2025-07-01', '2025-07-31', now(), 'archive') "
            "on conflict (source, name, sha256) do update set bytes = 10 returning file_id",
            [name, "a" * 64],
        ).fetchone() or (None,)
        (batch_id,) = connection.execute(
            "insert into ops.batches (file_id, source, dataset, profile_version, dag_id, run_id, status, rows_read, "
            "rows_inserted, rows_rejected, finished_at, is_rehearsal) values (%s, 'leeds', 'expenses', 1, "
            "'ingest_validate_load', %s, %s, 3, 2, 1, now(), %s) returning batch_id",
            [file_id, run_id, status, is_rehearsal],
        ).fetchone() or (None,)
    return batch_id


def add_reject(warehouse: Warehouse, batch_id: uuid.UUID, name: str) -> None:
    """Its third row's date is none."""
    with psycopg.connect(warehouse.admin_dsn) as connection:
        connection.execute(
            "insert into ops.rejects (batch_id, source, dataset, file_name, row_number, field, code, sample) "
            "values (%s, 'leeds', 'expenses', %s, 3, 'spent_on', 'invalid_date', '9999-99-99')",
            [batch_id, name],
        )

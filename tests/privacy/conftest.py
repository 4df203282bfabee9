"""Planted rows, and readers who ask the way the pages do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import psycopg
import pytest

from include.privacy.policy import Policy, load_policy
from tests.conftest import Server, Warehouse, fresh_warehouse
from tests.privacy.planting import Row, plant_rows


class Shown(NamedTuple):
    """A warehouse, and the rows that were planted in it by table."""

    warehouse: Warehouse
    rows: dict[str, Row]


@pytest.fixture
def policy() -> Policy:
    """The policy as it is committed."""
    return load_policy()


@pytest.fixture
def planted(warehouse: Warehouse) -> dict[str, Row]:
    """One row of canaries in each table of core, by table."""
    with psycopg.connect(warehouse.admin_dsn) as connection:
        return plant_rows(connection)


@pytest.fixture(scope="module")
def shown(postgres_server: Server) -> Iterator[Shown]:
    """Planted rows in a warehouse that the tests of a module share, because they leave it as it is."""
    with fresh_warehouse(postgres_server) as warehouse:
        with psycopg.connect(warehouse.admin_dsn) as connection:
            rows = plant_rows(connection)
        yield Shown(warehouse, rows)


@contextmanager
def reading_as(warehouse: Warehouse, group: str) -> Iterator[psycopg.Connection]:
    """A transaction of the dashboards' login under `group`, as the pages open it."""
    with psycopg.connect(warehouse.dsn("svc_dashboard")) as connection:
        connection.execute(f"set local role {group}")
        yield connection
        connection.rollback()

"""A ledger on a fresh warehouse for each test, and one whose metrics are made, for tests that only look."""

from collections.abc import Iterator

import pytest

from tests.conftest import Server, Warehouse, fresh_warehouse
from tests.metrics.ledger import Ledger
from tests.metrics.organisation import Small, small_organisation
from tests.pipeline import airflow_template, make_pipeline, pipeline

__all__ = ["airflow_template", "make_pipeline", "pipeline"]


@pytest.fixture
def ledger(warehouse: Warehouse) -> Ledger:
    """An empty ledger."""
    return Ledger(warehouse)


@pytest.fixture(scope="session")
def made_once(postgres_server: Server) -> Iterator[Small]:
    """The small organisation with its metrics made and published: nobody connects to it, so that it can be copied."""
    with fresh_warehouse(postgres_server) as warehouse:
        made = small_organisation(Ledger(warehouse))
        outcome = made.ledger.make()
        assert outcome.published is not None, outcome.built.failed
        yield made


@pytest.fixture(scope="session")
def small(postgres_server: Server, made_once: Small) -> Iterator[Small]:
    """A copy that many tests look at and leave as it is."""
    with fresh_warehouse(postgres_server, made_once.ledger.warehouse.name) as warehouse:
        yield made_once.copy(warehouse)


@pytest.fixture
def changing(postgres_server: Server, made_once: Small) -> Iterator[Small]:
    """A copy of the test's own."""
    with fresh_warehouse(postgres_server, made_once.ledger.warehouse.name) as warehouse:
        yield made_once.copy(warehouse)

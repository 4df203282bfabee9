"""A ledger on a fresh warehouse for each test, and one whose metrics are made, for tests that only look."""

from collections.abc import Callable, Iterator

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


@pytest.fixture
def make_ledger(make_warehouse: Callable[[], Warehouse]) -> Callable[[], Ledger]:
    """A function that makes one more ledger."""
    return lambda: Ledger(make_warehouse())


@pytest.fixture(scope="session")
def small(postgres_server: Server) -> Iterator[Small]:
    """The small organisation with its metrics made and published; tests leave it as it is."""
    with fresh_warehouse(postgres_server) as warehouse:
        made = small_organisation(Ledger(warehouse))
        outcome = made.ledger.make()
        assert outcome.published is not None, outcome.built.failed
        yield made

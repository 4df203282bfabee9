"""What the tests of the service share: a service on a fresh warehouse, and the road that brings its files home."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from include.ingest import collecting
from tests.api.service import Service, serving
from tests.conftest import Warehouse
from tests.faults.road import Road


@pytest.fixture
def service(warehouse: Warehouse, tmp_path: Path) -> Iterator[Service]:
    """A running service of the test's own."""
    with serving(Service(warehouse, tmp_path)) as running:
        yield running


@pytest.fixture
def road(service: Service, monkeypatch: pytest.MonkeyPatch) -> Road:
    """The pipeline's road from the service's inbox."""
    monkeypatch.setattr(collecting, "SETTLE_SECONDS", 0)
    return Road(service.warehouse.dsn("svc_pipeline"), service.warehouse.admin_dsn, service.folder)

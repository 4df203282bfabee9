"""What the fault tests share: a road on a fresh warehouse, and a ledger whose profile a test may change."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from include.ingest import collecting
from tests.conftest import Warehouse
from tests.faults.injecting import mounted
from tests.faults.profiles import use
from tests.faults.road import Road, write_profile
from tests.pipeline import airflow_template, make_pipeline, pipeline  # noqa: F401 - fixtures


@pytest.fixture
def make_road(
    make_warehouse: Callable[[], Warehouse], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Road]:
    """A function that makes a road with a warehouse of its own; its words change the ledger's profile."""
    monkeypatch.setattr(collecting, "SETTLE_SECONDS", 0)
    made: list[Road] = []

    def make(**profile: Any) -> Road:
        folder = tmp_path / f"road{len(made)}"
        write_profile(folder / "profiles", "ledger", **profile)
        use(folder / "profiles", monkeypatch.setattr)
        warehouse = make_warehouse()
        made.append(Road(warehouse.dsn("svc_pipeline"), warehouse.admin_dsn, folder))
        return made[-1]

    return make


@pytest.fixture
def road(make_road: Callable[..., Road]) -> Road:
    """A road for the ledger as it is: a key, no snapshot."""
    return make_road()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system with room for one megabyte."""
    with mounted(tmp_path / "small", "1m") as folder:
        yield folder


@pytest.fixture
def round_(request: pytest.FixtureRequest) -> int:
    """Which time a test is run."""
    return int(request.param)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each fault is injected once by `make test`, and three times in a row by `make test-long`."""
    rounds = [pytest.param(number, id=f"round {number}", marks=pytest.mark.long) for number in (1, 2, 3)]
    if not any(marker.name == "long" for marker in metafunc.definition.iter_markers()):
        rounds.insert(0, pytest.param(0, id="once"))
    metafunc.fixturenames.append("round_")
    metafunc.parametrize("round_", rounds, indirect=True)

"""Every public set, delivered at once and brought home by one run of the DAG; the tests look at what it left."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Server, fresh_warehouse, shared_data
from tests.pipeline import Pipeline, airflow_template
from tests.real.home import SETS, Home

__all__ = ["airflow_template"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All tests of this folder share one run: they stay in one process, and the first of them waits for it."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("real"))
            item.add_marker(pytest.mark.timeout(900))


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real data."""
    return shared_data()


@pytest.fixture(scope="session")
def home(
    data: Path, postgres_server: Server, airflow_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Home]:
    """A warehouse in which all of it has come home."""
    folder = tmp_path_factory.mktemp("real")
    shutil.copytree(airflow_template, folder / "airflow")
    with fresh_warehouse(postgres_server) as warehouse:
        pipeline = Pipeline(folder, warehouse)
        for source, place in SETS.items():
            pipeline.deliver(source, *sorted((data / place).glob("*.csv")))
        run = pipeline.run()
        assert run.state == "success", run.log[-6000:]
        yield Home(pipeline, run.run_id)


@pytest.fixture(scope="session")
def expected(data: Path) -> dict[str, Any]:
    """What the oracle says of each expense file, by source/file."""
    oracle = json.loads((data / "expenses" / "expected.json").read_text())
    return {name.removeprefix("expenses/"): facts for name, facts in oracle.items() if name.startswith("expenses/")}

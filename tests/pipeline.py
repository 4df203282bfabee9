"""A pipeline to test: a warehouse, an inbox, and DAG runs in a process of their own."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
from filelock import FileLock
from psycopg.rows import dict_row

from tests.conftest import ROOT, Warehouse


@dataclass(frozen=True)
class Run:
    """How a DAG run ended: its state, and (task, map index, state, tries) of each task instance."""

    state: str
    tasks: list[tuple[str, int, str]]
    run_id: str
    log: str

    def states(self, task: str) -> list[str]:
        """States of a task's instances, by map index."""
        return [state for name, _, state in sorted(self.tasks) if name == task]


@dataclass
class Pipeline:
    """Inbox, archive, spool, output and database of one test; `run` runs a DAG on them, as `airflow dags test` does."""

    folder: Path
    warehouse: Warehouse
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def inbox(self) -> Path:
        """Where deliveries are dropped."""
        return self.folder / "inbox"

    @property
    def output(self) -> Path:
        """Where the CSV logs go."""
        return self.folder / "output"

    def deliver(self, source: str, *files: Path, name: str | None = None) -> None:
        """Drop copies of files into the inbox, finished and settled."""
        target = self.inbox / source
        target.mkdir(parents=True, exist_ok=True)
        for file in files:
            landed = target / (name or file.name)
            shutil.copyfile(file, landed)
            os.utime(landed, (1, 1))

    def environ(self) -> dict[str, str]:
        """The environment of a run: Airflow's home and settings, and nothing of the outside's."""
        clean = {key: value for key, value in os.environ.items() if not key.startswith(("AIRFLOW", "PYTEST_"))}
        home = self.folder / "airflow"
        return {
            **clean,
            "AIRFLOW_HOME": str(home),
            "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__DEFAULT_TASK_RETRY_DELAY": "1",
            "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{quote(str(home / 'airflow.db'))}",
            "AIRFLOW_CONN_WAREHOUSE": json.dumps(self._connection("svc_pipeline")),
            "AIRFLOW_CONN_WAREHOUSE_DBT": json.dumps(self._connection("svc_dbt")),
            "AIRFLOW_VAR_INBOX": str(self.inbox),
            "AIRFLOW_VAR_OUTPUT": str(self.output),
            "AIRFLOW_VAR_ARCHIVE": str(self.folder / "archive"),
            "AIRFLOW_VAR_SPOOL": str(self.folder / "spool"),
            "PYTHONPATH": str(ROOT),
            **self.environment,
        }

    def _connection(self, login: str) -> dict[str, Any]:
        dsn = psycopg.conninfo.conninfo_to_dict(self.warehouse.dsn(login))
        return {
            "conn_type": "postgres",
            "host": dsn["host"],
            "port": int(str(dsn["port"])),
            "schema": dsn["dbname"],
            "login": dsn["user"],
            "password": dsn["password"],
        }

    def run(self, dag_id: str = "ingest_validate_load", **params: Any) -> Run:
        """Run the DAG once, to its end."""
        answer = self.folder / "run.json"
        answer.unlink(missing_ok=True)
        done = subprocess.run(
            [sys.executable, "-m", "tests.run_dag", dag_id, json.dumps(params), str(answer)],
            env=self.environ(),
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        log = done.stdout + done.stderr
        assert answer.exists(), f"the run left no answer:\n{log[-6000:]}"
        told = json.loads(answer.read_text())
        return Run(told["state"], [tuple(task) for task in told["tasks"]], told["run_id"], log)

    def query(self, statement: str, parameters: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        """Rows of the warehouse, as the superuser sees them."""
        with psycopg.connect(self.warehouse.admin_dsn, row_factory=dict_row) as connection:
            return connection.execute(statement, parameters).fetchall()  # type: ignore[arg-type]

    def value(self, statement: str, parameters: dict[str, Any] | None = None) -> Any:
        """The single value of a query."""
        (row,) = self.query(statement, parameters)
        (value,) = row.values()
        return value


@pytest.fixture(scope="session")
def airflow_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An Airflow database as `airflow db migrate` leaves it; copied for each test."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    home = shared / "airflow_template"
    with FileLock(shared / "airflow_template.lock"):
        if not (home / "done").exists():
            home.mkdir(exist_ok=True)
            environment = {
                **{key: value for key, value in os.environ.items() if not key.startswith("AIRFLOW")},
                "AIRFLOW_HOME": str(home),
                "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
                "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{quote(str(home / 'airflow.db'))}",
            }
            for words in (["db", "migrate"], ["pools", "set", "warehouse", "16", "Loads into the warehouse"]):
                subprocess.run(
                    [sys.executable, "-m", "airflow", *words],
                    env=environment,
                    check=True,
                    capture_output=True,
                    cwd=ROOT,
                )
            (home / "done").touch()
    return home


@pytest.fixture
def make_pipeline(
    tmp_path: Path, airflow_template: Path, make_warehouse: Callable[[], Warehouse]
) -> Callable[[], Pipeline]:
    """A function that makes a pipeline with a warehouse of its own at each call."""
    made: list[Pipeline] = []

    def make() -> Pipeline:
        folder = tmp_path / f"pipeline{len(made)}"
        (folder / "inbox").mkdir(parents=True)
        shutil.copytree(airflow_template, folder / "airflow")
        made.append(Pipeline(folder, make_warehouse()))
        return made[-1]

    return make


@pytest.fixture
def pipeline(make_pipeline: Callable[[], Pipeline]) -> Pipeline:
    """A pipeline of the test's own."""
    return make_pipeline()

"""Failure notices under the real scheduler and dag-processor, where processes are killed and cannot speak."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any
from urllib.request import urlopen

import psycopg
import pytest
from psycopg import sql

from tests.conftest import ROOT, Server, free_port, fresh_warehouse
from tests.pipeline import Pipeline
from tests.slack.dags.endings import PLANTED
from tests.slack.server import FakeSlack

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]

DAGS = {
    "ends_well": "success",
    "fails_in_collect": "failed",
    "fails_in_validate": "failed",
    "fails_and_cannot_record": "failed",
    "cannot_record": "success",
    "killed_in_load": "failed",
    "killed_in_record": "success",
}


@dataclass(frozen=True)
class Airflow:
    """A running Airflow of the test's own."""

    slack: FakeSlack
    pipeline: Pipeline
    environment: dict[str, str]
    database: str

    def command(self, *words: str) -> None:
        """Run one of Airflow's commands."""
        subprocess.run(
            [sys.executable, "-m", "airflow", *words], env=self.environment, cwd=ROOT, check=True, capture_output=True
        )

    def is_ready(self) -> bool:
        """Whether the api-server answers (tasks ask it for work) and the DAGs are parsed."""
        try:
            urlopen(self.environment["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"] + "health").close()  # noqa: S310
        except OSError:
            return False
        with psycopg.connect(self.database) as connection:
            return {row[0] for row in connection.execute("select dag_id from dag")} >= set(DAGS)

    def states(self) -> dict[str, str]:
        """State of each DAG's last run."""
        with psycopg.connect(self.database) as connection:
            return dict(connection.execute("select dag_id, state from dag_run order by id").fetchall())

    def told(self, dag_id: str) -> list[dict[str, Any]]:
        """Messages about a DAG's run."""
        return [message for message in self.slack.messages if f":{dag_id}:" in json.dumps(message["metadata"])]


def wait_for(done: Callable[[], bool], seconds: float, what: str) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, f"{what}: not within {seconds} s"
        time.sleep(1)


@pytest.fixture(scope="module")
def airflow(tmp_path_factory: pytest.TempPathFactory, postgres_server: Server) -> Iterator[Airflow]:
    folder = tmp_path_factory.mktemp("airflow_alive")
    (folder / "airflow").mkdir()
    name = f"airflow_{os.getpid()}"
    port = free_port()
    database = postgres_server.dsn(name)
    with ExitStack() as stack:
        slack = stack.enter_context(FakeSlack())
        postgres_server.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        drop = sql.SQL("drop database {} with (force)").format(sql.Identifier(name))
        stack.callback(postgres_server.execute, drop)
        warehouse = stack.enter_context(fresh_warehouse(postgres_server))
        pipeline = Pipeline(folder, warehouse, {"AIRFLOW_CONN_SLACK": slack.bot_connection})
        environment = pipeline.environ() | {
            "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "tests/slack/dags"),
            "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
            "AIRFLOW__CORE__PARALLELISM": "3",
            "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
            "AIRFLOW__CORE__FERNET_KEY": "",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database.replace("postgresql://", "postgresql+psycopg2://"),
            "AIRFLOW__API__HOST": "127.0.0.1",
            "AIRFLOW__API__PORT": str(port),
            "AIRFLOW__API__WORKERS": "1",
            "AIRFLOW__API__SECRET_KEY": "for-tests",
            "AIRFLOW__API_AUTH__JWT_SECRET": "for-tests-and-long-enough-for-a-signature-of-512-bits-by-any-measure",
            "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(folder / "logs"),
            "AIRFLOW__SCHEDULER__ENABLE_HEALTH_CHECK": "False",
        }
        alive = Airflow(slack, pipeline, environment, database)
        alive.command("db", "migrate")
        for words in (["api-server"], ["scheduler", "--skip-serve-logs"], ["dag-processor"]):
            log = stack.enter_context((folder / f"{words[0]}.log").open("w"))
            process = subprocess.Popen(
                [sys.executable, "-m", "airflow", *words], env=environment, cwd=ROOT, stdout=log, stderr=log
            )
            stack.callback(process.wait)
            stack.callback(process.terminate)
        yield alive


def test_every_way_to_end_is_told_exactly_once(airflow: Airflow) -> None:
    wait_for(airflow.is_ready, 180, "Airflow is ready")
    for dag_id in DAGS:
        airflow.command("dags", "trigger", dag_id)
    wait_for(lambda: set(airflow.states().values()) <= {"success", "failed"}, 400, f"all runs end: {airflow.states()}")
    assert airflow.states() == DAGS
    wait_for(lambda: all(airflow.told(dag_id) for dag_id in DAGS), 90, "every run is told of")
    time.sleep(10)  # a second notice would have come by now
    assert {dag_id: len(airflow.told(dag_id)) for dag_id in DAGS} == dict.fromkeys(DAGS, 1)

    texts = {dag_id: airflow.told(dag_id)[0]["text"] for dag_id in DAGS}
    assert "12 rows written" in texts["ends_well"]
    assert texts["fails_in_collect"] == "❌ fails_in_collect failed: file_unavailable · task collect"
    assert texts["fails_in_validate"].startswith("❌ fails_in_validate failed: accounting_mismatch · task validate")
    assert texts["fails_and_cannot_record"] == "❌ fails_and_cannot_record failed: task_failed · task load"
    assert texts["killed_in_load"] == "❌ killed_in_load failed: task_failed · task load"
    for dag_id in ("cannot_record", "killed_in_record"):
        assert texts[dag_id] == f"⚠️ {dag_id}: the closing task record failed · task record"
    assert PLANTED not in json.dumps(airflow.slack.messages)
    assert airflow.pipeline.query("select dag_id, attempt from ops.run_log group by 1, 2 having count(*) > 1") == []

"""A living Airflow for tests: api-server, scheduler and dag-processor of a test's own, on the session's PostgreSQL."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import psycopg
from psycopg import sql

from tests.conftest import ROOT, Server, free_port, fresh_warehouse
from tests.pipeline import Pipeline
from tests.slack.server import FakeSlack


@dataclass(frozen=True)
class LivingAirflow:
    """A running Airflow, the pipeline's folders and warehouse behind it, and the Slack that it talks to."""

    slack: FakeSlack
    pipeline: Pipeline
    environment: dict[str, str]
    database: str

    def command(self, *words: str) -> None:
        """Run one of Airflow's commands."""
        subprocess.run(
            [sys.executable, "-m", "airflow", *words], env=self.environment, cwd=ROOT, check=True, capture_output=True
        )

    def knows(self, dag_ids: Collection[str]) -> bool:
        """Whether the api-server answers (tasks ask it for work) and these DAGs are parsed."""
        try:
            urlopen(self.environment["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"] + "health").close()  # noqa: S310
        except OSError:
            return False
        with psycopg.connect(self.database) as connection:
            return {row[0] for row in connection.execute("select dag_id from dag")} >= set(dag_ids)

    def runs(self) -> list[tuple[str, str, str]]:
        """(dag_id, run_id, state) of all runs, in the order of their creation."""
        with psycopg.connect(self.database) as connection:
            return connection.execute("select dag_id, run_id, state from dag_run order by id").fetchall()

    def states(self) -> dict[str, str]:
        """State of each DAG's last run."""
        return {dag_id: state for dag_id, _, state in self.runs()}

    def told(self, dag_id: str) -> list[dict[str, Any]]:
        """Messages about a DAG's runs."""
        return [message for message in self.slack.messages if f":{dag_id}:" in json.dumps(message["metadata"])]


def wait_for(done: Callable[[], bool], seconds: float, what: str) -> None:
    """Wait until it is so; fail when it is not within the time."""
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, f"{what}: not within {seconds} s"
        time.sleep(1)


@contextmanager
def living_airflow(folder: Path, server: Server, dags: Path, **settings: str) -> Iterator[LivingAirflow]:
    """Start it on the DAG files of a folder; all of it ends with the block."""
    (folder / "airflow").mkdir()
    name = f"airflow_{secrets.token_hex(4)}"
    port = free_port()
    database = server.dsn(name)
    with ExitStack() as stack:
        slack = stack.enter_context(FakeSlack())
        server.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        drop = sql.SQL("drop database {} with (force)").format(sql.Identifier(name))
        stack.callback(server.execute, drop)
        warehouse = stack.enter_context(fresh_warehouse(server))
        pipeline = Pipeline(folder, warehouse, {"AIRFLOW_CONN_SLACK": slack.bot_connection})
        environment = (
            pipeline.environ()
            | {
                "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
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
            | settings
        )
        alive = LivingAirflow(slack, pipeline, environment, database)
        alive.command("db", "migrate")
        alive.command("pools", "set", "warehouse", "16", "Loads into the warehouse")
        for words in (["api-server"], ["scheduler", "--skip-serve-logs"], ["dag-processor"]):
            log = stack.enter_context((folder / f"{words[0]}.log").open("w"))
            process = subprocess.Popen(
                [sys.executable, "-m", "airflow", *words], env=environment, cwd=ROOT, stdout=log, stderr=log
            )
            stack.callback(process.wait)
            stack.callback(process.terminate)
        yield alive

"""The refresh under the real scheduler and triggerer: it waits outside of a worker, and says so when it may not ask."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.conftest import ROOT, Server
from tests.dashboards.power_bi import FakePowerBI
from tests.living_airflow import living_airflow, wait_for

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]

DAGS = ("is_read", "is_refused")


def test_the_triggerer_waits_for_power_bi_and_a_refusal_is_told_once(tmp_path: Path, postgres_server: Server) -> None:
    for name in ("airflow_alive", *DAGS):
        (tmp_path / name).mkdir()
    with ExitStack() as stack:
        # At first it is busy with a refresh that somebody else asked for.
        read = stack.enter_context(
            FakePowerBI(tmp_path / "is_read", answers=[400, 202], statuses=["Unknown"] * 10 + ["Completed"])
        )
        refused = stack.enter_context(FakePowerBI(tmp_path / "is_refused", answers=[403]))
        airflow = stack.enter_context(
            living_airflow(
                tmp_path / "airflow_alive",
                postgres_server,
                ROOT / "tests/dashboards/dags",
                AIRFLOW_CONN_IS_READ=json.dumps(read.connection),
                AIRFLOW_CONN_IS_REFUSED=json.dumps(refused.connection),
            )
        )
        log = stack.enter_context((tmp_path / "triggerer.log").open("w"))
        triggerer = subprocess.Popen(
            [sys.executable, "-m", "airflow", "triggerer", "--skip-serve-logs"],
            env=airflow.environment,
            cwd=ROOT,
            stdout=log,
            stderr=log,
        )
        stack.callback(triggerer.wait)
        stack.callback(triggerer.terminate)
        wait_for(lambda: airflow.knows(DAGS), 180, "Airflow is ready")
        for dag_id in DAGS:
            airflow.command("dags", "trigger", dag_id)
        wait_for(lambda: set(airflow.states().values()) == {"success"}, 300, "both runs are green")
        assert len(read.refreshes) == 1
        assert refused.refreshes == []
        assert sum(request.startswith("POST /v1.0") for request in read.requests) == 2
        assert sum(request.startswith("POST /v1.0") for request in refused.requests) > 1, "it was asked again"
        wait_for(lambda: all(airflow.told(dag_id) for dag_id in DAGS), 60, "both runs are told of")
        (sound,), (notice,) = (airflow.told(dag_id) for dag_id in DAGS)
        assert "12 rows written" in sound["text"]
        assert "the closing task refresh failed" in notice["text"]
        assert "powerbi_unavailable" in json.dumps(notice)

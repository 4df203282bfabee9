"""Airflow's REST API as far as the commands need it, over the standard library."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import quote, urlencode

from deploy.local.trouble import StepFailed

# A proxy in the environment must not see calls to 127.0.0.1.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class AirflowApi:
    """A logged-in user's view of a running api-server.

    Every call raises StepFailed when the server cannot be reached or says no.
    """

    def __init__(self, url: str, user: str, password: str) -> None:
        self.url = url
        self._login = {"username": user, "password": password}
        self._token: str | None = None

    def health(self) -> dict[str, str]:
        """Component → healthy, unhealthy or unknown; empty while the server does not answer."""
        try:
            answer = self._send("GET", "/api/v2/monitor/health", None, {})
        except (OSError, ValueError):
            return {}
        return {name: str((part or {}).get("status") or "unknown") for name, part in answer.items()}

    def dags(self) -> list[dict[str, Any]]:
        """Every DAG that the dag-processor has parsed."""
        return self._call("GET", "/api/v2/dags?limit=100")["dags"]

    def import_errors(self) -> list[dict[str, Any]]:
        """The files that could not be imported."""
        return self._call("GET", "/api/v2/importErrors?limit=100")["import_errors"]

    def unpause(self, dag_id: str) -> None:
        """Let the scheduler run this DAG."""
        self._call("PATCH", f"/api/v2/dags/{quote(dag_id)}", {"is_paused": False})

    def trigger(self, dag_id: str) -> str:
        """Start a run without an interval; answers its run id."""
        body = {"logical_date": None, "note": "First run, by make start"}
        return self._call("POST", f"/api/v2/dags/{quote(dag_id)}/dagRuns", body)["dag_run_id"]

    def runs(self, dag_id: str = "~", **filters: Any) -> list[dict[str, Any]]:
        """DAG runs, the latest first; `state=["running"]` narrows them."""
        query = urlencode({"order_by": "-run_after", "limit": 100, **filters}, doseq=True)
        return self._call("GET", f"/api/v2/dags/{quote(dag_id, safe='~')}/dagRuns?{query}")["dag_runs"]

    def is_called_by_assets(self, dag_id: str) -> bool:
        """Whether assets have called for a run of this DAG that the scheduler has not made yet."""
        try:
            return self._call("GET", f"/api/v2/dags/{quote(dag_id)}/assets/queuedEvents")["total_entries"] > 0
        except StepFailed as failed:
            if isinstance(failed.__cause__, urllib.error.HTTPError) and failed.__cause__.code == 404:
                return False  # Airflow's answer when there is none
            raise

    def task_instances(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        """The tasks of a run, mapped ones singly."""
        path = f"/api/v2/dags/{quote(dag_id)}/dagRuns/{quote(run_id, safe='')}/taskInstances?limit=100"
        return self._call("GET", path)["task_instances"]

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        try:
            if self._token is None:
                self._token = self._send("POST", "/auth/token", self._login, {})["access_token"]
            return self._send(method, path, body, {"Authorization": f"Bearer {self._token}"})
        except urllib.error.HTTPError as error:
            raise StepFailed(
                f"Airflow answered {error.code} to {method} {path.partition('?')[0]}: see make logs."
            ) from error
        except (OSError, ValueError) as error:
            raise StepFailed(f"Airflow does not answer at {self.url}: see make logs.") from error

    def _send(self, method: str, path: str, body: dict[str, Any] | None, headers: dict[str, str]) -> dict[str, Any]:
        request = urllib.request.Request(
            self.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", **headers},
        )
        with _opener.open(request, timeout=30) as answer:
            return json.loads(answer.read())

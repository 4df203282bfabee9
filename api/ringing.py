"""Ringing Airflow: what was accepted comes home now, not with the daily run; nothing depends on it."""

import asyncio
import datetime as dt
import http.client
import json
import logging
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

from api import metrics
from api.settings import Settings
from include.errors import FileUnavailable
from include.ingest.collecting import deliveries

log = logging.getLogger("api.ringing")

DAG = "ingest_validate_load"
OURS = "api__"  # how the ids of our runs begin
TIMEOUT = 10.0
WAIT_FOR_RUN = 3.0  # seconds between two looks whether our last run has ended
LONGEST_WAIT = 120.0

_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class AirflowRefused(Exception):
    """Airflow does not answer, or says no; `code` is its status, or the kind of error."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def _waiting(inbox: Path) -> set[str]:
    """The sources of which finished files lie in the inbox."""
    try:
        return {delivery.source for delivery in deliveries(inbox, closed=lambda _: None)}
    except FileUnavailable as error:
        log.warning("The inbox cannot be read (%s)", error.code)
        return set()


class Ringer:
    """Triggers the pipeline for the sources that something was delivered for.

    Rings are gathered for a moment, and while a run of ours is queued or runs, no other is asked for: what came in
    meanwhile is taken by the next.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._sources: set[str] = set()
        self._rung = asyncio.Event()
        self._token: str | None = None

    def ring(self, source: str) -> None:
        """Something of this source lies in the inbox."""
        if self._settings.airflow_url is None:
            return
        self._sources.add(source)
        self._rung.set()

    async def ring_forever(self) -> None:
        """Answer rings; an Airflow that is away is asked again, ever more slowly. First comes what already waits in the
        inbox: whoever was to ring for it may have been stopped before.
        """
        for source in await asyncio.to_thread(_waiting, self._settings.inbox):
            self.ring(source)
        wait = self._settings.ring_seconds
        while True:
            await self._rung.wait()
            await asyncio.sleep(wait)
            sources = set(self._sources)
            try:
                while await asyncio.to_thread(self._is_running):
                    await asyncio.sleep(WAIT_FOR_RUN)
                sources = set(self._sources)
                self._rung.clear()
                self._sources.clear()
                await asyncio.to_thread(self._trigger, sources)
            except AirflowRefused as refused:
                self._sources |= sources
                self._rung.set()
                wait = min(wait * 2, LONGEST_WAIT)
                metrics.RINGS.labels("failed").inc()
                log.warning("Airflow was not rung (%s); again in %.0f s", refused.code, wait)
                continue
            wait = self._settings.ring_seconds
            metrics.RINGS.labels("rung").inc()

    def _is_running(self) -> bool:
        states = urllib.parse.urlencode({"state": ["queued", "running"], "limit": 100}, doseq=True)
        runs = self._call("GET", f"/api/v2/dags/{DAG}/dagRuns?{states}")["dag_runs"]
        return any(run["dag_run_id"].startswith(OURS) for run in runs)

    def _trigger(self, sources: set[str]) -> None:
        source = next(iter(sources)) if len(sources) == 1 else "all"
        moment = dt.datetime.now(dt.UTC)
        self._call(
            "POST",
            f"/api/v2/dags/{DAG}/dagRuns",
            {"dag_run_id": f"{OURS}{moment.isoformat()}", "logical_date": None, "conf": {"source": source}},
        )
        log.info("Rang Airflow for %s", source)

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        for attempt in (1, 2):
            try:
                if self._token is None:
                    login = {"username": self._settings.airflow_user, "password": self._settings.airflow_password}
                    self._token = self._send("POST", "/auth/token", login, {})["access_token"]
                return self._send(method, path, body, {"Authorization": f"Bearer {self._token}"})
            except urllib.error.HTTPError as error:
                self._token = None
                if error.code == 401 and attempt == 1:
                    continue  # the token has run out
                raise AirflowRefused(str(error.code)) from None
            except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError) as error:
                raise AirflowRefused(type(error).__name__) from None
        raise AirflowRefused("401")

    def _send(self, method: str, path: str, body: dict[str, Any] | None, headers: dict[str, str]) -> dict[str, Any]:
        request = urllib.request.Request(  # noqa: S310 - the deployment's own Airflow
            f"{self._settings.airflow_url}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", **headers},
        )
        with _OPENER.open(request, timeout=TIMEOUT) as answer:
            return json.loads(answer.read())

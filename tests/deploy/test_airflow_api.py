"""What a command says when Airflow is away, or says no: one sentence, and never the password."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from deploy.local.airflow_api import AirflowApi
from deploy.local.trouble import StepFailed

ANSWERS = {
    "/auth/token": (201, {"access_token": "of-the-day"}),
    "/api/v2/monitor/health": (200, {"scheduler": {"status": "healthy"}, "triggerer": {"status": None}, "x": None}),
    "/api/v2/dags": (200, {"dags": [{"dag_id": "ingest_validate_load"}]}),
    "/api/v2/importErrors": (403, {"detail": "Forbidden"}),
}


class Airflow(BaseHTTPRequestHandler):
    """Answers as an api-server does, and keeps what it was asked."""

    asked: ClassVar[list[tuple[str, str, str | None]]] = []

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        self.asked.append((self.command, path, self.headers["Authorization"]))
        self.rfile.read(int(self.headers["Content-Length"] or 0))
        status, body = ANSWERS[path]
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None:
        """Stay silent."""


@pytest.fixture
def url() -> Iterator[str]:
    Airflow.asked.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Airflow) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_it_logs_in_once_and_shows_its_token_from_then_on(url: str) -> None:
    api = AirflowApi(url, "admin", "planted-password")
    assert [dag["dag_id"] for dag in api.dags()] == ["ingest_validate_load"]
    api.dags()
    assert [path for _, path, _ in Airflow.asked].count("/auth/token") == 1
    assert Airflow.asked[-1] == ("GET", "/api/v2/dags", "Bearer of-the-day")


def test_health_needs_no_login_and_a_silent_part_is_unknown(url: str) -> None:
    health = AirflowApi(url, "", "").health()
    assert health == {"scheduler": "healthy", "triggerer": "unknown", "x": "unknown"}


def test_a_refusal_is_told_with_what_was_asked_and_without_the_password(url: str) -> None:
    with pytest.raises(StepFailed, match=r"^Airflow answered 403 to GET /api/v2/importErrors: see make logs") as caught:
        AirflowApi(url, "admin", "planted-password").import_errors()
    assert "planted-password" not in str(caught.value)


def test_an_airflow_that_is_away_is_told_with_its_address(url: str) -> None:
    closed = "http://127.0.0.1:1"
    assert AirflowApi(closed, "admin", "x").health() == {}
    with pytest.raises(StepFailed, match=f"^Airflow does not answer at {closed}: see make logs"):
        AirflowApi(closed, "admin", "x").dags()

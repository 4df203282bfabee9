"""Airflow is rung when something came in: once for many, never twice at once, again when it was away."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.api.service import Service, expense, serving
from tests.conftest import Warehouse
from tests.faults.injecting import wait_until


class Airflow:
    """Answers as an api-server does; `active` are the ids of runs that have not ended, `refuses` a status to say no."""

    def __init__(self) -> None:
        self.triggered: list[dict[str, Any]] = []
        self.active: list[str] = []
        self.refuses: int | None = None
        self.is_garbled = False
        self.logins = 0
        self.token = "first"
        airflow = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.answer(200, {"dag_runs": [{"dag_run_id": name} for name in airflow.active]})

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if self.path == "/auth/token":
                    airflow.logins += 1
                    self.answer(201, {"access_token": airflow.token}, is_login=True)
                elif self.answer(200, body):
                    airflow.triggered.append(body)

            def answer(self, status: int, body: dict[str, Any], *, is_login: bool = False) -> bool:
                if airflow.is_garbled:
                    self.wfile.write(b"no HTTP at all\r\n")
                    return False
                if airflow.refuses:
                    status, body = airflow.refuses, {}
                elif not is_login and self.headers["Authorization"] != f"Bearer {airflow.token}":
                    status, body = 401, {}
                self.send_response(status)
                self.end_headers()
                self.wfile.write(json.dumps(body).encode())
                return status == 200

            def log_message(self, *_: object) -> None:
                """Stay silent."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def wait(self, n: int) -> list[str]:
        """The sources of the runs, once there are so many."""
        deadline = time.monotonic() + 30
        while len(self.triggered) < n and time.monotonic() < deadline:
            time.sleep(0.05)
        return [run["conf"]["source"] for run in self.triggered]


@pytest.fixture
def airflow() -> Iterator[Airflow]:
    made = Airflow()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def ringing(warehouse: Warehouse, tmp_path: Path, airflow: Airflow) -> Iterator[Service]:
    password = tmp_path / "password"
    password.write_text("a-password-in-a-file\n")
    environment = {
        "AIRFLOW_URL": airflow.url,
        "AIRFLOW_USER": "api",
        "AIRFLOW_PASSWORD_FILE": str(password),
        "API_RING_SECONDS": "0.3",
        "API_JOURNAL_SECONDS": "0.2",
    }
    with serving(Service(warehouse, tmp_path, environment)) as service:
        yield service


def test_many_rows_ring_once_for_their_source(ringing: Service, airflow: Airflow) -> None:
    for n in range(20):
        ringing.post("/v1/expenses", expense(n))
    assert airflow.wait(1)[0] == "api"
    time.sleep(1.5)
    assert len(airflow.triggered) <= 3
    assert airflow.logins == 1
    assert airflow.triggered[0]["dag_run_id"].startswith("api__")


def test_while_a_run_of_ours_has_not_ended_no_other_is_asked_for(ringing: Service, airflow: Airflow) -> None:
    airflow.active = ["scheduled__2026", "api__2026"]
    ringing.post("/v1/expenses", expense(1))
    time.sleep(2)
    assert airflow.triggered == []
    airflow.active = ["scheduled__2026"]
    assert airflow.wait(1) == ["api"]


def test_a_file_rings_for_its_source(ringing: Service, airflow: Airflow) -> None:
    ringing.request("POST", "/v1/files/leeds?name=a.csv", b"x")
    assert airflow.wait(1) == ["leeds"]


def test_an_airflow_that_is_away_is_rung_later_and_nobody_waits_for_it(ringing: Service, airflow: Airflow) -> None:
    airflow.refuses = 503
    assert ringing.post("/v1/expenses", expense(1)).status == 202
    time.sleep(1.5)
    assert airflow.triggered == []
    airflow.refuses = None
    assert airflow.wait(1) == ["api"]
    assert "a-password-in-a-file" not in ringing.log.read_text()


def test_a_ring_that_something_else_answered_is_not_lost(ringing: Service, airflow: Airflow) -> None:
    airflow.is_garbled = True
    ringing.post("/v1/expenses", expense(1))
    wait_until(lambda: "BadStatusLine" in ringing.log.read_text(), "a ring that is answered with nonsense")
    airflow.is_garbled = False
    assert airflow.wait(1) == ["api"]


def test_what_waits_in_the_inbox_is_rung_for_at_the_next_start(ringing: Service, airflow: Airflow) -> None:
    airflow.refuses = 503
    ringing.post("/v1/expenses", expense(1))
    ringing.wait_for_files(1)
    ringing.stop()
    airflow.refuses = None
    ringing.start()
    assert airflow.wait(1) == ["api"]


def test_a_token_that_ran_out_is_replaced(ringing: Service, airflow: Airflow) -> None:
    ringing.post("/v1/expenses", expense(1))
    assert airflow.wait(1)
    airflow.token = "second"
    ringing.post("/v1/expenses", expense(2))
    assert airflow.wait(2)
    assert airflow.logins == 2

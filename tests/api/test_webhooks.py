"""Whoever sent rows is told once they are home: signed, again after a failure, with an id that stays the same."""

import contextlib
import json
import runpy
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from include.ingest import collecting
from tests.api.documentation import blocks
from tests.api.service import Service, expense, serving
from tests.conftest import Warehouse
from tests.faults.injecting import wait_until
from tests.faults.road import Road


class Receiver:
    """An application's server: keeps what it is told, and answers as `statuses` says, then 204."""

    def __init__(self) -> None:
        self.told: list[tuple[str, bytes]] = []
        self.statuses: list[int] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.told.append((self.headers["Gauss-Signature"], body))
                self.send_response(receiver.statuses.pop(0) if receiver.statuses else 204)
                self.send_header("Location", "http://127.0.0.1:1/elsewhere")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Stay silent."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def wait(self, n: int) -> list[dict[str, Any]]:
        deadline = time.monotonic() + 30
        while len(self.told) < n and time.monotonic() < deadline:
            time.sleep(0.05)
        return [json.loads(body) for _, body in self.told]


class Stranger:
    """Something else that listens where a webhook was said to be: it says this, a byte each `pause` seconds."""

    def __init__(self, says: bytes, pause: float = 0) -> None:
        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                with contextlib.suppress(OSError):
                    for at in range(len(says)):
                        self.request.sendall(says[at : at + 1])
                        time.sleep(pause)

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def wait_for_result(service: Service, prefix: str) -> dict[str, Any]:
    """State and result of a key's notice, once it was tried."""

    def notice() -> dict[str, Any]:
        (row,) = service.rows("select state, attempts, last_result from ops.api_notices where prefix = %s", [prefix])
        return row

    wait_until(lambda: notice()["last_result"] is not None, "a try of the notice")
    return notice()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def told(warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Service, Road]]:
    monkeypatch.setattr(collecting, "SETTLE_SECONDS", 0)
    with serving(Service(warehouse, tmp_path, {"API_NOTICE_SECONDS": "0.2"})) as service:
        yield service, Road(warehouse.dsn("svc_pipeline"), warehouse.admin_dsn, tmp_path)


@pytest.fixture
def is_ours(tmp_path: Path) -> Callable[[str, str, bytes], bool]:
    """The function that docs/api.md gives to an application."""
    (block,) = [block for block in blocks("python") if "def is_ours" in block]
    script = tmp_path / "is_ours.py"
    script.write_text(block)
    return runpy.run_path(str(script))["is_ours"]


def test_the_sender_is_told_once_the_batch_is_home_and_can_see_who_says_so(
    told: tuple[Service, Road], receiver: Receiver, is_ours: Callable[[str, str, bytes], bool]
) -> None:
    service, road = told
    key = service.make_key("expenses:write", webhook=receiver.url)
    reply = service.post("/v1/expenses/batch", [expense(1), expense(2, kind="gift")], key=key.text)
    service.wait_for_files(1)
    time.sleep(1)
    assert receiver.told == [], "nothing is home yet"
    road.travel()
    (event,) = receiver.wait(1)
    assert (event["type"], event["data"]["batch_id"]) == ("batch.done", reply.json["batch_id"])
    assert (event["data"]["state"], event["data"]["rejects"]) == ("loaded", {"unknown_value": 1})
    header, body = receiver.told[0]
    assert key.webhook_secret is not None
    assert is_ours(key.webhook_secret, header, body)
    assert not is_ours(key.webhook_secret, header, body + b" ")
    assert not is_ours("whsec_other", header, body)
    time.sleep(1)
    assert len(receiver.told) == 1


def test_a_receiver_that_fails_is_told_again_under_the_same_id(told: tuple[Service, Road], receiver: Receiver) -> None:
    service, road = told
    receiver.statuses = [500]
    key = service.make_key("expenses:write", webhook=receiver.url)
    service.post("/v1/expenses", expense(1), key=key.text)
    service.wait_for_files(1)
    road.travel()
    events = receiver.wait(2)
    assert len({event["id"] for event in events}) == 1
    assert len(events) == 2
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        (row,) = service.rows(
            "select state, attempts, last_result from ops.api_notices where prefix = %s", [key.prefix]
        )
        if row["state"] == "sent":
            break
        time.sleep(0.1)
    assert row == {"state": "sent", "attempts": 2, "last_result": "204"}


@pytest.mark.parametrize(
    ("says", "pause", "result"),
    [
        (b"220 mail.example.org ESMTP\r\n", 0, "no_http"),
        (b"HTTP/1.1 " + b"2" * 1000, 0.2, "TimeoutError"),
    ],
    ids=["speaks no HTTP", "answers for ever"],
)
def test_a_webhook_that_is_none_holds_up_nobody_else(
    told: tuple[Service, Road], receiver: Receiver, says: bytes, pause: float, result: str
) -> None:
    service, road = told
    stranger = Stranger(says, pause)
    bad = service.make_key("expenses:write", webhook=stranger.url)
    good = service.make_key("expenses:write", webhook=receiver.url)
    for n, key in enumerate((bad, good, good)):
        service.post("/v1/expenses/batch", [expense(n)], key=key.text)
    service.wait_for_files(3)
    road.travel()
    began = time.monotonic()
    assert len(receiver.wait(2)) == 2
    assert time.monotonic() - began < 5
    assert wait_for_result(service, bad.prefix) == {"state": "waiting", "attempts": 1, "last_result": result}
    stranger.server.shutdown()
    stranger.server.server_close()


def test_of_a_file_with_rows_of_others_a_key_that_may_only_write_learns_no_count_and_no_sum(
    told: tuple[Service, Road], receiver: Receiver
) -> None:
    service, road = told
    writer = service.make_key("expenses:write", webhook=receiver.url)
    for n, key in enumerate((writer.text, service.key)):
        reply = service.post("/v1/expenses", expense(n), key=key)
    service.wait_for_files(1)
    road.travel()
    (event,) = receiver.wait(1)
    shown = service.get(reply.json["links"]["batch"], key=writer.text).json
    assert event["data"] == shown
    assert (shown["state"], shown["rows_sent"], shown["rejects"]) == ("loaded", None, None)
    assert shown["results"] == [{"dataset": "expenses", "state": "loaded", "error_code": None}]
    (result,) = service.get(reply.json["links"]["batch"]).json["results"]
    assert (result["read"], result["amounts"][0]["loaded"]) == (2, "20.00"), "a key that may read sees all of it"


def test_a_redirect_is_not_followed(told: tuple[Service, Road], receiver: Receiver) -> None:
    service, road = told
    receiver.statuses = [302]
    key = service.make_key("expenses:write", webhook=receiver.url)
    service.post("/v1/expenses", expense(1), key=key.text)
    service.wait_for_files(1)
    road.travel()
    receiver.wait(1)
    time.sleep(0.5)
    (row,) = service.rows("select state, last_result from ops.api_notices where prefix = %s", [key.prefix])
    assert row == {"state": "waiting", "last_result": "302"}


def test_each_key_that_added_rows_to_one_file_is_told(told: tuple[Service, Road], receiver: Receiver) -> None:
    service, road = told
    mine = [service.make_key("expenses:write", webhook=receiver.url) for _ in range(2)]
    batches = {service.post("/v1/expenses", expense(n), key=key.text).json["batch_id"] for n, key in enumerate(mine)}
    service.wait_for_files(len(batches))
    road.travel()
    events = receiver.wait(2)
    assert len({event["id"] for event in events}) == 2
    assert {event["data"]["batch_id"] for event in events} == batches


def test_a_key_without_a_webhook_is_not_kept_waiting(told: tuple[Service, Road]) -> None:
    service, _ = told
    service.post("/v1/expenses", expense(1))
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        states = {row["state"] for row in service.rows("select state from ops.api_notices")}
        if states == {"unwanted"}:
            return
        time.sleep(0.1)
    raise AssertionError(states)

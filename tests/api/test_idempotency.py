"""A request that is sent twice is done once: replayed, refused when it is another, and made to wait when in flight."""

import http.client
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import psycopg

from tests.api.service import Service, expense, ndjson, serving
from tests.conftest import Warehouse
from tests.faults.road import Road


def test_the_same_key_and_body_get_the_same_answer(service: Service, road: Road) -> None:
    for path, content in (("/v1/expenses", expense(1)), ("/v1/expenses/batch", [expense(2), expense(3, kind="gift")])):
        first = service.post(path, content, idempotency="k" + path)
        again = service.post(path, content, idempotency="k" + path)
        assert first.status in (202, 207)
        assert (again.status, again.body) == (first.status, first.body)
        assert "idempotency-replayed" not in first.headers
        assert again.headers["idempotency-replayed"] == "true"
    assert len(service.wait_for_files(2)) == 2
    road.travel()
    assert road.expenses("api") == {"E1": Decimal(10), "E2": Decimal(10)}


def test_another_body_or_path_under_the_same_key_is_refused(service: Service) -> None:
    assert service.post("/v1/expenses", expense(1), idempotency="k").status == 202
    other = service.post("/v1/expenses", expense(1, amount=11), idempotency="k")
    assert (other.status, other.code) == (422, "key_reused")
    assert service.post("/v1/expenses/batch", [expense(1)], idempotency="k").code == "key_reused"
    assert service.post("/v1/expenses", expense(2), idempotency="another").status == 202


def test_two_holders_may_use_the_same_key(service: Service) -> None:
    first = service.post("/v1/expenses", expense(1), idempotency="k")
    second = service.post("/v1/expenses", expense(2), idempotency="k", key=service.make_key("expenses:write").text)
    assert (first.status, second.status) == (202, 202)


def test_a_refused_request_may_be_mended_under_its_key(service: Service) -> None:
    assert service.post("/v1/expenses", expense(1, kind="gift"), idempotency="k").status == 422
    assert service.post("/v1/expenses", expense(1), idempotency="k").status == 202


def test_a_key_may_be_used_anew_after_a_day(warehouse: Warehouse, tmp_path: Path) -> None:
    with serving(Service(warehouse, tmp_path, {"API_SWEEP_SECONDS": "3600"})) as service:
        for path, content in (("/v1/expenses", expense(1)), ("/v1/expenses/batch", [expense(2)])):
            first = service.post(path, content, idempotency=path)
            with psycopg.connect(warehouse.admin_dsn) as connection:
                connection.execute("update ops.api_requests set answered_at = now() - interval '25 hours'")
            again = service.post(path, content, idempotency=path)
            assert (first.status, again.status) == (202, 202), again.body
            assert "idempotency-replayed" not in again.headers


def test_one_in_flight_is_409(service: Service) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=30)
    connection.putrequest("POST", "/v1/expenses/batch")
    body = ndjson([expense(1)])
    for name, text in (
        ("Authorization", f"Bearer {service.key}"),
        ("Content-Type", "application/x-ndjson"),
        ("Idempotency-Key", "k"),
        ("Content-Length", str(len(body))),
    ):
        connection.putheader(name, text)
    connection.endheaders()
    connection.send(body[:10])
    time.sleep(0.5)
    busy = service.post("/v1/expenses/batch", body, idempotency="k")
    assert (busy.status, busy.code) == (409, "in_flight")
    connection.send(body[10:])
    answer = connection.getresponse()
    assert answer.status == 202
    first = json.loads(answer.read())
    connection.close()
    assert service.post("/v1/expenses/batch", body, idempotency="k").json == first


def test_many_clients_with_one_key_are_one_request(service: Service, road: Road) -> None:
    body = ndjson([expense(n) for n in range(200)])
    start = threading.Barrier(8)

    def send(_: int) -> tuple[int, str]:
        start.wait()
        while True:
            reply = service.post("/v1/expenses/batch", body, idempotency="one")
            if reply.status != 409:
                return reply.status, reply.json["batch_id"]
            time.sleep(0.02)

    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(send, range(8)))
    assert len(answers) == 1
    assert len(service.wait_for_files(1)) == 1
    assert len(service.rows("select * from ops.api_batches")) == 1
    road.travel()
    assert road.expenses("api") == {f"E{n}": Decimal(10) for n in range(200)}


def test_a_key_that_is_no_key_is_refused(service: Service) -> None:
    for key in ("", "with blank", "x" * 256, "ümlaut".encode().decode("latin-1")):
        assert service.post("/v1/expenses", expense(1), idempotency=key).code == "bad_idempotency_key", key

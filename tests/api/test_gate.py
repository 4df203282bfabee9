"""Who is let in: every path against every kind of key, before the body is read, with no word on why not."""

import json
import socket
import time
from pathlib import Path

import psycopg
import pytest

from api.books import Books
from api.gate import Gate, Holder
from api.problems import Problem
from api.settings import Settings
from include.intake import keys
from tests.api.service import Service, expense, serving
from tests.conftest import Warehouse

POSTS = ["expenses", "leave-applications", "budgets", "users", "departments", "fx-rates", "meter-readings"]
WRITING = [*(f"/v1/{name}" for name in POSTS), *(f"/v1/{name}/batch" for name in POSTS), "/v1/files/leeds?name=a.csv"]
READING = ["/v1/batches/0b2f6c5e-5a39-4a1c-9c0e-3f8f6f0a7d11", "/v1/rejects"]


def subject(path: str) -> str:
    return path.split("/")[2].partition("?")[0]


def age(service: Service, key: keys.NewKey, column: str) -> None:
    with psycopg.connect(service.warehouse.admin_dsn) as connection:
        connection.execute(
            f"update ops.api_keys set {column} = now() - interval '1 second' where prefix = %s", [key.prefix]
        )


def test_no_key_a_wrong_an_expired_and_a_revoked_one_are_told_the_same_everywhere(service: Service) -> None:
    expired, revoked, good = (service.make_key("*:read,*:write,files:write") for _ in range(3))
    age(service, expired, "expires_at")
    age(service, revoked, "revoked_at")
    strangers = {
        "none": None,
        "nonsense": "Basic",
        "unknown": keys.mint().text,
        "another's secret": f"gauss_{good.prefix}_{keys.mint().text[15:]}",
        "expired": expired.text,
        "revoked": revoked.text,
    }
    for path in [*WRITING, *READING]:
        method = "GET" if path in READING else "POST"
        bodies = set()
        for what, key in strangers.items():
            reply = service.request(method, path, b"{}" if method == "POST" else None, key=key)
            assert reply.status == 401, f"{what} on {path}"
            assert reply.headers["www-authenticate"] == "Bearer"
            bodies.add(reply.body)
        assert len(bodies) == 1, "the answers tell the reasons apart"


def test_a_scope_opens_its_own_path_and_no_other(service: Service) -> None:
    for name in [*POSTS, "files"]:
        key = service.make_key(f"{name}:write").text
        for path in WRITING:
            reply = service.request("POST", path, b"", key=key, headers={"Content-Type": "application/json"})
            assert (reply.status == 403) is (subject(path) != name), f"{name}:write on {path}: {reply.status}"
    reader = service.make_key("*:read").text
    for path in WRITING:
        assert service.request("POST", path, b"", key=reader).status == 403, path


def test_every_dataset_is_not_every_file(service: Service) -> None:
    key = service.make_key("*:write").text
    assert service.request("POST", "/v1/files/leeds?name=a.csv", b"x", key=key).status == 403
    assert service.post("/v1/expenses", expense(1), key=key).status == 202


def test_a_batch_is_shown_to_its_sender_and_to_readers_of_its_dataset_only(service: Service) -> None:
    sender, other = service.make_key("expenses:write"), service.make_key("expenses:write")
    link = service.post("/v1/expenses/batch", [expense(1)], key=sender.text).json["links"]["batch"]
    assert service.get(link, key=sender.text).status == 200
    assert service.get(link, key=other.text).status == 404
    assert service.get(link, key=service.make_key("budgets:read").text).status == 404
    assert service.get(link, key=service.make_key("expenses:read").text).status == 200


def test_rejects_of_datasets_that_a_key_may_not_read_stay_away(service: Service) -> None:
    key = service.make_key("budgets:read").text
    assert service.get("/v1/rejects?dataset=expenses", key=key).code == "forbidden"
    assert service.get("/v1/rejects", key=key).json == {"rejects": [], "next_after": None}
    assert service.get("/v1/rejects", key=service.make_key("budgets:write").text).code == "forbidden"


def test_a_key_is_kept_as_a_hash_and_its_use_is_noted(service: Service) -> None:
    key = service.make_key("expenses:write")
    service.post("/v1/expenses", expense(1), key=key.text)
    (row,) = service.rows(
        "select k::text || s::text as told, last_used_at from ops.api_keys k join ops.api_secrets s using (prefix) "
        "where prefix = %s",
        [key.prefix],
    )
    assert row["last_used_at"] is not None
    assert key.text.split("_", 2)[2] not in row["told"]


def test_a_refusal_comes_before_the_body(service: Service) -> None:
    with socket.create_connection(("127.0.0.1", service.port), timeout=20) as client:
        client.sendall(b"POST /v1/expenses/batch HTTP/1.1\r\nHost: x\r\nContent-Length: 500000000\r\n\r\n")
        assert client.recv(4096).startswith(b"HTTP/1.1 401 ")


def test_failures_of_an_address_are_answered_ever_slower(warehouse: Warehouse, tmp_path: Path) -> None:
    settings = {"API_FAILURE_DELAY": "0.1", "API_FAILURE_DELAY_MOST": "0.8"}
    with serving(Service(warehouse, tmp_path, settings)) as service:
        spent = []
        for _ in range(5):
            began = time.monotonic()
            assert service.get("/v1/rejects", key=None).status == 401
            spent.append(time.monotonic() - began)
        assert spent[0] < spent[2] < spent[4]
        assert spent[4] >= 0.8
        began = time.monotonic()
        assert service.get("/v1/rejects").status == 200
        assert time.monotonic() - began < 0.5, "a good key of the same address is not slowed"


def test_a_key_that_sends_too_much_waits_and_others_do_not(warehouse: Warehouse, tmp_path: Path) -> None:
    with serving(Service(warehouse, tmp_path, {"API_RATE": "5"})) as service:
        other = service.make_key("*:read").text
        replies = [service.get("/v1/rejects") for _ in range(20)]
        limited = [reply for reply in replies if reply.status == 429]
        assert limited
        assert {reply.code for reply in limited} == {"rate_limited"}
        assert all(1 <= int(reply.headers["retry-after"]) <= 2 for reply in limited)
        assert service.get("/v1/rejects", key=other).status == 200
        time.sleep(1.1)
        assert service.get("/v1/rejects").status == 200


@pytest.mark.parametrize(("per_second", "seconds", "is_limited"), [(200, 1, True), (100, 3, False)])
def test_by_default_200_requests_within_a_second_are_limited_and_100_in_every_second_are_not(
    monkeypatch: pytest.MonkeyPatch, per_second: int, seconds: int, is_limited: bool
) -> None:
    gate = Gate(Settings(dsn="", inbox=Path()), Books(""))
    holder, refused = Holder("aaaaaaaa", ("*:read",)), []
    for n in range(per_second * seconds):
        monkeypatch.setattr("api.gate.time.monotonic", lambda now=n / per_second: now)
        try:
            gate._check_rate(holder)
        except Problem as problem:
            refused.append((problem.code, problem.headers["Retry-After"]))
    assert bool(refused) is is_limited
    assert set(refused) <= {("rate_limited", "1")}
    gate._check_rate(Holder("bbbbbbbb", ("*:read",)))


def test_requests_that_gathered_for_half_a_second_are_all_let_in() -> None:
    gate = Gate(Settings(dsn="", inbox=Path()), Books(""))
    for _ in range(50):
        gate._check_rate(Holder("aaaaaaaa", ("*:read",)))


@pytest.mark.parametrize("scopes", ["", "expenses", "expenses:delete", "nothing:read"])
def test_a_scope_that_does_not_exist_makes_no_key(service: Service, scopes: str) -> None:
    with pytest.raises(keys.BadConfiguration):
        service.make_key(scopes)


def test_the_log_tells_prefix_and_route_and_no_secret_nor_value(service: Service) -> None:
    service.post("/v1/expenses", expense(1, description="C4n4ry words", employee="C4n4ry-7"))
    service.post("/v1/expenses/batch", [expense(1, kind="C4n4ry")])
    service.get("/v1/rejects?code=c4n4ry")
    service.get("/C4n4ry/path")
    text = service.log.read_text()
    assert "4n4ry" not in text
    assert service.key not in text
    line = next(json.loads(line) for line in text.splitlines() if '"/v1/expenses"' in line)
    assert (line["method"], line["status"], line["key"]) == ("POST", 202, service.key[6:14])
    assert len(line["request_id"]) == 32

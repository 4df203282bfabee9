"""Embedded pages over HTTP: a key gives a link, the link gives one page as one role to the hosts of a list."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from include.dashboards.links import Link, sign
from tests.api.service import Service, expense
from tests.ui.conftest import Filled

KEY = "a key of at least twenty-four bytes"
HOST = "https://app.example.org"


@pytest.fixture(scope="module")
def door(filled: Filled, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    service = Service(
        filled.warehouse,
        tmp_path_factory.mktemp("door"),
        {
            "API_EMBED_KEY": KEY,
            "API_EMBED_HOSTS": HOST,
            "DASHBOARD_DSN": filled.warehouse.dsn("svc_dashboard"),
        },
    )
    service.start()
    yield service
    service.stop()


def link(door: Service, page: str, reader: str, key: str) -> dict[str, object]:
    reply = door.post("/v1/embed-links", {"page": page, "reader": reader, "seconds": 60}, key=key)
    assert reply.status == 201, reply.body
    return reply.json


@pytest.fixture(scope="module")
def embedder(door: Service) -> str:
    return door.make_key("embed:write").text


def test_a_key_of_embedding_gets_a_link_and_the_link_the_page(door: Service, embedder: str, filled: Filled) -> None:
    given = link(door, "budget", "finance", embedder)
    assert given["frame_ancestors"] == [HOST]
    path = str(given["path"])
    page = door.get(path, key=None)
    assert page.status == 200
    assert f"frame-ancestors {HOST}" in page.headers["content-security-policy"]
    assert page.headers["cache-control"] == "no-store"
    base = path.rpartition("/")[0]
    assert door.get(f"{base}/files/app.js", key=None).headers["content-type"].startswith("text/javascript")
    for chosen in ({}, {"grant": "G1"}):
        query = "&".join(f"{name}={value}" for name, value in {"month": "2025-07", **chosen}.items())
        data = door.get(f"{base}/data/budget?{query}", key=None).json
        (row,) = data["answers"]["total"]["rows"]
        (expected,) = filled.rows("budget", "finance", "total", month="2025-07", **chosen)
        assert row[data["answers"]["total"]["columns"].index("spend")] == str(expected["spend"])


@pytest.mark.parametrize("scopes", ["*:read,*:write,files:write", "expenses:write"])
def test_a_key_for_rows_gets_no_link(door: Service, scopes: str) -> None:
    key = door.make_key(scopes).text
    assert door.post("/v1/embed-links", {"page": "budget", "reader": "finance"}, key=key).status == 403


def test_a_key_of_embedding_sends_no_rows(door: Service, embedder: str) -> None:
    assert door.post("/v1/departments", {"code": "X", "name": "X"}, key=embedder).status == 403


def test_nobody_gets_a_link_without_a_key(door: Service) -> None:
    assert door.post("/v1/embed-links", {"page": "budget", "reader": "finance"}, key=None).status == 401


@pytest.mark.parametrize(
    "wanted",
    [{"page": "grants", "reader": "finance"}, {"page": "budget", "reader": "auditor"}, {"page": "budget"},
     {"page": "budget", "reader": "finance", "seconds": 86_401}, {"page": "budget", "reader": "finance", "sql": "x"}],
)  # fmt: skip
def test_only_what_may_be_embedded_is_linked(door: Service, embedder: str, wanted: dict[str, object]) -> None:
    reply = door.post("/v1/embed-links", wanted, key=embedder)
    assert (reply.status, reply.code) == (422, "bad_parameter")


def test_a_link_leads_to_its_own_page_as_its_own_role(door: Service, embedder: str) -> None:
    base = str(link(door, "operations", "dashboard", embedder)["path"]).rpartition("/")[0]
    assert door.get(f"{base}/budget", key=None).status == 404
    assert door.get(f"{base}/data/budget", key=None).status == 404
    assert door.get(f"{base}/data/operations/stuck", key=None).status == 404
    assert "leave" not in door.get(f"{base}/data/operations", key=None).json["answers"]
    assert door.get(f"{base}/files/../page.html", key=None).status == 404


def test_an_ended_or_changed_link_leads_nowhere(door: Service, embedder: str) -> None:
    token = sign(Link("budget", "finance", int(time.time()) + 2), KEY.encode())
    assert door.get(f"/embed/{token}/budget", key=None).status == 200
    assert door.get(f"/embed/{token[:-1]}{'A' if token[-1] != 'A' else 'E'}/budget", key=None).status == 404
    time.sleep(2.1)
    for path in ("budget", "data/budget", "files/app.js"):
        assert door.get(f"/embed/{token}/{path}", key=None).status == 404


def test_parameters_of_an_embedded_page_are_bounded(door: Service, embedder: str) -> None:
    base = str(link(door, "budget", "finance", embedder)["path"]).rpartition("/")[0]
    reply = door.get(f"{base}/data/budget?rows=99999", key=None)
    assert (reply.status, reply.code) == (422, "bad_parameter")


def test_an_embedded_page_is_asked_once_for_all_who_look_at_it(door: Service, embedder: str) -> None:
    base = str(link(door, "budget", "finance", embedder)["path"]).rpartition("/")[0]
    other = str(link(door, "budget", "dashboard", embedder)["path"]).rpartition("/")[0]
    first, again = (door.get(f"{base}/data/budget?month=2025-08", key=None) for _ in range(2))
    assert first.body == again.body, "they were asked at the same moment"
    assert door.get(f"{other}/data/budget?month=2025-08", key=None).json["reader"] == "dashboard"
    assert door.get(f"{base}/data/budget?month=2025-07", key=None).json["month"] == "2025-07-01"


def test_pages_that_hang_hold_up_no_row_that_is_sent(door: Service, embedder: str, filled: Filled) -> None:
    base = str(link(door, "budget", "finance", embedder)["path"]).rpartition("/")[0]
    readers = [
        threading.Thread(target=door.get, args=(f"{base}/data/budget?month=2024-{month:02d}",), kwargs={"key": None})
        for month in range(1, 13)
    ]
    with psycopg.connect(filled.warehouse.admin_dsn) as connection:
        connection.execute("lock table marts.monthly_spend_vs_budget in access exclusive mode")
        for reader in readers:
            reader.start()
        time.sleep(0.5)
        start = time.monotonic()
        assert door.post("/v1/expenses", expense(1)).status == 202
        assert time.monotonic() - start < 2
    for reader in readers:
        reader.join()


def test_a_link_is_not_written_down(door: Service, embedder: str) -> None:
    path = str(link(door, "budget", "finance", embedder)["path"])
    door.get(path, key=None)
    token = path.split("/")[2]
    time.sleep(0.2)
    log = door.log.read_text()
    assert "/embed/{token}/{name}" in log
    assert token not in log


def test_without_a_list_of_hosts_nothing_is_embedded(filled: Filled, tmp_path: Path) -> None:
    service = Service(filled.warehouse, tmp_path, {"API_EMBED_KEY": KEY, "DASHBOARD_DSN": "host=127.0.0.1"})
    service.start()
    try:
        key = service.make_key("embed:write").text
        assert service.post("/v1/embed-links", {"page": "budget", "reader": "finance"}, key=key).status == 404
    finally:
        service.stop()

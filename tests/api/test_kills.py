"""What was answered with 202 comes home, once, whatever is killed and whenever; what was not answered leaves no trace."""

import contextlib
import http.client
import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest

from deploy.local.postgres import Postgres
from deploy.warehouse import migrate, set_passwords
from include.ingest import collecting
from tests.api.service import Service, expense, ndjson, serving
from tests.conftest import LOGINS, Server, Warehouse, free_port
from tests.faults.injecting import mounted, wait_until
from tests.faults.invariants import check
from tests.faults.road import Road


@pytest.fixture(params=[pytest.param(0, id="once"), *(pytest.param(n, marks=pytest.mark.long) for n in (1, 2, 3, 4))])
def round_(request: pytest.FixtureRequest) -> int:
    return int(request.param)


def begin_batch(service: Service, n_rows: int) -> http.client.HTTPConnection:
    """A batch whose sender has sent these rows and goes on."""
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=30)
    connection.putrequest("POST", "/v1/expenses/batch")
    connection.putheader("Authorization", f"Bearer {service.key}")
    connection.putheader("Content-Type", "application/x-ndjson")
    connection.putheader("Content-Length", "1000000000")
    connection.endheaders()
    connection.send(ndjson([expense(f"half-{n}") for n in range(n_rows)]))
    return connection


def test_a_service_killed_while_a_batch_streams_in_keeps_nothing_of_it(
    service: Service, road: Road, round_: int
) -> None:
    connection = begin_batch(service, 5000 + round_ * 700)
    wait_until(lambda: any(path.stat().st_size > 100_000 for path in service.unfinished()), "rows on the disk")
    service.kill()
    connection.close()
    assert len(service.unfinished()) == 1
    os.utime(service.unfinished()[0], (1, 1))  # left a while ago
    service.start()
    assert service.post("/v1/expenses", expense(1)).status == 202
    wait_until(lambda: len(service.unfinished()) <= 1, "the sweep")
    service.wait_for_files(1)
    wait_until(lambda: service.unfinished() == [], "the sweep")
    road.travel()
    check(road.query, truth={"E1": Decimal(10)}, source="api")


def test_a_service_killed_right_after_its_answers_loses_nothing(service: Service, road: Road, round_: int) -> None:
    truth = {}
    for n in range(5 + round_):
        assert service.post("/v1/expenses", expense(n)).status == 202
        truth[f"E{n}"] = Decimal(10)
    assert service.post("/v1/expenses/batch", [expense(f"b{n}") for n in range(50)]).status == 202
    truth |= {f"Eb{n}": Decimal(10) for n in range(50)}
    assert service.post("/v1/expenses", expense("last")).status == 202
    truth["Elast"] = Decimal(10)
    service.kill()
    road.travel()  # what has its name may come home before the service is back
    service.start()
    wait_until(lambda: service.unfinished() == [], "the sweep")
    road.travel()
    check(road.query, truth=truth, source="api")
    assert service.rows("select * from ops.api_batches where delivered_at is null or sha256 is null") == []


def test_a_service_killed_under_load_keeps_every_row_that_it_answered_for(
    service: Service, road: Road, round_: int
) -> None:
    answered: dict[str, Decimal] = {}
    sent: set[str] = set()
    is_over = threading.Event()

    def send(worker: int) -> None:
        n = 0
        while not is_over.is_set():
            n += 1
            name = f"{worker}-{n}"
            sent.add(f"E{name}")
            try:
                reply = service.post("/v1/expenses", expense(name, amount=n))
            except (OSError, http.client.HTTPException):
                return
            if reply.status == 202:
                answered[f"E{name}"] = Decimal(n)

    workers = [threading.Thread(target=send, args=(worker,)) for worker in range(6)]
    for worker in workers:
        worker.start()
    time.sleep(1.0 + 0.37 * round_)
    service.kill()
    is_over.set()
    for worker in workers:
        worker.join()
    assert len(answered) > 20
    service.start()
    wait_until(lambda: service.unfinished() == [], "the sweep")
    road.travel()
    home = road.expenses("api")
    assert {key: home.get(key) for key in answered} == answered
    # A row that was on the disk when its answer was cut off may come home as well; nothing else may.
    assert home.keys() <= sent
    check(road.query, source="api")


def test_a_torn_record_at_the_end_of_a_killed_file_is_cut_off(service: Service, road: Road) -> None:
    assert service.post("/v1/expenses", expense(1, description='a "quoted"\nline')).status == 202
    service.kill()
    (left,) = service.unfinished()
    with left.open("ab") as file:
        file.write(b'E2,ledger,payment,posted,2026-03-05,,10,KES,"half a\nword')
    service.start()
    service.wait_for_files(1)
    assert road.travel().ends == [("loaded", None)]
    check(road.query, truth={"E1": Decimal(10)}, source="api")


def test_a_request_that_a_kill_left_unanswered_may_be_sent_again_under_its_key(service: Service, road: Road) -> None:
    body = ndjson([expense(n) for n in range(100)])
    first = service.post("/v1/expenses/batch", body, idempotency="k")
    service.kill()
    service.start()
    again = service.post("/v1/expenses/batch", body, idempotency="k")
    assert again.body == first.body
    wait_until(lambda: service.unfinished() == [], "the sweep")
    road.travel()
    check(road.query, truth={f"E{n}": Decimal(10) for n in range(100)}, source="api")


def test_what_a_killed_process_had_accepted_goes_before_what_comes_after_it(service: Service, road: Road) -> None:
    assert service.post("/v1/expenses", expense(1, status="posted", amount=1)).status == 202
    service.kill()
    service.start()
    assert service.post("/v1/expenses/batch", [expense(1, amount=2)]).status == 202
    names = [path.name for path in service.wait_for_files(2)]
    assert names == sorted(names)
    road.travel()
    check(road.query, truth={"E1": Decimal(2)}, source="api")


@pytest.fixture
def own_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A PostgreSQL that a test may stop; it keeps what it says it keeps."""
    server = Server(Postgres(tmp_path_factory.mktemp("server") / "postgres", free_port()), "a-password")
    server.postgres.start()
    try:
        yield server
    finally:
        server.postgres.remove()


@pytest.fixture
def beside(own_server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Service, Road]]:
    """A service and a road on the server that may be stopped."""
    from psycopg import sql

    own_server.execute(sql.SQL("create database gauss"))
    migrate(own_server.dsn("gauss"))
    set_passwords(own_server.dsn("gauss"), dict.fromkeys(LOGINS, own_server.password))
    monkeypatch.setattr(collecting, "SETTLE_SECONDS", 0)
    warehouse = Warehouse(own_server, "gauss")
    with serving(Service(warehouse, tmp_path, {"API_SWEEP_SECONDS": "0.5"})) as service:
        yield service, Road(warehouse.dsn("svc_pipeline"), warehouse.admin_dsn, tmp_path)


def test_a_database_that_dies_while_a_batch_streams_in_is_a_503_and_the_repeat_comes_home_once(
    beside: tuple[Service, Road], own_server: Server
) -> None:
    service, road = beside
    body = ndjson([expense(n) for n in range(3000)])
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=60)
    connection.putrequest("POST", "/v1/expenses/batch")
    for name, text in (
        ("Authorization", f"Bearer {service.key}"),
        ("Content-Type", "application/x-ndjson"),
        ("Idempotency-Key", "k"),
        ("Content-Length", str(len(body))),
    ):
        connection.putheader(name, text)
    connection.endheaders()
    connection.send(body[:300_000])
    time.sleep(0.5)
    kill_server(own_server)
    connection.send(body[300_000:])
    answer = connection.getresponse()
    assert answer.status == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert json.loads(answer.read())["code"] == "warehouse_unavailable"
    connection.close()

    assert service.get("/healthz", key=None).status == 200
    ready = service.get("/readyz", key=None)
    assert (ready.status, ready.json["database"], ready.json["inbox"]) == (503, "unavailable", "ok")
    away = service.post("/v1/expenses", expense("away"))
    assert (away.status, away.code, away.headers["retry-after"]) == (503, "warehouse_unavailable", "5")

    own_server.postgres.start()
    wait_until(lambda: service.get("/readyz", key=None).status == 200, "readiness")
    again = service.post("/v1/expenses/batch", body, idempotency="k")
    assert again.status == 202, again.body
    service.wait_for_files(1)
    road.travel()
    check(road.query, truth={f"E{n}": Decimal(10) for n in range(3000)}, source="api")
    assert "Traceback" not in service.log.read_text()


def test_a_database_that_dies_between_answers_costs_none_of_them(
    beside: tuple[Service, Road], own_server: Server
) -> None:
    service, road = beside
    truth = {}
    for n in range(20):
        assert service.post("/v1/expenses", expense(n)).status == 202
        truth[f"E{n}"] = Decimal(10)
    kill_server(own_server)
    time.sleep(2.5)  # the open file would be delivered now, and cannot be
    assert service.post("/v1/expenses", expense("away")).status == 503
    own_server.postgres.start()
    wait_until(lambda: service.get("/readyz", key=None).status == 200, "readiness")
    for n in range(20, 25):
        assert service.post("/v1/expenses", expense(n)).status == 202
        truth[f"E{n}"] = Decimal(10)
    wait_until(lambda: service.unfinished() == [], "delivery")
    road.travel()
    check(road.query, truth=truth, source="api")


def kill_server(server: Server) -> None:
    """End PostgreSQL as a lost machine does: no word to anybody."""
    signal_server(server, signal.SIGKILL)
    time.sleep(0.5)


def signal_server(server: Server, number: signal.Signals) -> None:
    """Tell every process of PostgreSQL, the first one first."""
    (pid_file,) = server.postgres.place.glob("data/postmaster.pid")
    leader = int(pid_file.read_text().split()[0])
    children = subprocess.run(["pgrep", "-P", str(leader)], capture_output=True, text=True, check=False).stdout.split()
    for pid in (leader, *map(int, children)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def test_a_database_that_freezes_is_a_503_within_seconds_and_goes_on_when_it_thaws(
    beside: tuple[Service, Road], own_server: Server
) -> None:
    service, _ = beside
    assert service.post("/v1/expenses", expense(1), idempotency="one").status == 202
    signal_server(own_server, signal.SIGSTOP)
    try:
        asked = (
            lambda: service.get("/readyz", key=None),
            lambda: service.post("/v1/expenses", expense(2)),
            lambda: service.post("/v1/expenses", expense(3), idempotency="three"),
        )
        began = time.monotonic()
        with ThreadPoolExecutor(9) as threads:
            replies = [reply.result() for reply in [threads.submit(ask) for ask in asked * 3]]
        assert time.monotonic() - began < 15
        assert {reply.status for reply in replies} == {503}
        assert service.get("/healthz", key=None).status == 200
    finally:
        signal_server(own_server, signal.SIGCONT)
    wait_until(lambda: service.get("/readyz", key=None).status == 200, "readiness")
    assert service.post("/v1/expenses", expense(3), idempotency="three").status == 202


@pytest.mark.parametrize("is_frozen", [False, True], ids=["locked", "and frozen meanwhile"])
def test_a_statement_that_does_not_end_is_a_503_within_seconds(service: Service, is_frozen: bool) -> None:
    waiting = "select pid from pg_stat_activity where application_name = 'api' and wait_event_type = 'Lock'"
    frozen: list[int] = []
    with psycopg.connect(service.warehouse.admin_dsn) as other, ThreadPoolExecutor(1) as thread:
        other.execute("lock table ops.api_keys in access exclusive mode")
        began = time.monotonic()
        asked = thread.submit(service.get, "/v1/rejects")
        try:
            if is_frozen:
                wait_until(lambda: service.rows(waiting), "the statement")
                frozen = [row["pid"] for row in service.rows(waiting)]
                for pid in frozen:
                    os.kill(pid, signal.SIGSTOP)
            reply = asked.result()
        finally:
            for pid in frozen:
                os.kill(pid, signal.SIGCONT)
        assert (reply.status, reply.code, reply.headers["retry-after"]) == (503, "warehouse_unavailable", "5")
        assert service.get("/readyz", key=None).status == 503
        assert time.monotonic() - began < 20
        other.rollback()
    assert service.get("/v1/rejects").status == 200


def test_a_full_disk_is_a_503_and_what_was_answered_before_comes_home(
    warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if os.geteuid() != 0:
        pytest.skip("file systems can be mounted by root only")
    with mounted(tmp_path / "door" / "inbox", "1m"), serving(Service(warehouse, tmp_path / "door")) as service:
        assert service.post("/v1/expenses", expense(1)).status == 202
        (service.inbox / "ballast").write_bytes(b"x" * 800_000)
        with pytest.raises(OSError, match="No space"):
            (service.inbox / "more").write_bytes(b"x" * 800_000)
        full = service.post("/v1/expenses/batch", ndjson([expense(n) for n in range(5000)]))
        assert (full.status, full.code, full.headers["retry-after"]) == (503, "storage_unavailable", "5")
        truth = {"E1": Decimal(10), "E3": Decimal(10)}
        for n in range(100, 120):  # the last page of the open file may have room for some
            single = service.post("/v1/expenses", expense(n, description="long words " * 80))
            if single.status != 202:
                break
            truth[f"E{n}"] = Decimal(10)
        assert (single.status, single.code) == (503, "storage_unavailable")
        assert service.get("/readyz", key=None).json["inbox"] == "unavailable"
        (service.inbox / "ballast").unlink()
        (service.inbox / "more").unlink()
        assert service.post("/v1/expenses", expense(3)).status == 202
        monkeypatch.setattr(collecting, "SETTLE_SECONDS", 0)
        road = Road(warehouse.dsn("svc_pipeline"), warehouse.admin_dsn, service.folder)
        wait_until(lambda: service.unfinished() == [], "delivery")
        road.travel()
        check(road.query, truth=truth, source="api")

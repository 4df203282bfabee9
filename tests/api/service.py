"""The service as a process of its own on a warehouse of the test's own, and a client that speaks plain HTTP to it."""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from include.intake import keys
from tests.conftest import ROOT, Warehouse, free_port

PATIENCE = 60.0


@dataclass(frozen=True)
class Reply:
    """What was answered."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The problem's code."""
        assert self.headers["content-type"] == "application/problem+json", self.body[:500]
        return str(self.json["code"])


@dataclass
class Service:
    """`python -m api` with an inbox; `post` and `get` speak to it."""

    warehouse: Warehouse
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    key: str = ""
    process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        self.port = free_port()
        self.inbox.mkdir(parents=True, exist_ok=True)
        if not self.key:
            self.key = self.make_key("*:read,*:write,files:write").text

    @property
    def inbox(self) -> Path:
        return self.folder / "inbox"

    @property
    def log(self) -> Path:
        return self.folder / "api.log"

    def make_key(self, scopes: str, days: int = 30, webhook: str | None = None) -> keys.NewKey:
        with psycopg.connect(self.warehouse.admin_dsn) as connection:
            return keys.issue(connection, name="a test", scopes=scopes.split(","), days=days, webhook_url=webhook)

    def start(self) -> None:
        environment = {name: text for name, text in os.environ.items() if not name.startswith(("API_", "AIRFLOW"))}
        environment |= {
            "API_DSN": self.warehouse.dsn("svc_api"),
            "INBOX": str(self.inbox),
            "API_PORT": str(self.port),
            "API_RATE": "100000",
            "API_FAILURE_DELAY": "0",
            "PYTHONPATH": str(ROOT),
            **self.environment,
        }
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "api"], cwd=ROOT, env=environment, stdout=log, stderr=log
            )
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                if self.get("/healthz", key=None).status == 200:
                    return
            except OSError:
                assert self.process.poll() is None, self.log.read_text()[-4000:]
                time.sleep(0.05)
        raise AssertionError("the service did not come up")

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=30)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait(timeout=30)

    def request(
        self, method: str, path: str, body: Any = None, *, key: str | None = "", headers: dict[str, str] | None = None
    ) -> Reply:
        sent = dict(headers or {})
        if key is not None:
            sent["Authorization"] = f"Bearer {key or self.key}"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            return Reply(answer.status, {n.lower(): v for n, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def get(self, path: str, **options: Any) -> Reply:
        return self.request("GET", path, **options)

    def post(self, path: str, content: Any, *, idempotency: str | None = None, **options: Any) -> Reply:
        """POST JSON, or bytes as they are (NDJSON unless headers say otherwise)."""
        headers = dict(options.pop("headers", None) or {})
        is_raw = isinstance(content, bytes)
        headers.setdefault("Content-Type", "application/x-ndjson" if is_raw else "application/json")
        if idempotency is not None:
            headers["Idempotency-Key"] = idempotency
        body = content if is_raw else json.dumps(content).encode()
        return self.request("POST", path, body, headers=headers, **options)

    def rows(self, statement: str, parameters: Any = None) -> list[dict[str, Any]]:
        with psycopg.connect(self.warehouse.admin_dsn, row_factory=psycopg.rows.dict_row) as connection:
            return connection.execute(statement, parameters).fetchall()

    def wait_for_files(self, n: int, source: str = "api") -> list[Path]:
        """Until so many finished files lie in the inbox."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            folder = self.inbox / source
            found = sorted(p for p in folder.iterdir() if not p.name.startswith(".")) if folder.is_dir() else []
            if len(found) >= n:
                return found
            time.sleep(0.05)
        raise AssertionError(f"{n} files did not come")

    def unfinished(self) -> list[Path]:
        return sorted(self.inbox.glob("*/.*"))


@contextmanager
def serving(service: Service) -> Iterator[Service]:
    service.start()
    try:
        yield service
    finally:
        service.stop()
        assert service.process is not None
        if service.process.poll() is None:
            service.process.kill()


def expense(number: Any, **changes: Any) -> dict[str, Any]:
    """A payment of a ledger, which refers to nothing but a vendor."""
    return {
        "external_id": f"E{number}",
        "origin": "ledger",
        "kind": "payment",
        "status": "posted",
        "spent_on": "2026-03-05",
        "amount": 10,
        "currency": "KES",
        "vendor": "ACME",
    } | changes


def ndjson(rows: list[dict[str, Any]]) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)

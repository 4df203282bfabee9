"""`make bench-api`: rows a second through /batch, the wait for a single row, memory while half a gigabyte streams in.

The service, its database with default durability and the client share this machine. Every answer is held against what
was sent, and the files in the inbox against the answers. Results go to .gauss/bench/api.json.
"""

import asyncio
import http.client
import json
import os
import platform
import secrets
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from deploy.local.machine import ROOT, Machine
from deploy.local.postgres import Postgres
from deploy.local.screen import run_command
from deploy.local.trouble import StepFailed
from deploy.warehouse import create_databases, migrate, set_passwords
from include.intake import keys

RATE = 100  # single rows offered a second
BLOCK = 1_000  # rows sent at a time
FLAT = 0.10
TARGETS = {"batch_rows_per_s": 5_000, "single_p95_ms": 50.0}
ROW = (
    b'{"external_id":"BENCH-%d","origin":"app","kind":"claim","status":"submitted","spent_on":"2026-03-%02d",'
    b'"amount":%d.%02d,"currency":"KES","description":"Taxi to the clinic, and back in the rain, with receipts",'
    b'"department":"FIN","category":"TRAVEL","employee":"E%04d","receipt_no":"R-%d",'
    b'"submitted_at":"2026-03-%02dT08:15:00+03:00"}'
)
CSV_ROW = b"%d,05/10/2024,%d.%02d,Northside Printers,Libraries,Lending and reading rooms,Printing,Leaflets,4711\n"
CSV_HEADER = (
    b"Transaction number,Date paid,Net amount,Supplier name,Service label,Service division label,"
    b"Expenditure category,Detailed expenditure type,Detailed expenditure code\n"
)


def say(line: str) -> None:
    """A line of progress."""
    print(line, flush=True)  # noqa: T201


def expense(n: int) -> bytes:
    """The n-th expense, as JSON."""
    day = n % 28 + 1
    return ROW % (n, day, n % 9000 + 1, n % 100, n % 300, n, day)


@dataclass
class Door:
    """A running service; `pid` is its process."""

    port: int
    pid: int
    key: str
    inbox: Path
    admin_dsn: str

    def head(self, method: str, path: str, kind: str) -> tuple[http.client.HTTPConnection, dict[str, str]]:
        """A connection, and the headers of a request."""
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": kind}
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=600), headers

    def send(self, method: str, path: str, kind: str, body: Any) -> tuple[float, dict[str, Any]]:
        """Seconds to the answer, and the answer; a body that is an iterator is sent in chunks."""
        connection, headers = self.head(method, path, kind)
        began = time.perf_counter()
        connection.request(method, path, body, headers, encode_chunked=not isinstance(body, bytes))
        answer = connection.getresponse()
        content = json.loads(answer.read())
        seconds = time.perf_counter() - began
        connection.close()
        if answer.status != 202:
            raise StepFailed(f"{path} answered {answer.status}: {content}")
        return seconds, content

    def memory(self) -> float:
        """Resident memory of the service now, in MB."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        return 0.0


@contextmanager
def opened(folder: Path) -> Iterator[Door]:
    """A fresh warehouse, and the service before it."""
    port, api_port = _free_port(), _free_port()
    server = Postgres(folder / "postgres", port)
    password = secrets.token_urlsafe(12)
    process = None
    try:
        server.start()
        create_databases(server.dsn())
        migrate(server.dsn("gauss"))
        set_passwords(server.dsn("gauss"), {"svc_api": password})
        with psycopg.connect(server.dsn("gauss")) as connection:
            connection.execute((Path(__file__).parent / "sql" / "door_people.sql").read_bytes())
            key = keys.issue(connection, name="the benchmark", scopes=keys.EVERYTHING, days=1)
        inbox = folder / "inbox"
        inbox.mkdir()
        environment = {
            **{name: text for name, text in os.environ.items() if not name.startswith(("API_", "AIRFLOW"))},
            "API_DSN": server.dsn("gauss", "svc_api", password),
            "API_PORT": str(api_port),
            "INBOX": str(inbox),
        }
        with (folder / "api.log").open("wb") as log:
            process = subprocess.Popen([sys.executable, "-m", "api"], cwd=ROOT, env=environment, stdout=log, stderr=log)
        door = Door(api_port, process.pid, key.text, inbox, server.dsn("gauss"))
        _wait_until_ready(door)
        yield door
    finally:
        if process is not None:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=60)
        server.remove()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(door: Door) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", door.port, timeout=5)
            connection.request("GET", "/readyz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise StepFailed("The service did not become ready")


def measure_batches(door: Door, n_rows: int, n_rounds: int) -> dict[str, float]:
    """Rows a second from the first byte sent to the answer, median of the rounds, as an array and as lines."""
    lines = [expense(n) for n in range(n_rows)]
    bodies = {
        "array": ("application/json", b"[" + b",".join(lines) + b"]"),
        "ndjson": ("application/x-ndjson", b"\n".join(lines)),
    }
    speeds = {}
    for name, (kind, body) in bodies.items():
        seconds = []
        for _ in range(n_rounds):
            spent, answer = door.send("POST", "/v1/expenses/batch", kind, body)
            if (answer["rows"], answer["accepted"]) != (n_rows, n_rows):
                raise StepFailed(f"{answer['accepted']} of {n_rows} rows were accepted")
            seconds.append(spent)
        speeds[name] = n_rows / statistics.median(seconds)
        say(f"  batch, {name:<8}{n_rows:>10,} rows{speeds[name]:>12,.0f} rows/s")
    return speeds


async def _single(door: Door, pool: list[tuple[Any, Any]], at: float, n: int, waits: list[float]) -> None:
    """One expense, sent at its time; what it waits counts from then, whether or not it could be sent then."""
    loop = asyncio.get_running_loop()
    await asyncio.sleep(max(0.0, at - loop.time()))
    reader, writer = pool.pop() if pool else await asyncio.open_connection("127.0.0.1", door.port)
    body = expense(n)
    head = (
        f"POST /v1/expenses HTTP/1.1\r\nHost: door\r\nAuthorization: Bearer {door.key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    writer.write(head.encode() + body)
    answer = await reader.readuntil(b"\r\n\r\n")
    length = next(int(line[15:]) for line in answer.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    await reader.readexactly(length)
    if not answer.startswith(b"HTTP/1.1 202 "):
        raise StepFailed(f"A single row was answered {answer[:60]!r}")
    waits.append((loop.time() - at) * 1000)
    pool.append((reader, writer))


async def measure_singles(door: Door, seconds: int) -> dict[str, float]:
    """Milliseconds to the answer at a fixed rate of offers."""
    waits: list[float] = []
    pool: list[tuple[Any, Any]] = []
    begin = asyncio.get_running_loop().time() + 0.5
    n_sent = RATE * seconds
    await asyncio.gather(*(_single(door, pool, begin + n / RATE, n, waits) for n in range(n_sent)))
    for _, writer in pool:
        writer.close()
    cuts = statistics.quantiles(waits, n=100)
    figures = {"p50": cuts[49], "p95": cuts[94], "p99": cuts[98], "max": max(waits)}
    told = "  ".join(f"{name} {figure:.1f} ms" for name, figure in figures.items())
    say(f"  single, {RATE}/s for {seconds} s: {told}")
    return figures


def _blocks(megabytes: int, row: Any, head: bytes, end: bytes) -> Iterator[bytes]:
    sent = len(head)
    if head:
        yield head
    n = 0
    while sent < megabytes << 20:
        block = b"".join(row(number) + end for number in range(n, n + BLOCK))
        n += BLOCK
        sent += len(block)
        yield block


def measure_stream(door: Door, name: str, megabytes: int, path: str, kind: str, blocks: Iterator[bytes]) -> Any:
    """Memory of the service while a body streams in: at rest, at most in the first tenth, at most in all of it."""
    samples: list[tuple[float, float]] = []
    is_over = threading.Event()

    def watch() -> None:
        while not is_over.is_set():
            samples.append((time.perf_counter(), door.memory()))
            time.sleep(0.05)

    rest = door.memory()
    watcher = threading.Thread(target=watch)
    began = time.perf_counter()
    watcher.start()
    try:
        seconds, _ = door.send("POST", path, kind, blocks)
    finally:
        is_over.set()
        watcher.join()
    early = max(memory for at, memory in samples if at - began <= max(seconds / 10, 0.2))
    peak = max(memory for _, memory in samples)
    figures = {"rest_mb": rest, "early_mb": early, "peak_mb": peak, "growth": peak / early - 1, "seconds": seconds}
    say(
        f"  stream, {name:<7}{megabytes:>6,} MB in {seconds:.0f} s: {rest:.0f} MB at rest, "
        f"{early:.0f} MB in the first tenth, {peak:.0f} MB at most ({figures['growth']:+.1%})"
    )
    return figures


def check_books(door: Door) -> None:
    """Every row that was answered for lies in the inbox."""
    time.sleep(3)
    with psycopg.connect(door.admin_dsn) as connection:
        books: dict[str, int] = dict(
            connection.execute("select file_name, n_rows from ops.api_batches where source = 'api'").fetchall()
        )
    for path in sorted((door.inbox / "api").iterdir()):
        with path.open("rb") as file:
            n_rows = sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b"")) - 1
        if books.pop(path.name, None) != n_rows:
            raise StepFailed(f"A file holds {n_rows} rows, which is not what was answered")
    if books:
        raise StepFailed(f"{len(books)} files that were answered for are not in the inbox")


def main() -> int:
    """Measure, show, keep; answers 1 when a target was missed."""
    n_rows, n_rounds = int(os.environ.get("ROWS", "30000")), int(os.environ.get("ROUNDS", "5"))
    seconds, megabytes = int(os.environ.get("SECONDS", "30")), int(os.environ.get("MB", "500"))
    folder = Path(tempfile.mkdtemp(prefix="gauss-bench-api-"))
    load = os.getloadavg()[0]
    say(f"The API on {os.cpu_count()} cores, load {load:.1f}:")
    try:
        with opened(folder) as door:
            singles = asyncio.run(measure_singles(door, seconds))
            speeds = measure_batches(door, n_rows, n_rounds)
            streams = {
                "ndjson": measure_stream(
                    door, "NDJSON", megabytes, "/v1/expenses/batch", "application/x-ndjson",
                    _blocks(megabytes, expense, b"", b"\n"),
                ),
                "csv": measure_stream(
                    door, "CSV", megabytes, "/v1/files/leeds?name=2024-10.csv", "text/csv",
                    _blocks(megabytes, lambda n: CSV_ROW % (n, n % 9000, n % 100), CSV_HEADER, b""),
                ),
            }  # fmt: skip
            check_books(door)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    figures = {
        "batch_rows_per_s": round(min(speeds.values())),
        "single_p95_ms": round(singles["p95"], 1),
        "stream_peak_mb": round(max(each["peak_mb"] for each in streams.values()), 1),
    }
    is_flat = all(abs(each["growth"]) <= FLAT for each in streams.values())
    is_met = {
        "batch_rows_per_s": figures["batch_rows_per_s"] >= TARGETS["batch_rows_per_s"],
        "single_p95_ms": figures["single_p95_ms"] <= TARGETS["single_p95_ms"],
        "stream_peak_mb": is_flat,
    }
    wanted = {"batch_rows_per_s": "≥ 5,000", "single_p95_ms": "≤ 50", "stream_peak_mb": "flat ± 10 %"}
    say("")
    for name, figure in figures.items():
        say(f"  {name:<20}{figure:>12,}   {wanted[name]:<12} {'yes' if is_met[name] else 'NO'}")
    target = Machine.here().state / "bench" / "api.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    told = {
        **figures, "is_flat": is_flat, "single_ms": singles, "batch": speeds, "streams": streams,
        "rows": n_rows, "megabytes": megabytes, "seconds": seconds, "load_before": load, "cores": os.cpu_count(),
        "python": platform.python_version(), "machine": platform.machine(),
    }  # fmt: skip
    target.write_text(json.dumps(told, indent=2) + "\n")
    return 0 if all(is_met.values()) else 1


if __name__ == "__main__":
    run_command(main)

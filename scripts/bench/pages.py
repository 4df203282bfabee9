"""`make bench-pages`: how fast Airflow answers for the pages, with a million expenses and 20 readers at once.

A private PostgreSQL with its default durability is filled as make bench-metrics does it; an api-server of its own is
started on it, beside the deployment of make start, whose users and sessions it takes. What a reader does is a request
for all answers of one page. Results go to .gauss/bench/pages.json.
"""

import json
import os
import statistics
import subprocess
import tempfile
import threading
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deploy.local.airflow_home import airflow_variables
from deploy.local.machine import Machine
from deploy.local.postgres import Postgres
from deploy.local.screen import run_command
from deploy.warehouse import set_passwords
from scripts.bench.ingest import free_port, say
from scripts.bench.metrics import DATABASE, Bench

TARGET_MS = 150.0
LONGEST_REMEMBERED = 5.5  # seconds, after which a page is asked anew
MONTHS = ("2026-07", "2026-08", "2026-09", "2026-10")
ASKED = (
    *(f"data/budget?month={month}" for month in MONTHS),
    *(f"data/budget?month={MONTHS[-1]}&department=D{number}" for number in range(4)),
    f"data/budget?month={MONTHS[-1]}&grant=G1",
    *("data/grants", "data/grants?grant=G1", "data/operations?month=2026-10", "data/ingestion", "data/close"),
    "data/budget/expenses?month=2026-10&department=D1&category=C2",
)
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass
class Timings:
    """Milliseconds by what was asked."""

    of: dict[str, list[float]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, asked: str, milliseconds: float) -> None:
        """One more."""
        with self.lock:
            self.of.setdefault(asked, []).append(milliseconds)

    def summary(self) -> dict[str, Any]:
        """Median, 95th percentile and number, in all and by what was asked."""
        return {"all": _summed([one for many in self.of.values() for one in many])} | {
            asked: _summed(many) for asked, many in sorted(self.of.items())
        }


def _summed(many: list[float]) -> dict[str, float]:
    ordered = sorted(many)
    return {
        "n": len(ordered),
        "median_ms": round(statistics.median(ordered), 1),
        "p95_ms": round(ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))], 1),
    }


@dataclass
class ApiServer:
    """An api-server of Airflow whose pages read the bench's warehouse."""

    machine: Machine
    warehouse: str
    port: int = field(default_factory=free_port)
    token: str = field(default="", repr=False)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def start(self, log: Path) -> subprocess.Popen[bytes]:
        """Start it and log in as finance."""
        environment = airflow_variables(self.machine) | {
            "AIRFLOW_CONN_WAREHOUSE_DASHBOARD": self.warehouse,
            "AIRFLOW__API__PORT": str(self.port),
            "AIRFLOW__API__BASE_URL": self.url,
        }
        with log.open("wb") as file:
            process = subprocess.Popen(
                [str(self.machine.python), "-m", "airflow", "api-server", "--port", str(self.port)],
                env=environment,
                cwd=self.machine.root,
                stdout=file,
                stderr=file,
                start_new_session=True,
            )
        deadline = time.monotonic() + 180
        while True:
            try:
                self._log_in()
                return process
            except OSError:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise SystemExit(f"The api-server did not come up: see {log}") from None
                time.sleep(1)

    def _log_in(self) -> None:
        body = {"username": "finance", "password": self.machine.secrets.password("airflow/finance")}
        request = urllib.request.Request(  # noqa: S310 - our own address
            f"{self.url}/auth/token", json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        with _OPENER.open(request, timeout=30) as answer:
            self.token = json.load(answer)["access_token"]

    def ask(self, asked: str) -> float:
        """One request; milliseconds until its last byte."""
        request = urllib.request.Request(  # noqa: S310 - our own address
            f"{self.url}/gauss/{asked}", headers={"Authorization": f"Bearer {self.token}"}
        )
        start = time.monotonic()
        with _OPENER.open(request, timeout=60) as answer:
            answer.read()
        return (time.monotonic() - start) * 1000


def read_at_once(server: ApiServer, readers: int, seconds: float, pause: float) -> dict[str, Any]:
    """So many readers, each asking for one thing after the other with a pause between."""
    timings, end = Timings(), time.monotonic() + seconds

    def read(number: int) -> None:
        turn = number
        time.sleep(pause * number / readers)
        while time.monotonic() < end:
            asked = ASKED[turn % len(ASKED)]
            timings.add(asked, server.ask(asked))
            turn += 1
            time.sleep(pause)

    threads = [threading.Thread(target=read, args=(number,)) for number in range(readers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return timings.summary()


def main() -> int:
    """Fill, start, measure; ROWS, READERS and SECONDS in the environment say how much."""
    rows = int(os.environ.get("ROWS", "1000000"))
    readers = int(os.environ.get("READERS", "20"))
    seconds = float(os.environ.get("SECONDS", "30"))
    machine = Machine.here().once_started()
    with tempfile.TemporaryDirectory(prefix="gauss-bench-") as name:
        folder = Path(name)
        bench = Bench(Postgres(folder / "postgres", free_port()), "bench")
        bench.server.start()
        try:
            say(f"{rows:,} expenses: filling, building, publishing")
            bench.fill(rows)
            bench.make(full=True)
            bench.run("pages_analyse")
            set_passwords(bench.dsn(), {"svc_dashboard": bench.password})
            result = _measure(machine, bench, folder, readers, seconds) | {"rows": rows, "readers": readers}
        finally:
            bench.server.remove()
    target = machine.state / "bench" / "pages.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(result, indent=2))
    say(f"Written: {target}")
    return 0


def _measure(machine: Machine, bench: Bench, folder: Path, readers: int, seconds: float) -> dict[str, Any]:
    address = f"postgres://svc_dashboard:{bench.password}@127.0.0.1:{bench.server.port}/{DATABASE}"
    server = ApiServer(machine, address)
    process = server.start(folder / "api-server.log")
    try:
        alone = Timings()
        for turn in range(3):
            time.sleep(LONGEST_REMEMBERED)
            for asked in ASKED:
                milliseconds = server.ask(asked)
                if turn:
                    alone.add(asked, milliseconds)
        result = {"load": os.getloadavg()[0], "one reader": alone.summary()}
        result[f"{readers} readers, a page every 2 s"] = read_at_once(server, readers, seconds, 2.0)
        result[f"{readers} readers without a pause"] = read_at_once(server, readers, seconds / 2, 0.0)
    finally:
        process.terminate()
        process.wait(timeout=60)
    for name, timings in result.items():
        if isinstance(timings, dict):
            say(f"\n{name}")
            for asked, each in timings.items():
                say(f"  {asked:<62} {each['n']:>6}  median {each['median_ms']:>8} ms  95 % {each['p95_ms']:>8} ms")
    say(f"\nTarget: 95 % within {TARGET_MS:.0f} ms")
    return result


if __name__ == "__main__":
    run_command(main)

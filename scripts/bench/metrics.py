"""`make bench-metrics`: how long the metrics of a million expenses take, beside the same SQL by psql.

One private PostgreSQL with its default durability. What is measured is what the DAG's tasks `build` and `publish` do;
their figures are held against core by dbt's own tests each time. Results go to .gauss/bench/metrics.json.
"""

import json
import os
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from deploy.local.machine import Machine
from deploy.local.postgres import Postgres, find_binaries
from deploy.local.screen import run_command
from deploy.warehouse import migrate, set_passwords
from include.metrics import books
from include.metrics.building import build, dbt_variables
from include.metrics.publishing import publish
from include.metrics.scope import PROJECT, Scope, resolve_scope
from include.schemas.organisation import load_organisation
from scripts.bench.ingest import free_port, say

SQL = Path(__file__).parent / "sql"
DATABASE = "gauss_bench_metrics"
TARGETS = {"full_s": 60.0, "month_s": 10.0}


@dataclass
class Bench:
    """A warehouse full of expenses, and the two logins that the pipeline uses."""

    server: Postgres
    password: str
    runs: int = 0

    def dsn(self, login: str = "postgres") -> str:
        """A way into the warehouse."""
        return self.server.dsn(DATABASE, login, None if login == "postgres" else self.password)

    def environment(self) -> dict[str, str]:
        """What dbt's profile asks for."""
        dsn = conninfo_to_dict(self.dsn("svc_dbt"))
        return {
            "GAUSS_DBT_HOST": str(dsn["host"]),
            "GAUSS_DBT_PORT": str(dsn["port"]),
            "GAUSS_DBT_DATABASE": DATABASE,
            "GAUSS_DBT_USER": "svc_dbt",
            "DBT_ENV_SECRET_GAUSS_PASSWORD": self.password,
        }

    def fill(self, rows: int) -> None:
        """An organisation and its expenses."""
        with psycopg.connect(self.server.dsn(), autocommit=True) as connection:
            connection.execute(f"create database {DATABASE}")
        migrate(self.dsn())
        set_passwords(self.dsn(), {"svc_pipeline": self.password, "svc_dbt": self.password})
        with psycopg.connect(self.dsn(), autocommit=True) as connection:
            connection.execute((SQL / "metrics_organisation.sql").read_bytes())
            connection.execute((SQL / "metrics_expenses.sql").read_bytes(), {"rows": rows})
            connection.execute((SQL / "metrics_allocations.sql").read_bytes(), {})
            self.run("metrics_affected")
            connection.execute("vacuum analyze")

    def run(self, name: str) -> None:
        """A statement of the bench."""
        with psycopg.connect(self.dsn()) as connection:
            connection.execute((SQL / f"{name}.sql").read_bytes())

    def processor(self) -> float:
        """Seconds of processor that this process, and the server's sessions that have ended, have taken (Linux)."""
        with psycopg.connect(self.server.dsn()) as connection:
            (data,) = connection.execute("show data_directory").fetchone() or ("",)
        pid = (Path(data) / "postmaster.pid").read_text().split("\n", 1)[0]
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return time.process_time() + (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")

    def make(self, *, full: bool = False) -> dict[str, Any]:
        """Build and publish, as the DAG's tasks do; seconds of each."""
        self.runs += 1
        names = {"dag_id": "transform_metrics", "run_id": f"bench {self.runs}"}
        organisation = load_organisation()
        before, start = self.processor(), time.monotonic()
        with psycopg.connect(self.dsn("svc_pipeline")) as connection:
            scope = resolve_scope(connection, organisation, full=full)
            books.write_holidays(connection, organisation)
            build_id = books.open_build(connection, scope, **names, attempt=1)
        built = build(scope, organisation, self.environment())
        if not built.is_sound:
            raise SystemExit(f"The build failed: {[node.name for node in built.failed]}")
        with psycopg.connect(self.dsn("svc_pipeline")) as connection:
            books.close_build(connection, build_id, built, error_code=None, seconds=time.monotonic() - start)
        ready = time.monotonic()
        with psycopg.connect(self.dsn("svc_pipeline")) as connection:
            published = publish(connection, **names)
        end = time.monotonic()
        slowest = sorted(built.nodes, key=lambda node: -node.seconds)[:5]
        return {
            "months": len(scope.months),
            "is_full": scope.is_full,
            "build_s": round(ready - start, 2),
            "publish_s": round(end - ready, 2),
            "seconds": round(end - start, 2),
            "processor_s": round(self.processor() - before, 2),
            "rows_written": published.rows_written,
            "nodes": len(built.nodes),
            "slowest": {node.name: node.seconds for node in slowest},
            "load": os.getloadavg()[0],
        }

    def by_psql(self, folder: Path, scope: Scope) -> float:
        """The same models and tests, compiled by dbt and run one after the other by psql; seconds."""
        from dbt.cli.main import dbtRunner

        os.environ.update(self.environment())
        done = dbtRunner().invoke(
            [
                "compile",
                "--project-dir",
                str(PROJECT),
                "--profiles-dir",
                str(PROJECT),
                "--threads",
                "1",
                "--target-path",
                str(folder / "target"),
                "--log-path",
                str(folder / "logs"),
                "--log-level",
                "none",
                "--quiet",
                "--vars",
                json.dumps(dbt_variables(scope, load_organisation())),
            ]
        )
        if not done.success:
            raise SystemExit(f"dbt could not compile the models: {done.exception}")
        script = ["\\set ON_ERROR_STOP on", "set client_min_messages = warning;"]
        nodes = [result.node for result in done.result.results]  # type: ignore[union-attr]
        script += [_statement(node) for node in nodes if node.resource_type in ("model", "test")]
        (folder / "metrics.sql").write_text("\n".join(script))
        start = time.monotonic()
        subprocess.run(
            [
                find_binaries() / "psql",
                "-q",
                "-X",
                "-o",
                os.devnull,
                "-f",
                str(folder / "metrics.sql"),
                self.dsn("svc_dbt"),
            ],
            check=True,
        )
        return time.monotonic() - start


def _statement(node: Any) -> str:
    if node.resource_type != "model":
        return f"select count(*) from ({node.compiled_code}) as found;"  # noqa: S608 - dbt's own text
    name = f'"{node.schema}"."{node.name}"'
    if node.config.materialized == "view":
        return f"create or replace view {name} as {node.compiled_code};"
    indexes = "".join(
        f"create index on {name} ({', '.join(index['columns'])});" for index in node.config.get("indexes") or []
    )
    return f"drop table if exists {name} cascade; create unlogged table {name} as {node.compiled_code}; {indexes}"


def table(results: dict[str, Any]) -> str:
    """The results as people read them."""
    lines = ["", f"{'what':<34}{'seconds':>9}{'target':>8}"]
    for name, title in (("full", "everything, build + publish"), ("month", "one month, build + publish")):
        figure, target = results[name], TARGETS[f"{name}_s"]
        missed = "" if figure["seconds"] <= target else "  missed"
        lines.append(f"{title:<34}{figure['seconds']:>9.2f}{target:>8.0f}{missed}")
        lines.append(f"{'  of which build, tests':<34}{figure['build_s']:>9.2f}")
        lines.append(f"{'  of which publish':<34}{figure['publish_s']:>9.2f}")
        lines.append(f"{'  processor, of all processes':<34}{figure['processor_s']:>9.2f}   load {figure['load']:.1f}")
    lines.append(f"{'the same SQL by psql, everything':<34}{results['psql_full_s']:>9.2f}")
    lines.append(f"{'build beside psql':<34}{results['ratio_full']:>9.2f}")
    return "\n".join(lines)


def main() -> int:
    """Run with ROWS (1000000) from the environment."""
    rows = int(os.environ.get("ROWS", "1000000"))
    target = Machine.here().state / "bench" / "metrics.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="gauss-bench-") as folder:
        server = Postgres(Path(folder) / "postgres", free_port())
        server.start()
        try:
            bench = Bench(server, os.urandom(12).hex())
            say(f"Writing {rows:,} expenses")
            bench.fill(rows)
            say("Everything")
            full = bench.make(full=True)
            bench.run("metrics_correct")
            say("One month")
            month = bench.make()
            if (month["is_full"], month["months"]) != (False, 1):
                raise SystemExit("The correction did not rebuild one month")
            say("The same SQL by psql")
            psql = bench.by_psql(Path(folder), Scope(True, [], [], ""))
        finally:
            server.stop()
            server.remove()
    results = {
        "rows": rows,
        "full": full,
        "month": month,
        "psql_full_s": round(psql, 2),
        "ratio_full": round(full["build_s"] / psql, 2),
    }
    target.write_text(json.dumps(results, indent=1))
    say(table(results))
    say(f"\nAll figures: {target}")
    return 0


if __name__ == "__main__":
    run_command(main)

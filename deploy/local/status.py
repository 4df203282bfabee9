"""`make status`: services, ports, database, what waits in the inbox and for Slack, the last runs."""

from __future__ import annotations

import psycopg

from deploy.local import services
from deploy.local.airflow_api import AirflowApi
from deploy.local.machine import Machine
from deploy.local.screen import run_command, say, table
from deploy.local.trouble import Trouble
from include.reporting.outbox import count_backlog


def main() -> int:
    """Show the state of things; answers 0 when all is up and healthy, else 3.

    Raises:
        Trouble: nothing has been started.
    """
    machine = Machine.here().once_started()
    client = services.api(machine)
    health = client.health()
    rows = []
    for service in services.services(machine):
        part = health.get(services.HEALTH_OF.get(service.name, "metadatabase"), "unknown")
        if service.name == services.API:
            part = services.api_health(machine)
        rows.append((service.name, "up" if service.pid else "down", part, service.pid or "", f"{service.name}.log"))
    rows.append(_database_row(machine))
    say(table(("service", "process", "health", "pid", "log or address"), rows))
    say()
    say(f"  Airflow  {machine.airflow_url}")
    say(f"  API      {machine.api_url}")
    say(f"  Inbox    {_pending(machine)}")
    say(f"  Slack    {_messages(machine)}")
    all_well = all(row[1] == "up" and row[2] == "healthy" for row in rows)
    if health:
        say()
        say(_last_runs(client))
    return 0 if all_well else 3


def _database_row(machine: Machine) -> tuple[str, str, str, int | str, str]:
    server = services.postgres(machine)
    where = "the server of GAUSS_DSN" if machine.given_dsn else f"127.0.0.1:{server.port}"
    try:
        with psycopg.connect(machine.database_dsn("svc_exporter"), connect_timeout=5):
            health = "healthy"
    except psycopg.Error:
        health = "unreachable"
    up = "up" if machine.given_dsn or server.is_running() else "down"
    return ("postgresql", up, health, "", where)


def _pending(machine: Machine) -> str:
    waiting = {
        folder.name: sum(1 for file in folder.rglob("*") if file.is_file() and not file.name.startswith("."))
        for folder in sorted(machine.inbox.iterdir())
        if folder.is_dir()
    }
    counts = ", ".join(f"{name} {count}" for name, count in waiting.items() if count)
    return f"{machine.inbox}: {counts or 'empty'}"


def _messages(machine: Machine) -> str:
    try:
        with psycopg.connect(machine.database_dsn("svc_exporter"), connect_timeout=5) as connection:
            waiting, given_up = count_backlog(connection)
    except psycopg.Error:
        return "unknown, since the database does not answer"
    if given_up:
        return (
            f"{waiting} message(s) wait, {given_up} given up: Slack refuses them. Mend the connection slack "
            "in Airflow, or the channels in include/organisation.yaml, then run make outbox"
        )
    if waiting:
        return (
            f"{waiting} message(s) wait for the next run, or for make outbox; they need a connection slack in Airflow"
        )
    return "no message waits"


def _last_runs(client: AirflowApi) -> str:
    try:
        runs = client.runs(limit=8)
    except Trouble as trouble:
        return f"  {trouble}"
    rows = [
        (run["dag_id"], run["state"], (run["start_date"] or "")[:19].replace("T", " "), run["dag_run_id"])
        for run in runs
    ]
    return table(("last runs", "state", "started (UTC)", "run"), rows) if rows else "  No run yet."


if __name__ == "__main__":
    run_command(main)

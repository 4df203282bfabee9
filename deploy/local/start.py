"""`make start`: from a clone to running pipelines with a sample organisation; again: ready in seconds."""

from __future__ import annotations

import hashlib
import importlib.metadata
import shutil
import subprocess
import time
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from deploy import warehouse
from deploy.local import airflow_home, api_keys, first_runs, services
from deploy.local.airflow_database import MAY, WAREHOUSE_LOGINS
from deploy.local.airflow_settings import read as read_settings
from deploy.local.environment import locked
from deploy.local.machine import AIRFLOW_USERS, DATABASE_LOGINS, Machine
from deploy.local.postgres import port_is_free
from deploy.local.screen import run_command, say, step
from deploy.local.summary import summary
from deploy.local.trouble import PortBusy, StepFailed, Trouble
from include.errors import GaussError

SAMPLE_MARK = "sample-delivered"
SAMPLE_TRUTH = "sample-truth.json"  # what is planted; outside the inbox, so that no pipeline can read it
PACKAGES_WITH_TABLES = ("apache-airflow", "apache-airflow-providers-fab")


def main() -> int:
    """Bring everything up that is not up; answers the exit code."""
    machine = Machine.here()
    began = time.monotonic()
    machine.make_folders()
    with locked(machine.run / "start.lock"):
        check_ports(machine)
        _start_database(machine)
        _prepare_airflow(machine)
        api_keys.ensure_local_key(machine.database_dsn("svc_admin"), machine.secrets)
        with step("Airflow's services and the API") as progress:
            started = services.start(machine)
            machine.remember_ports()
            services.wait_until_healthy(machine, progress)
            progress.result = ", ".join(started) + " started" if started else "running already"
        triggered, failed = _run_pipelines(machine)
    say()
    say(summary(machine))
    say()
    _greet(machine, time.monotonic() - began)
    if ours := [sentence for dag_id, sentence in failed.items() if dag_id in triggered]:
        raise StepFailed(ours[0])
    for sentence in failed.values():
        say(f"\n{sentence}")
    return 0


def check_ports(machine: Machine) -> None:
    """Refuse a port that a running service of ours does not have, or that somebody else has."""
    ours = {
        "AIRFLOW_PORT": services.services(machine)[0].pid is not None,
        "API_PORT": services.api_service(machine).pid is not None,
        "PG_PORT": services.postgres(machine).is_running(),
    }
    for name, is_up in ours.items():
        remembered = machine.remembered.get(name)
        if is_up and remembered and remembered != machine.port(name):
            raise Trouble(f"It runs with {name}={remembered}: run make stop before you change the port.")
        needed = name != "PG_PORT" or not machine.given_dsn
        if needed and not is_up and not port_is_free(machine.port(name)):
            raise PortBusy(f"Port {machine.port(name)} is taken by another program: set {name} to a free one.")


def _start_database(machine: Machine) -> None:
    with step("PostgreSQL") as progress:
        if given := machine.given_dsn:
            machine.secrets.keep("database/given-dsn", given)
            admin = given
            progress.result = "the server of GAUSS_DSN"
        else:
            server = services.postgres(machine)
            was_running = server.is_running()
            server.start()
            admin = server.dsn()
            elsewhere = "" if server.place.is_relative_to(machine.state) else f", data in {server.place}"
            progress.result = ("running already" if was_running else f"port {server.port}") + elsewhere
    with step("The warehouse's migrations") as progress:
        try:
            warehouse.create_databases(admin)
            applied = warehouse.migrate(_with_database(admin, warehouse.WAREHOUSE))
            passwords = {login: machine.secrets.password(f"database/{login}") for login in DATABASE_LOGINS}
            warehouse.set_passwords(admin, passwords)
        except GaussError as error:
            raise StepFailed(str(error)) from error
        progress.result = f"{len(applied)} applied" if applied else "up to date"


def _with_database(dsn: str, database: str) -> str:
    from psycopg.conninfo import make_conninfo

    return make_conninfo(dsn, dbname=database)


def _prepare_airflow(machine: Machine) -> None:
    """Migrations, roles, users and settings; only when something that they depend on has changed."""
    airflow_home.write(machine)
    settings = machine.root / airflow_home.SETTINGS_FILE
    read_settings(settings)
    passwords = [machine.secrets.password(f"airflow/{name}") for name in AIRFLOW_USERS]
    depends_on = [
        *(f"{package}={importlib.metadata.version(package)}" for package in PACKAGES_WITH_TABLES),
        machine.database_dsn("svc_airflow", "airflow"),
        *(machine.database_dsn(login) for login in WAREHOUSE_LOGINS.values()),
        settings.read_text(),
        str(MAY),
        *passwords,
    ]
    fingerprint = hashlib.sha256("\n".join(depends_on).encode()).hexdigest()
    mark = machine.run / "airflow-prepared"
    if mark.is_file() and mark.read_text() == fingerprint:
        return
    with step("Airflow's database, users and settings"):
        log = machine.logs / "airflow-database.log"
        with log.open("w") as file:
            done = subprocess.run(
                [machine.python, "-m", "deploy.local.airflow_database"],
                env=airflow_home.airflow_variables(machine),
                cwd=machine.root,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                check=False,
            )
        if done.returncode:
            raise StepFailed(f"Airflow's database could not be prepared: read {log}, then run make start again.")
        mark.write_text(fingerprint)


def _run_pipelines(machine: Machine) -> tuple[list[str], dict[str, str]]:
    """Deliver the sample and run what never ran.

    Answers the ids of the DAGs that were triggered, and a sentence about each DAG whose last run failed.
    """
    client = services.api(machine)
    sample = _make_sample(machine)
    with step("Pipelines") as progress:
        dags = first_runs.wait_until_parsed(machine, client, progress)
        first_runs.unpause_new(client, dags, progress)
        if sample:
            _deliver(machine, sample)
        triggered = first_runs.run_once(client, dags, machine.run / "first-runs", progress)
        failed = first_runs.last_runs_that_failed(client, dags)
        progress.result = (", ".join(triggered) + " ran") if triggered else "nothing new to run"
    return triggered, {run["dag_id"]: _about_failure(machine, run) for run in failed}


def _about_failure(machine: Machine, run: dict[str, Any]) -> str:
    link = f"{machine.airflow_url}/dags/{run['dag_id']}/runs/{run['dag_run_id']}"
    return f"The last run of {run['dag_id']} failed: read its log at {link}, mend the cause, and clear the run there."


def _make_sample(machine: Machine) -> Path | None:
    """Make the sample organisation's files beside the inbox; None when they have been delivered before."""
    if (machine.run / SAMPLE_MARK).is_file():
        return None
    today = datetime.now(ZoneInfo(_time_zone(machine))).date().isoformat()
    fresh, truth = machine.run / "sample-new", machine.run / SAMPLE_TRUTH
    with step("The sample organisation's files") as progress:
        shutil.rmtree(fresh, ignore_errors=True)
        log = machine.logs / "sample.log"
        with log.open("w") as file:
            done = subprocess.run(
                [machine.python, "-m", "scripts.sample", "--out", fresh, "--today", today, "--truth", truth],
                cwd=machine.root,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                check=False,
            )
        if done.returncode:
            raise StepFailed(f"The sample organisation could not be made: read {log}, then run make start again.")
        progress.result = f"{sum(1 for file in fresh.rglob('*') if file.is_file())} files, as of {today}"
    return fresh


def _deliver(machine: Machine, sample: Path) -> None:
    """Move the files into the inbox, once in the life of this state, at once, so that no run sees half of them."""
    target = machine.inbox / "sample"
    shutil.rmtree(target, ignore_errors=True)
    sample.rename(target)
    (machine.run / SAMPLE_MARK).touch()


def _time_zone(machine: Machine) -> str:
    import yaml

    return yaml.safe_load((machine.root / "include/organisation.yaml").read_text())["timezone"]


def _greet(machine: Machine, seconds: float) -> None:
    say(f"Ready in {seconds:.0f} s.")
    say(f"  Airflow    {machine.airflow_url}")
    say(f"  Login      admin  {machine.secrets.password('airflow/admin')}")
    people = [name for name in AIRFLOW_USERS if name not in ("admin", "api")]
    say(f"             (also {', '.join(people)}; passwords in {machine.secrets.path('airflow')})")
    say(f"  API        {machine.api_url}  (key: make env; docs/api.md)")
    say(f"  Inbox      {machine.inbox}/<source>/")
    say(f"  CSV logs   {machine.output}")
    say("  make status · make logs · make stop")


if __name__ == "__main__":
    run_command(main)

"""Airflow's four services on this machine: started detached, watched until healthy, stopped in order."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

from deploy.local.airflow_api import AirflowApi
from deploy.local.airflow_home import airflow_variables
from deploy.local.machine import Machine
from deploy.local.postgres import Postgres, port_is_free
from deploy.local.processes import Service
from deploy.local.screen import Progress
from deploy.local.trouble import PortBusy, StepFailed

# The log servers of scheduler and triggerer would listen on all interfaces; here the api-server
# reads the logs from the same folder.
COMMANDS = {
    "api-server": ["api-server"],
    "scheduler": ["scheduler", "--skip-serve-logs"],
    "dag-processor": ["dag-processor"],
    "triggerer": ["triggerer", "--skip-serve-logs"],
}
HEALTH_OF = {"scheduler": "scheduler", "dag-processor": "dag_processor", "triggerer": "triggerer"}
PATIENCE = 180.0


def services(machine: Machine) -> list[Service]:
    """The four services, in the order in which they start."""
    return [Service(name, machine.run) for name in COMMANDS]


def postgres(machine: Machine) -> Postgres:
    """The private PostgreSQL of this machine, whether it runs or not."""
    return Postgres(machine.state / "postgres", machine.port("PG_PORT"))


def api(machine: Machine) -> AirflowApi:
    """Airflow's REST API, as admin."""
    return AirflowApi(machine.airflow_url, "admin", machine.secrets.password("airflow/admin"))


def start(machine: Machine) -> list[str]:
    """Start the services that do not run; answers their names.

    Raises:
        PortBusy: somebody else listens on Airflow's port.
    """
    asleep = [service for service in services(machine) if service.pid is None]
    port = machine.port("AIRFLOW_PORT")
    if any(service.name == "api-server" for service in asleep) and not port_is_free(port):
        raise PortBusy(f"Port {port} is taken by another program: set AIRFLOW_PORT to a free one.")
    for service in asleep:
        # What a crashed service left behind must not work beside the new one.
        service.stop()
        service.start(
            [str(machine.python), "-m", "airflow", *COMMANDS[service.name]],
            airflow_variables(machine),
            machine.logs / f"{service.name}.log",
            machine.root,
        )
    return [service.name for service in asleep]


def wait_until_healthy(machine: Machine, progress: Progress) -> None:
    """Wait until Airflow says that all parts are healthy.

    Raises:
        StepFailed: a service ended, or is not healthy in time.
    """
    client = api(machine)
    deadline = time.monotonic() + PATIENCE
    while True:
        for service in services(machine):
            if service.pid is None:
                raise StepFailed(
                    f"The {service.name} ended while starting: read {machine.logs / service.name}.log, "
                    "mend it, and run make start again."
                )
        health = client.health()
        waiting = [name for name, part in HEALTH_OF.items() if health.get(part) != "healthy"]
        if health and not waiting:
            return
        missing = ["api-server"] if not health else waiting
        if time.monotonic() > deadline:
            raise StepFailed(
                f"The {' and the '.join(missing)} did not become healthy in {PATIENCE:.0f} s: "
                f"read {machine.logs / missing[0]}.log."
            )
        progress.show("waiting for " + ", ".join(missing))
        time.sleep(0.5)


def stop(machine: Machine) -> list[str]:
    """Stop what we started, the api-server last, since running tasks report to it; answers the names."""
    api_server, *others = services(machine)
    with ThreadPoolExecutor(len(others)) as pool:
        ended = list(pool.map(Service.stop, others))
    ended.insert(0, api_server.stop())
    return [name for name, was_running in zip(COMMANDS, ended, strict=True) if was_running]

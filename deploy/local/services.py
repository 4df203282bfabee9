"""Airflow's four services and the API on this machine: started detached, watched until healthy, stopped in order."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

from deploy.local.airflow_api import AirflowApi
from deploy.local.airflow_home import airflow_variables
from deploy.local.environment import variables
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
API = "api"
HEALTH_OF = {"scheduler": "scheduler", "dag-processor": "dag_processor", "triggerer": "triggerer"}
PATIENCE = 180.0

# A proxy in the environment must not see calls to 127.0.0.1.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def services(machine: Machine) -> list[Service]:
    """Airflow's four services and the API, in the order in which they start."""
    return [*(Service(name, machine.run) for name in COMMANDS), api_service(machine)]


def api_service(machine: Machine) -> Service:
    """The API, which takes rows and files in, with or without Airflow."""
    return Service(API, machine.run)


def api_variables(machine: Machine) -> dict[str, str]:
    """The API's environment; its passwords stay in their files."""
    secrets = machine.secrets
    for name in ("database/svc_api", "airflow/api", "database/svc_dashboard", "api/embed"):
        secrets.password(name)
    return variables(machine) | {
        "API_DSN": machine.database_dsn("svc_api", with_password=False),
        "API_PASSWORD_FILE": str(secrets.path("database/svc_api")),
        "API_HOST": "127.0.0.1",
        "API_PORT": str(machine.port("API_PORT")),
        "INBOX": str(machine.inbox),
        "AIRFLOW_URL": machine.airflow_url,
        "AIRFLOW_USER": "api",
        "AIRFLOW_PASSWORD_FILE": str(secrets.path("airflow/api")),
        "DASHBOARD_DSN": machine.database_dsn("svc_dashboard", with_password=False),
        "DASHBOARD_PASSWORD_FILE": str(secrets.path("database/svc_dashboard")),
        "API_EMBED_KEY_FILE": str(secrets.path("api/embed")),
    }


def api_health(machine: Machine) -> str:
    """`healthy` when the API can take something in, `unready` when it cannot, `unreachable` when it does not answer."""
    try:
        with _OPENER.open(f"{machine.api_url}/readyz", timeout=5):
            return "healthy"
    except urllib.error.HTTPError as error:
        error.close()
        return "unready"
    except OSError:
        return "unreachable"


def postgres(machine: Machine) -> Postgres:
    """The private PostgreSQL of this machine, whether it runs or not."""
    return Postgres(machine.state / "postgres", machine.port("PG_PORT"))


def api(machine: Machine) -> AirflowApi:
    """Airflow's REST API, as admin."""
    return AirflowApi(machine.airflow_url, "admin", machine.secrets.password("airflow/admin"))


def start(machine: Machine) -> list[str]:
    """Start the services that do not run; answers their names.

    Raises:
        PortBusy: somebody else listens on Airflow's port or the API's.
    """
    asleep = [service for service in services(machine) if service.pid is None]
    for name, needed in (("api-server", "AIRFLOW_PORT"), (API, "API_PORT")):
        port = machine.port(needed)
        if any(service.name == name for service in asleep) and not port_is_free(port):
            raise PortBusy(f"Port {port} is taken by another program: set {needed} to a free one.")
    for service in asleep:
        # What a crashed service left behind must not work beside the new one.
        service.stop()
        is_api = service.name == API
        service.start(
            [str(machine.python), "-m", *(["api"] if is_api else ["airflow", *COMMANDS[service.name]])],
            api_variables(machine) if is_api else airflow_variables(machine),
            machine.logs / f"{service.name}.log",
            machine.root,
        )
    return [service.name for service in asleep]


def wait_until_healthy(machine: Machine, progress: Progress) -> None:
    """Wait until Airflow says that all parts are healthy, and the API that it can take something in.

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
        api_waits = [] if api_health(machine) == "healthy" else [API]
        if health and not waiting and not api_waits:
            return
        missing = (["api-server"] if not health else waiting) + api_waits
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
    names = [service.name for service in services(machine)]
    return [name for name, was_running in zip(names, ended, strict=True) if was_running]

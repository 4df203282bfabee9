"""`make env`: export lines for scripts and notebooks."""

from __future__ import annotations

import shlex

from deploy.local.api_keys import LOCAL_KEY
from deploy.local.machine import Machine
from deploy.local.screen import run_command, say


def exports(machine: Machine) -> dict[str, str]:
    """What a script needs to talk to this deployment; WAREHOUSE_DSN is svc_admin's, for administration."""
    kept = machine.secrets.path(LOCAL_KEY)
    return {
        "AIRFLOW_URL": machine.airflow_url,
        "AIRFLOW_USER": "admin",
        "AIRFLOW_PASSWORD": machine.secrets.password("airflow/admin"),
        "API_URL": machine.api_url,
        "API_KEY": kept.read_text().strip() if kept.is_file() else "",
        "WAREHOUSE_DSN": machine.database_dsn("svc_admin"),
        "INBOX": str(machine.inbox),
        "OUTPUT": str(machine.output),
    }


def main() -> int:
    """Print the lines; answers the exit code.

    Raises:
        Trouble: nothing has been started.
    """
    for name, value in exports(Machine.here().once_started()).items():
        say(f"export {name}={shlex.quote(value)}")
    return 0


if __name__ == "__main__":
    run_command(main)

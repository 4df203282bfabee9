"""Airflow's own command line on this deployment: `python3 -m scripts.run_airflow backfill create …`."""

from __future__ import annotations

import os
import sys

from deploy.local.airflow_home import airflow_variables
from deploy.local.machine import Machine
from deploy.local.screen import run_command


def main() -> int:
    """Become `airflow` with the arguments given."""
    machine = Machine.here().once_started()
    command = [str(machine.python), "-m", "airflow", *sys.argv[1:]]
    os.execve(machine.python, command, airflow_variables(machine))


if __name__ == "__main__":
    run_command(main)

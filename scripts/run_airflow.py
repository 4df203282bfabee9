"""Airflow's command line, `python3 -m scripts.run_airflow …`: see deploy/local/airflow_cli.py."""

import sys

from deploy.local.environment import enter
from deploy.local.screen import run_command

if __name__ == "__main__":
    run_command(lambda: enter("deploy.local.airflow_cli", sys.argv[1:]))

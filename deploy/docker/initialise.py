"""Prepares both databases before the services start: `python -m deploy.docker.initialise`.

Everything it needs comes from the environment: GAUSS_DSN (an administrator's), PASSWORD_OF_<LOGIN> for each
database login and PASSWORD_OF_<USER> for each Airflow user.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from psycopg.conninfo import make_conninfo

from deploy import warehouse
from deploy.local.airflow_database import WAREHOUSE_LOGINS, prepare
from deploy.local.airflow_home import SETTINGS_FILE
from deploy.local.machine import AIRFLOW_USERS, DATABASE_LOGINS, ROOT
from deploy.local.screen import run_command, say
from deploy.local.trouble import MissingPiece, StepFailed
from include.errors import GaussError


def main() -> int:
    """Migrate the warehouse, set the logins' passwords, prepare Airflow; each step may be repeated."""
    environment = os.environ
    admin = _required(environment, "GAUSS_DSN")
    logins = _passwords(environment, DATABASE_LOGINS)
    people = _passwords(environment, AIRFLOW_USERS)
    try:
        warehouse.create_databases(admin)
        applied = warehouse.migrate(make_conninfo(admin, dbname=warehouse.WAREHOUSE))
        warehouse.set_passwords(admin, logins)
    except GaussError as error:
        raise StepFailed(str(error)) from error
    say(f"Warehouse: {len(applied)} migrations applied.")
    address = urlsplit(admin)
    prepare(
        ROOT / SETTINGS_FILE,
        people,
        {
            name: {"host": address.hostname, "port": address.port or 5432, "password": logins[login]}
            for name, login in WAREHOUSE_LOGINS.items()
        },
    )
    say("Airflow: database, users and settings are ready.")
    return 0


def _passwords(environment: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    return {name: _required(environment, f"PASSWORD_OF_{name.upper()}") for name in names}


def _required(environment: Mapping[str, str], name: str) -> str:
    if not environment.get(name):
        raise MissingPiece(f"{name} is not set: make secrets writes all that docker-compose.yaml asks for.")
    return environment[name]


if __name__ == "__main__":
    run_command(main)

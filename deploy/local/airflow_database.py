"""Prepares Airflow's database in one process: migrations, roles, users, and airflow_settings.yaml.

Run as `python -m deploy.local.airflow_database`; to import Airflow once, not thrice, saves half a minute.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from deploy.local import airflow_settings
from deploy.local.airflow_home import SETTINGS_FILE
from deploy.local.machine import AIRFLOW_USERS, Machine

PAIRED_WITH: dict[str, str | None] = {
    "admin": "Admin",
    "finance": "User",
    "operations": "User",
    "auditor": "Viewer",
    "viewer": "Viewer",
    "api": None,
}
"""Each person's role goes with one of Airflow's: alone it would not open the list of DAGs. The API is no person."""

_SEES_PAGES = (("can_read", "Plugins"),)
MAY = {
    "api": (
        ("can_read", "Website"),  # Airflow gives it to every role sooner or later
        *(("can_read", "DAG Runs"), ("can_create", "DAG Runs")),
        *(("can_read", "DAG:ingest_validate_load"), ("can_edit", "DAG:ingest_validate_load")),
    ),
    "finance": _SEES_PAGES,
    "operations": _SEES_PAGES,
    "auditor": _SEES_PAGES,
    "viewer": _SEES_PAGES,
}
"""What a role may do beside the one that it is paired with. The API stands alone: it triggers one DAG and looks whether
its runs have ended. Airflow shows the pages of a plugin in its navigation to whoever may read the list of plugins."""


WAREHOUSE_LOGINS = {"warehouse": "svc_pipeline", "warehouse_dbt": "svc_dbt", "warehouse_dashboard": "svc_dashboard"}
"""Connections of airflow_settings.yaml that lead to the warehouse, and whose password each of them needs."""


def prepare(settings_file: Path, passwords: Mapping[str, str], connections: Mapping[str, Mapping[str, Any]]) -> None:
    """Bring Airflow's database to what this version needs; what is there already stays.

    `passwords` are those of Airflow's users; `connections` is, by connection id, what the file cannot say: host, port,
    password, and extra where the server asks for it.
    """
    from airflow.utils import db

    db.upgradedb()
    _make_people(passwords)
    airflow_settings.apply(airflow_settings.read(settings_file), connections)


def main() -> None:
    """Prepare the database of this machine."""
    machine = Machine.here()
    passwords = {name: machine.secrets.password(f"airflow/{name}") for name in AIRFLOW_USERS}
    connections = {name: _address_of(machine, login) for name, login in WAREHOUSE_LOGINS.items()}
    prepare(machine.root / SETTINGS_FILE, passwords, connections)


def _address_of(machine: Machine, login: str) -> dict[str, Any]:
    address = urlsplit(machine.database_dsn(login))
    known: dict[str, Any] = {
        "host": address.hostname,
        "port": address.port or 5432,
        "password": machine.secrets.password(f"database/{login}"),
    }
    if query := dict(parse_qsl(address.query)):
        known["extra"] = json.dumps(query)
    return known


def _make_people(passwords: Mapping[str, str]) -> None:
    from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder

    with get_application_builder() as builder:
        manager = builder.sm
        for name, password in passwords.items():
            own = manager.find_role(name) or manager.add_role(name)
            for action, resource in MAY.get(name, ()):
                manager.add_permission_to_role(own, manager.create_permission(action, resource))
            paired = PAIRED_WITH[name]
            roles = [own, manager.find_role(paired)] if paired else [own]
            user = manager.find_user(username=name)
            if user is None:
                manager.add_user(
                    username=name,
                    first_name=name.capitalize(),
                    last_name="Gauss",
                    email=f"{name}@gauss.invalid",
                    role=roles,
                    password=password,
                )
            else:
                manager.reset_password(user.id, password)


if __name__ == "__main__":
    main()

"""Reads `airflow_settings.yaml` (the Astro CLI's format) and applies it to Airflow's database.

Only the `airflow` part of the file is known: `connections`, `pools` and `variables`. A key that is not known
is an error, so that a slip of the pen is not lost in silence.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from deploy.local.trouble import Trouble

CONNECTION_KEYS = {
    *("conn_id", "conn_type", "conn_host", "conn_schema", "conn_login"),
    *("conn_password", "conn_port", "conn_extra"),
}
POOL_KEYS = {"pool_name", "pool_slot", "pool_description"}
VARIABLE_KEYS = {"variable_name", "variable_value"}


@dataclass(frozen=True)
class Settings:
    """What the file asks for, in Airflow's own words.

    `connections`: id → the keyword arguments of Airflow's `Connection`. `pools`: name → (slots, description).
    `variables`: name → value.
    """

    connections: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    pools: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)


def read(path: Path) -> Settings:
    """The file's settings; entries whose name is empty (Astro's template has some) are left out.

    Raises:
        Trouble: the file is no YAML, has an unknown key, a name twice, or holds a password.
    """
    try:
        document = yaml.safe_load(path.read_text()) or {}
    except yaml.YAMLError as error:
        raise Trouble(f"{path.name} is not YAML: {str(error).splitlines()[0]}.") from error
    airflow = document.get("airflow") if isinstance(document, dict) else None
    if not isinstance(airflow, dict) or set(document) != {"airflow"}:
        raise Trouble(f"{path.name} must have one key at the top, airflow, with connections, pools and variables.")
    if unknown := set(airflow) - {"connections", "pools", "variables"}:
        raise Trouble(f"{path.name} has a part that is not known: {', '.join(sorted(unknown))}.")
    connections = _entries(path, airflow.get("connections"), "conn_id", CONNECTION_KEYS)
    pools = _entries(path, airflow.get("pools"), "pool_name", POOL_KEYS)
    variables = _entries(path, airflow.get("variables"), "variable_name", VARIABLE_KEYS)
    return Settings(
        connections={name: _connection(path, name, entry) for name, entry in connections.items()},
        pools={
            name: (int(entry.get("pool_slot") or 1), str(entry.get("pool_description") or ""))
            for name, entry in pools.items()
        },
        variables={name: _as_text(entry.get("variable_value")) for name, entry in variables.items()},
    )


def _entries(path: Path, entries: Any, key: str, known: set[str]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for entry in entries or []:
        if not isinstance(entry, dict):
            raise Trouble(f"{path.name}: every entry with a {key} is a mapping.")
        if unknown := set(entry) - known:
            raise Trouble(f"{path.name}: {', '.join(sorted(unknown))} is not known beside {key}.")
        name = str(entry.get(key) or "")
        if name in found:
            raise Trouble(f"{path.name}: {key} {name} appears twice.")
        if name:
            found[name] = entry
    return found


def _connection(path: Path, name: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    if entry.get("conn_password"):
        raise Trouble(
            f"{path.name} holds a password of the connection {name}: take it out, "
            "because the file is in the repository."
        )
    extra = entry.get("conn_extra")
    return {
        "conn_type": entry.get("conn_type") or None,
        "host": entry.get("conn_host") or None,
        "schema": entry.get("conn_schema") or None,
        "login": entry.get("conn_login") or None,
        "port": int(entry["conn_port"]) if entry.get("conn_port") else None,
        "extra": _as_text(extra) if extra else None,
    }


def _as_text(value: Any) -> str:
    if isinstance(value, dict | list):
        return json.dumps(value)
    return "" if value is None else str(value)


def apply(settings: Settings, filled: Mapping[str, Mapping[str, Any]]) -> None:
    """Write the settings to Airflow's database, replacing entries of the same name.

    `filled` holds, by connection id, what only this machine knows: the address and the password.
    """
    from airflow.models import Connection, Pool, Variable
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        for name, given in settings.connections.items():
            for old in session.scalars(select(Connection).where(Connection.conn_id == name)):
                session.delete(old)
            session.flush()
            session.add(Connection(conn_id=name, **(dict(given) | dict(filled.get(name, {})))))
        for name, (slots, description) in settings.pools.items():
            Pool.create_or_update_pool(
                name, slots=slots, description=description, include_deferred=False, session=session
            )
    for name, value in settings.variables.items():
        Variable.set(name, value)

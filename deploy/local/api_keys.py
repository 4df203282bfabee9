"""`make api-key`: make or revoke a key of the API; and the key that this machine's own scripts use."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql

from deploy.local.machine import Machine, Secrets
from deploy.local.screen import run_command, say
from deploy.local.trouble import StepFailed, Trouble
from include.errors import GaussError
from include.intake import keys
from include.sql import query

LOCAL_KEY = "api/key"
LOCAL_DAYS = 3650
OWNER = "owner_core"


@contextmanager
def connected(dsn: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection that acts as the owner of the books of keys.

    Raises:
        StepFailed: the warehouse cannot be reached, or refuses.
    """
    try:
        with psycopg.connect(dsn, connect_timeout=10) as connection:
            connection.execute(sql.SQL("set role {}").format(sql.Identifier(OWNER)))
            yield connection
    except psycopg.Error as error:
        raise StepFailed(f"The warehouse did not take the key ({error.sqlstate}): see make status.") from error


def ensure_local_key(dsn: str, secrets: Secrets) -> None:
    """Make the key of this machine's own scripts, unless there is one that is good for another day."""
    kept = secrets.path(LOCAL_KEY)
    with connected(dsn) as connection:
        parts = keys.split(kept.read_text().strip()) if kept.is_file() else None
        if parts and connection.execute(query("api/find_good_key"), {"prefix": parts[0]}).fetchone():
            return
        key = keys.issue(connection, name="make start", scopes=keys.EVERYTHING, days=LOCAL_DAYS)
        secrets.keep(LOCAL_KEY, key.text)


def manage(dsn: str, environment: Mapping[str, str]) -> list[str]:
    """Make the key that NAME, SCOPES, DAYS and WEBHOOK describe, or revoke the one that REVOKE names; what to tell.

    Raises:
        Trouble: a variable is missing or wrong.
        StepFailed: the warehouse cannot be reached.
    """
    try:
        with connected(dsn) as connection:
            if prefix := environment.get("REVOKE"):
                prefix = prefix.removeprefix("gauss_")[: keys.PREFIX_LENGTH]
                keys.revoke(connection, prefix)
                return [f"gauss_{prefix}_… is revoked from now on."]
            days = environment.get("DAYS") or "365"
            key = keys.issue(
                connection,
                name=environment.get("NAME", ""),
                scopes=environment.get("SCOPES", "").replace(",", " ").split(),
                days=int(days) if days.isdecimal() else 0,
                webhook_url=environment.get("WEBHOOK") or None,
            )
    except GaussError as error:
        raise Trouble(f"{error}.") from error
    told = ["The key, which is shown this once:", f"  {key.text}"]
    if key.webhook_secret:
        told += ["The secret that its webhooks are signed with, shown this once:", f"  {key.webhook_secret}"]
    return [*told, f"To make it useless: make api-key REVOKE={key.prefix}"]


def main() -> int:
    """Do what the environment says; answers the exit code."""
    machine = Machine.here().once_started()
    for line in manage(machine.database_dsn("svc_admin"), os.environ):
        say(line)
    return 0


if __name__ == "__main__":
    run_command(main)

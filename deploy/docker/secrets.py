"""`make secrets`: random values for all that docker-compose.yaml asks for, in one file of mode 0600."""

from __future__ import annotations

import base64
import os
import secrets
from pathlib import Path

from deploy.local.machine import AIRFLOW_USERS, DATABASE_LOGINS, Machine
from deploy.local.screen import run_command, say


def values() -> dict[str, str]:
    """Fresh secrets by the name of their variable; passwords need no quoting, in a file or in a URL."""
    keys = ("POSTGRES_PASSWORD", "AIRFLOW_API_SECRET", "AIRFLOW_JWT_SECRET", "API_EMBED_KEY")
    passwords = [f"PASSWORD_OF_{name.upper()}" for name in (*DATABASE_LOGINS, *AIRFLOW_USERS)]
    fresh = {name: secrets.token_urlsafe(24) for name in (*keys, *passwords)}
    return fresh | {"AIRFLOW_FERNET_KEY": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()}


def write(target: Path) -> bool:
    """Write the file unless it is there; answers whether it was written."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "w") as file:
        file.writelines(f"{name}={value}\n" for name, value in values().items())
    return True


def main() -> int:
    """Write the file and say how to go on."""
    target = Machine.here().state / "compose.env"
    say(f"{'Written' if write(target) else 'Kept as it is'}: {target}")
    say(f"Go on with: docker compose --env-file {target} up --build --wait")
    return 0


if __name__ == "__main__":
    run_command(main)

"""`docker compose run --rm -e NAME=… -e SCOPES=… init deploy.docker.api_key`: make api-key, in containers."""

from __future__ import annotations

import os

from psycopg.conninfo import make_conninfo

from deploy import warehouse
from deploy.local.api_keys import manage
from deploy.local.screen import run_command, say
from deploy.local.trouble import MissingPiece


def main() -> int:
    """Do what the environment says; answers the exit code."""
    if not (admin := os.environ.get("GAUSS_DSN")):
        raise MissingPiece("GAUSS_DSN is not set: run it as the service init.")
    for line in manage(make_conninfo(admin, dbname=warehouse.WAREHOUSE), os.environ):
        say(line)
    return 0


if __name__ == "__main__":
    run_command(main)

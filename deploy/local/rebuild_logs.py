"""`make rebuild-logs`: write the CSV logs anew from the database, which is the truth that they are drawn from."""

from __future__ import annotations

import psycopg

from deploy.local.machine import Machine
from deploy.local.screen import run_command, say
from deploy.local.trouble import StepFailed
from include.errors import GaussError
from include.reporting.logs import LOGS, rebuild


def main() -> int:
    """Rebuild every log that has lines or a file; answers the exit code."""
    machine = Machine.here().once_started()
    has_runs = (machine.root / "include/sql/status/has_runs.sql").read_bytes()
    try:
        with psycopg.connect(machine.database_dsn("svc_pipeline"), connect_timeout=10) as connection:
            for name, log in LOGS.items():
                ran = connection.execute(has_runs, {"dag_id": log.dag_id}).fetchone()
                if ran == (True,) or (machine.output / name).exists():
                    lines = rebuild(connection, machine.output, name)
                    say(f"  {machine.output / name}: {lines:,} lines")
    except (psycopg.Error, GaussError) as error:
        reason = error.sqlstate if isinstance(error, psycopg.Error) else str(error)
        raise StepFailed(f"The logs were not rebuilt ({reason}): see make status.") from error
    return 0


if __name__ == "__main__":
    run_command(main)

"""`make rejects SOURCE=…`: a source's rejected rows as CSV files that a person can mend and drop into the inbox."""

from __future__ import annotations

import getpass
import os

import psycopg

from deploy.local.machine import Machine
from deploy.local.screen import run_command, say
from deploy.local.trouble import StepFailed
from include.errors import GaussError
from include.ingest.replay import export_rejects
from include.sources import source_names


def main() -> int:
    """Export the source's open rejects; answers the exit code."""
    machine = Machine.here()
    source = os.environ.get("SOURCE", "").strip()
    if source not in source_names():
        raise StepFailed(f"Say whose rejects: make rejects SOURCE=…, one of {', '.join(source_names())}.")
    folder = machine.state / "rejects" / source
    try:
        with psycopg.connect(machine.database_dsn("svc_pipeline"), connect_timeout=10) as connection:
            exports = export_rejects(connection, source, folder, exported_by=getpass.getuser())
    except (psycopg.Error, GaussError, OSError) as error:
        reason = error.sqlstate if isinstance(error, psycopg.Error) else str(error)
        raise StepFailed(f"The rejects were not exported ({reason}): see make status.") from error
    if not exports:
        say(f"  {source} has no rejects that wait to be mended.")
        return 0
    for export in exports:
        say(f"  {export.path}: {export.rows:,} rows of {export.dataset}")
    say(f"Mend the cells, leave the first columns and the name, and drop the files into {machine.inbox / source}.")
    say("They hold personal values: delete them when they are home.")
    return 0


if __name__ == "__main__":
    run_command(main)

"""`make rejects SOURCE=…`: a source's rejected rows as CSV files that a person can mend and drop into the inbox."""

import getpass
import os
import sys
from pathlib import Path

from deploy.local.environment import enter
from deploy.local.machine import Machine
from deploy.local.screen import run_command, say
from deploy.local.trouble import StepFailed, Trouble


def main() -> int:
    """Export the source's open rejects; answers the exit code."""
    machine = Machine.here()
    if Path(sys.prefix).resolve() != machine.venv.resolve():
        enter("scripts.export_rejects", sys.argv[1:])
    import psycopg

    from include.errors import GaussError
    from include.ingest.profile import load_profile
    from include.ingest.replay import export_rejects, find_refused

    source = os.environ.get("SOURCE", "").strip()
    if not source:
        raise Trouble("Say whose rejects, as in make rejects SOURCE=phoenix.")
    try:
        load_profile(source)
        with psycopg.connect(machine.database_dsn("svc_pipeline"), connect_timeout=10) as connection:
            exports = export_rejects(
                connection, source, machine.state / "rejects" / source, exported_by=getpass.getuser()
            )
            refused = find_refused(connection, source)
    except (psycopg.Error, GaussError, OSError) as error:
        reason = (error.sqlstate or "no answer") if isinstance(error, psycopg.Error) else str(error)
        raise StepFailed(f"The rejects were not exported ({reason}): see make status.") from error
    for export in exports:
        say(f"  {export.path}: {export.rows:,} rows of {export.dataset}")
    if exports:
        say(f"Mend the cells, leave reject_id and the file's name, and drop the files into {machine.inbox / source}.")
        say("They hold personal values: delete them when they are home.")
    if refused:
        say("Refused as a whole, so that their good rows are not home either:")
        for file in refused:
            say(f"  {file.name}: {file.rows:,} rejected rows of {file.dataset} ({file.error_code})")
        say("Mend the whole file, or the profile, and deliver it again under its own name.")
    if not exports and not refused:
        say(f"No row of {source} waits to be mended.")
    return 0


if __name__ == "__main__":
    run_command(main)

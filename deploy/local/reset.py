"""`make reset`: stop everything and delete all state but the Python environment, after a question."""

from __future__ import annotations

import os
import shutil
import sys

from deploy.local import services
from deploy.local.machine import Machine
from deploy.local.screen import run_command, say, step
from deploy.local.stop import stop
from deploy.local.trouble import Trouble


def main() -> int:
    """Reset; answers the exit code.

    Raises:
        Trouble: nobody said yes.
    """
    machine = Machine.here()
    if os.environ.get("YES") != "1":
        if not sys.stdin.isatty():
            raise Trouble("This deletes databases, files, logs and passwords: run make reset YES=1.")
        say(f"This deletes databases, inbox, archive, logs and passwords in {machine.state}.")
        if input("Type yes to go on: ").strip().lower() != "yes":
            raise Trouble("Nothing was deleted.")
    if machine.run.is_dir():
        stop(machine)
    with step("Deleting the state"):
        services.postgres(machine).remove()
        for entry in machine.state.iterdir() if machine.state.is_dir() else ():
            if entry != machine.venv:
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        shutil.rmtree(machine.output, ignore_errors=True)
    if machine.environment.get("GAUSS_DSN"):
        say("  The databases on the server of GAUSS_DSN are left as they are.")
    return 0


if __name__ == "__main__":
    run_command(main)

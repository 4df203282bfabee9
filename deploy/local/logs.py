"""`make logs`: the last lines of every service, then what they say from now on."""

from __future__ import annotations

import os

from deploy.local import services
from deploy.local.machine import Machine
from deploy.local.screen import run_command
from deploy.local.trouble import Trouble


def main() -> int:
    """Follow the logs until interrupted; FOLLOW=0 shows the last lines and returns.

    Raises:
        Trouble: there is no log yet.
    """
    machine = Machine.here()
    files = [*sorted(machine.logs.glob("*.log")), services.postgres(machine).log]
    present = [str(file) for file in files if file.is_file() and file.stat().st_size]
    if not present:
        raise Trouble(f"There is no log in {machine.logs} yet: run make start.")
    following = ["-F"] if os.environ.get("FOLLOW", "1") != "0" else []
    os.execvp("tail", ["tail", "-n", os.environ.get("LINES", "20"), *following, *present])


if __name__ == "__main__":
    run_command(main)

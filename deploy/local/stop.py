"""`make stop`: end what make start started, and nothing else."""

from __future__ import annotations

from deploy.local import services
from deploy.local.environment import locked
from deploy.local.machine import Machine
from deploy.local.screen import run_command, say, step


def stop(machine: Machine) -> None:
    """Stop Airflow's services and the API, then our own PostgreSQL."""
    with locked(machine.run / "start.lock"):
        with step("Airflow's services and the API") as progress:
            stopped = services.stop(machine)
            progress.result = ", ".join(stopped) + " stopped" if stopped else "none was running"
        server = services.postgres(machine)
        if server.is_running():
            with step("PostgreSQL"):
                server.stop()


def main() -> int:
    """Stop; answers the exit code."""
    machine = Machine.here()
    if not machine.run.is_dir():
        say("Nothing has been started here.")
        return 0
    stop(machine)
    return 0


if __name__ == "__main__":
    run_command(main)

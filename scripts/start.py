"""`make start`: make the environment, then go on in it with deploy/local/start.py."""

from deploy.local.environment import enter, prepare_for_running
from deploy.local.machine import Machine
from deploy.local.screen import run_command


def main() -> int:
    """Prepare and enter the environment."""
    prepare_for_running(Machine.here())
    enter("deploy.local.start", [])


if __name__ == "__main__":
    run_command(main)

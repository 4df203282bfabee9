"""`make screenshots`: the pictures of the README, taken from the deployment that make start made."""

from deploy.local.environment import REQUIREMENTS, enter, prepare
from deploy.local.machine import Machine
from deploy.local.screen import run_command


def main() -> int:
    """Set up the browser's driver, then become the photographer."""
    prepare(Machine.here(), [REQUIREMENTS, "requirements-dev.txt"])
    enter("scripts.screenshots", [])


if __name__ == "__main__":
    run_command(main)

"""`make test` and `make test-long`: set up what is missing, then become pytest."""

import os
import shlex
import sys

from deploy.local.environment import enter
from deploy.local.machine import Machine
from deploy.local.screen import run_command
from deploy.local.test_setup import set_up


def main() -> int:
    """Set up and run; ARGS in the environment are handed to pytest."""
    set_up(Machine.here())
    chosen = "long" if sys.argv[1:] == ["long"] else "not long"
    # loadgroup keeps tests that share one running system in one process.
    enter("pytest", ["-m", chosen, "-n", "2", "--dist=loadgroup", *shlex.split(os.environ.get("ARGS", ""))])


if __name__ == "__main__":
    run_command(main)

"""`make bench`, `bench-metrics`, `bench-pages`: set up what is measured beside us, then become the benchmark."""

import sys

from deploy.local.environment import REQUIREMENTS, enter, prepare
from deploy.local.machine import Machine
from deploy.local.screen import run_command

BENCH = "requirements-bench.txt"


def main() -> int:
    """Set up and run; ROUNDS, SMALL, LARGE and HUGE, or ROWS, in the environment say how much."""
    if sys.argv[1:] in (["metrics"], ["pages"]):
        prepare(Machine.here(), [REQUIREMENTS])
        enter(f"scripts.bench.{sys.argv[1]}", [])
    prepare(Machine.here(), [REQUIREMENTS, BENCH])
    enter("scripts.bench.ingest", [])


if __name__ == "__main__":
    run_command(main)

"""`make bench`: set up the peers that are measured beside us, then become the benchmark."""

from deploy.local.environment import REQUIREMENTS, enter, prepare
from deploy.local.machine import Machine
from deploy.local.screen import run_command

BENCH = "requirements-bench.txt"


def main() -> int:
    """Set up and run; ROUNDS, SMALL, LARGE and HUGE in the environment say how much."""
    prepare(Machine.here(), [REQUIREMENTS, BENCH])
    enter("scripts.bench.ingest", [])


if __name__ == "__main__":
    run_command(main)

"""`make bench-api`: become the benchmark of the API, in the environment."""

from deploy.local.environment import REQUIREMENTS, enter, prepare
from deploy.local.machine import Machine
from deploy.local.screen import run_command


def main() -> int:
    """Set up and run; SECONDS, ROWS, ROUNDS and MB in the environment say how much."""
    prepare(Machine.here(), [REQUIREMENTS])
    enter("scripts.bench.door", [])


if __name__ == "__main__":
    run_command(main)

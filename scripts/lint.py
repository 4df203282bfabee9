"""`make lint`: every checker over the tree; all of them run, and one that is red makes the whole red."""

import subprocess
import sys

from deploy.local.environment import DEVELOPMENT, REQUIREMENTS, prepare, variables
from deploy.local.machine import Machine
from deploy.local.screen import run_command, say

CHECKS = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("mypy", "include", "plugins", "deploy", "scripts"),
    ("lint-imports",),
    ("sqlfluff", "lint", "include/sql"),
    ("sqlfluff", "lint", "dbt", "--ignore-local-config", "--config", "dbt/.sqlfluff"),
)


def main() -> int:
    """Run the checks; answers 1 when one of them failed."""
    machine = Machine.here()
    prepare(machine, [REQUIREMENTS, DEVELOPMENT])
    failed = []
    for program, *arguments in CHECKS:
        say(f"── {program} {' '.join(arguments)}")
        command = [str(machine.venv / "bin" / program), *arguments]
        if subprocess.run(command, cwd=machine.root, env=variables(machine), check=False).returncode:
            failed.append(program)
    say(f"Red: {', '.join(failed)}." if failed else "All green.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    run_command(main)

"""`make contracts SCHEMA=… OUT=…` and `make contract-diff REV=…`: what the generator needs, then the generator."""

import os
import sys

from deploy.local.environment import REQUIREMENTS, enter, prepare
from deploy.local.machine import Machine
from deploy.local.screen import run_command
from deploy.local.test_setup import fetch_node_packages
from deploy.local.trouble import MissingPiece, Trouble


def main() -> int:
    """Become the generator; without SCHEMA and OUT, on the project's own schema."""
    machine = Machine.here()
    prepare(machine, [REQUIREMENTS])
    if not fetch_node_packages(machine):
        raise MissingPiece("The generator reads the schema with Prisma's own parser: install Node 20 or later.")
    if sys.argv[1:] == ["diff"]:
        if not (revision := os.environ.get("REV")):
            raise Trouble("Say what to compare with, as in make contract-diff REV=HEAD~1.")
        enter("prisma.generator.diff", [revision])
    schema = os.environ.get("SCHEMA") or "prisma/schema.prisma"
    enter("prisma.generator", [schema, os.environ.get("OUT") or "include/schemas/generated"])


if __name__ == "__main__":
    run_command(main)

"""`python -m prisma.generator SCHEMA OUT` writes the contracts of a schema into a folder."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from prisma.generator.contracts import write_contracts
from prisma.generator.model import SchemaError
from prisma.generator.read import read_schema


def main(arguments: list[str]) -> int:
    """Write the Pydantic contracts of a Prisma schema; exit code 1 and a sentence where that cannot be."""
    parser = argparse.ArgumentParser(prog="prisma.generator", description=main.__doc__)
    parser.add_argument("schema", type=Path, help="a .prisma file, or a folder of them")
    parser.add_argument("out", type=Path, help="the folder (a Python package) to write")
    given = parser.parse_args(arguments)
    try:
        schema = read_schema(given.schema)
        files = write_contracts(schema, given.out)
    except (SchemaError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    count = len(list(schema.active))
    sys.stdout.write(f"{given.out}: {count} contracts and {len(schema.enums)} enums in {len(files)} files.\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

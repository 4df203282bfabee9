"""`python -m prisma.generator.diff REV [SCHEMA]` says what the schema of the working tree breaks, since REV."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from prisma.generator.changes import Change, compare
from prisma.generator.mentions import Files
from prisma.generator.model import Schema, SchemaError
from prisma.generator.read import read_schema


def read_revision(root: Path, revision: str, schema: PurePosixPath) -> Schema:
    """The schema as it stood at a revision of git; SchemaError when it was not there."""
    listed = _git(root, "ls-tree", "-r", "--name-only", "-z", revision, "--", str(schema))
    files = [PurePosixPath(name) for name in listed.decode().split("\0") if name.endswith(".prisma")]
    if not files:
        raise SchemaError(f"{schema} is not in {revision}.")
    with tempfile.TemporaryDirectory() as folder:
        for file in files:
            copy = Path(folder) / file
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(_git(root, "show", f"{revision}:{file}"))
        return read_schema(Path(folder) / schema)


def _git(root: Path, *arguments: str) -> bytes:
    done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, check=False)
    if done.returncode:
        raise SchemaError(done.stderr.decode(errors="replace").strip())
    return done.stdout


def report(changes: Iterable[Change], files: Files, title: str) -> str:
    """The report for people: each change with its verdict, reason and mentions; then the draft migration."""
    changes = list(changes)
    if not changes:
        return f"{title}: no change of contract or table.\n"
    breaking = [change for change in changes if change.is_breaking]
    noun = "change" if len(changes) == 1 else "changes"
    paragraphs = [f"{title}: {len(changes)} {noun}, {len(breaking)} breaking."]
    for change in [*breaking, *(change for change in changes if not change.is_breaking)]:
        verdict = "BREAKING  " if change.is_breaking else "compatible"
        lines = [f"{verdict}  {change.subject} {change.what}", f"            {change.reason}"]
        for name, places in files.mentions(change).items():
            lines.append(f"            {name}: {', '.join(places)}")
        paragraphs.append("\n".join(lines))
    # Two changes of a column may ask for the same; once is enough.
    statements = list(dict.fromkeys(statement for change in changes for statement in change.statements))
    if statements:
        paragraphs.append("Draft migration, to be read, completed and numbered into include/sql/ddl:")
        paragraphs.append("\n".join(statements))
    return "\n\n".join(paragraphs) + "\n"


def main(arguments: list[str]) -> int:
    """Say what a changed schema breaks; exit code 0 when nothing, 1 when something, 2 when it cannot be told."""
    parser = argparse.ArgumentParser(prog="prisma.generator.diff", description=main.__doc__)
    parser.add_argument("revision", help="what to compare with, as git names it")
    parser.add_argument("schema", nargs="?", default="prisma/schema.prisma", type=PurePosixPath)
    given = parser.parse_args(arguments)
    root = Path.cwd()
    try:
        old = read_revision(root, given.revision, given.schema)
        changes = compare(old, read_schema(root / given.schema))
    except SchemaError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(report(changes, Files(root), f"{given.schema} since {given.revision}"))
    return 1 if any(change.is_breaking for change in changes) else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

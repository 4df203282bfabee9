"""SQL lives in .sql files: Python only names it, and sets identifiers in through the driver's quoting."""

import ast
import re
from pathlib import Path

import pytest

from tests.house.tree import docstrings, files, parsed, python_files

STATEMENT = re.compile(
    r"""^\s*(
        select\s.+\sfrom\s | select\s+\w+(\.\w+)?\( | insert\s+into\s | update\s+\S+\s+set\s | delete\s+from\s
        | merge\s+into\s | with\s+\w+\s+as\s | copy\s+\S+\s.*\b(from|to)\s
        | (create|alter|drop)\s+(or\s+replace\s+)?(temp(orary)?\s+)?(table|view|index|schema|role|function|trigger|database)\s
        | (grant|revoke)\s.+\s(to|from)\s | truncate\s | (analyze|vacuum)\s+\S+$ | set\s+(local\s+)?role\b
    )""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)


def statements(tree: ast.Module) -> list[int]:
    """Lines of the string literals that are SQL statements."""
    texts = docstrings(tree)
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node not in texts
        and STATEMENT.match(node.value)
    ]


@pytest.mark.parametrize("path", python_files("include", "plugins", "dags", "api"), ids=str)
def test_no_python_file_holds_sql(path: Path) -> None:
    assert [f"{path}:{line}" for line in statements(parsed(path))] == []


@pytest.mark.parametrize(
    "text", ["select a from b", "INSERT INTO a VALUES (1)", "with a as (select 1)", "drop table x "]
)
def test_the_law_knows_a_statement(text: str) -> None:
    assert statements(ast.parse(f"run({text!r})"))


@pytest.mark.parametrize("text", ["select a file", "Update the profile", "created", "drop it into the inbox"])
def test_the_law_knows_prose(text: str) -> None:
    assert statements(ast.parse(f"say({text!r})")) == []


def test_a_migration_is_numbered_verb_and_object() -> None:
    names = [path.stem for path in files() if path.match("include/sql/ddl/*.sql")]
    assert names
    assert [name for name in names if not re.fullmatch(r"\d{4}_[a-z]+(_[a-z]+)+", name)] == []
    numbers = [int(name[:4]) for name in names]
    assert numbers == list(range(1, len(numbers) + 1)), "one number for each migration, none left out"

"""Every code that a run can end with, or a row can be refused with, is explained in the runbook."""

import ast
import re
from pathlib import Path

from include.errors import GaussError
from include.ingest import validation
from tests.house.tree import files, parsed, python_files, text

RUNBOOK = Path("docs/runbooks/red-dag.md")


def codes_of_errors() -> set[str]:
    """Codes of the error tree, and those that are given where an error is raised or a run's code is told."""
    found = {kind.code for kind in _descendants(GaussError)}
    for path in python_files("include", "plugins"):
        tree = parsed(path)
        constants = {
            ast.unparse(node.targets[0]): node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        }
        for node in ast.walk(tree):
            # As in: batch["error_code"] or "not_validated".
            if isinstance(node, ast.BoolOp) and "error_code" in ast.unparse(node.values[0]):
                found |= _texts(node.values[-1], constants)
            # As in: a function _error_code that returns "task_failed".
            if isinstance(node, ast.FunctionDef) and node.name.endswith("error_code"):
                for answer in ast.walk(node):
                    if isinstance(answer, ast.Return) and isinstance(answer.value, ast.Constant | ast.IfExp):
                        found |= _texts(answer.value, constants)
            # As in: reason if reason in ("timed_out", …), Airflow's own words.
            if isinstance(node, ast.Compare) and ast.unparse(node.left) == "reason":
                found |= set(ast.literal_eval(node.comparators[0]))
            # As in: code = "disk_full" if … else "file_unavailable".
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "code":
                found |= _texts(node.value, constants)
            if isinstance(node, ast.Call):
                for keyword in node.keywords:
                    if keyword.arg in ("code", "error_code") and not isinstance(keyword.value, ast.Call):
                        found |= _texts(keyword.value, constants)
    return found


def _texts(node: ast.expr, constants: dict[str, object]) -> set[str]:
    """Texts that an expression may answer, written out or named by a constant of the module."""
    values = [child.value for child in ast.walk(node) if isinstance(child, ast.Constant)]
    values += [constants.get(child.id) for child in ast.walk(node) if isinstance(child, ast.Name)]
    return {value for value in values if isinstance(value, str)}


def _descendants(kind: type[GaussError]) -> set[type[GaussError]]:
    return {kind}.union(*(_descendants(child) for child in kind.__subclasses__()))


def codes_of_rejects() -> set[str]:
    """Codes of rows that did not pass: of the contracts, of cells that cannot be read, of rules, of the load's SQL."""
    # The generated contracts name Pydantic's own kinds of mistakes, which validation turns into ours, but for this one.
    found = {*validation.CODES.values(), *validation._CODE_BY_PREFIX.values(), "nul_character"}
    for path in python_files("include"):
        if "generated" in path.parts:
            continue
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
                if name in ("PydanticCustomError", "Unreadable"):
                    found.add(node.args[0].value)
    for path in files():
        if path.suffix == ".sql" and path.parts[:3] == ("include", "sql", "ingest"):
            found |= set(re.findall(r"'rejected', \S+, '(\w+)'", text(path)))
    return found


def explained() -> set[str]:
    """Codes that have a row of their own in one of the runbook's tables."""
    return {
        code
        for cell in re.findall(r"^\| (`.+?`) \|", text(RUNBOOK), re.MULTILINE)
        for code in re.findall(r"`(\w+)`", cell)
    }


def test_every_code_is_explained() -> None:
    assert sorted((codes_of_errors() | codes_of_rejects()) - explained()) == []


def test_nothing_is_explained_that_cannot_happen() -> None:
    assert sorted(explained() - codes_of_errors() - codes_of_rejects()) == []

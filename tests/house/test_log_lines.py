"""Logs carry counts, ids, names of datasets and codes: never a row, a path, a secret or a traceback that quotes one."""

import ast
from pathlib import Path

import pytest

from tests.house.tree import parsed, python_files

LEVELS = {"debug", "info", "warning", "error", "exception", "critical", "log"}
LOGGERS = {"log", "logger", "logging", "_log", "_logger", "LOG", "LOGGER"}
# What a variable, attribute or key of this name holds must not be written down.
UNSPEAKABLE = {
    *("row", "rows", "record", "records", "cell", "cells", "value", "values", "sample", "payload", "body", "line"),
    *("message", "parameters", "item", "items", "input"),
    *("path", "uri", "folder", "inbox", "archive", "spool", "archive_uri", "spool_uri", "address"),
    *("password", "secret", "token", "dsn", "conninfo", "login", "connection", "key", "environ", "extra"),
    *("email", "phone", "iban", "employee", "vendor", "payee", "full_name", "employee_no", "tax_id"),
}
SHOWING = {"dict", "format", "join", "list", "repr", "set", "sorted", "str", "tuple", "vars"}
FILES = python_files("include", "plugins", "dags", "api")


def log_calls(tree: ast.Module) -> list[ast.Call]:
    """Calls of a logger's methods."""
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in LEVELS
        and _last_name(node.func.value) in LOGGERS
    ]


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def faults(call: ast.Call) -> list[str]:
    """What is wrong with a log call."""
    assert isinstance(call.func, ast.Attribute)
    if call.func.attr == "exception" or any(keyword.arg in ("exc_info", "stack_info") for keyword in call.keywords):
        return ["a traceback quotes rows: log the error's own sentence and its code"]
    if not call.args:
        return ["there is no message"]
    text, *values = call.args
    if not (isinstance(text, ast.Constant) and isinstance(text.value, str)):
        return ["the message is put together: write a constant with %s and give the values behind it"]
    found = []
    if any(mark in text.value for mark in ("%r", "%a")):
        found.append("%r shows an object from inside")
    for value in values:
        found += [f"{word!r} must not be written down" for word in _words(value) & UNSPEAKABLE]
    return found


def _words(node: ast.expr) -> set[str]:
    """The names that an expression takes its value from."""
    if isinstance(node, ast.Call):
        # What these are given, they show; a method shows what it belongs to; of any other function its name tells.
        name = _last_name(node.func)
        owner = _words(node.func.value) if isinstance(node.func, ast.Attribute) else set()
        return {name}.union(owner, *(_words(argument) for argument in node.args if name in SHOWING))
    if isinstance(node, ast.Attribute):
        return {node.attr}
    if isinstance(node, ast.Subscript):
        key = node.slice
        named = {key.value} if isinstance(key, ast.Constant) and isinstance(key.value, str) else set()
        return named | _words(node.value)
    if isinstance(node, ast.Name):
        return {node.id}
    return set().union(*(_words(child) for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)))


@pytest.mark.parametrize("path", FILES, ids=str)
def test_no_log_line_carries_more_than_counts_ids_and_codes(path: Path) -> None:
    wrong = {f"{path}:{call.lineno}": said for call in log_calls(parsed(path)) if (said := faults(call))}
    assert wrong == {}


@pytest.mark.parametrize(
    "line",
    [
        'self.log.info(f"{row}")',
        'self.log.info("Took in " + name)',
        'log.warning("bad %r", name)',
        'logger.info("%s", row["amount"])',
        'logger.info("%s", row)',
        'self.log.info("%s", batch["archive_uri"])',
        'self.log.info("%s", str(delivery.path))',
        'self.log.info("%s", settings.password)',
        'self.log.info("%s", ", ".join(rows))',
        'self.log.info("%s", row.get("amount"))',
        'self.log.exception("it failed")',
        'self.log.error("it failed", exc_info=True)',
    ],
)
def test_the_law_finds_what_it_forbids(line: str) -> None:
    (call,) = log_calls(ast.parse(line))
    assert faults(call)


@pytest.mark.parametrize(
    "line",
    [
        'self.log.info("%d rows of %s", tally.rows_read, batch["dataset"])',
        'self.log.info("%d rows", len(rows))',
        'self.log.error("%s (%s)", error, error.code)',
        'self.log.info("Slack: %s", outbox.dispatch(connection, transport))',
    ],
)
def test_the_law_lets_counts_names_and_codes_pass(line: str) -> None:
    (call,) = log_calls(ast.parse(line))
    assert faults(call) == []

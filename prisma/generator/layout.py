"""Lays Python code out the way `ruff format` leaves alone: on one line if it fits, else one item a line."""

from __future__ import annotations

import json
import textwrap
from dataclasses import dataclass

WIDTH = 120


@dataclass(frozen=True)
class Group:
    """Something in brackets: a call, a tuple, a subscript. Each item is a prefix (`key=`) and a value."""

    opening: str
    items: tuple[tuple[str, Node], ...]
    closing: str

    def flat(self) -> str:
        """The code on one line."""
        inside = ", ".join(prefix + flat(value) for prefix, value in self.items)
        # A tuple of one is told from brackets by its comma.
        comma = "," if self.opening == "(" and len(self.items) == 1 else ""
        return f"{self.opening}{inside}{comma}{self.closing}"


Node = str | Group


def flat(node: Node) -> str:
    """The code of a node on one line."""
    return node if isinstance(node, str) else node.flat()


def render(node: Node, indent: int = 0, used: int = 0, after: int = 0) -> str:
    """The code of a node that starts in column `used`, inside a block indented by `indent`."""
    line = flat(node)
    if used + len(line) + after <= WIDTH or isinstance(node, str) or not node.items:
        return line
    inner = " " * (indent + 4)
    lines = [
        f"{inner}{prefix}{render(value, indent + 4, indent + 4 + len(prefix), 1)}," for prefix, value in node.items
    ]
    return "\n".join([node.opening, *lines, " " * indent + node.closing])


def call(function: str, /, *items: Node, **named: Node) -> Group:
    """A call with positional and named arguments."""
    arguments = [("", item) for item in items] + [(f"{key}=", value) for key, value in named.items()]
    return Group(f"{function}(", tuple(arguments), ")")


def tuple_of(items: list[Node]) -> Group:
    """A tuple; of one item too."""
    return Group("(", tuple(("", item) for item in items), ")")


def string(value: str) -> str:
    """A string literal, in the quotes that need fewer escapes."""
    written = json.dumps(value, ensure_ascii=False)
    if value.count('"') > value.count("'"):
        inside = written[1:-1].replace(r"\"", '"').replace("'", r"\'")
        return f"'{inside}'"
    return written


def long_string(value: str, indent: int) -> Node:
    """A string literal, cut at blanks into several where one line cannot hold it."""
    width = WIDTH - indent - 8
    if len(string(value)) <= width:
        return string(value)
    parts = textwrap.wrap(value, width - 6, break_long_words=False, drop_whitespace=False)
    inner = " " * (indent + 4)
    return "(\n" + "".join(f"{inner}{string(part)}\n" for part in parts) + " " * indent + ")"


def docstring(text: str, indent: int = 0) -> str:
    """A docstring, wrapped; on one line where it fits."""
    margin = " " * indent
    text = text.replace("\\", "\\\\").replace('"""', r"\"\"\"").strip()
    if "\n" not in text and len(text) + indent + 6 <= WIDTH and not text.endswith('"'):
        return f'{margin}"""{text}"""'
    lines = [piece for line in text.split("\n") for piece in textwrap.wrap(line, WIDTH - indent - 3) or [""]]
    body = "\n".join(f"{margin}{line}".rstrip() for line in lines[1:])
    return f'{margin}"""{lines[0]}\n' + (f"{body}\n" if body else "") + f'{margin}"""'

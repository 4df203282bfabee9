"""Lays Python code out the way `ruff format` leaves alone: on one line if it fits, else one item a line."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
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


@dataclass(frozen=True)
class Prose:
    """A string that may be cut at blanks into several where one line cannot hold it."""

    value: str

    def flat(self) -> str:
        """The literal on one line."""
        return string(self.value)

    def cut(self, indent: int) -> str:
        """The literal in brackets, as several that Python joins."""
        inner = " " * (indent + 4)
        # What is left of a line holds the quotes and a few escapes.
        lines = [f"{inner}{string(part)}\n" for part in wrap(self.value, WIDTH - indent - 14)]
        return "(\n" + "".join(lines) + " " * indent + ")"


Node = str | Group | Prose


def width_of(text: str) -> int:
    """The columns that a text takes: two for a wide letter (漢), none for an accent that joins the letter before."""
    if text.isascii():
        return len(text)
    return sum(_columns(letter) for letter in text)


def _columns(letter: str) -> int:
    if unicodedata.category(letter) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in ("W", "F") else 1


def wrap(text: str, width: int) -> Iterator[str]:
    """Cuts a text at blanks into parts of at most so many columns; each part but the last ends with its blanks.

    A word that is too long by itself is cut, as are scripts that know no blanks.
    """
    part, used = "", 0
    for word in re.findall(r"\S+\s*|\s+", text):
        if part and used + width_of(word.rstrip()) > width:
            yield part
            part, used = "", 0
        for letter in word:
            if part and used + _columns(letter) > width and not letter.isspace():
                yield part
                part, used = "", 0
            part, used = part + letter, used + _columns(letter)
    if part:
        yield part


def flat(node: Node) -> str:
    """The code of a node on one line."""
    return node if isinstance(node, str) else node.flat()


def render(node: Node, indent: int = 0, used: int = 0, after: int = 0) -> str:
    """The code of a node that starts in column `used`, inside a block indented by `indent`."""
    line = flat(node)
    if used + width_of(line) + after <= WIDTH or isinstance(node, str):
        return line
    if isinstance(node, Prose):
        return node.cut(indent)
    if not node.items:
        return line
    inner = " " * (indent + 4)
    lines = [
        f"{inner}{prefix}{render(value, indent + 4, indent + 4 + width_of(prefix), 1)}," for prefix, value in node.items
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


def docstring(text: str, indent: int = 0) -> str:
    """A docstring, wrapped; on one line where it fits."""
    margin = " " * indent
    text = text.strip()
    # Raw where that spares escaping.
    is_raw = "\\" in text and '"""' not in text and text[-1] not in '"\\'
    escape = str if is_raw else _escaped
    # Quotes at either end stand off from the docstring's own.
    opening = margin + ('r"""' if is_raw else '"""') + (" " if text.startswith('"') else "")
    closing = ' """' if text.endswith('"') else '"""'
    if "\n" not in text and width_of(f"{opening}{escape(text)}{closing}") <= WIDTH:
        return f"{opening}{escape(text)}{closing}"
    lines = [piece for line in text.split("\n") for piece in list(wrap(line, WIDTH - len(opening))) or [""]]
    body = "\n".join(f"{margin}{escape(line)}".rstrip() for line in lines[1:])
    return f"{opening}{escape(lines[0]).rstrip()}\n" + (f"{body}\n" if body else "") + f'{margin}"""'


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"""', r"\"\"\"")


def class_line(name: str, base: str) -> str:
    """The line, or lines, that open a class."""
    line = f"class {name}({base}):"
    return line if width_of(line) <= WIDTH else f"class {name}(\n    {base}\n):"

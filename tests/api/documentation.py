"""The code blocks of docs/api.md, for the tests that run them."""

import re

from tests.conftest import ROOT

PAGE = ROOT / "docs" / "api.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(language: str) -> list[str]:
    """Every block of this language, in order."""
    return [text for kind, text in BLOCK.findall(PAGE.read_text(encoding="utf-8")) if kind == language]


def tour() -> list[tuple[str, str, str | None]]:
    """(language, code, expected output) of the blocks from the tour's beginning to its end."""
    text = PAGE.read_text(encoding="utf-8").split("## A tour")[1].split("## Keys")[0]
    steps: list[tuple[str, str, str | None]] = []
    for kind, code in BLOCK.findall(text):
        if kind in ("sh", "python"):
            steps.append((kind, code, None))
        elif kind == "text":
            language, before, _ = steps[-1]
            steps[-1] = (language, before, code)
    return steps

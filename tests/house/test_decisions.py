"""Every decision record has its parts, and a number of its own."""

import re
from pathlib import Path

import pytest

from tests.house.tree import files, text

RECORDS = [path for path in files() if path.match("docs/adr/*.md") and path.name != "README.md"]
PARTS = ["Context", "Decision", "Consequences", "A change violates this when"]


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
def test_a_record_says_context_decision_consequences_and_what_violates_it(path: Path) -> None:
    headings = re.findall(r"^## (.+?)\s*$", text(path), re.MULTILINE)
    assert [heading for heading in headings if heading in PARTS] == PARTS
    violations = text(path).split(f"## {PARTS[-1]}")[1]
    assert re.search(r"^- \S", violations, re.MULTILINE), "the last part lists what a reviewer can look for"


def test_records_are_numbered_without_gaps_and_titled_alike() -> None:
    numbers = []
    for path in RECORDS:
        named = re.fullmatch(r"(\d{4})-[a-z0-9]+(-[a-z0-9]+)*", path.stem)
        assert named, path
        numbers.append(int(named[1]))
        assert re.match(rf"# {numbers[-1]} · \S", text(path)), f"{path} opens with '# {numbers[-1]} · its title'"
    assert numbers == list(range(1, len(numbers) + 1))

"""What is committed is what the schema gives today, and every column is called as in the database."""

from __future__ import annotations

from pathlib import Path

from prisma.generator.contracts import generate
from prisma.generator.model import Schema
from prisma.generator.names import attribute_name

GENERATED = Path(__file__).resolve().parents[2] / "include" / "schemas" / "generated"


def test_the_committed_contracts_are_fresh(our_schema: Schema) -> None:
    texts = generate(our_schema)
    committed = {file.name: file.read_text(encoding="utf-8") for file in GENERATED.glob("*.py")}
    assert sorted(committed) == sorted(texts)
    stale = [name for name, text in texts.items() if committed[name] != text]
    assert stale == [], "run `make contracts`"


def test_generating_twice_gives_the_same(our_schema: Schema) -> None:
    assert generate(our_schema) == generate(our_schema)


def test_a_field_in_python_is_called_like_its_column(our_schema: Schema) -> None:
    named_otherwise = [
        f"{model.name}.{one.name}"
        for model in our_schema.models
        for one in model.columns
        if attribute_name(one.name) != one.column
    ]
    assert named_otherwise == []

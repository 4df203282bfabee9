"""What cannot be read or expressed ends with a sentence that names model, field and line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from prisma.generator.__main__ import main
from prisma.generator.model import SchemaError
from prisma.generator.read import build, read_schema
from prisma.generator.reconcile import reconcile
from tests.prisma.conftest import ROOT

REFUSED = {
    "two fields with one name in Python": (
        "model A {\n  id Int @id\n  userId Int\n  user_id Int\n}",
        (
            "schema.prisma:4: model A, field user_id: the name user_id is already that of field userId; "
            "rename one, keep its @map."
        ),
    ),
    "a model called like another's base": (
        "model UserBase {\n  id Int @id\n}\nmodel User {\n  id Int @id\n}",
        "schema.prisma:4: model User: the name UserBase is already that of model UserBase; rename one, keep its @map.",
    ),
    "two enum values with one name in Python": (
        "enum E {\n  mro\n  mro_\n}\nmodel A {\n  id Int @id\n  e E\n}",
        "schema.prisma:3: enum E, value mro_: the name mro_ is already that of value mro; rename one, keep its @map.",
    ),
    "a default that is no JSON": (
        'model A {\n  id Int @id\n  j Json @default("{")\n}',
        'schema.prisma:3: model A, field j: Error parsing attribute "@default"',
    ),
    "a composite type": (
        "type Address {\n  street String\n}\nmodel A {\n  id Int @id\n}",
        "schema.prisma:1: type Address: ",
    ),
    "an unknown attribute": (
        "model A {\n  id Int @id\n  name String @secret\n}",
        'schema.prisma:3: model A, field name: Attribute not known: "@secret".',
    ),
    "an unknown type": ("model A {\n  id Int @id\n  name Strin\n}", "schema.prisma:3: model A, field name: "),
    "a wrong native type": ("model A {\n  id Int @id @db.VarChar(3)\n}", "schema.prisma:2: model A, field id: "),
    "a relation without its other side": (
        "model A {\n  id Int @id\n  b B\n}\nmodel B {\n  id Int @id\n}",
        "schema.prisma:3: model A, field b: ",
    ),
    "another database": (
        'datasource db {\n  provider = "mysql"\n}\nmodel A {\n  id Int @id\n}',
        "schema.prisma:1: datasource db: the provider is mysql; contracts are made for PostgreSQL only.",
    ),
    "another database whose schema has faults of its own": (
        'model A {\n  id Int @id\n  b B @db.LongText\n}\ndatasource db {\n  provider = "mysql"\n}\n',
        "schema.prisma:5: datasource db: the provider is mysql; contracts are made for PostgreSQL only.",
    ),
    "another database whose schema one parser cannot read": (
        (
            'datasource db {\n  provider = "mongodb"\n}\ntype C {\n  d String\n}\n'
            'model A {\n  id String @id @map("_id")\n  c C[]\n  @@index([c.d])\n}\n'
        ),
        "schema.prisma:1: datasource db: the provider is mongodb; contracts are made for PostgreSQL only.",
    ),
    "a provider that is no name": (
        'datasource db {\n  provider = env("PROVIDER")\n}\nmodel A {\n  id Int @id\n}\n',
        "schema.prisma:1: datasource db: A datasource must not use the env() function in the provider argument.",
    ),
    "a model that begins with a letter beyond ASCII": (
        "model A {\n  id Int @id\n}\nmodel Órden {\n  id Int @id\n}",
        (
            "schema.prisma:4: model Órden: Prisma's parser breaks off at a name that begins with a letter beyond "
            "ASCII; rename it, keep its @@map."
        ),
    ),
    "a fault of a model with letters beyond ASCII": (
        "model Größe {\n  id Int @id\n  höhe Nichts\n}",
        "schema.prisma:3: model Größe, field höhe: ",
    ),
    "names that are one to Python": (
        "model A {\n  id Int @id\n  fin Int\n  ﬁn Int\n}",
        "schema.prisma:4: model A, field ﬁn: the name fin is already that of field fin; rename one, keep its @map.",
    ),
    "a complaint of several lines": (
        "model A {\n  b Int?\n  @@unique([b])\n}",
        'schema.prisma:1: model A: Error validating model "A": Each model must have at least one unique criteria ',
    ),
    "a default beyond the range of its column": (
        "model A {\n  id Int @id\n  n Int @default(40000) @db.SmallInt\n}",
        "schema.prisma:3: model A, field n: the default 40000 does not fit into smallint.",
    ),
    "a default longer than its column": (
        'model A {\n  id Int @id\n  s String[] @default(["ab", "abc"]) @db.VarChar(2)\n}',
        'schema.prisma:3: model A, field s: the default "abc" does not fit into varchar(2).',
    ),
    "a default with a NUL character": (
        'model A {\n  id Int @id\n  s String @default("a\\u0000b")\n}',
        'schema.prisma:3: model A, field s: the default "a\\u0000b" does not fit into text.',
    ),
    "a default that is the null of JSON": (
        'model A {\n  id Int @id\n  j Json[] @default(["{}", "null"])\n}',
        "schema.prisma:3: model A, field j: a contract cannot tell the null of JSON from a missing value.",
    ),
    "a view without its preview feature": (
        "view V {\n  id Int @unique\n}",
        "schema.prisma:1: view V: ",
    ),
    "a list of something optional": ("model A {\n  id Int @id\n  x Int[]?\n}", "schema.prisma:3: model A, field x: "),
}


@pytest.mark.parametrize("case", list(REFUSED))
def test_a_refusal_names_model_field_and_line(case: str, refusal: Callable[[str], str]) -> None:
    text, sentence = REFUSED[case]
    assert refusal(text).startswith(sentence)


def test_every_complaint_of_the_parser_is_told(refusal: Callable[[str], str]) -> None:
    sentences = refusal("model A {\n  id Int @id\n  a Foo\n}\n\nmodel B {\n  id Int @id\n  b Bar\n}").splitlines()
    assert [line.split(": ")[:2] for line in sentences] == [
        ["schema.prisma:3", "model A, field a"],
        ["schema.prisma:8", "model B, field b"],
    ]


def test_a_file_of_a_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "main.prisma").write_text('datasource db {\n  provider = "postgresql"\n}\n')
    (tmp_path / "models" / "a.prisma").write_text("model A {\n  id Int @id\n\n  x Nothing\n}\n")
    with pytest.raises(SchemaError, match=r"^models/a\.prisma:4: model A, field x: "):
        read_schema(tmp_path)


def test_a_file_without_a_datasource_is_named(tmp_path: Path) -> None:
    (tmp_path / "bare.prisma").write_text("")
    with pytest.raises(SchemaError, match=r"^bare\.prisma: a schema has one datasource; this one has none\.$"):
        read_schema(tmp_path / "bare.prisma")


def test_a_missing_schema_and_an_empty_folder_are_told(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match="there is no such file or folder"):
        read_schema(tmp_path / "nowhere.prisma")
    with pytest.raises(SchemaError, match=r"no \.prisma file here"):
        read_schema(tmp_path)


def test_a_folder_with_hand_written_python_is_not_touched(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    schema = tmp_path / "schema.prisma"
    schema.write_text('datasource db {\n  provider = "postgresql"\n}\nmodel A {\n  id Int @id\n}\n')
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine.py").write_text("KEPT = 1\n")
    assert main([str(schema), str(out)]) == 1
    assert "mine.py was not generated" in capsys.readouterr().err
    assert [file.name for file in out.iterdir()] == ["mine.py"]


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "taken").write_text("a file")
    assert main([str(ROOT / "prisma" / "schema.prisma"), str(tmp_path / "taken")]) == 1
    assert str(tmp_path / "taken") in capsys.readouterr().err


def test_a_second_run_removes_the_module_of_a_model_that_is_gone(tmp_path: Path) -> None:
    schema = tmp_path / "schema.prisma"
    head = 'datasource db {\n  provider = "postgresql"\n}\n'
    schema.write_text(f"{head}model A {{\n  id Int @id\n}}\nmodel B {{\n  id Int @id\n}}\n")
    assert main([str(schema), str(tmp_path / "out")]) == 0
    assert (tmp_path / "out" / "b.py").exists()
    schema.write_text(f"{head}model A {{\n  id Int @id\n}}\n")
    assert main([str(schema), str(tmp_path / "out")]) == 0
    assert not (tmp_path / "out" / "b.py").exists()


def parsed(change: Callable[[dict[str, object]], None]) -> tuple[list[dict[str, object]], dict[str, object]]:
    """Blocks of one model and Prisma's account of it, made to disagree."""
    field = {
        "name": "total",
        "kind": "scalar",
        "isList": False,
        "isRequired": True,
        "isUnique": False,
        "isId": False,
        "hasDefaultValue": False,
        "type": "Decimal",
        "nativeType": ["Decimal", ["14", "2"]],
        "isUpdatedAt": False,
    }
    change(field)
    native = {
        "type": "attribute",
        "name": "Decimal",
        "kind": "field",
        "group": "db",
        "args": [{"type": "attributeArgument", "value": digits} for digits in ("14", "2")],
    }
    member = {"type": "field", "name": "total", "line": 7, "fieldType": "Decimal", "attributes": [native]}
    provider = {"type": "assignment", "key": "provider", "value": '"postgresql"', "line": 2}
    place = {"file": "schema.prisma", "documentation": None}
    member["documentation"] = None
    blocks = [
        {"kind": "datasource", "name": "db", "line": 1, "members": [provider], **place},
        {"kind": "model", "name": "Bill", "line": 5, "members": [member], **place},
    ]
    model = {"name": "Bill", "fields": [field] if field else [], "primaryKey": None}
    return blocks, {"enums": [], "models": [model], "indexes": []}


@pytest.mark.parametrize(
    ("fact", "value", "sentence"),
    [
        ("type", "Float", "its type: prisma-ast says 'Decimal', Prisma says 'Float'."),
        ("isRequired", False, "whether it is required: prisma-ast says True, Prisma says False."),
        ("isList", True, "whether it is a list: prisma-ast says False, Prisma says True."),
        ("isUnique", True, "whether it is unique: prisma-ast says False, Prisma says True."),
        ("dbName", "sum", "its column: prisma-ast says 'total', Prisma says 'sum'."),
        (
            "nativeType",
            ["Decimal", ["14", "3"]],
            "its native type: prisma-ast says ['Decimal', ['14', '2']], Prisma says ['Decimal', ['14', '3']].",
        ),
    ],
)
def test_a_disagreement_of_the_parsers_names_the_fact(fact: str, value: object, sentence: str) -> None:
    blocks, dmmf = parsed(lambda field: field.update({fact: value}))
    with pytest.raises(SchemaError) as caught:
        reconcile(build(blocks, ["schema.prisma"]), dmmf)
    assert str(caught.value) == f"schema.prisma:7: model Bill, field total: the parsers disagree on {sentence}"


def test_parsers_that_agree_are_believed() -> None:
    blocks, dmmf = parsed(lambda _: None)
    assert reconcile(build(blocks, ["schema.prisma"]), dmmf).model("Bill").field("total").is_required


def test_a_field_that_one_parser_does_not_see_is_named() -> None:
    blocks, dmmf = parsed(lambda field: field.clear())
    with pytest.raises(SchemaError) as caught:
        reconcile(build(blocks, ["schema.prisma"]), dmmf)
    assert str(caught.value) == "schema.prisma:7: model Bill, field total: Prisma's parser leaves it out."

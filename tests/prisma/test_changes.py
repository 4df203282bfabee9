"""What a changed schema breaks, and the migration that is drafted for it."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest

from prisma.generator.changes import compare
from prisma.generator.ddl import create_everything
from prisma.generator.drift import CATALOGUE_SQL, KEYS_SQL, catalogue_side, differences, schema_side
from prisma.generator.model import Schema
from tests.conftest import Warehouse

BEFORE = """
enum Colour {
  red
  green @map("grün")
  blue
}

model Author {
  id      Int     @id @default(autoincrement())
  name    String  @db.VarChar(40)
  email   String? @unique
  /// @internal
  rank    Int     @default(1) @db.SmallInt
  colour  Colour  @default(red)
  colours Colour[]
  fee     Decimal @default(10) @db.Decimal(8, 2)
  books   Book[]

  @@index([name])
}

model Book {
  id       Int      @id
  title    String   @db.VarChar(100)
  printed  DateTime? @db.Date
  pages    Int?
  authorId Int      @map("author")
  author   Author   @relation(fields: [authorId], references: [id])
  shelfId  Int?

  @@map("books")
}

model Shelf {
  id Int @id
}
"""

EDITS = {
    "field added": ("  pages    Int?\n", "  pages    Int?\n  isbn     String?\n", "Book.isbn", "added", False),
    "list added": ("  pages    Int?\n", "  pages    Int?\n  tags     String[]\n", "Book.tags", "added", False),
    "defaulted field added": (
        "  pages    Int?\n",
        "  pages    Int?\n  copies   Int @default(1)\n",
        "Book.copies",
        "added",
        False,
    ),
    "required field added": (
        "  pages    Int?\n",
        "  pages    Int?\n  isbn     String\n",
        "Book.isbn",
        "required",
        True,
    ),
    "field removed": ("  pages    Int?\n", "", "Book.pages", "removed", True),
    "column renamed": ('@map("author")', '@map("author_id")', "Book.authorId", "was author", True),
    "field renamed": ("  pages    Int?", '  sheets   Int? @map("pages")', "Book.sheets", "was pages", True),
    "text longer": ("@db.VarChar(100)", "@db.VarChar(120)", "Book.title", "was varchar(100)", False),
    "text unlimited": ("@db.VarChar(100)", "@db.Text", "Book.title", "is text", False),
    "text shorter": ("@db.VarChar(100)", "@db.VarChar(99)", "Book.title", "is varchar(99)", True),
    "more digits": ("@db.Decimal(8, 2)", "@db.Decimal(9, 3)", "Author.fee", "is decimal(9,3)", False),
    "digits moved": ("@db.Decimal(8, 2)", "@db.Decimal(8, 3)", "Author.fee", "is decimal(8,3)", True),
    "number wider": ("@default(1) @db.SmallInt", "@default(1)", "Author.rank", "is integer", False),
    "number to text": ("  pages    Int?\n", "  pages    String?\n", "Book.pages", "is text", True),
    "date to moment": ("DateTime? @db.Date", "DateTime? @db.Timestamptz(6)", "Book.printed", "timestamptz(6)", True),
    "made optional": ("title    String ", "title    String? ", "Book.title", "may be null", False),
    "made required": ("printed  DateTime? ", "printed  DateTime ", "Book.printed", "must not be null", True),
    "default changed": ("@default(1)", "@default(2)", "Author.rank", "default 2, had 1", False),
    "default dropped": ("@default(10) ", "", "Author.fee", "had 10", True),
    "default added": ("pages    Int?", "pages    Int? @default(5)", "Book.pages", "had none", False),
    "value added": ("  blue\n", "  blue\n  black\n", "enum Colour, value black", "added", False),
    "value added in front": ("  red\n", "  pink\n  red\n", "enum Colour, value pink", "added", False),
    "value removed": ("  blue\n", "", "enum Colour", "without blue", True),
    "value relabelled": ('@map("grün")', '@map("green")', "enum Colour, value green", "was grün", True),
    "unique added": ("title    String ", "title    String @unique ", "public.books", "unique key (title) added", True),
    "unique removed": ("String? @unique", "String?", "public.Author", "unique key (email) removed", True),
    "index removed": ("  @@index([name])\n", "", "public.Author", "index (name) removed", False),
    "index renamed": ("@@index([name])", '@@index([name], map: "n")', "public.Author", "is called n", False),
    "key changed": (
        "  id       Int      @id\n",
        "  id       Int\n  @@id([id, authorId])\n",
        "public.books",
        "added",
        True,
    ),
    "reference added": (
        '  shelfId  Int?\n\n  @@map("books")\n}\n\nmodel Shelf {\n',
        (
            "  shelfId  Int?\n  shelf    Shelf? @relation(fields: [shelfId], references: [id])\n\n"
            '  @@map("books")\n}\n\nmodel Shelf {\n  books Book[]\n'
        ),
        "public.books",
        "refers to Shelf",
        True,
    ),
    "reference loosened": (
        "references: [id])",
        "references: [id], onDelete: Cascade)",
        "public.books",
        "on delete: Cascade",
        False,
    ),
    "table renamed": ('@@map("books")', '@@map("book")', "model Book", "was public.books", True),
    "model renamed": ("model Shelf {", 'model Rack {\n  @@map("Shelf")', "model Rack", "was called Shelf", True),
    "model removed": ("model Shelf {\n  id Int @id\n}\n", "", "model Shelf", "removed", True),
    "model added": ("model Shelf {", "model Room {\n  id Int @id\n}\nmodel Shelf {", "model Room", "added", False),
    "ignored": ("  pages    Int?", "  pages    Int? @ignore", "Book.pages", "@ignore", True),
    "model ignored": ("  id Int @id\n}", "  id Int @id\n  @@ignore\n}", "model Shelf", "@@ignore", True),
    "made internal": ("  pages    Int?", "  /// @internal\n  pages    Int?", "Book.pages", "filled in", True),
    "opened": ("  /// @internal\n", "", "Author.rank", "delivered by sources", False),
    "many to many added": (
        "model Shelf {\n  id Int @id\n",
        "model Shelf {\n  id Int @id\n  rooms Room[]\n}\nmodel Room {\n  id Int @id\n  shelves Shelf[]\n",
        "many-to-many Room and Shelf",
        "_RoomToShelf",
        False,
    ),
}


@pytest.fixture(scope="module")
def read() -> Callable[[str], Schema]:
    from pathlib import Path
    from tempfile import TemporaryDirectory

    from prisma.generator.read import read_schema
    from tests.prisma.conftest import DATASOURCE

    def read_text(text: str) -> Schema:
        with TemporaryDirectory() as folder:
            file = Path(folder) / "schema.prisma"
            file.write_text(text + DATASOURCE, encoding="utf-8")
            return read_schema(file)

    return read_text


def read_public(connection: psycopg.Connection[tuple[object, ...]]) -> list[object]:
    wanted = {"schemas": ["public"]}
    return [connection.execute(query, wanted).fetchall() for query in (CATALOGUE_SQL, KEYS_SQL)]


def test_each_change_is_judged_and_its_draft_leads_from_the_old_tables_to_the_new(
    read: Callable[[str], Schema], empty_database: Warehouse
) -> None:
    old = read(BEFORE)
    verdicts, drifts = {}, {}
    with psycopg.connect(empty_database.admin_dsn) as connection:
        for name, (before, after, subject, words, is_breaking) in EDITS.items():
            assert before in BEFORE, name
            new = read(BEFORE.replace(before, after, 1))
            changes = compare(old, new)
            verdicts[name] = [
                change.is_breaking
                for change in changes
                if subject in change.subject and words in change.what and change.is_breaking == is_breaking
            ]
            for statement in create_everything(old):
                connection.execute(statement)
            for statement in dict.fromkeys(one for change in changes for one in change.statements):
                connection.execute(statement)
            drifts[name] = differences(schema_side(new), catalogue_side(*read_public(connection)))
            connection.rollback()
    assert verdicts == {name: [edit[-1]] for name, edit in EDITS.items()}
    assert {name: drift for name, drift in drifts.items() if drift} == {}


def test_an_unchanged_schema_has_no_changes(read: Callable[[str], Schema]) -> None:
    assert compare(read(BEFORE), read(BEFORE.replace("  id Int @id\n}", "  id   Int  @id // the number\n}"))) == []


def test_a_reason_is_given_for_each_verdict(read: Callable[[str], Schema]) -> None:
    removed = compare(read(BEFORE), read(BEFORE.replace("  pages    Int?\n", "")))
    assert [(change.subject, change.what, change.reason, change.statements) for change in removed] == [
        (
            "public.books.pages (Book.pages)",
            "removed",
            "deliveries that carry it are rejected, and readers find no column",
            ("alter table public.books drop column pages;",),
        )
    ]

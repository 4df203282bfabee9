"""What the generated classes do: what they ask for, leave out, fill in and describe."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from include.schemas.generated import Expense, ExpenseBase
from prisma.generator.contracts import generate, write_contracts
from prisma.generator.read import read_schema

SCHEMAS = Path(__file__).with_name("schemas")
READER = {"cardNo": "R-1", "name": "Ada"}


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], ModuleType]]:
    """A function that makes and imports the contracts of one of the schemas beside this file, once."""
    home = tmp_path_factory.mktemp("generated")
    sys.path.insert(0, str(home))

    def load(name: str) -> ModuleType:
        package = f"made_of_{name.removesuffix('.prisma')}"
        if not (home / package).exists():
            write_contracts(read_schema(SCHEMAS / name), home / package)
        return importlib.import_module(package)

    yield load
    sys.path.remove(str(home))


@pytest.fixture(scope="module")
def library(generated: Callable[[str], ModuleType]) -> Any:
    return generated("library.prisma")


@pytest.fixture(scope="module")
def clinic(generated: Callable[[str], ModuleType]) -> Any:
    return generated("clinic")


@pytest.fixture(scope="module")
def awkward(generated: Callable[[str], ModuleType]) -> Any:
    return generated("awkward_names.prisma")


def complaints(contract: Any, values: dict[str, object]) -> set[tuple[object, str]]:
    with pytest.raises(ValidationError) as caught:
        contract.model_validate(values)
    return {(error["loc"][0], error["type"]) for error in caught.value.errors()}


def test_a_field_may_be_given_by_either_name(library: Any) -> None:
    by_prisma = library.ReaderBase(cardNo="R-1", name="Ada")
    by_python = library.ReaderBase(card_no="R-1", name="Ada")
    assert by_prisma == by_python
    assert by_prisma.model_dump(by_alias=True)["cardNo"] == by_python.model_dump()["card_no"] == "R-1"


def test_an_unknown_field_is_refused(library: Any) -> None:
    assert complaints(library.ReaderBase, READER | {"colour": "red"}) == {("colour", "extra_forbidden")}


def test_a_source_delivers_no_keys_and_nothing_that_is_filled_in(library: Any, clinic: Any) -> None:
    assert set(library.ReaderBase.model_fields) == {"card_no", "email", "name", "url"}
    assert set(library.CopyBase.model_fields) == {"number", "shelf"}
    assert set(library.LoanBase.model_fields) == {"kind", "kinds", "fee", "back_at"}
    assert "file_no" not in clinic.PatientBase.model_fields
    assert complaints(library.ReaderBase, READER | {"id": 1}) == {("id", "extra_forbidden")}


def test_a_whole_row_has_every_column_but_the_ignored(library: Any, clinic: Any) -> None:
    for contract in (*library.CONTRACTS, *clinic.CONTRACTS):
        visible = [column.attribute for column in contract.__table__.columns if not column.is_ignored]
        assert sorted(contract.model_fields) == sorted(visible)


def test_what_the_database_fills_in_may_be_absent_but_never_null(library: Any) -> None:
    reader = library.Reader.model_validate(READER)
    assert reader.id is None
    assert "id" not in reader.model_dump()
    assert "created_at" not in reader.model_dump_json()
    whole = READER | {"id": 7, "created_at": "2024-01-01T00:00:00", "updated_at": "2024-01-01T00:00:00"}
    assert library.Reader.model_validate(whole).model_dump()["id"] == 7
    assert complaints(library.Reader, READER | {"id": None}) == {("id", "int_type")}


def test_literal_defaults_are_filled_in(library: Any, clinic: Any) -> None:
    loan = library.LoanBase()
    assert loan.kind is library.Loan_Kind.IN_HOUSE
    assert loan.kinds == [library.Loan_Kind.LONG, library.Loan_Kind.OVERNIGHT]
    assert loan.fee == Decimal("0.50")
    assert library.ReaderBase.model_validate(READER).url == "https://example.org/?a=1&b=//c"
    visit = clinic.Visit(urgency="low", patientId=UUID(int=1))
    assert (visit.taken_on, visit.opens_at) == (date(2024, 2, 29), time(8, 30))
    assert visit.vitals == {"pulse": [60, 70.5], "name": 'it\'s "fine"'}


def test_a_default_belongs_to_one_row_alone(library: Any) -> None:
    first, second = (library.BookBase(isbn="1", title="x") for _ in range(2))
    first.keywords.append("changed")
    first.pages.append(1)
    assert (second.keywords, second.pages) == (["new", "unread"], [])


def test_a_list_without_a_value_is_empty(library: Any) -> None:
    assert library.Book(isbn="1", title="x", keywords=None).keywords == []
    assert complaints(library.Book, {"isbn": "1", "title": "x", "pages": [1, None]}) == {("pages", "int_type")}


def test_an_enum_is_known_by_label_and_by_name(library: Any, awkward: Any) -> None:
    for given in ("in house", "IN_HOUSE", library.Loan_Kind.IN_HOUSE):
        assert library.LoanBase(kind=given).kind == "in house"
    assert complaints(library.LoanBase, {"kind": "IN HOUSE"}) == {("kind", "enum")}
    assert awkward.Text("lambda") is awkward.Text.lambda_
    assert [label.value for label in awkward.status] == [
        "mro", "None", "True", "class", "name", "value", "title", "strip",
    ]  # fmt: skip


def test_a_field_may_be_called_like_a_word_of_python_or_a_method_of_pydantic(awkward: Any) -> None:
    row = awkward.ContractBase.model_validate(
        {
            "id": 1, "model_config": "m", "schema": "s", "copy": True, "validate": "2024-01-01", "class": "c",
            "date": "2024-01-02", "str": "x", "int": 5, "Field": "f", "userID": 3, "HTTPSPort": 443,
            "field9Lives": 9, "trailing_": 0,
        }
    )  # fmt: skip
    assert (row.model_config_, row.schema_, row.copy_, row.class_, row.json_) == ("m", "s", True, "c", None)
    assert (row.date, row.list + row.tags, row.https_port, row.user_id) == (date(2024, 1, 2), [], 443, 3)
    assert row.a_ == "back\\slash 'single' \"double\" \n {brace} %s"
    assert awkward.ContractBase.model_validate(row.model_dump()) == row
    assert awkward.ContractBase.model_validate(row.model_dump(by_alias=True)) == row


def test_names_and_defaults_may_have_letters_of_any_script(generated: Callable[[str], ModuleType]) -> None:
    letters: Any = generated("letters.prisma")
    ferry = letters.Fähre(ﬁn=1)
    assert ferry.fin == 1
    assert ferry.été is letters.Jahr.hivér
    assert ferry.größe.startswith("깊은 물에서도 다닐 수")
    assert ferry.größe.endswith("적는다")
    assert ferry.ports[-1] == "Moroni"
    assert ferry.rules["words"].endswith("in a storm")
    assert (ferry.far, ferry.route, ferry.exact.as_tuple().exponent) == (1e20, "C:\\ferry", -20)
    assert letters.Jahr("") is letters.Jahr.none
    assert letters.Fähre.__table__.column("Größe").type == "text"
    assert letters.Fähre.model_fields["route"].description == "a \\ in it"


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_line_endings_and_a_byte_order_mark_change_nothing(ending: str, tmp_path: Path) -> None:
    text = (SCHEMAS / "letters.prisma").read_text(encoding="utf-8")
    (tmp_path / "letters.prisma").write_bytes(b"\xef\xbb\xbf" + text.replace("\n", ending).encode())
    assert generate(read_schema(tmp_path / "letters.prisma")) == generate(read_schema(SCHEMAS / "letters.prisma"))


@pytest.mark.parametrize("text", ["", "enum Only {\n  one\n}"], ids=["empty", "only enums"])
def test_a_schema_without_models_has_no_contracts(text: str, contracts: Callable[[str], ModuleType]) -> None:
    assert contracts(text).CONTRACTS == ()


def test_a_view_is_read_only(library: Any) -> None:
    row = library.Overdue(loanId=1, reader="Ada")
    assert library.Overdue.__table__.is_view
    assert not hasattr(library, "OverdueBase")
    with pytest.raises(ValidationError):
        row.reader = "Grace"


def test_what_is_ignored_is_described_not_dropped(clinic: Any) -> None:
    ignored = {column.name: column for column in clinic.Patient.__table__.columns if column.is_ignored}
    assert set(ignored) == {"legacy", "old_note"}
    assert ignored["legacy"].attribute is None
    assert [(table.model, table.name) for table in clinic.IGNORED_TABLES] == [("Archive", "archive_2009")]
    assert clinic.IGNORED_TABLES[0].column("b").is_opaque


def test_an_unsupported_column_passes_as_it_is_but_must_be_there(clinic: Any) -> None:
    place = clinic.Patient.__table__.column("place")
    assert (place.type, place.is_opaque, place.is_nullable) == ("point", True, False)
    assert clinic.PatientBase(place="(1,2)").place == "(1,2)"
    assert complaints(clinic.PatientBase, {}) == {("place", "missing")}
    assert complaints(clinic.PatientBase, {"place": None}) == {("place", "missing_value")}
    assert "spot" not in clinic.PatientBase(place="(1,2)").model_dump()


def test_the_table_is_described(library: Any, clinic: Any) -> None:
    loan = library.Loan.__table__
    assert (loan.schema, loan.name, loan.primary_key.columns) == ("public", "lending", ("id",))
    assert [(key.name, key.columns) for key in loan.uniques] == [("one_loan_at_a_time", ("isbn", "copy_no", "lentAt"))]
    assert [key.name for key in loan.indexes] == ["lending_readerId_backAt_idx"]
    copy, reader = loan.relations
    assert (copy.model, copy.columns, copy.references) == ("Copy", ("isbn", "copy_no"), ("isbn", "number"))
    assert (copy.on_delete, copy.on_update, copy.constraint) == ("Restrict", "Cascade", "lending_isbn_copy_no_fkey")
    assert (reader.constraint, reader.on_update) == ("loan_of", "NoAction")
    assert library.Copy.__table__.primary_key.columns == ("isbn", "number")
    invited_by = next(one for one in library.Reader.__table__.relations if one.field == "invitedBy")
    assert (invited_by.on_delete, invited_by.columns) == ("SetNull", ("invitedById",))
    subjects = next(one for one in library.Book.__table__.relations if one.field == "subjects")
    assert (subjects.is_list, subjects.join_table) == (True, "_BookToSubject")
    assert clinic.Patient.__table__.uniques[1].is_partial
    assert (clinic.Visit.__table__.schema, clinic.Visit.__table__.column("id").default_by) == ("care", "client")
    assert clinic.Patient.__table__.column("file_no").default == "autoincrement()"


def test_our_own_expense_is_read_as_the_pipelines_write_it() -> None:
    delivered = {
        "origin": "ledger", "kind": "payment", "status": "posted", "spent_on": "2024-03-31",
        "amount": "1234.50", "currency": "KES",
    }  # fmt: skip
    expense = ExpenseBase.model_validate(delivered)
    assert (expense.spent_on, expense.amount, expense.is_month_only) == (date(2024, 3, 31), Decimal("1234.50"), False)
    row = Expense.model_validate(
        expense.model_dump()
        | {"source": "leeds", "source_key": "42", "source_version": datetime(2024, 4, 1, tzinfo=UTC)}
    )
    assert row.department_id is None
    assert complaints(ExpenseBase, delivered | {"amount": 1234.5}) == {("amount", "inexact_number")}
    assert complaints(Expense, expense.model_dump() | {"source": "x" * 65, "source_key": ""}) == {
        ("source", "string_too_long"),
        ("sourceVersion", "missing"),
    }

"""Who sees what: the database role decides, in the page as in psql."""

from __future__ import annotations

import psycopg
import pytest

from include.dashboards.pages import EVERYBODY, PAGES, STAFF
from include.dashboards.reading import as_json
from include.errors import NotForReader
from include.privacy.readers import load_readers
from tests.ui.conftest import SECRET_WORD, Filled

JULY = {"month": "2025-07"}


@pytest.mark.parametrize("reader", sorted(STAFF))
@pytest.mark.parametrize("page", PAGES)
def test_staff_gets_every_page_and_every_answer_that_is_declared_for_it(filled: Filled, page: str, reader: str) -> None:
    given = {"month": "2025-07", "grant": "G1"}
    wanted = {name: value for name, value in given.items() if name in PAGES[page].parameters.model_fields}
    for chosen in (wanted, {name: value for name, value in wanted.items() if name != "grant"}):
        values = dict.fromkeys(("month", "grant", "expense")) | chosen
        declared = {each.name for each in PAGES[page].answers_for(reader) if not each.on_request and each.fits(values)}
        assert declared == set(filled.read(page, reader, **chosen)["answers"])


@pytest.mark.parametrize("page", ["grants", "close"])
def test_a_reader_of_aggregates_gets_nothing_of_grants_and_closing(filled: Filled, page: str) -> None:
    with pytest.raises(NotForReader):
        filled.read(page, "dashboard")


@pytest.mark.parametrize(
    ("page", "answer"),
    [("budget", "expenses"), ("budget", "versions"), ("budget", "vendors"), ("ingestion", "rejects"),
     ("ingestion", "batches"), ("operations", "stuck"), ("operations", "leave")],
)  # fmt: skip
def test_a_reader_of_aggregates_gets_no_row_of_anybody(filled: Filled, page: str, answer: str) -> None:
    with pytest.raises(NotForReader):
        filled.read(
            page, "dashboard", answer, **({"expense": str(filled.small["july"])} if answer == "versions" else {})
        )


def test_a_reader_of_aggregates_sees_groups_of_three_and_more_only(filled: Filled) -> None:
    rows = {row["department_name"]: row for row in filled.rows("budget", "dashboard", "overview", month="2025-07")}
    people = filled.query("select n_people from marts.spend_overview where month = '2025-07-01'")
    assert len(rows) == len(people)
    for row, (count,) in zip(rows.values(), [each.values() for each in people], strict=True):
        assert row["is_withheld"] is (count < 3)
        assert (row["spend"] is None) is (count < 3)
    staff = filled.rows("operations", "dashboard", "headcount", month="2025-09")
    assert all(row["n_joined"] is None for row in staff)


def test_finance_sees_no_leave_and_operations_does(filled: Filled) -> None:
    assert "leave" not in filled.read("operations", "finance", month="2025-08")["answers"]
    assert filled.rows("operations", "operations", "leave", month="2025-08")
    with pytest.raises(NotForReader):
        filled.read("operations", "finance", "leave", month="2025-08")


def test_finance_and_operations_see_different_columns_of_an_expense(filled: Filled) -> None:
    expense = {"expense": str(filled.small["july"]), **JULY}
    (finance, *_) = filled.rows("budget", "finance", "versions", **expense)
    (operations, *_) = filled.rows("budget", "operations", "versions", **expense)
    assert finance["fields"]["description"] == SECRET_WORD
    assert "0712345678" not in operations["fields"]["description"]
    assert finance["fields"]["source_key"]
    assert operations["fields"]["source_key"] is None


def test_an_analyst_sees_payees_as_tokens(filled: Filled) -> None:
    names = {row["vendor_name"] for row in filled.rows("budget", "analyst", "vendors", **JULY)}
    assert "Vendor GARAGE" not in names
    assert any(name.startswith("p-") for name in names)
    assert "Vendor GARAGE" in {row["vendor_name"] for row in filled.rows("budget", "finance", "vendors", **JULY)}


@pytest.mark.parametrize("reader", ["analyst", "dashboard"])
def test_no_page_tells_an_outsider_what_somebody_wrote(filled: Filled, reader: str) -> None:
    for page in PAGES.values():
        if page.answers_for(reader):
            assert SECRET_WORD.encode() not in as_json(filled.read(page.name, reader))
    expense = {"expense": str(filled.small["july"]), **JULY}
    for answer in ("versions", "expenses", "shares"):
        try:
            told = as_json(filled.read("budget", reader, answer, **expense))
        except NotForReader:
            continue
        assert SECRET_WORD.encode() not in told, answer
    assert SECRET_WORD.encode() in as_json(filled.read("budget", "finance", "versions", **expense)), "it is there"


@pytest.mark.parametrize("reader", sorted(STAFF))
def test_an_expenses_history_is_offered_to_whom_the_database_shows_it(filled: Filled, reader: str) -> None:
    offered = {answer.name for answer in PAGES["budget"].answers_for(reader)}
    (allowed,) = filled.query(
        "select has_table_privilege(%(reader)s, 'reporting.row_versions', 'select')", reader=reader
    )
    assert ("versions" in offered) is allowed["has_table_privilege"]


@pytest.mark.parametrize("reader", ["svc_admin", "owner_core", "pipeline", "postgres", "nobody", ""])
def test_nobody_becomes_more_than_a_group_of_readers(filled: Filled, reader: str) -> None:
    with pytest.raises(NotForReader):
        filled.read("budget", reader)


def test_after_an_answer_the_connection_is_nobody_again_and_may_read_nothing(filled: Filled) -> None:
    from include.dashboards.reading import check_parameters, read_page
    from include.schemas.organisation import load_organisation

    with filled.connect() as connection:
        page = PAGES["budget"]
        read_page(connection, page, check_parameters(page, JULY), reader="finance", organisation=load_organisation())
        assert connection.execute("select current_user").fetchone() == ("svc_dashboard",)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("select from reporting.expenses")


def test_a_page_can_write_nothing(filled: Filled) -> None:
    with filled.connect() as connection, pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        connection.execute("create temporary table t (a integer)")


def test_every_role_of_the_readers_file_has_a_page() -> None:
    for role in load_readers().roles.values():
        assert any(page.answers_for(role) for page in PAGES.values()), role


def test_answers_are_declared_for_known_readers_once_each() -> None:
    for page in PAGES.values():
        for reader in EVERYBODY:
            for grant in (None, "G1"):
                values = {"month": "2025-07", "expense": "an expense", "grant": grant}
                names = [answer.name for answer in page.answers_for(reader) if answer.fits(values)]
                assert len(names) == len(set(names)), (page.name, reader, grant)
        for answer in page.answers:
            assert answer.readers <= EVERYBODY

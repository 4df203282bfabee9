"""Deliveries into a real database: what counts once, what replaces what, what is refused, and that it all adds up."""

import datetime as dt
import threading
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.rows import dict_row

from include.errors import AccountingMismatch, TooManyRejects
from include.ingest import batches as books
from include.ingest import collecting
from include.ingest.loading import Loaded, load_batch
from include.ingest.periods import Period
from include.schemas.organisation import load_organisation
from tests.conftest import Warehouse

STAFF = "employee_no,full_name,email,phone,job_title,monthly_salary,salary_currency,approval_limit,hired_on,left_on,is_active,department,manager"
CLAIMS = (
    "external_id,origin,kind,status,spent_on,amount,currency,description,cost_centre,account_code,document_no,receipt_no,"
    "submitted_at,approved_at,paid_at,department,category,vendor,employee,approver"
)
SHARES = "amount,currency,expense,grant,grant_budget_line"
PAYMENTS = "Check/Payment Date,Dept. Descrptn,Vendor Name,Commitmt Item Name,Invoice Net Amt"


def claim(
    number: str, amount: str = "100.00", day: str = "2026-10-05", employee: str = "E1", currency: str = "KES"
) -> str:
    return f"{number},app,claim,approved,{day},{amount},{currency},Taxi,,,,,,,,D1,C1,,{employee},"


class Home:
    """Brings text home as a file of a source, on the same road as the operators."""

    def __init__(self, warehouse: Warehouse, folder: Path) -> None:
        self.warehouse = warehouse
        self.folder = folder
        self.organisation = load_organisation()
        self.runs = 0

    def collect(self, source: str, name: str, text: str, connection: Any, **options: Any) -> str:
        self.runs += 1
        inbox = self.folder / "inbox"
        (inbox / source).mkdir(parents=True, exist_ok=True)
        (inbox / source / name).write_text(text)
        for delivery in collecting.deliveries(inbox):
            collecting.take_in(
                connection,
                delivery,
                self.folder / "archive",
                now=dt.datetime.now(dt.UTC),
                zone=self.organisation.zone,
            )
        collecting.open_batches(
            connection,
            Period(),
            dag_id="test",
            run_id=str(self.runs),
            sources=[source],
            reprocess=options.get("reprocess", False),
        )
        connection.commit()
        return str(self.runs)

    def bring(self, source: str, name: str, header: str, *rows: str, **options: Any) -> Loaded:
        """Deliver a file and load it; the last batch's outcome."""
        outcome = Loaded("nothing")
        with psycopg.connect(self.warehouse.dsn("svc_pipeline")) as connection:
            run = self.collect(source, name, "\n".join([header, *rows, ""]), connection, **options)
            for batch in self.select(connection, run, "collected"):
                if books.home_of(connection, batch) and not options.get("reprocess"):
                    books.finish_duplicate(connection, batch)
                    outcome = Loaded("duplicate")
                    continue
                spool = self.folder / str(batch["batch_id"])
                with Path(batch["archive_uri"]).open("rb") as original, spool.open("wb") as file:
                    books.validate_batch(connection, batch, original, file, str(spool), self.organisation)
            for batch in self.select(connection, run, "validated"):
                outcome = self.load(connection, batch, **options)
        return outcome

    def load(self, connection: Any, batch: dict[str, Any], **options: Any) -> Loaded:
        return load_batch(
            connection,
            batch,
            lambda address: Path(address).open("rb"),
            timezone=self.organisation.timezone,
            reprocess=options.get("reprocess", False),
        )

    def select(self, connection: Any, run: str, status: str) -> list[dict[str, Any]]:
        from include.ingest.datasets import DATASETS

        return books.select_batches(connection, "test", run, datasets=list(DATASETS), statuses=[status])

    def rows(self, statement: str) -> list[dict[str, Any]]:
        with psycopg.connect(self.warehouse.admin_dsn, row_factory=dict_row) as connection:
            return connection.execute(statement).fetchall()  # type: ignore[arg-type]

    def staff(self) -> None:
        """A department, a category and two people, for claims to name."""
        self.bring("sample", "departments_2026-01.csv", "code,name,cost_centre,is_active,parent", "D1,Water,,true,")
        self.bring("sample", "categories_2026-01.csv", "code,name,account_code,is_active,parent", "C1,Travel,,true,")
        people = [f"{number},Somebody,,,,,,,,,true,D1," for number in ("E1", "E2")]
        self.bring("sample", "users_2026-01.csv", STAFF, *people)


@pytest.fixture
def home(warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setattr(collecting, "SETTLE_SECONDS", 0)
    return Home(warehouse, tmp_path)


@pytest.fixture
def staffed(home: Home) -> Home:
    home.staff()
    return home


def test_a_claim_delivered_twice_counts_once(staffed: Home) -> None:
    assert staffed.bring("sample", "expenses_2026-10.csv", CLAIMS, claim("X1")).inserted == 1
    assert staffed.bring("sample", "expenses_2026-11-01.csv", CLAIMS, claim("X1"), claim("X2")) == Loaded(
        "loaded", inserted=1, unchanged=1
    )
    assert staffed.rows("select count(*) as n from core.expenses") == [{"n": 2}]


def test_a_correction_replaces_the_claim_and_the_former_version_is_kept(staffed: Home) -> None:
    staffed.bring("sample", "expenses_2026-10.csv", CLAIMS, claim("X1", "100.00"))
    outcome = staffed.bring("sample", "expenses_2026-11-02.csv", CLAIMS, claim("X1", "90.00", day="2026-09-30"))
    assert outcome.updated == 1
    assert staffed.rows("select amount from core.expenses") == [{"amount": Decimal("90.00")}]
    (former,) = staffed.rows(
        "select \"row\" ->> 'amount' as amount, operation from core.row_versions where table_name = 'expenses'"
    )
    assert former == {"amount": "100.00", "operation": "update"}
    months = staffed.rows("select month::text, version from ops.affected_periods where dataset = 'expenses' order by 1")
    assert months == [{"month": "2026-09-01", "version": 1}, {"month": "2026-10-01", "version": 2}], "old and new month"


def test_an_older_delivery_never_replaces_a_newer_one(staffed: Home) -> None:
    staffed.bring("sample", "expenses_2026-11-02.csv", CLAIMS, claim("X1", "90.00"))
    outcome = staffed.bring("sample", "expenses_2026-10.csv", CLAIMS, claim("X1", "100.00"))
    assert outcome == Loaded("loaded", superseded=1)
    assert staffed.rows("select amount from core.expenses") == [{"amount": Decimal("90.00")}]


def test_of_several_versions_in_one_file_the_last_counts(staffed: Home) -> None:
    rows = [claim("X1", amount) for amount in ("1.00", "2.00", "3.00")]
    assert staffed.bring("sample", "expenses_2026-10.csv", CLAIMS, *rows) == Loaded("loaded", inserted=1, superseded=2)
    assert staffed.rows("select amount from core.expenses") == [{"amount": Decimal("3.00")}]


def test_rows_without_a_key_that_are_alike_are_separate_payments_and_a_second_delivery_adds_none(
    home: Home,
) -> None:
    alike = ["10/10/2017,Fire,ACME,Paint,5.00"] * 3
    assert home.bring("phoenix", "october-2017.csv", PAYMENTS, *alike).inserted == 3
    overlap = home.bring("phoenix", "november-2017.csv", PAYMENTS, *alike, "11/1/2017,Fire,ACME,Paint,5.00")
    assert overlap == Loaded("loaded", inserted=1, unchanged=3)


def test_vendors_departments_and_categories_of_a_ledger_are_created_and_marked(home: Home) -> None:
    rows = ["10/10/2017,Fire,ACME  Ltd,Paint,5.00", "10/11/2017,fire,Acme ltd,paint,6.00"]
    assert home.bring("phoenix", "october-2017.csv", PAYMENTS, *rows).inserted == 2
    for table, name in (("vendors", "ACME  Ltd"), ("departments", "Fire"), ("categories", "Paint")):
        (made,) = home.rows(f"select lower(name) as name, is_unreviewed from core.{table}")
        assert made == {"name": name.lower(), "is_unreviewed": True}, "one for every way of writing it"


def test_an_unknown_employee_is_rejected_and_the_others_come_home(staffed: Home) -> None:
    rows = [claim(f"X{n}") for n in range(40)]
    outcome = staffed.bring("sample", "expenses_2026-10.csv", CLAIMS, *rows, claim("X99", employee="E404"))
    assert (outcome.inserted, outcome.rejected) == (40, 1)
    (reject,) = staffed.rows("select row_number, field, code, sample from ops.rejects where dataset = 'expenses'")
    assert reject == {"row_number": 42, "field": "employee", "code": "unknown_reference", "sample": ""}
    (sums,) = staffed.rows("select amount_read, amount_loaded, amount_rejected from ops.batch_amounts")
    assert sums == {"amount_read": 4100, "amount_loaded": 4000, "amount_rejected": 100}


def test_a_poison_row_is_rejected_alone_with_its_shape_and_not_its_value(staffed: Home) -> None:
    rows = [claim(f"X{n}") for n in range(40)]
    outcome = staffed.bring("sample", "expenses_2026-10.csv", CLAIMS, *rows, claim("X99", amount="12.5x"))
    assert outcome.inserted == 40
    (reject,) = staffed.rows("select row_number, field, code, sample from ops.rejects where dataset = 'expenses'")
    assert reject == {"row_number": 42, "field": "amount", "code": "invalid_amount", "sample": "99.9x"}


@pytest.mark.parametrize("at", [12, 13, 14], ids=["submitted_at", "approved_at", "paid_at"])
def test_what_has_happened_did_not_happen_in_the_future(staffed: Home, at: int) -> None:
    cells = claim("X-9").split(",")
    cells[at] = "2199-01-01T10:00:00+03:00"
    staffed.bring("sample", "expenses_2026-10.csv", CLAIMS, *map(claim, map(str, range(40))), ",".join(cells))
    assert staffed.rows("select field, code from ops.rejects") == [
        {"field": CLAIMS.split(",")[at], "code": "future_date"}
    ]


def test_above_the_reject_limit_nothing_is_loaded(staffed: Home) -> None:
    with pytest.raises(TooManyRejects):
        staffed.bring("sample", "expenses_2026-10.csv", CLAIMS, claim("X1"), claim("X2", employee="E404"))
    assert staffed.rows("select count(*) as n from core.expenses") == [{"n": 0}]
    assert staffed.rows("select count(*) as n from ops.ledger where dataset = 'expenses'") == [{"n": 0}]


def test_the_same_bytes_under_a_new_name_are_home_already(staffed: Home) -> None:
    staffed.bring("sample", "expenses_2026-10.csv", CLAIMS, claim("X1"))
    assert staffed.bring("sample", "expenses_2026-10-31.csv", CLAIMS, claim("X1")).status == "duplicate"


def test_new_bytes_under_the_same_name_are_a_new_delivery(staffed: Home) -> None:
    staffed.bring("sample", "expenses_2026-10.csv", CLAIMS, claim("X1"))
    assert staffed.bring("sample", "expenses_2026-10.csv", CLAIMS, claim("X1", "7.00")).updated == 1


def test_people_and_their_managers_may_come_in_one_file(staffed: Home) -> None:
    people = ["E10,Lead,,,,,,,,,true,D1,E11", "E11,Head,,,,,,,,,true,D1,"]
    assert staffed.bring("sample", "users_2026-02.csv", STAFF, *people).inserted == 2
    assert staffed.rows(
        "select m.employee_no from core.users u join core.users m on m.id = u.manager_id where u.employee_no = 'E10'"
    ) == [{"employee_no": "E11"}]


def test_whoever_reports_to_a_refused_manager_is_refused_alone_and_not_the_whole_file(staffed: Home) -> None:
    chain = ["E20,Head,,,,,,,,,true,GONE,", "E21,Lead,,,,,,,,,true,D1,E20", "E22,Clerk,,,,,,,,,true,D1,E21"]
    others = [f"E{number},Somebody,,,,,,,,,true,D1," for number in range(100, 180)]
    outcome = staffed.bring("sample", "users_2026-02.csv", STAFF, *others, *chain)
    assert (outcome.inserted, outcome.rejected) == (80, 3)
    assert staffed.rows("select field, code from ops.rejects order by row_number") == [
        {"field": "department", "code": "unknown_reference"},
        {"field": "manager", "code": "unknown_reference"},
        {"field": "manager", "code": "unknown_reference"},
    ]


def test_rows_without_their_key_are_rejected_and_not_taken_for_one(staffed: Home) -> None:
    rows = [claim(f"X{n}") for n in range(60)]
    outcome = staffed.bring("sample", "expenses_2026-10.csv", CLAIMS, *rows, claim(""), claim(""))
    assert outcome.inserted == 60
    assert (
        staffed.rows("select field, code from ops.rejects") == [{"field": "external_id", "code": "missing_value"}] * 2
    )


@pytest.mark.parametrize("amount", ["12345678901234567890", "1234567890123456789012345678.123"])
def test_a_number_beyond_all_money_is_one_reject_and_spoils_no_sum(staffed: Home, amount: str) -> None:
    rows = [claim(f"X{n}") for n in range(40)]
    outcome = staffed.bring("sample", "expenses_2026-10.csv", CLAIMS, *rows, claim("X99", amount=amount))
    assert outcome.inserted == 40
    (reject,) = staffed.rows("select field, code from ops.rejects")
    assert reject["field"] == "amount"


def granted(home: Home) -> None:
    """Two grants of a donor, for expenses to be shared between."""
    home.bring("sample", "donors_2026-01.csv", "code,name,country,currency", "DN,Donor,KE,KES")
    home.bring(
        "sample",
        "grants_2026-01.csv",
        "code,title,currency,amount,starts_on,ends_on,status,donor",
        *[f"G{n},Grant,KES,1000.00,2026-01-01,2026-12-31,active,DN" for n in (1, 2)],
    )


def test_allocations_that_do_not_sum_to_their_expense_are_rejected(staffed: Home) -> None:
    granted(staffed)
    staffed.bring("sample", "expenses_2026-10.csv", CLAIMS, *[claim(f"X{n}") for n in range(60)])
    good = [f"{share},KES,X{n},{grant}," for n in range(59) for grant, share in (("G1", "33.34"), ("G2", "66.66"))]
    outcome = staffed.bring(
        "sample", "expense_allocations_2026-10.csv", SHARES, *good, "33.33,KES,X59,G1,", "66.66,KES,X59,G2,"
    )
    assert (outcome.inserted, outcome.rejected) == (118, 2)
    assert staffed.rows("select distinct code from ops.rejects") == [{"code": "allocation_mismatch"}]


def person(number: str, email: str = "", manager: str = "") -> str:
    return f"{number},Somebody,{email},,,,,,,,true,D1,{manager}"


def test_an_email_that_somebody_has_refuses_that_row_and_no_other(staffed: Home) -> None:
    kept = [person(f"K{n}") for n in range(60)]
    staffed.bring("sample", "users_2026-02.csv", STAFF, *kept, person("E3", "a@example.org"))
    outcome = staffed.bring(
        "sample", "users_2026-03.csv", STAFF, *kept,
        person("E4", "a@example.org"),  # E3 has it, who comes later in this file
        person("E3", "a@example.org"),
        person("E5", "b@example.org"),
        person("E6", "b@example.org"),
        person("E7", manager="E6"),  # refers to a row that is refused
    )  # fmt: skip
    assert (outcome.inserted, outcome.unchanged, outcome.rejected) == (1, 61, 3)
    assert staffed.rows("select field, code from ops.rejects order by row_number") == [
        {"field": "email", "code": "duplicate_email"},
        {"field": "email", "code": "duplicate_email"},
        {"field": "manager", "code": "unknown_reference"},
    ]
    assert staffed.rows("select employee_no, email from core.users where email is not null order by 1") == [
        {"employee_no": "E3", "email": "a@example.org"},
        {"employee_no": "E5", "email": "b@example.org"},
    ]


def test_an_email_is_free_once_its_holder_has_another(staffed: Home) -> None:
    staffed.bring("sample", "users_2026-02.csv", STAFF, person("E1"), person("E2"), person("E3", "a@example.org"))
    staffed.bring("sample", "users_2026-03.csv", STAFF, person("E1"), person("E2"), person("E3", "b@example.org"))
    outcome = staffed.bring("sample", "users_2026-04.csv", STAFF, person("E1", "a@example.org"), person("E2"))
    assert (outcome.updated, outcome.rejected) == (1, 0)


def test_a_corrected_expense_whose_shares_stay_behind_is_told_once(staffed: Home) -> None:
    granted(staffed)
    shares = "60.00,KES,X1,G1,", "40.00,KES,X1,G2,"
    staffed.bring("sample", "expenses_2026-10.csv", CLAIMS, claim("X1"), claim("X2"))
    staffed.bring("sample", "expense_allocations_2026-10.csv", SHARES, *shares)
    staffed.bring("sample", "expenses_2026-11-01.csv", CLAIMS, claim("X1", "120.00"), claim("X2", "50.00"))
    run = str(staffed.runs)
    with psycopg.connect(staffed.warehouse.dsn("svc_pipeline")) as connection:
        assert books.warn_of_outdated_shares(connection, "test", run) == 1, "X2 has no shares"
        assert books.warn_of_outdated_shares(connection, "test", run) == 0
    (told,) = staffed.rows("select warnings from ops.batches where warnings <> '[]'")
    assert told["warnings"] == [{"code": "shares_outdated", "rows": "1"}]


def test_a_spool_that_changed_after_validation_loads_nothing(staffed: Home) -> None:
    with psycopg.connect(staffed.warehouse.dsn("svc_pipeline")) as connection:
        run = staffed.collect("sample", "expenses_2026-10.csv", "\n".join([CLAIMS, claim("X1")]), connection)
        (batch,) = staffed.select(connection, run, "collected")
        spool = staffed.folder / "spool"
        with Path(batch["archive_uri"]).open("rb") as original, spool.open("wb") as file:
            books.validate_batch(connection, batch, original, file, str(spool), staffed.organisation)
        connection.commit()
        (batch,) = staffed.select(connection, run, "validated")
        spool.write_bytes(spool.read_bytes().replace(b"Taxi", b"Rail"))
        with pytest.raises(AccountingMismatch) as refusal:
            staffed.load(connection, batch)
        connection.rollback()
    assert refusal.value.code == "spool_changed"
    assert staffed.rows("select count(*) as n from core.expenses") == [{"n": 0}]


def test_four_loads_of_one_file_at_once_load_it_once(staffed: Home) -> None:
    text = "\n".join([CLAIMS, *[claim(f"X{n}") for n in range(500)]])
    prepared = []
    with psycopg.connect(staffed.warehouse.dsn("svc_pipeline")) as connection:
        for _ in range(4):
            run = staffed.collect("sample", "expenses_2026-10.csv", text, connection, reprocess=False)
            (batch,) = staffed.select(connection, run, "collected")
            spool = staffed.folder / f"spool{run}"
            with Path(batch["archive_uri"]).open("rb") as original, spool.open("wb") as file:
                books.validate_batch(connection, batch, original, file, str(spool), staffed.organisation)
            connection.commit()
            prepared += staffed.select(connection, run, "validated")
    outcomes: list[Loaded] = []

    def load(batch: dict[str, Any]) -> None:
        with psycopg.connect(staffed.warehouse.dsn("svc_pipeline")) as connection:
            outcomes.append(staffed.load(connection, batch))

    threads = [threading.Thread(target=load, args=(batch,)) for batch in prepared]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcome.status for outcome in outcomes) == ["duplicate", "duplicate", "duplicate", "loaded"]
    assert staffed.rows("select count(*) as n, sum(amount) as amount from core.expenses") == [
        {"n": 500, "amount": 50_000}
    ]


Amounts = st.integers(min_value=1, max_value=10**9).map(lambda cents: f"{Decimal(cents) / 100:.2f}")


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    deliveries=st.lists(
        st.lists(
            st.tuples(st.integers(1, 6), Amounts, st.sampled_from(["E1", "E2", "E404", ""])),
            min_size=1,
            max_size=8,
        ),
        min_size=1,
        max_size=4,
    )
)
def test_whatever_is_delivered_every_row_and_cent_is_accounted_for(
    deliveries: list[list[tuple[int, str, str]]],
    make_warehouse: Callable[[], Warehouse],
    tmp_path_factory: Any,
) -> None:
    home = Home(make_warehouse(), tmp_path_factory.mktemp("home"))
    collecting.SETTLE_SECONDS, settle = 0, collecting.SETTLE_SECONDS
    try:
        home.staff()
        for day, rows in enumerate(deliveries, start=1):
            lines = [claim(f"X{number}", amount, employee=employee) for number, amount, employee in rows]
            try:
                home.bring("sample", f"expenses_2026-10-0{day}.csv", CLAIMS, *lines)
            except TooManyRejects:
                continue
    finally:
        collecting.SETTLE_SECONDS = settle
    for batch in home.rows("select * from ops.batches where status = 'loaded' and dataset = 'expenses'"):
        assert batch["rows_read"] == (
            batch["rows_loaded"] + batch["rows_unchanged"] + batch["rows_superseded"] + batch["rows_rejected"]
        )
    assert (
        home.rows(
            "select * from ops.batch_amounts join ops.batches using (batch_id) where status = 'loaded' and amount_read <> "
            "amount_loaded + amount_unchanged + amount_superseded + amount_rejected"
        )
        == []
    )
    assert home.rows("select source_key from core.expenses group by 1 having count(*) > 1") == []

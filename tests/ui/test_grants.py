"""The budget page narrowed to a grant says what the grant bore, reckoned here from core, share by share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from include.errors import BadParameter, NotForReader
from tests.conftest import Server, fresh_warehouse
from tests.ui.conftest import Filled

JULY = {"month": "2025-07", "grant": "G1"}
MONTHS = ("2025-07", "2025-08", "2025-09")
NARROWED = ("total", "year", "departments", "cells", "currencies", "vendors")
OF_BUDGETS = {
    *("budget", "variance", "variance_pct", "share_used", "run_rate", "fx_effect", "budget_ytd", "variance_ytd"),
    *("status", "is_restated"),
}
Row = dict[str, Any]


@pytest.fixture(scope="module")
def granted(postgres_server: Server, filled: Filled) -> Iterator[Filled]:
    """A second grant, expenses that both bear, one that waits, one that was rejected, and one without a rate."""
    with fresh_warehouse(postgres_server, filled.warehouse.name) as warehouse:
        small = filled.small.copy(warehouse)
        ledger = small.ledger
        g1 = {"grant_id": small["GRANT"]}
        g2 = {
            "grant_id": ledger.add(
                "grants", code="G2", title="Roofs", currency="EUR", amount=Decimal(500), donor_id=small["DONOR"],
                starts_on=dt.date(2025, 8, 1), ends_on=dt.date(2025, 12, 31), status="active",
            )
        }  # fmt: skip
        water = {"department_id": small["WATER"], "category_id": small["FUEL"]}
        admin = {"department_id": small["ADMIN"], "category_id": small["RENT"]}
        claim = {"origin": "app", "kind": "claim", "cost_centre": None, "employee_id": small["E3"], **water}
        line = {"grant_budget_line_id": small["LINE"]}

        def split(expense: Any, currency: str, *shares: tuple[str, Row]) -> None:
            for amount, grant in shares:
                ledger.add(
                    "expense_allocations", expense_id=expense, amount=Decimal(amount), currency=currency, **grant
                )

        dollars = ledger.payment("2025-07-21", "100.01", "USD", **water, vendor_id=small["GARAGE"])
        split(dollars, "USD", ("33.33", g1 | line), ("33.34", g1), ("33.34", g2))
        split(ledger.payment("2025-07-22", "5000", **admin), "KES", ("2000", g1))
        split(ledger.payment("2025-07-05", "700", **claim, status="submitted"), "KES", ("700", g1))
        split(ledger.payment("2025-07-06", "900", **claim, status="rejected"), "KES", ("900", g1))
        split(ledger.payment("2025-09-04", "8", "USD", **water), "USD", ("8", g1))
        ledger.execute("set session_replication_role = origin")
        assert ledger.make().published is not None
        yield Filled(small, filled.batch_id, filled.file_name)


def shares(granted: Filled, grant: str) -> list[Row]:
    """What a grant bears, share by share, at the rates that the small organisation has."""
    return granted.query(
        """
        select
            date_trunc('month', e.spent_on)::date as month, e.id as expense, e.status = 'submitted' as waits,
            d.code as department, c.code as category, coalesce(v.name, 'No payee') as vendor, a.currency, a.amount,
            round(a.amount * case
                when a.currency = 'KES' then 1
                when e.spent_on < '2025-08-01' then 130
                when e.spent_on < '2025-09-01' then 140
            end, 2) as base
        from core.expense_allocations as a
        join core.expenses as e on a.expense_id = e.id
        join core.grants as g on a.grant_id = g.id
        left join core.departments as d on e.department_id = d.id
        left join core.categories as c on e.category_id = c.id
        left join core.vendors as v on e.vendor_id = v.id
        where g.code = %(grant)s and e.status in ('approved', 'reimbursed', 'posted', 'submitted')
        """,
        grant=grant,
    )


def known(rows: list[Row], name: str = "base") -> Decimal | None:
    """Their sum; none where one of them has no rate."""
    values = [row[name] for row in rows]
    return None if None in values else sum(values, Decimal(0))


def by(rows: list[Row], *names: str) -> dict[Any, list[Row]]:
    groups: dict[Any, list[Row]] = {}
    for row in rows:
        groups.setdefault(tuple(row[name] for name in names), []).append(row)
    return groups


def spent(rows: list[Row]) -> list[Row]:
    return [row for row in rows if not row["waits"]]


def waiting(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row["waits"]]


@pytest.mark.parametrize("grant", ["G1", "G2"])
@pytest.mark.parametrize("month", MONTHS)
def test_a_grant_narrows_every_figure_of_the_month_to_what_it_bore(granted: Filled, month: str, grant: str) -> None:
    first = dt.date.fromisoformat(f"{month}-01")
    year = [row for row in shares(granted, grant) if row["month"] <= first]
    in_month = [row for row in year if row["month"] == first]
    missing = {row["month"] for row in year if row["base"] is None}

    def answer(name: str) -> list[Row]:
        return granted.rows("budget", "finance", name, month=month, grant=grant)

    (total,) = answer("total")
    assert total["n_expenses"] == len({row["expense"] for row in spent(in_month)})
    assert total["n_rates_missing"] == len(missing & {first})
    if first not in missing:
        assert (total["spend"], total["committed"]) == (known(spent(in_month)), known(waiting(in_month)))
    assert total["spend_ytd"] == (None if missing else known(spent(year)))
    assert [(row["month"], row["spend"]) for row in answer("year")] == [
        (each, None if each in missing else known(spent([row for row in year if row["month"] == each])))
        for each in (dt.date.fromisoformat(f"{name}-01") for name in MONTHS)
        if each <= first
    ]
    assert {row["department_code"]: row["spend"] for row in answer("departments")} == {
        code: known(spent(rows)) for (code,), rows in by(in_month, "department").items()
    }
    cells = {(row["department_code"], row["category_code"]): row for row in answer("cells")}
    assert cells.keys() == by(year, "department", "category").keys()
    for cell, rows in by(year, "department", "category").items():
        now = [row for row in rows if row["month"] == first]
        assert cells[cell]["spend"] == known(spent(now)), cell
        assert cells[cell]["spend_ytd"] == known(spent(rows)), cell
        assert cells[cell]["n_expenses"] == len({row["expense"] for row in spent(now)}), cell
    assert {
        row["currency"]: (row["spend_original"], row["committed_original"], row["spend"])
        for row in answer("currencies")
    } == {
        currency: (known(spent(rows), "amount"), known(waiting(rows), "amount"), known(spent(rows)))
        for (currency,), rows in by(in_month, "currency").items()
    }
    assert {row["vendor_name"]: row["spend"] for row in answer("vendors")} == {
        vendor: known(rows) for (vendor,), rows in by(spent(in_month), "vendor").items()
    }


def test_the_month_that_is_tried_has_several_grants_departments_and_currencies_and_one_that_waits(
    granted: Filled,
) -> None:
    july = [row for row in shares(granted, "G1") if row["month"] == dt.date(2025, 7, 1)]
    assert {row["department"] for row in july} == {"WATER", "ADMIN"}
    assert {row["currency"] for row in july} == {"KES", "USD"}
    assert len(waiting(july)) == 1
    assert known(spent(july)) == 60_000 + 2_000 + Decimal("66.67") * 130


def test_with_a_grant_the_answers_keep_their_columns_and_what_needs_a_departments_budget_is_empty(
    granted: Filled,
) -> None:
    for name in NARROWED:
        chosen = granted.read("budget", "finance", name, **JULY)["answers"][name]
        whole = granted.read("budget", "finance", name, month="2025-07")["answers"][name]
        assert chosen["columns"] == whole["columns"], name
        for row in chosen["rows"]:
            told = {column for column, value in zip(chosen["columns"], row, strict=True) if value is not None}
            assert told & OF_BUDGETS == ({"status"} if name == "year" else set()), "the year tells of its books"
            assert {"spend", "currency"} <= told, name


def test_what_all_grants_and_none_bore_is_the_whole_to_the_cent(granted: Filled) -> None:
    def dollars(**given: str) -> Row:
        (row,) = [
            row
            for row in granted.rows("budget", "finance", "currencies", month="2025-07", **given)
            if row["currency"] == "USD"
        ]
        return row

    (rest,) = granted.query(
        "select sum(amount - allocated_amount) as spend_original, sum(round((amount - allocated_amount) * rate, 2)) as spend "
        "from marts.expense_facts where month = '2025-07-01' and currency = 'USD' and measure = 'spent'"
    )
    for name in ("spend_original", "spend"):
        assert dollars(grant="G1")[name] + dollars(grant="G2")[name] + rest[name] == dollars()[name], name
    assert rest["spend_original"] == 100, "the other expense was split to the last cent"


def test_a_department_and_a_category_narrow_what_a_grant_bore_and_leave_its_budget_whole(granted: Filled) -> None:
    narrowed = JULY | {"department": "ADMIN", "category": "RENT"}
    (total,) = granted.rows("budget", "finance", "total", **narrowed)
    assert (total["spend"], total["committed"], total["spend_ytd"], total["n_expenses"]) == (2000, 0, 2000, 1)
    (cell,) = granted.rows("budget", "finance", "cells", **narrowed)
    assert (cell["department_code"], cell["category_code"]) == ("ADMIN", "RENT")
    assert [row["amount"] for row in granted.rows("budget", "finance", "expenses", **narrowed)] == [5000]
    for name in ("grant_lines", "grant_budget"):
        whole = granted.rows("budget", "finance", name, **JULY)
        assert granted.rows("budget", "finance", name, **narrowed) == whole != []


def test_the_expenses_of_a_grant_say_what_it_bears_of_each_in_all_of_its_lines(granted: Filled) -> None:
    charged = {row["amount"]: row["charged"] for row in granted.rows("budget", "finance", "expenses", **JULY)}
    assert charged == {61_000: 60_000, Decimal("100.01"): Decimal("66.67"), 5000: 2000, 700: 700, 900: 900}


@pytest.mark.parametrize("month", MONTHS)
def test_a_grants_budget_lines_are_those_of_the_month(granted: Filled, month: str) -> None:
    lines = granted.rows("budget", "finance", "grant_lines", month=month, grant="G1")
    expected = granted.query(
        "select b.*, coalesce(l.code, '-') as code from marts.grant_burn as b "
        "join marts.grants as g on b.grant_id = g.grant_id and g.code = 'G1' "
        "left join marts.grant_budget_lines as l on b.grant_budget_line_id = l.grant_budget_line_id "
        "where b.month = %(month)s",
        month=f"{month}-01",
    )
    assert {row["budget_line_code"] for row in lines} == {row["code"] for row in expected} == {"L1", "-"}
    for row in lines:
        (kept,) = [each for each in expected if each["code"] == row["budget_line_code"]]
        same = ("budget", "spent_to_date", "committed_to_date", "unspent", "share_used", "share_of_time", "status")
        assert {name: row[name] for name in same} == {name: kept[name] for name in same}
    (budget,) = granted.rows("budget", "finance", "grant_budget", month=month, grant="G1")
    assert budget["budget"] == sum(row["budget"] for row in lines) == 1200
    spent_to_date = [row["spent_to_date"] for row in lines]
    if None in spent_to_date:
        assert month == "2025-09", "a share of September has no rate"
        assert budget["spent_to_date"] is budget["unspent"] is budget["share_used"] is None
    else:
        assert budget["spent_to_date"] == sum(spent_to_date)
        assert budget["unspent"] == 1200 - sum(spent_to_date)


def test_a_month_before_a_grant_begins_has_no_budget_lines_and_what_was_charged_nevertheless(granted: Filled) -> None:
    assert granted.rows("budget", "finance", "grant_lines", month="2025-06", grant="G1") == []
    assert granted.rows("budget", "finance", "grant_budget", month="2025-06", grant="G1") == []
    (early,) = granted.rows("budget", "finance", "total", month="2025-07", grant="G2")
    assert early["spend"] == Decimal("33.34") * 130


def test_a_grant_that_nobody_knows_has_no_figures(granted: Filled) -> None:
    answers = granted.read("budget", "finance", month="2025-07", grant="GONE")["answers"]
    (total,) = granted.rows("budget", "finance", "total", month="2025-07", grant="GONE")
    assert (total["n_figures"], total["n_expenses"]) == (0, 0)
    assert {name for name, table in answers.items() if table["rows"]} == {"months", "choices", "total"}


def test_restatements_of_departments_are_not_told_by_grant(granted: Filled) -> None:
    assert "restatements" not in granted.read("budget", "finance", **JULY)["answers"]
    with pytest.raises(BadParameter, match="not known by grant"):
        granted.read("budget", "finance", "restatements", **JULY)
    with pytest.raises(BadParameter, match="needs grant"):
        granted.read("budget", "finance", "grant_lines", month="2025-07")


def test_a_reader_of_aggregates_sees_nothing_of_a_grant(granted: Filled) -> None:
    assert set(granted.read("budget", "dashboard", **JULY)["answers"]) == {"months", "overview"}
    for name in (*NARROWED, "grant_lines", "grant_budget", "charged", "expenses"):
        with pytest.raises(NotForReader):
            granted.read("budget", "dashboard", name, **JULY)


def test_an_analyst_sees_a_grants_payees_as_tokens(granted: Filled) -> None:
    names = {row["vendor_name"] for row in granted.rows("budget", "analyst", "vendors", **JULY)}
    assert "Vendor GARAGE" not in names
    assert any(name.startswith("p-") for name in names)

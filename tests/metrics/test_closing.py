"""A closed month that changes is restated: both figures are kept, and finance is told once."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from include.errors import BadConfiguration, BadPeriod
from include.metrics.closing import close_month, reopen_month
from include.reporting.messages import Restatement, Run, tell_restatement
from tests.metrics.ledger import Ledger
from tests.metrics.organisation import Small

TODAY = dt.date(2025, 9, 10)
WHO = {"done_by": "grace", "dag_id": "transform_metrics", "run_id": "by hand"}


def close(ledger: Ledger, month: str, **options: Any) -> dict[str, int]:
    with psycopg.connect(ledger.warehouse.dsn("svc_pipeline")) as connection:
        return close_month(connection, dt.date.fromisoformat(f"{month}-01"), today=TODAY, **WHO, **options)


def test_a_closed_month_that_changes_is_restated_and_no_other(changing: Small) -> None:
    small, ledger = changing, changing.ledger
    ledger.vendor("NEW", is_unreviewed=True)  # of no month: nothing was spent there
    ledger.execute("update core.vendors set is_unreviewed = true where code = 'GARAGE'")

    with pytest.raises(BadConfiguration, match=r"unreviewed vendors: 1, undecided claims: 1") as refused:
        close(ledger, "2025-07")
    assert refused.value.code == "period_not_ready"
    assert ledger.value("select count(*) from core.accounting_periods") == 0
    assert close(ledger, "2025-07", insist=True) == {"unreviewed_vendors": 1, "undecided_claims": 1}
    assert close(ledger, "2025-08") == {}
    assert close(ledger, "2025-08") == {}, "closed before: nothing happens"
    with pytest.raises(BadPeriod, match="has not ended"):
        close(ledger, "2025-09")
    with pytest.raises(BadPeriod, match="nothing in"):
        close(ledger, "2024-01")
    events = ledger.query("select month::text, event, done_by, checklist from ops.period_events order by 1")
    assert [(event["month"], event["event"], event["done_by"]) for event in events] == [
        ("2025-07-01", "closed", "grace"),
        ("2025-08-01", "closed", "grace"),
    ]

    ledger.correct(small["august"], amount=Decimal("99000"))
    made = ledger.make()

    assert made.published is not None
    (restated,) = made.published.restated
    assert (f"{restated.month:%Y-%m}", restated.n_figures, restated.spend_change) == ("2025-08", 1, -1_000)
    statuses = ledger.query("select month::text, status::text from core.accounting_periods order by 1")
    assert [row["status"] for row in statuses] == ["closed", "restated"]
    (kept,) = ledger.query("select * from marts.restatements")
    assert (kept["spend_original_before"], kept["spend_original_after"]) == (100_000, 99_000)
    assert (kept["spend_before"], kept["spend_after"], kept["currency"]) == (100_000, 99_000, "KES")
    assert (kept["department_id"], kept["category_id"]) == (small["WATER"], small["FUEL"])

    # The same run is cleared when a claim has come in: that it restates the month again is kept and told as well.
    ledger.payment(
        "2025-08-07", "500", origin="app", kind="claim", status="submitted", cost_centre=None, employee_id=small["E1"],
        department_id=small["WATER"], category_id=small["FUEL"],
    )  # fmt: skip
    ledger.runs -= 1
    cleared = ledger.make()
    assert cleared.published is not None
    assert cleared.published.build_id != made.published.build_id
    (claimed,) = cleared.published.restated
    assert (f"{claimed.month:%Y-%m}", claimed.n_figures, claimed.spend_change) == ("2025-08", 1, 0)
    (kept,) = ledger.query("select * from marts.restatements order by restatement_id desc limit 1")
    assert (kept["committed_original_before"], kept["committed_original_after"]) == (0, 500)
    assert ledger.value("select count(*) from ops.period_events where event = 'restated'") == 2

    with psycopg.connect(ledger.warehouse.dsn("svc_pipeline")) as connection:
        assert reopen_month(connection, dt.date(2025, 8, 1), **WHO)
        assert not reopen_month(connection, dt.date(2025, 8, 1), **WHO)
    ledger.correct(small["august"], amount=Decimal("98000"))
    open_again = ledger.make()
    assert open_again.published is not None
    assert open_again.published.restated == (), "an open month may change, and July has not"


def test_a_closed_month_in_which_only_a_grants_figures_change_is_restated_too(changing: Small) -> None:
    small, ledger = changing, changing.ledger
    close(ledger, "2025-07", insist=True)
    close(ledger, "2025-08")
    before = ledger.hashes()["monthly_spend_vs_budget"]

    def changed() -> list[tuple[str, int, int, tuple[str, ...]]]:
        """What a run restates: months, figures of departments, figures of grants, the grants."""
        made = ledger.make()
        assert made.published is not None, made.built.failed
        return [
            (f"{month.month:%Y-%m}", month.n_figures, month.n_grant_figures, month.grants)
            for month in made.published.restated
        ]

    def kept() -> list[tuple[Any, ...]]:
        """Both figures of each grant that the last run restated: as they were paid, and in the donor's currency."""
        rows = ledger.query(
            "select grant_code, budget_line_code, currency, spent_original_before, spent_original_after, donor_currency, "
            "spent_before, spent_after from reporting.grant_restatements "
            "where restated_at = (select max(restated_at) from marts.grant_restatements) order by grant_code"
        )
        return [tuple(row.values()) for row in rows]

    # July's share goes to a grant in pounds, for which there is no rate yet.
    other = ledger.add("donors", code="OTHER", name="Other", currency="GBP")
    grant = ledger.add(
        "grants", code="G2", title="Pumps", currency="GBP", amount=Decimal(1000), donor_id=other,
        starts_on=dt.date(2025, 7, 1), ends_on=dt.date(2026, 6, 30), status="active",
    )  # fmt: skip
    ledger.execute(
        "update core.expense_allocations set grant_id = %(grant)s, grant_budget_line_id = null "
        "where expense_id = %(july)s",
        {"grant": grant, "july": small["july"]},
    )
    ledger.touch("expense_allocations", dt.date(2025, 7, 10))
    assert changed() == [("2025-07", 0, 2, ("G1", "G2"))]
    assert kept() == [
        ("G1", "L1", "KES", 60_000, 0, "EUR", 300, 0),
        ("G2", None, "KES", 0, 60_000, "GBP", 0, None),
    ]
    statuses = ledger.query("select month::text, status::text from core.accounting_periods order by 1")
    assert [row["status"] for row in statuses] == ["restated", "closed"]
    (event,) = ledger.query("select month::text, checklist from ops.period_events where event = 'restated'")
    assert event == {"month": "2025-07-01", "checklist": {"grant_figures": 2}}

    # The donor's rate comes late: the amount stays what it was, in pounds it becomes known.
    ledger.rate("donor_fixed", "GBP", "2025-07-01", "150", "2026-06-30", donor_id=other)
    assert changed() == [("2025-07", 0, 1, ("G2",))]
    assert kept() == [("G2", None, "KES", 60_000, 60_000, "GBP", None, 400)]

    # A share of an open month, and a closed month made anew that comes out the same, restate nothing.
    (open_expense,) = ledger.query("select id from core.expenses where spent_on = '2025-09-01'")
    ledger.add(
        "expense_allocations", expense_id=open_expense["id"], grant_id=grant, amount=Decimal(100), currency="KES"
    )
    ledger.touch("expense_allocations", dt.date(2025, 9, 1))
    ledger.touch("expense_allocations", dt.date(2025, 8, 5))
    assert changed() == []
    assert ledger.value("select count(*) from marts.donor_report where month = '2025-09-01'") == 1
    assert ledger.hashes()["monthly_spend_vs_budget"] == before
    assert ledger.value("select count(*) from marts.restatements") == 0


@pytest.mark.parametrize("table", ["marts.restatements", "marts.grant_restatements", "ops.period_events"])
def test_what_was_restated_and_closed_cannot_be_written_over(ledger: Ledger, table: str) -> None:
    with psycopg.connect(ledger.warehouse.admin_dsn) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(f"delete from {table}")


def test_the_message_names_months_and_sums_and_no_row() -> None:
    run = Run("transform_metrics", "r", "http://127.0.0.1/r", dt.datetime.now(dt.UTC), dt.UTC, 1.0)  # type: ignore[arg-type]
    months = [
        Restatement(dt.date(2025, 8, 1), 2, Decimal("-1000"), "KES"),
        Restatement(dt.date(2025, 9, 1), 1, None, "KES", 3, ("G1", "G_2")),
    ]
    message = tell_restatement(run, months)
    assert message["text"].startswith("⚠️ Closed months restated: 2025-08, 2025-09")
    said = str(message["blocks"])
    assert "2025-08: 2 figures, spend changed by KES -1,000.00" in said
    assert "2025-09: 1 figure, a rate is missing; 3 figures of grants G1, G" in said
    assert "(`reporting.restatements`, `reporting.grant_restatements`)" in said
    of_a_grant = Restatement(dt.date(2025, 8, 1), 0, Decimal(0), "", 1, ("G1",))
    said = str(tell_restatement(run, [of_a_grant])["blocks"])
    assert "2025-08: 1 figure of grant G1'" in said
    assert "(`reporting.grant_restatements`)" in said

"""The figures of the small organisation are those that a person reckons."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.metrics.organisation import Small

D = Decimal


def cell(small: Small, month: str, currency: str, mart: str = "monthly_spend_vs_budget") -> dict[str, Any]:
    (row,) = small.ledger.query(
        f"select * from marts.{mart} where month = %(month)s and currency = %(currency)s "
        "and department_id = %(department)s and category_id = %(category)s",
        {
            "month": f"{month}-01",
            "currency": currency,
            "department": small["WATER"],
            "category": small["FUEL"],
        },
    )
    return row


def test_spend_is_what_was_approved_reimbursed_or_posted(small: Small) -> None:
    july = cell(small, "2025-07", "KES")
    assert july["spend_original"] == 60_000 - 10_000 + 1_000 + 2_000
    assert july["committed_original"] == 4_000
    assert july["n_expenses"] == 4


def test_a_month_is_converted_at_its_average_else_at_its_last_daily_rate_else_not_at_all(small: Small) -> None:
    july, august, september = (cell(small, month, "USD") for month in ("2025-07", "2025-08", "2025-09"))
    assert (july["spend"], july["rate_kind"]) == (13_000, "monthly_average")
    assert (august["spend"], august["rate_kind"]) == (1_400, "last_daily")
    assert (september["spend"], september["rate"], september["is_rate_missing"]) == (None, None, True)
    assert (september["spend_original"], september["status"]) == (5, "rate_missing")
    missing = small.ledger.query("select month::text, from_currency, purpose from marts.fx_coverage where is_missing")
    assert missing == [{"month": "2025-09-01", "from_currency": "USD", "purpose": "base"}]


def test_the_budget_in_force_is_the_highest_version_that_came_before_the_periods_end(small: Small) -> None:
    assert cell(small, "2025-08", "KES")["budget"] == 100_000
    assert cell(small, "2025-09", "KES")["budget"] == 50_000


def test_a_cell_is_judged_over_all_of_its_currencies(small: Small) -> None:
    july, august = cell(small, "2025-07", "KES"), cell(small, "2025-08", "KES")
    assert july["share_used"] == (D(53_000) + 13_000) / 100_000
    assert (july["status"], august["status"]) == ("within", "over")
    assert august["variance"] == 0, "the shillings alone are exactly used up"
    assert cell(small, "2025-08", "USD")["status"] == "over"


def test_the_year_to_date_the_run_rate_and_the_effect_of_rates(small: Small) -> None:
    august = cell(small, "2025-08", "KES")
    assert (august["fiscal_year"], august["fiscal_month"]) == (2026, 2)
    assert (august["spend_ytd"], august["budget_ytd"]) == (153_000, 200_000)
    assert august["run_rate"] == 153_000 / 2 * 12
    dollars = cell(small, "2025-08", "USD")
    assert (dollars["budget_rate"], dollars["spend_at_budget_rate"], dollars["fx_effect"]) == (130, 1_300, 100)
    assert cell(small, "2025-10", "USD")["spend_ytd"] is None, "September's rate is missing"


def test_a_yearly_budget_is_spread_over_its_months_to_the_cent(small: Small) -> None:
    rows = small.ledger.query(
        "select month::text, budget_original, status from marts.monthly_spend_vs_budget "
        "where category_id = %(rent)s order by month",
        {"rent": small["RENT"]},
    )
    assert [row["budget_original"] for row in rows] == [D("8333.33")] * 11 + [D("8333.37")]
    assert {row["status"] for row in rows} == {"unspent"}
    (year,) = small.ledger.query(
        "select * from marts.annual_spend_vs_budget where category_id = %(rent)s", {"rent": small["RENT"]}
    )
    assert (year["fiscal_year"], year["budget"], str(year["starts_on"])) == (2026, 100_000, "2025-07-01")


def test_spend_that_nobody_budgeted_is_shown_where_it_is(small: Small) -> None:
    (row,) = small.ledger.query(
        "select * from marts.monthly_spend_vs_budget where department_id is null and month = '2025-09-01'"
    )
    assert (row["spend"], row["budget"], row["status"]) == (700, 0, "no_budget")


def test_a_grant_burns_in_its_donors_currency_at_its_donors_rate(small: Small) -> None:
    rows = small.ledger.query("select * from marts.grant_burn order by month")
    assert [str(row["month"]) for row in rows] == ["2025-07-01", "2025-08-01", "2025-09-01"]
    july, august, _ = rows
    assert (july["spent"], july["spent_outside_window"], july["budget"]) == (300, 300, 1_200)
    assert (august["spent"], august["spent_to_date"], august["unspent"]) == (450, 750, 450)
    assert (august["months_elapsed"], august["months_total"], august["burn_rate"]) == (2, 12, 375)
    assert (august["projected_spend"], august["status"]) == (4_500, "fast")
    report = small.ledger.query("select distinct rate, rate_kind, donor_currency from marts.donor_report")
    assert report == [{"rate": D("0.005"), "rate_kind": "donor_fixed", "donor_currency": "EUR"}]


def test_what_a_grant_bore_to_date_is_unknown_from_the_first_share_without_a_rate_on(changing: Small) -> None:
    ledger = changing.ledger
    expense = ledger.payment("2025-08-20", "7", "GBP", department_id=changing["WATER"], category_id=changing["FUEL"])
    split = {"grant_id": changing["GRANT"], "grant_budget_line_id": changing["LINE"]}
    ledger.add("expense_allocations", expense_id=expense, amount=Decimal(7), currency="GBP", **split)
    assert ledger.make().published is not None
    figures = "spent, n_rates_missing, spent_to_date, committed_to_date, unspent, share_used, burn_rate, projected_unspent, status"
    rows = ledger.query(f"select {figures} from marts.grant_burn order by month")
    july, august, september = (list(row.values()) for row in rows)
    assert july[:3] == [300, 0, 300]
    assert august == [450, 1, *[None] * 6, "rate_missing"]
    assert september == [0, 0, *[None] * 6, "rate_missing"], "August's rate is still missing"


def test_an_allocation_that_no_longer_fits_its_expense_is_counted(small: Small) -> None:
    nodes = small.ledger.query(
        "select n_failures from ops.metric_build_nodes where node = 'allocations_sum_to_their_expense'"
    )
    assert nodes == [{"n_failures": 1}]


def test_claims_are_timed_from_submission_to_payment(small: Small) -> None:
    (row,) = small.ledger.query("select * from marts.reimbursement_times")
    assert (row["n_claims"], row["n_open"], row["n_paid"], row["n_rejected"]) == (4, 2, 1, 1)
    assert (row["days_to_approve_median"], row["days_to_pay_median"]) == (2, 12)
    (month,) = small.ledger.query("select * from marts.reimbursement_months")
    assert month == {name: row[name] for name in month}, "one department and category have claims"


def test_leave_takes_working_days_of_the_month_that_they_lie_in(small: Small) -> None:
    rows = small.ledger.query(
        "select month::text, days_approved, n_people, max_overlap, days_used_ytd, balance_days, absence_rate, staff_days "
        "from marts.leave_usage where department_id = %(water)s order by month",
        {"water": small["WATER"]},
    )
    july, august, september = rows
    assert (july["days_approved"], august["days_approved"], august["n_people"]) == (1, 3, 2)
    assert (august["max_overlap"], august["days_used_ytd"], september["balance_days"]) == (2, 4, 17)
    assert august["absence_rate"] == round(3 / august["staff_days"], 6)


def test_people_count_from_the_day_they_were_hired(small: Small) -> None:
    rows = small.ledger.query("select month::text, n_staff, n_joined, staff_days from marts.headcount order by month")
    assert [(row["n_staff"], row["n_joined"]) for row in rows] == [(4, 0), (5, 1), (5, 0)]
    # July 2025 has 23 weekdays and Kenya no holiday in it; the fifth joined on 11 August, with 15 of 21 left.
    assert [row["staff_days"] for row in rows][:2] == [4 * 23, 4 * 21 + 15]


def test_series_have_every_day_and_nothing_twice(small: Small) -> None:
    rows = small.ledger.query(
        "select min(day)::text as first, max(day)::text as last, count(*) as n, sum(spend_original) as spend "
        "from marts.daily_spend where currency = 'KES' and department_id = %(water)s",
        {"water": small["WATER"]},
    )
    assert rows == [{"first": "2025-07-01", "last": "2025-09-03", "n": 65, "spend": D(203_000)}]
    complete = small.ledger.query("select distinct month::text, is_complete from marts.monthly_spend order by 1")
    assert [(row["month"], row["is_complete"]) for row in complete] == [
        ("2025-07-01", True),
        ("2025-08-01", True),
        ("2025-09-01", False),
    ]

"""The pages and their answers: who may have each, which SQL gives it, and which metric each of its figures is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from include.dashboards.parameters import (
    MOST_MONTHS,
    BudgetParameters,
    CloseParameters,
    GrantsParameters,
    IngestionParameters,
    OperationsParameters,
    Parameters,
)

STAFF = frozenset({"finance", "operations", "analyst", "auditor"})
EVERYBODY = STAFF | {"dashboard"}
LEAVE_READERS = frozenset({"operations", "auditor"})
HISTORY_READERS = frozenset({"finance", "operations", "auditor"})


@dataclass(frozen=True)
class Answer:
    """One table of a page: rows of the SQL file include/sql/pages/<sql>.sql.

    `figures` says for each column that is a figure which table and column defines it, as METRICS.md has it: a sum, a
    count or a median of these over what the page shows. `needs` names the parameters without which the answer is left
    out, `without` those with which it is: one answer can so come from another file where a parameter is given.
    `on_request` keeps it out of the page until it is asked for by name. `most` bounds its rows, as does the parameter
    that `counted_by` names; where there are more, the answer says so. The first are kept, or, where the newest come
    last (`is_newest_last`), the last. `sheet` is its name in the month pack.
    """

    name: str
    sql: str
    readers: frozenset[str] = STAFF
    figures: Mapping[str, str] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    on_request: bool = False
    most: int = 200
    counted_by: str = ""
    is_newest_last: bool = False
    sheet: str = ""

    def fits(self, values: Mapping[str, object]) -> bool:
        """Whether it can be given where the parameters have these values."""
        return all(values[name] is not None for name in self.needs) and all(
            values[name] is None for name in self.without
        )


@dataclass(frozen=True)
class Page:
    """A page: its name in the address, its title, its parameters, and its answers in the order of asking.

    `remembered` says for how many seconds an answer may be given again to the same role: figures change when they are
    published, deliveries and closings at any time.
    """

    name: str
    title: str
    icon: str
    parameters: type[Parameters]
    answers: tuple[Answer, ...]
    remembered: float = 5.0

    def answers_for(self, reader: str) -> tuple[Answer, ...]:
        """What a database role may have of this page; empty: the page is not for it."""
        return tuple(answer for answer in self.answers if reader in answer.readers)


def _of(mart: str, *columns: str, **others: str) -> dict[str, str]:
    return {column: f"{mart}.{column}" for column in columns} | {
        column: f"{mart}.{source}" for column, source in others.items()
    }


_MONTHLY = "monthly_spend_vs_budget"
# Departments' budgets are not divided among grants: what a grant narrows has these columns too, and leaves them empty.
_OF_BUDGETS = ("budget", "variance", "share_used")
_QUALITY = "ingestion_quality"

_GRANT_FIGURES_RESTATED = _of(
    "grant_restatements",
    *("spent_original_before", "spent_original_after", "committed_original_before", "committed_original_after"),
    *("spent_before", "spent_after", "committed_before", "committed_after"),
)

_FRESHNESS = Answer(
    "freshness",
    "select_freshness",
    EVERYBODY,
    _of("delivery_expectations", "hours_since", "usual_hours"),
)

INGESTION = Page(
    "ingestion",
    "Ingestion health",
    "ingestion",
    IngestionParameters,
    (
        Answer(
            "rates",
            "select_ingestion_rates",
            EVERYBODY,
            _of(
                _QUALITY,
                *("n_batches", "n_loaded", "n_duplicate", "n_failed", "rows_read", "rows_loaded", "rows_rejected"),
                *("success_rate", "failure_rate", "reject_rate"),
            ),
        ),
        Answer(
            "over_time",
            "select_ingestion_rows_over_time",
            EVERYBODY,
            _of(_QUALITY, "rows_read", "rows_loaded", "rows_rejected", "n_failed"),
            most=400,
            is_newest_last=True,
        ),
        Answer(
            "codes",
            "select_reject_codes",
            EVERYBODY,
            _of(_QUALITY, n_rejects="reject_codes") | _of("reject_counts", n_open="is_open"),
        ),
        _FRESHNESS,
        Answer(
            "batches",
            "select_newest_batches",
            STAFF,
            _of(
                "ingestion_batches",
                *("rows_read", "rows_loaded", "rows_unchanged", "rows_superseded", "rows_rejected", "seconds"),
            ),
        ),
        Answer("rejects", "select_newest_rejects"),
        Answer("unmapped", "select_unmapped_values", HISTORY_READERS, _of("unmapped_values", "n_rows")),
    ),
    remembered=2.0,
)

BUDGET = Page(
    "budget",
    "Monthly spend vs budget",
    "budget",
    BudgetParameters,
    (
        Answer("months", "select_months", most=MOST_MONTHS),
        Answer("months", "select_overview_months", frozenset({"dashboard"}), most=MOST_MONTHS),
        Answer("choices", "select_choices", most=2_000),
        Answer(
            "total",
            "select_budget_month",
            STAFF,
            _of(
                _MONTHLY,
                *("n_expenses", "spend", "committed", "budget", "variance", "share_used", "spend_ytd", "budget_ytd"),
                *("variance_ytd", "run_rate", "fx_effect"),
            ),
            without=("grant",),
            sheet="Month",
        ),
        Answer(
            "total",
            "select_granted_total",
            STAFF,
            _of(_MONTHLY, *_OF_BUDGETS, "budget_ytd", "variance_ytd", "run_rate", "fx_effect")
            | _of("grant_spend", "n_expenses", "spend", "committed", spend_ytd="spend"),
            needs=("grant",),
            sheet="Month",
        ),
        Answer(
            "grant_budget",
            "select_grant_budget",
            STAFF,
            _of("grant_burn", "budget", "spent_to_date", "unspent", "share_used", "share_of_time"),
            needs=("grant",),
        ),
        Answer(
            "grant_lines",
            "select_grant_budget_lines",
            STAFF,
            _of(
                "grant_burn",
                *("budget", "spent_to_date", "committed_to_date", "unspent", "share_used", "share_of_time"),
            ),
            needs=("grant",),
            sheet="Budget lines",
        ),
        Answer(
            "year",
            "select_budget_year",
            STAFF,
            _of(_MONTHLY, "spend", "committed", "budget"),
            without=("grant",),
            sheet="Fiscal year",
        ),
        Answer(
            "year",
            "select_granted_year",
            STAFF,
            _of("grant_spend", "spend", "committed") | _of(_MONTHLY, "budget"),
            needs=("grant",),
            sheet="Fiscal year",
        ),
        Answer(
            "departments",
            "select_budget_departments",
            STAFF,
            _of("monthly_budget_status", "spend", "committed", "budget", "variance"),
            without=("grant",),
            sheet="Departments",
        ),
        Answer(
            "departments",
            "select_granted_departments",
            STAFF,
            _of("grant_spend", "spend", "committed") | _of("monthly_budget_status", "budget", "variance"),
            needs=("grant",),
            sheet="Departments",
        ),
        Answer(
            "cells",
            "select_budget_cells",
            STAFF,
            _of(
                "monthly_budget_status",
                *("n_expenses", "spend", "committed", "budget", "variance", "variance_pct", "share_used"),
                *("spend_ytd", "budget_ytd", "variance_ytd"),
            ),
            without=("grant",),
            most=2_000,
            sheet="Variance",
        ),
        Answer(
            "cells",
            "select_granted_cells",
            STAFF,
            _of("monthly_budget_status", *_OF_BUDGETS, "variance_pct", "budget_ytd", "variance_ytd")
            | _of("grant_spend", "n_expenses", "spend", "committed", spend_ytd="spend"),
            needs=("grant",),
            most=2_000,
            sheet="Variance",
        ),
        Answer(
            "currencies",
            "select_budget_currencies",
            STAFF,
            _of(_MONTHLY, "spend_original", "committed_original", "spend"),
            without=("grant",),
            sheet="Currencies",
        ),
        Answer(
            "currencies",
            "select_granted_currencies",
            STAFF,
            _of("grant_spend", "spend_original", "committed_original", "spend"),
            needs=("grant",),
            sheet="Currencies",
        ),
        Answer(
            "vendors",
            "select_top_vendors",
            STAFF,
            _of("vendor_spend", "n_expenses", "spend"),
            without=("grant",),
            most=15,
            sheet="Top vendors",
        ),
        Answer(
            "vendors",
            "select_granted_vendors",
            STAFF,
            _of("grant_spend", "n_expenses", "spend"),
            needs=("grant",),
            most=15,
            sheet="Top vendors",
        ),
        Answer(
            "charged",
            "select_charged_to_grant",
            STAFF,
            _of("donor_report", "n_expenses", spent="spent", committed="committed"),
            needs=("grant",),
            sheet="Charged to the grant",
        ),
        Answer(
            "restatements",
            "select_restatements",
            STAFF,
            _of(
                "restatements",
                *("spend_original_before", "spend_original_after", "spend_before", "spend_after"),
                *("budget_before", "budget_after"),
                change="spend_after",
            ),
            without=("grant",),
            sheet="Restatements",
        ),
        Answer(
            "grant_restatements",
            "select_grant_restatements",
            STAFF,
            _GRANT_FIGURES_RESTATED,
            sheet="Grants restated",
        ),
        Answer(
            "overview",
            "select_spend_overview",
            frozenset({"dashboard"}),
            _of("spend_overview", "spend", "committed", "n_expenses", "n_people"),
        ),
        Answer(
            "expenses",
            "select_expenses",
            STAFF,
            _of("expense_facts", "amount", "amount_base") | _of("allocation_facts", charged="amount"),
            on_request=True,
            most=500,
            sheet="Expenses",
        ),
        Answer("versions", "select_expense_versions", HISTORY_READERS, needs=("expense",), on_request=True, most=200),
        Answer(
            "shares",
            "select_expense_shares",
            STAFF,
            _of("allocation_facts", "amount", "amount_donor"),
            needs=("expense",),
            on_request=True,
        ),
    ),
)

GRANTS = Page(
    "grants",
    "Grants",
    "grants",
    GrantsParameters,
    (
        Answer(
            "grants",
            "select_grants",
            STAFF,
            _of(
                "grant_burn",
                *("budget", "spent_to_date", "committed_to_date", "unspent", "share_used", "share_of_time"),
                *("burn_rate", "projected_spend", "projected_unspent", "spent_outside_window", "n_rates_missing"),
            ),
        ),
        Answer(
            "grant_months",
            "select_grant_months",
            STAFF,
            _of(
                "grant_burn",
                *("spent", "spent_to_date", "committed_to_date", "budget", "share_of_time"),
                even_burn="share_of_time",
            ),
            needs=("grant",),
            most=MOST_MONTHS,
            is_newest_last=True,
        ),
        Answer(
            "lines",
            "select_grant_lines",
            STAFF,
            _of(
                "grant_burn",
                *("budget", "spent_to_date", "committed_to_date", "unspent", "share_used", "share_of_time"),
                *("burn_rate", "projected_unspent"),
            ),
            needs=("grant",),
        ),
        Answer(
            "report",
            "select_donor_report",
            STAFF,
            _of("donor_report", "n_expenses", "spent_original", "committed_original", "spent", "committed"),
            needs=("grant",),
            most=1_000,
        ),
        Answer("grant_restatements", "select_grant_restatements", STAFF, _GRANT_FIGURES_RESTATED),
    ),
)

OPERATIONS = Page(
    "operations",
    "Operations",
    "operations",
    OperationsParameters,
    (
        Answer(
            "headcount",
            "select_headcount",
            EVERYBODY,
            _of("headcount", "n_staff", "n_joined", "n_left"),
            most=2_000,
            is_newest_last=True,
        ),
        Answer(
            "leave",
            "select_leave",
            LEAVE_READERS,
            _of("leave_usage", "n_people", "n_applications", "days_approved", "days_requested"),
            most=2_000,
            is_newest_last=True,
        ),
        Answer(
            "leave_departments",
            "select_leave_departments",
            LEAVE_READERS,
            _of(
                "leave_usage",
                *("n_people", "days_approved", "days_requested", "absence_rate", "max_overlap"),
                *("entitlement_days", "days_used_ytd", "balance_days"),
            ),
        ),
        Answer(
            "reimbursement",
            "select_reimbursement_times",
            STAFF,
            _of(
                "reimbursement_months",
                *("n_claims", "n_open", "n_paid", "n_rejected", "days_to_approve_median"),
                *("days_approve_to_pay_median", "days_to_pay_p90"),
            ),
        ),
        Answer(
            "backlog",
            "select_backlog",
            STAFF,
            _of("open_claims", n_to_approve="age_bucket", n_to_pay="age_bucket", n_stuck="is_stuck")
            | _of("expense_facts", "amount_base"),
        ),
        Answer("stuck", "select_stuck_claims", STAFF, _of("expense_facts", "amount") | _of("open_claims", "days_open")),
        _FRESHNESS,
        Answer(
            "pipelines",
            "select_pipelines",
            EVERYBODY,
            _of("pipeline_runs", n_runs="run_id", n_failed="status", seconds_median="seconds", seconds_p95="seconds"),
        ),
        Answer("runs", "select_pipeline_runs", EVERYBODY, _of("pipeline_runs", "rows_written", "seconds")),
        Answer(
            "builds",
            "select_metric_builds",
            EVERYBODY,
            _of("metric_builds", "rows_written", "seconds", n_months="months"),
        ),
    ),
)

CLOSE = Page(
    "close",
    "Period close",
    "close",
    CloseParameters,
    (
        Answer(
            "checklists",
            "select_checklists",
            STAFF,
            _of("closing_checklist", "missing_rates", "unreviewed_vendors", "open_rejects", "undecided_claims"),
            most=MOST_MONTHS,
            counted_by="months",
        ),
        Answer("events", "select_period_events"),
        Answer(
            "missing_rates", "select_missing_rates", STAFF, _of("fx_coverage", "n_rows", "amount_original"), ("month",)
        ),
        Answer(
            "unreviewed_vendors",
            "select_unreviewed_vendors",
            STAFF,
            _of("vendor_spend", "n_expenses", "spend"),
            ("month",),
        ),
    ),
    remembered=2.0,
)

PAGES: Mapping[str, Page] = {page.name: page for page in (INGESTION, BUDGET, GRANTS, OPERATIONS, CLOSE)}

"""What is published, and how: tables of facts month by month, tables of figures where they differ."""

from dataclasses import dataclass
from enum import StrEnum


class Refill(StrEnum):
    """How a mart takes over what was built."""

    months = "months"  # the build has the affected months only: these are replaced
    whole = "whole"  # the build has everything: rows that differ are replaced


@dataclass(frozen=True)
class Mart:
    """A table of the schema marts that a dbt model of the same name fills; `key` tells a row from every other one."""

    name: str
    key: tuple[str, ...]
    refill: Refill = Refill.whole


_CELL = ("month", "department_id", "category_id", "currency")

MARTS: tuple[Mart, ...] = (
    Mart("departments", ("department_id",)),
    Mart("categories", ("category_id",)),
    Mart("grants", ("grant_id",)),
    Mart("grant_budget_lines", ("grant_budget_line_id",)),
    Mart("expense_facts", ("expense_id",), Refill.months),
    Mart("allocation_facts", ("allocation_id",), Refill.months),
    Mart("vendor_spend", ("month", "vendor_id", "department_id", "category_id", "currency"), Refill.months),
    Mart(
        "grant_spend",
        ("month", "grant_id", "department_id", "category_id", "vendor_id", "currency"),
        Refill.months,
    ),
    Mart("reimbursement_times", ("month", "department_id", "category_id"), Refill.months),
    Mart("reimbursement_months", ("month",), Refill.months),
    Mart("spend_overview", ("month", "department_id"), Refill.months),
    Mart("monthly_spend_vs_budget", _CELL),
    Mart("annual_spend_vs_budget", ("fiscal_year", "department_id", "category_id", "currency")),
    Mart("grant_burn", ("month", "grant_id", "grant_budget_line_id")),
    Mart("donor_report", ("grant_id", "grant_budget_line_id", "month", "currency", "rate", "rate_kind")),
    Mart("daily_spend", ("day", "department_id", "category_id", "currency")),
    Mart("monthly_spend", _CELL),
    Mart("leave_usage", ("month", "department_id", "leave_type")),
    Mart("headcount", ("month", "department_id")),
    Mart("ingestion_quality", ("hour", "source", "dataset")),
    Mart("fx_coverage", ("month", "from_currency", "to_currency", "purpose", "donor_id")),
)

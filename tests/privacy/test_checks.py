"""The database's own checks: what no way in can get past, and nothing that a contract lets through."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from psycopg import sql
from pydantic import BaseModel, ValidationError

from include.schemas import inputs
from tests.privacy.conftest import Shown
from tests.privacy.planting import Row

# constraint → what breaks it, and the contract and code that reject the same in a delivery
BREACHES: dict[str, tuple[str, dict[str, Any], type[BaseModel] | None]] = {
    "users_left_after_hired": ("users", {"left_on": "2024-05-16"}, inputs.UserInput),
    "users_salary_not_negative": ("users", {"monthly_salary": "-1"}, inputs.UserInput),
    "users_currency_is_a_code": ("users", {"salary_currency": "kes"}, inputs.UserInput),
    "donors_currency_is_a_code": ("donors", {"currency": "K"}, inputs.DonorInput),
    "grants_amount_positive": ("grants", {"amount": "0"}, inputs.GrantInput),
    "grants_end_after_start": ("grants", {"ends_on": "2024-05-16"}, inputs.GrantInput),
    "grants_currency_is_a_code": ("grants", {"currency": "12A"}, inputs.GrantInput),
    "grant_budget_lines_amount_not_negative": (
        "grant_budget_lines",
        {"amount": "-0.01"},
        inputs.GrantBudgetLineInput,
    ),
    "grant_budget_lines_currency_is_a_code": (
        "grant_budget_lines",
        {"currency": "usd"},
        inputs.GrantBudgetLineInput,
    ),
    "fx_rates_rate_positive": ("fx_rates", {"rate": "0"}, inputs.FxRateInput),
    "fx_rates_valid_to_after_from": ("fx_rates", {"valid_to": "2024-05-16"}, inputs.FxRateInput),
    "fx_rates_currencies_are_codes": ("fx_rates", {"to_currency": "eur"}, inputs.FxRateInput),
    "budgets_amount_not_negative": ("budgets", {"amount": "-1"}, inputs.BudgetInput),
    "budgets_period_to_after_from": ("budgets", {"period_to": "2024-05-16"}, inputs.BudgetInput),
    "budgets_currency_is_a_code": ("budgets", {"currency": "ke"}, inputs.BudgetInput),
    "expenses_amount_fits_kind": ("expenses", {"amount": "0"}, inputs.ExpenseInput),
    "expenses_origin_has_its_fields": ("expenses", {"employee_id": None}, inputs.ExpenseInput),
    "expenses_currency_is_a_code": ("expenses", {"currency": "kes"}, inputs.ExpenseInput),
    "expense_allocations_currency_is_a_code": (
        "expense_allocations",
        {"currency": "kes"},
        inputs.ExpenseAllocationInput,
    ),
    "leave_applications_end_after_start": (
        "leave_applications",
        {"ends_on": "2024-05-16"},
        inputs.LeaveApplicationInput,
    ),
    "meter_readings_energy_not_negative": (
        "meter_readings",
        {"energy_kwh": "-0.1"},
        inputs.MeterReadingInput,
    ),
    # Nobody delivers these: they are kept by people, through the pages.
    "accounting_periods_month_is_its_first_day": ("accounting_periods", {"month": "2024-05-02"}, None),
    "accounting_periods_closed_when": ("accounting_periods", {"status": "closed", "closed_at": None}, None),
}


@pytest.mark.parametrize("name", BREACHES)
def test_a_breach_is_refused_by_the_database_and_by_the_contract(shown: Shown, name: str) -> None:
    table, breach, contract = BREACHES[name]
    with psycopg.connect(shown.warehouse.admin_dsn) as connection:
        changes = sql.SQL(", ").join(
            sql.SQL("{} = {}").format(sql.Identifier(column), sql.Placeholder(column)) for column in breach
        )
        with pytest.raises(psycopg.errors.CheckViolation) as refused:
            connection.execute(sql.SQL("update core.{} set {}").format(sql.Identifier(table), changes), breach)
    assert refused.value.diag.constraint_name == name
    if contract is not None:
        delivered = delivery(contract, shown.rows[table])
        contract.model_validate(delivered)
        with pytest.raises(ValidationError):
            contract.model_validate(delivered | as_delivered(breach))


def test_every_check_has_a_breach_above(shown: Shown) -> None:
    with psycopg.connect(shown.warehouse.admin_dsn) as connection:
        checks = connection.execute(
            "select conname from pg_constraint where contype = 'c' and connamespace = 'core'::regnamespace"
        ).fetchall()
    assert {name for (name,) in checks} == set(BREACHES)


@pytest.mark.parametrize(
    ("kind", "amount", "is_refused"),
    [
        ("claim", "-1", True),
        ("claim", "0", True),
        ("payment", "-1", True),
        ("payment", "0", False),
        ("refund", "1", True),
        ("refund", "-1", False),
        ("reversal", "-1", False),
        ("reversal", "1", False),
    ],
)
def test_database_and_contract_agree_on_the_sign_of_each_kind(
    shown: Shown, kind: str, amount: str, is_refused: bool
) -> None:
    delivered = delivery(inputs.ExpenseInput, shown.rows["expenses"]) | {"kind": kind, "amount": amount}
    with psycopg.connect(shown.warehouse.admin_dsn) as connection:
        change = "update core.expenses set kind = %(kind)s, amount = %(amount)s"
        if is_refused:
            with pytest.raises(psycopg.errors.CheckViolation):
                connection.execute(change, {"kind": kind, "amount": amount})
            with pytest.raises(ValidationError):
                inputs.ExpenseInput.model_validate(delivered)
        else:
            connection.execute(change, {"kind": kind, "amount": amount})
            connection.rollback()
            inputs.ExpenseInput.model_validate(delivered)


def test_a_ledger_row_needs_a_vendor_or_a_cost_centre(shown: Shown) -> None:
    with psycopg.connect(shown.warehouse.admin_dsn) as connection:
        connection.execute(
            "update core.expenses set origin = 'ledger', kind = 'payment', employee_id = null, vendor_id = null"
        )
        with pytest.raises(psycopg.errors.CheckViolation):
            connection.execute("update core.expenses set cost_centre = null")


def delivery(contract: type[BaseModel], row: Row) -> dict[str, Any]:
    """The planted row as a source would deliver it: references as text, nothing of our own."""
    fields = contract.model_fields
    delivered = {name: value for name, value in row.items() if name in fields}
    return delivered | {
        name: "E-001" for name in fields if name not in row and f"{name}_id" in row and row[f"{name}_id"]
    }


def as_delivered(breach: dict[str, Any]) -> dict[str, Any]:
    """A breach in a delivery's terms: a reference is called by its name."""
    return {name.removesuffix("_id"): value for name, value in breach.items()}

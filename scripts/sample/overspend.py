"""Planted against the budgets: months overspent by a known payment, and one spent to the shilling."""

import datetime as dt
import random
from decimal import Decimal

from scripts.sample.budgets import Budget, in_force, spend_by_cell
from scripts.sample.buying import Cell
from scripts.sample.days import Span, days_between, is_workday, month_end
from scripts.sample.exchange import Exchange
from scripts.sample.handling import rough_kes
from scripts.sample.organisation import DEPARTMENTS
from scripts.sample.people import Staff
from scripts.sample.planted import Finding
from scripts.sample.prices import CENT
from scripts.sample.spending import Expense
from scripts.sample.vendors import vendors_of

# Cell; month of history (negative: before the month of today, None: the running one); share of the budget.
_BREACHES: tuple[tuple[Cell, int | None, str, str, str], ...] = (
    (("EDUC", "SUPPLIES"), 7, "1.31", "supplies", "Emergency school kits after floods"),
    (("LIVE", "WORKSHOP"), 10, "1.18", "hotel", "Regional learning event, moved from the coast"),
    (("EXEC", "CONSULT"), 15, "1.42", "consultant", "Strategy review, extra work"),
    (("WASH", "FUEL"), 20, "1.15", "garage", "Engine overhaul, vehicle V4"),
    (("HEAL", "TRAVEL"), -1, "1.24", "car_hire", "Vehicle hire for outreach, county request"),
    (("MEAL", "CONSULT"), -1, "1.37", "consultant", "Endline survey, second team"),
    (("OPSL", "EQUIPMENT"), None, "1.21", "equipment", "Server replaced after a power surge"),
)
_EXACT = (
    ("LIVE", "SUPPLIES"),
    ("WASH", "SUPPLIES"),
    ("EDUC", "WORKSHOP"),
    ("HEAL", "WORKSHOP"),
    ("OPSL", "OFFICE"),
)
_EXACT_MONTH = 12


def overspend(
    span: Span,
    staff: Staff,
    expenses: list[Expense],
    budgets: list[Budget],
    exchange: Exchange,
    rng: random.Random,
) -> list[Finding]:
    """Add the payments that break planted budgets, and the one that uses a budget up exactly."""
    spent = spend_by_cell(expenses, exchange, span.yesterday)
    limits = in_force(budgets, span.yesterday)
    findings = []
    for cell, index, share, trade, text in _BREACHES:
        day = _day(span, index)
        month = day.replace(day=1)
        budget = limits[cell, month]
        missing = budget * Decimal(share) - spent.get((cell, month), Decimal(0))
        amount = max(missing, budget / 10).quantize(Decimal(10)).quantize(CENT)
        payment = _payment(span, staff, cell, day, amount, trade, text, rng)
        reason = f"{cell[0]} {cell[1]} of {month:%Y-%m} goes over its budget"
        findings.append(_keep(expenses, "budget_breach", payment, reason))
    month = span.month(_EXACT_MONTH)
    for cell in _EXACT:
        left = limits[cell, month] - spent.get((cell, month), Decimal(0))
        if left > 1000:
            payment = _payment(span, staff, cell, _day(span, _EXACT_MONTH), left, "supplies", "Remaining items", rng)
            reason = f"{cell[0]} {cell[1]} of {month:%Y-%m} is spent to the cent, which is no breach"
            findings.append(_keep(expenses, "exactly_at_budget", payment, reason))
            break
    return findings


def _keep(expenses: list[Expense], kind: str, payment: Expense, reason: str) -> Finding:
    expenses.append(payment)
    return Finding(kind, [payment], reason=reason)


def _day(span: Span, index: int | None) -> dt.date:
    """A workday late in the month, not after yesterday; the month before where the running one has none."""
    month = span.months[-1] if index is None else span.month(index)
    last = min(month_end(month), span.yesterday)
    usual = [day for day in days_between(month, last) if is_workday(day)]
    if not usual:
        return _day(span, -1)
    return usual[-3] if len(usual) > 4 else usual[-1]


def _payment(
    span: Span,
    staff: Staff,
    cell: Cell,
    day: dt.date,
    amount: Decimal,
    trade: str,
    text: str,
    rng: random.Random,
) -> Expense:
    office = next(department for department in DEPARTMENTS if department.code == cell[0]).offices[0]
    vendor = rng.choice(vendors_of(trade, office, 0)).code
    payment = Expense("payment", cell[0], cell[1], day, amount, "KES", text, vendor)
    payment.approver = staff.approver_of_payment(cell[0], rough_kes(payment))
    payment.approved = (day, rng.randint(9 * 60, 16 * 60))
    payment.receipt_no = f"INV-{rng.randint(1000, 99_999)}"
    return payment

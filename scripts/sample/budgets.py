"""Budgets per department, category and month: set for each fiscal year, revised once half-way through one."""

import datetime as dt
import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from statistics import median

from scripts.sample.buying import Cell, season
from scripts.sample.days import Span, add_months, month_end, month_of, months_between
from scripts.sample.exchange import Exchange
from scripts.sample.organisation import BASE_CURRENCY, FISCAL_YEAR_FIRST_MONTH
from scripts.sample.people import Staff
from scripts.sample.spending import Expense

GROWTH = 1.045  # budgets of a fiscal year against those of the year before
REVISION_NOTE = "Mid-year revision, approved by the board's finance committee"


@dataclass(frozen=True)
class Budget:
    """What a department may spend on a category in a month, in one version."""

    cell: Cell
    month: dt.date
    amount: Decimal
    version: int
    in_force_from: dt.date
    approved_by: str
    delivered_on: dt.date

    def row(self) -> dict[str, str]:
        """The budget as it is delivered."""
        return {
            "period_from": self.month.isoformat(),
            "period_to": month_end(self.month).isoformat(),
            "granularity": "month",
            "amount": f"{self.amount}.00",
            "currency": BASE_CURRENCY,
            "version": str(self.version),
            "version_kind": "original" if self.version == 1 else "revised",
            "in_force_from": self.in_force_from.isoformat(),
            "note": "" if self.version == 1 else REVISION_NOTE,
            "department": self.cell[0],
            "category": self.cell[1],
            "approved_by": self.approved_by,
        }


def fiscal_year_of(day: dt.date) -> dt.date:
    """The first day of the fiscal year that a day lies in."""
    year = day.year if day.month >= FISCAL_YEAR_FIRST_MONTH else day.year - 1
    return dt.date(year, FISCAL_YEAR_FIRST_MONTH, 1)


def spend_by_cell(expenses: Iterable[Expense], exchange: Exchange, day: dt.date) -> dict[tuple[Cell, dt.date], Decimal]:
    """What counts as spent at the end of a day, in the base currency, by cell and month."""
    spent: dict[tuple[Cell, dt.date], Decimal] = defaultdict(Decimal)
    for expense in expenses:
        if expense.counts_on(day):
            cell, month = (expense.department, expense.category), month_of(expense.spent_on)
            spent[cell, month] += exchange.to_base(expense.amount_on(day), expense.currency, expense.spent_on)
    return spent


def set_budgets(
    span: Span, staff: Staff, usual: dict[tuple[Cell, dt.date], Decimal], rng: random.Random
) -> list[Budget]:
    """Original budgets of every fiscal year that the history touches, and one revision half-way through one.

    :param usual: what each cell spent in each month before anything odd was planted; a budget aims
        somewhat above its seasonal median and never knows what will go wrong.
    """
    last = add_months(fiscal_year_of(span.yesterday), 11)
    months = months_between(span.first, last)
    revised_from = _revision(span)
    budgets: list[Budget] = []
    cells = sorted({cell for cell, _ in usual})
    for cell in cells:
        history = [
            float(usual.get((cell, m), 0)) / season(cell[1], m) for m in span.months if month_end(m) < span.today
        ]
        level = max(median(history), 0.6 * sum(history) / len(history))
        unsteady = (sum((value - level) ** 2 for value in history) / len(history)) ** 0.5 / max(level, 1.0)
        allowance = 1.04 + min(0.9, 0.8 * unsteady) + rng.uniform(-0.03, 0.06)
        for month in months:
            year = fiscal_year_of(month)
            growth = GROWTH ** (year.year - fiscal_year_of(span.first).year - 0.5)
            phased = 0.25 + 0.75 * season(cell[1], month)
            amount = _round(level * allowance * growth * phased)
            set_on = max(span.first, year - dt.timedelta(days=11))
            budgets.append(Budget(cell, month, amount, 1, max(year, span.first), staff.director.employee_no, set_on))
            if revised_from <= month < add_months(fiscal_year_of(revised_from), 12):
                shift = rng.choice((0.85, 0.92, 1.0, 1.0, 1.06, 1.15))
                approver = staff.finance_director.employee_no
                delivered = revised_from - dt.timedelta(days=14)
                budgets.append(Budget(cell, month, _round(float(amount) * shift), 2, revised_from, approver, delivered))
    return budgets


def _revision(span: Span) -> dt.date:
    """The latest start of a second half-year that lies before the last week."""
    halves = [month for month in span.months if month.month == (FISCAL_YEAR_FIRST_MONTH + 5) % 12 + 1]
    return max(month for month in halves if month <= span.cutover)


def _round(amount: float) -> Decimal:
    step = 1000 if amount < 100_000 else 5000
    return Decimal(max(step, round(amount / step) * step))


def in_force(budgets: Iterable[Budget], day: dt.date) -> dict[tuple[Cell, dt.date], Decimal]:
    """The amount of the newest version in force on a day, by cell and month."""
    newest: dict[tuple[Cell, dt.date], Budget] = {}
    for budget in budgets:
        key = budget.cell, budget.month
        if budget.in_force_from <= day and (key not in newest or newest[key].version < budget.version):
            newest[key] = budget
    return {key: budget.amount for key, budget in newest.items()}

"""How the house handles an expense: submission, approval within limits, payment runs, receipts."""

import datetime as dt
import random
from decimal import Decimal

from scripts.sample.days import add_months, month_of, next_workday
from scripts.sample.people import Staff
from scripts.sample.spending import Expense, Moment

# For limits only: what a foreign amount roughly is in shillings.
ROUGH_RATE = {"KES": Decimal(1), "USD": Decimal(130), "EUR": Decimal(148)}
SLOW = 0.012  # share of claims that lie on somebody's desk for weeks
NO_RECEIPT, NO_RECEIPT_BELOW = 0.015, 3000  # share of small claims without a receipt, and what is small (any currency)


def rough_kes(expense: Expense) -> Decimal:
    """The amount in shillings, near enough to choose an approver by."""
    return abs(expense.amount) * ROUGH_RATE[expense.currency]


def handle_claim(expense: Expense, staff: Staff, rng: random.Random) -> None:
    """Submit, decide and pay a claim; some are never handed in, some refused, some lie on a desk."""
    if expense.employee is None:
        raise ValueError("a claim has a claimant")
    expense.approver = staff.approver_of_claim(expense.employee, rough_kes(expense))
    if expense.category == "PERDIEM":
        expense.receipt_no = f"ACT-{rng.randint(10_000, 99_999)}"
    elif expense.amount > NO_RECEIPT_BELOW or rng.random() > NO_RECEIPT:
        expense.receipt_no = f"{rng.choice(('ETR', 'INV', 'RCT'))}-{rng.randint(100_000, 999_999)}"
    fate = rng.random()
    if fate < 0.005:
        return  # a draft that nobody hands in
    submitted = _submission(expense.spent_on, rng)
    wait = rng.randint(12, 25) if rng.random() < SLOW else rng.choice((0, 0, 1, 1, 2, 2, 3, 4, 5, 7))
    approved = next_workday(submitted[0] + dt.timedelta(days=wait))
    expense.submitted = submitted
    earliest = 8 * 60
    if approved == submitted[0]:
        earliest = submitted[1] + 25
        if earliest > 17 * 60:
            approved, earliest = next_workday(approved + dt.timedelta(days=1)), 8 * 60
    expense.approved = (approved, rng.randint(earliest, 17 * 60 + 45))
    if fate < 0.024:
        expense.outcome = "rejected"
    elif fate < 0.031:
        expense.outcome = "cancelled"
    else:
        expense.paid = (_claims_run(approved), 15 * 60 + rng.randint(0, 20))


def handle_payment(expense: Expense, staff: Staff, rng: random.Random) -> None:
    """Approve and post an invoice, and pay it in a Thursday's run."""
    posted = next_workday(expense.spent_on + dt.timedelta(days=rng.choice((0, 0, 1, 1, 2, 3))))
    expense.approver = staff.approver_of_payment(expense.department, rough_kes(expense))
    expense.approved = (posted, rng.randint(8 * 60 + 30, 16 * 60 + 50))
    due = posted + dt.timedelta(days=rng.choice((3, 7, 14, 21, 28)))
    expense.paid = (
        next_workday(due + dt.timedelta(days=(3 - due.weekday()) % 7)),
        11 * 60 + rng.randint(0, 25),
    )
    if not expense.receipt_no:
        expense.receipt_no = f"INV-{rng.randint(1000, 99_999)}"


def _submission(spent_on: dt.date, rng: random.Random) -> Moment:
    """Many hand in before the month's cut-off on the 20th, the rest within days; the field on Mondays."""
    day = spent_on + dt.timedelta(days=1 + int(rng.expovariate(0.28)))
    way = rng.random()
    if way < 0.25:
        day += dt.timedelta(days=-day.weekday() % 7)
    elif way < 0.45:
        cutoff = spent_on.replace(day=20) if spent_on.day < 20 else add_months(month_of(spent_on), 1).replace(day=20)
        day = min(day + dt.timedelta(days=14), cutoff - dt.timedelta(days=rng.randint(0, 3)))
        day = max(day, spent_on + dt.timedelta(days=1))
    if rng.random() < 0.93:
        day = next_workday(day)
    return day, rng.randint(7 * 60 + 30, 18 * 60 + 30)


def _claims_run(approved: dt.date) -> dt.date:
    """Claims are paid on the 10th and, beside the payroll, on the 26th."""
    tomorrow = approved + dt.timedelta(days=1)
    runs = [
        tomorrow.replace(day=10),
        tomorrow.replace(day=26),
        add_months(month_of(tomorrow), 1).replace(day=10),
    ]
    return next_workday(next(run for run in runs if run >= tomorrow))

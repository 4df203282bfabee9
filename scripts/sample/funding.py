"""Grants, their budget lines, and the split of expenses over them."""

import datetime as dt
import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from scripts.sample.days import Span, add_months, month_end
from scripts.sample.exchange import Exchange
from scripts.sample.organisation import CATEGORIES, DONOR_FIXED_RATE, DONORS, GRANTS, Grant
from scripts.sample.spending import Expense

_CURRENCIES = {donor.code: donor.currency for donor in DONORS}
_NAMES = {category.code: category.name for category in CATEGORIES}
_SPLITS = ((1, (Decimal(1),)), (2, (Decimal("0.6"), Decimal("0.4"))), (2, (Decimal("0.65"), Decimal("0.35"))))
FUNDED = 0.72  # share of eligible expenses that a grant bears; core funds bear the rest


@dataclass(frozen=True)
class Line:
    """A line of a grant's budget, in the donor's currency."""

    grant: Grant
    code: str
    category: str
    amount: Decimal


def line_code(grant: Grant, category: str) -> str:
    """The line's code within its grant: L01, L02, … in the order of its categories."""
    return f"L{grant.categories.index(category) + 1:02d}"


def window(grant: Grant, span: Span) -> tuple[dt.date, dt.date]:
    """First and last day on which the grant pays."""
    first = span.month(grant.first_month)
    return first, month_end(add_months(first, grant.months - 1))


def pays(grant: Grant, expense: Expense, span: Span) -> bool:
    """Whether a grant may bear an expense: its department, its category, within its window."""
    first, last = window(grant, span)
    fits = expense.department in grant.departments and expense.category in grant.categories
    return fits and first <= expense.spent_on <= last


def allocate(expenses: Iterable[Expense], span: Span, rng: random.Random) -> None:
    """Split eligible expenses over one or two grants; refunds and reversals follow their payment."""
    for expense in expenses:
        if expense.about is not None:
            expense.shares = list(expense.about.shares)
            continue
        candidates = [grant for grant in GRANTS if pays(grant, expense, span)]
        if not candidates or rng.random() > FUNDED:
            continue
        count, shares = rng.choice(_SPLITS) if len(candidates) > 1 else _SPLITS[0]
        chosen: list[Grant] = []
        while len(chosen) < count:
            left = [grant for grant in candidates if grant not in chosen]
            chosen.append(rng.choices(left, [grant.weight for grant in left])[0])
        expense.shares = [
            (grant.code, line_code(grant, expense.category), share) for grant, share in zip(chosen, shares, strict=True)
        ]


def in_donor_currency(amount: Decimal, expense: Expense, grant: Grant, exchange: Exchange) -> Decimal:
    """An expense's amount in the currency of the grant: at the donor's fixed rate, else at the month's."""
    wanted = _CURRENCIES[grant.donor]
    if expense.currency == wanted:
        return amount
    base = exchange.to_base(amount, expense.currency, expense.spent_on)
    donor, currency, fixed = DONOR_FIXED_RATE
    rate = fixed if (grant.donor, wanted) == (donor, currency) else exchange.average(wanted, expense.spent_on)
    return base / rate


def grant_lines(expenses: Iterable[Expense], exchange: Exchange, span: Span) -> list[Line]:
    """Budget lines sized so that each grant burns as planned: what was spent, stretched over its window."""
    grants = {grant.code: grant for grant in GRANTS}
    spent: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for expense in expenses:
        if expense.counts_on(span.yesterday):
            for code, _, share in expense.shares:
                part = in_donor_currency(expense.amount * share, expense, grants[code], exchange)
                spent[code, expense.category] += part
    lines = []
    for grant in GRANTS:
        first, last = window(grant, span)
        elapsed = Decimal(max(30, (min(last, span.yesterday) - first).days + 1))
        stretch = Decimal((last - first).days + 1) / elapsed
        step = Decimal(10_000 if _CURRENCIES[grant.donor] == "KES" else 250)
        for position, category in enumerate(grant.categories):
            lean = Decimal(88 + 6 * ((position * 5 + len(grant.code)) % 5)) / 100
            planned = spent[grant.code, category] * stretch / grant.burn / lean
            amount = max(step, (planned / step).quantize(Decimal(1)) * step)
            lines.append(Line(grant, line_code(grant, category), category, amount))
    return lines


def grant_row(grant: Grant, lines: Iterable[Line], span: Span, day: dt.date) -> dict[str, str] | None:
    """The grant as it stands on a day; None before it starts, closed after its end."""
    first, last = window(grant, span)
    if day < first:
        return None
    return {
        "code": grant.code,
        "title": grant.title,
        "currency": _CURRENCIES[grant.donor],
        "amount": f"{sum((line.amount for line in lines if line.grant is grant), Decimal(0))}.00",
        "starts_on": first.isoformat(),
        "ends_on": last.isoformat(),
        "status": "closed" if day > last else "active",
        "donor": grant.donor,
    }


def line_row(line: Line, span: Span, day: dt.date) -> dict[str, str] | None:
    """The budget line; it is known with its grant."""
    if day < window(line.grant, span)[0]:
        return None
    return {
        "code": line.code,
        "name": _NAMES[line.category],
        "amount": f"{line.amount}.00",
        "currency": _CURRENCIES[line.grant.donor],
        "grant": line.grant.code,
        "category": line.category,
    }

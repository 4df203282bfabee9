"""What a department buys in a month: how many claims and payments, on which days, for how much."""

import datetime as dt
import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate

from scripts.sample.absence import Absences
from scripts.sample.days import Span, days_between, is_ramadan, is_workday, month_end
from scripts.sample.handling import handle_claim, handle_payment
from scripts.sample.organisation import DEPARTMENTS, Department
from scripts.sample.people import Person, Staff
from scripts.sample.prices import Draw, Scene, draw, settle
from scripts.sample.spending import Expense
from scripts.sample.vendors import vendors_of

Cell = tuple[str, str]  # department, category
VOLUME = 0.885  # of the rates below: some 12,000 expenses in all
Boost = Callable[[Cell, dt.date], float]  # how much more than usual a cell buys in a month

# Claims and payments per month. Rent, power and lines are bills (see bills.py), not in here.
RATES: dict[str, dict[str, tuple[float, float]]] = {
    "WASH": {
        "TRAVEL": (13, 4), "PERDIEM": (22, 1), "FUEL": (8, 8), "WORKSHOP": (3, 5), "SUPPLIES": (4, 12),
        "CONSULT": (0, 1.6), "OFFICE": (4, 1.5), "COMMS": (8, 1), "EQUIPMENT": (0.8, 1.2),
    },
    "LIVE": {
        "TRAVEL": (12, 4), "PERDIEM": (20, 1), "FUEL": (7, 8), "WORKSHOP": (4, 6), "SUPPLIES": (4, 11),
        "CONSULT": (0, 1.5), "OFFICE": (4, 1.5), "COMMS": (8, 1), "EQUIPMENT": (0.8, 1),
    },
    "HEAL": {
        "TRAVEL": (13, 4), "PERDIEM": (20, 1), "FUEL": (6, 7), "WORKSHOP": (5, 7), "SUPPLIES": (4, 10),
        "CONSULT": (0, 1.4), "OFFICE": (4, 1.5), "COMMS": (8, 2), "EQUIPMENT": (0.8, 1),
    },
    "EDUC": {
        "TRAVEL": (10, 3), "PERDIEM": (13, 1), "FUEL": (4, 4), "WORKSHOP": (5, 7), "SUPPLIES": (3, 9),
        "CONSULT": (0, 1.2), "OFFICE": (4, 1.5), "COMMS": (6, 1), "EQUIPMENT": (0.8, 1),
    },
    "MEAL": {
        "TRAVEL": (9, 2), "PERDIEM": (14, 1), "FUEL": (3, 3), "WORKSHOP": (2, 2), "CONSULT": (0, 2.2),
        "OFFICE": (3, 1), "COMMS": (6, 1), "EQUIPMENT": (0.8, 0.8),
    },
    "FING": {
        "TRAVEL": (4, 1), "PERDIEM": (4, 0), "CONSULT": (0, 1.4), "OFFICE": (5, 2), "COMMS": (4, 0),
    },
    "OPSL": {
        "TRAVEL": (6, 1), "PERDIEM": (6, 0), "FUEL": (9, 11), "SUPPLIES": (1, 2), "CONSULT": (0, 0.8),
        "OFFICE": (6, 9), "COMMS": (6, 2), "EQUIPMENT": (1.5, 2),
    },
    "EXEC": {
        "TRAVEL": (6, 1), "PERDIEM": (5, 0), "FLIGHTS": (1.5, 3), "WORKSHOP": (1, 1.5), "CONSULT": (0, 1.5),
        "OFFICE": (2, 1.5), "COMMS": (4, 0),
    },
}  # fmt: skip

# January to December. Long rains close roads in April and May; the fiscal year ends in June; offices close
# before Christmas.
_FIELD = (0.92, 1.08, 1.10, 0.84, 0.80, 1.05, 1.15, 1.12, 1.18, 1.14, 1.06, 0.58)
_STORES = (0.80, 0.92, 1.00, 0.92, 1.12, 1.46, 0.74, 0.88, 0.96, 1.02, 1.12, 0.78)
_DESK = (1.06, 1.00, 1.02, 0.97, 1.00, 1.08, 1.00, 0.98, 1.00, 1.02, 1.03, 0.80)
SEASONS = {
    "TRAVEL": _FIELD, "PERDIEM": _FIELD, "FUEL": _FIELD, "WORKSHOP": _FIELD, "FLIGHTS": _DESK,
    "SUPPLIES": _STORES, "EQUIPMENT": _STORES, "CONSULT": _STORES, "OFFICE": _DESK, "COMMS": _DESK,
    "UTILITIES": (1.0,) * 12, "RENT": (1.0,) * 12,
}  # fmt: skip
_FASTING = {"WORKSHOP": 0.55, "PERDIEM": 0.85}  # what is left of it during Ramadan

_OUTDOORS = (1.0, 1.1, 1.12, 1.06, 0.86, 0.26, 0.10)  # Monday to Sunday
_INDOORS = (1.05, 1.05, 1.05, 1.0, 0.85, 0.03, 0.0)
_FIELD_CATEGORIES = frozenset({"TRAVEL", "PERDIEM", "FUEL", "FLIGHTS", "COMMS", "WORKSHOP", "SUPPLIES"})


@dataclass
class Draft:
    """A purchase with its day and its people, its amount not yet settled."""

    cell: Cell
    month: dt.date
    day: dt.date
    is_claim: bool
    office: str
    person: Person | None
    purchase: Draw


def day_weight(day: dt.date, category: str, is_claim: bool) -> float:
    """How likely something is bought on a day, a usual Tuesday being about 1."""
    if is_claim:
        weight = (_OUTDOORS if category in _FIELD_CATEGORIES else _INDOORS)[day.weekday()]
        if not is_workday(day) and day.weekday() < 5:
            weight *= 0.12
    else:
        weight = 0.0 if not is_workday(day) else (1.5 if day.day >= 24 else 1.0)
    if (day.month == 12 and day.day >= 19) or (day.month == 1 and day.day <= 5):
        weight *= 0.25
    if category in _FASTING and is_ramadan(day):
        weight *= _FASTING[category]
    return weight


def season(category: str, month: dt.date) -> float:
    """The category's share of a usual month, Ramadan included."""
    days = list(days_between(month, month_end(month)))
    fasting = sum(is_ramadan(day) for day in days) / len(days)
    return SEASONS[category][month.month - 1] * (1 - fasting * (1 - _FASTING.get(category, 1.0)))


def buy(span: Span, staff: Staff, absences: Absences, boost: Boost, rng: random.Random) -> list[Expense]:
    """All ordinary claims and payments from the first day of history to yesterday."""
    drafts: list[Draft] = []
    for index, month in enumerate(span.months):
        for department in DEPARTMENTS:
            for category, rates in RATES[department.code].items():
                factor = season(category, month) * boost((department.code, category), month)
                for is_claim, rate in ((True, rates[0]), (False, rates[1])):
                    drafts += _month(span, staff, absences, department, category, is_claim, rate * factor, index, rng)
    _calm(drafts)
    return [_settle(draft, span, staff, rng) for draft in drafts]


def _month(
    span: Span,
    staff: Staff,
    absences: Absences,
    department: Department,
    category: str,
    is_claim: bool,
    rate: float,
    index: int,
    rng: random.Random,
) -> list[Draft]:
    month = span.months[index]
    days = list(days_between(month, month_end(month)))
    weights = [day_weight(day, category, is_claim) for day in days]
    sums = list(accumulate(weights))
    happened = [total for day, total in zip(days, sums, strict=True) if day <= span.yesterday]
    if not sums[-1] or not happened:
        return []
    expected = VOLUME * rate * happened[-1] / sums[-1] * rng.uniform(0.9, 1.1)
    drafts = []
    for _ in range(int(expected + rng.random())):
        day = rng.choices(days[: len(happened)], cum_weights=happened)[0]
        person = None
        if is_claim:
            present = [p for p in staff.members(department.code, day) if not absences.is_away(p, day)]
            if not present:
                continue
            person = rng.choice(present)
        office = person.office if person else rng.choice(department.offices)
        purchase = draw(category, is_claim, Scene(department.code, office, index), rng)
        drafts.append(Draft((department.code, category), month, day, is_claim, office, person, purchase))
    return drafts


def _calm(drafts: list[Draft]) -> None:
    """Pull each month's free amounts most of the way to what its number of purchases would usually cost.

    Departments plan within a budget: a month of dear purchases is followed by restraint, which independent
    draws do not know.
    """
    groups: dict[tuple[Cell, bool, str, dt.date], list[Draw]] = defaultdict(list)
    usual: dict[tuple[Cell, bool, str], list[float]] = defaultdict(list)
    for draft in drafts:
        purchase = draft.purchase
        if not purchase.is_fixed and draft.cell[1] != "FUEL":
            groups[draft.cell, draft.is_claim, purchase.currency, draft.month].append(purchase)
            usual[draft.cell, draft.is_claim, purchase.currency].append(purchase.amount)
    for (cell, is_claim, currency, _), purchases in groups.items():
        amounts = usual[cell, is_claim, currency]
        expected = len(purchases) * sum(amounts) / len(amounts)
        factor = (expected / sum(purchase.amount for purchase in purchases)) ** 0.75
        for purchase in purchases:
            purchase.amount *= max(0.6, min(1.6, factor))


def _settle(draft: Draft, span: Span, staff: Staff, rng: random.Random) -> Expense:
    purchase, (department, category) = draft.purchase, draft.cell
    index = span.months.index(draft.month)
    vendor = ""
    if purchase.trade:
        vendor = rng.choice(vendors_of(purchase.trade, draft.office, index)).code
    expense = Expense(
        kind="claim" if draft.is_claim else "payment",
        department=department,
        category=category,
        spent_on=draft.day,
        amount=settle(purchase.amount, purchase.step),
        currency=purchase.currency,
        description=purchase.description,
        vendor=vendor,
        employee=draft.person,
    )
    if draft.is_claim:
        handle_claim(expense, staff, rng)
    else:
        handle_payment(expense, staff, rng)
    return expense

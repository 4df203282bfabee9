"""Planted in the series: spikes, level shifts, a drift, a drop, a gap; each in one department's category."""

import datetime as dt
import random
from dataclasses import dataclass

from scripts.sample.buying import Cell
from scripts.sample.days import Span, add_months, days_between, is_workday, month_end
from scripts.sample.handling import handle_payment
from scripts.sample.organisation import DEPARTMENTS
from scripts.sample.people import Staff
from scripts.sample.prices import Scene, draw, settle
from scripts.sample.spending import Expense
from scripts.sample.vendors import vendors_of


@dataclass(frozen=True)
class SeriesAnomaly:
    """Something odd in a series from one day to another. `factor` is the level against the usual one."""

    kind: str
    cell: Cell
    first: dt.date
    last: dt.date
    factor: float
    reason: str

    def facts(self) -> dict[str, object]:
        """The entry of the ground truth."""
        return {
            "kind": self.kind,
            "direction": "up" if self.factor > 1 else "down",
            "department": self.cell[0],
            "category": self.cell[1],
            "from": self.first.isoformat(),
            "to": self.last.isoformat(),
            "factor": round(self.factor, 3),
            "reason": self.reason,
        }


def plan_anomalies(span: Span) -> list[SeriesAnomaly]:
    """The anomalies, placed by months since the start of history; the last ones are fresh enough to alert."""

    def over(kind: str, cell: Cell, first: int, months: int, factor: float, reason: str) -> SeriesAnomaly:
        start = span.month(first)
        end = min(month_end(add_months(start, months - 1)), span.yesterday)
        return SeriesAnomaly(kind, cell, start, end, factor, reason)

    gap = span.month(18) + dt.timedelta(days=6)
    fresh = span.month(-1) + dt.timedelta(days=11)
    old = span.month(9) + dt.timedelta(days=12)
    return [
        over("level_shift", ("EDUC", "TRAVEL"), 14, 12, 1.9, "more schools to visit"),
        over("level_shift", ("OPSL", "OFFICE"), 17, 8, 1.8, "bulk orders for all offices"),
        over("drift", ("OPSL", "FUEL"), 12, 13, 1.75, "older vehicles use more"),
        over("drop", ("MEAL", "PERDIEM"), 11, 3, 0.3, "survey postponed"),
        SeriesAnomaly("gap", ("LIVE", "PERDIEM"), gap, gap + dt.timedelta(days=44), 0.0, "access closed for security"),
        SeriesAnomaly("spike", ("HEAL", "SUPPLIES"), old, old + dt.timedelta(days=4), 8.0, "cholera response"),
        SeriesAnomaly("spike", ("WASH", "WORKSHOP"), fresh, fresh + dt.timedelta(days=3), 7.0, "county trainings"),
    ]


def boost_of(anomalies: list[SeriesAnomaly], cell: Cell, month: dt.date) -> float:
    """How much more than usual a cell buys in a month, by the planted shifts, drifts and drops."""
    factor = 1.0
    for anomaly in anomalies:
        if (
            anomaly.cell == cell
            and anomaly.kind in ("level_shift", "drift", "drop")
            and anomaly.first <= month <= anomaly.last
        ):
            if anomaly.kind == "drift":
                done = (month - anomaly.first).days / max(1, (anomaly.last - anomaly.first).days)
                factor *= 1 + (anomaly.factor - 1) * done
            else:
                factor *= anomaly.factor
    return factor


def cut_gaps(anomalies: list[SeriesAnomaly], expenses: list[Expense]) -> list[Expense]:
    """Take out what was bought inside a planted gap."""
    gaps = [anomaly for anomaly in anomalies if anomaly.kind == "gap"]
    return [
        expense
        for expense in expenses
        if not any(
            gap.cell == (expense.department, expense.category) and gap.first <= expense.spent_on <= gap.last
            for gap in gaps
        )
    ]


def spikes(anomalies: list[SeriesAnomaly], span: Span, staff: Staff, rng: random.Random) -> list[Expense]:
    """The payments that make the planted spikes: two or three dear ones on each workday."""
    found = []
    for anomaly in anomalies:
        if anomaly.kind != "spike":
            continue
        code, category = anomaly.cell
        department = next(department for department in DEPARTMENTS if department.code == code)
        index = (anomaly.first.year - span.first.year) * 12 + anomaly.first.month - span.first.month
        for day in days_between(anomaly.first, anomaly.last):
            for _ in range(rng.choice((2, 3)) if is_workday(day) else 0):
                office = rng.choice(department.offices)
                purchase = draw(category, False, Scene(code, office, index), rng)
                expense = Expense(
                    kind="payment",
                    department=code,
                    category=category,
                    spent_on=day,
                    amount=settle(purchase.amount * 1.8, purchase.step),
                    currency=purchase.currency,
                    description=f"{purchase.description} ({anomaly.reason})",
                    vendor=rng.choice(vendors_of(purchase.trade, office, index)).code,
                )
                handle_payment(expense, staff, rng)
                found.append(expense)
    return found

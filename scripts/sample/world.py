"""The whole sample, put together in the order in which one thing follows from another."""

import datetime as dt
import random
from dataclasses import dataclass
from decimal import Decimal

from scripts.sample.absence import Absences, plan_leave
from scripts.sample.bills import money_back, monthly_bills
from scripts.sample.budgets import Budget, in_force, set_budgets, spend_by_cell
from scripts.sample.buying import Cell, buy
from scripts.sample.days import Span
from scripts.sample.electricity import Readings, measure_electricity
from scripts.sample.exchange import Exchange, publish_rates
from scripts.sample.funding import Line, allocate, grant_lines, pays, window
from scripts.sample.organisation import GRANTS
from scripts.sample.overspend import overspend
from scripts.sample.people import Staff, hire_staff
from scripts.sample.planted import Finding, Planter, plant_corrections
from scripts.sample.series import SeriesAnomaly, boost_of, cut_gaps, plan_anomalies, spikes
from scripts.sample.spending import Expense, number_expenses


@dataclass
class World:
    """Everything that is true in the sample organisation."""

    span: Span
    seed: int
    staff: Staff
    exchange: Exchange
    absences: Absences
    readings: Readings
    expenses: list[Expense]
    budgets: list[Budget]
    lines: list[Line]
    anomalies: list[SeriesAnomaly]
    findings: list[Finding]

    def breaches(self) -> list[tuple[Cell, dt.date, Decimal, Decimal]]:
        """Every cell and month that spent more than its budget in force: cell, month, spent, budget."""
        spent = spend_by_cell(self.expenses, self.exchange, self.span.yesterday)
        limits = in_force(self.budgets, self.span.yesterday)
        return [
            (cell, month, spent[cell, month], limits[cell, month])
            for cell, month in sorted(spent)
            if spent[cell, month] > limits[cell, month]
        ]


def make_world(today: dt.date, seed: int) -> World:
    """Make the sample as of a day.

    :param today: the day after the last one of the sample
    :param seed: the same seed and day make the same sample, to the byte
    """

    def dice(topic: str) -> random.Random:
        return random.Random(f"{seed}:{topic}")

    span = Span(today)
    staff = hire_staff(span, dice("staff"))
    exchange = publish_rates(span, dice("rates"))
    absences = plan_leave(span, staff, dice("leave"))
    readings = measure_electricity(span, dice("electricity"))
    anomalies = plan_anomalies(span)

    expenses = buy(span, staff, absences, lambda cell, month: boost_of(anomalies, cell, month), dice("buying"))
    expenses = cut_gaps(anomalies, expenses)
    expenses += monthly_bills(span, staff, readings, dice("bills"))
    expenses += money_back(span, staff, expenses, dice("refunds"))
    budgets = set_budgets(span, staff, spend_by_cell(expenses, exchange, span.yesterday), dice("budgets"))

    expenses += spikes(anomalies, span, staff, dice("spikes"))
    expenses = [expense for expense in expenses if expense.visible_on <= span.yesterday]
    findings = Planter(span, staff, expenses, dice("planted")).plant()
    allocate(expenses, span, dice("allocations"))
    findings += plant_corrections(span, expenses, dice("corrections"))
    findings += overspend(span, staff, expenses, budgets, exchange, dice("overspend"))
    findings += _stretch_grants(span, expenses, dice("windows"))
    number_expenses(expenses)
    lines = grant_lines(expenses, exchange, span)
    return World(span, seed, staff, exchange, absences, readings, expenses, budgets, lines, anomalies, findings)


def _stretch_grants(span: Span, expenses: list[Expense], rng: random.Random) -> list[Finding]:
    """Charge four expenses to a grant that is over, and two to a line of another category."""
    ended = next(grant for grant in GRANTS if window(grant, span)[1] < span.cutover)
    late = [
        expense
        for expense in expenses
        if expense.department in ended.departments
        and expense.category in ended.categories
        and expense.spent_on > window(ended, span)[1]
        and len(expense.shares) == 1
        and expense.kind in ("claim", "payment")
    ]
    findings = []
    for expense in rng.sample(late, 4):
        expense.shares = [(ended.code, f"L{ended.categories.index(expense.category) + 1:02d}", Decimal(1))]
        findings.append(Finding("outside_grant_window", [expense], reason=f"charged to {ended.code} after its end"))
    taken = {id(finding.expenses[0]) for finding in findings}
    for grant in GRANTS[-2:]:
        fitting = [
            expense
            for expense in expenses
            if id(expense) not in taken
            and expense.category == "PERDIEM"
            and pays(grant, expense, span)
            and [share[0] for share in expense.shares] == [grant.code]
        ]
        expense = rng.choice(fitting)
        expense.shares = [(grant.code, f"L{grant.categories.index('SUPPLIES') + 1:02d}", Decimal(1))]
        findings.append(Finding("outside_grant_line", [expense], reason="per diem charged to the supplies line"))
    return findings

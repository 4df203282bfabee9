"""How the sample arrives: month files of history, daily files of the last week, dated files at times."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from scripts.sample.absence import entitlement_rows
from scripts.sample.days import add_months, is_workday, month_end, month_of
from scripts.sample.electricity import meter_rows, site_rows
from scripts.sample.funding import grant_row, line_row
from scripts.sample.organisation import CATEGORIES, DEPARTMENTS, DONORS, GRANTS
from scripts.sample.people import user_row
from scripts.sample.vendors import VENDORS
from scripts.sample.world import World

Values = dict[str, str]
Thing = TypeVar("Thing")

# Datasets in the order of their references.
DATASETS = (
    "departments", "categories", "users", "vendors", "donors", "grants", "grant_budget_lines", "fx_rates",
    "budgets", "expenses", "expense_allocations", "leave_applications", "leave_entitlements", "sites",
    "meters", "meter_readings",
)  # fmt: skip


@dataclass
class Row:
    """One record of a file. `code` and `field` say why it must be rejected, where it must."""

    values: Values
    extra: tuple[str, ...] = ()
    code: str = ""
    field: str = ""
    reason: str = ""


@dataclass
class File:
    """One delivered file: its dataset, the days its name speaks of, its records."""

    dataset: str
    stem: str
    first: dt.date
    last: dt.date
    rows: list[Row] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The file's name in the inbox."""
        return f"{self.stem}.csv"


def deliver(world: World) -> list[File]:
    """All files without anything wrong in them, in the order in which they arrive."""
    files = [*_slow_files(world), *_budget_files(world), *_rate_files(world), *_reading_files(world)]
    span = world.span

    leaves = world.absences.leaves
    files += _moving("leave_applications", world, leaves, lambda x: x.submitted[0], lambda x, day: _one(x.row(day)))
    files += _moving("expenses", world, world.expenses, lambda x: x.spent_on, lambda x, day: _one(x.row(day)))
    split = [expense for expense in world.expenses if expense.shares]
    files += _moving(
        "expense_allocations",
        world,
        split,
        lambda x: x.spent_on,
        lambda x, day: x.allocation_rows(day) if x.visible_on <= day else [],
    )
    return in_order(file for file in files if file.rows and file.first <= span.yesterday)


def in_order(files: Iterable[File]) -> list[File]:
    """By the last day that the file's name speaks of, then by reference."""
    return sorted(files, key=lambda file: (file.last, DATASETS.index(file.dataset), file.name))


def month_file(dataset: str, month: dt.date, rows: Iterable[Values]) -> File:
    """`expenses_2026-10.csv`"""
    return File(dataset, f"{dataset}_{month:%Y-%m}", month, month_end(month), [Row(values) for values in rows])


def day_file(dataset: str, day: dt.date, rows: Iterable[Values]) -> File:
    """`expenses_2026-11-17.csv`"""
    return File(dataset, f"{dataset}_{day.isoformat()}", day, day, [Row(values) for values in rows])


def history_file(dataset: str, month: dt.date, world: World, rows: Iterable[Values]) -> File:
    """A full month's file; the month that the history ends in is dated by the day it was exported on."""
    if month_end(month) <= world.span.cutover:
        return month_file(dataset, month, rows)
    return day_file(dataset, world.span.cutover, rows)


def _one(row: Values | None) -> list[Values]:
    return [] if row is None else [row]


def _moving(
    dataset: str,
    world: World,
    things: Sequence[Thing],
    dated: Callable[[Thing], dt.date],
    rows_on: Callable[[Thing, dt.date], list[Values]],
) -> list[File]:
    """History as it stood on the evening of the cut-over, by month; then each day's new and changed rows."""
    span = world.span
    months: dict[dt.date, list[Values]] = defaultdict(list)
    changes: dict[dt.date, list[Values]] = defaultdict(list)
    for thing in things:
        known = rows_on(thing, span.cutover)
        if known:
            months[month_of(max(dated(thing), span.first))] += known
        if rows_on(thing, span.yesterday) == known:
            continue  # nothing goes back to what it was: equal ends mean that nothing happened in between
        for day in span.daily_days:
            now = rows_on(thing, day)
            changes[day] += [row for row in now if row not in known]
            known = now
    files = [history_file(dataset, month, world, rows) for month, rows in sorted(months.items())]
    return files + [day_file(dataset, day, rows) for day, rows in sorted(changes.items())]


def _slow_files(world: World) -> list[File]:
    """What changes rarely: all on the first day of history, then what is new or changed each month."""
    span, first = world.span, world.span.first
    files = [
        day_file(
            "departments",
            first,
            [
                {
                    "code": d.code,
                    "name": d.name,
                    "cost_centre": d.cost_centre,
                    "is_active": "true",
                    "parent": "",
                }
                for d in DEPARTMENTS
            ],
        ),
        day_file(
            "categories",
            first,
            [
                {
                    "code": c.code,
                    "name": c.name,
                    "account_code": c.account_code,
                    "is_active": "true",
                    "parent": "",
                }
                for c in CATEGORIES
            ],
        ),
        day_file(
            "donors",
            first,
            [{"code": d.code, "name": d.name, "country": d.country, "currency": d.currency} for d in DONORS],
        ),
        day_file("sites", first, site_rows()),
        day_file("meters", first, meter_rows(span)),
    ]
    snapshots: dict[str, Callable[[dt.date], list[Values]]] = {
        "users": lambda day: [row for p in world.staff.people for row in _one(user_row(p, day, first))],
        "vendors": lambda day: [_vendor_row(v) for v in VENDORS if add_months(first, v.since_month) <= day],
        "grants": lambda day: [row for g in GRANTS for row in _one(grant_row(g, world.lines, span, day))],
        "grant_budget_lines": lambda day: [row for x in world.lines for row in _one(line_row(x, span, day))],
        "leave_entitlements": lambda day: entitlement_rows(
            (p for p in world.staff.people if p.hired_on <= month_end(day) and (not p.left_on or day <= p.left_on)),
            day.year,
        ),
    }
    for dataset, rows_on in snapshots.items():
        known: list[Values] = []
        for month in (month for month in span.months if month <= span.yesterday):
            now = rows_on(month)
            files.append(day_file(dataset, month, [row for row in now if row not in known]))
            known = now
    return files


def _vendor_row(vendor: object) -> Values:
    return {name: str(getattr(vendor, name)) for name in ("code", "name", "tax_number", "country")} | {
        "is_active": "true"
    }


def _budget_files(world: World) -> list[File]:
    by_day: dict[dt.date, list[Values]] = defaultdict(list)
    for budget in world.budgets:
        by_day[budget.delivered_on].append(budget.row())
    return [day_file("budgets", day, rows) for day, rows in sorted(by_day.items())]


def _rate_files(world: World) -> list[File]:
    span, exchange = world.span, world.exchange
    files = [day_file("fx_rates", span.first, [exchange.donor_fixed_row()])]
    for month in (month for month in span.months if month <= span.cutover):
        rows = exchange.month_rows(month, min(month_end(month), span.cutover))
        files.append(history_file("fx_rates", month, world, rows))
    return files + [
        day_file("fx_rates", day, exchange.rows(day)) for day in span.daily_days if day.day == 1 or is_workday(day)
    ]


def _reading_files(world: World) -> list[File]:
    span, readings = world.span, world.readings
    files = []
    for month in (month for month in span.months if month <= span.cutover):
        rows = readings.rows(month, min(month_end(month), span.cutover))
        files.append(history_file("meter_readings", month, world, rows))
    return files + [day_file("meter_readings", day, readings.rows(day, day)) for day in span.daily_days]

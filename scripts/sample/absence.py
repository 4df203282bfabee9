"""Leave as Kenyan law grants it: 21 workdays a year, sick leave, 90 days for mothers, 14 for fathers."""

import datetime as dt
import random
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from scripts.sample.days import Span, add_months, days_between, is_workday, next_workday, stamp, workdays
from scripts.sample.people import Person, Staff

ANNUAL, SICK, MATERNITY, PATERNITY, COMPASSIONATE = 21, 14, 90, 14, 5
LOOKAHEAD = 75  # days after today for which leave is already asked
CALENDAR_DAYS = frozenset({"maternity", "paternity"})  # the others count workdays

_REASONS = {
    "annual": ("Annual leave", "Family visit upcountry", "School holidays", "Rest after field season", ""),
    "sick": ("Malaria", "Clinic visit", "Flu", "Medical review", ""),
    "maternity": ("Maternity leave",),
    "paternity": ("Paternity leave",),
    "compassionate": ("Funeral in the family",),
}
# Chance that an annual leave starts in a month: August and December are when schools are closed.
_MONTH_WEIGHTS = (0.6, 0.5, 0.6, 1.5, 0.6, 0.5, 0.6, 1.9, 0.5, 0.6, 0.7, 3.0)


@dataclass(frozen=True)
class Leave:
    """An application for leave and everything that will happen to it."""

    external_id: str
    employee: Person
    kind: str
    starts_on: dt.date
    ends_on: dt.date
    reason: str
    submitted: tuple[dt.date, int]
    decided: tuple[dt.date, int]
    outcome: str
    approver: Person

    @property
    def days(self) -> int:
        """Workdays, or calendar days where the law counts those."""
        if self.kind in CALENDAR_DAYS:
            return (self.ends_on - self.starts_on).days + 1
        return workdays(self.starts_on, self.ends_on)

    def row(self, day: dt.date) -> dict[str, str] | None:
        """The application as it stands at the end of a day; None before it was handed in."""
        if self.submitted[0] > day:
            return None
        is_decided = self.decided[0] <= day
        status = self.outcome if is_decided else "submitted"
        if status == "approved" and self.ends_on < day:
            status = "taken"
        has_approval = is_decided and self.outcome == "approved"
        return {
            "external_id": self.external_id,
            "leave_type": self.kind,
            "status": status,
            "starts_on": self.starts_on.isoformat(),
            "ends_on": self.ends_on.isoformat(),
            "days": f"{self.days}.00",
            "reason": self.reason,
            "submitted_at": stamp(*self.submitted),
            "approved_at": stamp(*self.decided) if has_approval else "",
            "employee": self.employee.employee_no,
            "approver": self.approver.employee_no if is_decided else "",
        }


class Absences:
    """All leave of all staff; answers who is away on a day."""

    def __init__(self, leaves: Iterable[Leave]) -> None:
        self.leaves = sorted(leaves, key=lambda leave: (leave.submitted, leave.employee.employee_no))
        self._away = {
            (leave.employee.employee_no, day)
            for leave in self.leaves
            if leave.outcome == "approved"
            for day in days_between(leave.starts_on, leave.ends_on)
        }

    def is_away(self, person: Person, day: dt.date) -> bool:
        """Whether a person is on approved leave."""
        return (person.employee_no, day) in self._away


def plan_leave(span: Span, staff: Staff, rng: random.Random) -> Absences:
    """Annual, sick, parental and compassionate leave of everybody, without overlaps per person."""
    horizon = span.today + dt.timedelta(days=LOOKAHEAD)
    drafts: list[tuple[Person, str, dt.date, dt.date]] = []
    parents = rng.sample([p for p in staff.people if p.left_on is None and p.hired_on < span.first], 7)
    for person in staff.people:
        taken: set[dt.date] = set()
        wanted: list[tuple[str, dt.date, int]] = []
        if person in parents:
            kind = "maternity" if person.is_woman else "paternity"
            start = next_workday(add_months(span.first, rng.randint(1, 19)) + dt.timedelta(days=rng.randint(0, 25)))
            wanted.append((kind, start, MATERNITY if person.is_woman else PATERNITY))
        for year in range(span.first.year, horizon.year + 1):
            wanted += _wishes(year, rng)
        for kind, start, length in wanted:
            end = _last_day(kind, start, length)
            period = set(days_between(start, end))
            is_inside = max(span.first, person.hired_on) <= start and end <= min(horizon, person.left_on or horizon)
            if is_inside and not period & taken:
                taken |= period
                drafts.append((person, kind, start, end))
    applications = [_apply(staff, draft, rng) for draft in drafts]
    applications = [leave for leave in applications if leave.submitted[0] <= span.yesterday]
    applications.sort(key=lambda leave: (leave.submitted, leave.employee.employee_no))
    return Absences(
        replace(leave, external_id=f"LV-{number:05d}") for number, leave in enumerate(applications, start=1)
    )


def _wishes(year: int, rng: random.Random) -> list[tuple[str, dt.date, int]]:
    wishes = []
    left = rng.choice((15, 17, 18, 19, 20, 21))
    while left > 0:
        length = min(left, rng.choice((1, 2, 3, 5, 5, 8, 10)))
        month = rng.choices(range(1, 13), _MONTH_WEIGHTS)[0]
        wishes.append(("annual", next_workday(dt.date(year, month, rng.randint(1, 24))), length))
        left -= length
    for _ in range(rng.choice((0, 0, 1, 1, 2, 3))):
        start = next_workday(dt.date(year, 1, 1) + dt.timedelta(days=rng.randint(0, 360)))
        wishes.append(("sick", start, rng.choice((1, 1, 1, 2, 2, 3))))
    if rng.random() < 0.08:
        start = next_workday(dt.date(year, 1, 1) + dt.timedelta(days=rng.randint(0, 350)))
        wishes.append(("compassionate", start, rng.choice((3, 5))))
    return wishes


def _last_day(kind: str, start: dt.date, length: int) -> dt.date:
    if kind in CALENDAR_DAYS:
        return start + dt.timedelta(days=length - 1)
    day, counted = start, 1
    while counted < length:
        day += dt.timedelta(days=1)
        counted += is_workday(day)
    return day


def _apply(staff: Staff, draft: tuple[Person, str, dt.date, dt.date], rng: random.Random) -> Leave:
    person, kind, start, end = draft
    if kind in ("sick", "compassionate"):
        asked = next_workday(end + dt.timedelta(days=1)) if kind == "sick" else start
    else:
        asked = start - dt.timedelta(days=rng.randint(40, 75) if kind in CALENDAR_DAYS else rng.randint(6, 45))
    asked = max(asked, person.hired_on)
    decided = next_workday(asked + dt.timedelta(days=rng.choice((0, 1, 1, 2, 3))))
    outcome = "approved"
    if kind == "annual":
        outcome = rng.choices(("approved", "rejected", "cancelled"), (0.93, 0.03, 0.04))[0]
    minute = rng.randint(8 * 60, 16 * 60)
    manager = staff[person.manager] if person.manager else staff.finance_director
    return Leave(
        external_id="",
        employee=person,
        kind=kind,
        starts_on=start,
        ends_on=end,
        reason=rng.choice(_REASONS[kind]),
        submitted=(asked, minute),
        decided=(decided, rng.randint(minute, 17 * 60)),
        outcome=outcome,
        approver=manager,
    )


def entitlement_rows(people: Iterable[Person], year: int) -> list[dict[str, str]]:
    """What people are entitled to in a year; annual leave grows by 1.75 days a month from the hiring on."""
    rows = []
    for person in people:
        months = 12 if person.hired_on.year < year else 13 - person.hired_on.month
        parental = ("maternity", MATERNITY) if person.is_woman else ("paternity", PATERNITY)
        annual = Decimal(ANNUAL) * months / 12
        for kind, days in (("annual", annual), ("sick", SICK), ("compassionate", COMPASSIONATE), parental):
            rows.append(
                {
                    "leave_type": kind,
                    "year": str(year),
                    "days": f"{Decimal(days):.2f}",
                    "employee": person.employee_no,
                }
            )
    return rows

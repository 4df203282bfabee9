"""Planted among the claims and payments: what an auditor looks for, each with its reason."""

import datetime as dt
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal

from scripts.sample.days import Span, add_months, is_workday, month_of, next_workday
from scripts.sample.handling import handle_claim, handle_payment
from scripts.sample.people import Person, Staff
from scripts.sample.prices import settle
from scripts.sample.spending import Expense
from scripts.sample.vendors import vendors_of

SPLIT_LIMIT = Decimal(50_000)  # what a coordinator may approve alone
NEW_VENDORS = ("Kipepeo General Merchants", "Blue Acacia Ventures", "Zamani Works and Supplies")


@dataclass
class Finding:
    """Something planted: its kind, the expenses that are it, those it copies, and why it is odd."""

    kind: str
    expenses: list[Expense]
    originals: list[Expense] = field(default_factory=list)
    reason: str = ""

    def facts(self) -> dict[str, object]:
        """The entry of the ground truth; the expenses have their numbers by then."""
        return {
            "kind": self.kind,
            "expenses": [expense.external_id for expense in self.expenses],
            "originals": [expense.external_id for expense in self.originals],
            "reason": self.reason,
        }


@dataclass
class Planter:
    """Adds odd expenses to the ordinary ones, and alters a few of these."""

    span: Span
    staff: Staff
    expenses: list[Expense]
    rng: random.Random
    findings: list[Finding] = field(default_factory=list)
    _used: set[int] = field(default_factory=set)

    def plant(self) -> list[Finding]:
        """Plant everything; the new expenses are appended to `expenses`."""
        self._duplicates()
        self._near_duplicates()
        self._splits()
        self._approvals()
        self._dates()
        self._papers()
        self._vendors()
        self._amounts()
        return self.findings

    def _pick(self, count: int, wanted: Callable[[Expense], bool], since: dt.date | None = None) -> list[Expense]:
        """Settled claims, spread over the history, each used for one purpose only."""
        first, last = since or self.span.first, self.span.cutover
        pool = [
            expense
            for expense in self.expenses
            if expense.is_claim
            and id(expense) not in self._used
            and expense.submitted
            and not expense.outcome
            and first <= expense.spent_on
            and expense.visible_on <= last
            and wanted(expense)
        ]
        chosen = sorted(self.rng.sample(pool, min(count, len(pool))), key=lambda expense: expense.spent_on)
        self._used.update(id(expense) for expense in chosen)
        return chosen

    def _add(self, kind: str, reason: str, *new: Expense, originals: tuple[Expense, ...] = ()) -> None:
        """Keep a finding; expenses that are not known by yesterday are none."""
        if all(expense.visible_on <= self.span.yesterday for expense in new):
            self.expenses.extend(new)
            self._used.update(id(expense) for expense in new)
            self.findings.append(Finding(kind, list(new), list(originals), reason))

    def _change(self, kind: str, reason: str, *changed: Expense) -> None:
        self.findings.append(Finding(kind, list(changed), reason=reason))

    def _again(self, original: Expense, **changes: object) -> Expense:
        """A second claim like the original, handed in some days later."""
        copy = replace(original, submitted=None, approved=None, paid=None, **changes)  # type: ignore[arg-type]
        receipt = copy.receipt_no
        handle_claim(copy, self.staff, self.rng)
        copy.receipt_no = receipt
        handed_in = original.visible_on + dt.timedelta(days=self.rng.randint(2, 12))
        self._hand_in(copy, min(next_workday(handed_in), self.span.yesterday))
        return copy

    def _hand_in(self, claim: Expense, day: dt.date) -> None:
        """Submit on a day, approve two days later, pay within a fortnight."""
        claim.outcome = ""
        claim.submitted = (day, self.rng.randint(8 * 60, 16 * 60))
        approved = next_workday(day + dt.timedelta(days=2))
        claim.approved = (approved, self.rng.randint(9 * 60, 16 * 60))
        claim.paid = (next_workday(approved + dt.timedelta(days=self.rng.randint(3, 14))), 15 * 60)

    def _duplicates(self) -> None:
        def worth(e: Expense) -> bool:
            is_tariff = e.description.startswith("Bus ")  # the same fare is paid by many, and often
            return bool(e.vendor) and not is_tariff and e.amount > 1800 and e.category not in ("COMMS", "FLIGHTS")

        recent = self.span.cutover - dt.timedelta(days=25)
        for original in self._pick(14, worth) + self._pick(2, worth, since=recent):
            self._add(
                "exact_duplicate",
                "the same receipt claimed twice",
                self._again(original),
                originals=(original,),
            )

    def _near_duplicates(self) -> None:
        for original in self._pick(10, lambda e: bool(e.vendor) and e.amount > 3000 and e.category != "COMMS"):
            factor = Decimal(self.rng.choice(("1.01", "0.99", "1.1", "0.98")))
            copy = self._again(
                original,
                amount=(original.amount * factor / 10).quantize(Decimal(1)) * 10 + Decimal("0.00"),
                spent_on=min(original.spent_on + dt.timedelta(days=self.rng.choice((0, 1, 2, 3))), self.span.cutover),
            )
            copy.receipt_no = f"RCT-{self.rng.randint(100_000, 999_999)}"
            self._add("near_duplicate", "almost the same claim within days", copy, originals=(original,))

    def _splits(self) -> None:
        juniors = [p for p in self.staff.people if p.manager and self.staff[p.manager].limit == SPLIT_LIMIT]
        steady = [
            p for p in juniors if p.left_on is None and p.hired_on < self.span.first and p.department.is_programme
        ]
        for number, person in enumerate(self.rng.sample(steady, 8)):
            month = self.span.month(3 * number + 1 if number < 7 else -1)
            day = next_workday(month + dt.timedelta(days=self.rng.randint(3, 16)))
            index = min(23, 3 * number + 1)
            vendor = self.rng.choice(vendors_of(self.rng.choice(("supplies", "hotel")), person.office, index)).code
            what = self.rng.choice(("Training materials", "Venue and meals", "Tools and seedlings"))
            parts = []
            for part in range(1, self.rng.choice((2, 2, 3, 4)) + 1):
                amount = settle(float(SPLIT_LIMIT) * self.rng.uniform(0.9, 0.995), "50")
                claim = self._claim(person, "WORKSHOP", day, amount, f"{what}, part {part}", vendor)
                self._hand_in(claim, next_workday(day + dt.timedelta(days=3)))
                parts.append(claim)
            self._add("split_claim", f"parts just below the limit of {SPLIT_LIMIT} KES, one vendor, one day", *parts)

    def _approvals(self) -> None:
        for claim in self._pick(7, lambda e: _can_approve(e.employee, e.amount)):
            claim.approver = claim.employee
            self._change("self_approval", "approved by the person who claims", claim)
        above = self._pick(5, lambda e: _works_for_coordinator(e, self.staff) and e.category in ("TRAVEL", "WORKSHOP"))
        for claim in above:
            claim.amount = settle(self.rng.uniform(62_000, 140_000), "100")
            claim.approver = self.staff[claim.employee.manager] if claim.employee else None
            self._change("above_authority", "approved by somebody whose limit is lower", claim)

    def _dates(self) -> None:
        for claim in self._pick(6, lambda e: e.department in ("FING", "OPSL", "EXEC") and e.category == "OFFICE"):
            sunday = claim.spent_on - dt.timedelta(days=claim.spent_on.weekday() + 1)
            if sunday >= self.span.first:
                claim.spent_on = sunday
                self._change("weekend", "office supplies bought on a Sunday, when the office is closed", claim)
        for number in range(5):
            person = self.staff.members("FING", self.span.cutover)[-1 - number % 3]
            day = self.span.cutover - dt.timedelta(days=40 + 9 * number)
            claim = self._claim(
                person, "TRAVEL", day, settle(self.rng.uniform(2500, 9000), "50"), "Taxi and lunch, bank runs"
            )
            claim.submitted = (next_workday(day + dt.timedelta(days=1)), 10 * 60 + number)
            claim.approved = claim.paid = None
            self._add("stuck_in_approval", "handed in more than five weeks ago and not decided", claim)

    def _papers(self) -> None:
        for claim in self._pick(6, lambda e: e.amount > 12_000 and e.category in ("TRAVEL", "WORKSHOP", "SUPPLIES")):
            claim.receipt_no = ""
            self._change("no_receipt", "a large claim without a receipt", claim)

    def _vendors(self) -> None:
        for number, name in enumerate(NEW_VENDORS):
            day = next_workday(self.span.month((8, 19, -1)[number]) + dt.timedelta(days=9))
            payment = Expense(
                "payment",
                ("OPSL", "WASH", "LIVE")[number],
                "SUPPLIES",
                day,
                settle(self.rng.uniform(420_000, 690_000), "1000"),
                "KES",
                "Assorted supplies",
                name,
            )
            handle_payment(payment, self.staff, self.rng)
            self._add("new_vendor_large", "a vendor nobody has entered, with a large first invoice", payment)

    def _amounts(self) -> None:
        for claim in self._pick(3, lambda e: e.category == "TRAVEL" and 900 < e.amount < 3000):
            claim.currency = "USD"
            self._change("currency_oddity", "a local taxi or bus fare in dollars", claim)
        person = next(p for p in reversed(self.staff.people) if p.department.code == "OPSL" and p.left_on is None)
        rounds = []
        for number in range(10):
            day = next_workday(add_months(self.span.first, 12 + number) + dt.timedelta(days=self.rng.randint(2, 20)))
            claim = self._claim(person, "FUEL", day, Decimal("10000.00"), "Fuel and sundries, Lodwar trip")
            self._hand_in(claim, next_workday(day + dt.timedelta(days=4)))
            rounds.append(claim)
        self._add("round_amounts", "ten claims of exactly 10,000 by one person", *rounds)

    def _claim(
        self, person: Person, category: str, day: dt.date, amount: Decimal, description: str, vendor: str = ""
    ) -> Expense:
        claim = Expense("claim", person.department.code, category, day, amount, "KES", description, vendor, person)
        handle_claim(claim, self.staff, self.rng)
        claim.outcome = ""
        return claim


def _can_approve(person: Person | None, amount: Decimal) -> bool:
    return person is not None and person.limit is not None and amount <= person.limit and person.grade != "director"


def _works_for_coordinator(expense: Expense, staff: Staff) -> bool:
    return (
        expense.employee is not None
        and bool(expense.employee.manager)
        and (staff[expense.employee.manager].limit == SPLIT_LIMIT)
    )


def plant_corrections(span: Span, expenses: list[Expense], rng: random.Random) -> list[Finding]:
    """Three payments of closed months whose amounts come corrected in the daily files.

    None of them is split over grants: the shares delivered with its month would not sum to the new amount
    when a whole history is loaded in one run, expenses before allocations.
    """
    closed = add_months(month_of(span.today), -2)
    spoken_of = {id(expense.about) for expense in expenses if expense.about}
    pool = [
        expense
        for expense in expenses
        if expense.kind == "payment"
        and expense.visible_on < closed
        and expense.spent_on >= add_months(closed, -3)
        and expense.currency == "KES"
        and expense.amount > 20_000
        and not expense.shares
        and expense.about is None
        and id(expense) not in spoken_of
    ]
    days = [day for day in span.daily_days if is_workday(day)] or span.daily_days
    chosen = rng.sample(pool, 3)
    for position, expense in enumerate(chosen):
        expense.corrected = (days[position % len(days)], _transposed(expense.amount))
    return [Finding("late_correction", [e], reason="the amount of a closed month is mended") for e in chosen]


def _transposed(amount: Decimal) -> Decimal:
    """The amount with its first two digits the other way round; half of it where that changes nothing."""
    digits = str(amount)
    swapped = Decimal(digits[1] + digits[0] + digits[2:])
    return (amount / 2).quantize(Decimal("0.01")) if swapped == amount or digits[1] == "0" else swapped

"""Expenses: who bought what, when, and how each claim or payment went through the house."""

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal

from scripts.sample.days import stamp
from scripts.sample.organisation import CATEGORIES, DEPARTMENTS
from scripts.sample.people import Person

Moment = tuple[dt.date, int]  # a day, and the minute of that day

_ACCOUNTS = {category.code: category.account_code for category in CATEGORIES}
_COST_CENTRES = {department.code: department.cost_centre for department in DEPARTMENTS}
COUNTED = frozenset({"approved", "reimbursed", "posted"})  # what counts as spent


@dataclass(eq=False)
class Expense:
    """One expense with everything that will happen to it; `row` tells how it stands on a day.

    A claim comes from the app and moves from submitted to approved and reimbursed, or ends as `outcome` says
    (rejected, cancelled, draft). A payment, refund or reversal comes from the ledger when it is posted.
    """

    kind: str
    department: str
    category: str
    spent_on: dt.date
    amount: Decimal
    currency: str
    description: str
    vendor: str = ""
    employee: Person | None = None
    approver: Person | None = None
    document_no: str = ""
    receipt_no: str = ""
    submitted: Moment | None = None
    approved: Moment | None = None
    paid: Moment | None = None
    outcome: str = ""
    external_id: str = ""
    about: "Expense | None" = None  # the payment that a refund or reversal speaks of
    corrected: tuple[dt.date, Decimal] | None = None
    shares: list[tuple[str, str, Decimal]] = field(default_factory=list)  # grant, budget line, share of 1

    @property
    def is_claim(self) -> bool:
        """Whether it came from the app."""
        return self.kind == "claim"

    @property
    def visible_on(self) -> dt.date:
        """The first day on which an export holds it."""
        moment = self.submitted if self.is_claim else self.approved
        return moment[0] if moment else self.spent_on

    def amount_on(self, day: dt.date) -> Decimal:
        """The amount as it stands on a day: a late correction changes it."""
        return self.corrected[1] if self.corrected and self.corrected[0] <= day else self.amount

    def status_on(self, day: dt.date) -> str:
        """draft, submitted, approved, rejected, cancelled, reimbursed; posted for the ledger."""
        if not self.is_claim:
            return "posted"
        if self.submitted is None:
            return "draft"
        if self.approved is None or self.approved[0] > day:
            return "submitted"
        if self.outcome:
            return self.outcome
        return "reimbursed" if self.paid and self.paid[0] <= day else "approved"

    def counts_on(self, day: dt.date) -> bool:
        """Whether it is money spent, as the budget sees it on a day."""
        return self.visible_on <= day and self.status_on(day) in COUNTED

    def row(self, day: dt.date) -> dict[str, str] | None:
        """The expense as an export of that evening writes it; None before it is known."""
        if day < self.visible_on:
            return None
        status = self.status_on(day)
        has_approval = self.approved is not None and self.approved[0] <= day and not self.outcome
        has_decision = self.approved is not None and self.approved[0] <= day
        is_paid = has_approval and self.paid is not None and self.paid[0] <= day
        return {
            "external_id": self.external_id,
            "origin": "app" if self.is_claim else "ledger",
            "kind": self.kind,
            "status": status,
            "spent_on": self.spent_on.isoformat(),
            "amount": str(self.amount_on(day)),
            "currency": self.currency,
            "description": self.description,
            "cost_centre": "" if self.is_claim else _COST_CENTRES[self.department],
            "account_code": "" if self.is_claim else _ACCOUNTS[self.category],
            "document_no": self.document_no,
            "receipt_no": self.receipt_no,
            "submitted_at": stamp(*self.submitted) if self.submitted else "",
            "approved_at": stamp(*self.approved) if has_approval and self.approved else "",
            "paid_at": stamp(*self.paid) if is_paid and self.paid else "",
            "department": self.department,
            "category": self.category,
            "vendor": self.vendor,
            "employee": self.employee.employee_no if self.employee else "",
            "approver": self.approver.employee_no if self.approver and has_decision else "",
        }

    def allocation_rows(self, day: dt.date) -> list[dict[str, str]]:
        """Its split over grants on a day, to the cent: the last share takes what rounding leaves."""
        left = amount = self.amount_on(day)
        rows = []
        for position, (grant, line, share) in enumerate(self.shares, start=1):
            part = left if position == len(self.shares) else (amount * share).quantize(Decimal("0.01"))
            left -= part
            rows.append(
                {
                    "expense": self.external_id,
                    "grant": grant,
                    "grant_budget_line": line,
                    "amount": str(part),
                    "currency": self.currency,
                }
            )
        return rows


def number_expenses(expenses: list[Expense]) -> None:
    """Sort by the day they became known, and give each its external id and voucher number."""
    expenses.sort(
        key=lambda expense: (
            expense.visible_on,
            expense.submitted or expense.approved or (expense.spent_on, 0),
        )
    )
    counts = {True: 0, False: 0}
    for expense in expenses:
        counts[expense.is_claim] += 1
        number, year = counts[expense.is_claim], expense.visible_on.year
        expense.external_id = f"CLM-{year}-{number:05d}" if expense.is_claim else f"GL-{year}-{number:05d}"
        if not expense.is_claim:
            expense.document_no = f"PV{year % 100:02d}-{number:05d}"
    for expense in expenses:
        if expense.about:
            expense.description = expense.description.replace("{voucher}", expense.about.document_no)

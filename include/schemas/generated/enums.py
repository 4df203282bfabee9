# Generated from the Prisma schema by `make contracts`: do not edit.
"""The enums of the schema, with their labels in the database as values."""

from __future__ import annotations

from enum import StrEnum


class ExpenseOrigin(StrEnum):
    """Where an expense comes from: the expense application, or the export of a ledger."""

    app = "app"
    ledger = "ledger"


class ExpenseKind(StrEnum):
    """What an expense is; ledgers derive it from the sign of the amount."""

    claim = "claim"
    payment = "payment"
    refund = "refund"
    reversal = "reversal"


class ExpenseStatus(StrEnum):
    """How far an expense has come; a ledger's rows are posted."""

    draft = "draft"
    submitted = "submitted"
    approved = "approved"
    rejected = "rejected"
    cancelled = "cancelled"
    reimbursed = "reimbursed"
    posted = "posted"


class LeaveType(StrEnum):
    """Kinds of leave."""

    annual = "annual"
    sick = "sick"
    maternity = "maternity"
    paternity = "paternity"
    compassionate = "compassionate"
    study = "study"
    unpaid = "unpaid"
    other = "other"


class LeaveStatus(StrEnum):
    """How far a leave application has come."""

    draft = "draft"
    submitted = "submitted"
    approved = "approved"
    rejected = "rejected"
    cancelled = "cancelled"
    taken = "taken"


class BudgetVersionKind(StrEnum):
    """Whether a budget is the first of its year or replaces one."""

    original = "original"
    revised = "revised"


class BudgetGranularity(StrEnum):
    """The length of the period a budget line speaks of."""

    month = "month"
    quarter = "quarter"
    year = "year"


class GrantStatus(StrEnum):
    """Where a grant stands."""

    pipeline = "pipeline"
    active = "active"
    closed = "closed"
    suspended = "suspended"


class FxRateKind(StrEnum):
    """What a rate is: a day's, a month's average, or the one a donor prescribes."""

    daily = "daily"
    monthly_average = "monthly_average"
    donor_fixed = "donor_fixed"


class MeterUnit(StrEnum):
    """The unit a meter delivers."""

    kWh = "kWh"
    Wh = "Wh"


class MeterKind(StrEnum):
    """Whether a meter delivers energy per interval or a running total."""

    interval = "interval"
    register = "register"


class ReadingQuality(StrEnum):
    """Whether a reading was measured."""

    measured = "measured"
    estimated = "estimated"


class PeriodStatus(StrEnum):
    """State of an accounting period."""

    open = "open"
    closed = "closed"
    restated = "restated"


class RowOperation(StrEnum):
    """What ended a former version of a row."""

    update = "update"
    delete = "delete"

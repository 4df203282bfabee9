"""What a source may deliver, row by row: the generated contracts, references as text, and the business rules.

A reference names a row of another dataset the way people do (a code, a name, an employee number); the loader turns
it into a key. The rules live in `rules`, each with its stable error code.
"""

import datetime as dt
from typing import Annotated, Any, Self

from pydantic import ConfigDict, StringConstraints, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

from include.schemas import rules
from include.schemas.generated import (
    BudgetBase,
    CategoryBase,
    DepartmentBase,
    DonorBase,
    ExpenseAllocationBase,
    ExpenseBase,
    ExpenseOrigin,
    FxRateBase,
    GrantBase,
    GrantBudgetLineBase,
    LeaveApplicationBase,
    LeaveEntitlementBase,
    MeterBase,
    MeterReadingBase,
    SiteBase,
    UserBase,
    VendorBase,
)

Reference = Annotated[str, StringConstraints(min_length=1, max_length=200)]

_BY_FIELD_NAME = ConfigDict(loc_by_alias=False)


def _dates(info: ValidationInfo) -> dict[str, dt.date]:
    """`today` and `earliest` from the validation context; without one, today in UTC and the year 1900."""
    context: dict[str, Any] = info.context or {}
    return {
        "today": context.get("today") or dt.datetime.now(dt.UTC).date(),
        "earliest": context.get("earliest") or dt.date(1900, 1, 1),
    }


class DepartmentInput(DepartmentBase):
    """A department; `parent` is another one's code."""

    model_config = _BY_FIELD_NAME

    parent: Reference | None = None


class CategoryInput(CategoryBase):
    """An expense category; `parent` is another one's code."""

    model_config = _BY_FIELD_NAME

    parent: Reference | None = None


class UserInput(UserBase):
    """A member of staff; `department` by code, `manager` by employee number."""

    model_config = _BY_FIELD_NAME

    department: Reference | None = None
    manager: Reference | None = None

    @model_validator(mode="after")
    def _rules(self) -> Self:
        rules.check_order(self.hired_on, self.left_on)
        if self.salary_currency is not None:
            rules.check_currency(self.salary_currency)
        if self.monthly_salary is not None:
            rules.check_not_negative(self.monthly_salary)
        return self


class VendorInput(VendorBase):
    """A supplier or payee."""

    model_config = _BY_FIELD_NAME


class DonorInput(DonorBase):
    """A donor."""

    model_config = _BY_FIELD_NAME

    @model_validator(mode="after")
    def _rules(self) -> Self:
        rules.check_currency(self.currency)
        return self


class GrantInput(GrantBase):
    """A grant agreement; `donor` by code."""

    model_config = _BY_FIELD_NAME

    donor: Reference

    @model_validator(mode="after")
    def _rules(self, info: ValidationInfo) -> Self:
        rules.check_currency(self.currency)
        rules.check_positive(self.amount)
        rules.check_order(self.starts_on, self.ends_on)
        rules.check_plans(_dates(info), rules.PLAN_YEARS, starts_on=self.starts_on, ends_on=self.ends_on)
        return self


class GrantBudgetLineInput(GrantBudgetLineBase):
    """A line of a grant's budget; `grant` and `category` by code."""

    model_config = _BY_FIELD_NAME

    grant: Reference
    category: Reference | None = None

    @model_validator(mode="after")
    def _rules(self) -> Self:
        rules.check_currency(self.currency)
        rules.check_not_negative(self.amount)
        return self


class FxRateInput(FxRateBase):
    """A rate; `donor` by code for the rates that a donor prescribes."""

    model_config = _BY_FIELD_NAME

    donor: Reference | None = None

    @model_validator(mode="after")
    def _rules(self, info: ValidationInfo) -> Self:
        rules.check_currency(self.from_currency)
        rules.check_currency(self.to_currency)
        rules.check_positive(self.rate)
        rules.check_order(self.valid_from, self.valid_to)
        rules.check_plans(_dates(info), rules.PLAN_YEARS, valid_from=self.valid_from, valid_to=self.valid_to)
        return self


class BudgetInput(BudgetBase):
    """A budget line of one version; `department` and `category` by code or name, `approved_by` by employee number."""

    model_config = _BY_FIELD_NAME

    department: Reference
    category: Reference | None = None
    approved_by: Reference | None = None

    @model_validator(mode="after")
    def _rules(self, info: ValidationInfo) -> Self:
        rules.check_currency(self.currency)
        rules.check_not_negative(self.amount)
        rules.check_order(self.period_from, self.period_to)
        rules.check_plans(
            _dates(info),
            rules.PLAN_YEARS,
            period_from=self.period_from,
            period_to=self.period_to,
            in_force_from=self.in_force_from,
        )
        return self


class ExpenseInput(ExpenseBase):
    """An expense. From the app it needs `employee`, `category`; from a ledger `vendor` or `cost_centre`."""

    model_config = _BY_FIELD_NAME

    department: Reference | None = None
    category: Reference | None = None
    vendor: Reference | None = None
    vendor_code: Reference | None = None
    employee: Reference | None = None
    approver: Reference | None = None

    @model_validator(mode="after")
    def _rules(self, info: ValidationInfo) -> Self:
        rules.check_currency(self.currency)
        dates = _dates(info)
        rules.check_business_date(self.spent_on, "spent_on", **dates)
        rules.check_business_times(
            dates, submitted_at=self.submitted_at, approved_at=self.approved_at, paid_at=self.paid_at
        )
        rules.check_sign(self.kind, self.amount)
        if self.origin is ExpenseOrigin.app:
            if self.employee is None:
                raise PydanticCustomError("missing_employee", "an expense from the app names its employee")
            if self.category is None:
                raise PydanticCustomError("missing_category", "an expense from the app names its category")
        elif self.vendor is None and self.cost_centre is None:
            raise PydanticCustomError("missing_vendor", "an expense from a ledger names a vendor or a cost centre")
        return self


class ExpenseAllocationInput(ExpenseAllocationBase):
    """A grant's share of an expense; `expense` by external id, `grant` and `grant_budget_line` by code."""

    model_config = _BY_FIELD_NAME

    expense: Reference
    grant: Reference
    grant_budget_line: Reference | None = None

    @model_validator(mode="after")
    def _rules(self) -> Self:
        rules.check_currency(self.currency)
        return self


class LeaveApplicationInput(LeaveApplicationBase):
    """Leave; `employee` and `approver` by employee number."""

    model_config = _BY_FIELD_NAME

    employee: Reference
    approver: Reference | None = None

    @model_validator(mode="after")
    def _rules(self, info: ValidationInfo) -> Self:
        dates = _dates(info)
        rules.check_order(self.starts_on, self.ends_on)
        rules.check_plans(dates, rules.LEAVE_YEARS, starts_on=self.starts_on, ends_on=self.ends_on)
        rules.check_business_times(dates, submitted_at=self.submitted_at, approved_at=self.approved_at)
        return self


class LeaveEntitlementInput(LeaveEntitlementBase):
    """Days of leave in a year; `employee` by employee number."""

    model_config = _BY_FIELD_NAME

    employee: Reference


class SiteInput(SiteBase):
    """A site."""

    model_config = _BY_FIELD_NAME


class MeterInput(MeterBase):
    """A meter; `site` by code."""

    model_config = _BY_FIELD_NAME

    site: Reference


class MeterReadingInput(MeterReadingBase):
    """Energy used in one interval; `meter` by code."""

    model_config = _BY_FIELD_NAME

    meter: Reference

    @model_validator(mode="after")
    def _rules(self, info: ValidationInfo) -> Self:
        rules.check_not_negative(self.energy_kwh)
        rules.check_business_times(_dates(info), starts_at=self.starts_at)
        return self

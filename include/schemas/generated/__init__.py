# Generated from the Prisma schema by `make contracts`: do not edit.
"""The contracts: per model X a class `XBase` (what may be delivered) and `X` (a whole row)."""

from __future__ import annotations

from .accounting_period import AccountingPeriod, AccountingPeriodBase
from .audit_log import AuditLog, AuditLogBase
from .budget import Budget, BudgetBase
from .category import Category, CategoryBase
from .contract import Contract
from .department import Department, DepartmentBase
from .donor import Donor, DonorBase
from .enums import (
    BudgetGranularity,
    BudgetVersionKind,
    ExpenseKind,
    ExpenseOrigin,
    ExpenseStatus,
    FxRateKind,
    GrantStatus,
    LeaveStatus,
    LeaveType,
    MeterKind,
    MeterUnit,
    PeriodStatus,
    ReadingQuality,
    RowOperation,
)
from .expense import Expense, ExpenseBase
from .expense_allocation import ExpenseAllocation, ExpenseAllocationBase
from .fx_rate import FxRate, FxRateBase
from .grant import Grant, GrantBase
from .grant_budget_line import GrantBudgetLine, GrantBudgetLineBase
from .ignored import IGNORED_TABLES
from .leave_application import LeaveApplication, LeaveApplicationBase
from .leave_entitlement import LeaveEntitlement, LeaveEntitlementBase
from .meter import Meter, MeterBase
from .meter_reading import MeterReading, MeterReadingBase
from .role import Role, RoleBase
from .row_version import RowVersion, RowVersionBase
from .site import Site, SiteBase
from .user import User, UserBase
from .user_role import UserRole, UserRoleBase
from .vendor import Vendor, VendorBase

CONTRACTS: tuple[type[Contract], ...] = (
    Department,
    Category,
    Role,
    User,
    UserRole,
    Vendor,
    Donor,
    Grant,
    GrantBudgetLine,
    FxRate,
    Budget,
    Expense,
    ExpenseAllocation,
    LeaveApplication,
    LeaveEntitlement,
    Site,
    Meter,
    MeterReading,
    AccountingPeriod,
    RowVersion,
    AuditLog,
)

__all__ = [
    "CONTRACTS",
    "IGNORED_TABLES",
    "AccountingPeriod",
    "AccountingPeriodBase",
    "AuditLog",
    "AuditLogBase",
    "Budget",
    "BudgetBase",
    "BudgetGranularity",
    "BudgetVersionKind",
    "Category",
    "CategoryBase",
    "Contract",
    "Department",
    "DepartmentBase",
    "Donor",
    "DonorBase",
    "Expense",
    "ExpenseAllocation",
    "ExpenseAllocationBase",
    "ExpenseBase",
    "ExpenseKind",
    "ExpenseOrigin",
    "ExpenseStatus",
    "FxRate",
    "FxRateBase",
    "FxRateKind",
    "Grant",
    "GrantBase",
    "GrantBudgetLine",
    "GrantBudgetLineBase",
    "GrantStatus",
    "LeaveApplication",
    "LeaveApplicationBase",
    "LeaveEntitlement",
    "LeaveEntitlementBase",
    "LeaveStatus",
    "LeaveType",
    "Meter",
    "MeterBase",
    "MeterKind",
    "MeterReading",
    "MeterReadingBase",
    "MeterUnit",
    "PeriodStatus",
    "ReadingQuality",
    "Role",
    "RoleBase",
    "RowOperation",
    "RowVersion",
    "RowVersionBase",
    "Site",
    "SiteBase",
    "User",
    "UserBase",
    "UserRole",
    "UserRoleBase",
    "Vendor",
    "VendorBase",
]

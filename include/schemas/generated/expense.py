# Generated from the Prisma schema by `make contracts`: do not edit.
"""Contracts of core.expenses."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from .columns import (
    Boolean,
    Char3,
    Date,
    Decimal14x2,
    Integer,
    Timestamptz6,
    Uuid,
    VarChar64,
    VarChar100,
    VarChar200,
    VarChar1000,
)
from .contract import Column, Contract, Key, Relation, Table, left_to_database
from .enums import ExpenseKind, ExpenseOrigin, ExpenseStatus


class ExpenseBase(Contract):
    """One claim, payment, refund or reversal.
    From the app it needs employee and category; from a ledger it needs a vendor or a cost centre.

    What a source may deliver: no keys of other tables, nothing that is filled in later.
    """

    external_id: VarChar100 | None = Field(default=None, alias="externalId")
    origin: ExpenseOrigin
    kind: ExpenseKind
    status: ExpenseStatus
    spent_on: Date = Field(alias="spentOn")
    is_month_only: Boolean = Field(
        default=False,
        alias="isMonthOnly",
        description="The source knows only the month; spentOn is its first day.",
    )
    amount: Decimal14x2
    currency: Char3
    description: VarChar1000 | None = None
    cost_centre: VarChar200 | None = Field(default=None, alias="costCentre")
    account_code: VarChar64 | None = Field(default=None, alias="accountCode")
    document_no: VarChar100 | None = Field(default=None, alias="documentNo")
    receipt_no: VarChar100 | None = Field(default=None, alias="receiptNo")
    submitted_at: Timestamptz6 | None = Field(default=None, alias="submittedAt")
    approved_at: Timestamptz6 | None = Field(default=None, alias="approvedAt")
    paid_at: Timestamptz6 | None = Field(default=None, alias="paidAt")

    __table__: ClassVar[Table] = Table(
        model="Expense",
        schema="core",
        name="expenses",
        columns=(
            Column("id", "id", "id", "uuid", default="dbgenerated(gen_random_uuid())", default_by="database"),
            Column("externalId", "external_id", "external_id", "varchar(100)", is_nullable=True),
            Column("origin", "origin", "origin", "core.expense_origin"),
            Column("kind", "kind", "kind", "core.expense_kind"),
            Column("status", "status", "status", "core.expense_status"),
            Column("spentOn", "spent_on", "spent_on", "date"),
            Column("isMonthOnly", "is_month_only", "is_month_only", "boolean", default="false", default_by="database"),
            Column("amount", "amount", "amount", "decimal(14,2)"),
            Column("currency", "currency", "currency", "char(3)"),
            Column("description", "description", "description", "varchar(1000)", is_nullable=True),
            Column("costCentre", "cost_centre", "cost_centre", "varchar(200)", is_nullable=True),
            Column("accountCode", "account_code", "account_code", "varchar(64)", is_nullable=True),
            Column("documentNo", "document_no", "document_no", "varchar(100)", is_nullable=True),
            Column("receiptNo", "receipt_no", "receipt_no", "varchar(100)", is_nullable=True),
            Column("submittedAt", "submitted_at", "submitted_at", "timestamptz(6)", is_nullable=True),
            Column("approvedAt", "approved_at", "approved_at", "timestamptz(6)", is_nullable=True),
            Column("paidAt", "paid_at", "paid_at", "timestamptz(6)", is_nullable=True),
            Column("departmentId", "department_id", "department_id", "uuid", is_nullable=True),
            Column("categoryId", "category_id", "category_id", "uuid", is_nullable=True),
            Column("vendorId", "vendor_id", "vendor_id", "uuid", is_nullable=True),
            Column("employeeId", "employee_id", "employee_id", "uuid", is_nullable=True),
            Column("approverId", "approver_id", "approver_id", "uuid", is_nullable=True),
            Column("source", "source", "source", "varchar(64)"),
            Column("sourceKey", "source_key", "source_key", "varchar(200)"),
            Column("sourceVersion", "source_version", "source_version", "timestamptz(6)"),
            Column("batchId", "batch_id", "batch_id", "uuid", is_nullable=True),
            Column("sourceRow", "source_row", "source_row", "integer", is_nullable=True),
            Column("createdAt", "created_at", "created_at", "timestamptz(6)", default="now()", default_by="database"),
            Column(
                "updatedAt",
                "updated_at",
                "updated_at",
                "timestamptz(6)",
                default="now()",
                default_by="database",
                is_updated_at=True,
            ),
            Column("deletedAt", "deleted_at", "deleted_at", "timestamptz(6)", is_nullable=True),
        ),
        primary_key=Key("expenses_pkey", ("id",)),
        uniques=(Key("expenses_source_source_key_key", ("source", "source_key")),),
        indexes=(
            Key("expenses_spent_on_idx", ("spent_on",)),
            Key("expenses_department_id_spent_on_idx", ("department_id", "spent_on")),
        ),
        relations=(
            Relation(
                "department",
                "Department",
                columns=("department_id",),
                references=("id",),
                on_delete="Restrict",
                on_update="Restrict",
                constraint="expenses_department_id_fkey",
            ),
            Relation(
                "category",
                "Category",
                columns=("category_id",),
                references=("id",),
                on_delete="Restrict",
                on_update="Restrict",
                constraint="expenses_category_id_fkey",
            ),
            Relation(
                "vendor",
                "Vendor",
                columns=("vendor_id",),
                references=("id",),
                on_delete="Restrict",
                on_update="Restrict",
                constraint="expenses_vendor_id_fkey",
            ),
            Relation(
                "employee",
                "User",
                columns=("employee_id",),
                references=("id",),
                on_delete="Restrict",
                on_update="Restrict",
                constraint="expenses_employee_id_fkey",
            ),
            Relation(
                "approver",
                "User",
                columns=("approver_id",),
                references=("id",),
                on_delete="Restrict",
                on_update="Restrict",
                constraint="expenses_approver_id_fkey",
            ),
            Relation("allocations", "ExpenseAllocation", is_list=True),
        ),
    )


class Expense(ExpenseBase):
    """One claim, payment, refund or reversal.
    From the app it needs employee and category; from a ledger it needs a vendor or a cost centre.

    A whole row of core.expenses.
    """

    id: Uuid = left_to_database()
    department_id: Uuid | None = Field(default=None, alias="departmentId")
    category_id: Uuid | None = Field(default=None, alias="categoryId")
    vendor_id: Uuid | None = Field(default=None, alias="vendorId")
    employee_id: Uuid | None = Field(default=None, alias="employeeId")
    approver_id: Uuid | None = Field(default=None, alias="approverId")
    source: VarChar64 = Field(description="Name of the source profile (or API key) that delivered the row.")
    source_key: VarChar200 = Field(
        alias="sourceKey",
        description="The row's identity within its source: its natural key, or its content and occurrence number.",
    )
    source_version: Timestamptz6 = Field(
        alias="sourceVersion",
        description="How new the delivery is; an older one never replaces a newer one.",
    )
    batch_id: Uuid | None = Field(
        default=None,
        alias="batchId",
        description="Batch that wrote this version (ops.batches).",
    )
    source_row: Integer | None = Field(default=None, alias="sourceRow", description="Row number in the delivered file.")
    created_at: Timestamptz6 = left_to_database(alias="createdAt")
    updated_at: Timestamptz6 = left_to_database(alias="updatedAt")
    deleted_at: Timestamptz6 | None = Field(
        default=None,
        alias="deletedAt",
        description="Soft deletion; readers skip rows that carry it.",
    )

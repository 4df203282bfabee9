# Generated from the Prisma schema by `make contracts`: do not edit.
"""Contracts of core.users."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from .columns import (
    Boolean,
    ByteA,
    Char3,
    Date,
    Decimal14x2,
    Integer,
    Timestamptz6,
    Uuid,
    VarChar40,
    VarChar64,
    VarChar120,
    VarChar200,
    VarChar254,
)
from .contract import Column, Contract, Key, Relation, Table, left_to_database


class UserBase(Contract):
    """A member of staff.

    What a source may deliver: no keys of other tables, nothing that is filled in later.
    """

    employee_no: VarChar64 = Field(alias="employeeNo")
    full_name: VarChar200 = Field(alias="fullName")
    email: VarChar254 | None = None
    phone: VarChar40 | None = None
    job_title: VarChar120 | None = Field(default=None, alias="jobTitle")
    monthly_salary: Decimal14x2 | None = Field(default=None, alias="monthlySalary")
    salary_currency: Char3 | None = Field(default=None, alias="salaryCurrency")
    approval_limit: Decimal14x2 | None = Field(default=None, alias="approvalLimit")
    hired_on: Date | None = Field(default=None, alias="hiredOn")
    left_on: Date | None = Field(default=None, alias="leftOn")
    is_active: Boolean = Field(default=True, alias="isActive")

    __table__: ClassVar[Table] = Table(
        model="User",
        schema="core",
        name="users",
        columns=(
            Column("id", "id", "id", "uuid", default="dbgenerated(gen_random_uuid())", default_by="database"),
            Column("employeeNo", "employee_no", "employee_no", "varchar(64)"),
            Column("fullName", "full_name", "full_name", "varchar(200)"),
            Column("email", "email", "email", "varchar(254)", is_nullable=True),
            Column("phone", "phone", "phone", "varchar(40)", is_nullable=True),
            Column("jobTitle", "job_title", "job_title", "varchar(120)", is_nullable=True),
            Column("monthlySalary", "monthly_salary", "monthly_salary", "decimal(14,2)", is_nullable=True),
            Column("salaryCurrency", "salary_currency", "salary_currency", "char(3)", is_nullable=True),
            Column("approvalLimit", "approval_limit", "approval_limit", "decimal(14,2)", is_nullable=True),
            Column("hiredOn", "hired_on", "hired_on", "date", is_nullable=True),
            Column("leftOn", "left_on", "left_on", "date", is_nullable=True),
            Column("isActive", "is_active", "is_active", "boolean", default="true", default_by="database"),
            Column("bankAccount", "bank_account", "bank_account", "bytea", is_nullable=True),
            Column("nationalId", "national_id", "national_id", "bytea", is_nullable=True),
            Column("departmentId", "department_id", "department_id", "uuid", is_nullable=True),
            Column("managerId", "manager_id", "manager_id", "uuid", is_nullable=True),
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
        primary_key=Key("users_pkey", ("id",)),
        uniques=(
            Key("users_employee_no_key", ("employee_no",)),
            Key("users_email_key", ("email",)),
            Key("users_source_source_key_key", ("source", "source_key")),
        ),
        relations=(
            Relation(
                "department",
                "Department",
                columns=("department_id",),
                references=("id",),
                on_delete="Restrict",
                on_update="Restrict",
                constraint="users_department_id_fkey",
            ),
            Relation(
                "manager",
                "User",
                columns=("manager_id",),
                references=("id",),
                on_delete="Restrict",
                on_update="Restrict",
                constraint="users_manager_id_fkey",
            ),
            Relation("reports", "User", is_list=True),
            Relation("roles", "UserRole", is_list=True),
            Relation("claims", "Expense", is_list=True),
            Relation("approvals", "Expense", is_list=True),
            Relation("leave", "LeaveApplication", is_list=True),
            Relation("leaveApprovals", "LeaveApplication", is_list=True),
            Relation("entitlements", "LeaveEntitlement", is_list=True),
            Relation("budgetApprovals", "Budget", is_list=True),
            Relation("closedPeriods", "AccountingPeriod", is_list=True),
        ),
    )


class User(UserBase):
    """A member of staff.

    A whole row of core.users.
    """

    id: Uuid = left_to_database()
    bank_account: ByteA | None = Field(
        default=None,
        alias="bankAccount",
        description="Encrypted with the organisation's public key.",
    )
    national_id: ByteA | None = Field(
        default=None,
        alias="nationalId",
        description="Encrypted with the organisation's public key.",
    )
    department_id: Uuid | None = Field(default=None, alias="departmentId")
    manager_id: Uuid | None = Field(default=None, alias="managerId")
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

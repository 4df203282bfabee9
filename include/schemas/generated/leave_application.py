# Generated from the Prisma schema by `make contracts`: do not edit.
"""Contracts of core.leave_applications."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from .columns import (
    Boolean,
    Date,
    Decimal6x2,
    Decimal7x2,
    Integer,
    Timestamptz6,
    Uuid,
    VarChar64,
    VarChar100,
    VarChar200,
    VarChar500,
)
from .contract import Column, Contract, Key, Relation, Table, left_to_database
from .enums import LeaveStatus, LeaveType


class LeaveApplicationBase(Contract):
    """An application for leave, or a recorded absence.

    What a source may deliver: no keys of other tables, nothing that is filled in later.
    """

    external_id: VarChar100 | None = Field(default=None, alias="externalId")
    leave_type: LeaveType = Field(alias="leaveType")
    status: LeaveStatus
    starts_on: Date = Field(alias="startsOn")
    ends_on: Date = Field(alias="endsOn")
    is_month_only: Boolean = Field(
        default=False,
        alias="isMonthOnly",
        description="The source knows only the month of the absence.",
    )
    days: Decimal6x2 | None = None
    hours: Decimal7x2 | None = None
    reason: VarChar500 | None = None
    submitted_at: Timestamptz6 | None = Field(default=None, alias="submittedAt")
    approved_at: Timestamptz6 | None = Field(default=None, alias="approvedAt")

    __table__: ClassVar[Table] = Table(
        model="LeaveApplication",
        schema="core",
        name="leave_applications",
        columns=(
            Column("id", "id", "id", "uuid", default="dbgenerated(gen_random_uuid())", default_by="database"),
            Column("externalId", "external_id", "external_id", "varchar(100)", is_nullable=True),
            Column("leaveType", "leave_type", "leave_type", "core.leave_type"),
            Column("status", "status", "status", "core.leave_status"),
            Column("startsOn", "starts_on", "starts_on", "date"),
            Column("endsOn", "ends_on", "ends_on", "date"),
            Column("isMonthOnly", "is_month_only", "is_month_only", "boolean", default="false", default_by="database"),
            Column("days", "days", "days", "decimal(6,2)", is_nullable=True),
            Column("hours", "hours", "hours", "decimal(7,2)", is_nullable=True),
            Column("reason", "reason", "reason", "varchar(500)", is_nullable=True),
            Column("submittedAt", "submitted_at", "submitted_at", "timestamptz(6)", is_nullable=True),
            Column("approvedAt", "approved_at", "approved_at", "timestamptz(6)", is_nullable=True),
            Column("employeeId", "employee_id", "employee_id", "uuid"),
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
        primary_key=Key("leave_applications_pkey", ("id",)),
        uniques=(Key("leave_applications_source_source_key_key", ("source", "source_key")),),
        indexes=(Key("leave_applications_starts_on_idx", ("starts_on",)),),
        relations=(
            Relation(
                "employee",
                "User",
                columns=("employee_id",),
                references=("id",),
                on_delete="Restrict",
                on_update="Restrict",
                constraint="leave_applications_employee_id_fkey",
            ),
            Relation(
                "approver",
                "User",
                columns=("approver_id",),
                references=("id",),
                on_delete="Restrict",
                on_update="Restrict",
                constraint="leave_applications_approver_id_fkey",
            ),
        ),
    )


class LeaveApplication(LeaveApplicationBase):
    """An application for leave, or a recorded absence.

    A whole row of core.leave_applications.
    """

    id: Uuid = left_to_database()
    employee_id: Uuid = Field(alias="employeeId")
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

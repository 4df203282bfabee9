# Generated from the Prisma schema by `make contracts`: do not edit.
"""Contracts of core.leave_entitlements."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from .columns import Decimal6x2, Integer, SmallInt, Timestamptz6, Uuid, VarChar64, VarChar200
from .contract import Column, Contract, Key, Relation, Table, left_to_database
from .enums import LeaveType


class LeaveEntitlementBase(Contract):
    """Days of leave a member of staff is entitled to in a year.

    What a source may deliver: no keys of other tables, nothing that is filled in later.
    """

    leave_type: LeaveType = Field(alias="leaveType")
    year: SmallInt
    days: Decimal6x2

    __table__: ClassVar[Table] = Table(
        model="LeaveEntitlement",
        schema="core",
        name="leave_entitlements",
        columns=(
            Column("id", "id", "id", "uuid", default="dbgenerated(gen_random_uuid())", default_by="database"),
            Column("leaveType", "leave_type", "leave_type", "core.leave_type"),
            Column("year", "year", "year", "smallint"),
            Column("days", "days", "days", "decimal(6,2)"),
            Column("employeeId", "employee_id", "employee_id", "uuid"),
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
        primary_key=Key("leave_entitlements_pkey", ("id",)),
        uniques=(
            Key("leave_entitlements_source_source_key_key", ("source", "source_key")),
            Key("leave_entitlements_employee_id_leave_type_year_key", ("employee_id", "leave_type", "year")),
        ),
        relations=(
            Relation(
                "employee",
                "User",
                columns=("employee_id",),
                references=("id",),
                on_delete="Restrict",
                on_update="Restrict",
                constraint="leave_entitlements_employee_id_fkey",
            ),
        ),
    )


class LeaveEntitlement(LeaveEntitlementBase):
    """Days of leave a member of staff is entitled to in a year.

    A whole row of core.leave_entitlements.
    """

    id: Uuid = left_to_database()
    employee_id: Uuid = Field(alias="employeeId")
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

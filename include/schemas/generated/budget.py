# Generated from the Prisma schema by `make contracts`: do not edit.
"""Contracts of core.budgets."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from .columns import Char3, Date, Decimal14x2, Integer, SmallInt, Timestamptz6, Uuid, VarChar64, VarChar200, VarChar500
from .contract import Column, Contract, Key, Relation, Table, left_to_database
from .enums import BudgetGranularity, BudgetVersionKind


class BudgetBase(Contract):
    """What a department may spend on a category in a period, by version.

    What a source may deliver: no keys of other tables, nothing that is filled in later.
    """

    period_from: Date = Field(alias="periodFrom")
    period_to: Date = Field(alias="periodTo")
    granularity: BudgetGranularity = BudgetGranularity.month
    amount: Decimal14x2
    currency: Char3
    version: SmallInt = 1
    version_kind: BudgetVersionKind = Field(default=BudgetVersionKind.original, alias="versionKind")
    in_force_from: Date = Field(alias="inForceFrom")
    note: VarChar500 | None = None

    __table__: ClassVar[Table] = Table(
        model="Budget",
        schema="core",
        name="budgets",
        columns=(
            Column("id", "id", "id", "uuid", default="dbgenerated(gen_random_uuid())", default_by="database"),
            Column("periodFrom", "period_from", "period_from", "date"),
            Column("periodTo", "period_to", "period_to", "date"),
            Column(
                "granularity",
                "granularity",
                "granularity",
                "core.budget_granularity",
                default="month",
                default_by="database",
            ),
            Column("amount", "amount", "amount", "decimal(14,2)"),
            Column("currency", "currency", "currency", "char(3)"),
            Column("version", "version", "version", "smallint", default="1", default_by="database"),
            Column(
                "versionKind",
                "version_kind",
                "version_kind",
                "core.budget_version_kind",
                default="original",
                default_by="database",
            ),
            Column("inForceFrom", "in_force_from", "in_force_from", "date"),
            Column("note", "note", "note", "varchar(500)", is_nullable=True),
            Column("departmentId", "department_id", "department_id", "uuid"),
            Column("categoryId", "category_id", "category_id", "uuid", is_nullable=True),
            Column("approvedById", "approved_by_id", "approved_by_id", "uuid", is_nullable=True),
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
        primary_key=Key("budgets_pkey", ("id",)),
        uniques=(Key("budgets_source_source_key_key", ("source", "source_key")),),
        indexes=(Key("budgets_period_from_idx", ("period_from",)),),
        relations=(
            Relation(
                "department",
                "Department",
                columns=("department_id",),
                references=("id",),
                on_delete="Restrict",
                on_update="Restrict",
                constraint="budgets_department_id_fkey",
            ),
            Relation(
                "category",
                "Category",
                columns=("category_id",),
                references=("id",),
                on_delete="Restrict",
                on_update="Restrict",
                constraint="budgets_category_id_fkey",
            ),
            Relation(
                "approvedBy",
                "User",
                columns=("approved_by_id",),
                references=("id",),
                on_delete="Restrict",
                on_update="Restrict",
                constraint="budgets_approved_by_id_fkey",
            ),
        ),
    )


class Budget(BudgetBase):
    """What a department may spend on a category in a period, by version.

    A whole row of core.budgets.
    """

    id: Uuid = left_to_database()
    department_id: Uuid = Field(alias="departmentId")
    category_id: Uuid | None = Field(default=None, alias="categoryId")
    approved_by_id: Uuid | None = Field(default=None, alias="approvedById")
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

# Generated from the Prisma schema by `make contracts`: do not edit.
"""Contracts of core.grant_budget_lines."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from .columns import Char3, Decimal14x2, Integer, Timestamptz6, Uuid, VarChar64, VarChar200
from .contract import Column, Contract, Key, Relation, Table, left_to_database


class GrantBudgetLineBase(Contract):
    """A line of a grant's budget, in the donor's currency.

    What a source may deliver: no keys of other tables, nothing that is filled in later.
    """

    code: VarChar64
    name: VarChar200
    amount: Decimal14x2
    currency: Char3

    __table__: ClassVar[Table] = Table(
        model="GrantBudgetLine",
        schema="core",
        name="grant_budget_lines",
        columns=(
            Column("id", "id", "id", "uuid", default="dbgenerated(gen_random_uuid())", default_by="database"),
            Column("code", "code", "code", "varchar(64)"),
            Column("name", "name", "name", "varchar(200)"),
            Column("amount", "amount", "amount", "decimal(14,2)"),
            Column("currency", "currency", "currency", "char(3)"),
            Column("grantId", "grant_id", "grant_id", "uuid"),
            Column("categoryId", "category_id", "category_id", "uuid", is_nullable=True),
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
        primary_key=Key("grant_budget_lines_pkey", ("id",)),
        uniques=(
            Key("grant_budget_lines_source_source_key_key", ("source", "source_key")),
            Key("grant_budget_lines_grant_id_code_key", ("grant_id", "code")),
        ),
        relations=(
            Relation(
                "grant",
                "Grant",
                columns=("grant_id",),
                references=("id",),
                on_delete="Restrict",
                on_update="Restrict",
                constraint="grant_budget_lines_grant_id_fkey",
            ),
            Relation(
                "category",
                "Category",
                columns=("category_id",),
                references=("id",),
                on_delete="Restrict",
                on_update="Restrict",
                constraint="grant_budget_lines_category_id_fkey",
            ),
            Relation("allocations", "ExpenseAllocation", is_list=True),
        ),
    )


class GrantBudgetLine(GrantBudgetLineBase):
    """A line of a grant's budget, in the donor's currency.

    A whole row of core.grant_budget_lines.
    """

    id: Uuid = left_to_database()
    grant_id: Uuid = Field(alias="grantId")
    category_id: Uuid | None = Field(default=None, alias="categoryId")
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

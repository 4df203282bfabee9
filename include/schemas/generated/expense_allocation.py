# Generated from the Prisma schema by `make contracts`: do not edit.
"""Contracts of core.expense_allocations."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from .columns import Char3, Decimal14x2, Integer, Timestamptz6, Uuid, VarChar64, VarChar200
from .contract import Column, Contract, Key, Relation, Table, left_to_database


class ExpenseAllocationBase(Contract):
    """The share of an expense that a grant bears; the shares of an expense sum to it, to the cent.

    What a source may deliver: no keys of other tables, nothing that is filled in later.
    """

    amount: Decimal14x2
    currency: Char3

    __table__: ClassVar[Table] = Table(
        model="ExpenseAllocation",
        schema="core",
        name="expense_allocations",
        columns=(
            Column("id", "id", "id", "uuid", default="dbgenerated(gen_random_uuid())", default_by="database"),
            Column("amount", "amount", "amount", "decimal(14,2)"),
            Column("currency", "currency", "currency", "char(3)"),
            Column("expenseId", "expense_id", "expense_id", "uuid"),
            Column("grantId", "grant_id", "grant_id", "uuid"),
            Column("grantBudgetLineId", "grant_budget_line_id", "grant_budget_line_id", "uuid", is_nullable=True),
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
        primary_key=Key("expense_allocations_pkey", ("id",)),
        uniques=(Key("expense_allocations_source_source_key_key", ("source", "source_key")),),
        indexes=(Key("expense_allocations_expense_id_idx", ("expense_id",)),),
        relations=(
            Relation(
                "expense",
                "Expense",
                columns=("expense_id",),
                references=("id",),
                on_delete="Restrict",
                on_update="Restrict",
                constraint="expense_allocations_expense_id_fkey",
            ),
            Relation(
                "grant",
                "Grant",
                columns=("grant_id",),
                references=("id",),
                on_delete="Restrict",
                on_update="Restrict",
                constraint="expense_allocations_grant_id_fkey",
            ),
            Relation(
                "grantBudgetLine",
                "GrantBudgetLine",
                columns=("grant_budget_line_id",),
                references=("id",),
                on_delete="Restrict",
                on_update="Restrict",
                constraint="expense_allocations_grant_budget_line_id_fkey",
            ),
        ),
    )


class ExpenseAllocation(ExpenseAllocationBase):
    """The share of an expense that a grant bears; the shares of an expense sum to it, to the cent.

    A whole row of core.expense_allocations.
    """

    id: Uuid = left_to_database()
    expense_id: Uuid = Field(alias="expenseId")
    grant_id: Uuid = Field(alias="grantId")
    grant_budget_line_id: Uuid | None = Field(default=None, alias="grantBudgetLineId")
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

# Generated from the Prisma schema by `make contracts`: do not edit.
"""Contracts of core.grants."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from .columns import Char3, Date, Decimal14x2, Integer, Timestamptz6, Uuid, VarChar64, VarChar200, VarChar300
from .contract import Column, Contract, Key, Relation, Table, left_to_database
from .enums import GrantStatus


class GrantBase(Contract):
    """A grant agreement with a donor.

    What a source may deliver: no keys of other tables, nothing that is filled in later.
    """

    code: VarChar64
    title: VarChar300
    currency: Char3
    amount: Decimal14x2
    starts_on: Date = Field(alias="startsOn")
    ends_on: Date = Field(alias="endsOn")
    status: GrantStatus = GrantStatus.active

    __table__: ClassVar[Table] = Table(
        model="Grant",
        schema="core",
        name="grants",
        columns=(
            Column("id", "id", "id", "uuid", default="dbgenerated(gen_random_uuid())", default_by="database"),
            Column("code", "code", "code", "varchar(64)"),
            Column("title", "title", "title", "varchar(300)"),
            Column("currency", "currency", "currency", "char(3)"),
            Column("amount", "amount", "amount", "decimal(14,2)"),
            Column("startsOn", "starts_on", "starts_on", "date"),
            Column("endsOn", "ends_on", "ends_on", "date"),
            Column("status", "status", "status", "core.grant_status", default="active", default_by="database"),
            Column("donorId", "donor_id", "donor_id", "uuid"),
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
        primary_key=Key("grants_pkey", ("id",)),
        uniques=(Key("grants_code_key", ("code",)), Key("grants_source_source_key_key", ("source", "source_key"))),
        relations=(
            Relation(
                "donor",
                "Donor",
                columns=("donor_id",),
                references=("id",),
                on_delete="Restrict",
                on_update="Restrict",
                constraint="grants_donor_id_fkey",
            ),
            Relation("budgetLines", "GrantBudgetLine", is_list=True),
            Relation("allocations", "ExpenseAllocation", is_list=True),
        ),
    )


class Grant(GrantBase):
    """A grant agreement with a donor.

    A whole row of core.grants.
    """

    id: Uuid = left_to_database()
    donor_id: Uuid = Field(alias="donorId")
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

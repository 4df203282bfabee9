# Generated from the Prisma schema by `make contracts`: do not edit.
"""Contracts of core.vendors."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from .columns import Boolean, Char2, Integer, Timestamptz6, Uuid, VarChar64, VarChar200
from .contract import Column, Contract, Key, Relation, Table, left_to_database


class VendorBase(Contract):
    """A supplier or payee.

    What a source may deliver: no keys of other tables, nothing that is filled in later.
    """

    code: VarChar200
    name: VarChar200
    tax_number: VarChar64 | None = Field(default=None, alias="taxNumber")
    country: Char2 | None = None
    is_active: Boolean = Field(default=True, alias="isActive")

    __table__: ClassVar[Table] = Table(
        model="Vendor",
        schema="core",
        name="vendors",
        columns=(
            Column("id", "id", "id", "uuid", default="dbgenerated(gen_random_uuid())", default_by="database"),
            Column("code", "code", "code", "varchar(200)"),
            Column("name", "name", "name", "varchar(200)"),
            Column("taxNumber", "tax_number", "tax_number", "varchar(64)", is_nullable=True),
            Column("country", "country", "country", "char(2)", is_nullable=True),
            Column("isActive", "is_active", "is_active", "boolean", default="true", default_by="database"),
            Column("isUnreviewed", "is_unreviewed", "is_unreviewed", "boolean", default="false", default_by="database"),
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
        primary_key=Key("vendors_pkey", ("id",)),
        uniques=(Key("vendors_code_key", ("code",)), Key("vendors_source_source_key_key", ("source", "source_key"))),
        relations=(Relation("expenses", "Expense", is_list=True),),
    )


class Vendor(VendorBase):
    """A supplier or payee.

    A whole row of core.vendors.
    """

    id: Uuid = left_to_database()
    is_unreviewed: Boolean = Field(
        default=False,
        alias="isUnreviewed",
        description="Created from a ledger export and not yet looked at by a person.",
    )
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

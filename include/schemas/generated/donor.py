# Generated from the Prisma schema by `make contracts`: do not edit.
"""Contracts of core.donors."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from .columns import Char2, Char3, Integer, Timestamptz6, Uuid, VarChar64, VarChar200
from .contract import Column, Contract, Key, Relation, Table, left_to_database


class DonorBase(Contract):
    """An organisation that funds grants.

    What a source may deliver: no keys of other tables, nothing that is filled in later.
    """

    code: VarChar64
    name: VarChar200
    country: Char2 | None = None
    currency: Char3

    __table__: ClassVar[Table] = Table(
        model="Donor",
        schema="core",
        name="donors",
        columns=(
            Column("id", "id", "id", "uuid", default="dbgenerated(gen_random_uuid())", default_by="database"),
            Column("code", "code", "code", "varchar(64)"),
            Column("name", "name", "name", "varchar(200)"),
            Column("country", "country", "country", "char(2)", is_nullable=True),
            Column("currency", "currency", "currency", "char(3)"),
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
        primary_key=Key("donors_pkey", ("id",)),
        uniques=(Key("donors_code_key", ("code",)), Key("donors_source_source_key_key", ("source", "source_key"))),
        relations=(Relation("grants", "Grant", is_list=True), Relation("fxRates", "FxRate", is_list=True)),
    )


class Donor(DonorBase):
    """An organisation that funds grants.

    A whole row of core.donors.
    """

    id: Uuid = left_to_database()
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

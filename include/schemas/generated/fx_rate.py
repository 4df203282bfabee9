# Generated from the Prisma schema by `make contracts`: do not edit.
"""Contracts of core.fx_rates."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from .columns import Char3, Date, Decimal18x8, Integer, Timestamptz6, Uuid, VarChar64, VarChar120, VarChar200
from .contract import Column, Contract, Key, Relation, Table, left_to_database
from .enums import FxRateKind


class FxRateBase(Contract):
    """The price of one unit of a currency in another.

    What a source may deliver: no keys of other tables, nothing that is filled in later.
    """

    kind: FxRateKind
    from_currency: Char3 = Field(alias="fromCurrency")
    to_currency: Char3 = Field(alias="toCurrency")
    valid_from: Date = Field(alias="validFrom")
    valid_to: Date = Field(alias="validTo")
    rate: Decimal18x8
    provider: VarChar120

    __table__: ClassVar[Table] = Table(
        model="FxRate",
        schema="core",
        name="fx_rates",
        columns=(
            Column("id", "id", "id", "uuid", default="dbgenerated(gen_random_uuid())", default_by="database"),
            Column("kind", "kind", "kind", "core.fx_rate_kind"),
            Column("fromCurrency", "from_currency", "from_currency", "char(3)"),
            Column("toCurrency", "to_currency", "to_currency", "char(3)"),
            Column("validFrom", "valid_from", "valid_from", "date"),
            Column("validTo", "valid_to", "valid_to", "date"),
            Column("rate", "rate", "rate", "decimal(18,8)"),
            Column("provider", "provider", "provider", "varchar(120)"),
            Column("donorId", "donor_id", "donor_id", "uuid", is_nullable=True),
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
        primary_key=Key("fx_rates_pkey", ("id",)),
        uniques=(Key("fx_rates_source_source_key_key", ("source", "source_key")),),
        indexes=(
            Key("fx_rates_from_currency_to_currency_valid_from_idx", ("from_currency", "to_currency", "valid_from")),
        ),
        relations=(
            Relation(
                "donor",
                "Donor",
                columns=("donor_id",),
                references=("id",),
                on_delete="Restrict",
                on_update="Restrict",
                constraint="fx_rates_donor_id_fkey",
            ),
        ),
    )


class FxRate(FxRateBase):
    """The price of one unit of a currency in another.

    A whole row of core.fx_rates.
    """

    id: Uuid = left_to_database()
    donor_id: Uuid | None = Field(default=None, alias="donorId")
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

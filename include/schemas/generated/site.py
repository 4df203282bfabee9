# Generated from the Prisma schema by `make contracts`: do not edit.
"""Contracts of core.sites."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from .columns import Char2, Integer, Timestamptz6, Uuid, VarChar32, VarChar64, VarChar200
from .contract import Column, Contract, Key, Relation, Table, left_to_database


class SiteBase(Contract):
    """A place that uses electricity.

    What a source may deliver: no keys of other tables, nothing that is filled in later.
    """

    code: VarChar64
    name: VarChar200
    timezone: VarChar64
    grid_zone: VarChar32 | None = Field(default=None, alias="gridZone")
    country: Char2 | None = None

    __table__: ClassVar[Table] = Table(
        model="Site",
        schema="core",
        name="sites",
        columns=(
            Column("id", "id", "id", "uuid", default="dbgenerated(gen_random_uuid())", default_by="database"),
            Column("code", "code", "code", "varchar(64)"),
            Column("name", "name", "name", "varchar(200)"),
            Column("timezone", "timezone", "timezone", "varchar(64)"),
            Column("gridZone", "grid_zone", "grid_zone", "varchar(32)", is_nullable=True),
            Column("country", "country", "country", "char(2)", is_nullable=True),
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
        primary_key=Key("sites_pkey", ("id",)),
        uniques=(Key("sites_code_key", ("code",)), Key("sites_source_source_key_key", ("source", "source_key"))),
        relations=(Relation("meters", "Meter", is_list=True),),
    )


class Site(SiteBase):
    """A place that uses electricity.

    A whole row of core.sites.
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

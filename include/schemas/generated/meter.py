# Generated from the Prisma schema by `make contracts`: do not edit.
"""Contracts of core.meters."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from .columns import Date, Integer, SmallInt, Timestamptz6, Uuid, VarChar64, VarChar200
from .contract import Column, Contract, Key, Relation, Table, left_to_database
from .enums import MeterKind, MeterUnit


class MeterBase(Contract):
    """An electricity meter at a site.

    What a source may deliver: no keys of other tables, nothing that is filled in later.
    """

    code: VarChar64
    kind: MeterKind = MeterKind.interval
    unit: MeterUnit = MeterUnit.kWh
    interval_minutes: SmallInt = Field(default=30, alias="intervalMinutes")
    installed_on: Date | None = Field(default=None, alias="installedOn")
    removed_on: Date | None = Field(default=None, alias="removedOn")

    __table__: ClassVar[Table] = Table(
        model="Meter",
        schema="core",
        name="meters",
        columns=(
            Column("id", "id", "id", "uuid", default="dbgenerated(gen_random_uuid())", default_by="database"),
            Column("code", "code", "code", "varchar(64)"),
            Column("kind", "kind", "kind", "core.meter_kind", default="interval", default_by="database"),
            Column("unit", "unit", "unit", "core.meter_unit", default="kWh", default_by="database"),
            Column(
                "intervalMinutes",
                "interval_minutes",
                "interval_minutes",
                "smallint",
                default="30",
                default_by="database",
            ),
            Column("installedOn", "installed_on", "installed_on", "date", is_nullable=True),
            Column("removedOn", "removed_on", "removed_on", "date", is_nullable=True),
            Column("siteId", "site_id", "site_id", "uuid"),
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
        primary_key=Key("meters_pkey", ("id",)),
        uniques=(Key("meters_code_key", ("code",)), Key("meters_source_source_key_key", ("source", "source_key"))),
        relations=(
            Relation(
                "site",
                "Site",
                columns=("site_id",),
                references=("id",),
                on_delete="Restrict",
                on_update="Restrict",
                constraint="meters_site_id_fkey",
            ),
            Relation("readings", "MeterReading", is_list=True),
        ),
    )


class Meter(MeterBase):
    """An electricity meter at a site.

    A whole row of core.meters.
    """

    id: Uuid = left_to_database()
    site_id: Uuid = Field(alias="siteId")
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

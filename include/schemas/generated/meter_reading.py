# Generated from the Prisma schema by `make contracts`: do not edit.
"""Contracts of core.meter_readings."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from .columns import Decimal14x4, Integer, SmallInt, Timestamptz6, Uuid, VarChar64, VarChar200
from .contract import Column, Contract, Key, Relation, Table, left_to_database
from .enums import ReadingQuality


class MeterReadingBase(Contract):
    """Energy used in one interval of a meter; its key is (meter, UTC start).

    What a source may deliver: no keys of other tables, nothing that is filled in later.
    """

    starts_at: Timestamptz6 = Field(alias="startsAt")
    minutes: SmallInt = 30
    energy_kwh: Decimal14x4 = Field(alias="energyKwh")
    quality: ReadingQuality = ReadingQuality.measured

    __table__: ClassVar[Table] = Table(
        model="MeterReading",
        schema="core",
        name="meter_readings",
        columns=(
            Column("id", "id", "id", "uuid", default="dbgenerated(gen_random_uuid())", default_by="database"),
            Column("startsAt", "starts_at", "starts_at", "timestamptz(6)"),
            Column("minutes", "minutes", "minutes", "smallint", default="30", default_by="database"),
            Column("energyKwh", "energy_kwh", "energy_kwh", "decimal(14,4)"),
            Column("quality", "quality", "quality", "core.reading_quality", default="measured", default_by="database"),
            Column("meterId", "meter_id", "meter_id", "uuid"),
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
        primary_key=Key("meter_readings_pkey", ("id",)),
        uniques=(Key("meter_readings_source_source_key_key", ("source", "source_key")),),
        indexes=(Key("meter_readings_meter_id_starts_at_idx", ("meter_id", "starts_at")),),
        relations=(
            Relation(
                "meter",
                "Meter",
                columns=("meter_id",),
                references=("id",),
                on_delete="Restrict",
                on_update="Restrict",
                constraint="meter_readings_meter_id_fkey",
            ),
        ),
    )


class MeterReading(MeterReadingBase):
    """Energy used in one interval of a meter; its key is (meter, UTC start).

    A whole row of core.meter_readings.
    """

    id: Uuid = left_to_database()
    meter_id: Uuid = Field(alias="meterId")
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

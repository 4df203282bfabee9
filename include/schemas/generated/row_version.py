# Generated from the Prisma schema by `make contracts`: do not edit.
"""Contracts of core.row_versions."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from .columns import BigInt, JsonB, Timestamptz6, Uuid, VarChar63
from .contract import Column, Contract, Key, Table, left_to_database
from .enums import RowOperation


class RowVersionBase(Contract):
    """Former versions of every row of core, written when a row is changed or deleted.

    What a source may deliver: no keys of other tables, nothing that is filled in later.
    """

    table_name: VarChar63 = Field(alias="tableName")
    row_id: Uuid = Field(alias="rowId")
    operation: RowOperation
    ended_by_batch_id: Uuid | None = Field(
        default=None,
        alias="endedByBatchId",
        description="Batch that ended this version; null when a person did.",
    )
    ended_by: VarChar63 = Field(alias="endedBy")
    row: JsonB = Field(description="The row as it stood.")

    __table__: ClassVar[Table] = Table(
        model="RowVersion",
        schema="core",
        name="row_versions",
        columns=(
            Column("id", "id", "id", "bigint", default="autoincrement()", default_by="database"),
            Column("tableName", "table_name", "table_name", "varchar(63)"),
            Column("rowId", "row_id", "row_id", "uuid"),
            Column("operation", "operation", "operation", "core.row_operation"),
            Column("endedByBatchId", "ended_by_batch_id", "ended_by_batch_id", "uuid", is_nullable=True),
            Column("endedBy", "ended_by", "ended_by", "varchar(63)"),
            Column("endedAt", "ended_at", "ended_at", "timestamptz(6)", default="now()", default_by="database"),
            Column("row", "row", "row", "jsonb"),
        ),
        primary_key=Key("row_versions_pkey", ("id",)),
        indexes=(
            Key("row_versions_table_name_row_id_idx", ("table_name", "row_id")),
            Key("row_versions_ended_by_batch_id_idx", ("ended_by_batch_id",)),
        ),
    )


class RowVersion(RowVersionBase):
    """Former versions of every row of core, written when a row is changed or deleted.

    A whole row of core.row_versions.
    """

    id: BigInt = left_to_database()
    ended_at: Timestamptz6 = left_to_database(alias="endedAt")

# Generated from the Prisma schema by `make contracts`: do not edit.
"""Contracts of audit.audit_log."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from .columns import BigInt, ByteA, JsonB, Timestamptz6, Uuid, VarChar32, VarChar63
from .contract import Column, Contract, Key, Table, left_to_database


class AuditLogBase(Contract):
    """The audit trail: append-only, redacted, hash-chained.

    What a source may deliver: no keys of other tables, nothing that is filled in later.
    """

    actor: VarChar63
    action: VarChar32
    table_name: VarChar63 = Field(alias="tableName")
    row_id: Uuid | None = Field(default=None, alias="rowId")
    batch_id: Uuid | None = Field(default=None, alias="batchId")
    change: JsonB | None = Field(default=None, description="Redacted by allow-list.")
    previous_hash: ByteA | None = Field(default=None, alias="previousHash")
    hash: ByteA

    __table__: ClassVar[Table] = Table(
        model="AuditLog",
        schema="audit",
        name="audit_log",
        columns=(
            Column("id", "id", "id", "bigint", default="autoincrement()", default_by="database"),
            Column("loggedAt", "logged_at", "logged_at", "timestamptz(6)", default="now()", default_by="database"),
            Column("actor", "actor", "actor", "varchar(63)"),
            Column("action", "action", "action", "varchar(32)"),
            Column("tableName", "table_name", "table_name", "varchar(63)"),
            Column("rowId", "row_id", "row_id", "uuid", is_nullable=True),
            Column("batchId", "batch_id", "batch_id", "uuid", is_nullable=True),
            Column("change", "change", "change", "jsonb", is_nullable=True),
            Column("previousHash", "previous_hash", "previous_hash", "bytea", is_nullable=True),
            Column("hash", "hash", "hash", "bytea"),
        ),
        primary_key=Key("audit_log_pkey", ("id",)),
        indexes=(Key("audit_log_table_name_row_id_idx", ("table_name", "row_id")),),
    )


class AuditLog(AuditLogBase):
    """The audit trail: append-only, redacted, hash-chained.

    A whole row of audit.audit_log.
    """

    id: BigInt = left_to_database()
    logged_at: Timestamptz6 = left_to_database(alias="loggedAt")

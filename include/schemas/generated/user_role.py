# Generated from the Prisma schema by `make contracts`: do not edit.
"""Contracts of core.user_roles."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from .columns import Integer, Timestamptz6, Uuid, VarChar64, VarChar200
from .contract import Column, Contract, Key, Relation, Table, left_to_database


class UserRoleBase(Contract):
    """Which member of staff holds which role.

    What a source may deliver: no keys of other tables, nothing that is filled in later.
    """

    __table__: ClassVar[Table] = Table(
        model="UserRole",
        schema="core",
        name="user_roles",
        columns=(
            Column("id", "id", "id", "uuid", default="dbgenerated(gen_random_uuid())", default_by="database"),
            Column("userId", "user_id", "user_id", "uuid"),
            Column("roleId", "role_id", "role_id", "uuid"),
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
        primary_key=Key("user_roles_pkey", ("id",)),
        uniques=(
            Key("user_roles_source_source_key_key", ("source", "source_key")),
            Key("user_roles_user_id_role_id_key", ("user_id", "role_id")),
        ),
        relations=(
            Relation(
                "user",
                "User",
                columns=("user_id",),
                references=("id",),
                on_delete="Restrict",
                on_update="Restrict",
                constraint="user_roles_user_id_fkey",
            ),
            Relation(
                "role",
                "Role",
                columns=("role_id",),
                references=("id",),
                on_delete="Restrict",
                on_update="Restrict",
                constraint="user_roles_role_id_fkey",
            ),
        ),
    )


class UserRole(UserRoleBase):
    """Which member of staff holds which role.

    A whole row of core.user_roles.
    """

    id: Uuid = left_to_database()
    user_id: Uuid = Field(alias="userId")
    role_id: Uuid = Field(alias="roleId")
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

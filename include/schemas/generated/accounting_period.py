# Generated from the Prisma schema by `make contracts`: do not edit.
"""Contracts of core.accounting_periods."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from .columns import Date, Timestamptz6, Uuid, VarChar500
from .contract import Column, Contract, Key, Relation, Table, left_to_database
from .enums import PeriodStatus


class AccountingPeriodBase(Contract):
    """A month of the books: open, closed (by whom, when), or changed after its close.

    What a source may deliver: no keys of other tables, nothing that is filled in later.
    """

    month: Date
    status: PeriodStatus = PeriodStatus.open
    closed_at: Timestamptz6 | None = Field(default=None, alias="closedAt")
    note: VarChar500 | None = None

    __table__: ClassVar[Table] = Table(
        model="AccountingPeriod",
        schema="core",
        name="accounting_periods",
        columns=(
            Column("id", "id", "id", "uuid", default="dbgenerated(gen_random_uuid())", default_by="database"),
            Column("month", "month", "month", "date"),
            Column("status", "status", "status", "core.period_status", default="open", default_by="database"),
            Column("closedAt", "closed_at", "closed_at", "timestamptz(6)", is_nullable=True),
            Column("note", "note", "note", "varchar(500)", is_nullable=True),
            Column("closedById", "closed_by_id", "closed_by_id", "uuid", is_nullable=True),
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
        ),
        primary_key=Key("accounting_periods_pkey", ("id",)),
        uniques=(Key("accounting_periods_month_key", ("month",)),),
        relations=(
            Relation(
                "closedBy",
                "User",
                columns=("closed_by_id",),
                references=("id",),
                on_delete="Restrict",
                on_update="Restrict",
                constraint="accounting_periods_closed_by_id_fkey",
            ),
        ),
    )


class AccountingPeriod(AccountingPeriodBase):
    """A month of the books: open, closed (by whom, when), or changed after its close.

    A whole row of core.accounting_periods.
    """

    id: Uuid = left_to_database()
    closed_by_id: Uuid | None = Field(default=None, alias="closedById")
    created_at: Timestamptz6 = left_to_database(alias="createdAt")
    updated_at: Timestamptz6 = left_to_database(alias="updatedAt")

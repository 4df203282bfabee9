# Generated from the Prisma schema by `make contracts`: do not edit.
"""Tables that the schema marks @@ignore: known to be there, without a contract."""

from __future__ import annotations

from .contract import Table

IGNORED_TABLES: tuple[Table, ...] = ()

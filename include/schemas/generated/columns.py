# Generated from the Prisma schema by `make contracts`: do not edit.
"""The column types of the schema, each with the limits of its column."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field, JsonValue

from .contract import CALENDAR, EXACT, PRESENT, STORABLE_JSON, STORABLE_TEXT, WHOLE

BigInt = Annotated[int, Field(ge=-9223372036854775808, le=9223372036854775807), WHOLE]
Boolean = bool
ByteA = Annotated[bytes, Field(strict=True)]
Char2 = Annotated[str, Field(max_length=2), STORABLE_TEXT]
Char3 = Annotated[str, Field(max_length=3), STORABLE_TEXT]
Date = Annotated[date, CALENDAR]
Decimal6x2 = Annotated[Decimal, Field(max_digits=6, decimal_places=2), EXACT]
Decimal7x2 = Annotated[Decimal, Field(max_digits=7, decimal_places=2), EXACT]
Decimal14x2 = Annotated[Decimal, Field(max_digits=14, decimal_places=2), EXACT]
Decimal14x4 = Annotated[Decimal, Field(max_digits=14, decimal_places=4), EXACT]
Decimal18x8 = Annotated[Decimal, Field(max_digits=18, decimal_places=8), EXACT]
Integer = Annotated[int, Field(ge=-2147483648, le=2147483647), WHOLE]
JsonB = Annotated[JsonValue, PRESENT, STORABLE_JSON]
SmallInt = Annotated[int, Field(ge=-32768, le=32767), WHOLE]
Timestamptz6 = Annotated[AwareDatetime, CALENDAR]
Uuid = UUID
VarChar32 = Annotated[str, Field(max_length=32), STORABLE_TEXT]
VarChar40 = Annotated[str, Field(max_length=40), STORABLE_TEXT]
VarChar63 = Annotated[str, Field(max_length=63), STORABLE_TEXT]
VarChar64 = Annotated[str, Field(max_length=64), STORABLE_TEXT]
VarChar100 = Annotated[str, Field(max_length=100), STORABLE_TEXT]
VarChar120 = Annotated[str, Field(max_length=120), STORABLE_TEXT]
VarChar200 = Annotated[str, Field(max_length=200), STORABLE_TEXT]
VarChar254 = Annotated[str, Field(max_length=254), STORABLE_TEXT]
VarChar300 = Annotated[str, Field(max_length=300), STORABLE_TEXT]
VarChar500 = Annotated[str, Field(max_length=500), STORABLE_TEXT]
VarChar1000 = Annotated[str, Field(max_length=1000), STORABLE_TEXT]

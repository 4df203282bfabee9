"""What every generated contract stands on: the base class, checks of values, and the shape of a table.

This file is copied beside the generated contracts, so that they can be used without the generator. A value
that a contract accepts is one that the column keeps: no float becomes money, no number becomes a date, no NUL
character reaches a text column.
"""

from __future__ import annotations

import keyword
import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Literal, Self, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    `field` is the name in the Prisma schema, `attribute` the name in the contract (None when the contract
    leaves the column out because it is marked @ignore), `name` and `type` are the database's. `default` is
    the default as the schema writes it, `default_by` says who fills it in.
    """

    field: str
    attribute: str | None
    name: str
    type: str
    is_nullable: bool = False
    is_list: bool = False
    default: str | None = None
    default_by: Literal["database", "client"] | None = None
    is_updated_at: bool = False
    is_opaque: bool = False
    is_ignored: bool = False


@dataclass(frozen=True, slots=True)
class Key:
    """A primary key, unique key or index, by its name in the database; a view's keys have no name."""

    name: str | None
    columns: tuple[str, ...]
    method: str | None = None
    is_partial: bool = False


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation to another model; `columns` is empty on the side that does not hold the key."""

    field: str
    model: str
    is_list: bool = False
    columns: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    on_delete: str | None = None
    on_update: str | None = None
    constraint: str | None = None
    join_table: str | None = None
    is_ignored: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table or view behind a contract."""

    model: str
    schema: str
    name: str
    columns: tuple[Column, ...]
    primary_key: Key | None = None
    uniques: tuple[Key, ...] = ()
    indexes: tuple[Key, ...] = ()
    relations: tuple[Relation, ...] = ()
    is_view: bool = False

    def column(self, name: str) -> Column:
        """The column of that name in the database; KeyError when there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


class Contract(BaseModel):
    """Base of all contracts: nothing unknown is let in, and errors do not repeat the values they speak of.

    A field may be given by its own name or by its name in the Prisma schema.
    """

    model_config = ConfigDict(
        extra="forbid",
        validate_by_name=True,
        validate_by_alias=True,
        allow_inf_nan=False,
        hide_input_in_errors=True,
        protected_namespaces=(),
        ser_json_bytes="base64",
        val_json_bytes="base64",
    )

    __table__: ClassVar[Table]


class MappedEnum(StrEnum):
    """An enum whose values have other names in the schema than in the database; both are understood."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        # Words that Python keeps for itself carry an underscore as members.
        is_reserved = keyword.iskeyword(value) or value == "mro"
        return cls.__members__.get(f"{value}_" if is_reserved else value)


def _is_none(value: object) -> bool:
    return value is None


def left_to_database(**options: Any) -> Any:
    """A field that may be absent because the database or Prisma's client fills it in, but is never null.

    While absent it reads as None and is left out of `model_dump`.
    """
    return Field(default=None, exclude_if=_is_none, **options)


def _storable_text(value: str) -> str:
    if "\x00" in value:
        raise PydanticCustomError("nul_character", "Text must not hold a NUL character")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            # Half of a surrogate pair, as a broken export has it.
            raise PydanticCustomError("string_unicode", "Text must be whole Unicode characters") from None
    return value


def _exact(value: object) -> object:
    """Lets whole numbers, Decimals and their text pass; a float has already lost what it was."""
    if isinstance(value, (float, bool)):
        raise PydanticCustomError("inexact_number", "A decimal must not come from a float or a boolean")
    if isinstance(value, str) and "_" in value:
        raise PydanticCustomError("decimal_parsing", "Input should be a valid decimal")
    return value


def _whole(value: object) -> object:
    if isinstance(value, bool) or (isinstance(value, str) and "_" in value):
        raise PydanticCustomError("int_parsing", "Input should be a valid integer")
    return value


def _calendar(value: object) -> object:
    """Keeps numbers from being read as seconds since 1970."""
    if isinstance(value, str):
        if value[4:5] != "-":
            raise PydanticCustomError("date_parsing", "Input should be a date in the form YYYY-MM-DD")
    elif not isinstance(value, date):
        raise PydanticCustomError("date_type", "Input should be a date")
    return value


def _clock(value: object) -> object:
    if isinstance(value, str):
        if value[2:3] != ":":
            raise PydanticCustomError("time_parsing", "Input should be a time in the form HH:MM:SS")
    elif not isinstance(value, time):
        raise PydanticCustomError("time_type", "Input should be a time")
    return value


def _has_no_zone(value: time) -> time:
    if value.tzinfo is not None:
        raise PydanticCustomError("time_zone", "Input should be a time without a zone")
    return value


def _has_zone(value: time) -> time:
    if value.utcoffset() is None:
        raise PydanticCustomError("time_zone", "Input should be a time with a fixed offset")
    return value


def _as_utc(value: datetime) -> datetime:
    """Prisma keeps UTC in timestamps without a zone."""
    return value if value.tzinfo is None else value.astimezone(UTC).replace(tzinfo=None)


def _present(value: object) -> object:
    if value is None:
        raise PydanticCustomError("missing_value", "Input must not be null")
    return value


def _address(value: object) -> object:
    if isinstance(value, (int, bytes)):
        raise PydanticCustomError("ip_any_interface", "Input should be an address as text")
    return value


def _storable_json(value: object) -> object:
    """Refuses what PostgreSQL refuses inside JSON: NUL characters, NaN and infinity."""
    if isinstance(value, str):
        _storable_text(value)
    elif isinstance(value, float) and not math.isfinite(value):
        raise PydanticCustomError("finite_number", "JSON has no NaN and no infinity")
    elif isinstance(value, dict):
        for key, item in value.items():
            _storable_text(key)
            _storable_json(item)
    elif isinstance(value, list):
        for item in value:
            _storable_json(item)
    return value


@dataclass(frozen=True, slots=True)
class _Rounding:
    """Rounds half up to the digits that the column keeps, as PostgreSQL does."""

    digits: int

    def __call__(self, value: datetime) -> datetime:
        unit = 10 ** (6 - self.digits)
        excess = value.microsecond % unit
        if excess == 0:
            return value
        return value + timedelta(microseconds=unit - excess if 2 * excess >= unit else -excess)


def rounded(digits: int) -> AfterValidator:
    """A check that brings a timestamp to the column's number of fractional digits."""
    return AfterValidator(_Rounding(digits))


def _or_empty(value: object) -> object:
    """A list column without a value is NULL in the database and an empty list to Prisma."""
    return [] if value is None else value


STORABLE_TEXT = AfterValidator(_storable_text)
EXACT = BeforeValidator(_exact, json_schema_input_type=int | str)
WHOLE = BeforeValidator(_whole)
CALENDAR = BeforeValidator(_calendar)
CLOCK = BeforeValidator(_clock)
WITH_ZONE = AfterValidator(_has_zone)
WITHOUT_ZONE = AfterValidator(_has_no_zone)
UTC_WITHOUT_ZONE = AfterValidator(_as_utc)
PRESENT = BeforeValidator(_present)
ADDRESS = BeforeValidator(_address)
STORABLE_JSON = AfterValidator(_storable_json)

ListOf = Annotated[list[Item], BeforeValidator(_or_empty)]
"""The values of a list column."""

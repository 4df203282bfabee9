"""Business rules that the Prisma schema cannot say, each with its own stable error code."""

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import lru_cache

from pydantic_core import PydanticCustomError

# A delivery may be dated tomorrow: somewhere it already is (UTC+14), and clocks drift.
FUTURE_TOLERANCE = dt.timedelta(days=1)
# How far ahead people plan; a day beyond it is a slip of the pen, and would make months without end.
LEAVE_YEARS = 5
PLAN_YEARS = 15


@lru_cache(maxsize=1)
def _currency_codes() -> frozenset[str]:
    import pycountry

    return frozenset(currency.alpha_3 for currency in pycountry.currencies)


def is_currency(code: str) -> bool:
    """Whether `code` is an ISO 4217 alphabetic code in force."""
    return code in _currency_codes()


def check_currency(code: str) -> None:
    """:raises PydanticCustomError: `invalid_currency`."""
    if code not in _currency_codes():
        raise PydanticCustomError("invalid_currency", "the currency is not an ISO 4217 code")


def check_business_date(day: dt.date, field: str, *, today: dt.date, earliest: dt.date) -> None:
    """The day of something that has happened is plausible.

    :param field: whose day it is; the error's context names it
    :raises PydanticCustomError: `future_date` beyond tomorrow, `ancient_date` before `earliest`.
    """
    if day > today + FUTURE_TOLERANCE:
        raise PydanticCustomError("future_date", "the date lies in the future", {"field": field})
    if day < earliest:
        raise PydanticCustomError(
            "ancient_date", "the date lies before the organisation's earliest date", {"field": field}
        )


def check_business_times(dates: Mapping[str, dt.date], **moments: dt.datetime | None) -> None:
    """The moments of what has happened are plausible, by their field's name; None has not happened yet.

    :param dates: `today` and `earliest`
    :raises PydanticCustomError: as `check_business_date`.
    """
    for field, moment in moments.items():
        if moment is not None:
            check_business_date(moment.date(), field, today=dates["today"], earliest=dates["earliest"])


def check_plans(dates: Mapping[str, dt.date], years: int, **days: dt.date) -> None:
    """The days of what may lie ahead are plausible, by their field's name.

    :param dates: `today` and `earliest`
    :param years: how far from today they may lie
    :raises PydanticCustomError: `far_future` beyond that, `ancient_date` before `earliest`.
    """
    today = dates["today"]
    for field, day in days.items():
        if (day.year - years, day.month, day.day) > (today.year, today.month, today.day):
            raise PydanticCustomError("far_future", "the date lies further ahead than people plan", {"field": field})
        check_business_date(min(day, today), field, today=today, earliest=dates["earliest"])


def check_order(start: dt.date | None, end: dt.date | None) -> None:
    """:raises PydanticCustomError: `end_before_start`."""
    if start is not None and end is not None and end < start:
        raise PydanticCustomError("end_before_start", "the period ends before it starts")


def check_positive(amount: Decimal) -> None:
    """:raises PydanticCustomError: `not_positive`."""
    if amount <= 0:
        raise PydanticCustomError("not_positive", "the amount must be above zero")


def check_not_negative(amount: Decimal) -> None:
    """:raises PydanticCustomError: `negative`."""
    if amount < 0:
        raise PydanticCustomError("negative", "the amount must not be below zero")


def check_sign(kind: str, amount: Decimal) -> None:
    """The sign of an expense fits its kind: money out is not below zero, a refund is not above it.

    :param kind: claim, payment, refund or reversal
    :raises PydanticCustomError: `not_positive` for a claim, `sign_mismatch` for a payment or refund
    """
    if kind == "claim":
        check_positive(amount)
    elif (kind == "payment" and amount < 0) or (kind == "refund" and amount > 0):
        raise PydanticCustomError("sign_mismatch", "the sign of the amount does not fit the kind of the expense")


def check_allocations(expense: Decimal, shares: Iterable[Decimal]) -> None:
    """Shares of an expense sum to it, to the cent.

    :raises PydanticCustomError: `allocation_mismatch`.
    """
    if sum(shares, Decimal(0)) != expense:
        raise PydanticCustomError("allocation_mismatch", "the allocations do not sum to the expense")

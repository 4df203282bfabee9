"""Days as the organisation lives them: the span of the sample, workdays, Kenyan holidays, Ramadan."""

import calendar
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

HISTORY_MONTHS = 24
DAILY_FILES = 7
OFFSET = "+03:00"  # East Africa Time all year round: Kenya has no summer time.

_FIXED_HOLIDAYS = ((1, 1), (5, 1), (6, 1), (10, 10), (10, 20), (12, 12), (12, 25), (12, 26))
_ISLAMIC_EPOCH = 227014  # proleptic Gregorian ordinal of the day before 1 Muharram of year 1


def month_of(day: dt.date) -> dt.date:
    """The first day of the month."""
    return day.replace(day=1)


def add_months(month: dt.date, count: int) -> dt.date:
    """The first day of the month that lies `count` months after (or before) a month."""
    index = month.year * 12 + month.month - 1 + count
    return dt.date(index // 12, index % 12 + 1, 1)


def month_end(day: dt.date) -> dt.date:
    """The last day of the month."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def months_between(first: dt.date, last: dt.date) -> list[dt.date]:
    """The first days of all months from the one of `first` to the one of `last`."""
    count = (last.year - first.year) * 12 + last.month - first.month
    return [add_months(month_of(first), step) for step in range(count + 1)]


def days_between(first: dt.date, last: dt.date) -> Iterator[dt.date]:
    """Every day from `first` to `last`, both included."""
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        yield dt.date.fromordinal(ordinal)


@dataclass(frozen=True)
class Span:
    """What the sample covers, relative to the day it is made on.

    Full months of history stand before the month of `today`; the running month reaches to yesterday. The last
    week arrives in daily files; what was known the evening before (`cutover`) arrives as history.
    """

    today: dt.date

    @property
    def first(self) -> dt.date:
        """The first day of history."""
        return add_months(month_of(self.today), -HISTORY_MONTHS)

    @cached_property
    def yesterday(self) -> dt.date:
        """The last day that has happened."""
        return self.today - dt.timedelta(days=1)

    @property
    def daily_from(self) -> dt.date:
        """The day of the first daily file."""
        return self.today - dt.timedelta(days=DAILY_FILES)

    @cached_property
    def cutover(self) -> dt.date:
        """The evening on which the history was exported."""
        return self.daily_from - dt.timedelta(days=1)

    @cached_property
    def months(self) -> list[dt.date]:
        """All months in which something may have happened."""
        return months_between(self.first, self.yesterday)

    @property
    def daily_days(self) -> list[dt.date]:
        """The days of the daily files."""
        return list(days_between(self.daily_from, self.yesterday))

    def month(self, index: int) -> dt.date:
        """The month `index` months after the first one; negative: before the month of today."""
        return add_months(self.first, index) if index >= 0 else add_months(month_of(self.today), index)


def easter(year: int) -> dt.date:
    """Easter Sunday of a Gregorian year (Meeus, Jones and Butcher)."""
    golden, century, rest = year % 19, year // 100, year % 100
    epact = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - epact - rest % 4) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return dt.date(year, month, day + 1)


def islamic_day(year: int, month: int, day: int) -> dt.date:
    """The Gregorian day of a date of the tabular Islamic calendar; the sighted moon may differ by one."""
    elapsed = (year - 1) * 354 + (11 * year + 3) // 30 + 29 * (month - 1) + month // 2 + day
    return dt.date.fromordinal(_ISLAMIC_EPOCH + elapsed)


@lru_cache(maxsize=64)
def ramadans(year: int) -> tuple[tuple[dt.date, dt.date], ...]:
    """First and last days of the Ramadans that touch a Gregorian year."""
    around = (year - 622) * 33 // 32
    spans = [
        (islamic_day(hijri, 9, 1), islamic_day(hijri, 10, 1) - dt.timedelta(days=1))
        for hijri in range(around - 1, around + 4)
    ]
    return tuple(span for span in spans if year in (span[0].year, span[1].year))


def is_ramadan(day: dt.date) -> bool:
    """Whether a day lies in Ramadan."""
    return any(first <= day <= last for first, last in ramadans(day.year))


@lru_cache(maxsize=64)
def holidays(year: int) -> frozenset[dt.date]:
    """Kenya's public holidays of a year; one on a Sunday is kept on the Monday after."""
    sunday = easter(year)
    found = {dt.date(year, month, day) for month, day in _FIXED_HOLIDAYS}
    found |= {sunday - dt.timedelta(days=2), sunday + dt.timedelta(days=1)}
    found |= {last + dt.timedelta(days=1) for _, last in ramadans(year) if (last + dt.timedelta(days=1)).year == year}
    found |= {day + dt.timedelta(days=1) for day in found if day.weekday() == 6}
    return frozenset(found)


def is_workday(day: dt.date) -> bool:
    """Monday to Friday and no public holiday."""
    return day.weekday() < 5 and day not in holidays(day.year)


def next_workday(day: dt.date) -> dt.date:
    """The day itself when it is a workday, else the first one after."""
    while not is_workday(day):
        day += dt.timedelta(days=1)
    return day


def workdays(first: dt.date, last: dt.date) -> int:
    """How many workdays lie from `first` to `last`, both included."""
    return sum(is_workday(day) for day in days_between(first, last))


def stamp(day: dt.date, minute_of_day: int, second: int = 0) -> str:
    """An ISO timestamp of East Africa Time: `2026-11-16T09:41:07+03:00`."""
    return f"{day.isoformat()}T{minute_of_day // 60:02d}:{minute_of_day % 60:02d}:{second:02d}{OFFSET}"

"""Exchange rates: made-up daily rates to the shilling, their monthly averages, one donor's own rate."""

import datetime as dt
import random
from dataclasses import dataclass, field
from decimal import Decimal

from scripts.sample.days import Span, add_months, days_between, is_workday, month_end, month_of, next_workday
from scripts.sample.organisation import BASE_CURRENCY, DONOR_FIXED_RATE

PROVIDER = "Sample central bank, indicative"
_START = {"USD": (129.30, 0.0009, 129.20), "EUR": (140.60, 0.0030, 148.50)}  # first rate, daily spread, pull
_RATE = Decimal("0.00000001")


@dataclass(frozen=True)
class Exchange:
    """Daily rates per currency on the days they were published, from a month before the history on."""

    span: Span
    daily: dict[str, dict[dt.date, Decimal]]
    _averages: dict[tuple[str, dt.date, dt.date], Decimal] = field(default_factory=dict)

    def average(self, currency: str, month: dt.date, until: dt.date | None = None) -> Decimal:
        """The month's average, of the days up to `until` where it is given; 1 for the base currency.

        A month in which nothing has been published yet takes the last rate before it.
        """
        if currency == BASE_CURRENCY:
            return Decimal(1)
        last = min(month_end(month), until or month_end(month))
        key = currency, month_of(month), last
        if key not in self._averages:
            self._averages[key] = self._average(*key)
        return self._averages[key]

    def _average(self, currency: str, first: dt.date, last: dt.date) -> Decimal:
        rates = [rate for day, rate in self.daily[currency].items() if first <= day <= last]
        if not rates:
            return max((day, rate) for day, rate in self.daily[currency].items() if day < first)[1]
        return (sum(rates, Decimal(0)) / len(rates)).quantize(_RATE)

    def to_base(self, amount: Decimal, currency: str, day: dt.date) -> Decimal:
        """An amount in the base currency at the average of its month, to the cent."""
        return (amount * self.average(currency, month_of(day))).quantize(Decimal("0.01"))

    def rows(self, day: dt.date) -> list[dict[str, str]]:
        """What the rates' provider publishes on a day: the daily rates, and the month's average so far.

        The average is sent again every day until the month is over: same key, new rate.
        """
        rows = []
        for currency, rates in self.daily.items():
            if day in rates:
                following = next_workday(day + dt.timedelta(days=1))
                rows.append(_row("daily", currency, day, following - dt.timedelta(days=1), rates[day], PROVIDER))
        for currency in self.daily:
            month = month_of(day)
            rows.append(
                _row(
                    "monthly_average",
                    currency,
                    month,
                    month_end(month),
                    self.average(currency, month, until=day),
                    PROVIDER,
                )
            )
        return rows

    def month_rows(self, month: dt.date, until: dt.date) -> list[dict[str, str]]:
        """A month's file: its daily rates up to `until` and the average of these."""
        rows = []
        for day in days_between(month, until):
            rows += [row for row in self.rows(day) if row["kind"] == "daily" or day == until]
        return rows

    def donor_fixed_row(self) -> dict[str, str]:
        """The rate that the Norwegian donor's agreement prescribes for its first three years."""
        donor, currency, rate = DONOR_FIXED_RATE
        last = add_months(self.span.first, 36) - dt.timedelta(days=1)
        row = _row("donor_fixed", currency, self.span.first, last, rate, "Grant agreement, annex 3")
        return row | {"donor": donor}


def publish_rates(span: Span, rng: random.Random) -> Exchange:
    """Rates that wander day by day and are pulled back to their level, on workdays."""
    daily: dict[str, dict[dt.date, Decimal]] = {}
    for currency, (rate, spread, level) in _START.items():
        daily[currency] = {}
        for day in days_between(add_months(span.first, -1), span.yesterday):
            if is_workday(day):
                rate *= 1 + rng.gauss(0, spread) + 0.006 * (level - rate) / level
                daily[currency][day] = Decimal(f"{rate:.4f}").quantize(_RATE)
    return Exchange(span, daily)


def _row(kind: str, currency: str, first: dt.date, last: dt.date, rate: Decimal, provider: str) -> dict[str, str]:
    return {
        "kind": kind,
        "from_currency": currency,
        "to_currency": BASE_CURRENCY,
        "valid_from": first.isoformat(),
        "valid_to": last.isoformat(),
        "rate": str(rate),
        "provider": provider,
        "donor": "",
    }

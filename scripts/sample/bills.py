"""What comes every month: rent, guards, power, water, lines, subscriptions; and money that comes back."""

import datetime as dt
import random
from decimal import Decimal

from scripts.sample.days import Span, add_months, month_end, next_workday
from scripts.sample.electricity import Readings
from scripts.sample.handling import handle_payment
from scripts.sample.organisation import OFFICES, SITES
from scripts.sample.people import Staff
from scripts.sample.prices import CENT
from scripts.sample.spending import Expense
from scripts.sample.vendors import vendors_of

_RENT = {"Nairobi": 410_000, "Kisumu": 128_000, "Mombasa": 112_000, "Lodwar": 94_000}
_GUARDS = {"Nairobi": 87_000, "Kisumu": 58_000, "Mombasa": 58_000, "Lodwar": 61_000}
_INTERNET = {"Nairobi": 38_500, "Kisumu": 21_500, "Mombasa": 19_800, "Lodwar": 44_000}
_WATER = {"Nairobi": 14_000, "Kisumu": 6_800, "Mombasa": 8_200, "Lodwar": 17_500}
_MOMBASA_KWH = 1650.0  # the coast office has no meter of ours: its bill is all we know
TARIFF, TARIFF_FIXED = Decimal("27.35"), Decimal("1150.00")  # KES per kWh with levies, KES per month
ESCALATION = Decimal("0.06")  # of rent and guards, each July


def monthly_bills(span: Span, staff: Staff, readings: Readings, rng: random.Random) -> list[Expense]:
    """Payments of all months, each at the bill's own day; power follows what the meters counted."""
    bills: list[Expense] = []
    metered = {site.office: site.code for site in SITES}
    for index, month in enumerate(span.months):
        julys = month.year - span.first.year + (month.month >= 7) - (span.first.month >= 7)
        raised = (1 + ESCALATION) ** julys

        def bill(
            category: str,
            trade: str,
            office: str,
            day: int,
            amount: Decimal,
            text: str,
            currency: str = "KES",
        ) -> None:
            due = next_workday(month.replace(day=day))  # noqa: B023 (called within the same turn of the loop)
            if due > span.yesterday:
                return
            vendor = rng.choice(vendors_of(trade, office, index)).code  # noqa: B023
            expense = Expense("payment", "OPSL", category, due, amount.quantize(CENT), currency, text, vendor)
            handle_payment(expense, staff, rng)
            bills.append(expense)

        name = f"{month:%B %Y}"
        last = add_months(month, -1)
        for office in OFFICES:
            bill(
                "RENT",
                "landlord",
                office,
                2,
                _step(_RENT[office] * raised, 500),
                f"Office rent {office}, {name}",
            )
            bill(
                "RENT",
                "security",
                office,
                27,
                _step(_GUARDS[office] * raised, 100),
                f"Guards {office}, {name}",
            )
            bill("COMMS", "internet", office, 5, Decimal(_INTERNET[office]), f"Internet {office}, {name}")
            water = _WATER[office] * rng.uniform(0.8, 1.25)
            bill("UTILITIES", "water", office, 12, _cents(water), f"Water {office}, {last:%B %Y}")
            if office in metered and last >= span.first:
                energy = readings.energy(metered[office], last)
            else:
                energy = _MOMBASA_KWH * _warmth(last) * rng.uniform(0.9, 1.1)
            if office in metered and last < span.first:
                energy = readings.energy(metered[office], span.first)
            amount = _cents(energy) * TARIFF + TARIFF_FIXED
            bill(
                "UTILITIES",
                "power",
                office,
                9,
                amount,
                f"Electricity {office}, {last:%B %Y}, {energy:.0f} kWh",
            )
        bill("UTILITIES", "waste", "Nairobi", 15, Decimal(9_500), f"Waste collection, {name}")
        bill(
            "COMMS",
            "software",
            "Nairobi",
            3,
            Decimal(486 + 9 * (index // 6)),
            f"Cloud subscriptions, {name}",
            "USD",
        )
        bill("COMMS", "software", "Nairobi", 18, Decimal(310), f"Data collection licences, {name}", "EUR")
    return bills


def _step(amount: Decimal, step: int) -> Decimal:
    return (amount / step).quantize(Decimal(1)) * step


def _cents(amount: float) -> Decimal:
    return Decimal(f"{amount:.2f}")


def _warmth(month: dt.date) -> float:
    return 1.15 if month.month in (1, 2, 3, 4, 11, 12) else 0.9


def money_back(span: Span, staff: Staff, expenses: list[Expense], rng: random.Random) -> list[Expense]:
    """Refunds by vendors, and payments booked wrongly, reversed and booked again."""
    found: list[Expense] = []
    for payment in [e for e in expenses if e.kind == "payment" and e.category not in ("RENT", "UTILITIES", "COMMS")]:
        fate = rng.random()
        if fate < 0.014:
            share = Decimal(rng.choice((8, 10, 15, 25, 40))) / 100
            day = payment.visible_on + dt.timedelta(days=rng.randint(8, 30))
            found += _back(payment, "refund", day, -(payment.amount * share).quantize(CENT), "Refund on {voucher}")
        elif fate < 0.022:
            day = payment.visible_on + dt.timedelta(days=rng.randint(2, 9))
            text = "Reversal of {voucher}: " + rng.choice(("wrong cost centre", "wrong account", "booked twice"))
            found += _back(payment, "reversal", day, -payment.amount, text)
            if not text.endswith("booked twice"):
                found += _back(
                    payment, "payment", day, payment.amount, "Rebooking of {voucher}: " + payment.description
                )
    found = [expense for expense in found if expense.spent_on <= span.yesterday]
    for expense in found:
        handle_payment(expense, staff, rng)
        if expense.kind != "payment":
            expense.paid = None
    return found


def _back(payment: Expense, kind: str, day: dt.date, amount: Decimal, text: str) -> list[Expense]:
    return [
        Expense(
            kind=kind,
            department=payment.department,
            category=payment.category,
            spent_on=min(next_workday(day), next_workday(month_end(day))),
            amount=amount,
            currency=payment.currency,
            description=text,
            vendor=payment.vendor,
            about=payment,
        )
    ]

"""The small organisation: every rule of the metrics happens in it once, in amounts that can be reckoned in the head."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field
from decimal import Decimal

from tests.conftest import Warehouse
from tests.metrics.ledger import Ledger

UTC = dt.UTC


@dataclass
class Small:
    """The ledger, and the keys of what is in it by name."""

    ledger: Ledger
    keys: dict[str, uuid.UUID] = field(default_factory=dict)

    def copy(self, warehouse: Warehouse) -> Small:
        """The same organisation in a copy of its warehouse."""
        return Small(Ledger(warehouse, runs=self.ledger.runs), self.keys)

    def __getitem__(self, name: str) -> uuid.UUID:
        return self.keys[name]


def small_organisation(ledger: Ledger) -> Small:
    """Two departments, two categories, three currencies, July 2025 to September 2025 (fiscal year 2026)."""
    small = Small(ledger)
    keys = small.keys
    keys |= {code: ledger.department(code) for code in ("WATER", "ADMIN")}
    keys |= {code: ledger.category(code) for code in ("FUEL", "RENT")}
    keys["GARAGE"] = ledger.vendor("GARAGE")
    for number in range(1, 6):
        keys[f"E{number}"] = ledger.person(
            f"E{number}", keys["WATER"], hired_on=dt.date(2020, 1, 1) if number < 5 else dt.date(2025, 8, 11)
        )
    where = {"department_id": keys["WATER"], "category_id": keys["FUEL"]}

    ledger.rate("monthly_average", "USD", "2025-07-01", "130", "2025-07-31")
    ledger.rate("daily", "USD", "2025-07-15", "999")  # an average goes before a day's rate
    ledger.rate("daily", "USD", "2025-08-08", "131")
    ledger.rate("daily", "USD", "2025-08-29", "140")  # no average: the last day's rate of the month
    # September has no rate for dollars.

    for month in ("2025-07", "2025-08", "2025-09"):
        ledger.budget(month, "100000", **where)
    ledger.budget("2025-09", "50000", **where, version=2, in_force_from=dt.date(2025, 9, 10))
    ledger.budget("2025-09", "1", **where, version=3, in_force_from=dt.date(2025, 10, 1))  # too late for September
    year = {"granularity": "year", "period_to": dt.date(2026, 6, 30)}
    ledger.budget("2025-07", "100000", department_id=keys["ADMIN"], category_id=keys["RENT"], **year)

    keys["july"] = ledger.payment("2025-07-10", "60000", **where, vendor_id=keys["GARAGE"])
    ledger.payment("2025-07-12", "-10000", **where, vendor_id=keys["GARAGE"])
    ledger.payment("2025-07-20", "100", "USD", **where)
    keys["august"] = ledger.payment("2025-08-05", "100000", **where)
    ledger.payment("2025-08-06", "10", "USD", **where)
    ledger.payment("2025-09-01", "50000", **where)
    ledger.payment("2025-09-02", "5", "USD", **where)
    ledger.payment("2025-09-03", "700", department_id=None, category_id=None)
    claim = {"origin": "app", "kind": "claim", "cost_centre": None, **where}
    moments = {
        "submitted_at": dt.datetime(2025, 7, 2, 8, tzinfo=UTC),
        "approved_at": dt.datetime(2025, 7, 4, 8, tzinfo=UTC),
    }
    paid = dt.datetime(2025, 7, 14, 8, tzinfo=UTC)
    ledger.payment("2025-07-01", "1000", **claim, employee_id=keys["E1"], status="reimbursed", **moments, paid_at=paid)
    ledger.payment("2025-07-01", "2000", **claim, employee_id=keys["E2"], status="approved", **moments)
    ledger.payment("2025-07-01", "4000", **claim, employee_id=keys["E3"], status="submitted")
    for status in ("draft", "rejected", "cancelled"):
        ledger.payment("2025-07-01", "8000", **claim, employee_id=keys["E4"], status=status)

    keys["DONOR"] = ledger.add("donors", code="DONOR", name="Donor", currency="EUR")
    keys["GRANT"] = ledger.add(
        "grants", code="G1", title="Wells", currency="EUR", amount=Decimal(1200), donor_id=keys["DONOR"],
        starts_on=dt.date(2025, 7, 11), ends_on=dt.date(2026, 6, 30), status="active",
    )  # fmt: skip
    keys["LINE"] = ledger.add(
        "grant_budget_lines", code="L1", name="Fuel", amount=Decimal(1200), currency="EUR", grant_id=keys["GRANT"]
    )
    ledger.rate("donor_fixed", "EUR", "2025-07-01", "200", "2026-06-30", donor_id=keys["DONOR"])
    split = {"grant_id": keys["GRANT"], "grant_budget_line_id": keys["LINE"], "currency": "KES"}
    ledger.add("expense_allocations", expense_id=keys["july"], amount=Decimal(60000), **split)
    ledger.add("expense_allocations", expense_id=keys["august"], amount=Decimal(90000), **split)

    leave = {"status": "approved", "employee_id": keys["E1"], "leave_type": "annual"}
    ledger.add("leave_entitlements", employee_id=keys["E1"], leave_type="annual", year=2025, days=Decimal(21))
    # Thursday 31 July to Monday 4 August: one working day in July, two in August.
    ledger.add(
        "leave_applications", starts_on=dt.date(2025, 7, 31), ends_on=dt.date(2025, 8, 4), days=Decimal(3), **leave
    )
    ledger.add(
        "leave_applications", starts_on=dt.date(2025, 8, 4), ends_on=dt.date(2025, 8, 4), days=Decimal(1),
        **leave | {"employee_id": keys["E2"]},
    )  # fmt: skip
    return small

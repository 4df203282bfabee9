"""The ground truth: what was planted, and what must be in the warehouse once everything is loaded in order.

The expected figures come from a replay of the files with plain dictionaries; it shares no code with the
pipelines.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from scripts.sample.delivery import DATASETS, File, Values
from scripts.sample.electricity import Readings
from scripts.sample.faults import Delivery
from scripts.sample.planted import NEW_VENDORS
from scripts.sample.world import World

KEYS: dict[str, tuple[str, ...]] = {
    "departments": ("code",),
    "categories": ("code",),
    "users": ("employee_no",),
    "vendors": ("code",),
    "donors": ("code",),
    "grants": ("code",),
    "grant_budget_lines": ("grant", "code"),
    "fx_rates": ("kind", "from_currency", "to_currency", "valid_from", "provider"),
    "budgets": ("department", "category", "period_from", "version"),
    "expenses": ("external_id",),
    "expense_allocations": ("expense", "grant", "grant_budget_line"),
    "leave_applications": ("external_id",),
    "leave_entitlements": ("employee", "leave_type", "year"),
    "sites": ("code",),
    "meters": ("code",),
    "meter_readings": ("meter", "starts_at"),
}
_COUNTS = ("read", "loaded", "inserted", "updated", "unchanged", "superseded", "rejected")


@dataclass
class Replay:
    """A dataset's rows as they stand after the files replayed so far, with what each file did."""

    rows: dict[tuple[str, ...], Values] = field(default_factory=dict)
    totals: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_COUNTS, 0))

    def file(self, file: File) -> dict[str, Any]:
        """Load one file: the last version of a key in it counts, the ones above it are superseded."""
        counts = dict.fromkeys(_COUNTS, 0)
        amounts: dict[str, Decimal] = defaultdict(Decimal)
        counts["read"] = len(file.rows)
        good = [row.values for row in file.rows if not row.code]
        counts["rejected"] = counts["read"] - len(good)
        newest = {tuple(values[name] for name in KEYS[file.dataset]): values for values in good}
        counts["superseded"] = len(good) - len(newest)
        for key, values in newest.items():
            known = self.rows.get(key)
            if known == values:
                counts["unchanged"] += 1
                continue
            counts["inserted" if known is None else "updated"] += 1
            counts["loaded"] += 1
            self.rows[key] = values
            if "amount" in values:
                amounts[values["currency"]] += Decimal(values["amount"])
        for name in _COUNTS:
            self.totals[name] += counts[name]
        return counts | {"amount_loaded": _texts(amounts)}

    def sums(self) -> dict[str, str]:
        """Amounts of all rows, per currency; empty where the dataset has none."""
        amounts: dict[str, Decimal] = defaultdict(Decimal)
        for values in self.rows.values():
            if "amount" in values:
                amounts[values["currency"]] += Decimal(values["amount"])
        return _texts(amounts)


def tell_truth(world: World, delivery: Delivery, hashes: dict[str, str]) -> dict[str, Any]:
    """Everything that is planted and everything that is expected, ready for JSON.

    :param hashes: sha256 by file name, of the files as they were written
    """
    replays = {dataset: Replay() for dataset in DATASETS}
    files = []
    for file in delivery.files:
        result = replays[file.dataset].file(file)
        files.append(
            {
                "file": file.name,
                "dataset": file.dataset,
                "delivered_from": file.first.isoformat(),
                "delivered_to": file.last.isoformat(),
                "sha256": hashes[file.name],
                **result,
            }
        )
    span = world.span
    return {
        "today": span.today.isoformat(),
        "seed": world.seed,
        "history_from": span.first.isoformat(),
        "history_exported_on": span.cutover.isoformat(),
        "daily_files": [day.isoformat() for day in span.daily_days],
        "datasets": {
            dataset: replay.totals | {"rows": len(replay.rows), "sums": replay.sums()}
            for dataset, replay in replays.items()
        },
        "files": files,
        "duplicate_files": [
            {"file": copy, "same_as": original, "sha256": hashes[copy]} for copy, original in delivery.copies.items()
        ],
        "rejects": _rejects(delivery),
        "resent_unchanged": delivery.resent,
        "superseded_in_file": delivery.replaced,
        "unreviewed_vendors": sorted(name for name in NEW_VENDORS if any(e.vendor == name for e in world.expenses)),
        "late_corrections": [
            {
                "external_id": expense.external_id,
                "month": f"{expense.spent_on:%Y-%m}",
                "delivered_on": expense.corrected[0].isoformat(),
                "from": str(expense.amount),
                "to": str(expense.corrected[1]),
                "currency": expense.currency,
            }
            for expense in world.expenses
            if expense.corrected
        ],
        "budget_breaches": _breaches(world),
        "series_anomalies": [anomaly.facts() for anomaly in world.anomalies],
        "findings": [finding.facts() for finding in world.findings if finding.kind != "late_correction"],
        "electricity": _electricity(world.readings),
    }


def _texts(amounts: dict[str, Decimal]) -> dict[str, str]:
    return {currency: f"{amount:.2f}" for currency, amount in sorted(amounts.items())}


def _rejects(delivery: Delivery) -> list[dict[str, Any]]:
    """Rows that must be rejected; `row` counts as a spreadsheet does, the header being row 1."""
    return [
        {
            "file": file.name,
            "dataset": file.dataset,
            "row": number,
            "field": row.field,
            "code": row.code,
            "reason": row.reason,
        }
        for file in delivery.files
        for number, row in enumerate(file.rows, start=2)
        if row.code
    ]


def _breaches(world: World) -> list[dict[str, Any]]:
    """Cells over their budget in force, in the base currency; `planted` ones were made so on purpose."""
    planted = {
        (expense.department, expense.category, f"{expense.spent_on:%Y-%m}")
        for finding in world.findings
        if finding.kind == "budget_breach"
        for expense in finding.expenses
    }
    return [
        {
            "department": cell[0],
            "category": cell[1],
            "month": f"{month:%Y-%m}",
            "spent": f"{spent:.2f}",
            "budget": f"{budget:.2f}",
            "currency": "KES",
            "planted": (cell[0], cell[1], f"{month:%Y-%m}") in planted,
        }
        for cell, month, spent, budget in world.breaches()
    ]


def _electricity(readings: Readings) -> dict[str, Any]:
    site, first, last = readings.night_shift
    return {
        "gaps": [
            {"meter": gap.site.meter, "starts_at": gap.starts_at, "intervals": gap.slots}
            for gap in sorted(readings.gaps, key=lambda gap: (gap.site.code, gap.day))
        ],
        "generator_days": [{"meter": s.meter, "day": day.isoformat()} for s, day in readings.generator_days],
        "night_load": {"meter": site.meter, "from": first.isoformat(), "to": last.isoformat()},
    }

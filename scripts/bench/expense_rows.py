"""Expense rows to load, one in a hundred bad in one of twelve ways, and the truth about them."""

import csv
import hashlib
import random
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

HEADER = (
    "external_id", "origin", "kind", "status", "spent_on", "amount", "currency", "description", "cost_centre",
    "account_code", "document_no", "receipt_no", "submitted_at", "approved_at", "paid_at", "department", "category",
    "vendor", "employee", "approver",
)  # fmt: skip
DEPARTMENTS, CATEGORIES, VENDORS, STAFF = 8, 12, 2_000, 60
BAD = (
    ("amount", "12.5x", "invalid_amount"),
    ("amount", "", "missing_value"),
    ("amount", "-5.00", "not_positive"),
    ("amount", "99999999999999.00", "out_of_range"),
    ("currency", "ZZZ", "invalid_currency"),
    ("spent_on", "2026-02-30", "invalid_date"),
    ("spent_on", "2199-01-01", "future_date"),
    ("spent_on", "1899-12-31", "ancient_date"),
    ("status", "gone", "unknown_value"),
    ("kind", "gift", "unknown_value"),
    ("document_no", "9" * 101, "too_long"),
    ("employee", "", "missing_employee"),
)


@dataclass(frozen=True)
class Truth:
    """What is in the file: rows, bad rows by code, and a digest over every value of the good rows."""

    rows: int
    good: int
    rejects: dict[str, int]
    digest: str


def digest_of(lines: Iterable[str]) -> tuple[int, str]:
    """How many lines there are, and a digest of them that does not depend on their order."""
    count, total = 0, 0
    for line in lines:
        count += 1
        total += _number_of(line)
    return count, format(total % (1 << 64), "016x")


def _number_of(line: str) -> int:
    return int.from_bytes(hashlib.blake2b(line.encode(), digest_size=8).digest(), "big")


def make_rows(file: Path, rows: int, seed: int = 1) -> Truth:
    """Write a CSV of `rows` expenses and return the truth about it; the same seed gives the same bytes."""
    random_ = random.Random(seed)
    total, good, rejects = 0, 0, dict.fromkeys(sorted({code for *_, code in BAD}), 0)
    with file.open("w", newline="", encoding="utf-8") as target:
        writer = csv.writer(target)
        writer.writerow(HEADER)
        for number in range(rows):
            row = _row(random_, number)
            if number % 100 == 37:
                field, value, code = BAD[(number // 100) % len(BAD)]
                row[field] = value
                rejects[code] += 1
            else:
                good += 1
                total += _number_of("|".join(row.values()))
            writer.writerow(row.values())
    return Truth(rows, good, {code: n for code, n in rejects.items() if n}, format(total % (1 << 64), "016x"))


def _row(random_: random.Random, number: int) -> dict[str, str]:
    month, day = random_.randrange(24), random_.randrange(1, 29)
    spent_on = f"{2024 + (month + 10) // 12}-{(month + 10) % 12 + 1:02}-{day:02}"
    employee = random_.randrange(STAFF)
    return {
        "external_id": f"BX-{number:08}",
        "origin": "app",
        "kind": "claim",
        "status": "approved",
        "spent_on": spent_on,
        "amount": f"{random_.lognormvariate(7, 1.2):.2f}",
        "currency": random_.choice(("KES", "KES", "KES", "USD", "EUR")),
        "description": f"Field visit, trip {random_.randrange(10_000)}",
        "cost_centre": str(1000 + random_.randrange(40)),
        "account_code": str(6000 + random_.randrange(90)),
        "document_no": f"PV-{number:08}",
        "receipt_no": f"R{random_.randrange(10**8):08}",
        "submitted_at": f"{spent_on}T09:15:00+03:00",
        "approved_at": f"{spent_on}T16:40:00+03:00",
        "paid_at": "",
        "department": f"D{random_.randrange(DEPARTMENTS)}",
        "category": f"C{random_.randrange(CATEGORIES)}",
        "vendor": f"V{random_.randrange(VENDORS):04}",
        "employee": f"E{employee:02}",
        "approver": f"E{(employee + 1) % STAFF:02}",
    }


def as_json(truth: Truth) -> dict[str, object]:
    """For the results file."""
    return asdict(truth)

"""Planted in the files: rows that must be rejected, files and rows that come twice, replaced versions."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from scripts.sample.days import add_months, month_of
from scripts.sample.delivery import File, Row, Values, day_file, in_order
from scripts.sample.world import World

SHARE = 0.045  # of a file's rows at most is bad: below the reject limit of the profile
COPIED_MONTH = 10  # the month of history whose expenses come twice


@dataclass(frozen=True)
class Fault:
    """One bad row: what it does to a good row's values, and the code it must be rejected with."""

    dataset: str
    code: str
    field: str
    value: Callable[[Values], str]
    reason: str
    wanted: Callable[[Values], bool] = lambda values: True


def _is(field: str, value: str) -> Callable[[Values], bool]:
    return lambda values: values[field] == value


def _text(value: str) -> Callable[[Values], str]:
    return lambda values: value


def _in_year(field: str, shift: int) -> Callable[[Values], str]:
    return lambda values: f"{int(values[field][:4]) + shift}{values[field][4:]}".replace("-02-29", "-02-28")


_CLAIM, _PAYMENT = _is("kind", "claim"), _is("kind", "payment")
FAULTS = (
    Fault("expenses", "missing_value", "amount", _text(""), "no amount", _CLAIM),
    Fault("expenses", "missing_value", "spent_on", _text(""), "no date", _PAYMENT),
    Fault("expenses", "missing_value", "currency", _text(""), "no currency", _CLAIM),
    Fault("expenses", "invalid_date", "spent_on", lambda v: v["spent_on"][:4] + "-02-30", "30 February", _CLAIM),
    Fault("expenses", "invalid_date", "spent_on", _text("last Tuesday"), "words for a date", _CLAIM),
    Fault("expenses", "invalid_amount", "amount", _text("12,5x"), "a letter in the amount", _CLAIM),
    Fault("expenses", "invalid_amount", "amount", _text("NaN"), "not a number", _PAYMENT),
    Fault(
        "expenses",
        "too_long",
        "document_no",
        lambda v: "PV-" + "0" * 140,
        "a number of 143 characters",
        _PAYMENT,
    ),
    Fault("expenses", "unknown_value", "kind", _text("paymnet"), "a typing error", _PAYMENT),
    Fault("expenses", "unknown_value", "status", _text("done"), "a status nobody has defined", _CLAIM),
    Fault("expenses", "unknown_reference", "employee", _text("E999"), "no such member of staff", _CLAIM),
    Fault("expenses", "future_date", "spent_on", _in_year("spent_on", 40), "forty years ahead", _CLAIM),
    Fault("expenses", "ancient_date", "spent_on", _in_year("spent_on", -100), "a hundred years ago", _PAYMENT),
    Fault("expenses", "invalid_currency", "currency", _text("KSH"), "no ISO 4217 code", _CLAIM),
    Fault("expenses", "not_positive", "amount", lambda v: "-" + v["amount"], "a negative claim", _CLAIM),
    Fault("expenses", "not_positive", "amount", _text("0.00"), "a claim of nothing", _CLAIM),
    Fault(
        "expenses",
        "row_length",
        "(row)",
        _text(""),
        "a comma in an unquoted text makes one cell too many",
        _CLAIM,
    ),
    Fault("expense_allocations", "unknown_reference", "grant", _text("GRP-FOOD-09"), "no such grant"),
    Fault("expense_allocations", "unknown_reference", "expense", _text("CLM-2019-00001"), "no such expense"),
    Fault(
        "leave_applications",
        "end_before_start",
        "ends_on",
        _in_year("ends_on", -1),
        "ends a year before it starts",
    ),
    Fault("leave_applications", "unknown_value", "leave_type", _text("sabbatical"), "no such kind of leave"),
    Fault("leave_applications", "unknown_reference", "employee", _text("E000"), "no such member of staff"),
    Fault("budgets", "invalid_amount", "amount", _text("n/a"), "a word for an amount"),
    Fault("budgets", "unknown_reference", "department", _text("PROC"), "no such department"),
    Fault("fx_rates", "not_positive", "rate", lambda v: "-" + v["rate"], "a rate below zero"),
    Fault("users", "missing_value", "full_name", _text(""), "no name"),
    Fault("meter_readings", "unknown_reference", "meter", _text("NBO-HQ-M9"), "no such meter"),
    Fault("meter_readings", "missing_value", "energy_kwh", _text(""), "an empty reading"),
)


@dataclass
class Delivery:
    """Everything in the inbox. `copies` are files with the same bytes as another: name → original's name."""

    files: list[File]
    copies: dict[str, str]
    resent: list[dict[str, object]]
    replaced: list[dict[str, object]]


def spoil(world: World, files: list[File], rng: random.Random) -> Delivery:
    """Add everything that is wrong or doubled to the good files. What was good stays as it was."""
    copied = add_months(world.span.first, COPIED_MONTH)
    kept_clean = {f"expenses_{copied:%Y-%m}"}
    for number, fault in enumerate(FAULTS, start=1):
        _add_bad_row(fault, number, [file for file in files if file.stem not in kept_clean], rng)
    _add_mismatch(world, [file for file in files if file.stem not in kept_clean])
    replaced = _add_older_versions([file for file in files if file.stem not in kept_clean], rng)
    resent = _resend(world, files, rng)
    return Delivery(
        in_order(files), {f"{stem} (1).csv": f"{stem}.csv" for stem in sorted(kept_clean)}, resent, replaced
    )


def _has_room(file: File) -> bool:
    bad = sum(bool(row.code) for row in file.rows)
    return (bad + 1) / (len(file.rows) + 1) <= SHARE


def _add_bad_row(fault: Fault, number: int, files: list[File], rng: random.Random) -> None:
    homes = [file for file in files if file.dataset == fault.dataset and _has_room(file)]
    fresh = [file for file in homes if not any(row.code for row in file.rows)]
    home = rng.choice(fresh or homes)
    values = dict(rng.choice([row.values for row in home.rows if not row.code and fault.wanted(row.values)]))
    if "external_id" in values:
        values["external_id"] = f"{values['external_id'].split('-')[0]}-{home.first.year}-{90_000 + number}"
    extra: tuple[str, ...] = ()
    if fault.code == "row_length":
        extra = ("field office",)
    else:
        values[fault.field] = fault.value(values)
    home.rows.insert(rng.randint(0, len(home.rows)), Row(values, extra, fault.code, fault.field, fault.reason))


def _add_mismatch(world: World, files: list[File]) -> None:
    """An expense that is fine, and two allocations that leave a tenth of it uncovered: both are rejected."""
    homes = {file.first: file for file in files if file.dataset == "expense_allocations" and _has_room(file)}
    expense = next(
        e
        for e in reversed(world.expenses)
        if not e.shares
        and e.amount > 20_000
        and e.currency == "KES"
        and e.department == "HEAL"
        and month_of(e.spent_on) in homes
        and e.visible_on <= world.span.cutover
    )
    home = homes[month_of(expense.spent_on)]
    for line, share in (("L01", 6), ("L02", 3)):
        amount = expense.amount * share / 10
        values = {
            "expense": expense.external_id,
            "grant": "GRP-HEAL-01",
            "grant_budget_line": line,
            "amount": f"{amount:.2f}",
            "currency": expense.currency,
        }
        home.rows.append(Row(values, (), "allocation_mismatch", "amount", "nine tenths of the expense are allocated"))


def _add_older_versions(files: list[File], rng: random.Random) -> list[dict[str, object]]:
    """Two month files hold an earlier version of a row above the one that counts."""
    replaced: list[dict[str, object]] = []
    homes = [file for file in files if file.dataset == "expenses" and file.first != file.last]
    for home in rng.sample(homes, 2):
        at = rng.choice([i for i, row in enumerate(home.rows) if not row.code and row.values["status"] == "reimbursed"])
        older = dict(home.rows[at].values) | {"status": "approved", "paid_at": ""}
        home.rows.insert(at, Row(older))
        replaced.append({"file": home.name, "external_id": older["external_id"]})
    return replaced


def _resend(world: World, files: list[File], rng: random.Random) -> list[dict[str, object]]:
    """Daily files that repeat, unchanged, a few old expenses and a day of readings."""
    span = world.span
    day = next(day for day in span.daily_days if any(f.dataset == "expenses" and f.first == day for f in files))
    settled = [
        e
        for e in world.expenses
        if e.status_on(span.cutover) in ("reimbursed", "posted")
        and e.visible_on < add_months(span.cutover, -3)
        and e.corrected is None
        and (e.paid is None or e.paid[0] < span.cutover)
    ]
    expenses = next(file for file in files if file.dataset == "expenses" and file.first == day)
    again = [row for e in rng.sample(settled, 6) if (row := e.row(span.cutover))]
    expenses.rows += [Row(values) for values in again]
    readings = list(world.readings.rows(span.cutover, span.cutover))[:48]
    name = day_file("meter_readings", day, ()).name
    meter = next(file for file in files if file.name == name)
    meter.rows += [Row(values) for values in readings]
    return [
        {
            "file": expenses.name,
            "dataset": "expenses",
            "rows": len(again),
            "keys": [v["external_id"] for v in again],
        },
        {
            "file": meter.name,
            "dataset": "meter_readings",
            "rows": len(readings),
            "keys": [v["starts_at"] for v in readings],
        },
    ]

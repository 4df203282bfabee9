"""The summary table: what the pipelines brought home, by dataset."""

from __future__ import annotations

from collections import defaultdict

import psycopg

from deploy.local.machine import Machine
from deploy.local.screen import table
from deploy.local.trouble import StepFailed

HEADS = (
    "dataset",
    "files",
    "read",
    "loaded",
    "unchanged",
    "superseded",
    "rejected",
    "failed batches",
    "seconds",
    "loaded sums",
)
NUMBERS = set(HEADS) - {"dataset", "loaded sums"}


def summary(machine: Machine) -> str:
    """A line per dataset over all batches so far, with the loaded sums per currency.

    Raises:
        StepFailed: the warehouse cannot be read.
    """
    folder = machine.root / "include/sql/status"
    try:
        with psycopg.connect(machine.database_dsn("svc_exporter"), connect_timeout=10) as connection:
            batches = connection.execute((folder / "summarise_batches.sql").read_bytes()).fetchall()
            amounts = connection.execute((folder / "sum_amounts.sql").read_bytes()).fetchall()
    except psycopg.Error as error:
        raise StepFailed(f"The warehouse could not be read ({error.sqlstate}): see make status.") from error
    if not batches:
        return "  Nothing has been loaded yet."
    sums: defaultdict[str, list[str]] = defaultdict(list)
    for dataset, currency, amount in amounts:
        sums[dataset].append(f"{currency} {amount:,.2f}")
    rows = [
        (
            dataset,
            *(f"{count:,}" for count in counts),
            f"{seconds:,.1f}",
            " · ".join(sums[dataset]),
        )
        for dataset, *counts, seconds in batches
    ]
    return table(HEADS, rows, NUMBERS)

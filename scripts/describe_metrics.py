"""`make docs`: METRICS.md, from the pages of dbt."""

import importlib.util
import sys

from deploy.local.environment import enter
from deploy.local.machine import ROOT
from deploy.local.screen import run_command, say


def main() -> int:
    """Write the page, in the project's own Python."""
    if importlib.util.find_spec("yaml") is None:
        enter("scripts.describe_metrics", sys.argv[1:])
    from include.metrics.describing import PAGE, metrics_page, read_tables

    (ROOT / PAGE).write_text(metrics_page(read_tables()), encoding="utf-8")
    say(f"Wrote {PAGE}.")
    return 0


if __name__ == "__main__":
    run_command(main)

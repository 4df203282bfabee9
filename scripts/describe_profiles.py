"""`make docs`: the JSON Schema of a source profile, and the reference in docs/sources.md, from the model itself."""

import importlib.util
import sys

from deploy.local.environment import enter
from deploy.local.machine import ROOT
from deploy.local.screen import run_command, say


def main() -> int:
    """Write both, in the project's own Python."""
    if importlib.util.find_spec("pycountry") is None:
        enter("scripts.describe_profiles", sys.argv[1:])
    from include.ingest.describing import PAGE, SCHEMA, schema_text, with_reference

    (ROOT / SCHEMA).write_text(schema_text(), encoding="utf-8")
    page = ROOT / PAGE
    page.write_text(with_reference(page.read_text(encoding="utf-8")), encoding="utf-8")
    say(f"Wrote {SCHEMA} and {PAGE}.")
    return 0


if __name__ == "__main__":
    run_command(main)

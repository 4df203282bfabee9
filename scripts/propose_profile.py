"""`make profile FILE=…`: look at a file never seen, propose its profile, and show how it would load.

SOURCE names the source (else the file or its folder does), KIND the dataset; WRITE=1 writes the profile.
"""

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.local.environment import REQUIREMENTS, enter, prepare
from deploy.local.machine import ROOT, Machine
from deploy.local.screen import run_command, say, table
from deploy.local.trouble import Trouble

if TYPE_CHECKING:
    from include.ingest.matching import Match
    from include.ingest.proposing import Proposal

PROFILES = ROOT / "include" / "sources"
CELL_SHOWN = 28  # characters


def main() -> int:
    """Show the proposal; the exit code is 1 when it would load less than 95 % of the rows."""
    machine = Machine.here()
    if Path(sys.prefix).resolve() != machine.venv.resolve():
        prepare(machine, [REQUIREMENTS])
        enter("scripts.propose_profile", sys.argv[1:])
    from include.errors import BadConfiguration, BadData
    from include.ingest.proposing import ENOUGH, propose
    from include.schemas.organisation import load_organisation

    path = Path(os.environ.get("FILE") or "")
    if not path.is_file():
        raise Trouble("Say which file to look at, as in make profile FILE=export.csv.")
    source = os.environ.get("SOURCE") or source_of(path)
    try:
        proposal = propose(path, source, load_organisation(), kind=os.environ.get("KIND") or None)
    except (BadData, BadConfiguration) as error:
        raise Trouble(f"{path.name}: {error}") from error
    for line in lines(path, proposal):
        say(line)
    home = PROFILES / f"{source}.yaml"
    if os.environ.get("WRITE") == "1":
        if home.exists():
            raise Trouble(f"{home.relative_to(ROOT)} exists: give another name with SOURCE=…, or change it by hand.")
        home.write_text(proposal.text(), encoding="utf-8")
        say(f"Wrote {home.relative_to(ROOT)}. Next: drop files into inbox/{source}/ and run the pipeline with dry_run.")
    else:
        say(f"WRITE=1 writes this to {home.relative_to(ROOT)}; KIND=… and SOURCE=… choose another dataset or name.")
    return 0 if proposal.trial.share >= ENOUGH else 1


def source_of(path: Path) -> str:
    """A name for the source: the file's words without its dates, else its folder's."""
    for words in (path.stem, path.absolute().parent.name):
        name = re.sub(r"[\W\d_]+", "_", words).strip("_").lower()
        if len(name) > 2 and name.isascii():
            return name[:64]
    return "new_source"


def lines(path: Path, proposal: "Proposal") -> Iterator[str]:
    """What a person reads, top to bottom: the file, the columns, the rows, the doubts, the profile."""
    found, tally = proposal.inspection, proposal.trial.tally
    header = f"header in row {found.header_at}" if found.header_at else "no header"
    layout = "a workbook" if found.is_workbook else f"{found.encoding}, delimiter {found.delimiter!r}"
    yield f"{path.name}: {layout}, {header}, {found.rows:,} rows, {found.blank_rows:,} blank ones"
    yield f"It looks like {proposal.kind}.\n"
    yield table(("field", "column", "sure", "read as"), [_match_row(proposal, match) for match in proposal.matches])
    if unused := proposal.document["reads"][0].get("known_columns"):
        yield f"\nNot used: {', '.join(unused)}"
    yield f"Never blank, never repeated (a key?): {', '.join(found.key_candidates()) or 'no column'}"
    if found.has_totals:
        yield "The last row is a total, and is left out."
    for column, kinds in proposal.personal.items():
        yield f"{column} holds personal numbers ({', '.join(kinds)}): they are taken out before anything is stored."
    if tally is not None:
        yield "\nThe first rows as they would load (what is personal, by its shape):"
        shown = proposal.trial.shown
        names = list(dict.fromkeys(name for row in shown for name in row))
        heads = ["field", *(f"row {number}" for number in range(1, len(shown) + 1))]
        yield table(heads, [[name, *(row.get(name, "")[:CELL_SHOWN] for row in shown)] for name in names])
        yield f"\n{tally.rows_accepted:,} of {tally.rows_read:,} rows would load, {tally.rows_rejected:,} be rejected."
        for currency, sums in tally.sums.items():
            yield f"Sum of the amounts: {sums.accepted:,} {currency}"
        if proposal.trial.creates:
            yield "Named by it: " + ", ".join(f"{n:,} × {name}" for name, n in proposal.trial.creates.items())
        rejects = [(name, code, sample, n) for (name, code, sample), n in proposal.trial.rejects.most_common(8)]
        if rejects:
            yield "\n" + table(("rejected for", "code", "shape", "rows"), rejects, {"rows"})
    if proposal.unclear:
        yield "\nLook at:"
        yield from (f"  · {doubt}" for doubt in proposal.unclear)
    yield f"\n{proposal.text()}"


def _match_row(proposal: "Proposal", match: "Match") -> tuple[str, str, str, str]:
    facts = proposal.inspection.column(match.column)
    read = ", ".join(facts.formats) or {",": "decimal comma", ".": "number"}.get(facts.decimal, "text")
    return match.field, match.column, f"{match.confidence:.0%}", read if facts.filled else "all blank"


if __name__ == "__main__":
    run_command(main)

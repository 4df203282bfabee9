"""`make profile FILE=…`: look at a file never seen, propose its profile, and show how it would load.

SOURCE names the source (else the file or its folder does), KIND the dataset; WRITE=1 writes the profile. Where the
source has a profile, that one is tried on the file.
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
    from include.ingest.proposing import Proposal, Trial

PROFILES = ROOT / "include" / "sources"
CELL_SHOWN = 28  # characters
LARGE = 50 << 20  # bytes from which reading takes so long that one wonders


def main() -> int:
    """Show a proposal, or how the profile that is there fares: exit code 1 when the pipeline would refuse the file."""
    machine = Machine.here()
    if Path(sys.prefix).resolve() != machine.venv.resolve():
        prepare(machine, [REQUIREMENTS])
        enter("scripts.propose_profile", sys.argv[1:])
    from include.errors import BadConfiguration, BadData
    from include.ingest.proposing import propose
    from include.schemas.organisation import load_organisation

    path = Path(os.environ.get("FILE") or "")
    if not path.is_file():
        raise Trouble("Say which file to look at, as in make profile FILE=export.csv.")
    source = os.environ.get("SOURCE") or source_of(path)
    home = PROFILES / f"{source}.yaml"
    wants_file = os.environ.get("WRITE") == "1"
    if (size := path.stat().st_size) > LARGE:
        say(f"{path.name}: {size >> 20} MiB, all of them are read; give it some minutes.")
    try:
        if home.exists() and not wants_file:
            return _try_existing(path, source)
        proposal = propose(path, source, load_organisation(), kind=os.environ.get("KIND") or None)
    except (BadData, BadConfiguration) as error:
        raise Trouble(f"{path.name}: {error}") from error
    for line in lines(path, proposal):
        say(line)
    if not wants_file:
        say(f"WRITE=1 writes this to {home.relative_to(ROOT)}; KIND=… and SOURCE=… choose another dataset or name.")
    elif home.exists():
        raise Trouble(f"{home.relative_to(ROOT)} exists: give another name with SOURCE=…, or change it by hand.")
    else:
        home.write_text(proposal.text(), encoding="utf-8")
        say(f"Wrote {home.relative_to(ROOT)}. Edit it, and try it: make profile FILE={path} SOURCE={source}")
    return 0


def _try_existing(path: Path, source: str) -> int:
    """Read the file with the profile that is there."""
    from include.ingest.profile import load_profile
    from include.ingest.proposing import try_profile
    from include.schemas.organisation import load_organisation

    say(f"{path.name}, read with include/sources/{source}.yaml (SOURCE=… names another source):")
    trials = try_profile(path, load_profile(source, PROFILES), load_organisation())
    for name, trial in trials.items():
        say(f"\n── {name}")
        for line in trial_lines(trial):
            say(line)
    return 1 if any(trial.is_refused for trial in trials.values()) else 0


def source_of(path: Path) -> str:
    """A name for the source: the file's words without its dates, else its folder's."""
    for words in (path.stem, path.absolute().parent.name):
        name = re.sub(r"[\W\d_]+", "_", words).strip("_").lower()
        if len(name) > 2 and name.isascii():
            return name[:64]
    return "new_source"


def lines(path: Path, proposal: "Proposal") -> Iterator[str]:
    """What a person reads, top to bottom: the file, the columns, the rows, the doubts, the profile."""
    found = proposal.inspection
    header = f"header in row {found.header_at}" if found.header_at else "no header"
    layout = "a workbook" if found.is_workbook else f"{found.encoding}, delimiter {found.delimiter!r}"
    yield f"{path.name}: {layout}, {header}, {found.rows:,} rows, {found.blank_rows:,} blank ones"
    yield f"It looks like {proposal.kind}.\n" if proposal.is_told else f"It was tried as {proposal.kind}, by a guess.\n"
    yield table(("field", "column", "sure", "read as"), [_match_row(proposal, match) for match in proposal.matches])
    if unused := proposal.document["reads"][0].get("known_columns"):
        yield f"\nNot used: {', '.join(unused)}"
    yield f"Never blank, never repeated (a key?): {', '.join(found.key_candidates()) or 'no column'}"
    if found.asides:
        yield f"{len(found.asides):,} rows fill no more than two cells (totals? page ends?)."
    for column, kinds in proposal.personal.items():
        yield f"{column} holds personal numbers ({', '.join(kinds)}): they are taken out before anything is stored."
    yield from trial_lines(proposal.trial)
    if proposal.unclear:
        yield "\nLook at:"
        yield from (f"  · {doubt}" for doubt in proposal.unclear)
    yield f"\n{proposal.text()}"


def trial_lines(trial: "Trial") -> Iterator[str]:
    """How a file fares: the first rows, what loads, what is rejected, what is worth a warning."""
    if trial.error:
        yield f"\nIt cannot be read: {trial.error}"
    if trial.tally is None:
        return
    yield "\nThe first rows as they would load (texts that could name a person, by their shape):"
    names = list(dict.fromkeys(name for row in trial.shown for name in row))
    heads = ["field", *(f"row {number}" for number in range(1, len(trial.shown) + 1))]
    yield table(
        heads, [[name, *(" ".join(row.get(name, "").split())[:CELL_SHOWN] for row in trial.shown)] for name in names]
    )
    tally = trial.tally
    yield (
        f"\n{tally.rows_accepted:,} of {tally.rows_read:,} rows would load, {tally.rows_rejected:,} be rejected; "
        f"no data (header, blank, left out): {tally.rows_skipped:,}."
    )
    if trial.is_refused:
        yield f"More are rejected than the {trial.limit:.0%} of `reject_limit`: the pipeline would load nothing of it."
    for currency, sums in tally.sums.items():
        yield f"Sum of the amounts: {sums.accepted:,} {currency}"
    if trial.energy_kwh is not None:
        yield f"Sum of the energy: {trial.energy_kwh:,} kWh"
    if trial.creates:
        yield "Named by it: " + ", ".join(f"{n:,} × {name}" for name, n in trial.creates.items())
    for warning in tally.warnings:
        yield f"Warning: {', '.join(f'{name} {said}' for name, said in warning.items())}"
    for (name, word), n in tally.unmapped.most_common(10):
        yield f"Not in the value map of {name}: {word!r} ({n:,} rows)"
    rejects = [(name, code, sample, n) for (name, code, sample), n in trial.rejects.most_common(8)]
    if rejects:
        yield "\n" + table(("rejected for", "code", "shape", "rows"), rejects, {"rows"})


def _match_row(proposal: "Proposal", match: "Match") -> tuple[str, str, str, str]:
    facts = proposal.inspection.column(match.column)
    number = {",": "decimal comma", ".": "number"}.get(facts.decimal, "text")
    read = ", ".join(facts.formats) or (number if match.field in proposal.numbers else "text")
    return match.field, match.column, f"{match.confidence:.0%}", read if facts.filled else "all blank"


if __name__ == "__main__":
    run_command(main)

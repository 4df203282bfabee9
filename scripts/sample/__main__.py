"""Make the sample: `python -m scripts.sample --out FOLDER [--today DAY] [--seed N] [--truth FILE]`."""

import argparse
import datetime as dt
import json
import random
import sys
from pathlib import Path

from scripts.sample.delivery import deliver
from scripts.sample.faults import spoil
from scripts.sample.truth import tell_truth
from scripts.sample.world import make_world
from scripts.sample.writing import write

NAIROBI = dt.timezone(dt.timedelta(hours=3))


def make_sample(folder: Path, today: dt.date, seed: int) -> dict[str, object]:
    """Write the sample's files into a folder and return the ground truth.

    The same day and seed give the same bytes. Files of the same names are replaced, others left alone.
    """
    world = make_world(today, seed)
    delivery = spoil(world, deliver(world), random.Random(f"{seed}:faults"))
    return tell_truth(world, delivery, write(delivery, folder))


def main(arguments: list[str] | None = None) -> int:
    """Read the command line, make the sample, say what was made."""
    parser = argparse.ArgumentParser(prog="python -m scripts.sample", description="Make the sample organisation.")
    parser.add_argument("--out", type=Path, required=True, help="folder for the CSV files (an inbox)")
    parser.add_argument(
        "--today", type=dt.date.fromisoformat, help="the day after the last one; default: today in Nairobi"
    )
    parser.add_argument("--seed", type=int, default=2024, help="another seed makes another organisation")
    parser.add_argument("--truth", type=Path, help="JSON of what is planted and expected; not inside --out")
    chosen = parser.parse_args(arguments)
    if chosen.truth and chosen.truth.resolve().is_relative_to(chosen.out.resolve()):
        parser.error("--truth must lie outside --out: whoever reads the inbox must not see it")
    truth = make_sample(chosen.out, chosen.today or dt.datetime.now(NAIROBI).date(), chosen.seed)
    if chosen.truth:
        chosen.truth.parent.mkdir(parents=True, exist_ok=True)
        chosen.truth.write_text(json.dumps(truth, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    made = sorted(chosen.out.glob("*.csv"))
    sys.stdout.write(f"{len(made)} files in {chosen.out}, as of {truth['today']}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

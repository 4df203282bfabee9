"""The schema for editors and the reference for people say what the model says."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from include.ingest import describing
from include.ingest.profile import Profile
from include.ingest.proposing import try_profile
from include.schemas.organisation import load_organisation
from include.sources import PROFILES, source_names
from tests.conftest import ROOT

SCHEMA_LINE = "# yaml-language-server: $schema=profile.schema.json"


def test_the_published_schema_is_that_of_the_model() -> None:
    assert (ROOT / describing.SCHEMA).read_text(encoding="utf-8") == describing.schema_text(), "run make docs"


def test_the_reference_is_that_of_the_model() -> None:
    page = (ROOT / describing.PAGE).read_text(encoding="utf-8")
    assert describing.with_reference(page) == page, "run make docs"


def test_every_option_says_what_it_means() -> None:
    silent = [
        f"{part.__name__}.{name}"
        for part in describing.PARTS
        for name, info in part.model_fields.items()
        if not info.description
    ]
    assert silent == []


def test_every_part_of_the_model_is_in_the_reference() -> None:
    named = {name for name in json.loads(describing.schema_text())["$defs"] if name != "Cell"}
    assert named | {"Profile"} == {part.__name__ for part in describing.PARTS}


@pytest.mark.parametrize("source", [name for name in source_names() if name != "sample"])
def test_every_profile_names_its_schema(source: str) -> None:
    assert (PROFILES / f"{source}.yaml").read_text(encoding="utf-8").startswith(SCHEMA_LINE)


def examples() -> list[str]:
    """The profiles that the page shows."""
    page = (ROOT / describing.PAGE).read_text(encoding="utf-8")
    blocks = page.split("```yaml\n")[1:]
    return [text for block in blocks if (text := block.split("```")[0]).startswith(("source:", SCHEMA_LINE))]


def test_the_worked_example_loads_as_the_page_says(tmp_path: Path) -> None:
    page = (ROOT / describing.PAGE).read_text(encoding="utf-8")
    statement = tmp_path / "fuel-2026-03.csv"
    statement.write_text("Acme Fuels Ltd" + page.split("```\nAcme Fuels Ltd")[1].split("```")[0], encoding="utf-8")
    profile = Profile.model_validate(yaml.safe_load(examples()[0]))
    (trial,) = try_profile(statement, profile, load_organisation()).values()
    assert trial.tally is not None
    assert (trial.tally.rows_accepted, trial.tally.rows_rejected) == (3, 0)
    assert str(trial.tally.sums["KES"].accepted) == "5135.00"
    assert [row["kind"] for row in trial.shown] == ["payment", "payment", "refund"]


def test_every_profile_that_the_page_shows_is_one() -> None:
    assert examples()
    for text in examples():
        Profile.model_validate(yaml.safe_load(text))


def test_the_readings_of_the_page_bring_their_site_and_meter_with_them(tmp_path: Path) -> None:
    page = (ROOT / describing.PAGE).read_text(encoding="utf-8")
    shown = yaml.safe_load(page.split("```yaml\ndatasets:")[1].split("```")[0].join(["datasets:", ""]))
    document = {"source": "depot", "title": "Depot", "reads": [{"files": "*.csv", **shown}]}
    readings = tmp_path / "readings.csv"
    readings.write_text("Meter,Reading,Interval end\nM1,1.25,01-03-2026 00:30\nM1,0.5,01-03-2026 01:00\n")
    trials = try_profile(readings, Profile.model_validate(document), load_organisation())
    assert {name: trial.tally.rows_accepted for name, trial in trials.items() if trial.tally} == {
        "sites": 1,
        "meters": 1,
        "meter_readings": 2,
    }
    assert trials["meter_readings"].shown[0]["starts_at"] == "2026-02-28 21:00:00+00:00", "midnight in Nairobi"
    assert trials["meter_readings"].energy_kwh == Decimal("1.75")

"""Profiles: what a file's name says, and mistakes in a profile found before a file is read."""

import datetime as dt
from pathlib import Path

import pytest
import yaml

from include.errors import BadConfiguration
from include.ingest.datasets import dataset
from include.ingest.profile import Layout, load_profile
from include.sources import source_names

SEEN = dt.date(2026, 11, 23)
DATASETS = [{"dataset": "expenses", "columns": {"amount": "Amount"}}]


def layout(delivered: str | None, **more: object) -> Layout:
    return Layout.model_validate({"files": "*.csv", "delivered": delivered, "datasets": DATASETS, **more})


@pytest.mark.parametrize("source", source_names())
def test_every_profile_maps_fields_that_its_contracts_have(source: str) -> None:
    for each in load_profile(source).reads:
        for mapping in each.datasets:
            fields = dataset(mapping.dataset).contract.model_fields
            named = mapping.given()
            assert {*named, *mapping.key} <= fields.keys()
            required = {name for name, field in fields.items() if field.is_required()}
            assert required <= named, f"{source}: {mapping.dataset} cannot do without {required - named}"


@pytest.mark.parametrize(
    ("pattern", "name", "first", "last"),
    [
        (r"(?P<year>\d{4})-(?P<month>\d{2})", "2010-12.csv", "2010-12-01", "2010-12-31"),
        (r"(?P<month>[a-z]+)-(?P<year>\d{4})", "february-2024.csv", "2024-02-01", "2024-02-29"),
        (r"(?P<year>\d{4})-(?P<month>\d\d)(-(?P<day>\d\d))?", "x_2026-11-17.csv", "2026-11-17", "2026-11-17"),
        (None, "anything.csv", "2026-11-23", "2026-11-23"),
        (r"(?P<year>\d{4})", "no year here.csv", "2026-11-23", "2026-11-23"),
        (r"(?P<year>\d{4})-Q(?P<quarter>\d)", "2026-Q2.csv", "2026-04-01", "2026-06-30"),
    ],
)
def test_a_file_s_name_tells_what_it_delivers(pattern: str | None, name: str, first: str, last: str) -> None:
    assert layout(pattern).delivery(name, SEEN) == (dt.date.fromisoformat(first), dt.date.fromisoformat(last))


def test_a_period_of_the_fiscal_year_is_a_month() -> None:
    periods = layout(r"(?P<year>\d{4})-P(?P<period>\d\d)", fiscal_first_month=4)
    assert periods.delivery("2013-P03.csv", SEEN)[0] == dt.date(2013, 6, 1)
    assert periods.delivery("2013-P10.csv", SEEN)[0] == dt.date(2014, 1, 1), "past the calendar year's end"


def test_a_quarter_is_one_of_the_fiscal_year() -> None:
    quarters = layout(r"(?P<year>\d{4})-Q(?P<quarter>\d)", fiscal_first_month=7)
    assert quarters.delivery("2026-Q3.csv", SEEN) == (dt.date(2027, 1, 1), dt.date(2027, 3, 31))


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        (r"(?P<year>\d{4})-(?P<month>\d\d)", "2026-13.csv"),
        (r"(?P<year>\d{4})-Q(?P<quarter>\d)", "2026-Q5.csv"),
    ],
)
def test_a_name_with_an_impossible_date_is_refused(pattern: str, name: str) -> None:
    with pytest.raises(BadConfiguration) as refusal:
        layout(pattern).delivery(name, SEEN)
    assert refusal.value.code == "bad_delivery_pattern"


def write(folder: Path, **profile: object) -> Path:
    (folder / "acme.yaml").write_text(yaml.safe_dump({"source": "acme", "title": "Acme", **profile}))
    return folder


@pytest.mark.parametrize(
    ("profile", "word"),
    [
        (
            {"reads": [{"files": "*.csv", "datasets": DATASETS, "delimeter": ";"}]},
            r"reads\[1\]\.delimeter: there is no such option here",
        ),
        ({"reads": []}, "reads"),
        ({"reads": [{"files": "*", "delivered": "(", "datasets": DATASETS}]}, "regular expression"),
        (
            {"reads": [{"files": "*", "datasets": [{**DATASETS[0], "constants": {"amount": "1"}}]}]},
            "amount is given twice",
        ),
        (
            {"reads": [{"files": "*", "datasets": [{**DATASETS[0], "constants": {"currency": 30}}]}]},
            r"constants\.currency: is no text: put it in quotes",
        ),
    ],
)
def test_a_mistake_in_a_profile_is_named(tmp_path: Path, profile: dict[str, object], word: str) -> None:
    with pytest.raises(BadConfiguration, match=word) as refusal:
        load_profile("acme", write(tmp_path, **profile))
    assert refusal.value.code == "bad_profile"


def test_an_unknown_source_lists_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(BadConfiguration, match="known sources: leeds"):
        (tmp_path / "leeds.yaml").touch()
        load_profile("leedz", tmp_path)

"""`make profile`: what a person sees, what is written, and what is never shown."""

from pathlib import Path

import pytest

from deploy.local.trouble import Trouble
from scripts import propose_profile

LEDGER = "Date,Supplier,Amount,Currency,Notes\n" + "".join(
    f"2026-01-{day:02},Amina Wanjiru,{day}.50,KES,call +254 711 000 {day:03}\n" for day in range(1, 29)
)


@pytest.fixture
def profiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of profiles of the test's own; no option is set."""
    for name in ("FILE", "SOURCE", "KIND", "WRITE"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "include" / "sources"
    folder.mkdir(parents=True)
    monkeypatch.setattr(propose_profile, "ROOT", tmp_path)
    monkeypatch.setattr(propose_profile, "PROFILES", folder)
    return folder


def look(monkeypatch: pytest.MonkeyPatch, path: Path, **options: str) -> int:
    for name, value in {"FILE": str(path), **options}.items():
        monkeypatch.setenv(name, value)
    return propose_profile.main()


def test_a_proposal_is_shown_and_nothing_is_written(
    profiles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "ledger_2026-01.csv"
    file.write_text(LEDGER + "2026-01-29,Amina Wanjiru,(),KES,an amount of nothing in brackets\n")
    assert look(monkeypatch, file) == 0
    shown = capsys.readouterr().out
    assert "It looks like expenses" in shown
    assert "28 of 29 rows would load" in shown
    assert "WRITE=1" in shown
    assert list(profiles.iterdir()) == []


def test_no_person_and_no_number_of_one_is_shown(
    profiles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "ledger.csv"
    file.write_text(LEDGER)
    look(monkeypatch, file)
    shown = capsys.readouterr().out
    assert "Amina" not in shown
    assert "711" not in shown
    assert "Notes holds personal numbers (phone number)" in shown


def test_what_is_written_is_tried_the_next_time_and_never_overwritten(
    profiles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "ledger.csv"
    file.write_text(LEDGER)
    assert look(monkeypatch, file, WRITE="1") == 0
    written = (profiles / "ledger.yaml").read_text()
    assert "source: ledger" in written
    with pytest.raises(Trouble, match="exists"):
        look(monkeypatch, file, WRITE="1")
    capsys.readouterr()

    assert look(monkeypatch, file, WRITE="") == 0
    assert "read with include/sources/ledger.yaml" in capsys.readouterr().out
    assert (profiles / "ledger.yaml").read_text() == written


def test_a_profile_that_would_load_nothing_of_a_file_says_so(
    profiles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "ledger.csv"
    file.write_text(LEDGER)
    look(monkeypatch, file, WRITE="1")
    file.write_text(LEDGER.replace("2026-01-0", "2026-13-0"))
    assert look(monkeypatch, file, WRITE="") == 1
    assert "the pipeline would load nothing of it" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("fuel-2026-03.csv", "fuel"),
        ("Notes de frais (mars).csv", "notes_de_frais_mars"),
        ("acme/2026-03.csv", "acme"),
        ("12/34.csv", "new_source"),
    ],
)
def test_a_source_is_named_after_its_file_or_its_folder(name: str, source: str) -> None:
    assert propose_profile.source_of(Path("/") / name) == source


def test_a_large_file_says_that_it_takes_its_time(
    profiles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "ledger.csv"
    file.write_text(LEDGER)
    monkeypatch.setattr(propose_profile, "LARGE", 100)
    look(monkeypatch, file)
    assert "all of them are read" in capsys.readouterr().out


@pytest.mark.parametrize("path", ["", "nowhere.csv"])
def test_without_a_file_it_says_how_to_name_one(profiles: Path, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    monkeypatch.setenv("FILE", path)
    with pytest.raises(Trouble, match="make profile FILE="):
        propose_profile.main()

"""A sample made once per session, read back from its files, and the pipeline's fixtures."""

import csv
import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from scripts.sample.__main__ import make_sample
from tests.pipeline import airflow_template, make_pipeline, pipeline

__all__ = ["airflow_template", "make_pipeline", "pipeline"]

TODAY = dt.date(2026, 11, 23)
SEED = 2024


@dataclass(frozen=True)
class Sample:
    """A made sample: its folder, its truth, and its files as anybody would read them."""

    folder: Path
    truth: dict[str, Any]

    def records(self, name: str) -> list[list[str]]:
        """A file's rows, header first, as bare cells."""
        with (self.folder / name).open(encoding="utf-8", newline="") as file:
            return list(csv.reader(file))

    def good_rows(self, dataset: str) -> list[dict[str, str]]:
        """All rows of a dataset that the truth does not say are bad, in the order of delivery."""
        bad = {(reject["file"], reject["row"]) for reject in self.truth["rejects"]}
        rows = []
        for file in self.truth["files"]:
            if file["dataset"] == dataset:
                header, *records = self.records(file["file"])
                rows += [
                    dict(zip(header, cells, strict=True))
                    for number, cells in enumerate(records, start=2)
                    if (file["file"], number) not in bad
                ]
        return rows

    def final_rows(self, dataset: str, *key: str) -> dict[tuple[str, ...], dict[str, str]]:
        """The last good version of each row, by its key."""
        return {tuple(row[name] for name in key): row for row in self.good_rows(dataset)}


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    folder = tmp_path_factory.mktemp("sample") / "inbox"
    return Sample(folder, make_sample(folder, TODAY, SEED))

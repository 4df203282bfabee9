"""Packed deliveries and workbooks: read like the plain file, within limits."""

import datetime as dt
import gzip
import io
import zipfile
from collections.abc import Callable
from zoneinfo import ZoneInfo

import pytest
from openpyxl import Workbook

from include.errors import BadFile
from include.ingest import packing
from include.ingest.datasets import dataset
from include.ingest.profile import Format, Layout
from include.ingest.reading import open_table
from include.ingest.validation import validate_file

TEXT = b"Date,Amount\n2026-01-01,1\n2026-01-02,2\n"
ROWS = [["2026-01-01", "1"], ["2026-01-02", "2"]]
NAMES = [["Date"], ["Amount"]]


def zipped(**members: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()


def workbook(**sheets: list[list[object]]) -> bytes:
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()


def records(raw: bytes, **format_: object) -> list[list[str]]:
    table = open_table(io.BytesIO(raw), Format.model_validate(format_), NAMES, NAMES)
    return [cells for _, cells in table.records]


def code(raw: bytes, **format_: object) -> str:
    with pytest.raises(BadFile) as refusal:
        records(raw, **format_)
    return refusal.value.code


@pytest.mark.parametrize("pack", [gzip.compress, lambda text: zipped(**{"a.csv": text})], ids=["gzip", "zip"])
def test_a_packed_file_is_read_like_the_plain_one(pack: Callable[[bytes], bytes]) -> None:
    assert records(pack(TEXT)) == ROWS


def test_what_a_mac_adds_to_an_archive_is_no_second_file() -> None:
    assert records(zipped(**{"a.csv": TEXT, "__MACOSX/._a.csv": b"x"})) == ROWS


def test_an_archive_of_several_files_is_refused() -> None:
    assert code(zipped(**{"a.csv": TEXT, "b.csv": TEXT})) == "archive_of_many"


@pytest.mark.parametrize(
    "raw", [gzip.compress(TEXT * 100)[:-20], zipped(**{"a.csv": TEXT * 100})[:-30]], ids=["gzip", "zip"]
)
def test_a_damaged_archive_is_refused(raw: bytes) -> None:
    assert code(raw) == "bad_archive"


def rezipped(raw: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        return zipped(**{name: change(name, archive.read(name)) for name in archive.namelist()})


def test_a_workbook_whose_sheet_is_cut_or_does_not_hold_its_checksum_is_refused() -> None:
    whole = workbook(One=[["Date", "Amount"], *(["2026-01-01", number] for number in range(500))])
    assert code(rezipped(whole, lambda name, text: text[:-200] if "sheet1" in name else text)) == "bad_archive"
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        sheet = next(member for member in archive.infolist() if "sheet1" in member.filename)
    wrong = (sheet.CRC ^ 1).to_bytes(4, "little")
    assert code(whole.replace(sheet.CRC.to_bytes(4, "little"), wrong)) == "bad_archive"


def test_a_small_archive_cannot_fill_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "RATIO_FREE", 1 << 20)
    bomb = bytes(16 << 20)
    assert code(gzip.compress(bomb)) == "archive_too_large"
    assert code(zipped(**{"a.csv": bomb})) == "archive_too_large"


def test_a_workbook_s_dates_and_numbers_arrive_as_they_are_shown() -> None:
    day = dt.date(2026, 1, 31)
    moment = dt.datetime.combine(day, dt.time(8, 30))
    raw = workbook(One=[["Date", "Amount"], [day, 0.1 + 0.2], [moment, 12], [None, None]])
    assert records(raw) == [["2026-01-31", "0.3"], ["2026-01-31T08:30:00", "12"]]


def test_the_profile_names_a_workbook_s_sheet() -> None:
    raw = workbook(Notes=[["nothing"]], Data=[["Date", "Amount"], ["2026-01-01", 1]])
    assert records(raw, sheet="Data") == [["2026-01-01", "1"]]
    assert code(raw, sheet="Elsewhere") == "missing_sheet"
    assert code(raw) == "missing_column", "the first sheet holds notes"


def test_a_point_in_time_of_a_workbook_is_read_whatever_formats_its_texts_have() -> None:
    day = dt.date(2026, 1, 31)
    rows = [["At", "kWh"], [dt.datetime.combine(day, dt.time(8, 30)), 1], [day, 2], ["01 Feb 2026 00:30", 3]]
    columns = {"starts_at": {"from": "At", "formats": "%d %b %Y %H:%M"}, "energy_kwh": "kWh"}
    mapping = {"dataset": "meter_readings", "columns": columns, "constants": {"meter": "M"}}
    layout = Layout.model_validate({"files": "*", "timezone": "UTC", "datasets": [mapping]})
    lines: list[tuple[object, ...]] = []
    tally = validate_file(
        io.BytesIO(workbook(One=rows)),
        layout=layout,
        mapping=layout.datasets[0],
        dataset=dataset("meter_readings"),
        accept=lambda line: lines.append(tuple(line)),
        reject=lambda reject: None,
        context={},
        zone=ZoneInfo("UTC"),
        delivery=(day, day),
    )
    assert (tally.rows_accepted, tally.rows_rejected) == (3, 0)

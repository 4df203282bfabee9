"""Bytes become records: encodings without mojibake, headers by name, rows that are no data left out."""

import io

import pytest

from include.errors import BadFile
from include.ingest.profile import Format
from include.ingest.reading import detect_encoding, open_table

NAMES = [["Date"], ["Amount"]]


def records(raw: bytes, delimiter: str = ",") -> list[list[str]]:
    table = open_table(io.BytesIO(raw), Format(delimiter=delimiter), NAMES, NAMES)
    return [cells for _, cells in table.records]


def code(raw: bytes) -> str:
    with pytest.raises(BadFile) as refusal:
        records(raw)
    return refusal.value.code


@pytest.mark.parametrize(
    ("raw", "encoding", "bom"),
    [
        (b"plain", "utf-8", 0),
        ("Zoë".encode(), "utf-8", 0),
        ("Zoë".encode("cp1252"), "cp1252", 0),
        (b"\xef\xbb\xbfx", "utf-8", 3),
        (b"\xef\xbb\xbf\xef\xbb\xbfx", "utf-8", 6),
        ("x".encode("utf-16"), "utf-16-le", 2),
        (b"\xfe\xff" + "x".encode("utf-16-be"), "utf-16-be", 2),
    ],
)
def test_the_encoding_is_found_and_byte_order_marks_are_stepped_over(raw: bytes, encoding: str, bom: int) -> None:
    assert detect_encoding(io.BytesIO(raw), ["utf-8", "cp1252"]) == (encoding, bom)


def test_a_file_in_no_named_encoding_is_refused_rather_than_garbled() -> None:
    with pytest.raises(BadFile) as refusal:
        detect_encoding(io.BytesIO("Zoë".encode("cp1252")), ["utf-8"])
    assert refusal.value.code == "undecodable"
    assert code(b"Date,Amount\n\x81\x81,1\n") == "undecodable"
    assert code("Date,Amount\n".encode("utf-16-le")) == "undecodable", "UTF-16 without a mark"


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_every_line_ending_is_a_line_ending(ending: str) -> None:
    text = ending.join(["Date,Amount", "2026-01-01,1", "2026-01-02,2"])
    assert records(text.encode()) == [["2026-01-01", "1"], ["2026-01-02", "2"]]


def test_a_header_is_found_by_its_names_below_a_preamble_whatever_case_and_spaces() -> None:
    raw = b"Report of payments\n\nselect * from x\nAMOUNT , date\n1,2026-01-01\n"
    table = open_table(io.BytesIO(raw), Format(), NAMES, NAMES)
    assert table.positions == {"Date": 1, "Amount": 0}
    assert [number for number, _ in table.records] == [5]
    assert table.skipped == 4


def test_blank_rows_and_repeated_headers_are_skipped_and_counted() -> None:
    raw = b"Date,Amount\n2026-01-01,1\n,\n  ,\n\nDate,Amount\n2026-01-02,2\n"
    table = open_table(io.BytesIO(raw), Format(), NAMES, NAMES)
    assert len(list(table.records)) == 2
    assert table.skipped == 5


def test_a_missing_column_is_named() -> None:
    with pytest.raises(BadFile, match=r"\bAmount\b") as refusal:
        records(b"Date,Sum\n2026-01-01,1\n")
    assert refusal.value.code == "missing_column"


def test_a_column_that_stands_twice_is_refused() -> None:
    assert code(b"Date,Amount,amount\n2026-01-01,1,2\n") == "duplicate_column"


def test_an_empty_file_says_so_and_a_header_alone_is_no_error() -> None:
    assert code(b"") == "empty_file"
    assert records(b"Date,Amount\n") == []


def test_a_quote_that_is_never_closed_does_not_swallow_the_file_in_silence() -> None:
    assert code(b'Date,Amount\n2026-01-01,"1\n' + b"2026-01-02,2\n" * 20_000) == "field_too_large"


def test_line_breaks_within_quotes_belong_to_the_cell() -> None:
    assert records(b'Date,Amount\n"2026-01-01\nor so",1\n') == [["2026-01-01\nor so", "1"]]


def test_utf_8_with_a_damaged_byte_is_refused_rather_than_garbled() -> None:
    with pytest.raises(BadFile) as refusal:
        detect_encoding(io.BytesIO("Zoë, Élise, Çağla\n".encode() + b"\xff\n"), ["utf-8", "cp1252"])
    assert refusal.value.code == "undecodable"
    assert detect_encoding(io.BytesIO("Zoë, Élise\n".encode("cp1252")), ["utf-8", "cp1252"])[0] == "cp1252"


def test_a_column_can_be_told_by_its_place() -> None:
    raw = b"Report\nDate,Amount,Reason,Amount\n2026-01-01,1,x,2\n"
    table = open_table(io.BytesIO(raw), Format(), [["Date"], ["#4"]], [["Date"], ["#4"]])
    assert table.positions == {"Date": 0, "#4": 3}


def test_a_header_of_a_sign_alone_is_a_name_and_a_blank_one_is_none() -> None:
    table = open_table(io.BytesIO(b"Date,,%,\n2026-01-01,a,b,c\n"), Format(), [["Date"], ["%"]], [["Date"]])
    assert table.positions == {"Date": 0, "%": 2}

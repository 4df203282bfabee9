"""What people write in a cell is read exactly, or refused with a code."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.ingest import parsing
from include.ingest.parsing import Unreadable


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1616.23 ", "1616.23"),
        (" 1,052.70 ", "1052.70"),
        ("(61,866.00)", "-61866.00"),
        ("(9.36)", "-9.36"),
        ("-137.8", "-137.8"),
        ("137.80-", "-137.80"),
        ("£1,136.41", "1136.41"),
        ("-£5", "-5"),
        ("£-5", "-5"),
        ("KES 12,000", "12000"),
        ("1 234 567.89", "1234567.89"),
        ("0", "0"),
        (".50", "0.50"),
    ],
)
def test_money_is_read_as_ledgers_write_it(text: str, value: str) -> None:
    assert parsing.parse_money(text) == Decimal(value)


@pytest.mark.parametrize("text", ["", "  ", "-", "–"])
def test_a_cell_that_says_nothing_is_none(text: str) -> None:
    assert parsing.parse_money(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "12,5x",
        "1e400",
        "NaN",
        "Infinity",
        "-inf",
        "1,23",
        "12,34,567",
        "1.2.3",
        "Uncapped",
        "#Missing",
        "0x10",
        "１２",
        "()",
        "( )",
        "(-)",
        "+",
        "--",
        "()-",
        "£",
    ],
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        parsing.parse_money(text)
    assert refusal.value.code == "invalid_amount"


@pytest.mark.parametrize(("text", "value"), [("1.234,56", "1234.56"), ("27,8", "27.8"), ("271,26", "271.26")])
def test_a_decimal_comma_is_read_where_the_profile_says_so(text: str, value: str) -> None:
    assert parsing.parse_money(text, ",") == Decimal(value)


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=2))
def test_an_amount_survives_every_way_of_writing_it(amount: Decimal) -> None:
    grouped = f"{abs(amount):,.2f}"
    negative = amount < 0
    for text in (
        str(amount),
        f"({grouped})" if negative else grouped,
        f"{grouped}-" if negative else f" {grouped} ",
    ):
        assert parsing.parse_money(text) == amount


@given(st.text(max_size=30))
def test_any_text_is_an_amount_nothing_or_refused(text: str) -> None:
    try:
        value = parsing.parse_money(text)
    except Unreadable:
        return
    assert value is None or value.is_finite()


def test_more_than_two_decimals_are_rounded_half_up() -> None:
    assert parsing.round_half_up(Decimal("2.675")) == Decimal("2.68")
    assert parsing.round_half_up(Decimal("-2.675")) == Decimal("-2.68")


def test_dates_are_read_in_the_profile_s_formats_and_in_no_other() -> None:
    parse = parsing.date_parser(["%d/%m/%Y", "%d-%b-%Y"])
    assert parse("24/12/2010") == dt.date(2010, 12, 24)
    assert parse(" 13-Nov-2012 ") == dt.date(2012, 11, 13)
    assert parse("31/01/0219") == dt.date(219, 1, 31), "a rule refuses it, not the parser"
    assert parse("") is None
    for text in ("2010-12-24", "30/02/2011", "12/24/2010", "today"):
        with pytest.raises(Unreadable, match="invalid_date"):
            parse(text)


def test_a_timestamp_without_an_offset_is_local_time() -> None:
    parse = parsing.timestamp_parser([], ZoneInfo("Africa/Nairobi"))
    moment = parse("2026-10-01T00:30:00")
    assert moment is not None
    assert moment.astimezone(dt.UTC) == dt.datetime(2026, 9, 30, 21, 30, tzinfo=dt.UTC)
    assert parse("2026-10-01T00:30:00+03:00") == moment
    with pytest.raises(Unreadable, match="invalid_timestamp"):
        parse("yesterday")


def test_whole_numbers_and_yes_or_no() -> None:
    assert parsing.parse_integer("3.0") == 3
    with pytest.raises(Unreadable, match="invalid_number"):
        parsing.parse_integer("3.5")
    assert parsing.parse_boolean("Yes") is True
    with pytest.raises(Unreadable, match="invalid_boolean"):
        parsing.parse_boolean("maybe")


@pytest.mark.parametrize(
    ("text", "value"),
    [("−5.00", "-5"), ("–1,200.50", "-1200.50"), ("1,200/=", "1200"), ("KSh 950/-", "950"), ("1’234.50", "1234.50")],
)
def test_money_is_read_as_typesetters_and_kenyans_write_it(text: str, value: str) -> None:
    assert parsing.parse_money(text) == Decimal(value)


def test_a_spreadsheet_s_number_of_a_day_is_a_date_where_the_profile_says_so() -> None:
    parse = parsing.date_parser(["%d/%m/%Y", "excel"])
    assert parse("43466") == parse("43466.75") == parse("01/01/2019") == dt.date(2019, 1, 1)
    for text in ("434660", "4346", "12.5"):
        with pytest.raises(Unreadable, match="invalid_date"):
            parse(text)


CELLS = st.text() | st.text("()+-–—−.,' \u00a0£$KESR/=0123456789", max_size=40)


def code_of(work: Callable[[], object]) -> str | None:
    try:
        work()
    except Unreadable as refusal:
        return refusal.code
    return None


@given(CELLS, st.sampled_from(".,"))
def test_whatever_stands_in_a_cell_is_a_number_or_nothing_or_refused(text: str, decimal: str) -> None:
    assert code_of(lambda: parsing.parse_number(text, decimal)) in (None, "invalid_number")
    assert code_of(lambda: parsing.parse_integer(text)) in (None, "invalid_number")
    parsing.is_number(text)


@given(st.integers(1, 60), st.integers(0, 20))
def test_a_number_of_any_length_is_rounded_to_the_cent_or_out_of_range(n_digits: int, n_decimals: int) -> None:
    number = Decimal(f"{'9' * n_digits}.{'4' * n_decimals}")
    code = code_of(lambda: parsing.round_half_up(number))
    assert code == (None if n_digits <= 26 else "out_of_range")
    if code is None:
        assert abs(parsing.round_half_up(number) - number) < Decimal("0.01")

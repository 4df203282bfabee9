"""What people write in a cell, turned into values: money, numbers, dates, timestamps, words."""

import datetime as dt
import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

Parser = Callable[[str], Any]

EXCEL = "excel"  # the format of dates that a spreadsheet wrote as numbers
EXCEL_EPOCH = dt.date(1899, 12, 30)  # counts like Excel from March 1900 on, and skips the leap day that it made up
_SERIAL = re.compile(r"[2-9]\d{4}(?:\.\d+)?", re.ASCII)
CENT = Decimal("0.01")
_PLAIN = re.compile(r"-?\d{1,18}(?:\.\d{1,12})?", re.ASCII)
_GROUPED = {
    ".": re.compile(r"\d{1,3}(?:[,'\u2019 \u00a0\u202f]\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+", re.ASCII),
    ",": re.compile(r"\d{1,3}(?:[.'\u2019 \u00a0\u202f]\d{3})+(?:,\d+)?|\d+(?:,\d+)?|,\d+", re.ASCII),
}
_CURRENCY_SIGN = re.compile(r"^(?:[$£€¥₹₦₵]|R\$|KSh\.?|[A-Z]{3})\s*|\s*(?:[$£€¥₹₦₵]|[A-Z]{3}|/[=-])$")
_TYPESET_MINUS = re.compile(r"\u2212|^[\u2013\u2014](?=[\d.,£$€])")
_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d(T.*)?", re.ASCII)
_DASHES = frozenset({"-", "–", "—"})


class Unreadable(ValueError):
    """A cell that cannot be read as what it should be; `code` is the reject's code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def parse_number(text: str, decimal: str = ".", code: str = "invalid_number") -> Decimal | None:
    """Read a number as ledgers write it: thousands separators, currency signs, (1.00), 1.00-, a dash for nothing.

    :param text: the cell, surrounding space allowed
    :param decimal: the decimal mark, "." or ","
    :returns: the exact value; None where the cell says nothing
    :raises Unreadable: anything else, wrong grouping ("1,23") and exponents included
    """
    text = text.strip()
    if decimal == "." and _PLAIN.fullmatch(text):
        return Decimal(text)
    if not text or text in _DASHES:
        return None
    text = _TYPESET_MINUS.sub("-", text)
    negative = False
    if text[0] == "(" and text[-1] == ")":
        negative, text = True, text[1:-1].strip()
    if text[:1] in {"-", "+"}:  # no text to look in: "()" leaves nothing, and nothing is in every text
        negative, text = negative ^ (text[0] == "-"), text[1:].strip()
    text = _CURRENCY_SIGN.sub("", text).strip()
    if text[:1] in {"-", "+"}:
        negative, text = negative ^ (text[0] == "-"), text[1:].strip()
    if text[-1:] == "-":
        negative, text = not negative, text[:-1].strip()
    if not _GROUPED[decimal].fullmatch(text):
        raise Unreadable(code)
    separators = (
        str.maketrans("", "", ",'\u2019 \u00a0\u202f")
        if decimal == "."
        else str.maketrans(",", ".", ".'\u2019 \u00a0\u202f")
    )
    value = Decimal(text.translate(separators))
    return -value if negative else value


def parse_money(text: str, decimal: str = ".") -> Decimal | None:
    """Like `parse_number`, with the code `invalid_amount`; more than two decimals are kept for the caller to round."""
    return parse_number(text, decimal, "invalid_amount")


def is_number(text: str) -> bool:
    """Whether a cell can be read as a number, with either decimal mark."""
    for decimal in ".,":
        try:
            return parse_number(text, decimal) is not None
        except Unreadable:
            continue
    return False


def round_half_up(value: Decimal, places: int = 2) -> Decimal:
    """To so many decimals, half up (away from zero), as invoices do; two make cents.

    :raises Unreadable: `out_of_range`, the number has more digits than can be reckoned with
    """
    try:
        return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    except InvalidOperation:
        raise Unreadable("out_of_range") from None


def _serial(text: str) -> int:
    """A spreadsheet's number of a day, from 1954 to 2173; the time after its point does not count.

    :raises ValueError: it is none
    """
    if not _SERIAL.fullmatch(text):
        raise ValueError(text)
    return int(text[:5])


def date_parser(formats: list[str], *, is_typed: bool = False) -> Parser:
    """A parser for dates in any of `formats` (strptime's, or `excel`); ISO 8601 when none is given, or the cell was a
    date.

    The parser returns a date, or None for an empty cell; it raises `Unreadable("invalid_date")`.
    """

    @lru_cache(maxsize=4096)  # a file has few distinct dates, and strptime is slow
    def parse(text: str) -> dt.date | None:
        text = text.strip()
        if not text:
            return None
        try:
            if is_typed and _ISO_DATE.fullmatch(text):
                return dt.date.fromisoformat(text[:10])
            if not formats:
                return dt.date.fromisoformat(text)
            for format_ in formats:
                try:
                    if format_ == EXCEL:
                        return EXCEL_EPOCH + dt.timedelta(days=_serial(text))
                    return dt.datetime.strptime(text, format_).date()
                except ValueError:
                    continue
        except ValueError:
            pass
        raise Unreadable("invalid_date")

    return parse


def timestamp_parser(formats: list[str], zone: ZoneInfo) -> Parser:
    """A parser for points in time; one without an offset is local time in `zone`.

    The parser returns an aware datetime, or None for an empty cell; it raises `Unreadable("invalid_timestamp")`.
    """

    def read(text: str) -> dt.datetime | None:
        text = text.strip()
        if not text:
            return None
        try:
            moment = dt.datetime.fromisoformat(text)
        except ValueError:
            raise Unreadable("invalid_timestamp") from None
        return moment if moment.tzinfo else moment.replace(tzinfo=zone)

    @lru_cache(maxsize=4096)  # strptime is slow, and meters of one file share their half hours
    def parse(text: str) -> dt.datetime | None:
        text = text.strip()
        if not text:
            return None
        for format_ in formats:
            try:
                moment = dt.datetime.strptime(text, format_)
            except ValueError:
                continue
            return moment if moment.tzinfo else moment.replace(tzinfo=zone)
        raise Unreadable("invalid_timestamp")

    return parse if formats else read


def parse_text(text: str) -> str | None:
    """Surrounding space goes; an empty cell is None."""
    return text.strip() or None


def parse_integer(text: str) -> int | None:
    """Whole numbers; 3.0 is one.

    :raises Unreadable: `invalid_number`
    """
    number = parse_number(text)
    if number is None:
        return None
    if number != number.to_integral_value():
        raise Unreadable("invalid_number")
    return int(number)


_BOOLEANS = {"true": True, "yes": True, "y": True, "1": True, "t": True,
             "false": False, "no": False, "n": False, "0": False, "f": False}  # fmt: skip


def parse_boolean(text: str) -> bool | None:
    """true/false, yes/no, y/n, t/f, 1/0.

    :raises Unreadable: `invalid_boolean`
    """
    text = text.strip().lower()
    if not text:
        return None
    if text not in _BOOLEANS:
        raise Unreadable("invalid_boolean")
    return _BOOLEANS[text]

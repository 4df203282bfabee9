"""CSV and the month pack: the same figures, and nothing in them that a spreadsheet would calculate."""

from __future__ import annotations

import csv
import datetime as dt
import io
from decimal import Decimal

import pytest
from openpyxl import Workbook, load_workbook

from include.dashboards.sheets import as_csv, as_workbook, harmless
from tests.ui.conftest import Filled

EVIL = ["=1+1", "+1", "-1+2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1+1", '=HYPERLINK("http://x")']


@pytest.mark.parametrize("text", EVIL)
def test_what_begins_like_a_formula_stays_text(text: str) -> None:
    assert harmless(text) == f"'{text}"
    (_, row) = csv.reader(io.StringIO(as_csv({"columns": ["a"], "rows": [[text]]}).decode("utf-8-sig"), newline=""))
    assert row == [f"'{text}"]


@pytest.mark.parametrize("text", ["Garage", "a-b", "1=1", "", "2026-01-01"])
def test_other_text_is_left_alone(text: str) -> None:
    assert harmless(text) == text


def test_a_negative_amount_stays_a_number_in_the_csv() -> None:
    (_, row) = csv.reader(io.StringIO(as_csv({"columns": ["a"], "rows": [[Decimal("-10.50")]]}).decode("utf-8-sig")))
    assert row == ["-10.50"]


def test_the_month_pack_holds_the_pages_figures_as_numbers(filled: Filled) -> None:
    page = filled.read("budget", "finance", also=("expenses",), month="2025-07")
    book = load_workbook(io.BytesIO(as_workbook(page, {})))
    assert {
        "Month",
        "Fiscal year",
        "Departments",
        "Variance",
        "Top vendors",
        "Restatements",
        "Grants restated",
        "Expenses",
        "About",
    } <= set(book.sheetnames)
    names, figures = book["Month"].iter_rows(values_only=True)
    total = dict(zip(names, figures, strict=True))
    (expected,) = filled.rows("budget", "finance", "total", month="2025-07")
    assert Decimal(str(total["Spend"])) == expected["spend"]
    dates = [row[1] for row in book["Expenses"].iter_rows(min_row=2, values_only=True)]
    assert all(isinstance(value, dt.datetime) for value in dates)


def test_a_workbook_has_no_formula(filled: Filled) -> None:
    page = filled.read("budget", "finance", month="2025-07")
    page["answers"]["vendors"]["rows"] = [[text, 1, Decimal(1), "KES", False] for text in EVIL]
    book = load_workbook(io.BytesIO(as_workbook(page, {})))
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert "f" not in kinds
    assert "Expenses" not in book.sheetnames


def about(book: Workbook) -> dict[str, str]:
    """What the pack says about itself."""
    return {str(name): str(value) for name, value in book["About"].iter_rows(values_only=True)}


def test_the_pack_says_what_it_was_narrowed_to_and_what_of_its_expenses_it_holds(filled: Filled) -> None:
    filters = {"department": "WATER", "category": "-", "grant": "G1"}
    page = filled.read("budget", "finance", also=("expenses",), month="2025-09", **filters)
    said = about(load_workbook(io.BytesIO(as_workbook(page, filters))))
    assert said["Department"] == "WATER Department WATER"
    assert said["Category"] == "No category"
    assert said["Grant"] == "G1 Wells"
    assert (
        said["Expenses listed"] == f"All {len(page['answers']['expenses']['rows'])} of the month within these filters"
    )
    alone = filled.read("budget", "finance", month="2025-09")
    said = about(load_workbook(io.BytesIO(as_workbook(alone, {}))))
    assert (said["Department"], said["Grant"]) == ("All", "All")
    assert said["Expenses listed"] == "Not for this role"


def test_the_pack_of_a_grant_holds_what_the_grant_bore(filled: Filled) -> None:
    page = filled.read("budget", "finance", also=("expenses",), month="2025-07", grant="G1")
    book = load_workbook(io.BytesIO(as_workbook(page, {"grant": "G1"})))
    assert len(book.sheetnames) == len(set(book.sheetnames))
    assert {"Month", "Budget lines", "Charged to the grant"} <= set(book.sheetnames)
    assert "Restatements" not in book.sheetnames
    total, expense, line = (
        dict(zip(*book[name].iter_rows(max_row=2, values_only=True), strict=True))
        for name in ("Month", "Expenses", "Budget lines")
    )
    assert (total["Spend"], total["Budget"]) == (60_000, None)
    assert (expense["Amount"], expense["Charged"]) == (61_000, 60_000)
    assert (line["Budget line code"], line["Budget"], line["Spent to date"]) == ("L1", 1200, 300)


def test_a_sheet_that_was_cut_says_so(filled: Filled) -> None:
    page = filled.read("budget", "finance", also=("expenses",), month="2025-07", rows="2")
    book = load_workbook(io.BytesIO(as_workbook(page, {})))
    assert about(book)["Expenses"] == "The first 2 rows: there are more"
    assert about(book)["Expenses listed"] == "The 2 largest of the month; those without a rate come first"
    assert [row[0] for row in book["Expenses"].iter_rows(values_only=True)][3:] == ["The first 2 rows: there are more"]


def test_rates_and_shares_are_not_shown_as_money(filled: Filled) -> None:
    page = filled.read("budget", "finance", also=("expenses",), month="2025-07")
    currencies = page["answers"]["currencies"]
    place = currencies["columns"].index("rate")
    currencies["rows"] = [(*row[:place], Decimal("0.0349"), *row[place + 1 :]) for row in currencies["rows"]]
    book = load_workbook(io.BytesIO(as_workbook(page, {})))
    formats = {
        str(heading.value): cell.number_format
        for sheet in book
        if sheet.title != "About"
        for heading, cell in zip(sheet[1], sheet[2], strict=True)
        if isinstance(cell.value, int | float)
    }
    money = {name for name, each in formats.items() if each == "#,##0.00"}
    assert {"Spend", "Budget", "Amount", "Run rate", "Fx effect"} <= money
    assert formats["Rate"] == "#,##0.00######"
    assert formats["Share used"] == "0.0%"
    assert formats["Variance pct"] == '0.0"%"'
    assert formats["N expenses"] == "#,##0"
    words = {word for name in money for word in name.lower().split()}
    assert not words & {"share", "pct", "days", "n"}

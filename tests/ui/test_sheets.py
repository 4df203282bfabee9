"""CSV and the month pack: the same figures, and nothing in them that a spreadsheet would calculate."""

from __future__ import annotations

import csv
import datetime as dt
import io
from decimal import Decimal

import pytest
from openpyxl import load_workbook

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
    page = filled.read("budget", "finance", month="2025-07")
    expenses = filled.read("budget", "finance", "expenses", month="2025-07")
    book = load_workbook(io.BytesIO(as_workbook(page, expenses)))
    assert {
        "Month",
        "Fiscal year",
        "Departments",
        "Variance",
        "Top vendors",
        "Restatements",
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
    book = load_workbook(io.BytesIO(as_workbook(page, None)))
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert "f" not in kinds
    assert "Expenses" not in book.sheetnames

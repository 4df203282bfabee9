"""Answers as CSV and as a workbook; a text that a spreadsheet would take for a formula stays a text."""

from __future__ import annotations

import csv
import datetime as dt
import io
import uuid
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from include.dashboards.pages import BUDGET

EXPENSES = "expenses"
"""The answer that the month pack has beside those of its page."""
FILTERS = ("department", "category", "grant")
MONEY, COUNT = "#,##0.00", "#,##0"
# Of the columns that are no money: a rate in full, a share of one as percent, and what is in percent already.
FORMATS = {"rate": "#,##0.00######", "share_used": "0.0%", "variance_pct": '0.0"%"'}
FORMULA_BEGINS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What spreadsheets take for the beginning of a formula, in full width as well."""


def harmless(text: str) -> str:
    """A text as a cell that no spreadsheet calculates: an apostrophe goes before what begins like a formula."""
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA_BEGINS) or text.startswith(FORMULA_BEGINS) else text


def as_csv(table: Mapping[str, Any]) -> bytes:
    """An answer as CSV in UTF-8, with the mark that spreadsheets look for; numbers have a point and no thousands."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(table["columns"])
    for row in table["rows"]:
        writer.writerow([_as_cell(value) for value in row])
    return ("\ufeff" + text.getvalue()).encode()


def as_workbook(page: Mapping[str, Any], filters: Mapping[str, str]) -> bytes:
    """The month pack: a sheet for each answer that has a name for one, money as numbers, dates as dates.

    A sheet that does not hold all rows says so in its last line, and `About` says so as well.

    :param page: the budget page's answers, with the list of expenses if the reader may see it
    :param filters: the code by the name of each filter that narrowed it, of FILTERS
    """
    from openpyxl import Workbook
    from openpyxl.styles import Font

    book = Workbook(write_only=True)
    tables = page["answers"]
    cut = []
    for name, title in {answer.name: answer.sheet for answer in BUDGET.answers}.items():
        if title and name in tables:
            table = tables[name]
            sheet = book.create_sheet(title)
            sheet.freeze_panes = "A2"
            heading = [_written(sheet, column.replace("_", " ").capitalize()) for column in table["columns"]]
            for cell in heading:
                cell.font = Font(bold=True)
            sheet.append(heading)
            for row in table["rows"]:
                sheet.append(
                    [_written(sheet, value, column) for column, value in zip(table["columns"], row, strict=True)]
                )
            if table["has_more"]:
                cut.append((title, f"The first {len(table['rows']):,} rows: there are more"))
                sheet.append([_written(sheet, cut[-1][1])])
    sheet = book.create_sheet("About")
    for name, value in (
        ("Organisation", page["organisation"]),
        ("Month", f"{page['month']:%Y-%m}"),
        *((name.capitalize(), _filter(tables, name, filters.get(name))) for name in FILTERS),
        ("Base currency", page["currency"]),
        ("Figures published at (UTC)", page["published_at"]),
        ("Asked at (UTC)", page["asked_at"]),
        ("Read as", page["reader"]),
        ("Expenses listed", _listed(tables.get(EXPENSES), filters)),
        *cut,
        ("Definitions", "METRICS.md"),
    ):
        sheet.append([_written(sheet, name), _written(sheet, value)])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _filter(tables: Mapping[str, Any], name: str, code: str | None) -> str:
    """A filter in words: its code, and the name that the page has for it."""
    if code is None:
        return "All"
    names = {(kind, each): text for kind, each, text in tables["choices"]["rows"]} if "choices" in tables else {}
    return f"{'' if code == '-' else code} {names.get((name, code), '')}".strip() or code


def _listed(table: Mapping[str, Any] | None, filters: Mapping[str, str]) -> str:
    if table is None:
        return "Not for this role"
    number = f"{len(table['rows']):,}"
    whose = f"of the month{' within these filters' if filters else ''}"
    return (
        f"The {number} largest {whose}; those without a rate come first"
        if table["has_more"]
        else f"All {number} {whose}"
    )


def _as_cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return value
    return harmless(str(value))


def _written(sheet: Any, value: Any, column: str = "") -> Any:
    """A cell of a workbook. Its type is said, so that a text that begins like a formula is none."""
    from openpyxl.cell import WriteOnlyCell

    if isinstance(value, dt.datetime):
        value = value.astimezone(dt.UTC).replace(tzinfo=None)
    elif isinstance(value, uuid.UUID | list | dict):
        value = str(value)
    elif isinstance(value, bool):
        value = "yes" if value else "no"
    if isinstance(value, str):
        cell = WriteOnlyCell(sheet, value=harmless(_without_controls(value)))
        cell.data_type = "s"
        return cell
    cell = WriteOnlyCell(sheet, value=value)
    if isinstance(value, Decimal):
        cell.number_format = FORMATS.get(column, MONEY)
    elif isinstance(value, int):
        cell.number_format = COUNT
    elif isinstance(value, dt.datetime):
        cell.number_format = "yyyy-mm-dd hh:mm:ss"
    elif isinstance(value, dt.date):
        cell.number_format = "yyyy-mm-dd"
    return cell


def _without_controls(text: str) -> str:
    return "".join(letter for letter in text if letter >= " " or letter in "\t\n")

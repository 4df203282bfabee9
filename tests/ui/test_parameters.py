"""What may be asked: bounded, known, and bound; nothing of it becomes SQL."""

from __future__ import annotations

import pytest

from include.dashboards.pages import PAGES
from include.dashboards.reading import check_parameters
from include.errors import BadParameter
from tests.ui.conftest import Filled


@pytest.mark.parametrize(
    ("page", "given"),
    [
        ("budget", {"month": "2025-13"}),
        ("budget", {"month": "2025-07-01"}),
        ("budget", {"month": "0001-01"}),
        ("budget", {"month": "２０２５-07"}),
        ("budget", {"rows": "2001"}),
        ("budget", {"rows": "0"}),
        ("budget", {"rows": "many"}),
        ("budget", {"offset": "-1"}),
        ("budget", {"offset": "100001"}),
        ("budget", {"expense": "1 or 1=1"}),
        ("budget", {"department": "x" * 65}),
        ("budget", {"order": "amount"}),
        ("operations", {"months": "37"}),
        ("close", {"months": "601"}),
        ("budget", {"months": "12"}),
        ("ingestion", {"days": "367"}),
        ("ingestion", {"code": "Drop Table"}),
    ],
)
def test_what_is_unknown_or_out_of_bounds_is_refused_without_being_repeated(page: str, given: dict[str, str]) -> None:
    with pytest.raises(BadParameter) as refused:
        check_parameters(PAGES[page], given)
    (value,) = given.values()
    assert len(value) < 4 or value not in str(refused.value)


def test_an_empty_parameter_is_none() -> None:
    assert check_parameters(PAGES["budget"], {"department": "", "month": ""}).model_dump()["department"] is None


@pytest.mark.parametrize("text", ["'; drop table core.expenses; --", "%", "WATER' or '1'='1", "\\", "$1", "%(month)s"])
def test_sql_in_a_filter_is_a_name_that_nothing_has(filled: Filled, text: str) -> None:
    assert filled.rows("budget", "finance", "cells", department=text, month="2025-07") == []
    assert filled.query("select count(*) as n from core.expenses")[0]["n"] > 0


def test_an_answer_with_more_rows_than_its_bound_says_so(filled: Filled) -> None:
    cut = filled.read("budget", "finance", "expenses", month="2025-07", rows="2")["answers"]["expenses"]
    assert (len(cut["rows"]), cut["has_more"]) == (2, True)
    whole = filled.read("budget", "finance", "expenses", month="2025-07")["answers"]["expenses"]
    assert whole["has_more"] is False


def test_an_answer_that_needs_a_parameter_says_which(filled: Filled) -> None:
    with pytest.raises(BadParameter, match="expense"):
        filled.read("budget", "finance", "versions", month="2025-07")

"""Each figure on a page is a metric: it names the mart and the column that METRICS.md is made from."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from include.dashboards.pages import PAGES, Answer
from include.metrics.describing import read_tables
from tests.conftest import ROOT
from tests.ui.conftest import Filled

NUMBERS = {20, 21, 23, 700, 701, 1700}  # int8, int2, int4, float4, float8, numeric
# Numbers that are no figures: what identifies a row, or places it.
PLACES = {
    *(
        "reject_id",
        "row_number",
        "source_row",
        "fiscal_year",
        "attempt",
        "rate",
        "n_figures",
        "n_rates_missing",
        "n_batches",
    ),
}


def metrics() -> set[str]:
    """Each metric of METRICS.md, as `table.column`."""
    return {f"{table.name}.{column.name}" for table in read_tables() for column in table.metrics}


ANSWERS = [(page.name, answer) for page in PAGES.values() for answer in page.answers]


@pytest.mark.parametrize(("page", "answer"), ANSWERS, ids=lambda each: getattr(each, "name", each))
def test_each_figure_is_a_metric_of_the_metrics_page(page: str, answer: Answer) -> None:
    known = metrics()
    unknown = {column: home for column, home in answer.figures.items() if home not in known}
    assert unknown == {}, page


@pytest.mark.parametrize(("page", "answer"), ANSWERS, ids=lambda each: getattr(each, "name", each))
def test_no_number_comes_without_saying_what_it_is(filled: Filled, page: str, answer: Answer) -> None:
    given = {"grant": "G1", "month": "2025-07", "expense": str(filled.small["july"])}
    reader = "dashboard" if answer.readers == {"dashboard"} else "operations"
    fields = PAGES[page].parameters.model_fields
    wanted = {name: value for name, value in given.items() if name in fields}
    with filled.connect() as connection, connection.transaction(), connection.cursor() as cursor:
        cursor.execute(f"set local role {reader}")
        from include.dashboards.reading import _values, check_parameters
        from include.schemas.organisation import load_organisation
        from include.sql import query

        values = _values(cursor, PAGES[page], check_parameters(PAGES[page], wanted), reader, load_organisation())
        cursor.execute(query(f"pages/{answer.sql}"), {**values, "rows": 1})
        numbers = {column.name for column in cursor.description or () if column.type_code in NUMBERS}
    assert numbers - set(answer.figures) - PLACES == set()


def test_pages_ask_for_answers_that_exist() -> None:
    for page in PAGES.values():
        source = Path(ROOT, f"include/dashboards/web/{page.name}.js").read_text()
        asked = set(re.findall(r"\banswers\.([a-z_]+)", source))
        assert asked <= {answer.name for answer in page.answers}, page.name
        exported = set(re.findall(r'csv: "([a-z_]+)"', source))
        assert exported <= {answer.name for answer in page.answers}, page.name

"""The application in Airflow: no route without a session, files included."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from openpyxl import load_workbook

from include.dashboards import web
from include.dashboards.pages import PAGES
from plugins.ui.access import MAY_OPEN_AIRFLOW, database_role
from plugins.ui.serving import make_app
from plugins.ui.warehouse_pool import WarehousePool
from tests.conftest import ROOT
from tests.ui.conftest import Filled

PATHS = [
    *(f"/{page}" for page in PAGES),
    *(f"/data/{page}" for page in PAGES),
    *("/data/budget/expenses", "/export/budget/cells.csv", "/export/budget.xlsx", "/icons/budget.svg"),
    *("/files/app.js", "/files/vendor/echarts.common.min.js", "/files/vendor/LICENSE", "/files/nothing.js", "/nothing"),
    *("/openapi.json", "/docs", "/redoc"),
]


@pytest.mark.parametrize("path", PATHS)
def test_without_a_session_nothing_is_answered(path: str) -> None:
    answer = TestClient(make_app()).get(path)
    # What is not there may say so; what is there asks who it is.
    assert answer.status_code == 401, answer.text


def test_every_route_asks_airflow_and_all_but_the_icons_ask_for_a_role() -> None:
    routes = [route for route in make_app().routes if isinstance(route, APIRoute)]
    assert len(routes) == len(make_app().routes)
    for route in routes:
        asked = {dependency.call for dependency in route.dependant.dependencies}
        assert MAY_OPEN_AIRFLOW.dependency in asked, route.path
        assert (database_role in asked) is not route.path.startswith("/icons"), route.path
        assert route.methods == {"GET"}, route.path


def test_only_files_of_the_pages_are_files() -> None:
    assert "vendor/LICENSE" in web.names()
    assert "vendor/NOTICE" in web.names()
    assert not [name for name in web.names() if name.endswith(".py") or ".." in name or name.startswith("/")]


def test_pages_ask_for_nothing_from_elsewhere() -> None:
    policy = web.security_headers("'self'")["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "http" not in policy
    for name in web.names():
        if name.endswith((".js", ".css")) and not name.startswith("vendor/"):
            text = web.content(name)[0].decode()
            found = [word for word in ("http://", "https://", "innerHTML", "eval(") if word in text]
            assert found == [], name


def test_airflow_loads_the_plugin_and_nothing_else_of_the_folder() -> None:
    program = (
        "from airflow._shared.module_loading.file_discovery import find_path_from_directory as find\n"
        "print([p for p in find('plugins', '.airflowignore', 'glob') if p.endswith('.py')])"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['plugins/ui/gauss_pages.py']"


def test_the_plugin_costs_little_where_nobody_asks_for_a_page() -> None:
    program = (
        "import sys, airflow.plugins_manager\nbefore = set(sys.modules)\nimport plugins.ui.gauss_pages\n"
        "new = set(sys.modules) - before\n"
        "print(sorted({'psycopg', 'openpyxl', 'psycopg_pool', 'airflow.api_fastapi.core_api.security'} & new))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip().splitlines()[-1] == "[]"


def test_every_page_stands_in_one_group_of_the_navigation_with_its_icons() -> None:
    from plugins.ui.gauss_pages import PREFIX, VIEWS

    assert [view["href"] for view in VIEWS] == [f"gauss/{page}" for page in PAGES]
    assert {view["category"] for view in VIEWS} == {"Gauss"}
    for view in VIEWS:
        for icon in (view["icon"], view["icon_dark_mode"]):
            assert icon.removeprefix(f"{PREFIX}/") in web.names()


class _OneAtATime(WarehousePool):
    """Connections to the test's warehouse, which Airflow does not know."""

    def __init__(self, filled: Filled) -> None:
        super().__init__()
        self._filled = filled

    @contextmanager
    def connection(self) -> Iterator[psycopg.Connection[Any]]:
        with self._filled.connect() as connection:
            yield connection


def test_the_month_pack_is_named_after_its_filters_and_its_expenses_are_narrowed_by_them(filled: Filled) -> None:
    app = make_app(_OneAtATime(filled))
    # Somebody of finance whom Airflow has let in.
    app.dependency_overrides = {MAY_OPEN_AIRFLOW.dependency: lambda: None, database_role: lambda: "finance"}
    client = TestClient(app)
    answer = client.get("/export/budget.xlsx?month=2025-07&department=WATER&grant=G1&rows=1&offset=1")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"] == (
        'attachment; filename="spend-vs-budget-2025-07-department-WATER-grant-G1.xlsx"'
    )
    book = load_workbook(io.BytesIO(answer.content))
    assert [row[0] for row in book["Expenses"].iter_rows(min_row=2, values_only=True)] == [str(filled.small["july"])]
    odd = client.get("/export/budget.xlsx", params={"month": "2025-07", "category": "-", "department": 'a"\r\nb/../é'})
    assert odd.headers["content-disposition"].endswith('-department-a_b_-category-none.xlsx"')

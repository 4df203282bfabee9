"""The pages over HTTP: HTML, files, JSON and sheets, each behind Airflow's session and the reader's role."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse

from include.dashboards import web
from include.dashboards.pages import PAGES, Page
from include.dashboards.reading import as_json, check_parameters, read_page
from include.dashboards.remembering import Remembered
from include.dashboards.sheets import EXPENSES, FILTERS, as_csv, as_workbook
from include.errors import BadParameter, GaussError, NotForReader
from include.schemas.organisation import load_organisation
from plugins.ui.access import MAY_OPEN_AIRFLOW, Reader
from plugins.ui.warehouse_pool import WarehousePool

HEADERS = web.security_headers("'self'")
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def make_app(pool: WarehousePool | None = None) -> FastAPI:
    """The application; every route of it asks for a session."""
    app = FastAPI(title="Gauss pages", docs_url=None, redoc_url=None, openapi_url=None, dependencies=[MAY_OPEN_AIRFLOW])
    app.exception_handler(GaussError)(_answer_error)
    _add_files(app)
    _add_answers(app, pool or WarehousePool())
    _add_pages(app)
    return app


def _add_files(app: FastAPI) -> None:
    @app.get("/files/{name:path}")
    def show_file(name: str, _: Reader) -> Response:
        if name not in web.names():
            raise HTTPException(404)
        content, kind = web.content(name)
        return Response(content, media_type=kind, headers=HEADERS | {"Cache-Control": "private, max-age=300"})

    @app.get("/icons/{name}.svg")
    def show_icon(name: str) -> Response:
        """For whoever has a session: the navigation shows them before anybody asks for a page."""
        if f"icons/{name}.svg" not in web.names():
            raise HTTPException(404)
        content, kind = web.content(f"icons/{name}.svg")
        return Response(content, media_type=kind, headers=HEADERS | {"Cache-Control": "private, max-age=86400"})


def _add_answers(app: FastAPI, pool: WarehousePool) -> None:
    def read(
        request: Request, reader: str, name: str, only: str | None, also: Collection[str] = (), **forced: str
    ) -> dict[str, Any]:
        page = _page(name)
        given = dict(request.query_params) | forced
        parameters = check_parameters(page, given)
        if only is not None and only not in {answer.name for answer in page.answers}:
            raise HTTPException(404)
        with pool.connection() as connection:
            return read_page(
                connection, page, parameters, reader=reader, organisation=load_organisation(), only=only, also=also
            )

    remembered = Remembered()

    def answer(request: Request, reader: str, name: str, only: str | None) -> Response:
        question = (reader, name, only, tuple(sorted(request.query_params.items())))
        content = remembered.get(question, lambda: as_json(read(request, reader, name, only)), _page(name).remembered)
        return Response(content, media_type="application/json", headers=HEADERS)

    @app.get("/data/{name}")
    def show_data(request: Request, name: str, reader: Reader) -> Response:
        return answer(request, reader, name, None)

    @app.get("/data/{name}/{only}")
    def show_answer(request: Request, name: str, only: str, reader: Reader) -> Response:
        return answer(request, reader, name, only)

    @app.get("/export/{name}/{only}.csv")
    def export_answer(request: Request, name: str, only: str, reader: Reader) -> Response:
        answer = read(request, reader, name, only)
        return _download(
            as_csv(answer["answers"][only]), "text/csv; charset=utf-8", f"{name}-{only}{_month(answer)}", "csv"
        )

    @app.get("/export/budget.xlsx")
    def export_month(request: Request, reader: Reader) -> Response:
        # Whole from the first row on, whatever the page was asked for; figures and expenses of one moment.
        answer = read(request, reader, "budget", None, also=(EXPENSES,), rows="", offset="")
        filters = {name: request.query_params[name] for name in FILTERS if request.query_params.get(name)}
        chosen = "".join(f"-{name}-{_in_a_name(code)}" for name, code in filters.items())
        return _download(as_workbook(answer, filters), WORKBOOK, f"spend-vs-budget{_month(answer)}{chosen}", "xlsx")


def _add_pages(app: FastAPI) -> None:
    @app.get("/{name}")
    def show_page(name: str, reader: Reader) -> Response:
        _page(name)
        content, kind = web.content("page.html")
        return Response(content, media_type=kind, headers=HEADERS)


def _page(name: str) -> Page:
    if name not in PAGES:
        raise HTTPException(404)
    return PAGES[name]


def _month(answer: dict[str, Any]) -> str:
    return f"-{answer['month']:%Y-%m}" if answer["month"] else ""


def _in_a_name(code: str) -> str:
    """A code in letters that a file's name and a header can bear; what belongs to none has the code `-`."""
    return "none" if code == "-" else re.sub(r"[^A-Za-z0-9]+", "_", code)


def _download(content: bytes, kind: str, name: str, ending: str) -> Response:
    return Response(
        content, media_type=kind, headers=HEADERS | {"Content-Disposition": f'attachment; filename="{name}.{ending}"'}
    )


async def _answer_error(_: Request, error: Any) -> JSONResponse:
    """One of ours as an answer: its sentence and its code, which carry no value of a row."""
    status = 403 if isinstance(error, NotForReader) else 422 if isinstance(error, BadParameter) else 503
    return JSONResponse({"detail": str(error), "code": error.code}, status, headers=HEADERS)

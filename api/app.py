"""The service: its paths, what starts and ends with it, and how its errors are answered."""

import asyncio
import contextlib
import logging
import os
from collections.abc import AsyncIterator, Callable, Coroutine
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, FastAPI, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from api import openapi
from api.answering import Answering
from api.batch_state import may_read, told
from api.books import Books
from api.embedding import Embedding, add_embedding
from api.gate import Gate, Holder
from api.inbox import Names
from api.lanes import Lane
from api.metrics import REGISTRY
from api.problems import OF_STATUS, Problem
from api.ringing import Ringer
from api.settings import Settings
from api.sweeper import sweep_forever
from api.taking import Taking
from api.webhooks import Messenger
from include.ingest.datasets import DATASETS
from include.intake.keys import slug
from include.intake.rows import DATASETS_TAKEN, RowJudge
from include.schemas.organisation import load_organisation

log = logging.getLogger("api.app")

LEAST_ROOM = 64 << 20  # bytes free on the inbox's disk
PAGE = 1_000


def make_app(settings: Settings) -> ASGIApp:
    """The whole service as an ASGI application."""
    books = Books(settings.dsn)
    gate = Gate(settings, books)
    ringer = Ringer(settings)
    names = Names()
    swept = asyncio.Event()
    organisation = load_organisation()
    lanes = {
        name: Lane(name, RowJudge(name, organisation).header, settings, books, names, ringer.ring, swept)
        for name in DATASETS_TAKEN
    }
    taking = Taking(settings, books, lanes, ringer.ring)
    embedding = Embedding(settings)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await books.open()
        embedding.open()
        for lane in lanes.values():
            lane.start()
        tasks = [
            asyncio.create_task(_unending(work))
            for work in (
                lambda: sweep_forever(settings, books, ringer.ring, swept),
                lambda: Messenger(settings, books).send_forever(),
                ringer.ring_forever,
            )
        ]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await asyncio.gather(*(lane.stop() for lane in lanes.values()))
            await books.close()
            await asyncio.to_thread(embedding.close)

    app = FastAPI(
        title="Gauss Pipelines",
        version="1",
        description=openapi.DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.exception_handler(Problem)(_answer_problem)
    app.exception_handler(RequestValidationError)(_answer_bad_parameter)
    app.exception_handler(HTTPException)(_answer_http)
    app.exception_handler(Exception)(_answer_failure)
    for dataset in DATASETS_TAKEN:
        _add_dataset(app, dataset, gate, taking, settings)
    _add_files(app, gate, taking, settings)
    _add_reading(app, gate, books)
    add_embedding(app, partial(_admitted, gate), embedding, settings)
    _add_health(app, settings, books)
    openapi.install(app)
    return Answering(app)


async def _unending(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Work of the background, begun anew whatever ends it."""
    while True:
        try:
            await work()
        except Exception as error:  # noqa: BLE001 - nobody else would begin it again
            log.error("Work of the background ended (%s) and begins anew", type(error).__name__)
        await asyncio.sleep(5)


def _admitted(gate: Gate, subject: str, action: str, limit: int) -> Any:
    """The key's holder, let in before the body is looked at."""

    async def admit(request: Request) -> Holder:
        return await gate.admit(request, (subject, action), limit)

    return Depends(admit)


def _add_dataset(app: FastAPI, dataset: str, gate: Gate, taking: Taking, settings: Settings) -> None:
    path = f"/v1/{slug(dataset)}"
    single = _admitted(gate, slug(dataset), "write", settings.row_limit)
    bulk = _admitted(gate, slug(dataset), "write", settings.stream_limit)

    async def take_one(request: Request, holder: Annotated[Holder, single]) -> JSONResponse:
        return await taking.one(request, dataset, holder)

    async def take_batch(request: Request, holder: Annotated[Holder, bulk]) -> JSONResponse:
        return await taking.batch(request, dataset, holder)

    app.add_api_route(path, take_one, methods=["POST"], **openapi.of_single(dataset))
    app.add_api_route(f"{path}/batch", take_batch, methods=["POST"], **openapi.of_batch(dataset))


def _add_files(app: FastAPI, gate: Gate, taking: Taking, settings: Settings) -> None:
    admitted = _admitted(gate, "files", "write", settings.stream_limit)

    async def take_file(
        request: Request,
        holder: Annotated[Holder, admitted],
        source: Annotated[str, Path(max_length=64)],
        name: Annotated[str | None, Query(max_length=200)] = None,
    ) -> JSONResponse:
        return await taking.file(request, source, name, holder)

    app.add_api_route("/v1/files/{source}", take_file, methods=["POST", "PUT"], **openapi.of_file())


def _add_reading(app: FastAPI, gate: Gate, books: Books) -> None:
    async def admit(request: Request) -> Holder:
        return await gate.admit(request)

    async def show_batch(batch_id: UUID, holder: Annotated[Holder, Depends(admit)]) -> dict[str, Any]:
        found = await books.batch(batch_id)
        # One who may not see it learns nothing from the answer, not even that it exists.
        if found is None or not _may_see(holder, found[0]):
            raise Problem("not_found")
        return told(*found, holder.scopes)

    async def list_rejects(
        holder: Annotated[Holder, Depends(admit)],
        dataset: Annotated[str | None, Query(pattern="^[a-z-]{1,40}$")] = None,
        batch: UUID | None = None,
        code: Annotated[str | None, Query(pattern="^[a-z_]{1,64}$")] = None,
        after: Annotated[int, Query(ge=0, le=2**63 - 1)] = 0,
        limit: Annotated[int, Query(ge=1, le=PAGE)] = 100,
    ) -> dict[str, Any]:
        readable = [name for name in DATASETS if holder.may(slug(name), "read")]
        wanted = None if dataset is None else dataset.replace("-", "_")
        if not readable or (wanted is not None and wanted not in readable):
            raise Problem("forbidden")
        rows = await books.rejects(
            after=after, most=limit + 1, datasets=readable, dataset=wanted, code=code, batch_id=batch
        )
        page = rows[:limit]
        return {
            "rejects": [_reject(row) for row in page],
            "next_after": page[-1]["reject_id"] if len(rows) > limit else None,
        }

    app.add_api_route("/v1/batches/{batch_id}", show_batch, methods=["GET"], **openapi.of_batch_state())
    app.add_api_route("/v1/rejects", list_rejects, methods=["GET"], **openapi.of_rejects())


def _may_see(holder: Holder, batch: dict[str, Any]) -> bool:
    return holder.prefix in batch["senders"] or may_read(holder.scopes, batch)


def _reject(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "reject_id": row["reject_id"],
        "dataset": slug(row["dataset"]),
        "source": row["source"],
        "batch_id": str(row["batch_id"]) if row["batch_id"] else None,
        "row": row["row_number"],
        "field": row["field"],
        "code": row["code"],
        "sample": row["sample"],
        "rejected_at": row["rejected_at"].isoformat(),
        "mended_at": row["mended_at"].isoformat() if row["mended_at"] else None,
    }


def _add_health(app: FastAPI, settings: Settings, books: Books) -> None:
    async def healthz() -> dict[str, str]:
        return {"status": "alive"}

    async def readyz() -> JSONResponse:
        checks = {"database": "ok", "inbox": "ok"}
        try:
            await books.check()
        except Problem:
            checks["database"] = "unavailable"
        if not await asyncio.to_thread(_has_room, settings):
            checks["inbox"] = "unavailable"
        is_ready = set(checks.values()) == {"ok"}
        return JSONResponse(
            {"status": "ready" if is_ready else "not ready", **checks},
            200 if is_ready else 503,
            headers={} if is_ready else {"Retry-After": "5"},
        )

    async def metrics() -> Response:
        return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)

    app.add_api_route("/healthz", healthz, methods=["GET"], **openapi.of_health("Is the process alive?"))
    app.add_api_route("/readyz", readyz, methods=["GET"], **openapi.of_readiness())
    app.add_api_route("/metrics", metrics, methods=["GET"], response_class=PlainTextResponse, **openapi.of_metrics())


def _has_room(settings: Settings) -> bool:
    try:
        settings.inbox.mkdir(mode=0o700, parents=True, exist_ok=True)
        state = os.statvfs(settings.inbox)
    except OSError:
        return False
    return os.access(settings.inbox, os.W_OK | os.X_OK) and state.f_bavail * state.f_frsize >= LEAST_ROOM


async def _answer_problem(_: Request, problem: Any) -> JSONResponse:
    return problem.response()


async def _answer_bad_parameter(_: Request, error: Any) -> JSONResponse:
    """Of what was wrong, the parameter's own name and a code; what was sent is not repeated."""
    errors = [
        {"field": ".".join(str(part) for part in each["loc"][1:2]), "code": each["type"]} for each in error.errors()
    ]
    return Problem("bad_parameter", errors=errors).response()


async def _answer_http(_: Request, error: Any) -> JSONResponse:
    problem = Problem(OF_STATUS.get(error.status_code, "bad_request"), headers=error.headers)
    return problem.response()


async def _answer_failure(_: Request, __: Exception) -> JSONResponse:
    """What nobody foresaw; the outermost layer notes where it happened."""
    return Problem("internal").response()

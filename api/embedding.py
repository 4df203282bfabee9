"""Pages for the organisation's own front end: behind links that are signed and end, framed by the hosts of a list."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import FastAPI, Request, Response
from psycopg_pool import ConnectionPool, PoolTimeout
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from api import openapi
from api.bodies import Body
from api.gate import Holder
from api.problems import Problem
from api.settings import Settings
from include.dashboards import links, web
from include.dashboards.pages import PAGES, Page
from include.dashboards.parameters import Parameters
from include.dashboards.reading import CONNECTION_SETTINGS, as_json, check_parameters, read_page
from include.dashboards.remembering import Remembered
from include.errors import BadParameter, NotForReader, WarehouseUnavailable
from include.schemas.organisation import load_organisation

PATIENCE = 3.0  # seconds for a connection
MOST_CONNECTIONS = 4
LINK_BYTES = 4_096  # of a request for a link


class LinkWanted(BaseModel):
    """What a front end asks for: a page, the role that it is read as, and for how long."""

    model_config = ConfigDict(extra="forbid")

    page: Annotated[str, Field(max_length=40)]
    reader: Annotated[str, Field(max_length=40)]
    seconds: Annotated[int, Field(ge=1, le=links.LONGEST_SECONDS)] = 900


class Embedding:
    """The links and what they lead to; off (404) unless the service has a key for links and a list of hosts."""

    def __init__(self, settings: Settings) -> None:
        self._key = settings.embed_key.encode()
        self._hosts = settings.embed_hosts
        self._dsn = settings.dashboard_dsn
        self._pool: ConnectionPool[Any] | None = None
        # Threads of its own: the service's shared ones put accepted rows on the disk, and readers must not take them.
        self._threads = ThreadPoolExecutor(MOST_CONNECTIONS, "embedding")
        self._remembered = Remembered()

    @property
    def is_on(self) -> bool:
        """Whether links are given and answered."""
        return len(self._key) >= links.SHORTEST_KEY and bool(self._hosts) and bool(self._dsn)

    def open(self) -> None:
        """Begin to connect, as svc_dashboard."""
        if self.is_on:
            self._pool = ConnectionPool(
                self._dsn,
                kwargs={"autocommit": True, "application_name": "api pages", "options": CONNECTION_SETTINGS},
                min_size=1,
                max_size=MOST_CONNECTIONS,
                timeout=PATIENCE,
                max_waiting=100,
                check=ConnectionPool.check_connection,
                open=False,
            )
            self._pool.open(wait=False)

    def close(self) -> None:
        """Let go of every connection."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        if self._pool is not None:
            self._pool.close()

    def issue(self, wanted: LinkWanted) -> dict[str, Any]:
        """A new link: its path below this service, and when it ends."""
        self._check_on()
        link = links.Link(wanted.page, wanted.reader, int(time.time()) + wanted.seconds)
        try:
            token = links.sign(link, self._key)
        except BadParameter as error:
            raise Problem("bad_parameter", f"{error}.") from None
        return {
            "path": f"/embed/{token}/{link.page}",
            "page": link.page,
            "reader": link.reader,
            "expires_at": datetime.fromtimestamp(link.expires_at, UTC).isoformat(),
            "frame_ancestors": list(self._hosts),
        }

    def page(self, token: str, name: str) -> Response:
        """The page's HTML."""
        self._link(token, name)
        return self._answer(*web.content("page.html"))

    def file(self, token: str, name: str) -> Response:
        """One of the pages' files."""
        self._link(token)
        if name not in web.names():
            raise Problem("not_found")
        return self._answer(*web.content(name))

    async def data(self, token: str, name: str, only: str | None, given: dict[str, str]) -> Response:
        """A page's answers, or one of them, as the role that the link names."""
        link = self._link(token, name)
        page = PAGES[name]
        if only is not None and only not in {answer.name for answer in page.answers_for(link.reader)}:
            raise Problem("not_found")
        try:
            parameters = check_parameters(page, given)
            content = await asyncio.get_running_loop().run_in_executor(
                self._threads, self._recall, page, parameters, link.reader, only, time.monotonic()
            )
            return self._answer(content, "application/json")
        except BadParameter as error:
            raise Problem("bad_parameter", f"{error}.") from None
        except NotForReader:
            raise Problem("not_found") from None
        except (WarehouseUnavailable, PoolTimeout):
            raise Problem("warehouse_unavailable") from None

    def _recall(self, page: Page, parameters: Parameters, reader: str, only: str | None, asked_at: float) -> bytes:
        return self._remembered.get(
            (reader, page.name, only, parameters),
            lambda: self._read(page, parameters, reader, only),
            page.remembered,
            asked_at,
        )

    def _read(self, page: Page, parameters: Parameters, reader: str, only: str | None) -> bytes:
        if self._pool is None:
            raise Problem("not_found")
        with self._pool.connection() as connection:
            return as_json(
                read_page(connection, page, parameters, reader=reader, organisation=load_organisation(), only=only)
            )

    def _check_on(self) -> None:
        if not self.is_on:
            raise Problem("not_found")

    def _link(self, token: str, name: str | None = None) -> links.Link:
        self._check_on()
        try:
            link = links.check(token, self._key)
        except NotForReader as error:
            raise Problem("not_found", f"{error}.") from None
        if name is not None and name != link.page:
            raise Problem("not_found")
        return link

    def _answer(self, content: bytes, kind: str) -> Response:
        return Response(content, media_type=kind, headers=web.security_headers(" ".join(self._hosts)))


def add_embedding(
    app: FastAPI, admitted: Callable[[str, str, int], Any], embedding: Embedding, settings: Settings
) -> None:
    """The routes: one that gives links, and those that a link leads to."""
    may_embed = admitted("embed", "write", LINK_BYTES)

    async def issue_link(request: Request, _: Annotated[Holder, may_embed]) -> dict[str, Any]:
        # FastAPI would read a body before it asks who sends it.
        content = await Body(request, settings, LINK_BYTES).whole()
        try:
            wanted = LinkWanted.model_validate_json(content)
        except ValidationError:
            raise Problem("bad_parameter", "The body is an object with page, reader and perhaps seconds.") from None
        return embedding.issue(wanted)

    async def show_page(token: str, name: str) -> Response:
        return embedding.page(token, name)

    async def show_file(token: str, name: str) -> Response:
        return embedding.file(token, name)

    async def show_data(request: Request, token: str, name: str) -> Response:
        return await embedding.data(token, name, None, dict(request.query_params))

    async def show_answer(request: Request, token: str, name: str, only: str) -> Response:
        return await embedding.data(token, name, only, dict(request.query_params))

    app.add_api_route("/v1/embed-links", issue_link, methods=["POST"], status_code=201, **openapi.of_embed_link())
    app.add_api_route("/embed/{token}/files/{name:path}", show_file, methods=["GET"], include_in_schema=False)
    app.add_api_route("/embed/{token}/data/{name}", show_data, methods=["GET"], include_in_schema=False)
    app.add_api_route("/embed/{token}/data/{name}/{only}", show_answer, methods=["GET"], include_in_schema=False)
    app.add_api_route("/embed/{token}/{name}", show_page, methods=["GET"], include_in_schema=False)

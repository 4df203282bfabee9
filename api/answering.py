"""Around every request: an id, an access line without values, counts, and no answer that shows how we failed."""

import asyncio
import json
import logging
import time
from typing import Any
from uuid import uuid4

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import metrics
from api.bodies import ClientGone
from api.problems import Problem

access = logging.getLogger("api.access")
log = logging.getLogger("api.answering")

LINGER_SECONDS = 1.0
LINGER_BYTES = 4 << 20
UNMATCHED = "unmatched"


class Answering:
    """The outermost layer. What was not read of a body is let run out for a moment after the answer, so that the sender
    gets to read it; then the connection ends, so that nobody's unread gigabyte has to be taken in.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        await _Exchange(scope, receive, send).run(self._app)


class _Exchange:
    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._request_id = uuid4().hex
        self._began = time.monotonic()
        names = dict(scope["headers"])
        length = names.get(b"content-length", b"0")
        self._has_body = length != b"0" or b"transfer-encoding" in names
        self._expects = b"expect" in names
        self._is_read = not self._has_body
        self._is_gone = False
        self._status = 0
        self._bytes_in = 0
        self._bytes_out = 0
        scope["state"] = {**scope.get("state", {}), "request_id": self._request_id}

    async def run(self, app: ASGIApp) -> None:
        try:
            try:
                await app(self._scope, self._take, self._give)
            except ClientGone:
                self._status = self._status or 499
            except Problem as problem:
                await problem.response()(self._scope, self._take, self._give)
            except Exception as error:  # noqa: BLE001 - whatever it is, its text may quote a row
                place = _place(error)
                log.error("%s at %s, request %s", type(error).__name__, place, self._request_id)
                if not self._status:
                    await Problem("internal").response()(self._scope, self._take, self._give)
        finally:
            self._note()

    async def _take(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.disconnect":
            self._is_gone = True
        else:
            self._bytes_in += len(message.get("body", b""))
            self._is_read = not message.get("more_body", False)
        return message

    async def _give(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            headers = [*message.get("headers", []), (b"x-request-id", self._request_id.encode())]
            headers.append((b"x-content-type-options", b"nosniff"))
            headers.append((b"cache-control", b"no-store"))
            if not self._is_read:
                headers.append((b"connection", b"close"))
            await self._send({**message, "headers": headers})
            return
        self._bytes_out += len(message.get("body", b""))
        if self._is_read or message.get("more_body", False):
            await self._send(message)
            return
        await self._send({**message, "more_body": True})
        await self._let_run_out()
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _let_run_out(self) -> None:
        if self._expects or self._is_gone:
            return
        begun_with = self._bytes_in
        try:
            async with asyncio.timeout(LINGER_SECONDS):
                while not self._is_read and not self._is_gone and self._bytes_in - begun_with < LINGER_BYTES:
                    await self._take()
        except TimeoutError:
            return

    def _note(self) -> None:
        seconds = time.monotonic() - self._began
        route = getattr(self._scope.get("route"), "path", UNMATCHED)
        method = self._scope["method"] if route != UNMATCHED else "-"
        metrics.REQUESTS.labels(method, route, str(self._status)).inc()
        metrics.SECONDS.labels(route).observe(seconds)
        line: dict[str, Any] = {
            "request_id": self._request_id,
            "method": method,
            "route": route,
            "status": self._status,
            "ms": round(seconds * 1000, 1),
            "bytes_in": self._bytes_in,
            "bytes_out": self._bytes_out,
            "key": self._scope["state"].get("prefix"),
        }
        access.info("%s", json.dumps(line))


def _place(error: BaseException) -> str:
    """File and line where it was raised; its text is not told."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}" if trace else "unknown"

"""Bodies of requests, part by part: with an end to their size, also of chunked ones, and to slowness."""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator

from starlette.requests import Request

from api import metrics
from api.problems import Problem
from api.settings import Settings


class ClientGone(Exception):
    """The sender hung up before the body was whole: there is nobody to answer."""


class Body:
    """The body of one request; its digest covers method, path and what was read.

    Raises Problem: `too_large`, `too_slow`, `length_mismatch`; ClientGone.
    """

    def __init__(self, request: Request, settings: Settings, limit: int) -> None:
        self._receive = request.receive
        self._settings = settings
        self._limit = limit
        length = request.headers.get("content-length", "")
        self._announced = int(length) if length.isdecimal() else None
        if self._announced is not None and self._announced > limit:
            raise Problem("too_large")
        self._digest = hashlib.sha256(f"{request.method} {request.url.path}?{request.url.query}\n".encode())
        self.bytes = 0

    @property
    def sha256(self) -> str:
        """Of method, path and body, once the body was read."""
        return self._digest.hexdigest()

    async def parts(self) -> AsyncIterator[bytes]:
        """The body as it comes."""
        began = time.monotonic()
        settings = self._settings
        while True:
            try:
                async with asyncio.timeout(settings.silence):
                    message = await self._receive()
            except TimeoutError:
                raise Problem("too_slow") from None
            if message["type"] == "http.disconnect":
                raise ClientGone
            part = message.get("body", b"")
            self.bytes += len(part)
            if self.bytes > self._limit:
                raise Problem("too_large")
            metrics.RECEIVED.inc(len(part))
            has_more = message.get("more_body", False)
            if has_more and time.monotonic() - began > settings.grace + self.bytes / settings.least_rate:
                raise Problem("too_slow")
            if part:
                self._digest.update(part)
                yield part
            if not has_more:
                break
        if self._announced is not None and self._announced != self.bytes:
            raise Problem("length_mismatch")

    async def whole(self) -> bytes:
        """All of it; its limit bounds the memory."""
        content = bytearray()
        async for part in self.parts():
            content += part
        return bytes(content)

    async def skip(self) -> None:
        """Read it for its digest only."""
        async for _ in self.parts():
            pass

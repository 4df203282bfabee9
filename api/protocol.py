"""HTTP as uvicorn speaks it, with an end to headers that come slowly or never stop, and to too many connections."""

import asyncio
from typing import Any

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from api.answering import Answering
from api.problems import Problem

MOST_HEADER_BYTES = 65_536
HEADERS_WITHIN = 10.0
MOST_CONNECTIONS = 400
_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_TOO_MUCH = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


async def _refuse(_: Scope, __: Receive, ___: Send) -> None:
    raise Problem("busy", "Too many connections at once: try again.", headers={"Connection": "close"})


_CROWDED = Answering(_refuse)


class PatientProtocol(HttpToolsProtocol):
    """Ends a connection that is one too many, or whose headers are not whole in time or larger than any of ours."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._deadline: asyncio.TimerHandle | None = None
        self._unread = 0
        self._in_headers = True
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._rest()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count what comes before the headers are whole."""
        if self._in_headers:
            self._wait()
            self._unread += len(data)
        super().data_received(data)
        if self._in_headers and self._unread > MOST_HEADER_BYTES:
            self._end(_TOO_MUCH)

    def on_message_begin(self) -> None:
        """A request begins: its headers have so long."""
        super().on_message_begin()
        self._in_headers = True
        self._wait()

    def on_headers_complete(self) -> None:
        """The headers are whole: the body has a clock of its own."""
        self._in_headers = False
        self._unread = 0
        self._rest()
        if len(self.connections) > MOST_CONNECTIONS:  # uvicorn's own limit answers with a text, and not with a problem
            self.app = _CROWDED
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """What comes next is another request."""
        super().on_message_complete()
        self._in_headers = True
        self._unread = 0

    def _wait(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(HEADERS_WITHIN, self._end, _TOO_SLOW)

    def _rest(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _end(self, answer: bytes) -> None:
        self._deadline = None
        is_answering: Any = self.cycle is not None and not self.cycle.response_complete
        if not self.transport.is_closing():
            if not is_answering:
                self.transport.write(answer)
            self.transport.close()

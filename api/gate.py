"""Who may come in, and how often: decided from the headers alone, before a byte of the body is read."""

import asyncio
import math
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from api.books import Books
from api.problems import Problem
from api.settings import Settings
from include.intake import keys

FAILURES_REMEMBERED = 60.0  # seconds without a failure, after which an address begins anew
ADDRESSES = 10_000
NOBODY = "0" * 64


@dataclass(frozen=True)
class Holder:
    """Who holds the key of a request, and what the key may do."""

    prefix: str
    scopes: tuple[str, ...]

    def may(self, subject: str, action: str) -> bool:
        """Whether the key may read or write a dataset (by its slug), or `files`."""
        return keys.may(self.scopes, subject, action)


class Gate:
    """Authentication, scope, size and rate, in this order.

    Raises Problem: `unauthorized`, `forbidden`, `too_large`, `rate_limited`, `warehouse_unavailable`.
    """

    def __init__(self, settings: Settings, books: Books) -> None:
        self._settings = settings
        self._books = books
        self._allowances: dict[str, tuple[float, float]] = {}
        self._failures: OrderedDict[str, tuple[int, float]] = OrderedDict()

    async def admit(self, request: Request, wanted: tuple[str, str] | None = None, limit: int | None = None) -> Holder:
        """The key's holder, when it may do what is wanted with a body of this length.

        :param wanted: a dataset's slug or `files`, and `read` or `write`; None: any good key
        :param limit: bytes of the body
        """
        holder = await self._holder(request)
        if holder is None:
            await self._slow_down(request)
            raise Problem("unauthorized")
        if wanted is not None and not holder.may(*wanted):
            await self._slow_down(request)
            raise Problem("forbidden")
        self._check_rate(holder)
        length = request.headers.get("content-length", "")
        if limit is not None and length.isdecimal() and int(length) > limit:
            raise Problem("too_large")
        return holder

    async def _holder(self, request: Request) -> Holder | None:
        scheme, _, text = request.headers.get("authorization", "").partition(" ")
        parts = keys.split(text.strip()) if scheme.lower() == "bearer" else None
        if parts is None:
            return None
        prefix, secret = parts
        row: dict[str, Any] | None = await self._books.key(prefix)
        # An unknown prefix takes as long as a wrong secret.
        is_right = keys.is_secret(secret, row["secret_sha256"] if row else NOBODY)
        if row is None or not is_right or not row["is_good"]:
            return None
        request.scope["state"]["prefix"] = prefix
        if row["is_use_due"]:
            await self._books.note_use(prefix)
        return Holder(prefix, tuple(row["scopes"]))

    def _check_rate(self, holder: Holder) -> None:
        """A token bucket per key: it holds half a second's worth of requests, and fills as time goes by. A key gets
        through with one and a half times its rate within one second, at most.
        """
        rate, now = float(self._settings.rate), time.monotonic()
        most = max(1.0, rate / 2)
        left, seen = self._allowances.get(holder.prefix, (most, now))
        left = min(most, left + (now - seen) * rate)
        if left < 1:
            self._allowances[holder.prefix] = (left, now)
            raise Problem("rate_limited", retry_after=math.ceil((1 - left) / rate))
        self._allowances[holder.prefix] = (left - 1, now)

    async def _slow_down(self, request: Request) -> None:
        """Each failure in a row makes the next answer to its address slower, up to a limit."""
        address = request.client.host if request.client else ""
        now = time.monotonic()
        count, last = self._failures.pop(address, (0, now))
        count = count + 1 if now - last < FAILURES_REMEMBERED else 1
        self._failures[address] = (count, now)
        while len(self._failures) > ADDRESSES:
            self._failures.popitem(last=False)
        delay = self._settings.failure_delay * 2 ** min(count - 1, 16)
        await asyncio.sleep(min(delay, self._settings.failure_delay_most))

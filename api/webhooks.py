"""Webhooks: whoever sent rows of a batch is told once it is done, signed, at least once, with an id to tell repeats."""

import asyncio
import hashlib
import hmac
import json
import logging
import re
import time
from itertools import groupby
from operator import itemgetter
from urllib.parse import urlsplit

from api import metrics
from api.batch_state import is_done, told
from api.books import Books, Row
from api.problems import Problem
from api.settings import Settings

log = logging.getLogger("api.webhooks")

SIGNATURE_HEADER = "Gauss-Signature"
TIMEOUT = 10.0  # seconds for a post as a whole
FIRST_WAIT = 5.0
LONGEST_WAIT = 3600.0
MOST_ATTEMPTS = 24  # with the waits above, most of a day
_STATUS_LINE = re.compile(rb"HTTP/1\.[01] (\d{3})[ \r\n]")


def signature(secret: str, moment: int, content: bytes) -> str:
    """The header's value: `t=<seconds>,v1=<HMAC-SHA256 of "t.body">`."""
    mac = hmac.new(secret.encode(), f"{moment}.".encode() + content, hashlib.sha256)
    return f"t={moment},v1={mac.hexdigest()}"


class Messenger:
    """Tells keys, all at once and each of them one notice after the other: who answers slowly holds up nobody else."""

    def __init__(self, settings: Settings, books: Books) -> None:
        self._settings = settings
        self._books = books
        self._busy: set[str] = set()

    async def send_forever(self) -> None:
        """Look every `notice_seconds` whether somebody must be told."""
        async with asyncio.TaskGroup() as group:
            while True:
                try:
                    due = await self._books.due_notices(sorted(self._busy))
                except Problem:
                    log.warning("Webhooks wait for the database")
                    due = []
                for prefix, notices in groupby(due, itemgetter("prefix")):
                    self._busy.add(prefix)
                    group.create_task(self._serve(prefix, list(notices)))
                await asyncio.sleep(self._settings.notice_seconds)

    async def _serve(self, prefix: str, notices: list[Row]) -> None:
        try:
            for notice in notices:
                try:
                    await self._tell(notice)
                except Problem:
                    raise
                except Exception as error:  # noqa: BLE001 - whatever one notice meets, the others are to be told
                    await self._note(notice, type(error).__name__)
        except Problem:
            log.warning("Webhooks wait for the database")
        finally:
            self._busy.discard(prefix)

    async def _tell(self, notice: Row) -> None:
        names = {"batch_id": notice["batch_id"], "prefix": notice["prefix"]}
        if notice["webhook_url"] is None:
            await self._books.note_attempt(**names, state="unwanted", tries=0, wait=0.0, result=None)
            return
        found = await self._books.batch(notice["batch_id"])
        if found is None:
            return
        event = told(*found, notice["scopes"])
        if not is_done(event["state"]):
            await self._books.note_attempt(**names, state="waiting", tries=0, wait=2.0, result=None)
            return
        content = json.dumps({"id": str(notice["event_id"]), "type": "batch.done", "data": event}).encode()
        await self._note(notice, await _post(notice["webhook_url"], notice["webhook_secret"], content))

    async def _note(self, notice: Row, result: str) -> None:
        is_sent = result.isdecimal() and 200 <= int(result) < 300
        attempts = notice["attempts"] + 1
        await self._books.note_attempt(
            batch_id=notice["batch_id"],
            prefix=notice["prefix"],
            state="sent" if is_sent else "dead" if attempts >= MOST_ATTEMPTS else "waiting",
            tries=1,
            wait=min(FIRST_WAIT * 2.0 ** min(attempts - 1, 20), LONGEST_WAIT),
            result=result,
        )
        metrics.NOTICES.labels("sent" if is_sent else "failed").inc()
        if not is_sent:
            log.warning("The webhook of %s answered %s to event %s", notice["prefix"], result, notice["event_id"])


async def _post(url: str, secret: str, content: bytes) -> str:
    """The status that was answered, or what kept it away; over after TIMEOUT however slowly the receiver speaks.

    A redirect is an answer like others: it could lead to an address that nobody allowed.
    """
    moment = int(time.time())
    try:
        async with asyncio.timeout(TIMEOUT):
            return await _status(url, signature(secret, moment, content), content)
    except (OSError, ValueError) as error:
        return type(error).__name__


async def _status(url: str, signed: str, content: bytes) -> str:
    parts = urlsplit(url)
    is_safe = parts.scheme == "https"
    head = (
        f"POST {parts.path or '/'}{'?' if parts.query else ''}{parts.query} HTTP/1.1\r\n"
        f"Host: {parts.netloc}\r\n"
        "Connection: close\r\n"
        "Content-Type: application/json\r\n"
        f"Content-Length: {len(content)}\r\n"
        f"{SIGNATURE_HEADER}: {signed}\r\n\r\n"
    )
    reader, writer = await asyncio.open_connection(
        parts.hostname, parts.port or (443 if is_safe else 80), ssl=True if is_safe else None
    )
    try:
        writer.write(head.encode("ascii") + content)
        await writer.drain()
        while found := _STATUS_LINE.match(await reader.readline()):
            status = found[1].decode()
            if not status.startswith("1"):
                return status
            while (await reader.readline()).strip():  # of an interim answer: the one that counts comes behind it
                continue
        return "no_http"
    finally:
        writer.transport.abort()

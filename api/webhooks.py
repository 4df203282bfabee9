"""Webhooks: whoever sent rows of a batch is told once it is done, signed, at least once, with an id to tell repeats."""

import asyncio
import hashlib
import hmac
import json
import logging
import time
import urllib.error
import urllib.request
from typing import Any

from api import metrics
from api.batch_state import is_done, told
from api.books import Books
from api.problems import Problem
from api.settings import Settings

log = logging.getLogger("api.webhooks")

SIGNATURE_HEADER = "Gauss-Signature"
TIMEOUT = 10.0
FIRST_WAIT = 5.0
LONGEST_WAIT = 3600.0
MOST_ATTEMPTS = 24  # with the waits above, most of a day


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect could lead to an address that nobody allowed."""

    def redirect_request(self, *_: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect())


def signature(secret: str, moment: int, content: bytes) -> str:
    """The header's value: `t=<seconds>,v1=<HMAC-SHA256 of "t.body">`."""
    mac = hmac.new(secret.encode(), f"{moment}.".encode() + content, hashlib.sha256)
    return f"t={moment},v1={mac.hexdigest()}"


async def send_due(books: Books) -> int:
    """Tell whoever waits and whose batch is done; how many were told."""
    n_sent = 0
    for notice in await books.due_notices():
        names = {"batch_id": notice["batch_id"], "prefix": notice["prefix"]}
        if notice["webhook_url"] is None:
            await books.note_attempt(**names, state="unwanted", tries=0, wait=0.0, result=None)
            continue
        found = await books.batch(notice["batch_id"])
        if found is None:
            continue
        event = told(*found)
        if not is_done(event["state"]):
            await books.note_attempt(**names, state="waiting", tries=0, wait=2.0, result=None)
            continue
        content = json.dumps({"id": str(notice["event_id"]), "type": "batch.done", "data": event}).encode()
        result = await asyncio.to_thread(_post, notice["webhook_url"], notice["webhook_secret"], content)
        is_sent = result.isdecimal() and 200 <= int(result) < 300
        attempts = notice["attempts"] + 1
        state = "sent" if is_sent else "dead" if attempts >= MOST_ATTEMPTS else "waiting"
        wait = min(FIRST_WAIT * 2.0 ** min(attempts - 1, 20), LONGEST_WAIT)
        await books.note_attempt(**names, state=state, tries=1, wait=wait, result=result)
        metrics.NOTICES.labels("sent" if is_sent else "failed").inc()
        n_sent += is_sent
        if not is_sent:
            log.warning("The webhook of %s answered %s to event %s", names["prefix"], result, notice["event_id"])
    return n_sent


def _post(url: str, secret: str, content: bytes) -> str:
    moment = int(time.time())
    request = urllib.request.Request(  # noqa: S310 - an administrator gave the address, and it begins with http
        url,
        data=content,
        method="POST",
        headers={"Content-Type": "application/json", SIGNATURE_HEADER: signature(secret, moment, content)},
    )
    try:
        with _OPENER.open(request, timeout=TIMEOUT) as answer:
            return str(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return str(error.code)
    except (OSError, ValueError) as error:
        return type(error).__name__


async def send_forever(settings: Settings, books: Books) -> None:
    """Look every `notice_seconds` whether somebody must be told."""
    while True:
        try:
            await send_due(books)
        except Problem:
            log.warning("Webhooks wait for the database")
        await asyncio.sleep(settings.notice_seconds)

"""What a killed process left: files that were answered for get their names, others go; at start and ever again."""

import asyncio
import logging
from pathlib import Path
from typing import Any
from uuid import UUID

from api import inbox as inbox_
from api import metrics
from api.books import Books
from api.problems import Problem
from api.settings import Settings
from include.intake.rows import HEADER_RECORDS, count_records, whole_records

log = logging.getLogger("api.sweeper")


async def sweep(settings: Settings, books: Books, ring: Any) -> int:
    """Deliver or remove every unfinished file whose writer is gone; how many were delivered.

    Raises Problem (`warehouse_unavailable`): only the books tell what was answered for.
    """
    left = dict(await asyncio.to_thread(lambda: list(inbox_.abandoned(settings.inbox))))
    delivered = 0
    known = await books.registered(list(left))
    for batch in known:
        if await _finish(books, batch, left[batch["batch_id"]]):
            delivered += 1
            ring(batch["source"])
    for batch_id in left.keys() - {batch["batch_id"] for batch in known}:
        if await asyncio.to_thread(inbox_.is_fresh, left[batch_id]):
            continue
        await asyncio.to_thread(left[batch_id].unlink, missing_ok=True)
        log.info("Removed the file of %s, which was never answered for", batch_id)
    for batch in await books.undelivered():
        # Renamed, and killed before that was noted.
        place = settings.inbox / batch["source"] / f".{batch['batch_id']}{inbox_.UNFINISHED_END}"
        if not await asyncio.to_thread(place.exists):
            await books.note_delivered(batch["batch_id"])
            ring(batch["source"])
    metrics.UNFINISHED.set(await asyncio.to_thread(inbox_.count_unfinished, settings.inbox))
    return delivered


async def _finish(books: Books, batch: dict[str, Any], path: Path) -> bool:
    batch_id: UUID = batch["batch_id"]
    try:
        if batch["kind"] == "single":
            sha256, rows = await asyncio.to_thread(_repair, path)
            if not rows:
                await books.delete_batch(batch_id)
                await asyncio.to_thread(path.unlink, missing_ok=True)
                return False
            await books.close_batch(batch_id, sha256, rows)
        await asyncio.to_thread(inbox_.finish, path, batch["file_name"])
        await books.note_delivered(batch_id)
    except inbox_.NameTaken:
        log.warning("Batch %s waits: a file of its name lies in the inbox", batch_id)
        return False
    except FileNotFoundError:
        return False  # another process was faster
    log.info("Delivered %s, which a process before this one had accepted", batch_id)
    metrics.DELIVERED.labels(batch["kind"]).inc()
    return True


def _repair(path: Path) -> tuple[str, int]:
    content = path.read_bytes()
    end = whole_records(content)
    rows = count_records(content[:end]) - HEADER_RECORDS if end else 0
    return inbox_.repair(path, end), rows


async def sweep_forever(settings: Settings, books: Books, ring: Any, swept: asyncio.Event) -> None:
    """Sweep now and every `sweep_seconds`; a database that is away is asked again. `swept` is set by the first."""
    while True:
        try:
            await sweep(settings, books, ring)
            swept.set()
            await books.forget_answers()
        except (Problem, OSError) as error:
            log.warning("The inbox could not be swept (%s)", type(error).__name__)
        await asyncio.sleep(settings.sweep_seconds if swept.is_set() else 1.0)

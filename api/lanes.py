"""One lane per dataset, in which what was accepted goes to the inbox in the order in which it was answered.

Single rows are added to one open file, and one fsync answers for all that wait (group commit). A batch first has the
open file closed and delivered, so that names tell the order whichever way two versions of a row came.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from api import metrics
from api.books import PATIENCE, Books
from api.inbox import Draft, Names, finish
from api.problems import Problem
from api.settings import Settings
from include.intake.rows import SOURCE

log = logging.getLogger("api.lanes")


@dataclass
class _Waiting:
    record: bytes
    prefix: str
    done: asyncio.Future[tuple[UUID, int]]


@dataclass
class _Journal:
    draft: Draft
    name: str
    opened: float
    rows: int = 0
    senders: set[str] = field(default_factory=set)


class Lane:
    """The way of one dataset's rows into inbox/api/.

    Raises Problem: `warehouse_unavailable`, `storage_unavailable`; then nothing of the request was answered for.
    """

    def __init__(
        self,
        dataset: str,
        header: bytes,
        settings: Settings,
        books: Books,
        names: Names,
        ring: Callable[[str], None],
        swept: asyncio.Event,
    ) -> None:
        self._dataset = dataset
        self._header = header
        self._settings = settings
        self._books = books
        self._names = names
        self._ring = ring
        self._swept = swept
        self._order = asyncio.Lock()
        self._waiting: list[_Waiting] = []
        self._woken = asyncio.Event()
        self._journal: _Journal | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to take single rows."""
        self._task = asyncio.create_task(self._work(), name=f"lane {self._dataset}")

    async def stop(self) -> None:
        """Answer whoever waits, deliver what is open, and end."""
        if self._task is not None:
            while self._waiting:
                await asyncio.sleep(0.01)
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        async with self._order:
            try:
                await self._close_journal()
            except (Problem, OSError):
                log.warning("The open file of %s waits for the next start", self._dataset)

    async def add(self, record: bytes, prefix: str) -> tuple[UUID, int]:
        """Keep one row; answers its batch and its number there once the disk has it."""
        done = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(record, prefix, done))
        self._woken.set()
        return await done

    async def deliver(self, draft: Draft, batch: dict[str, Any], prefix: str, answer: Mapping[str, Any] | None) -> str:
        """Put a kept draft into the inbox, behind all that was answered before; its name there.

        From the registration on the batch will come home, whatever becomes of this process.
        """
        async with self._order:
            await self._wait_for_sweep()
            await self._close_journal()
            name = self._names.next(self._dataset, draft.batch_id)
            batch |= {"batch_id": draft.batch_id, "source": SOURCE, "dataset": self._dataset, "file_name": name}
            draft.is_promised = True
            await self._books.register(batch, prefix, answer)
            await self._hand_over(draft, name, batch["kind"])
        return name

    async def _hand_over(self, draft: Draft, name: str, kind: str) -> None:
        """A registered file gets its name; should that fail, the sweeper gives it."""
        try:
            await asyncio.to_thread(_close_and_finish, draft, name)
            await self._books.note_delivered(draft.batch_id)
            metrics.DELIVERED.labels(kind).inc()
        except (OSError, Problem) as error:
            draft.close()
            log.warning("Batch %s is registered and waits for its name (%s)", draft.batch_id, type(error).__name__)
        self._ring(SOURCE)

    async def _work(self) -> None:
        while True:
            try:
                await asyncio.wait_for(self._woken.wait(), self._patience())
            except TimeoutError:
                async with self._order:
                    await self._close_quietly()
                continue
            self._woken.clear()
            waiting, self._waiting = self._waiting, []
            if waiting:
                async with self._order:
                    await self._keep(waiting)
                    if self._journal is not None and (
                        self._journal.rows >= self._settings.journal_rows or self._patience() == 0
                    ):
                        await self._close_quietly()

    def _patience(self) -> float | None:
        if self._journal is None:
            return None
        return max(0.0, self._journal.opened + self._settings.journal_seconds - time.monotonic())

    async def _keep(self, waiting: list[_Waiting]) -> None:
        try:
            journal = self._journal or await self._open_journal(waiting[0].prefix)
            for prefix in {each.prefix for each in waiting} - journal.senders:
                await self._books.add_sender(journal.draft.batch_id, prefix)
                journal.senders.add(prefix)
            kept = journal.draft.bytes
            try:
                with metrics.FSYNC.time():
                    await asyncio.to_thread(_write_and_sync, journal.draft, b"".join(each.record for each in waiting))
            except OSError:
                # What the disk did not keep is not answered for, and must not come home by chance.
                await asyncio.to_thread(journal.draft.cut, kept)
                raise
        except Exception as error:  # noqa: BLE001 - whatever it is, those who wait must be answered
            problem = error if isinstance(error, Problem) else Problem(_code_of(error))
            for each in waiting:
                if not each.done.cancelled():
                    each.done.set_exception(problem)
            if not isinstance(error, Problem):
                log.error("Rows of %s could not be written (%s)", self._dataset, type(error).__name__)
                # What a disk does after it failed once is not to be believed: the next rows begin a new file.
                await self._close_quietly()
            return
        for each in waiting:
            journal.rows += 1
            if not each.done.cancelled():
                each.done.set_result((journal.draft.batch_id, journal.rows))

    async def _wait_for_sweep(self) -> None:
        """What a process before this one had accepted goes first."""
        try:
            async with asyncio.timeout(PATIENCE):
                await self._swept.wait()
        except TimeoutError:
            raise Problem("warehouse_unavailable") from None

    async def _open_journal(self, prefix: str) -> _Journal:
        await self._wait_for_sweep()
        draft = await asyncio.to_thread(self._begin)
        try:
            name = self._names.next(self._dataset, draft.batch_id)
            batch = {"batch_id": draft.batch_id, "source": SOURCE, "dataset": self._dataset, "kind": "single"}
            await self._books.register(batch | {"file_name": name, "sha256": None, "n_rows": 0, "n_refused": 0}, prefix)
        except Problem:
            draft.close()  # whether the registration was written is not known: the sweeper looks
            raise
        self._journal = _Journal(draft, name, time.monotonic(), senders={prefix})
        return self._journal

    def _begin(self) -> Draft:
        draft = Draft(self._settings.inbox, SOURCE)
        draft.write(self._header)
        draft.keep()
        return draft

    async def _close_quietly(self) -> None:
        try:
            await self._close_journal()
        except Exception as error:  # noqa: BLE001 - the lane has to go on
            log.warning("The open file of %s cannot be delivered yet (%s)", self._dataset, type(error).__name__)
            # Its rows are kept. It stays open, and the database is asked again with the next row or tick.
            if self._journal is not None:
                self._journal.opened = time.monotonic()

    async def _close_journal(self) -> None:
        journal = self._journal
        if journal is None:
            return
        if journal.rows == 0:
            await self._books.delete_batch(journal.draft.batch_id)
            journal.draft.discard()
        else:
            await self._books.close_batch(journal.draft.batch_id, journal.draft.sha256, journal.rows)
            await self._hand_over(journal.draft, journal.name, "single")
        self._journal = None


def _code_of(error: Exception) -> str:
    return "storage_unavailable" if isinstance(error, OSError) else "internal"


def _write_and_sync(draft: Draft, content: bytes) -> None:
    draft.write(content)
    draft.sync()


def _close_and_finish(draft: Draft, name: str) -> None:
    draft.close()
    finish(draft.path, name)

"""The door's books in PostgreSQL: a pool of connections, and the one that holds the locks of requests in flight."""

import asyncio
import contextlib
import hashlib
import logging
import os
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Json
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from api.problems import Problem
from include.intake.waiting import Question
from include.sql import query

log = logging.getLogger("api.books")

LOCK_SPACE = 0x6A0A  # of the advisory locks: one number for each Idempotency-Key of a key
PATIENCE = 3.0  # seconds for a connection; a database that is away answers 503 within these
STATEMENT = 4.0  # seconds, after which the server ends a statement that waits for a lock
SILENCE = 6.0  # seconds, after which a server that does not even say so is hung up on
CHECK = 1.0  # seconds for a connection from the pool to show that somebody is there

Row = dict[str, Any]


def _settings(dsn: str) -> dict[str, Any]:
    return {
        "conninfo": dsn,
        "autocommit": True,
        "row_factory": dict_row,
        "application_name": "api",
        "connect_timeout": 3,
        # A plan for any number of names is a bad one for a thousand of them.
        "options": f"-c timezone=UTC -c plan_cache_mode=force_custom_plan -c statement_timeout={STATEMENT * 1000:.0f}",
    }


@contextlib.contextmanager
def _hung_up_after(seconds: float, connection: psycopg.AsyncConnection[Any]) -> Any:
    """End the connection when the block takes longer: whoever waits for the server's answer is told that it is gone.

    To cancel the waiting instead would wait for the server to agree, which a frozen one never does.
    """
    timer = asyncio.get_running_loop().call_later(seconds, _hang_up, connection)
    try:
        yield
    finally:
        timer.cancel()


def _hang_up(connection: psycopg.AsyncConnection[Any]) -> None:
    if not connection.closed:
        with contextlib.suppress(OSError), socket.socket(fileno=os.dup(connection.fileno())) as line:
            line.shutdown(socket.SHUT_RDWR)


async def _check(connection: psycopg.AsyncConnection[Any]) -> None:
    with _hung_up_after(CHECK, connection):
        await AsyncConnectionPool.check_connection(connection)


@contextlib.contextmanager
def _translated() -> Any:
    """A database that is away is answered by 503; everything else is a fault of ours, told by its code alone."""
    try:
        yield
    except (PoolTimeout, psycopg.OperationalError) as error:
        state = getattr(error, "sqlstate", None) or "none"
        log.warning("The database does not answer (SQLSTATE %s)", state)
        raise Problem("warehouse_unavailable") from None


async def _keep(connection: psycopg.AsyncConnection[Any], answer: Mapping[str, Any]) -> None:
    # Two statements: within one, what is deleted is still in the way of what is inserted.
    await connection.execute(query("api/forget_answer"), answer)
    await connection.execute(query("api/keep_answer"), {**answer, "answer": Json(answer["answer"])})


class Books:
    """Everything that the service asks of the database; each method is one statement, or one transaction.

    Raises Problem (`warehouse_unavailable`) wherever the database is away.
    """

    def __init__(self, dsn: str) -> None:
        settings = _settings(dsn)
        conninfo = settings.pop("conninfo")
        self._dsn = conninfo
        self._settings = settings
        self._pool: AsyncConnectionPool[Any] = AsyncConnectionPool(
            conninfo,
            kwargs=settings,
            min_size=1,
            max_size=10,
            open=False,
            timeout=PATIENCE,
            max_waiting=200,
            reconnect_timeout=30,
            check=_check,
        )
        self._keeper: psycopg.AsyncConnection[Any] | None = None
        self._keeping = asyncio.Lock()
        self._in_flight: set[int] = set()

    async def open(self) -> None:
        """Begin to connect; a database that is away is waited for by whoever asks."""
        await self._pool.open(wait=False)

    async def close(self) -> None:
        """Let go of every connection."""
        await self._pool.close(timeout=5)
        if self._keeper is not None:
            await self._keeper.close()

    @contextlib.asynccontextmanager
    async def _connection(self) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
        with _translated():
            async with self._pool.connection() as connection:
                with _hung_up_after(SILENCE, connection):
                    yield connection

    async def _one(self, name: str, **parameters: Any) -> Row | None:
        async with self._connection() as connection:
            return await (await connection.execute(query(f"api/{name}"), parameters)).fetchone()

    async def _all(self, name: str, **parameters: Any) -> list[Row]:
        async with self._connection() as connection:
            return await (await connection.execute(query(f"api/{name}"), parameters)).fetchall()

    async def _do(self, name: str, **parameters: Any) -> int:
        async with self._connection() as connection:
            return (await connection.execute(query(f"api/{name}"), parameters)).rowcount

    async def check(self) -> None:
        """Ask whether the books can be read."""
        await self._one("check_ready")

    async def key(self, prefix: str) -> Row | None:
        """A key's row, and whether its use has to be noted again."""
        async with self._connection() as connection:
            return await (await connection.execute(query("api/select_key"), {"prefix": prefix})).fetchone()

    async def note_use(self, prefix: str) -> None:
        """The key was used just now."""
        await self._do("note_use", prefix=prefix)

    async def register(
        self,
        batch: Mapping[str, Any],
        prefix: str,
        answer: Mapping[str, Any] | None = None,
    ) -> None:
        """A file that is about to get its name in the inbox, who sent it, and the answer that is kept for the request;
        one transaction.
        """
        async with self._connection() as connection, connection.transaction():
            await connection.execute(query("api/insert_batch"), batch)
            await connection.execute(query("api/insert_notice"), {"batch_id": batch["batch_id"], "prefix": prefix})
            if answer is not None:
                await _keep(connection, answer)

    async def add_sender(self, batch_id: UUID, prefix: str) -> None:
        """One more key has sent rows of a batch."""
        await self._do("insert_notice", batch_id=batch_id, prefix=prefix)

    async def close_batch(self, batch_id: UUID, sha256: str, n_rows: int) -> None:
        """A file of single rows is whole."""
        await self._do("close_batch", batch_id=batch_id, sha256=sha256, n_rows=n_rows)

    async def note_delivered(self, batch_id: UUID) -> None:
        """A file has its name in the inbox."""
        await self._do("note_delivered", batch_id=batch_id)

    async def delete_batch(self, batch_id: UUID) -> None:
        """A file to which nothing was added is gone."""
        await self._do("delete_batch", batch_id=batch_id)

    async def registered(self, batch_ids: Sequence[UUID]) -> list[Row]:
        """Those of these batches that were registered, in the order of their file names."""
        return await self._all("find_batches", batch_ids=list(batch_ids))

    async def undelivered(self) -> list[Row]:
        """Batches that were registered and not noted as delivered, in the order of their file names."""
        return await self._all("find_undelivered")

    async def batch(self, batch_id: UUID) -> tuple[Row, list[Row]] | None:
        """A batch and what became of its file, by dataset; None when there is none."""
        found = await self._one("select_batch", batch_id=batch_id)
        if found is None:
            return None
        loads = []
        if found["file_id"] is not None:
            loads = await self._all("select_loads", file_id=found["file_id"], accepted_at=found["accepted_at"])
        return found, loads

    async def rejects(self, **filters: Any) -> list[Row]:
        """Rejected rows, see include/sql/api/select_rejects.sql."""
        return await self._all("select_rejects", **filters)

    async def look_up(self, question: Question) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
        """Those of its names that name nothing, and those of its e-mails that are another person's."""
        found = await self._all(
            "find_unknown",
            targets=[target for target, _ in question.names],
            names=[name for _, name in question.names],
            employee_nos=[number for number, _ in question.emails],
            emails=[email for _, email in question.emails],
        )
        return (
            {(row["target"], row["name"]) for row in found if row["target"] is not None},
            {(row["employee_no"], row["name"]) for row in found if row["target"] is None},
        )

    async def fold(self, dataset: str, names: Sequence[str]) -> dict[str, str]:
        """Names in the form in which look-ups in a dataset compare them."""
        return {row["name"]: row["folded"] for row in await self._all("fold_names", dataset=dataset, names=list(names))}

    async def kept_answer(self, prefix: str, idempotency_key: str) -> Row | None:
        """The answer that a request with this Idempotency-Key got in the last 24 hours."""
        return await self._one("select_answer", prefix=prefix, idempotency_key=idempotency_key)

    async def keep_answer(self, answer: Mapping[str, Any]) -> None:
        """Keep an answer for a request that may be sent again."""
        async with self._connection() as connection, connection.transaction():
            await _keep(connection, answer)

    async def forget_answers(self) -> int:
        """Let go of answers older than 24 hours; how many."""
        return await self._do("forget_answers")

    async def due_notices(self, busy: Sequence[str]) -> list[Row]:
        """Notices that wait to be sent, key by key, but for keys that are being told something."""
        return await self._all("pick_notices", busy=list(busy))

    async def note_attempt(self, **outcome: Any) -> None:
        """How an attempt to send a notice ended."""
        await self._do("note_attempt", **outcome)

    @contextlib.asynccontextmanager
    async def only_one(self, prefix: str, idempotency_key: str) -> AsyncIterator[None]:
        """For the block's length nobody else, here or in another process, answers this Idempotency-Key.

        The lock is one of PostgreSQL's, held by a connection of this process: a killed process holds nothing.
        Raises Problem: `in_flight`.
        """
        digest = hashlib.sha256(f"{prefix}\n{idempotency_key}".encode()).digest()
        number = int.from_bytes(digest[:4], "big", signed=True)
        # The connection's own lock would be given to it twice.
        if number in self._in_flight:
            raise Problem("in_flight")
        self._in_flight.add(number)
        try:
            if not await self._lock("try_lock", number):
                raise Problem("in_flight")
            try:
                yield
            finally:
                with contextlib.suppress(Problem):
                    await self._lock("unlock", number)
        finally:
            self._in_flight.discard(number)

    async def _lock(self, name: str, number: int) -> bool:
        with _translated():
            try:
                async with asyncio.timeout(None if name == "unlock" else PATIENCE):
                    await self._keeping.acquire()
            except TimeoutError:
                raise Problem("warehouse_unavailable") from None
            try:
                return await self._ask_keeper(name, number)
            except psycopg.OperationalError:
                # The server was restarted meanwhile, and its locks are gone with the connection.
                return True if name == "unlock" else await self._ask_keeper(name, number)
            finally:
                self._keeping.release()

    async def _ask_keeper(self, name: str, number: int) -> bool:
        if self._keeper is None:
            if name == "unlock":
                return True
            self._keeper = await psycopg.AsyncConnection.connect(self._dsn, **self._settings)
        try:
            with _hung_up_after(CHECK, self._keeper):
                cursor = await self._keeper.execute(query(f"api/{name}"), {"space": LOCK_SPACE, "number": number})
                row = await cursor.fetchone()
        except psycopg.OperationalError:
            await self._keeper.close()
            self._keeper = None
            raise
        return bool(row and next(iter(row.values())))

"""Rows and files in: from a request's body to a file that will come home, and what is answered about it."""

import asyncio
import contextlib
import re
import unicodedata
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from uuid import UUID

from starlette.requests import Request
from starlette.responses import JSONResponse

from api import metrics
from api.bodies import Body
from api.books import Books
from api.gate import Holder
from api.inbox import Draft, NameTaken, finish
from api.lanes import Lane
from api.problems import Problem
from api.settings import Settings
from include.errors import BadConfiguration
from include.ingest.batches import layout_for
from include.ingest.collecting import UNFINISHED
from include.ingest.mended import mended_name
from include.intake.keys import slug
from include.intake.rows import (
    REFUSALS_TOLD,
    Malformed,
    RowJudge,
    Verdict,
    malformed,
    parse_array,
    parse_lines,
    parse_one,
)
from include.intake.waiting import Wait, WaitingRows, Waits
from include.schemas.organisation import load_organisation
from include.sources import source_names

SLICE = 1_000  # rows of an array judged at a time
BLOCK = 262_144  # bytes of NDJSON judged at a time
JSON = "application/json"
NDJSON = ("application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines")
MULTIPART = "multipart/form-data"
PLAIN_NAME = re.compile(r"[\w(][\w .()+-]{0,180}", re.UNICODE)
IDEMPOTENCY_KEY = re.compile(r"[!-~]{1,255}")
REPLAYED = "Idempotency-Replayed"


@dataclass(frozen=True)
class Answer:
    """An answer that may be kept: status and content."""

    status: int
    content: dict[str, Any]

    def response(self, *, is_replay: bool = False) -> JSONResponse:
        """The answer as HTTP has it."""
        headers = {"Location": self.content["links"]["batch"]}
        return JSONResponse(self.content, self.status, headers=headers | ({REPLAYED: "true"} if is_replay else {}))


Keep = Callable[[Answer], dict[str, Any] | None]


def media_type(request: Request) -> str:
    """The body's type, without its parameters."""
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise Problem("unsupported_media_type", "The body must not be packed: leave Content-Encoding away.")
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def refused(error: Malformed) -> Problem:
    """The answer to a body that is no list of rows."""
    told = {"row": error.row, "field": error.name, "code": error.code}
    return Problem("malformed_rows", errors=[{name: value for name, value in told.items() if value is not None}])


def told_refusals(verdict: Verdict) -> list[dict[str, Any]]:
    """Row (from 1), field and code of each refused row that is told."""
    return [{"row": each.row_number, "field": each.field, "code": each.code} for each in verdict.refusals]


def told_waits(waits: Iterable[Wait]) -> list[dict[str, Any]]:
    """The same of accepted rows that the load would reject as things stand."""
    return [each._asdict() for each in waits]


class Taking:
    """What the posting paths do once a key has been let in."""

    def __init__(
        self, settings: Settings, books: Books, lanes: Mapping[str, Lane], ring: Callable[[str], None]
    ) -> None:
        self._settings = settings
        self._books = books
        self._lanes = lanes
        self._ring = ring
        self._judges: dict[str, RowJudge] = {}
        self._bulk = asyncio.Semaphore(settings.bulk)
        self._arrays = asyncio.Semaphore(settings.bulk * 2)
        self._coming: set[Path] = set()

    async def one(self, request: Request, dataset: str, holder: Holder) -> JSONResponse:
        """One row: answered once the disk has it."""
        if media_type(request) != JSON:
            raise Problem("unsupported_media_type", f"A single row is {JSON}.")
        body = Body(request, self._settings, self._settings.row_limit)

        async def take(keep: Keep) -> Answer:
            sent = await body.whole()
            # Until the verdict is settled nothing is waited for, so that all single rows can have one judge.
            judge = self._judge_of(dataset)
            try:
                record = judge.judge(parse_one(sent))
            except Malformed as error:
                raise refused(error) from None
            verdict = judge.settle()
            _count(dataset, verdict)
            if not verdict.accepted:
                raise Problem("no_acceptable_row", errors=told_refusals(verdict))
            waits = await self._settled(dataset, judge.waiting)
            batch_id, row = await self._lanes[dataset].add(record, holder.prefix)
            content = {"batch_id": str(batch_id), "row": row, **_about(dataset, batch_id)}
            if waits.rows:
                content["waiting"] = told_waits(wait._replace(row=row) for wait in waits.rows)
            answer = Answer(202, content)
            if (kept := keep(answer)) is not None:
                await self._books.keep_answer(kept)
            return answer

        return await self._once(request, body, holder, take)

    def _judge_of(self, dataset: str) -> RowJudge:
        """The judge of today's single rows, ready for the next."""
        organisation = load_organisation()
        judge = self._judges.get(dataset)
        if judge is None or judge.day != organisation.today():
            judge = self._judges[dataset] = RowJudge(dataset, organisation)
        judge.begin()
        return judge

    async def _look_up(self, waiting: WaitingRows) -> None:
        """Judge what the rows so far name; core is asked about what this request did not ask about yet."""
        question = waiting.question()
        is_open = question.names or question.emails
        waiting.judge(question, *(await self._books.look_up(question) if is_open else (set(), set())))

    async def _settled(self, dataset: str, waiting: WaitingRows) -> Waits:
        """Which of all the accepted rows would be rejected as things stand."""
        await self._look_up(waiting)
        names = waiting.names_to_fold()
        folded = await self._books.fold(dataset, names) if names else {}
        return await asyncio.to_thread(waiting.settle, folded)

    async def batch(self, request: Request, dataset: str, holder: Holder) -> JSONResponse:
        """Many rows, as one JSON array or as NDJSON: 202, or 207 when something is told of some of them."""
        kind = media_type(request)
        if kind != JSON and kind not in NDJSON:
            raise Problem("unsupported_media_type", f"A batch is {JSON} (one array) or {NDJSON[0]} (a row per line).")
        is_array = kind == JSON
        limit = self._settings.array_limit if is_array else self._settings.stream_limit
        body = Body(request, self._settings, limit)

        async def take(keep: Keep) -> Answer:
            judge = RowJudge(dataset, load_organisation())
            draft = await _to_disk(Draft, self._settings.inbox, "api")
            with _discarded_unless_registered(draft):
                await _to_disk(draft.write, judge.header)
                try:
                    await (self._array(body, judge, draft) if is_array else self._lines(body, judge, draft))
                except Malformed as error:
                    raise refused(error) from None
                verdict = await asyncio.to_thread(judge.settle)
                _count(dataset, verdict)
                if not verdict.rows:
                    raise refused(malformed("no_rows"))
                if not verdict.accepted:
                    raise Problem(
                        "no_acceptable_row",
                        errors=told_refusals(verdict),
                        more={"rows": verdict.rows, "refused": verdict.refused, "codes": dict(verdict.codes)},
                    )
                waits = await self._settled(dataset, judge.waiting)
                await _to_disk(draft.keep)
                answer = _of_batch(dataset, draft.batch_id, verdict, waits)
                row = {"kind": "batch", "sha256": draft.sha256, "n_rows": verdict.rows, "n_refused": verdict.refused}
                await self._lanes[dataset].deliver(draft, row, holder.prefix, keep(answer))
            return answer

        return await self._once(request, body, holder, take)

    async def _array(self, body: Body, judge: RowJudge, draft: Draft) -> None:
        """An array is held in memory as a whole: only so many at a time."""
        async with _room_in(self._arrays):
            rows = parse_array(await body.whole(), self._settings.array_rows)

            def judge_slice() -> int:
                some = _up_to(rows, SLICE)
                draft.write(judge.judge(some))
                return len(some)

            async with self._bulk:
                while await _to_disk(judge_slice) == SLICE:
                    await self._look_up(judge.waiting)

    async def _lines(self, body: Body, judge: RowJudge, draft: Draft) -> None:
        """Lines are judged as they come: what is held does not grow with the body."""
        held = bytearray()

        def judge_block(block: bytes) -> None:
            draft.write(judge.judge(parse_lines(block.split(b"\n"), judge.verdict.rows + 1)))
            if judge.verdict.rows > self._settings.stream_rows:
                raise malformed("too_many_rows", self._settings.stream_rows + 1)

        async for part in body.parts():
            held += part
            if len(held) < BLOCK:
                continue
            end = held.rfind(b"\n") + 1
            if end:
                block = bytes(held[:end])
                del held[:end]
                async with self._bulk:
                    await _to_disk(judge_block, block)
                await self._look_up(judge.waiting)
            elif len(held) > self._settings.row_limit:
                raise malformed("too_long_row", judge.verdict.rows + 1)
        if held:
            async with self._bulk:
                await _to_disk(judge_block, bytes(held))

    async def file(self, request: Request, source: str, name: str | None, holder: Holder) -> JSONResponse:
        """A file as it is, for a source that has a profile: into the inbox under its own name."""
        if source not in source_names() or source == "api":
            raise Problem("unknown_source")
        if media_type(request) == MULTIPART:
            raise Problem(
                "unsupported_media_type",
                "Send the file itself as the body (curl -T or --data-binary), not a form; its name as ?name=…",
            )
        file_name = _plain_name(name or _disposition(request))
        try:
            layout_for(source, file_name)
        except BadConfiguration as error:
            raise Problem("unknown_layout" if error.code == "unknown_layout" else "unknown_source") from None
        if mended_name(file_name) is not None:
            raise Problem("bad_file_name", "Mended rejects are dropped into the inbox, see the runbook on rejects.")
        body = Body(request, self._settings, self._settings.stream_limit)

        home = self._settings.inbox / source / file_name

        async def take(keep: Keep) -> Answer:
            with self._reserved(home):
                if await asyncio.to_thread(home.exists):
                    raise Problem("file_waiting")
                return await self._upload(body, home, holder, keep)

        return await self._once(request, body, holder, take)

    @contextlib.contextmanager
    def _reserved(self, home: Path) -> Iterator[None]:
        """A file's name in the inbox is for one upload at a time."""
        if home in self._coming:
            raise Problem("file_waiting")
        self._coming.add(home)
        try:
            yield
        finally:
            self._coming.discard(home)

    async def _upload(self, body: Body, home: Path, holder: Holder, keep: Keep) -> Answer:
        source, file_name = home.parent.name, home.name
        draft = await _to_disk(Draft, self._settings.inbox, source)
        with _discarded_unless_registered(draft):
            held = bytearray()
            async for part in body.parts():
                held += part
                if len(held) >= BLOCK:
                    await _to_disk(draft.write, bytes(held))
                    held.clear()
            await _to_disk(draft.write, bytes(held))
            if not draft.bytes:
                raise refused(malformed("no_rows"))
            await _to_disk(draft.keep)
            answer = Answer(
                202,
                {
                    "batch_id": str(draft.batch_id),
                    "source": source,
                    "bytes": draft.bytes,
                    "sha256": draft.sha256,
                    "links": _links(draft.batch_id),
                },
            )
            row = {
                "batch_id": draft.batch_id, "source": source, "dataset": None, "kind": "file",
                "file_name": file_name, "sha256": draft.sha256, "n_rows": 0, "n_refused": 0,
            }  # fmt: skip
            draft.is_promised = True
            await self._books.register(row, holder.prefix, keep(answer))
            draft.close()
            with contextlib.suppress(OSError, Problem, NameTaken):  # the sweeper goes on from here
                await asyncio.to_thread(finish, draft.path, file_name)
                await self._books.note_delivered(draft.batch_id)
                metrics.DELIVERED.labels("file").inc()
            self._ring(source)
        return answer

    async def _once(self, request: Request, body: Body, holder: Holder, take: Callable[[Keep], Any]) -> JSONResponse:
        """Do it; with an Idempotency-Key do it once, and answer alike whoever repeats the request."""
        key = request.headers.get("idempotency-key")
        if key is None:
            return (await take(lambda answer: None)).response()
        if not IDEMPOTENCY_KEY.fullmatch(key):
            raise Problem("bad_idempotency_key")
        async with self._books.only_one(holder.prefix, key):
            if (kept := await self._books.kept_answer(holder.prefix, key)) is not None:
                await body.skip()
                if kept["request_sha256"] != body.sha256:
                    raise Problem("key_reused")
                return Answer(kept["status"], kept["answer"]).response(is_replay=True)

            def keep(answer: Answer) -> dict[str, Any]:
                return {
                    "prefix": holder.prefix,
                    "idempotency_key": key,
                    "request_sha256": body.sha256,
                    "status": answer.status,
                    "answer": answer.content,
                }

            return (await take(keep)).response()


def _of_batch(dataset: str, batch_id: UUID, verdict: Verdict, waits: Waits) -> Answer:
    content: dict[str, Any] = {
        "batch_id": str(batch_id),
        **_about(dataset, batch_id),
        "rows": verdict.rows,
        "accepted": verdict.accepted,
        "refused": verdict.refused,
    }
    if verdict.rounded:
        content["warnings"] = [{"code": "rounded", "rows": verdict.rounded}]
    if verdict.refused:
        content["codes"] = dict(sorted(verdict.codes.items()))
        content["errors"] = told_refusals(verdict)
        content["are_errors_complete"] = verdict.refused <= REFUSALS_TOLD
    n_waiting = waits.counts.total()
    if n_waiting or not waits.is_complete:
        content["waiting_rows"] = n_waiting
        content["waiting_counts"] = [
            {"field": name, "code": code, "rows": n_rows} for (name, code), n_rows in sorted(waits.counts.items())
        ]
        content["waiting"] = told_waits(waits.rows[:REFUSALS_TOLD])
        content["is_waiting_complete"] = waits.is_complete and n_waiting <= REFUSALS_TOLD
    return Answer(207 if verdict.refused or n_waiting else 202, content)


def _about(dataset: str, batch_id: UUID) -> dict[str, Any]:
    return {"dataset": slug(dataset), "links": _links(batch_id)}


def _links(batch_id: UUID) -> dict[str, str]:
    return {"batch": f"/v1/batches/{batch_id}", "rejects": f"/v1/rejects?batch={batch_id}"}


def _count(dataset: str, verdict: Verdict) -> None:
    metrics.ROWS.labels(dataset, "accepted").inc(verdict.accepted)
    metrics.ROWS.labels(dataset, "refused").inc(verdict.refused)


def _up_to(rows: Iterator[Any], most: int) -> list[Any]:
    some = []
    for row in rows:
        some.append(row)
        if len(some) == most:
            break
    return some


async def _to_disk(work: Callable[..., Any], *arguments: Any) -> Any:
    """Do blocking work in a thread; what the disk refuses is a 503."""
    try:
        return await asyncio.to_thread(work, *arguments)
    except OSError:
        raise Problem("storage_unavailable") from None


@contextlib.contextmanager
def _discarded_unless_registered(draft: Draft) -> Iterator[None]:
    """Leave nothing behind of a request that was not answered for."""
    try:
        yield
    except BaseException:
        if draft.is_promised:
            # Whether the registration was written is not known: the sweeper looks, and delivers or removes the file.
            draft.close()
        else:
            draft.discard()
        raise


@contextlib.asynccontextmanager
async def _room_in(semaphore: asyncio.Semaphore) -> AsyncIterator[None]:
    """A place among so many; whoever finds none within some seconds is asked to come again."""
    try:
        async with asyncio.timeout(5):
            await semaphore.acquire()
    except TimeoutError:
        raise Problem("busy") from None
    try:
        yield
    finally:
        semaphore.release()


def _disposition(request: Request) -> str:
    """The file's name in Content-Disposition; empty when there is none."""
    header = request.headers.get("content-disposition", "")
    extended = re.search(r"filename\*=(?:UTF-8|utf-8)''([^;\s]+)", header)
    if extended:
        return unquote(extended[1])
    plain = re.search(r'filename="([^"]*)"|filename=([^;\s]+)', header)
    return (plain[1] or plain[2] or "") if plain else ""


def _plain_name(name: str) -> str:
    """A name without a path that the pipeline will take.

    :raises Problem: `bad_file_name`
    """
    name = unicodedata.normalize("NFC", name)  # as the ledger will have it
    if not PLAIN_NAME.fullmatch(name) or name.lower().endswith(UNFINISHED) or len(name.encode()) > 200:
        raise Problem("bad_file_name")
    return name

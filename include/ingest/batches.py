"""A batch's life in the books: opened by collect, validated, then loaded or ended otherwise."""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import IO, Any, BinaryIO
from zoneinfo import ZoneInfo

from psycopg import Connection
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from include.errors import BadConfiguration, TooManyRejects
from include.ingest.datasets import dataset
from include.ingest.mapping import RowMapper, column_names, compile_mapping
from include.ingest.mended import (
    Mended,
    count_alike,
    find_origin,
    mended_layout,
    mended_name,
    note_references,
    open_local,
    parts_to_take,
    without_references,
)
from include.ingest.preview import Preview
from include.ingest.profile import DatasetMapping, Layout, load_profile
from include.ingest.reading import Table, open_table
from include.ingest.sharing import Work, readers_for, validate_together
from include.ingest.spool import SpoolWriter
from include.ingest.validation import Reject, Share, Tally, shape, spool_types, validate_file
from include.schemas.organisation import Organisation
from include.sql import statement

REJECTS_HELD = 1_000  # rejects kept in memory before they are written down
UNMAPPED_KEPT = 200  # words that a value map does not know, per batch: the most frequent ones
UNMAPPED_LENGTH = 100
# Whose words may be read outside core; of all other fields only the shape is kept.
UNMAPPED_SHOWN = frozenset(
    {"category", "currency", "department", "granularity", "kind", "leave_type", "origin", "status"}
)


def select_batches(
    connection: Connection[Any], dag_id: str, run_id: str, *, datasets: list[str], statuses: list[str]
) -> list[dict[str, Any]]:
    """The run's batches of these datasets in these states, oldest delivery first."""
    parameters = {"dag_id": dag_id, "run_id": run_id, "datasets": datasets, "statuses": statuses}
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statement("ingest/select_batches"), parameters).fetchall()


def finish_batch(
    connection: Connection[Any],
    batch: dict[str, Any],
    status: str,
    *,
    error_code: str | None = None,
    warnings: list[dict[str, str]] | None = None,
    seconds: float = 0,
) -> None:
    """End a batch that loads nothing: `duplicate`, `dry_run` or `failed`."""
    connection.execute(
        statement("ingest/finish_batch"),
        {
            "batch_id": batch["batch_id"],
            "status": status,
            "error_code": error_code,
            "warnings": Jsonb(warnings or []),
            "seconds": seconds,
        },
    )


def warn_of_outdated_shares(connection: Connection[Any], dag_id: str, run_id: str) -> int:
    """Warn, with the run's batches, of corrected expenses whose shares on grants do not sum to them any more.

    :returns: how many expenses these are; 0 when they were told before
    """
    found = connection.execute(statement("ingest/warn_of_outdated_shares"), {"dag_id": dag_id, "run_id": run_id})
    return sum(rows for (rows,) in found)


def home_of(connection: Connection[Any], batch: dict[str, Any]) -> dict[str, Any] | None:
    """The delivery that brought these very bytes home before, under this profile version; None when none did."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statement("ingest/find_in_ledger"), batch).fetchone()


def finish_duplicate(connection: Connection[Any], batch: dict[str, Any], seconds: float = 0) -> None:
    """End a batch whose bytes are home already; a period that this leaves without data is named as missing."""
    home = home_of(connection, batch)
    warnings = []
    if home is not None and (home["delivered_from"], home["delivered_to"]) != (
        batch["delivered_from"],
        batch["delivered_to"],
    ):
        warnings.append(
            {
                "code": "period_missing",
                "period_from": batch["delivered_from"].isoformat(),
                "period_to": batch["delivered_to"].isoformat(),
                "same_as": home["name"],
            }
        )
    finish_batch(connection, batch, "duplicate", error_code="duplicate_file", warnings=warnings, seconds=seconds)


def table_columns(connection: Connection[Any], table: str) -> dict[str, str]:
    """Columns of core.<table> and their types as COPY wants them (an enum travels as text)."""
    return dict(connection.execute(statement("ingest/select_columns"), {"table": f"core.{table}"}).fetchall())


def layout_for(source: str, file_name: str) -> Layout:
    """The layout of a file; that of mended rejects is their original's, in plain CSV.

    :raises BadConfiguration: no layout of the profile fits the name (`unknown_layout`)
    """
    mended = mended_name(file_name)
    layout = load_profile(source).layout_of(mended.original if mended else file_name)
    if layout is None:
        globs = ", ".join(layout.files for layout in load_profile(source).reads)
        raise BadConfiguration(
            f"No layout of include/sources/{source}.yaml fits the file name {file_name} (it knows {globs}): "
            "rename the file, or add a layout",
            code="unknown_layout",
        )
    return mended_layout(layout, mended.dataset) if mended else layout


def mapping_for(source: str, file_name: str, dataset_name: str) -> DatasetMapping:
    """The mapping of a file for a dataset.

    :raises BadConfiguration: the profile no longer maps this file to that dataset
    """
    for mapping in layout_for(source, file_name).datasets:
        if mapping.dataset == dataset_name:
            return mapping
    raise BadConfiguration(f"{source}: {file_name} is not mapped to {dataset_name} any more", code="unknown_layout")


def check_reject_limit(rejected: int, read: int, limit: float) -> None:
    """:raises TooManyRejects: more than the share `limit` of the rows read was rejected"""
    if read and rejected / read > limit:
        raise TooManyRejects(
            f"{rejected} of {read} rows were rejected, the profile allows {limit:.1%}: nothing was loaded. "
            "See the rejects for the reasons; mend the file or the profile, and deliver it again"
        )


def validate_batch(
    connection: Connection[Any],
    batch: dict[str, Any],
    original: BinaryIO,
    spool: IO[bytes],
    spool_uri: str,
    organisation: Organisation,
    progress: Callable[[Tally], None] = lambda tally: None,
    open_archive: Callable[[str], BinaryIO] = open_local,
    preview: Preview | None = None,
) -> Tally:
    """Validate one batch: accepted rows to the spool, rejects and counts to the books.

    The caller commits; a batch validated again replaces what was noted of it before.

    :param batch: a row of include/sql/ingest/select_batches.sql
    :param original: the archived file, seekable
    :param spool: where the accepted rows go, in binary COPY format
    :param open_archive: opens an archived file by its address: mended rows are counted beside those of their original
    :param preview: sees the accepted rows, from the first on
    :raises BadFile: the file as a whole cannot be read
    :raises BadConfiguration: the profile does not fit
    """
    start = time.monotonic()
    spec = dataset(batch["dataset"])
    mapping = mapping_for(batch["source"], batch["name"], batch["dataset"])
    connection.execute(statement("ingest/take_time"))
    connection.execute(statement("ingest/forget_validation"), batch)
    readers = 1 if mapping.looks_back else readers_for(original)
    parts: dict[int, set[int]] = {}
    if mended_name(batch["name"]):
        readers = 1  # what its own references are taken out of lies here alone
        mended = without_references(original)
        zone = organisation.zone
        alike = Counter[str]() if mapping.key else _alike_in_original(connection, batch, mended, zone, open_archive)
        note_references(connection, batch, mended, mapping, alike)
        if not mapping.key and (mapping.unpivot or mapping.spread):
            parts = _parts_to_take(connection, batch, mended, zone, open_archive)
        original = mended.plain
    rejects = _RejectWriter(connection, batch)
    types = spool_types(spec, table_columns(connection, spec.name))
    validate = partial(
        validate_file,
        layout=layout_for(batch["source"], batch["name"]),
        mapping=mapping,
        dataset=spec,
        context={"today": organisation.today(), "earliest": organisation.earliest_date},
        zone=organisation.zone,
        delivery=(batch["delivered_from"], batch["delivered_to"]),
        parts=parts,
    )

    def of_helper(file: IO[bytes]) -> Work:
        def work(share: Share, reject: Callable[[Reject], None], told: Callable[[Tally], None]) -> Tally:
            with open_archive(batch["archive_uri"]) as raw, SpoolWriter(connection, file, types) as writer:
                return validate(raw, accept=writer.write_row, reject=reject, progress=told, share=share)

        return work

    with SpoolWriter(connection, spool, types) as writer:
        accept = preview.before(writer.write_row) if preview else writer.write_row
        tally = validate_together(
            readers,
            lambda share, reject, told: validate(original, accept=accept, reject=reject, progress=told, share=share),
            of_helper,
            append=writer.append,
            reject=rejects.add,
            progress=progress,
            foreign=[connection.fileno()],
        )
    rejects.flush()
    _note_validated(connection, batch, tally, spool_uri, writer.sha256, time.monotonic() - start)
    return tally


def select_commonest_rejects(connection: Connection[Any], batch: Mapping[str, Any]) -> list[tuple[str, str, str, int]]:
    """What a batch's rows were rejected for, the commonest first: field, code, the cell's shape, and how many rows."""
    return connection.execute(statement("ingest/select_commonest_rejects"), batch).fetchall()


def _alike_in_original(
    connection: Connection[Any],
    batch: dict[str, Any],
    mended: Mended,
    zone: ZoneInfo,
    open_archive: Callable[[str], BinaryIO],
) -> Counter[str]:
    """How many accepted rows of the original are like the mended ones; those that it rejected do not count."""
    origin = find_origin(connection, batch["source"], batch["name"])
    while origin and mended_name(origin["name"]):
        origin = find_origin(connection, origin["source"], origin["name"])
    if origin is None:
        return Counter()
    rejected = connection.execute(statement("replay/select_rejected_rows"), origin).fetchall()
    with open_archive(origin["archive_uri"]) as raw:
        table = open_original(origin["source"], origin["name"], origin["dataset"], raw)
        mapper = _mapper_of(origin, table, zone)
        return count_alike(
            table.records, dict(rejected), set(mended.hashes.values()), lambda cells: len(mapper.places(cells))
        )


def _parts_to_take(
    connection: Connection[Any],
    batch: dict[str, Any],
    mended: Mended,
    zone: ZoneInfo,
    open_archive: Callable[[str], BinaryIO],
) -> dict[int, set[int]]:
    """Which rows of each mended record had been rejected: without a key, the others would come home once more."""
    numbers = {reject: number for number, rejects in mended.references.items() for reject in rejects}
    with connection.cursor(row_factory=dict_row) as cursor:
        rejects = cursor.execute(statement("replay/select_mended_rejects"), {**batch, "rejects": list(numbers)})
        by_origin = [list(group) for _, group in groupby(rejects, key=itemgetter("batch_id"))]
    now = _places(batch, set(mended.references), zone, open_archive)
    parts: dict[int, set[int]] = {}
    for origin in by_origin:
        before = _places(origin[0], {reject["row_number"] for reject in origin}, zone, open_archive)
        for reject in origin:
            number, part = numbers[reject["reject_id"]], reject["part"]
            places = before.get(reject["row_number"], [])
            if part is not None and part <= len(places):
                parts.setdefault(number, set()).update(parts_to_take(places, now[number], part))
    return parts


def _places(
    batch: Mapping[str, Any], numbers: set[int], zone: ZoneInfo, open_archive: Callable[[str], BinaryIO]
) -> dict[int, list[tuple[int, int]]]:
    """The places of the rows that these records of an archived file give (`RowMapper.places`)."""
    with open_archive(batch["archive_uri"]) as raw:
        table = open_original(batch["source"], batch["name"], batch["dataset"], raw)
        mapper = _mapper_of(batch, table, zone)
        return {number: mapper.places(cells) for number, cells in table.records if number in numbers}


def _mapper_of(batch: Mapping[str, Any], table: Table, zone: ZoneInfo) -> RowMapper:
    return compile_mapping(
        dataset(batch["dataset"]),
        layout_for(batch["source"], batch["name"]),
        mapping_for(batch["source"], batch["name"], batch["dataset"]),
        table,
        zone,
        (batch["delivered_from"], batch["delivered_to"]),
    )


def open_original(source: str, file_name: str, dataset_name: str, raw: BinaryIO) -> Table:
    """An archived file as its profile reads it; a mended one without its references.

    :raises BadFile: it cannot be read any more
    :raises BadConfiguration: the profile no longer knows it
    """
    mapping = mapping_for(source, file_name, dataset_name)
    plain = without_references(raw).plain if mended_name(file_name) else raw
    wanted, needed = column_names(mapping, dataset(dataset_name).contract.model_fields)
    return open_table(plain, layout_for(source, file_name).format, wanted, needed)


def _note_validated(
    connection: Connection[Any],
    batch: dict[str, Any],
    tally: Tally,
    spool_uri: str,
    sha256: str,
    seconds: float,
) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            statement("ingest/record_sums"),
            [
                {
                    "batch_id": batch["batch_id"],
                    "currency": currency,
                    "read": sums.read,
                    "accepted": sums.accepted,
                    "rejected": sums.rejected,
                }
                for currency, sums in tally.sums.items()
            ],
        )
        cursor.executemany(
            statement("ingest/record_unmapped"),
            [
                {"batch_id": batch["batch_id"], "field": name, "word": shown_word(name, word), "rows": rows}
                for (name, word), rows in tally.unmapped.most_common(UNMAPPED_KEPT)
            ],
        )
    connection.execute(
        statement("ingest/record_validated"),
        {
            "batch_id": batch["batch_id"],
            "profile_version": load_profile(batch["source"]).version,
            "rows_read": tally.rows_read,
            "rows_skipped": tally.rows_skipped,
            "rows_accepted": tally.rows_accepted,
            "rows_rejected": tally.rows_rejected,
            "warnings": Jsonb(tally.warnings),
            "spool_uri": spool_uri,
            "spool_sha256": sha256,
            "seconds": round(seconds, 3),
        },
    )


def shown_word(field: str, word: str) -> str:
    """A word that a value map does not know, as it may be read outside core."""
    return word[:UNMAPPED_LENGTH] if field in UNMAPPED_SHOWN else shape(word)


class _RejectWriter:
    """Writes rejects down in groups, so that a file full of them does not fill the memory."""

    def __init__(self, connection: Connection[Any], batch: dict[str, Any]) -> None:
        self._connection = connection
        self._batch = batch
        self._held: list[Reject] = []

    def add(self, reject: Reject) -> None:
        self._held.append(reject)
        if len(self._held) >= REJECTS_HELD:
            self.flush()

    def flush(self) -> None:
        with self._connection.cursor() as cursor, cursor.copy(statement("ingest/copy_rejects")) as copy:
            for reject in self._held:
                copy.write_row(
                    (
                        self._batch["batch_id"],
                        self._batch["source"],
                        self._batch["dataset"],
                        self._batch["name"],
                        reject.row_number,
                        reject.field,
                        reject.code,
                        reject.sample,
                        reject.part,
                    )
                )
        self._held.clear()

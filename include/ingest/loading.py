"""One batch into core, in one transaction: lock, stage, resolve, merge, and books that add up."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import IO, Any

from psycopg import Connection, sql
from psycopg.types.json import Jsonb

from include.errors import AccountingMismatch, BadConfiguration, BadData, GaussError
from include.ingest.batches import check_reject_limit, home_of, mapping_for, table_columns
from include.ingest.datasets import Dataset, dataset
from include.ingest.mended import mended_name
from include.ingest.spool import read_spool
from include.sql import statement

TECHNICAL = {
    "id",
    "source",
    "source_key",
    "source_version",
    "batch_id",
    "source_row",
    "created_at",
    "updated_at",
    "deleted_at",
}


@dataclass(frozen=True)
class Loaded:
    """What a load did: counts of rows; `status` is loaded or duplicate."""

    status: str
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    superseded: int = 0
    rejected: int = 0
    deleted: int = 0


def load_batch(
    connection: Connection[Any],
    batch: dict[str, Any],
    open_spool: Callable[[str], IO[bytes]],
    *,
    timezone: str,
    reprocess: bool = False,
) -> Loaded:
    """Bring one validated batch home. The caller's transaction is committed by the caller; all or nothing.

    :param batch: a row of include/sql/ingest/select_batches.sql with status `validated`
    :param open_spool: opens a spool by its address
    :param timezone: IANA name of the organisation's zone, for the month of a reading
    :param reprocess: load although the same bytes are home already
    :raises AccountingMismatch: counts or sums do not add up, or the spool is not what validation wrote
    :raises TooManyRejects: with the unknown references, the batch is over its profile's reject limit
    :raises BadData: `snapshot_too_small`, a snapshot would delete more rows than its profile allows
    """
    load = _Load(connection, batch, dataset(batch["dataset"]), timezone)
    connection.execute(statement("ingest/lock_loads"))
    if not reprocess and home_of(connection, batch) is not None:
        return Loaded("duplicate")
    load.stage(open_spool)
    load.resolve()
    outcome = load.merge()
    load.keep_books(outcome)
    return outcome


@dataclass(frozen=True)
class Rehearsed:
    """What a load would do: the outcome, why rows would be refused (by code), or the error that would refuse it."""

    batch: dict[str, Any]
    outcome: Loaded | None = None
    refused: dict[str, int] = field(default_factory=dict)
    error: GaussError | None = None


def rehearse_loads(
    connection: Connection[Any],
    batches: Iterable[dict[str, Any]],
    open_spool: Callable[[str], IO[bytes]],
    *,
    timezone: str,
    reprocess: bool = False,
) -> list[Rehearsed]:
    """Load batches for real, each on top of those before it, and take it all back: nothing is written.

    :param batches: in reference order, as they would be loaded; other arguments as `load_batch` has them
    """
    told = []
    with connection.transaction(force_rollback=True):
        for batch in batches:
            try:
                with connection.transaction():
                    outcome = load_batch(connection, batch, open_spool, timezone=timezone, reprocess=reprocess)
                    counts = connection.execute(statement("ingest/count_refused")) if outcome.status == "loaded" else ()
                    told.append(Rehearsed(batch, outcome, dict(counts)))
            except (BadData, BadConfiguration) as error:
                told.append(Rehearsed(batch, error=error))
            connection.execute(statement("ingest/discard_stage"))
    return told


class _Load:
    """One load's statements, in order; every one of them runs in the caller's transaction."""

    def __init__(self, connection: Connection[Any], batch: dict[str, Any], spec: Dataset, timezone: str) -> None:
        self._connection = connection
        self._batch = batch
        self._spec = spec
        self._mapping = mapping_for(batch["source"], batch["name"], batch["dataset"])
        self._parameters = {**batch, "timezone": timezone}
        self._types = table_columns(connection, spec.name)
        fields = list(spec.contract.model_fields)
        self._own = [name for name in fields if name in self._types and name not in TECHNICAL]
        self._table = sql.Identifier(spec.name)
        self._columns = self._core_columns()

    def _run(self, name: str, **identifiers: sql.Composable) -> int:
        return self._connection.execute(statement(f"ingest/{name}", **identifiers), self._parameters).rowcount

    def stage(self, open_spool: Callable[[str], IO[bytes]]) -> None:
        """COPY the spool into a temporary table and hold it against what validation counted."""
        fields = sql.SQL(", ").join(
            sql.SQL("t.{0}").format(sql.Identifier(name))
            if name in self._own
            else sql.SQL("null::text as {0}").format(sql.Identifier(name))
            for name in self._spec.contract.model_fields
        )
        self._run("create_stage", table=self._table, fields=fields)
        cursor = self._connection.cursor()
        with (
            open_spool(self._batch["spool_uri"]) as spool,
            cursor.copy(statement("ingest/copy_stage")) as copy,
        ):
            for chunk in read_spool(spool, self._batch["spool_sha256"]):
                copy.write(chunk)
        self._check_stage()
        self._connection.execute(statement("ingest/create_left_out"))
        is_mended = mended_name(self._batch["name"]) is not None
        if self._mapping.key:
            self._run("drop_superseded")
        elif not is_mended:
            self._run("number_occurrences")
        if is_mended:
            self._connection.execute(statement("replay/leave_out_mended"), self._parameters)
        if is_mended and not self._mapping.key:
            self._connection.execute(statement("replay/number_mended", table=self._table), self._parameters)

    def _check_stage(self) -> None:
        (n_rows,) = self._connection.execute(statement("ingest/count_stage")).fetchone() or (0,)
        if n_rows != self._batch["rows_accepted"]:
            raise AccountingMismatch(
                f"{n_rows} rows arrived in staging, validation accepted {self._batch['rows_accepted']}; "
                "nothing was loaded"
            )
        if self._spec.is_money:
            staged = dict(self._connection.execute(statement("ingest/sum_stage")).fetchall())
            accepted = dict(self._connection.execute(statement("ingest/select_accepted"), self._parameters).fetchall())
            if staged != {currency: amount for currency, amount in accepted.items() if currency in staged or amount}:
                raise AccountingMismatch("The staged sums are not those that validation accepted; nothing was loaded")

    def resolve(self) -> None:
        """Find the rows that references name; create the ones that the profile lets be created; refuse the rest."""
        creates = {reference.field: reference.target for reference in self._spec.references}
        for reference in self._spec.references:
            if reference.target == self._spec.name:
                self._run("note_arriving", table=self._table, key=sql.Identifier(self._spec.key[0]))
            names = {
                "field": sql.Identifier(reference.field),
                "scope": sql.SQL("s.{0}").format(sql.Identifier(reference.scope))
                if reference.scope
                else sql.SQL("null"),
            }
            lookup = sql.Identifier(f"ref_{reference.field}")
            self._run("collect_wanted", **names)
            if reference.field in self._mapping.creates:
                self._run(f"creates/{creates[reference.field]}")
            self._connection.execute(
                statement("ingest/create_lookup", lookup=lookup, query=statement(f"ingest/lookups/{reference.target}")),
                self._parameters,
            )
            has_unknown = self._connection.execute(statement("ingest/find_unknown", lookup=lookup)).rowcount
            self._run("drop_wanted")
            if has_unknown:
                self._connection.execute(
                    statement("ingest/refuse_unknown", lookup=lookup, **names), {"field": reference.field}
                )
        self._refuse_orphans()

    def _refuse_orphans(self) -> None:
        """Refuse whoever refers to a row of this batch that was refused."""
        for reference in self._spec.references:
            if reference.target == self._spec.name:
                orphans = statement(
                    "ingest/refuse_orphans",
                    lookup=sql.Identifier(f"ref_{reference.field}"),
                    table=self._table,
                    key=sql.Identifier(self._spec.key[0]),
                    field=sql.Identifier(reference.field),
                )
                while self._connection.execute(orphans, self._parameters | {"field": reference.field}).rowcount:
                    continue

    def _core_columns(self) -> dict[str, sql.Composable]:
        """Column of core → what the stage gives it."""
        columns: dict[str, sql.Composable] = {name: sql.SQL("s.{0}").format(sql.Identifier(name)) for name in self._own}
        for reference in self._spec.references:
            columns[reference.column] = sql.SQL("{0}.id").format(sql.Identifier(f"ref_{reference.field}"))
        if "is_unreviewed" in self._types:
            columns["is_unreviewed"] = sql.SQL("false")
        return columns

    def _create_incoming(self) -> None:
        identity: sql.Composable = sql.SQL("s.identity")
        if not self._mapping.key:
            identity = sql.SQL("(s.identity || '#' || coalesce(o.occurrence, 1))")
        joins = sql.SQL("\n").join(
            sql.SQL("left join {0} on s.{1} = {0}.value and coalesce({2}, '') = {0}.scope").format(
                sql.Identifier(f"ref_{reference.field}"),
                sql.Identifier(reference.field),
                sql.SQL("s.{0}").format(sql.Identifier(reference.scope)) if reference.scope else sql.SQL("null"),
            )
            for reference in self._spec.references
        )
        columns = sql.SQL(", ").join(
            sql.SQL("{0} as {1}").format(value, sql.Identifier(name)) for name, value in self._columns.items()
        )
        self._connection.execute(
            statement(
                "ingest/create_incoming",
                dataset=sql.Literal(self._spec.name),
                source=sql.Literal(self._batch["source"]),
                identity=identity,
                columns=columns,
                joins=joins,
            )
        )

    def _listed(self, alias: str) -> sql.Composable:
        return sql.SQL(", ").join(
            sql.SQL("{0}.{1}").format(sql.SQL(alias), sql.Identifier(name)) for name in self._columns
        )

    def _month(self, row: str) -> sql.Composable:
        if self._spec.month is None:
            return sql.SQL("null::date")
        return statement(f"ingest/months/{self._spec.month}", row=sql.SQL(row))

    def _money(self, name: str, type_: str) -> sql.Composable:
        return sql.SQL("i.{0}").format(sql.Identifier(name)) if self._spec.is_money else sql.SQL(f"null::{type_}")

    def merge(self) -> Loaded:
        """Classify every row, merge the set, and make sure that both counted the same."""
        self._create_incoming()
        identity = self._spec.key or ("source", "source_key")
        match = sql.SQL(" and ").join(sql.SQL("t.{0} = i.{0}").format(sql.Identifier(name)) for name in identity)
        is_history = self._leave_out_history(match)
        if self._spec.checks:
            self._run(f"checks/{self._spec.name}")
            self._refuse_orphans()
        names = {
            "table": self._table,
            "match": match,
            "current": self._listed("t"),
            "incoming": self._listed("i"),
        }
        currency, amount = self._money("currency", "text"), self._money("amount", "numeric")
        self._run(
            "classify_rows",
            currency=currency,
            amount=amount,
            month=self._month("i"),
            former_month=self._month("t"),
            **names,
        )
        merged = self._run(
            "merge_rows",
            columns=sql.SQL(", ").join(map(sql.Identifier, self._columns)),
            values=self._listed("i"),
            assignments=sql.SQL(", ").join(
                sql.SQL("{0} = i.{0}").format(sql.Identifier(name)) for name in self._columns
            ),
            **names,
        )
        if self._mapping.snapshot and not is_history:
            self._delete_missing(match)
        self._run("note_left_out", currency=currency, amount=amount)
        counts = dict(self._connection.execute(statement("ingest/count_outcome")).fetchall())
        expected = counts.get("inserted", 0) + counts.get("updated", 0)
        if merged != expected:
            raise AccountingMismatch(
                f"The merge wrote {merged} rows where {expected} were expected; nothing was loaded"
            )
        if counts.get("unchanged"):
            self._run("record_sightings", table=self._table, match=match)
        return Loaded("loaded", **counts)

    def _leave_out_history(self, match: sql.Composable) -> bool:
        """Leave out what newer deliveries have told otherwise; whether a newer snapshot makes all of it history."""
        self._run("create_seen_later")
        names = {"table": self._table, "match": match, "current": self._listed("t"), "incoming": self._listed("i")}
        if self._connection.execute(statement("ingest/find_newer_snapshot"), self._parameters).fetchone():
            self._run("leave_out_all", **names)
            return True
        self._run("leave_out_seen_later", **names)
        return False

    def _delete_missing(self, match: sql.Composable) -> None:
        """Delete what the snapshot no longer holds, unless it looks cut short.

        :raises BadData: `snapshot_too_small`
        """
        self._run("note_snapshot")
        count = statement("ingest/count_missing", table=self._table, match=match)
        n_rows, n_missing = self._connection.execute(count, self._parameters).fetchone() or (0, 0)
        if not n_missing:
            return
        if n_missing == n_rows or n_missing > n_rows * self._mapping.deletion_limit:
            raise BadData(
                f"The snapshot lacks {n_missing} of the source's {n_rows} rows, the profile lets it delete "
                f"{self._mapping.deletion_limit:.0%}, and never all: nothing was loaded. Ask the sender whether it is "
                "whole; if it is, raise deletion_limit in the profile and deliver it again",
                code="snapshot_too_small",
            )
        if self._batch["rows_rejected"] or self._run("find_rejected"):
            # A row in quarantine is no row that is gone, and it cannot always be told which one it is.
            warning = [{"code": "deletions_withheld", "rows": str(n_missing)}]
            self._connection.execute(
                statement("ingest/add_warning"), {"batch_id": self._batch["batch_id"], "warnings": Jsonb(warning)}
            )
            return
        self._run("delete_missing", table=self._table, match=match, former_month=self._month("t"))

    def keep_books(self, outcome: Loaded) -> None:
        """Rejects, sums, affected months, ledger and counts; the accounting identity is a constraint of ops.batches."""
        rejected = self._batch["rows_rejected"] + outcome.rejected
        check_reject_limit(rejected, self._batch["rows_read"], self._mapping.reject_limit)
        self._run("record_rejects")
        for name in ("inherit_mendings", "close_rejects"):
            self._connection.execute(statement(f"replay/{name}"), self._parameters)
        self._run("record_amounts")
        if self._connection.execute(statement("ingest/check_amounts"), self._parameters).fetchone():
            raise AccountingMismatch("The sums read and the sums loaded do not agree to the cent; nothing was loaded")
        self._run("record_affected_periods")
        self._run("record_ledger")
        self._connection.execute(statement("outbox/write_part"), self._parameters)
        self._connection.execute(
            statement("ingest/record_loaded"), {"batch_id": self._batch["batch_id"], **vars(outcome)}
        )
        self._connection.execute(statement("record/log_batch"), self._parameters)

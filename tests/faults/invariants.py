"""What must hold after every fault: no row lost, none doubled, every row and cent accounted for, one line per run."""

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

Query = Callable[..., list[dict[str, Any]]]

LEAKS = (
    "select coalesce(string_agg(sample, ' '), '') as text from ops.rejects",
    "select coalesce(string_agg(warnings::text, ' '), '') as text from ops.batches",
    "select coalesce(string_agg(message::text || coalesce(last_error, ''), ' '), '') as text from ops.outbox",
)


def check(
    query: Query,
    *,
    truth: Mapping[str, Decimal] | None = None,
    source: str = "ledger",
    runs: Iterable[str] = (),
    output: Path | None = None,
    secrets: Iterable[str] = (),
    texts: Iterable[str] = (),
) -> None:
    """Hold the books and the rows against each other.

    :param query: rows of a statement, as the superuser sees them
    :param truth: amount by key of the source's living expenses, from an oracle of the test's own
    :param runs: ids of the DAG runs that ended; each has one line in the run log
    :param output: folder of the CSV logs
    :param secrets: values of rows that no log, message or book may show
    :param texts: the logs of the runs
    """
    _no_row_is_lost_or_doubled(query, truth, source)
    _every_row_and_cent_is_accounted_for(query)
    _every_run_has_one_line(query, list(runs), output)
    _no_value_is_told(query, list(secrets), texts, output)
    _no_message_is_doubled_or_dead(query)


def _no_row_is_lost_or_doubled(query: Query, truth: Mapping[str, Decimal] | None, source: str) -> None:
    doubled = query("select source, source_key from core.expenses group by source, source_key having count(*) > 1")
    assert doubled == []
    if truth is not None:
        rows = query("select source_key, amount from core.expenses where source = %s and deleted_at is null", [source])
        assert {row["source_key"]: row["amount"] for row in rows} == dict(truth)


def _every_row_and_cent_is_accounted_for(query: Query) -> None:
    for batch in query("select * from ops.batches where status = 'loaded'"):
        ends = ("rows_loaded", "rows_unchanged", "rows_superseded", "rows_rejected")
        assert batch["rows_read"] == sum(batch[end] for end in ends), batch["batch_id"]
        (rejects,) = query("select count(*) as n from ops.rejects where batch_id = %s", [batch["batch_id"]])
        assert rejects["n"] == batch["rows_rejected"], "a rejected row is not kept"
    assert (
        query(
            "select batch_id from ops.batch_amounts inner join ops.batches using (batch_id) where status = 'loaded' "
            "and amount_read <> amount_loaded + amount_unchanged + amount_superseded + amount_rejected"
        )
        == []
    )
    assert (
        query(
            "select source, dataset, sha256 from ops.batches inner join ops.files using (file_id, source) "
            "where status = 'loaded' group by source, dataset, sha256, profile_version having sum(rows_inserted) > "
            "max(rows_read)"
        )
        == []
    ), "the same bytes were inserted twice"


def _every_run_has_one_line(query: Query, runs: list[str], output: Path | None) -> None:
    told = Counter(row["run_id"] for row in query("select run_id from ops.run_log where batch_id is null"))
    for run in runs:
        assert told[run] == 1, f"{run} has {told[run]} lines in the run log"
    if output is None:
        return
    with (output / "ingestion_logs.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    keys = Counter((line["run_id"], line["batch_id"], line["currency"]) for line in lines)
    assert [key for key, n in keys.items() if n > 1] == []
    books = query("select batch_id::text, status from ops.batches where run_id = any(%s)", [runs])
    assert {(book["batch_id"], book["status"]) for book in books} <= {
        (line["batch_id"], line["status"]) for line in lines
    }, "a batch has no line in the CSV log"


def _no_value_is_told(query: Query, secrets: list[str], texts: Iterable[str], output: Path | None) -> None:
    told = [row["text"] for statement in LEAKS for row in query(statement)]
    told += list(texts)
    if output is not None:
        told += [path.read_text(errors="replace") for path in output.glob("*.csv")]
    for secret in secrets:
        assert not any(secret in text for text in told), f"{secret} was told"


def _no_message_is_doubled_or_dead(query: Query) -> None:
    assert query("select dedupe_key from ops.outbox where state = 'dead'") == []
    assert query("select slack_ts from ops.outbox where slack_ts is not null group by 1 having count(*) > 1") == []

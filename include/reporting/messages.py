"""Slack messages from plain data: short, the most important first, the next step named; never a value of a
row.

A message is a JSON-ready mapping with `text` (what a notification shows) and `blocks` (Block Kit). Whatever
comes from data is cleaned and escaped here, and Slack is told to take it verbatim, so that no name can
mention people.
"""

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

Message = dict[str, Any]

HEADER_LIMIT = 150
SECTION_LIMIT = 3000
BLOCK_LIMIT = 50
NAME_LIMIT = 120
LINES_SHOWN = 10

_INVISIBLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]+")
_MENTION = re.compile(r"@(?=\w)")
_WORD_JOINER = "\u2060"

_NEXT_STEP = {
    "too_many_rejects": "Look at the reasons in ops.rejects, mend the file or its profile, deliver it again.",
    "accounting_mismatch": "Nothing was loaded. Compare the log's counts with the file before another try.",
    "empty_file": "Ask the sender for the file again: the one that came has nothing in it.",
    "undecodable": "Ask for the file as UTF-8, or add its encoding to the source profile.",
    "missing_column": "The export lost a column: ask the sender, or add its new name to the source profile.",
    "duplicate_column": "The export names a column twice: ask the sender, or settle it in the profile.",
    "disk_full": "Make room on the disk the log names, then clear the failed task.",
    "file_unavailable": "See that the file is there and may be read, then clear the failed task.",
    "warehouse_unavailable": "See that PostgreSQL answers (`make status`), then clear the failed task.",
    "bad_configuration": "Mend the setting that the log names, then clear the failed task.",
    "bad_period": "Trigger again with parameters that make a period.",
    "metrics_failed": "Nothing was published. The log names the tests that failed: mend the data or the rule.",
    "metrics_broken": "Nothing was published. The log names the model that could not be built: mend it.",
    "period_not_ready": "Settle what the checklist names, or trigger again with `insist`.",
}
_REJECTS_STEP = (
    "read the rows in `ops.rejects`, have them mended where they come from, deliver the file again: "
    "what is home already counts once."
)
_ANY_STEP = "Open the log; once the cause is mended, clear the failed task: nothing will be doubled."


@dataclass(frozen=True)
class Run:
    """A DAG run as people know it. `ended_at` is aware; `zone` is the organisation's."""

    pipeline: str
    run_id: str
    url: str
    ended_at: dt.datetime
    zone: ZoneInfo
    seconds: float | Decimal | None = None


@dataclass(frozen=True)
class Batch:
    """One file and dataset of a run, as in `ops.batches`; `amounts` are the sums loaded per currency."""

    dataset: str
    source: str
    status: str
    rows_loaded: int = 0
    rows_unchanged: int = 0
    rows_superseded: int = 0
    rows_rejected: int = 0
    rows_deleted: int = 0
    amounts: Mapping[str, Decimal] = field(default_factory=dict)
    warnings: Sequence[Mapping[str, str]] = ()
    period_from: dt.date | None = None
    period_to: dt.date | None = None


@dataclass(frozen=True)
class Failure:
    """A failed run, or a failed ending of a run that is otherwise sound (`run_is_green`)."""

    run: Run
    task: str
    try_number: int | None
    log_url: str
    error_code: str
    owner: str
    run_is_green: bool = False


@dataclass(frozen=True)
class Restatement:
    """A closed month that changed; `spend_change` in `currency` is None where a rate is missing.

    `n_figures` are those of departments and categories, `n_grant_figures` those of the grants with the codes `grants`.
    """

    month: dt.date
    n_figures: int
    spend_change: Decimal | None
    currency: str
    n_grant_figures: int = 0
    grants: Sequence[str] = ()


def summarise_ingest(run: Run, batches: Sequence[Batch], rejects: Mapping[str, int]) -> Message:
    """The end message of an ingest: what needs a look, then rows and sums by dataset, then the link.

    :param batches: all batches of the run, in the order in which their datasets shall appear
    :param rejects: number of rejected rows by code
    """
    if not batches:
        headline = f"{run.pipeline}: nothing new was delivered"
    elif any(batch.status == "dry_run" for batch in batches):
        headline = f"{run.pipeline}: dry run, nothing was written"
    else:
        headline = f"{run.pipeline}: {_rows(sum(batch.rows_loaded for batch in batches))} loaded"
    return _tell_batches(run, headline, batches, rejects, [])


def summarise_backfill(
    run: Run, runs: int, failed: Mapping[str, int], batches: Sequence[Batch], rejects: Mapping[str, int]
) -> Message:
    """The one message about a backfill, however many runs it had.

    :param run: the run that ended last
    :param runs: how many runs there were, the failed ones included
    :param failed: number of failed runs by error code
    :param batches: all batches of all runs
    :param rejects: number of rejected rows by code
    """
    count = sum(failed.values())
    headline = f"{run.pipeline}: backfill of {runs:,} runs, {_rows(sum(batch.rows_loaded for batch in batches))} loaded"
    attention = []
    if count:
        headline += f", {count:,} failed"
        reasons = ", ".join(f"{number:,} × {_code(code)}" for code, number in sorted(failed.items()))
        attention.append(f"{count:,} of {runs:,} runs failed: {reasons}. Mend the cause and clear them.")
    return _tell_batches(run, headline, batches, rejects, attention)


def _tell_batches(
    run: Run, headline: str, batches: Sequence[Batch], rejects: Mapping[str, int], attention: list[str]
) -> Message:
    rejected = sum(batch.rows_rejected for batch in batches)
    warnings = [(batch.source, warning) for batch in batches for warning in batch.warnings]
    sign = "⚠️" if rejected or warnings or attention else "✅"
    if rejected:
        headline += f", {rejected:,} rejected"
        reasons = ", ".join(
            f"{count:,} × {_code(code)}"
            for code, count in sorted(rejects.items(), key=lambda item: (-item[1], item[0]))
        )
        attention.append(f"{_rows(rejected)} rejected" + (f": {reasons}" if reasons else ""))
    attention += _warning_lines(warnings)
    blocks = [_header(f"{sign} {headline}")]
    if attention:
        blocks.append(_section(["*Please look at*", *_bullets(attention)]))
    if rejected:
        blocks.append(_section([f"*Next:* {_REJECTS_STEP}"]))
    if batches:
        blocks.append(_section(_dataset_lines(batches)))
    blocks.append(_footer(run, _period(batches)))
    return _message([escape(f"{sign} {headline}"), *_currency_totals(batches)], blocks)


def summarise_run(run: Run, rows_written: int, period: tuple[dt.date | None, dt.date | None]) -> Message:
    """The end message of any other pipeline: how much it wrote, for which period, how long it took."""
    headline = f"✅ {run.pipeline}: {_rows(rows_written)} written"
    return _message([escape(headline)], [_header(headline), _footer(run, _span(*period))])


def tell_restatement(run: Run, months: Sequence[Restatement]) -> Message:
    """Closed months that a run changed: which, how many figures, by how much, which grants, and where both stand."""
    named = ", ".join(f"{restated.month:%Y-%m}" for restated in months[:LINES_SHOWN])
    headline = f"⚠️ Closed month{'s' if len(months) > 1 else ''} restated: {named}"
    if len(months) > LINES_SHOWN:
        headline += f" and {len(months) - LINES_SHOWN:,} more"
    lines = [f"{restated.month:%Y-%m}: {_change(restated)}" for restated in months]
    kept = {
        "`reporting.restatements`": any(restated.n_figures for restated in months),
        "`reporting.grant_restatements`": any(restated.n_grant_figures for restated in months),
    }
    views = ", ".join(view for view, is_used in kept.items() if is_used)
    step = f"compare both figures ({views}); close the month again when the new ones stand."
    blocks = [_header(headline), _section(_bullets(lines)), _section([f"*Next:* {step}"]), _footer(run, "")]
    return _message([escape(headline)], blocks)


def _change(restated: Restatement) -> str:
    parts = []
    if restated.n_figures:
        by = restated.spend_change
        change = "a rate is missing" if by is None else f"spend changed by {money(restated.currency, by)}"
        parts.append(f"{_figures(restated.n_figures)}, {change}")
    if restated.n_grant_figures:
        named = ", ".join(map(_name, restated.grants[:LINES_SHOWN]))
        more = len(restated.grants) - LINES_SHOWN
        grants = f"grant{'s' if len(restated.grants) > 1 else ''} {named}" + (f" and {more:,} more" if more > 0 else "")
        parts.append(f"{_figures(restated.n_grant_figures)} of {grants}")
    return "; ".join(parts)


def _figures(count: int) -> str:
    return "1 figure" if count == 1 else f"{count:,} figures"


def tell_failure(failure: Failure) -> Message:
    """The one notice of a failed run: what failed where, how to get to the log, whose turn it is, what to do.

    It knows the error's stable code only; an exception's text may carry values and has no way in.
    """
    run = failure.run
    if failure.run_is_green:
        headline = f"⚠️ {run.pipeline}: the closing task {failure.task} failed"
        step = f"The run's data is home. Open the log, mend the cause, clear the task {_name(failure.task)}."
    else:
        headline = f"❌ {run.pipeline} failed: {failure.error_code}"
        step = _NEXT_STEP.get(failure.error_code, _ANY_STEP)
    facts = {
        "Pipeline": _name(run.pipeline),
        "Task": _name(failure.task),
        "Error code": _code(failure.error_code),
        "Owner": _name(failure.owner),
        "Run": _name(run.run_id),
        "Try": "unknown" if failure.try_number is None else str(failure.try_number),
    }
    blocks = [
        _header(headline),
        _section([f"*Next:* {step}", _link(failure.log_url, "Open the log")]),
        {"type": "section", "fields": [_markdown(f"*{title}*\n{value}") for title, value in facts.items()]},
        _footer(run, ""),
    ]
    return _message([escape(headline), f"task {_name(failure.task)}"], blocks)


def escape(text: str) -> str:
    """Text from data as Slack must get it: one line, `& < >` as entities, nothing that mentions anybody."""
    plain = _INVISIBLE.sub(" ", text)
    plain = plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _MENTION.sub(f"@{_WORD_JOINER}", plain)


def money(currency: str, amount: Decimal) -> str:
    """An amount as people write it: `KES 4,512,330.00`."""
    return f"{escape(currency)} {amount:,.2f}"


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"


def _name(text: str) -> str:
    """A name from data, cut to a sensible length; asterisks and the like lose their meaning in it."""
    short = text if len(text) <= NAME_LIMIT else text[: NAME_LIMIT - 1] + "…"
    return re.sub(r"([*_~`])", rf"{_WORD_JOINER}\1{_WORD_JOINER}", escape(short))


def _code(text: str) -> str:
    return f"`{escape(text[:NAME_LIMIT]).replace('`', '')}`"


def _link(url: str, label: str) -> str:
    safe = url.replace("|", "%7C").replace(" ", "%20").replace("<", "%3C").replace(">", "%3E")
    return f"<{safe.replace('&', '&amp;')}|{escape(label)}>"


def _warning_lines(warnings: Iterable[tuple[str, Mapping[str, str]]]) -> list[str]:
    """One line per source, code and detail; the same warning of several files is counted, not repeated."""
    counted: Counter[tuple[str, str, str]] = Counter()
    for source, warning in warnings:
        detail = ", ".join(f"{name} {value}" for name, value in warning.items() if name != "code")
        counted[source, warning.get("code", "unknown"), detail] += 1
    return [
        f"{_name(source)}: {_code(code)}" + (f" ({_name(detail)})" if detail else "") + (f" × {n:,}" if n > 1 else "")
        for (source, code, detail), n in counted.items()
    ]


def _bullets(lines: Sequence[str]) -> list[str]:
    more = len(lines) - LINES_SHOWN
    return [f"• {line}" for line in lines[:LINES_SHOWN]] + ([f"• … and {more:,} more"] if more > 0 else [])


def _dataset_lines(batches: Sequence[Batch]) -> list[str]:
    by_dataset: dict[str, list[Batch]] = {}
    for batch in batches:
        by_dataset.setdefault(batch.dataset, []).append(batch)
    return [f"*{_name(dataset)}* · {_dataset_line(group)}" for dataset, group in by_dataset.items()]


def _dataset_line(batches: Sequence[Batch]) -> str:
    counts = {
        "loaded": sum(batch.rows_loaded for batch in batches),
        "unchanged": sum(batch.rows_unchanged for batch in batches),
        "superseded": sum(batch.rows_superseded for batch in batches),
        "rejected": sum(batch.rows_rejected for batch in batches),
        "deleted": sum(batch.rows_deleted for batch in batches),
    }
    rows = ", ".join(f"{count:,} {word}" for word, count in counts.items() if count or word == "loaded")
    statuses = Counter(batch.status for batch in batches)
    files = ", ".join(f"{count:,} {_name(status)}" for status, count in sorted(statuses.items()))
    return " · ".join([f"{rows} (files: {files})", *_currency_totals(batches)])


def _currency_totals(batches: Iterable[Batch]) -> list[str]:
    totals: dict[str, Decimal] = {}
    for batch in batches:
        for currency, amount in batch.amounts.items():
            totals[currency] = totals.get(currency, Decimal(0)) + amount
    return [money(currency, amount) for currency, amount in sorted(totals.items()) if amount]


def _period(batches: Iterable[Batch]) -> str:
    days = [day for batch in batches for day in (batch.period_from, batch.period_to) if day]
    return _span(min(days), max(days)) if days else ""


def _span(first: dt.date | None, last: dt.date | None) -> str:
    days = [f"{day.day} {day:%b %Y}" for day in (first, last) if day]
    return days[0] if len(set(days)) == 1 else " – ".join(days)


def _header(text: str) -> Message:
    return {
        "type": "header",
        "text": {"type": "plain_text", "text": _fit([escape(text)], HEADER_LIMIT), "emoji": True},
    }


def _section(lines: Sequence[str]) -> Message:
    return {"type": "section", "text": _markdown(_fit(lines, SECTION_LIMIT))}


def _footer(run: Run, period: str) -> Message:
    moment = f"{run.ended_at.astimezone(run.zone):%d %b %Y %H:%M %Z}"
    took = "" if run.seconds is None else f"{run.seconds:,.1f} s"
    parts = [_link(run.url, "Open the run"), _name(run.run_id), period and f"data of {period}", moment, took]
    return {
        "type": "context",
        "elements": [_markdown(_fit([" · ".join(filter(None, parts))], SECTION_LIMIT))],
    }


def _markdown(text: str) -> Message:
    # Verbatim: Slack must not go looking for channel names, people and addresses in what data says.
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _fit(lines: Sequence[str], limit: int) -> str:
    """The lines joined, as many as fit; a single line too long is cut, never within an entity."""
    text = "\n".join(lines)
    if len(text) <= limit:
        return text
    kept: list[str] = []
    for line in lines:
        if sum(map(len, kept)) + len(kept) + len(line) + 2 > limit:
            break
        kept.append(line)
    if kept:
        return "\n".join([*kept, "…"])
    return re.sub(r"&[a-z]*$", "", lines[0][: limit - 1]) + "…"


def _message(text: Sequence[str], blocks: Sequence[Message]) -> Message:
    return {"text": _fit([" · ".join(text)], SECTION_LIMIT), "blocks": list(blocks[:BLOCK_LIMIT])}

"""Messages are short, escaped, in people's own time and money, and never too long for Slack."""

from __future__ import annotations

import datetime as dt
import json
import re
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.reporting.messages import (
    BLOCK_LIMIT,
    HEADER_LIMIT,
    SECTION_LIMIT,
    Batch,
    Failure,
    Message,
    Run,
    escape,
    money,
    summarise_ingest,
    summarise_run,
    tell_failure,
)

RUN = Run(
    pipeline="ingest_validate_load",
    run_id="scheduled__2026-11-22",
    url="http://localhost:8080/dags/ingest_validate_load/runs/scheduled__2026-11-22?a=1&b=2",
    ended_at=dt.datetime(2026, 11, 22, 21, 5, tzinfo=dt.UTC),
    zone=ZoneInfo("Africa/Nairobi"),
    seconds=12.34,
)
EXPENSES = Batch(
    dataset="expenses",
    source="sample",
    status="loaded",
    rows_loaded=1180,
    rows_unchanged=20,
    rows_rejected=3,
    amounts={"KES": Decimal("4512330.00"), "USD": Decimal("1200.5")},
    warnings=[{"code": "total_mismatch", "difference": "0.10"}],
    period_from=dt.date(2026, 11, 1),
    period_to=dt.date(2026, 11, 22),
)
FAILURE = Failure(RUN, "load", 2, "http://localhost:8080/log?try_number=2", "too_many_rejects", "finance")


def strings(message: Any) -> list[str]:
    """All texts that people see."""
    if isinstance(message, dict):
        own = [message["text"]] if isinstance(message.get("text"), str) else []
        return own + [text for value in message.values() if not isinstance(value, str) for text in strings(value)]
    return [text for value in message for text in strings(value)] if isinstance(message, list) else []


def check_limits(message: Message) -> None:
    assert len(message["text"]) <= SECTION_LIMIT
    assert 0 < len(message["blocks"]) <= BLOCK_LIMIT
    for block in message["blocks"]:
        match block["type"]:
            case "header":
                assert 0 < len(block["text"]["text"]) <= HEADER_LIMIT
            case "section":
                assert all(len(text) <= 2000 for text in strings(block.get("fields", [])))
                assert all(0 < len(text) <= SECTION_LIMIT for text in strings(block.get("text", [])))
            case "context":
                assert len(block["elements"]) <= 10
    json.dumps(message)


def test_what_needs_a_look_stands_before_what_went_well():
    message = summarise_ingest(RUN, [EXPENSES], {"unknown_reference": 2, "future_date": 1})
    header, attention, step, datasets, footer = (strings(block)[0] for block in message["blocks"])
    assert header == "⚠️ ingest_validate_load: 1,180 rows loaded, 3 rejected"
    assert "• 3 rows rejected: 2 × `unknown_reference`, 1 × `future_date`" in attention
    assert "`total_mismatch` (difference 0.10)" in attention
    assert step.startswith("*Next:*")
    assert datasets == (
        "*expenses* · 1,180 loaded, 20 unchanged, 3 rejected (files: 1 loaded) · KES 4,512,330.00 · USD 1,200.50"
    )
    assert "data of 1 Nov 2026 – 22 Nov 2026" in footer
    assert message["text"].endswith("3 rejected · KES 4,512,330.00 · USD 1,200.50")
    check_limits(message)


def test_times_are_the_organisations():
    footer = strings(summarise_ingest(RUN, [EXPENSES], {})["blocks"][-1])[0]
    assert "23 Nov 2026 00:05 EAT" in footer
    assert "12.3 s" in footer
    assert footer.startswith("<http://localhost:8080/dags/ingest_validate_load/runs/scheduled__2026-11-22?a=1&amp;b=2|")


def test_a_sound_run_says_so_in_three_blocks():
    clean = Batch("budgets", "sample", "loaded", rows_loaded=1)
    message = summarise_ingest(RUN, [clean], {})
    assert message["text"] == "✅ ingest_validate_load: 1 row loaded"
    assert [block["type"] for block in message["blocks"]] == ["header", "section", "context"]


def test_a_run_without_deliveries_and_a_dry_run_say_so():
    assert "nothing new was delivered" in summarise_ingest(RUN, [], {})["text"]
    dry = Batch("expenses", "sample", "dry_run", rows_rejected=1)
    assert "dry run, nothing was written, 1 rejected" in summarise_ingest(RUN, [dry], {"bad_date": 1})["text"]


def test_the_same_warning_of_many_files_is_one_line():
    batch = Batch("expenses", "leeds", "loaded", warnings=[{"code": "rounded", "rows": "2"}])
    text = "\n".join(strings(summarise_ingest(RUN, [batch] * 40, {})["blocks"]))
    assert "leeds: `rounded` (rows 2) × 40" in text
    assert text.count("rounded") == 1


def test_a_flood_of_warnings_is_cut_and_counted():
    batches = [Batch("expenses", f"source{n}", "loaded", warnings=[{"code": "no_rows"}]) for n in range(200)]
    message = summarise_ingest(RUN, batches, {})
    assert "… and 190 more" in "\n".join(strings(message["blocks"]))
    check_limits(message)


def test_another_pipelines_end_is_told_in_a_line():
    message = summarise_run(RUN, 1234, (dt.date(2026, 11, 1), dt.date(2026, 11, 1)))
    assert message["text"] == "✅ ingest_validate_load: 1,234 rows written"
    assert "data of 1 Nov 2026 ·" in strings(message["blocks"][-1])[0]


def test_a_failure_notice_says_what_where_whose_turn_and_what_to_do():
    message = tell_failure(FAILURE)
    text = "\n".join(strings(message["blocks"]))
    assert message["text"] == "❌ ingest_validate_load failed: too_many_rejects · task load"
    for fact in (
        "*Task*\nload",
        "*Try*\n2",
        "*Owner*\nfinance",
        "*Error code*\n`too_many_rejects`",
        "*Run*\n",
        "*Next:*",
    ):
        assert fact in text
    assert "<http://localhost:8080/log?try_number=2|Open the log>" in text
    assert "deliver it again" in text
    check_limits(message)


def test_an_unknown_code_still_names_a_next_step():
    text = "\n".join(strings(tell_failure(Failure(RUN, "load", None, "http://x", "task_failed", "finance"))["blocks"]))
    assert "clear the failed task" in text
    assert "*Try*\nunknown" in text


def test_a_red_ending_of_a_green_run_does_not_cry_wolf():
    message = tell_failure(Failure(RUN, "record", 1, "http://x", "disk_full", "finance", run_is_green=True))
    assert message["text"].startswith("⚠️ ingest_validate_load: the closing task record failed")
    assert "data is home" in "\n".join(strings(message["blocks"]))


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ("Smith & Sons <b>", "Smith &amp; Sons &lt;b&gt;"),
        ("<!channel> <@U123> <#C1>", "&lt;!channel&gt; &lt;@\u2060U123&gt; &lt;#C1&gt;"),
        ("@here @channel @everyone", "@\u2060here @\u2060channel @\u2060everyone"),
        ("a\nb\r\tc\x00d\u202ee\ud800", "a b c d e "),
        ("&lt;", "&amp;lt;"),
    ],
)
def test_data_is_escaped(data, told):
    assert escape(data) == told


def test_money_carries_thousands_and_its_currency():
    assert money("KES", Decimal("-1234567.5")) == "KES -1,234,567.50"


@given(st.text(max_size=400), st.text(max_size=400), st.integers(1, 60))
def test_no_name_from_data_can_mention_break_out_or_burst_a_message(name, code, count):
    run = Run(name or "p", name, f"http://x/{name}", RUN.ended_at, RUN.zone)
    batch = Batch(name, name, "loaded", rows_loaded=1, rows_rejected=1, warnings=[{"code": code, "detail": name}])
    for message in (
        summarise_ingest(run, [batch] * count, {code: count}),
        tell_failure(Failure(run, name or "t", 1, f"http://x/{name}", code, name)),
        tell_failure(Failure(run, name or "t", 1, f"http://x/{name}", code, name, run_is_green=True)),
    ):
        check_limits(message)
        for text in strings(message):
            # The only angle brackets are those of our own links; nothing mentions a person or a channel.
            assert re.sub(r"<http://[^<>|]*\|Open the (run|log)>", "", text).count("<") == 0
            assert not re.search(r"@\w", re.sub(r"<http[^>]*>", "", text))
            assert not re.search(r"&(?!amp;|lt;|gt;)", text)

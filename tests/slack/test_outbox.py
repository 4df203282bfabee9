"""The outbox against a real PostgreSQL and a Slack on this machine: every message once, whatever happens."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from airflow.sdk.configuration import conf
from slack_sdk import WebClient, WebhookClient

from include.reporting import outbox
from include.reporting.outbox import dispatch, queue
from plugins.hooks.slack import BotTransport, WebhookTransport
from plugins.notifiers.run_failure import PATIENCE
from tests.slack.server import TOKEN, WEBHOOK, FakeSlack

ROOT = Path(__file__).parents[2]
CHANNELS = {"ingest": "#gauss-pipelines", "alerts": "C00ALERTS"}
MESSAGE = {"text": "hello", "blocks": []}
SHORT_LEASE = timedelta(milliseconds=200)


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with FakeSlack() as server:
        yield server


@pytest.fixture
def connection(warehouse: Any) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(warehouse.dsn("svc_pipeline")) as connection:
        yield connection


@pytest.fixture(autouse=True)
def _short_delays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "FIRST_DELAY", 0.01)
    monkeypatch.setattr(outbox, "LONGEST_DELAY", 0.05)


def bot(slack: FakeSlack, timeout: int = 5) -> BotTransport:
    client = WebClient(TOKEN, base_url=f"{slack.url}/api/", retry_handlers=[], timeout=timeout)
    return BotTransport(client, CHANNELS)


def webhook(slack: FakeSlack) -> WebhookTransport:
    return WebhookTransport(WebhookClient(f"{slack.url}/services/{WEBHOOK}", retry_handlers=[], timeout=5))


def queue_many(connection: psycopg.Connection[Any], count: int) -> list[str]:
    keys = [f"alert:{number}" for number in range(count)]
    with connection.transaction():
        for key in keys:
            queue(connection, dedupe_key=key, topic="ingest", message={"text": key, "blocks": []})
    return keys


def rows(connection: psycopg.Connection[Any]) -> list[tuple[Any, ...]]:
    with connection.transaction():
        return connection.execute(
            "select dedupe_key, state, attempts, last_error, slack_ts from ops.outbox order by message_id"
        ).fetchall()


def dispatch_until_done(connection: psycopg.Connection[Any], transport: Any, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if dispatch(connection, transport, patience=5, lease=SHORT_LEASE).pending == 0:
            return
        time.sleep(0.05)
    pytest.fail(f"messages still wait after {seconds} s")


def test_a_message_rolled_back_with_its_data_was_never_queued(connection):
    with pytest.raises(RuntimeError), connection.transaction():
        queue(connection, dedupe_key="k", topic="ingest", message=MESSAGE)
        raise RuntimeError("the load failed")
    assert rows(connection) == []


def test_a_dedupe_key_is_queued_once(connection):
    with connection.transaction():
        assert queue(connection, dedupe_key="k", topic="ingest", message=MESSAGE)
        assert not queue(connection, dedupe_key="k", topic="ingest", message={"text": "again", "blocks": []})
    assert len(rows(connection)) == 1


def test_what_is_due_goes_out_in_order_and_once(connection, slack):
    keys = queue_many(connection, 20)
    delivery = dispatch(connection, bot(slack))
    assert (delivery.sent, delivery.pending) == (20, 0)
    assert dispatch(connection, bot(slack)).sent == 0
    assert slack.keys == keys
    assert {state for _, state, *_ in rows(connection)} == {"sent"}
    assert [ts for *_, ts in rows(connection)] == [message["ts"] for message in slack.messages]


def test_with_a_bot_token_every_message_arrives_once_whatever_slack_does(connection, slack):
    tricks = ["429", "500", "500 taken", "500 taken", "drop", "drop", "drop untaken", "garbage"]
    moods = itertools.cycle(itertools.chain.from_iterable(["ok", trick] for trick in tricks))
    slack.mood = lambda: next(moods)
    keys = queue_many(connection, 40)
    dispatch_until_done(connection, bot(slack))
    assert Counter(slack.keys) == Counter(keys)
    assert {state for _, state, *_ in rows(connection)} == {"sent"}


def test_with_a_webhook_no_message_is_lost(connection, slack):
    moods = itertools.cycle(["ok", "ok", "429", "ok", "500", "ok", "500 taken", "drop", "ok"])
    slack.mood = lambda: next(moods)
    keys = queue_many(connection, 30)
    dispatch_until_done(connection, webhook(slack))
    assert set(slack.texts) == set(keys)


def test_a_webhook_that_answers_gets_every_message_once(connection, slack):
    slack.moods.extend(["ok", "429", "500", "ok"])
    keys = queue_many(connection, 10)
    dispatch_until_done(connection, webhook(slack))
    assert Counter(slack.texts) == Counter(keys)


def test_two_dispatchers_at_once_send_each_message_once(connection, slack, warehouse):
    keys = queue_many(connection, 30)

    def work() -> None:
        with psycopg.connect(warehouse.dsn("svc_pipeline")) as own:
            dispatch(own, webhook(slack), patience=20)

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert Counter(slack.texts) == Counter(keys)


def test_a_dispatcher_that_hangs_keeps_its_message_from_the_others(connection, slack, warehouse):
    queue_many(connection, 2)
    slack.moods.append("slow")
    with psycopg.connect(warehouse.dsn("svc_pipeline")) as own:
        slow = threading.Thread(target=lambda: dispatch(own, webhook(slack), patience=5, lease=SHORT_LEASE))
        slow.start()
        # The lease is over long before the slow answer comes; the lock still says that somebody is at it.
        time.sleep(0.6)
        dispatch(connection, webhook(slack), patience=0.1)
        slow.join()
    assert Counter(slack.texts) == {"alert:0": 1, "alert:1": 1}


def test_a_dispatcher_killed_midway_neither_loses_nor_doubles(connection, slack, warehouse):
    moods = itertools.cycle(["ok", "drop", "ok", "ok"])
    slack.mood = lambda: (time.sleep(0.02), next(moods))[1]
    keys = queue_many(connection, 40)
    program = (
        "import os, psycopg, datetime as dt\n"
        "from slack_sdk import WebClient\n"
        "from include.reporting import outbox\n"
        "from plugins.hooks.slack import BotTransport\n"
        "outbox.FIRST_DELAY = 0.01\n"
        "client = WebClient(os.environ['T'], base_url=os.environ['U'], retry_handlers=[], timeout=5)\n"
        "transport = BotTransport(client, {'ingest': '#gauss-pipelines'})\n"
        "with psycopg.connect(os.environ['D']) as connection:\n"
        "    outbox.dispatch(connection, transport, patience=30, lease=dt.timedelta(milliseconds=200))\n"
    )
    surroundings = os.environ | {
        "T": TOKEN,
        "U": f"{slack.url}/api/",
        "D": warehouse.dsn("svc_pipeline"),
        "PYTHONPATH": str(ROOT),
    }
    for kill in range(3):
        with subprocess.Popen([sys.executable, "-c", program], env=surroundings) as process:
            while len(slack.messages) < 8 * (kill + 1) and process.poll() is None:
                time.sleep(0.005)
            process.send_signal(signal.SIGKILL)
    assert len(slack.messages) < len(keys)
    dispatch_until_done(connection, bot(slack))
    assert Counter(slack.keys) == Counter(keys)


def test_a_message_is_found_far_back_in_the_history_and_not_sent_again(connection, slack, monkeypatch):
    monkeypatch.setattr(outbox, "LONGEST_DELAY", 60)
    monkeypatch.setattr(outbox, "FIRST_DELAY", 60)
    queue_many(connection, 1)
    slack.moods.append("drop")
    assert dispatch(connection, bot(slack), patience=1).errors == {"no_answer": 1}
    others = [{"metadata": {"event_payload": {"dedupe_key": str(number)}}} for number in range(50)]
    slack.messages += [{**slack.messages[0], **other} for other in others]
    with connection.transaction():
        connection.execute("update ops.outbox set next_attempt_at = now()")
    delivery = dispatch(connection, bot(slack), patience=1)
    assert (delivery.found, delivery.sent) == (1, 0)
    assert slack.calls["chat.postMessage"] == 1
    assert slack.calls["conversations.history"] == 4


def test_a_bot_that_may_not_read_history_sends_again_rather_than_never(connection, slack):
    slack.scopes = {"chat:write"}
    slack.moods.append("drop")
    queue_many(connection, 1)
    dispatch_until_done(connection, bot(slack))
    assert slack.keys == ["alert:0", "alert:0"]


def test_retry_after_is_honoured_and_the_task_does_not_wait_for_it(connection, slack):
    slack.moods.append("429:120")
    queue_many(connection, 3)
    started = time.monotonic()
    delivery = dispatch(connection, bot(slack), patience=2)
    assert time.monotonic() - started < 2
    # The door is closed to all: the others were not even tried.
    assert (delivery.sent, delivery.pending, slack.calls["chat.postMessage"]) == (0, 3, 1)
    with connection.transaction():
        (wait,) = connection.execute(
            "select extract(epoch from max(next_attempt_at) - clock_timestamp()) from ops.outbox"
        ).fetchone()
    assert 115 < wait < 122


def test_a_short_retry_after_is_waited_for(connection, slack):
    slack.moods.append("429:1")
    queue_many(connection, 2)
    delivery = dispatch(connection, bot(slack), patience=10)
    assert (delivery.sent, delivery.pending) == (2, 0)
    first, second = slack.requested_at[:2]
    assert second - first >= 1


@pytest.mark.parametrize("error", ["invalid_auth", "channel_not_found", "is_archived", "msg_too_long"])
def test_a_refused_message_is_given_up_after_five_tries_and_stays_visible(connection, slack, error):
    slack.mood = lambda: error
    queue_many(connection, 1)
    delivery = dispatch(connection, bot(slack), patience=5)
    assert (delivery.dead, delivery.dead_in_all, delivery.pending) == (1, 1, 0)
    assert rows(connection) == [("alert:0", "dead", outbox.MAX_ATTEMPTS, error, None)]
    assert "given up" in str(delivery)
    slack.mood = lambda: "ok"
    assert outbox.revive(connection) == 1
    assert dispatch(connection, bot(slack)).sent == 1


def test_what_waits_for_its_next_try_is_sent_at_once_when_somebody_asks(connection, slack):
    slack.moods.append("429:120")
    queue_many(connection, 2)
    assert dispatch(connection, bot(slack), patience=1).pending == 2
    assert outbox.revive(connection) == 1
    assert dispatch(connection, bot(slack), patience=1).sent == 2


def test_a_failure_notice_waits_as_long_as_slack_usually_asks_and_is_not_killed_meanwhile():
    assert 30 < PATIENCE < conf.getint("dag_processor", "dag_file_processor_timeout")


def test_a_wrong_webhook_is_refused_by_name(connection, slack):
    queue_many(connection, 1)
    wrong = WebhookTransport(WebhookClient(f"{slack.url}/services/T/B/wrong", retry_handlers=[]))
    delivery = dispatch(connection, wrong, patience=0.001)
    assert delivery.errors == {"invalid_token": 1}


def test_slack_out_of_reach_for_long_gives_nothing_up(connection, slack):
    nowhere = WebhookTransport(WebhookClient("http://127.0.0.1:9/services/x", retry_handlers=[]))
    keys = queue_many(connection, 5)
    for _ in range(6):
        delivery = dispatch(connection, nowhere, patience=1)
        # Three silences in a row, and the dispatch leaves the rest for later.
        assert delivery.postponed <= outbox.SILENCES_BEFORE_GIVING_UP
        time.sleep(0.06)
    assert delivery.dead_in_all == 0
    assert {state for _, state, *_ in rows(connection)} == {"pending"}
    dispatch_until_done(connection, webhook(slack))
    assert Counter(slack.texts) == Counter(keys)


def test_a_topic_without_a_channel_is_refused_and_says_so(connection, slack):
    with connection.transaction():
        queue(connection, dedupe_key="k", topic="unheard_of", message=MESSAGE)
    assert dispatch(connection, bot(slack), patience=0.001).errors == {"no_channel_for_topic": 1}


def test_dispatch_refuses_a_connection_with_an_open_transaction(connection, slack):
    connection.execute("select 1")
    with pytest.raises(ValueError, match="without an open transaction"):
        dispatch(connection, bot(slack))

"""The connection `slack` in each of its kinds, and a warehouse that is away when a run fails."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from include.errors import BadConfiguration, WarehouseUnavailable
from include.reporting.outbox import Postponed, Refused, Sent
from plugins.hooks.slack import BotTransport, SlackHook, WebhookTransport
from plugins.notifiers.run_failure import RunFailureNotifier
from tests.slack.server import FakeSlack

MESSAGE = {"text": "hello", "blocks": [{"type": "divider"}]}


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with FakeSlack() as server:
        yield server


def test_without_a_connection_there_is_no_transport():
    assert SlackHook(conn_id="nowhere_to_be_found").transport is None


def test_a_webhook_connection_posts_to_the_webhook(slack, monkeypatch):
    monkeypatch.setenv("AIRFLOW_CONN_SLACK", slack.webhook_connection)
    transport = SlackHook().transport
    assert isinstance(transport, WebhookTransport)
    assert transport.send("ingest", "k", MESSAGE) == Sent()
    assert slack.messages[0]["blocks"] == MESSAGE["blocks"]


def test_a_bot_connection_posts_to_the_channel_of_the_topic_and_finds_it_again(slack, monkeypatch):
    monkeypatch.setenv("AIRFLOW_CONN_SLACK", slack.bot_connection)
    transport = SlackHook().transport
    assert isinstance(transport, BotTransport)
    sent = transport.send("ingest", "k", MESSAGE)
    assert slack.messages[0]["channel"] == "C0PIPELINES"
    assert transport.find("ingest", "k", dt.datetime.now(dt.UTC)) == sent
    assert transport.find("ingest", "other", dt.datetime.now(dt.UTC)) is None
    # Slack must not read names, links or mentions into what we send.
    assert (slack.messages[0]["parse"], slack.messages[0]["link_names"]) == ("none", False)


def test_a_connection_of_another_type_is_refused(monkeypatch):
    monkeypatch.setenv("AIRFLOW_CONN_SLACK", json.dumps({"conn_type": "http", "host": "127.0.0.1"}))
    with pytest.raises(BadConfiguration, match="slackwebhook"):
        _ = SlackHook().transport


def test_a_wrong_token_is_refused_by_its_code(slack, monkeypatch):
    wrong = json.loads(slack.bot_connection) | {"password": "xoxb-wrong"}
    monkeypatch.setenv("AIRFLOW_CONN_SLACK", json.dumps(wrong))
    assert SlackHook().transport.send("ingest", "k", MESSAGE) == Refused("invalid_auth")


def test_slack_that_is_not_there_took_nothing(monkeypatch):
    nowhere = {"conn_type": "slackwebhook", "host": "http://127.0.0.1:9/services", "password": "T/B/X"}
    monkeypatch.setenv("AIRFLOW_CONN_SLACK", json.dumps(nowhere))
    assert SlackHook().transport.send("ingest", "k", MESSAGE) == Postponed("unreachable")


@pytest.mark.parametrize("has_slack", [True, False])
def test_a_warehouse_that_is_away_does_not_silence_the_notice(slack, monkeypatch, has_slack):
    away = {"conn_type": "postgres", "host": "127.0.0.1", "port": 9, "schema": "gauss", "login": "x", "password": "y"}
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", json.dumps(away))
    if has_slack:
        monkeypatch.setenv("AIRFLOW_CONN_SLACK", slack.bot_connection)
    # What the dag-processor hands over when it knows of no task.
    context = {"dag": SimpleNamespace(dag_id="d", owner="finance", task_dict={}), "run_id": "r", "reason": "timed_out"}
    if has_slack:
        RunFailureNotifier(owner="finance")(context)
        assert slack.texts == ["❌ d failed: warehouse_unavailable · task unknown"]
        assert slack.keys == ["failure:d:r:1"]
    else:
        with pytest.raises(WarehouseUnavailable):
            RunFailureNotifier(owner="finance")(context)

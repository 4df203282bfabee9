"""The way to Slack: a webhook or a bot token of the connection `slack`, as the outbox wants to use it.

Both kinds answer with an outcome instead of raising, and neither lets slack_sdk repeat a request on its own:
after a dropped answer a repeated request would be a second message.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseHook
from airflow.sdk.exceptions import AirflowNotFoundException

from include.errors import BadConfiguration
from include.reporting.outbox import Outcome, Postponed, Refused, Sent, Transport, Unknown
from include.schemas.organisation import load_organisation

if TYPE_CHECKING:
    from slack_sdk import WebClient, WebhookClient
    from slack_sdk.errors import SlackApiError

TIMEOUT = 10
EVENT_TYPE = "gauss_message"
_CLOCK_SKEW = timedelta(minutes=5)
_CHANNEL_ID = re.compile(r"[CGD][A-Z0-9]{7,}")
_ERROR_CODE = re.compile(r"[a-z][a-z0-9_]{1,60}")
_TROUBLE_ON_THEIR_SIDE = {"internal_error", "fatal_error", "service_unavailable", "request_timeout"}


class SlackHook(BaseHook):
    """Finds out which kind of connection `slack` is, and hands out its transport.

    `slackwebhook`: one channel, chosen in Slack; no history, so a message is delivered at least once.
    `slack`: a bot token with chat:write; with channels:history and channels:read (groups:… for private
    channels) it can look before it sends again, so a message is delivered exactly once.
    """

    def __init__(self, *, conn_id: str = "slack", channels: Mapping[str, str] | None = None) -> None:
        """:param channels: channel (name or id) by topic; include/organisation.yaml says it unless given"""
        super().__init__()
        self.conn_id = conn_id
        self.channels = channels

    @cached_property
    def transport(self) -> Transport | None:
        """The connection's transport; None if there is no connection: messages then wait in the outbox.

        :raises BadConfiguration: the connection is of another type
        """
        try:
            connection = self.get_connection(self.conn_id)
        except AirflowNotFoundException:
            return None
        if connection.conn_type == "slackwebhook":
            from airflow.providers.slack.hooks.slack_webhook import SlackWebhookHook

            hook = SlackWebhookHook(slack_webhook_conn_id=self.conn_id, timeout=TIMEOUT, retry_handlers=[])
            return WebhookTransport(hook.client)
        if connection.conn_type == "slack":
            from airflow.providers.slack.hooks.slack import SlackHook as SlackApiHook

            api_hook = SlackApiHook(slack_conn_id=self.conn_id, timeout=TIMEOUT, retry_handlers=[])
            channels = load_organisation().slack.channels if self.channels is None else self.channels
            return BotTransport(api_hook.client, channels)
        raise BadConfiguration(
            f"connection {self.conn_id!r} has type {connection.conn_type!r}: it must be slackwebhook (an "
            "incoming webhook) or slack (a bot token)."
        )


class WebhookTransport:
    """Posts to an incoming webhook, whatever the topic: the webhook has its channel."""

    def __init__(self, client: WebhookClient) -> None:
        self.client = client

    def send(self, topic: str, dedupe_key: str, message: Mapping[str, Any]) -> Outcome:
        """Post the message."""
        try:
            answer = self.client.send_dict(dict(message))
        except Exception as error:  # urllib and http.client share no base class narrower than this
            return _classify_silence(error)
        if answer.status_code == 200:
            return Sent()
        if answer.status_code == 429:
            return Postponed("ratelimited", _retry_after(answer.headers))
        if answer.status_code >= 500:
            return Unknown(f"http_{answer.status_code}")
        return Refused(_known_code(answer.body) or f"http_{answer.status_code}")

    def find(self, topic: str, dedupe_key: str, since: datetime) -> None:
        """A webhook cannot look."""
        return


class BotTransport:
    """Posts with a bot token to the topic's channel, and finds its own messages again by their dedupe key."""

    def __init__(self, client: WebClient, channels: Mapping[str, str]) -> None:
        self.client = client
        self.channels = channels
        self.channel_ids: dict[str, str] = {}

    def send(self, topic: str, dedupe_key: str, message: Mapping[str, Any]) -> Outcome:
        """Post the message with its dedupe key as metadata, which people do not see."""
        from slack_sdk.errors import SlackApiError

        if topic not in self.channels:
            return Refused("no_channel_for_topic")
        try:
            answer = self.client.chat_postMessage(
                channel=self.channels[topic],
                text=message["text"],
                blocks=message.get("blocks"),
                metadata={"event_type": EVENT_TYPE, "event_payload": {"dedupe_key": dedupe_key}},
                parse="none",
                link_names=False,
                unfurl_links=False,
                unfurl_media=False,
            )
        except SlackApiError as error:
            return _classify_answer(error)
        except Exception as error:  # urllib and http.client share no base class narrower than this
            return _classify_silence(error)
        return Sent(answer.get("ts"))

    def find(self, topic: str, dedupe_key: str, since: datetime) -> Sent | Postponed | None:
        """Search the channel's history from `since` on; None also if the token may not read it."""
        from slack_sdk.errors import SlackApiError

        if topic not in self.channels:
            return None
        try:
            for message in self._history(self._channel_id(self.channels[topic]), since - _CLOCK_SKEW):
                metadata = message.get("metadata") or {}
                if (metadata.get("event_payload") or {}).get("dedupe_key") == dedupe_key:
                    return Sent(message.get("ts"))
        except SlackApiError as error:
            outcome = _classify_answer(error)
            # A token without the right scope would keep the message waiting for ever: better twice than
            # never.
            return None if isinstance(outcome, Refused) else _as_postponed(outcome)
        except LookupError:
            return None
        except Exception as error:  # urllib and http.client share no base class narrower than this
            return _as_postponed(_classify_silence(error))
        return None

    def _history(self, channel_id: str, oldest: datetime) -> Iterator[Mapping[str, Any]]:
        cursor = None
        while True:
            page = self.client.conversations_history(
                channel=channel_id,
                oldest=f"{oldest.timestamp():.6f}",
                include_all_metadata=True,
                limit=200,
                cursor=cursor,
            )
            yield from page.get("messages") or []
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return

    def _channel_id(self, channel: str) -> str:
        """The id that the history wants; a name is looked up once.

        :raises LookupError: the token sees no channel of this name
        """
        if _CHANNEL_ID.fullmatch(channel):
            return channel
        name = channel.removeprefix("#")
        cursor = None
        while name not in self.channel_ids:
            page = self.client.conversations_list(
                types="public_channel,private_channel", exclude_archived=True, limit=1000, cursor=cursor
            )
            self.channel_ids |= {known["name"]: known["id"] for known in page.get("channels") or []}
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                break
        return self.channel_ids[name]


def _classify_answer(error: SlackApiError) -> Outcome:
    """What an answer of the Web API that is no `ok` means for the message."""
    status = error.response.status_code
    code = _known_code(error.response.get("error"))
    if status == 429 or code == "ratelimited":
        return Postponed("ratelimited", _retry_after(error.response.headers))
    if status >= 500:
        return Unknown(f"http_{status}")
    if code is None:
        return Unknown("unreadable_answer")
    return Unknown(code) if code in _TROUBLE_ON_THEIR_SIDE else Refused(code)


def _classify_silence(error: Exception) -> Postponed | Unknown:
    """No answer: only a connection that never came about is sure to have carried nothing."""
    reason = getattr(error, "reason", error)
    if isinstance(reason, ConnectionRefusedError) or type(reason).__name__ == "gaierror":
        return Postponed("unreachable")
    return Unknown("no_answer")


def _as_postponed(outcome: Outcome) -> Postponed:
    return outcome if isinstance(outcome, Postponed) else Postponed(getattr(outcome, "code", "no_answer"))


def _retry_after(headers: Mapping[str, Any]) -> float:
    """Seconds that Slack asks to wait; a header that is missing or no number counts as half a minute."""
    value = {name.lower(): text for name, text in headers.items()}.get("retry-after")
    try:
        return max(1.0, float(value[0] if isinstance(value, list) else value or ""))
    except ValueError:
        return 30.0


def _known_code(text: Any) -> str | None:
    """Slack's own error code; anything longer or stranger is no code and does not reach a log."""
    stripped = text.strip() if isinstance(text, str) else ""
    return stripped if _ERROR_CODE.fullmatch(stripped) else None

"""A Slack of our own: an HTTP server on 127.0.0.1 that speaks the parts of Slack's protocol that the project
uses.

Incoming webhooks (POST /services/T/B/X) and the Web API (auth.test, chat.postMessage, conversations.list,
conversations.history). It keeps what it was sent in `messages`, and misbehaves on request.
"""

from __future__ import annotations

import json
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs

TOKEN = "xoxb-for-tests"
WEBHOOK = "T000/B000/secret"


class FakeSlack:
    """The server, its channels and its moods.

    A mood is what happens to the next posted message: `ok`, `429` (or `429:7` for Retry-After 7), `500` (not
    taken), `500 taken`, `drop` (taken, and the line goes dead), `drop untaken`, `garbage` (taken, the answer
    is cut off), `slow` (taken after a second), or any error code of Slack's. Moods that were lined up come
    first, then `mood`.
    """

    def __init__(self, mood: Callable[[], str] = lambda: "ok") -> None:
        self.mood = mood
        self.moods: deque[str] = deque()
        self.messages: list[dict[str, Any]] = []
        self.calls: Counter[str] = Counter()
        self.requested_at: list[float] = []
        self.channels = {"gauss-pipelines": "C0PIPELINES", "gauss-alerts": "C00ALERTS"}
        self.scopes = {"chat:write", "channels:history", "channels:read"}
        self.lock = threading.Lock()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05})

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *failure: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    @property
    def webhook_connection(self) -> str:
        """An Airflow connection of type slackwebhook, as AIRFLOW_CONN_SLACK takes it."""
        return json.dumps({"conn_type": "slackwebhook", "host": f"{self.url}/services", "password": WEBHOOK})

    @property
    def bot_connection(self) -> str:
        """An Airflow connection of type slack."""
        extra = {"base_url": f"{self.url}/api/"}
        return json.dumps({"conn_type": "slack", "password": TOKEN, "extra": extra})

    @property
    def keys(self) -> list[str]:
        """Dedupe keys of the messages that a bot posted, in order."""
        return [message["metadata"]["event_payload"]["dedupe_key"] for message in self.messages]

    @property
    def texts(self) -> list[str]:
        """Fallback texts of all messages, in order."""
        return [message["text"] for message in self.messages]

    def _next_mood(self) -> str:
        with self.lock:
            return self.moods.popleft() if self.moods else self.mood()

    def _take(self, channel: str, body: dict[str, Any]) -> str:
        with self.lock:
            ts = f"{time.time():.6f}"
            self.messages.append({**body, "channel": channel, "ts": ts})
            return ts

    def _handler(slack) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - the handler has a self of its own
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                slack.requested_at.append(time.monotonic())
                if self.path.startswith("/services/"):
                    slack.calls["webhook"] += 1
                    if self.path != f"/services/{WEBHOOK}":
                        return self.answer(403, "invalid_token")
                    return self.post("webhook", json.loads(raw), lambda ts: "ok", lambda error: (404, error))
                method = self.path.removeprefix("/api/")
                slack.calls[method] += 1
                is_json = self.headers.get("Content-Type", "").startswith("application/json")
                arguments = json.loads(raw) if is_json else _form(raw)
                if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                    return self.answer(200, {"ok": False, "error": "invalid_auth"})
                name = method.replace(".", "_")
                return getattr(self, name)(arguments)

            def auth_test(self, arguments: dict[str, Any]) -> None:
                self.answer(200, {"ok": True, "bot_id": "B0"})

            def chat_postMessage(self, arguments: dict[str, Any]) -> None:
                wanted = arguments["channel"].removeprefix("#")
                channel = slack.channels.get(wanted, wanted)
                if channel not in slack.channels.values():
                    return self.answer(200, {"ok": False, "error": "channel_not_found"})
                return self.post(
                    channel,
                    arguments,
                    lambda ts: {"ok": True, "ts": ts, "channel": channel},
                    lambda error: (200, {"ok": False, "error": error}),
                )

            def conversations_list(self, arguments: dict[str, Any]) -> None:
                if "channels:read" not in slack.scopes:
                    return self.answer(200, {"ok": False, "error": "missing_scope"})
                channels = [{"id": key, "name": name} for name, key in slack.channels.items()]
                return self.answer(200, {"ok": True, "channels": channels})

            def conversations_history(self, arguments: dict[str, Any]) -> None:
                if "channels:history" not in slack.scopes:
                    return self.answer(200, {"ok": False, "error": "missing_scope"})
                if arguments["channel"] not in slack.channels.values():
                    return self.answer(200, {"ok": False, "error": "channel_not_found"})
                oldest, start = float(arguments.get("oldest", 0)), int(arguments.get("cursor", 0))
                size = min(int(arguments.get("limit", 100)), 15)
                with slack.lock:
                    found = [
                        {"ts": message["ts"], "text": message["text"], "metadata": message.get("metadata")}
                        for message in reversed(slack.messages)
                        if message["channel"] == arguments["channel"] and float(message["ts"]) >= oldest
                    ]
                more = {"next_cursor": str(start + size)} if start + size < len(found) else {}
                return self.answer(
                    200, {"ok": True, "messages": found[start : start + size], "response_metadata": more}
                )

            def post(
                self,
                channel: str,
                body: dict[str, Any],
                thanks: Callable[[str], Any],
                refusal: Callable[[str], tuple[int, Any]],
            ) -> None:
                mood = slack._next_mood()
                if mood.startswith("429"):
                    wait = mood.partition(":")[2] or "1"
                    return self.answer(429, {"ok": False, "error": "ratelimited"}, {"Retry-After": wait})
                if mood == "500":
                    return self.answer(500, "try again")
                if mood == "drop untaken":
                    return self.hang_up()
                if mood in ("ok", "500 taken", "drop", "garbage", "slow"):
                    if mood == "slow":
                        time.sleep(1)
                    ts = slack._take(channel, body)
                    if mood == "500 taken":
                        return self.answer(500, "try again")
                    if mood == "drop":
                        return self.hang_up()
                    return self.answer(200, '{"ok": tr' if mood == "garbage" else thanks(ts))
                return self.answer(*refusal(mood))

            def answer(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
                data = (body if isinstance(body, str) else json.dumps(body)).encode()
                self.send_response(status)
                for name, value in {"Content-Length": str(len(data)), **(headers or {})}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)

            def hang_up(self) -> None:
                self.close_connection = True
                self.connection.close()

            def log_message(self, *arguments: Any) -> None:
                """Silent."""

        return Handler


def _form(raw: bytes) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(raw.decode()).items()}

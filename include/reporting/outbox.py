"""The outbox: messages are written in the transaction of what they speak of, and delivered afterwards.

`queue` runs inside the caller's transaction, so a message exists exactly if its data does; a dedupe key is
queued once. `dispatch` delivers what is due through a transport that is handed in:

    pick    the next due message that no other dispatcher holds        ┐ one transaction, committed before
    begin   attempts + 1, outcome unknown, not due before the lease    ┘ anything goes out
    look    only if the attempt before ended unknown: is the message already in the channel?
    send    the transport answers with one of the four outcomes
    mark    sent, later, or dead

A dispatcher that is killed between `begin` and `mark` leaves an unknown outcome; a transport that can look (a
bot token) then finds the message instead of sending it twice, one that cannot (a webhook) sends it again:
exactly once with the first, at least once with the second. Nothing is ever lost. Errors that time heals (no
answer, 429, 5xx) are tried again for ever; a refusal (wrong token, unknown channel) is given up after
`MAX_ATTEMPTS`, and stays visible.
"""

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from include.sql import query

if TYPE_CHECKING:
    from psycopg import Connection

MAX_ATTEMPTS = 5
LEASE = timedelta(seconds=60)
FIRST_DELAY = 5.0
LONGEST_DELAY = 900.0
SILENCES_BEFORE_GIVING_UP = 3
OUTCOME_UNKNOWN = "outcome_unknown"
_LOCK_SPACE = 20_011


@dataclass(frozen=True)
class Sent:
    """Slack has the message; `ts` is its name in the channel, if the transport learns it."""

    ts: str | None = None


@dataclass(frozen=True)
class Postponed:
    """Slack did not take the message, and may later: `delay` seconds from now, if it said so."""

    code: str
    delay: float | None = None


@dataclass(frozen=True)
class Unknown:
    """No answer, or an error from behind the door: the message may have been taken."""

    code: str


@dataclass(frozen=True)
class Refused:
    """Slack will not take the message as long as nobody changes something."""

    code: str


Outcome = Sent | Postponed | Unknown | Refused


class Transport(Protocol):
    """A way to Slack. Neither method raises for what the network or Slack does, and neither waits long."""

    def send(self, topic: str, dedupe_key: str, message: Mapping[str, Any]) -> Outcome:
        """Send a message to the topic's channel."""
        ...

    def find(self, topic: str, dedupe_key: str, since: datetime) -> Sent | Postponed | None:
        """Look for a message in the topic's channel; None: it is not there, or there is no way to look."""
        ...


@dataclass
class Delivery:
    """What a dispatch did: messages sent, found already sent, left for later, given up; and what remains."""

    sent: int = 0
    found: int = 0
    postponed: int = 0
    dead: int = 0
    pending: int = 0
    dead_in_all: int = 0
    errors: dict[str, int] = field(default_factory=dict)

    def count_error(self, code: str) -> None:
        """Remember an error's code."""
        self.errors[code] = self.errors.get(code, 0) + 1

    def __str__(self) -> str:
        parts = [f"{self.sent} sent", f"{self.found} found already sent", f"{self.pending} waiting"]
        if self.dead_in_all:
            parts.append(f"{self.dead_in_all} given up (ops.outbox, state dead)")
        parts += [f"{count} × {code}" for code, count in sorted(self.errors.items())]
        return ", ".join(parts)


def queue(connection: "Connection[Any]", *, dedupe_key: str, topic: str, message: Mapping[str, Any]) -> bool:
    """Queue a message in the caller's transaction.

    :param dedupe_key: says what the message is about; it travels with the message and may hold no personal
        value
    :param topic: decides the channel (`slack.channels` in include/organisation.yaml)
    :param message: `text` and `blocks`, as include/reporting/messages.py makes them
    :return: False if the key was queued before
    """
    from psycopg.types.json import Jsonb

    values = {"dedupe_key": dedupe_key, "topic": topic, "message": Jsonb(message)}
    return connection.execute(query("outbox/queue_message"), values).rowcount == 1


def count_backlog(connection: "Connection[Any]") -> tuple[int, int]:
    """How many messages wait, and how many were given up."""
    with connection.transaction():
        row = connection.execute(query("outbox/select_backlog")).fetchone()
    return (row[0], row[1]) if row else (0, 0)


def revive(connection: "Connection[Any]") -> int:
    """Make the messages that were given up, and those that wait for their next try, due now; returns their number."""
    with connection.transaction():
        return connection.execute(query("outbox/revive_messages")).rowcount


def dispatch(
    connection: "Connection[Any]",
    transport: Transport,
    *,
    patience: float = 30.0,
    lease: timedelta = LEASE,
    sleep: Callable[[float], None] = time.sleep,
) -> Delivery:
    """Deliver what is due, and what becomes due within `patience` seconds; the rest stays for the next
    dispatch.

    Several dispatchers may run at once, in any number of processes.

    :param connection: with no transaction open: every step is committed on its own
    :raises ValueError: a transaction is open
    :raises psycopg.OperationalError: the database went away; what was on its way counts as unknown
    """
    from psycopg.pq import TransactionStatus

    if connection.info.transaction_status != TransactionStatus.IDLE:
        raise ValueError("dispatch commits every step on its own: it needs a connection without an open transaction")
    return _Dispatcher(connection, transport, patience, lease, sleep).run()


class _Dispatcher:
    """One dispatch: walks over the due messages in the order in which they were queued."""

    def __init__(
        self,
        connection: "Connection[Any]",
        transport: Transport,
        patience: float,
        lease: timedelta,
        sleep: Callable[[float], None],
    ) -> None:
        self.connection = connection
        self.transport = transport
        self.lease = lease
        self.sleep = sleep
        self.deadline = time.monotonic() + patience
        self.closed_until = 0.0
        self.silences = 0
        self.delivery = Delivery()

    def run(self) -> Delivery:
        """Deliver until nothing is due, time is up, or Slack keeps silent."""
        after = 0
        while self._may_go_on():
            message = self._pick(after)
            if message is None:
                # From the first again: some may have become due meanwhile.
                if not self._wait_for_next():
                    break
                after = 0
                continue
            after = message["message_id"]
            if not message["is_free"]:
                continue
            try:
                self._deliver(message)
            finally:
                self._release(after)
        self.delivery.pending, self.delivery.dead_in_all = count_backlog(self.connection)
        return self.delivery

    def _may_go_on(self) -> bool:
        if self.silences >= SILENCES_BEFORE_GIVING_UP or max(time.monotonic(), self.closed_until) > self.deadline:
            return False
        if (wait := self.closed_until - time.monotonic()) > 0:
            self.sleep(wait)
        return True

    def _wait_for_next(self) -> bool:
        with self.connection.transaction():
            row = self.connection.execute(query("outbox/select_backlog")).fetchone()
        wait = row[2] if row else None
        if wait is None or time.monotonic() + wait > self.deadline:
            return False
        self.sleep(max(wait, 0.05))
        return True

    def _pick(self, after: int) -> dict[str, Any] | None:
        from psycopg.rows import dict_row

        values = {"after": after, "lock_space": _LOCK_SPACE}
        with self.connection.transaction(), self.connection.cursor(row_factory=dict_row) as cursor:
            message = cursor.execute(query("outbox/pick_message"), values).fetchone()
            if message and message["is_free"]:
                attempt = {"message_id": message["message_id"], "lease": self.lease}
                cursor.execute(query("outbox/begin_attempt"), attempt)
        return message

    def _deliver(self, message: Mapping[str, Any]) -> None:
        topic, key = message["topic"], message["dedupe_key"]
        was_unknown = (message["last_error"] or "").startswith(OUTCOME_UNKNOWN)
        if was_unknown:
            found = self.transport.find(topic, key, message["created_at"])
            if isinstance(found, Sent):
                self._mark("sent", message, slack_ts=found.ts)
                self.delivery.found += 1
                self.silences = 0
                return
            if isinstance(found, Postponed):
                self._put_off(message, f"{OUTCOME_UNKNOWN}:{found.code}", found.code, found.delay)
                return
        match self.transport.send(topic, key, message["message"]):
            case Sent(ts):
                self._mark("sent", message, slack_ts=ts)
                self.delivery.sent += 1
                self.silences = 0
            case Postponed(code, delay):
                self._put_off(message, code, code, delay)
            case Unknown(code):
                self._put_off(message, f"{OUTCOME_UNKNOWN}:{code}", code, None)
            case Refused(code):
                self._refuse(message, code)

    def _put_off(self, message: Mapping[str, Any], error: str, code: str, delay: float | None) -> None:
        """Try again later: when Slack says, else with doubling delays; jitter keeps dispatchers apart."""
        if delay is None:
            self.silences += 1
            wait = min(LONGEST_DELAY, FIRST_DELAY * 2.0 ** min(message["attempts"], 30))
            wait *= random.uniform(0.5, 1.0)  # noqa: S311 - jitter, no secret
        else:
            # Slack closes the whole door, not to one message.
            self.closed_until = time.monotonic() + delay
            wait = delay + random.uniform(0.0, 0.1)  # noqa: S311 - jitter, no secret
        self._mark("retry", message, error=error, delay=timedelta(seconds=wait))
        self.delivery.postponed += 1
        self.delivery.count_error(code)

    def _refuse(self, message: Mapping[str, Any], code: str) -> None:
        self.silences = 0
        self.delivery.count_error(code)
        if message["attempts"] + 1 >= MAX_ATTEMPTS:
            self._mark("dead", message, error=code)
            self.delivery.dead += 1
        else:
            wait = min(LONGEST_DELAY, FIRST_DELAY * 2.0 ** message["attempts"])
            self._mark("retry", message, error=code, delay=timedelta(seconds=wait))
            self.delivery.postponed += 1

    def _mark(self, state: str, message: Mapping[str, Any], **values: Any) -> None:
        with self.connection.transaction():
            self.connection.execute(query(f"outbox/mark_{state}"), {"message_id": message["message_id"], **values})

    def _release(self, message_id: int) -> None:
        if self.connection.closed:
            return
        with self.connection.transaction():
            self.connection.execute(
                query("outbox/release_message"), {"lock_space": _LOCK_SPACE, "message_id": message_id}
            )

"""Answers kept for seconds: when many look at the same page, it is asked once for all readers of the same role."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

MOST = 200


@dataclass
class _Kept:
    lock: threading.Lock = field(default_factory=threading.Lock)
    answer: bytes = b""
    until: float = 0.0
    failure: Exception | None = None
    failed_at: float = 0.0


class Remembered:
    """Answers by what was asked and by whom; the same question at the same time waits for one answer.

    What cannot be answered is not remembered: whoever asks next tries again. Whoever had asked before it failed, and
    waited, gets the failure that they waited for.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, _Kept] = OrderedDict()

    def get(
        self, question: Hashable, answer: Callable[[], bytes], seconds: float, asked_at: float | None = None
    ) -> bytes:
        """The remembered answer, else a new one.

        :param question: everything that the answer depends on, the database role among it
        :param seconds: how long a new answer is remembered
        :param asked_at: when it was asked, by time.monotonic(), for who waited before calling; None: now
        :raises Exception: what `answer` raises, now or while this question waited
        """
        asked_at = time.monotonic() if asked_at is None else asked_at
        with self._lock:
            kept = self._kept.setdefault(question, _Kept())
            self._kept.move_to_end(question)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        with kept.lock:
            if kept.failure is not None and asked_at < kept.failed_at:
                raise kept.failure
            if kept.until <= time.monotonic():
                try:
                    kept.answer = answer()
                except Exception as failure:
                    kept.failure, kept.failed_at = failure, time.monotonic()
                    raise
                kept.failure, kept.until = None, time.monotonic() + seconds
            return kept.answer

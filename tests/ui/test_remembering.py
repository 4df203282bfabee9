"""Answers are kept for a moment, for the same question of the same role, and for nobody else."""

from __future__ import annotations

import threading
import time

import pytest

from include.dashboards.remembering import Remembered


def test_many_who_ask_at_once_are_answered_by_one_question() -> None:
    asked, answers = [], []
    remembered = Remembered()

    def answer() -> bytes:
        asked.append(1)
        time.sleep(0.1)
        return b"figures"

    threads = [
        threading.Thread(target=lambda: answers.append(remembered.get(("finance", "budget"), answer, 60)))
        for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [b"figures"] * 20
    assert len(asked) == 1


def test_another_role_is_another_question() -> None:
    remembered = Remembered()
    assert remembered.get(("finance", "budget"), lambda: b"all", 60) == b"all"
    assert remembered.get(("dashboard", "budget"), lambda: b"sums", 60) == b"sums"


def test_an_answer_is_soon_forgotten() -> None:
    remembered = Remembered()
    assert remembered.get("a", lambda: b"old", 0.05) == b"old"
    time.sleep(0.06)
    assert remembered.get("a", lambda: b"new", 0.05) == b"new"


def test_a_failure_is_not_remembered() -> None:
    remembered = Remembered()

    def fail() -> bytes:
        raise OSError

    with pytest.raises(OSError):
        remembered.get("a", fail, 60)
    assert remembered.get("a", lambda: b"better", 60) == b"better"


def test_readers_who_waited_for_a_failure_get_it_and_do_not_try_one_after_the_other() -> None:
    asked, failures = [], []
    remembered = Remembered()

    def fail() -> bytes:
        asked.append(1)
        time.sleep(0.2)
        raise OSError

    def read() -> None:
        try:
            remembered.get(("finance", "budget"), fail, 60)
        except OSError as failure:
            failures.append(failure)

    threads = [threading.Thread(target=read) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(failures) == 20
    assert len(asked) == 1
    assert remembered.get(("finance", "budget"), lambda: b"better", 60) == b"better"


def test_no_more_than_so_many_are_kept() -> None:
    remembered = Remembered(most=2)
    for name in "abc":
        remembered.get(name, name.encode, 60)
    assert remembered.get("a", lambda: b"anew", 60) == b"anew"
    assert remembered.get("c", lambda: b"anew", 60) == b"c"

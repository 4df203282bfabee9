"""Signed links: what they say is what they are good for, until they end."""

from __future__ import annotations

import time

import pytest

from include.dashboards.links import EMBEDDED, Link, check, sign
from include.errors import BadParameter, NotForReader

KEY = b"a key of at least twenty-four bytes"


def good(seconds: int = 60) -> Link:
    return Link("budget", "finance", int(time.time()) + seconds)


def test_a_link_says_what_was_signed() -> None:
    assert check(sign(good(), KEY), KEY) == good()


def test_a_link_ends() -> None:
    link = good()
    with pytest.raises(NotForReader):
        check(sign(link, KEY), KEY, now=link.expires_at)


@pytest.mark.parametrize("position", range(0, 60, 7))
def test_a_changed_letter_makes_it_a_link_to_nothing(position: int) -> None:
    token = sign(good(), KEY)
    other = "A" if token[position] != "A" else "B"
    with pytest.raises(NotForReader):
        check(token[:position] + other + token[position + 1 :], KEY)


@pytest.mark.parametrize("token", ["", ".", "a", "a.b", "é.é", "." * 500, "W10.", "bnVsbA.bnVsbA"])
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(NotForReader):
        check(token, KEY)


def test_another_key_signs_another_link() -> None:
    with pytest.raises(NotForReader):
        check(sign(good(), KEY), KEY + b"!")


@pytest.mark.parametrize(
    "link",
    [
        Link("grants", "finance", 1), Link("budget", "operations", 1), Link("budget", "svc_admin", 1),
        Link("operations", "finance", 1), Link("close", "finance", 1),
    ],
)  # fmt: skip
def test_only_finance_and_operations_pages_are_linked_each_as_its_role(link: Link) -> None:
    with pytest.raises(BadParameter):
        sign(Link(link.page, link.reader, int(time.time()) + 60), KEY)


@pytest.mark.parametrize("seconds", [0, -1, 86_402])
def test_a_link_lasts_a_day_at_most(seconds: int) -> None:
    with pytest.raises(BadParameter):
        sign(good(seconds), KEY)


def test_every_page_that_may_be_embedded_has_something_for_its_roles() -> None:
    from include.dashboards.pages import PAGES

    for page, readers in EMBEDDED.items():
        for reader in readers:
            assert PAGES[page].answers_for(reader)

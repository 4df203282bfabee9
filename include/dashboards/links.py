"""Signed links to a page: which page, read as whom, until when; whoever changes a letter has a link to nothing."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import time
from dataclasses import dataclass

from include.dashboards.pages import PAGES
from include.errors import BadParameter, NotForReader

EMBEDDED = {"budget": ("finance", "dashboard"), "operations": ("operations", "dashboard")}
"""The pages that may be embedded, and the database roles that each may be read as."""
LONGEST_SECONDS = 86_400
SHORTEST_KEY = 24
_MOST_TOKEN = 400


@dataclass(frozen=True)
class Link:
    """A page, the database role that it is read as, and the second (since 1970) in which it ends."""

    page: str
    reader: str
    expires_at: int


def sign(link: Link, key: bytes) -> str:
    """The link's token: what it says and an HMAC-SHA256 over it, in letters that need no quoting in an address.

    :raises BadParameter: the page may not be embedded, or not be read as this role, or for so long
    """
    if link.page not in EMBEDDED or link.reader not in EMBEDDED[link.page]:
        allowed = "; ".join(f"{page} as {' or '.join(readers)}" for page, readers in EMBEDDED.items())
        raise BadParameter(f"These may be embedded: {allowed}")
    if not 1 <= link.expires_at - int(time.time()) <= LONGEST_SECONDS:
        raise BadParameter(f"A link lasts 1 to {LONGEST_SECONDS} seconds")
    text = _encode(json.dumps([link.page, link.reader, link.expires_at], separators=(",", ":")).encode())
    return f"{text}.{_encode(_mac(text, key))}"


def check(token: str, key: bytes, now: float | None = None) -> Link:
    """What a token says, if it was signed with this key and has not expired.

    :raises NotForReader: anything else; the sentence does not say what
    """
    text, _, mac = token.partition(".")
    refused = NotForReader("This link is not valid, or has expired: ask for a new one")
    try:
        # Compared before anything of it is read, in a time that does not tell how much of it is right.
        if len(token) > _MOST_TOKEN or not hmac.compare_digest(_decode(mac), _mac(text, key)):
            raise refused
        link = Link(*json.loads(_decode(text)))
    except (ValueError, TypeError, binascii.Error):
        raise refused from None
    if link.expires_at <= (time.time() if now is None else now) or link.page not in PAGES:
        raise refused
    return link


def _mac(text: str, key: bytes) -> bytes:
    return hmac.digest(key, b"gauss page link\0" + text.encode(), hashlib.sha256)


def _encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)

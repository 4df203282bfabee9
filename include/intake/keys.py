"""Keys of the API: `gauss_<prefix>_<secret>`, made once, kept as a hash, compared in constant time."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from psycopg import Connection

from include.errors import BadConfiguration
from include.ingest.datasets import DATASETS
from include.sql import query

SECRET_BYTES = 32
PREFIX_LENGTH = 8
_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"
_FORM = re.compile(r"gauss_([a-z0-9]{8})_([A-Za-z0-9_-]{43})", re.ASCII)
_VISIBLE = re.compile(r"[!-~]{1,2000}")
EVERYTHING = ("*:read", "*:write", "files:write")
EMBED = "embed:write"
APART = {("files", "write"), ("embed", "write")}  # what `*` does not hold
LONGEST_DAYS = 3660


def slug(dataset: str) -> str:
    """A dataset's name as paths and scopes have it: leave_applications is leave-applications."""
    return dataset.replace("_", "-")


SCOPES = frozenset(
    {*EVERYTHING, "files:read", EMBED, *(f"{slug(name)}:{action}" for name in DATASETS for action in ("read", "write"))}
)


@dataclass(frozen=True)
class NewKey:
    """A key that was just made: the only time that its text and its webhook's secret can be read."""

    prefix: str
    text: str = field(repr=False)
    secret_sha256: str = field(repr=False)
    webhook_secret: str | None = field(repr=False, default=None)


def mint(*, with_webhook: bool = False) -> NewKey:
    """A new key of 256 random bits."""
    prefix = "".join(secrets.choice(_ALPHABET) for _ in range(PREFIX_LENGTH))
    secret = secrets.token_urlsafe(SECRET_BYTES)
    signing = f"whsec_{secrets.token_urlsafe(SECRET_BYTES)}" if with_webhook else None
    return NewKey(prefix, f"gauss_{prefix}_{secret}", fingerprint(secret), signing)


def fingerprint(secret: str) -> str:
    """What is kept of a secret: its sha256; 256 random bits need no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


def split(text: str) -> tuple[str, str] | None:
    """Prefix and secret of a key's text; None when it has not the form of one."""
    found = _FORM.fullmatch(text)
    return (found[1], found[2]) if found else None


def is_secret(secret: str, secret_sha256: str) -> bool:
    """Whether a secret is the kept one, in a time that does not tell how much of it is right."""
    return hmac.compare_digest(fingerprint(secret), secret_sha256)


def may(scopes: Iterable[str], subject: str, action: str) -> bool:
    """Whether scopes allow an action (`read`, `write`) on a dataset's slug, on `files` or on `embed`.

    `*:write` is every dataset; raw files are apart, since they may hold anything that a profile knows, and so are links
    to pages, since they show what is there.
    """
    held = set(scopes)
    return f"{subject}:{action}" in held or (f"*:{action}" in held and (subject, action) not in APART)


def check_scopes(scopes: Sequence[str]) -> list[str]:
    """Scopes, each once, in order.

    :raises BadConfiguration: none, or one that does not exist (`unknown_scope`)
    """
    unknown = sorted(set(scopes) - SCOPES)
    if unknown or not scopes:
        raise BadConfiguration(
            f"SCOPES needs names like expenses:write, expenses:read, files:write, *:read; not {', '.join(unknown)}"
            if unknown
            else "SCOPES is empty: give names like expenses:write,expenses:read",
            code="unknown_scope",
        )
    return sorted(set(scopes))


def issue(
    connection: Connection[Any], *, name: str, scopes: Sequence[str], days: int, webhook_url: str | None = None
) -> NewKey:
    """Make a key and write down what is kept of it. The caller commits.

    :param connection: of a role that may write ops.api_keys
    :param days: from today until it expires
    :raises BadConfiguration: a scope or the address does not exist (`unknown_scope`, `bad_key`)
    """
    held = check_scopes(scopes)
    if not name.strip() or not 1 <= days <= LONGEST_DAYS:
        raise BadConfiguration(
            f"A key needs a NAME, which says who holds it, and DAYS from 1 to {LONGEST_DAYS}", code="bad_key"
        )
    if webhook_url is not None and not _is_address(webhook_url):
        raise BadConfiguration(
            "WEBHOOK must be an address like https://app.example.org/gauss: https or http, a host, a port if need be",
            code="bad_key",
        )
    key = mint(with_webhook=webhook_url is not None)
    connection.execute(
        query("api/insert_key"),
        {
            "prefix": key.prefix,
            "name": name.strip(),
            "secret_sha256": key.secret_sha256,
            "scopes": held,
            "days": days,
            "webhook_url": webhook_url,
            "webhook_secret": key.webhook_secret,
        },
    )
    return key


def _is_address(url: str) -> bool:
    """Whether something can be posted there: scheme and host, a port that exists, no name and password."""
    try:
        parts = urlsplit(url)
        is_good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        (parts.hostname or "").encode("idna")
    except ValueError:  # a port that is none, brackets without an address, a label that is too long
        return False
    return is_good and "@" not in parts.netloc and _VISIBLE.fullmatch(url) is not None


def revoke(connection: Connection[Any], prefix: str) -> None:
    """Make a key useless from now on. The caller commits.

    :raises BadConfiguration: there is none with this prefix (`unknown_key`)
    """
    if not connection.execute(query("api/revoke_key"), {"prefix": prefix}).rowcount:
        raise BadConfiguration(f"No key begins with gauss_{prefix[:PREFIX_LENGTH]}_", code="unknown_key")

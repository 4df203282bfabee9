"""The pages' files: hand-written modules, one stylesheet, and the vendored ECharts; served to readers only."""

from __future__ import annotations

from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent
KINDS = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    "": "text/plain; charset=utf-8",
}
"""Endings of what is served, with its media type; the licence of what is vendored has no ending."""


@cache
def names() -> frozenset[str]:
    """Every file that may be served, by its path below this folder; what is not among them does not exist."""
    return frozenset(
        file.relative_to(FOLDER).as_posix()
        for file in FOLDER.rglob("*")
        if file.is_file() and file.suffix in KINDS and not file.name.endswith(".html")
    )


@cache
def content(name: str) -> tuple[bytes, str]:
    """The bytes of a file and its media type."""
    file = FOLDER / name
    return file.read_bytes(), KINDS[file.suffix]


def security_headers(frame_ancestors: str) -> dict[str, str]:
    """What a browser may do with a page: nothing from elsewhere, and only these may frame it.

    :param frame_ancestors: `'self'`, or hosts with their scheme
    """
    return {
        "Content-Security-Policy": (
            "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
            f"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors {frame_ancestors}"
        ),
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }

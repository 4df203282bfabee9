"""Profiles of a test's own: the project's functions, pointed at another folder."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from include.ingest import batches, collecting, profile


def use(folder: Path, put: Callable[[Any, str, Any], None] = setattr) -> None:
    """Read profiles from this folder; a profile written anew is read anew."""
    profile.load_profile.cache_clear()
    for module in (batches, collecting):
        put(module, "load_profile", partial(profile.load_profile.__wrapped__, folder=folder))

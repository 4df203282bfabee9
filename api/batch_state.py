"""How far a batch has come, told from the books of the door and those of the pipeline."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from include.intake import keys

# From the first to the last; a file with several datasets is as far as the one that lags.
ENDS = ("loaded", "duplicate", "failed", "dry_run", "replaced", "withdrawn")
WAY = ("collected", "validated")


def state_of(loads: Sequence[Mapping[str, Any]], *, is_collected: bool) -> str:
    """`accepted`, `collected`, `validated`, `loaded`, `duplicate`, `failed`, `withdrawn`, …"""
    states = {load["status"] for load in loads}
    if not states:
        return "collected" if is_collected else "accepted"
    for state in (*WAY, "failed", "withdrawn", "replaced", "dry_run", "loaded", "duplicate"):
        if state in states:
            return state
    return "collected"


def is_done(state: str) -> bool:
    """Whether the pipeline is through with it."""
    return state in ENDS


def may_read(scopes: Sequence[str], batch: Mapping[str, Any]) -> bool:
    """Whether a key of these scopes may read what a batch holds."""
    return keys.may(scopes, "files" if batch["dataset"] is None else keys.slug(batch["dataset"]), "read")


def told(batch: Mapping[str, Any], loads: Sequence[Mapping[str, Any]], scopes: Sequence[str]) -> dict[str, Any]:
    """A batch as the API and the webhooks tell a key of it: state, counts, rejects by code, sums.

    Single rows of several keys may lie in one file: a key that may only write is told how far it came, and no count,
    code or sum, which would be of the others' rows as well.
    """
    is_whole = may_read(scopes, batch) or len(batch["senders"]) < 2
    state = state_of(loads, is_collected=batch["file_id"] is not None)
    codes: Counter[str] = Counter()
    for load in loads:
        codes.update(load["rejects"])
    ended = [load["finished_at"] for load in loads if load["finished_at"] is not None]
    return {
        "batch_id": str(batch["batch_id"]),
        "source": batch["source"],
        "dataset": batch["dataset"],
        "kind": batch["kind"],
        "state": state,
        "accepted_at": batch["accepted_at"].isoformat(),
        "finished_at": max(ended).isoformat() if ended and is_done(state) else None,
        "rows_sent": batch["n_rows"] if is_whole else None,
        "rows_refused_at_the_door": batch["n_refused"] if is_whole else None,
        "rejects": dict(sorted(codes.items())) if is_whole else None,
        "results": [
            {
                "dataset": load["dataset"],
                "state": load["status"],
                "error_code": load["error_code"],
                **(_counts(load) if is_whole else {}),
            }
            for load in loads
        ],
    }


def _counts(load: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "read": load["rows_read"],
        "loaded": load["rows_loaded"],
        "unchanged": load["rows_unchanged"],
        "superseded": load["rows_superseded"],
        "rejected": load["rows_rejected"],
        "amounts": load["amounts"],
    }

"""How far a batch has come, told from the books of the door and those of the pipeline."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

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


def told(batch: Mapping[str, Any], loads: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A batch as the API and the webhooks tell of it: state, counts, rejects by code, sums."""
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
        "rows_sent": batch["n_rows"],
        "rows_refused_at_the_door": batch["n_refused"],
        "rejects": dict(sorted(codes.items())),
        "results": [
            {
                "dataset": load["dataset"],
                "state": load["status"],
                "error_code": load["error_code"],
                "read": load["rows_read"],
                "loaded": load["rows_loaded"],
                "unchanged": load["rows_unchanged"],
                "superseded": load["rows_superseded"],
                "rejected": load["rows_rejected"],
                "amounts": load["amounts"],
            }
            for load in loads
        ],
    }

"""Processes that we start, told apart from strangers that may later bear the same process id."""

from __future__ import annotations

import subprocess
from pathlib import Path


def command_of(pid: int) -> str:
    """The command line of a living process, or an empty string."""
    proc = Path("/proc")
    if (proc / "self").exists():
        try:
            return (
                (proc / str(pid) / "cmdline")
                .read_bytes()
                .replace(b"\0", b" ")
                .decode(errors="replace")
                .strip()
            )
        except OSError:
            return ""
    return _ask_ps(pid, "command")


def started_at(pid: int) -> str:
    """When a living process started, as the system words it (a token to compare), or an empty string.

    Together with the process id this names one process until the next boot.
    """
    proc = Path("/proc")
    if (proc / "self").exists():
        try:
            status = (proc / str(pid) / "stat").read_text()
        except OSError:
            return ""
        # The second field is the name in parentheses, which may hold blanks: count from its end.
        fields = status.rpartition(")")[2].split()
        return "" if fields[0] == "Z" else fields[19]
    return _ask_ps(pid, "lstart")


def _ask_ps(pid: int, column: str) -> str:
    answer = subprocess.run(
        ["ps", "-o", f"{column}=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return answer.stdout.strip()

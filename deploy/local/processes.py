"""Processes that we start and stop, told apart from strangers that may later bear the same process id."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Service:
    """A process of our own, detached from the terminal.

    Its file `<name>.json` in `folder` keeps the process id and when that process started; only both
    together name it. It leads a session, to which all of its children belong.
    """

    name: str
    folder: Path

    @property
    def _file(self) -> Path:
        return self.folder / f"{self.name}.json"

    @property
    def pid(self) -> int | None:
        """The process id, if the very process that we started is alive."""
        try:
            kept = json.loads(self._file.read_text())
        except (OSError, ValueError):
            return None
        alive = bool(kept["started_at"]) and started_at(kept["pid"]) == kept["started_at"]
        return kept["pid"] if alive else None

    def start(self, command: Sequence[str], environment: Mapping[str, str], log: Path, folder: Path) -> None:
        """Start the process, with all that it says appended to `log`."""
        with log.open("ab") as file:
            process = subprocess.Popen(
                command,
                env=dict(environment),
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                start_new_session=True,
            )
        self._file.write_text(json.dumps({"pid": process.pid, "started_at": started_at(process.pid)}))

    def stop(self, patience: float = 20.0) -> bool:
        """End the process and what it started: politely, and after `patience` seconds by force.

        Returns whether there was anything to end.
        """
        kept = self._kept_pid()
        ours = self.pid is not None
        if ours:
            os.kill(kept, signal.SIGTERM)
            _wait_until(lambda: self.pid is None, patience)
        elif started_at(kept):
            self._file.unlink()
            return False
        # The id of a dead leader is not given away while its session has members: these are ours.
        members = session_members(kept)
        for member in members:
            _kill(member)
        self._file.unlink(missing_ok=True)
        return ours or bool(members)

    def _kept_pid(self) -> int:
        try:
            return int(json.loads(self._file.read_text())["pid"])
        except (OSError, ValueError):
            return 0


def command_of(pid: int) -> str:
    """The command line of a living process, or an empty string."""
    if _has_proc():
        try:
            words = (Path("/proc") / str(pid) / "cmdline").read_bytes()
        except OSError:
            return ""
        return words.replace(b"\0", b" ").decode(errors="replace").strip()
    return _ask_ps(pid, "command")


def started_at(pid: int) -> str:
    """When a living process started, as the system words it (a token to compare), or an empty string.

    Together with the process id this names one process until the next boot.
    """
    if not _has_proc():
        return _ask_ps(pid, "lstart")
    fields = _fields(pid)
    return "" if not fields or fields[0] == "Z" else f"{_boot()} {fields[19]}"


def session_members(leader: int) -> list[int]:
    """The living processes of the session that `leader` opened."""
    if leader <= 1:
        return []
    if not _has_proc():
        # The ps of macOS does not tell session ids; the process group comes closest.
        listing = subprocess.run(["ps", "-axo", "pid=,pgid="], capture_output=True, text=True, check=False)
        pairs = [line.split() for line in listing.stdout.splitlines()]
        return [int(pair[0]) for pair in pairs if len(pair) == 2 and pair[1] == str(leader)]
    members = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            fields = _fields(int(entry.name))
            if fields and fields[0] != "Z" and fields[3] == str(leader):
                members.append(int(entry.name))
    return members


def _has_proc() -> bool:
    return Path("/proc/self/stat").exists()


def _fields(pid: int) -> list[str]:
    try:
        status = (Path("/proc") / str(pid) / "stat").read_text()
    except OSError:
        return []
    # The second field is the name in parentheses, which may hold blanks: count from its end.
    return status.rpartition(")")[2].split()


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def _ask_ps(pid: int, column: str) -> str:
    answer = subprocess.run(["ps", "-o", f"{column}=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return answer.stdout.strip()


def _wait_until(done: Callable[[], bool], patience: float) -> None:
    deadline = time.monotonic() + patience
    while not done() and time.monotonic() < deadline:
        time.sleep(0.1)


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)

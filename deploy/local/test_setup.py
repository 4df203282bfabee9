"""What the tests need beyond the environment: Node packages, a browser, Microsoft's parser, PostgreSQL, if possible.

Only the standard library is used: this runs before anything is installed.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from deploy.local.environment import (
    DEVELOPMENT,
    MODEL_PARSER,
    POSTGRES,
    POWERBI,
    REQUIREMENTS,
    has_postgres,
    install_beside,
    locked,
    prepare,
)
from deploy.local.machine import Machine
from deploy.local.screen import say, step
from deploy.local.trouble import StepFailed

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def set_up(machine: Machine) -> None:
    """Make the environment with the development packages, and fetch what else is missing.

    What cannot be fetched here is said; the tests that need it say so, too.
    """
    files = [REQUIREMENTS, DEVELOPMENT, POWERBI]
    if not machine.given_dsn and not has_postgres():
        files.append(POSTGRES)
    prepare(machine, files)
    with locked(machine.run / "test-setup.lock"):
        fetch_node_packages(machine)
        fetch_model_parser(machine)
        _fetch_browser(machine)


def fetch_node_packages(machine: Machine) -> bool:
    """Install Prisma's parsers for the contracts' generator; answers whether it can run now."""
    folder = machine.root / "prisma/generator"
    lock = folder / "package-lock.json"
    if not shutil.which("npm"):
        say("  – Node 20 or later is not here: the contracts cannot be generated, nor their generator tested")
        return False
    mark = folder / "node_modules/.package-lock.sha256"
    fingerprint = hashlib.sha256(lock.read_bytes()).hexdigest()
    if mark.is_file() and mark.read_text() == fingerprint:
        return True
    with step("Installing the generator's Node packages") as progress:
        if _run(machine, "npm", ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], folder):
            mark.write_text(fingerprint)
            return True
        progress.result = f"failed, see {machine.logs / 'npm.log'}"
    return False


def fetch_model_parser(machine: Machine) -> Path | None:
    """Install Microsoft's parser of Power BI models, with the .NET that runs it; answers where it is, if it can be.

    It has a folder of its own: two of its packages ask for versions that exclude each other, and for much that a parser
    does not need.
    """
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        say("  – The .NET of the tests is for Linux on x86-64: Microsoft's parser of Power BI models does not run here")
        return None
    folder = machine.state / "tmdl"
    mark = folder / f".{MODEL_PARSER}.sha256"
    fingerprint = hashlib.sha256((machine.root / MODEL_PARSER).read_bytes()).hexdigest()
    if mark.is_file() and mark.read_text() == fingerprint:
        return folder
    with step("Installing Microsoft's parser of Power BI models") as progress:
        try:
            install_beside(machine, MODEL_PARSER, folder)
        except StepFailed as failure:
            progress.result = f"failed: {failure}"
            return None
        mark.write_text(fingerprint)
    return folder


def _fetch_browser(machine: Machine) -> None:
    if any(shutil.which(name) for name in BROWSERS):
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        say("  – Chromium is not here (Debian, Ubuntu: apt-get install chromium): no browser test runs")
        return
    with step("Installing Chromium") as progress:
        install = ["apt-get", "install", "-y", "--no-install-recommends", "chromium"]
        updated = _run(machine, "apt-update", ["apt-get", "update"], machine.root)
        if not updated or not _run(machine, "apt-install", install, machine.root):
            progress.result = f"failed, see {machine.logs}/apt-*.log"


def _run(machine: Machine, name: str, command: list[str], folder: Path) -> bool:
    with (machine.logs / f"{name}.log").open("w") as file:
        done = subprocess.run(
            command,
            cwd=folder,
            env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            check=False,
        )
    return done.returncode == 0

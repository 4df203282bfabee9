"""`make lint` is green: the linters that a person runs are run here as well."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.lint import CHECKS
from tests.house.tree import ROOT


@pytest.mark.parametrize("command", CHECKS, ids=lambda command: " ".join(command[:2]))
def test_the_linter_is_content(command: tuple[str, ...]) -> None:
    program, *arguments = command
    done = subprocess.run(
        [str(Path(sys.executable).parent / program), *arguments],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]

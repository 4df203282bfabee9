"""`make lock`: pin every package with its hashes, from pyproject.toml; needs uv and the package index."""

import os
import re
import subprocess
from pathlib import Path

from deploy.local.machine import ROOT
from deploy.local.screen import run_command, step
from deploy.local.trouble import MissingPiece, StepFailed

# With extras: pip looks for hashes of mashumaro[msgpack], and does not find those of mashumaro.
COMPILE = (
    *("uv", "pip", "compile", "--quiet", "--universal", "--generate-hashes", "--no-strip-extras"),
    *("--python-version", "3.11"),
)
LOCKS = {
    "requirements.txt": ("pyproject.toml",),
    "requirements-dev.txt": ("--group", "dev", "--constraints", "requirements.txt"),
    "requirements-postgres.txt": ("--group", "postgres"),
    "requirements-bench.txt": ("--group", "bench", "--constraints", "requirements.txt"),
}


_WITH_EXTRAS = re.compile(r"^([\w.-]+)\[[\w,-]+\](==.*\\\n(?:    --hash=.*\n)+)", re.MULTILINE)


def pin_bare_names(file: Path) -> None:
    """Pin what is pinned with extras without them, too.

    pip keeps the two apart: another package that asks for the bare name would find no hash for it.
    """
    text = file.read_text()
    mark = "    # for who asks for it without extras\n"
    bare = "".join(f"{name}{rest}{mark}" for name, rest in _WITH_EXTRAS.findall(text))
    file.write_text(text + bare)


def main() -> int:
    """Rewrite the requirement files; what is pinned already stays unless pyproject.toml says otherwise."""
    for target, sources in LOCKS.items():
        with step(f"Pinning {target}"):
            command = [*COMPILE, *sources, "--output-file", target]
            # The default heading would hold this machine's paths.
            named = os.environ | {"UV_CUSTOM_COMPILE_COMMAND": "make lock"}
            try:
                done = subprocess.run(command, cwd=ROOT, env=named, check=False, capture_output=True, text=True)
            except FileNotFoundError:
                raise MissingPiece("make lock needs uv: install it with pip install uv.") from None
            if done.returncode:
                raise StepFailed(f"{target} could not be pinned: {done.stderr.strip()}")
            pin_bare_names(ROOT / target)
    return 0


if __name__ == "__main__":
    run_command(main)

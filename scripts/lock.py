"""`make lock`: pin every package with its hashes, from pyproject.toml; needs uv and the package index."""

import os
import re
import subprocess

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
    "requirements-powerbi.txt": ("--group", "powerbi", "--constraints", "requirements.txt"),
    # Not what these packages ask for: of two, the tests need some files only.
    "requirements-tmdl.txt": ("--group", "tmdl", "--no-deps"),
}


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
            lock = ROOT / target
            lock.write_text(pin_without_extras(lock.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


def pin_without_extras(lock: str) -> str:
    """The text of a requirement file, with what is pinned as `name[extra]` pinned as `name`, too.

    pip looks for the hashes of the very words in which a package is asked for: uv looks at the name alone.
    """
    entries = re.split(r"^(?=[A-Za-z0-9])", lock, flags=re.MULTILINE)
    both = []
    for entry in entries:
        both.append(entry)
        if found := re.match(r"([\w.-]+)\[[\w,-]+\](==.*)", entry, flags=re.DOTALL):
            both.append(found[1] + found[2])
    return "".join(both)


if __name__ == "__main__":
    run_command(main)

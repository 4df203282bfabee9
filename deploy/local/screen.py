"""What a person sees while a command works: one line per step, alive on a terminal, plain in a log."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from deploy.local.trouble import Trouble


def say(line: str = "") -> None:
    """One line of text."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


class Progress:
    """A step under way; `show` replaces its last words."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.began = time.monotonic()
        self.result = ""
        self._last_shown = ""

    def show(self, words: str) -> None:
        """What is being done right now. Off a terminal, each new state gets a line of its own."""
        if sys.stdout.isatty():
            # A line that wraps could not be replaced.
            room = shutil.get_terminal_size().columns - len(self.title) - 7
            sys.stdout.write(f"\r\033[K  … {self.title}: {words[:room]}")
            sys.stdout.flush()
        elif words != self._last_shown:
            say(f"    {self.title}: {words}")
        self._last_shown = words


@contextmanager
def step(title: str) -> Iterator[Progress]:
    """A step of a command: its line ends with a tick and the seconds it took, or with a cross."""
    progress = Progress(title)
    alive = sys.stdout.isatty()
    if alive:
        sys.stdout.write(f"  … {title}")
        sys.stdout.flush()
    ending = "\r\033[K" if alive else ""
    try:
        yield progress
    except BaseException:
        say(f"{ending}  ✗ {title}")
        raise
    seconds = f"{time.monotonic() - progress.began:.1f} s"
    say(f"{ending}  ✓ {title}" + (f": {progress.result}" if progress.result else "") + f"  ({seconds})")


def table(heads: Sequence[str], rows: Sequence[Sequence[object]], numbers: set[str] | None = None) -> str:
    """Rows under their heads; the columns named in `numbers` are set flush right."""
    cells = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(text) for text in column) for column in zip(heads, *cells, strict=True)]
    flush_right = numbers or set()

    def line(texts: Sequence[str]) -> str:
        parts = [
            text.rjust(width) if head in flush_right else text.ljust(width)
            for head, text, width in zip(heads, texts, widths, strict=True)
        ]
        return "  " + "  ".join(parts).rstrip()

    rule = "  " + "  ".join("─" * width for width in widths)
    return "\n".join([line(heads), rule, *(line(row) for row in cells)])


def run_command(main: Callable[[], int]) -> None:
    """Run a command to its exit code; what a person can mend is told in one sentence, without a traceback."""
    try:
        sys.exit(main())
    except Trouble as trouble:
        sys.stderr.write(f"\n{trouble}\n")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.stderr.write("\nInterrupted: what runs already goes on; make status shows it, make stop ends it.\n")
        sys.exit(130)

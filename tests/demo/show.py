# SPDX-License-Identifier: GPL-3.0-or-later
"""What is played before a reader: it is shown as it comes, and when it is over, nothing of it is left."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from ansible_collections.vcf.lifecycle.extensions.simulator.scenario import ScenarioError
from tests.demo import playbook
from tests.demo.point import Line

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Ended(BaseException):
    """A signal asks to end."""


class Transcript:
    """Shows what plays print the moment it comes, and remembers it with its time."""

    def __init__(self) -> None:
        self.lines: list[Line] = []

    def reader(self) -> Callable[[bytes], None]:
        """What takes the output of one play. Only whole lines are shown: others print as well."""
        rest = b""

        def see(printed: bytes) -> None:
            nonlocal rest
            *whole, rest = (rest + printed).split(b"\n")
            for line in whole:
                sys.stdout.buffer.write(line + b"\n")
                self.lines.append(Line(time.monotonic(), line.decode(errors="replace")))
            sys.stdout.buffer.flush()

        return see


def run(name: str, play: Callable[[Path], int]) -> int:
    """Play in a temporary folder, and return the exit status.

    :param name: what it is called where it can not be started, or is ended.
    """
    if not playbook.is_set_up():
        print("The collection is not set up here yet: run `make setup` first.", file=sys.stderr)
        return 2
    for number in SIGNALS:
        signal.signal(number, _end)
    try:
        with tempfile.TemporaryDirectory(prefix="vcf-lifecycle-demo-") as folder:
            return play(Path(folder))
    except Ended as ended:
        print(f"\nThe {name} was ended by {ended}. Nothing of it is left running.", file=sys.stderr)
        return 128 + signal.Signals[str(ended)]
    except BrokenPipeError:
        # Whoever read the output is gone; there is nobody left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (ScenarioError, OSError) as problem:
        print(f"The {name} could not be started: {problem}", file=sys.stderr)
        return 2


def colour() -> dict[str, str]:
    """Ansible writes to us, and would not see that we write to a terminal."""
    return {"ANSIBLE_FORCE_COLOR": "true"} if sys.stdout.isatty() and not os.environ.get("NO_COLOR") else {}


def shown(path: Path) -> str:
    """A path as the reader would write it."""
    return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)


def _end(number: int, _frame: FrameType | None) -> None:
    # A second one must not disturb the clearing up after the first.
    for each in SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    raise Ended(signal.Signals(number).name)

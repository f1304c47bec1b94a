# SPDX-License-Identifier: GPL-3.0-or-later
"""Processes that outlive who has started them."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path


def all_of(home: Path) -> dict[int, str]:
    """The processes that have a test's own folder for their home: their command lines, by their ids."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # ended meanwhile, or somebody else's
            if f"HOME={home}" in (process / "environ").read_text(encoding="utf-8", errors="replace").split("\0"):
                found[int(process.name)] = (process / "cmdline").read_text(encoding="utf-8").replace("\0", " ")
    return found


def end_all_of(home: Path) -> list[str]:
    """End those processes; return their command lines.

    The plays that ansible-runner starts are in sessions of their own, and outlive it when it is killed.
    """
    found = all_of(home)
    for process in found:
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    return list(found.values())

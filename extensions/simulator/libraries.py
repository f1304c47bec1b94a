# SPDX-License-Identifier: GPL-3.0-or-later
"""The libraries that the simulator needs: which of them are not there, and what to do about it."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

REQUIREMENTS = Path(__file__).parents[2] / "requirements-simulator.txt"
_REQUIREMENT = re.compile(r"(?P<name>[\w.-]+)>=(?P<least>[\d.]+)")


def complaint() -> str:
    """What to do about libraries that are missing or too old, in sentences; empty where all are there."""
    names = missing(REQUIREMENTS.read_text(encoding="utf-8").splitlines())
    if not names:
        return ""
    install = shlex.join([sys.executable, "-m", "pip", "install", "-r", str(REQUIREMENTS)])
    return (
        f"The simulator needs {', '.join(names)}, which this Python does not have. "
        f"Install what it needs with: {install}"
    )


def missing(lines: Iterable[str]) -> list[str]:
    """Those requirements, of a file's lines, that are not met here."""
    found = [match for line in lines if (match := _REQUIREMENT.fullmatch(line.strip()))]
    return [match[0] for match in found if not _is_there(match["name"], match["least"])]


def _is_there(name: str, least: str) -> bool:
    try:
        return _numbers(version(name)) >= _numbers(least)
    except PackageNotFoundError:
        return False


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", text))

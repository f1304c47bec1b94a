# SPDX-License-Identifier: GPL-3.0-or-later
"""What Linux says of the memory of processes."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path


def megabytes(field: str) -> float:
    """A field of /proc/self/status: VmRSS is what the process holds now, VmHWM the most that it has held."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{field}:")) / 1024


def tree(process: int) -> list[int]:
    """The ids of a process and of all below it."""
    found = [process]
    with suppress(OSError):  # it is gone
        for thread in Path(f"/proc/{process}/task").iterdir():
            children = (thread / "children").read_text(encoding="ascii").split()
            found += [one for child in children for one in tree(int(child))]
    return found


def proportional(process: int) -> float:
    """The megabytes that a process holds, of what it shares with others its part (PSS); none once it is gone."""
    with suppress(OSError):
        lines = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii").splitlines()
        return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
    return 0.0

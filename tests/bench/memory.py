# SPDX-License-Identifier: GPL-3.0-or-later
"""What Linux says of this process's memory."""

from __future__ import annotations

from pathlib import Path


def megabytes(field: str) -> float:
    """A field of /proc/self/status: VmRSS is what the process holds now, VmHWM the most that it has held."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{field}:")) / 1024

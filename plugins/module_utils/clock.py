# SPDX-License-Identifier: GPL-3.0-or-later
"""Time, in one place, so that tests can replace it.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

import time
from datetime import datetime, timezone


class Clock:
    """The machine's own clocks. Tests put a simulated one in its place."""

    def monotonic(self) -> float:
        """Return seconds on a clock that never goes back; only differences mean something."""
        return time.monotonic()

    def now(self) -> datetime:
        """Return the time of day, in UTC."""
        return datetime.now(timezone.utc)

    def sleep(self, seconds: float) -> None:
        """Let that many seconds pass; nothing for zero or less."""
        if seconds > 0:
            time.sleep(seconds)


def duration(seconds: float) -> str:
    """Return a duration as people write it: C(45s), C(3m 20s), C(1h 12m)."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes}m {rest}s" if rest else f"{minutes}m"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h {minutes}m" if minutes else f"{hours}h"

# SPDX-License-Identifier: GPL-3.0-or-later
"""Simulated time: seconds since the start of the server, faster than real ones if wanted, and jumped if asked."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone


class Clock:
    """Simulated seconds since the start. ``speed`` is simulated seconds per real second."""

    def __init__(self, speed: float = 1.0) -> None:
        self.speed = speed
        self.epoch = datetime.now(timezone.utc)
        self._began = time.monotonic()
        self._jumped = 0.0

    def now(self) -> float:
        """Simulated seconds since the start."""
        return (time.monotonic() - self._began) * self.speed + self._jumped

    def advance(self, seconds: float) -> None:
        """Jump ``seconds`` of simulated time ahead."""
        self._jumped += seconds

    def hold(self, seconds: float) -> Callable[[], None]:
        """Let no time pass beyond that moment, at which something is to happen, before the function that is returned
        has been called. Time that passes by itself waits for nobody."""
        del seconds
        return lambda: None

    def at(self, seconds: float) -> datetime:
        """The simulated moment, in UTC, of an offset such as `now` gives."""
        return self.epoch + timedelta(seconds=seconds)

    def iso(self, seconds: float | None) -> str | None:
        """That moment the way the services write it: ISO 8601 with milliseconds and a Z. None stays None."""
        if seconds is None:
            return None
        return self.at(seconds).isoformat(timespec="milliseconds").replace("+00:00", "Z")

# SPDX-License-Identifier: GPL-3.0-or-later
"""Where times are on the charts of a report: in percent of the width, so that they fit any screen.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

NARROWEST = 0.7
"""Percent: the width of what was over at once, or of which nobody knows how long it took."""

_STEPS = [1, 2, 5, 10, 15, 30]
_STEPS += [60 * minutes for minutes in (1, 2, 5, 10, 15, 30)]
_STEPS += [3600 * hours for hours in (1, 2, 3, 6, 12, 24, 48, 24 * 7, 24 * 30, 24 * 365)]

When = TypeVar("When", datetime, float)
"""A time of day, or seconds since something."""


@dataclass(frozen=True)
class Scale(Generic[When]):
    """From times to percent of a chart's width."""

    start: When
    end: When
    narrowest: float = NARROWEST

    def percent(self, when: When) -> float:
        """Return where a time is, within the chart."""
        share = (when - self.start) / (self.end - self.start)
        return round(100 * min(1.0, max(0.0, share)), 2)

    def span(self, start: When, end: When) -> dict[str, Any]:
        """Return C(x) and C(width) of what lasted from start to end."""
        x = min(self.percent(start), 100 - self.narrowest)
        return {"x": x, "width": round(max(self.narrowest, self.percent(end) - x), 2)}


def step_of(seconds: float, most: int) -> int:
    """Return how many seconds lie between two ticks of an axis that is that long, and has at most so many."""
    return next((step for step in _STEPS if seconds / step <= most), _STEPS[-1])


def anchor_of(x: float) -> str:
    """Return on which side of a tick its label stands, so that it does not leave the chart."""
    return "start" if x < 6 else "end" if x > 94 else "middle"

# SPDX-License-Identifier: GPL-3.0-or-later
"""How long it will take tonight, from how long it took in the rehearsals. Pure functions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .course import Course, Step
from .order import Window

Key = tuple[str, str, int]
Samples = dict[str, list[float]]


def forecast(courses: Sequence[Course], windows: Mapping[str, Window]) -> dict[str, Any]:
    """The p50 and the p90 of each step and of the whole, in seconds, and whether that fits the windows; empty where
    there are no runs.

    A step is known by its host, its name, and how many of that name came before it. What a step is that some runs have
    not, is told by those that have it; ``runs`` says how many.
    """
    if not courses:
        return {}
    found: dict[Key, list[float]] = {}
    parts: dict[Key, Samples] = {}
    for course in courses:
        for key, step in numbered(course.steps):
            if step.ended is not None:
                found.setdefault(key, []).append(step.ended - step.began)
            for name, seconds in step.parts:
                parts.setdefault(key, {}).setdefault(name, []).append(seconds)
    totals = [course.seconds for course in courses]
    return {
        "steps": [
            {
                "host": key[0],
                "name": key[1],
                "runs": len(seconds),
                **percentiles(seconds),
                "parts": [{"name": name, **percentiles(one)} for name, one in parts.get(key, {}).items()],
            }
            for key, seconds in found.items()
        ],
        "runs": len(courses),
        "around": percentiles([course.around for course in courses]),
        "total": percentiles(totals),
        "windows": [fit(host, window, totals) for host, window in windows.items()],
    }


def percentiles(seconds: Sequence[float]) -> dict[str, float]:
    """The p50 and the p90."""
    return {"p50": round(quantile(seconds, 0.5), 1), "p90": round(quantile(seconds, 0.9), 1)}


def quantile(values: Sequence[float], share: float) -> float:
    """The value that a share of them does not exceed, on a line between the two next to it."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def fit(host: str, window: Window, totals: Sequence[float]) -> dict[str, Any]:
    """Whether runs of that length fit a window: all of the run counts, from when it opens."""
    seconds = window.minutes * 60
    found = percentiles(totals)
    return {
        "host": host,
        "label": window.label,
        "seconds": seconds,
        "fits_p50": found["p50"] <= seconds,
        "fits_p90": found["p90"] <= seconds,
        "spare_p90": round(seconds - found["p90"], 1),
    }


def numbered(steps: Sequence[Step]) -> Iterator[tuple[Key, Step]]:
    """Each step with what it is known by in all runs."""
    seen: Counter[tuple[str, str]] = Counter()
    for step in steps:
        yield (step.host, step.name, seen[step.host, step.name]), step
        seen[step.host, step.name] += 1

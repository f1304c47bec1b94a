# SPDX-License-Identifier: GPL-3.0-or-later
"""The runs of a rehearsal as small pictures, all of the same scale: across in percent, down in pixels.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from ansible_collections.vcf.lifecycle.plugins.module_utils.clock import duration
from ansible_collections.vcf.lifecycle.plugins.plugin_utils.report_rehearsal import WRONG
from ansible_collections.vcf.lifecycle.plugins.plugin_utils.report_scale import Scale, anchor_of, step_of
from ansible_collections.vcf.lifecycle.plugins.plugin_utils.report_tasks import Item

AXIS_HEIGHT = 18
LABEL_HEIGHT = 15

_MOST_PICTURES, _MOST_BARS = 24, 5000
_MOST_TICKS = 4
_MOST_NAMES = 3  # faults or hosts that a caption names
_MOST_LABELS = 6  # hosts that have their names above their bars
_ROOM = 160  # pixels that all bars of a picture share
_HIGHEST, _LOWEST = 12, 3  # pixels of a lane
_NARROWEST = 0.4  # percent

Lanes = dict[str, int]
"""How many bars stand below each other at most, by host."""


def pictures(report: dict[str, Any]) -> dict[str, Any] | None:
    """Return the pictures of the runs of a report, and what they have in common; None where there are no runs.

    Those of the runs that went wrong come first, then those of the slowest, as many as a page can bear.
    """
    if not report["runs"]:
        return None
    drawn = list(_chosen(report["runs"]))
    placed = [_in_lanes(run) for run in drawn]
    lanes = _lanes(placed)
    closings = [_closings(run, report["rehearsal"]) for run in drawn]
    longest = max(_length(run) for run in drawn)
    # The end of a window that is far away would leave the runs too little room.
    near = [closes for one in closings for closes in one if closes <= 2 * longest]
    scale = Scale(0.0, max([1.0, longest, *near]), _NARROWEST)
    thickness = max(_LOWEST, min(_HIGHEST, _ROOM // max(1, sum(lanes.values()))))
    tops, height = _tops(lanes, thickness)
    return {
        "left_out": len(report["runs"]) - len(drawn),
        "height": height + AXIS_HEIGHT,
        "plot_height": height,
        # A pixel lies between two lanes.
        "bar_height": thickness - 1,
        "seconds": scale.end,
        "ticks": _ticks(scale),
        "labels": [{"host": host, "y": tops[host] - 4} for host in lanes] if _is_labelled(lanes) else [],
        "runs": [
            {
                "number": run["number"],
                "caption": _caption(run),
                "alternative": _alternative(run, ends),
                "bars": [
                    {
                        **scale.span(step["began"], _end(step, run)),
                        "y": tops[step["host"] or ""] + lane * thickness,
                        "state": step["state"],
                        "is_open": step["ended"] is None,
                        "title": _title(step),
                    }
                    for step, lane in found
                ],
                "closings": [
                    {"x": scale.percent(closes), "title": _closing(closes, hosts)}
                    for closes, hosts in ends.items()
                    if closes <= scale.end
                ],
            }
            for run, found, ends in zip(drawn, placed, closings, strict=True)
        ],
        "is_window_beyond": any(closes > scale.end for ends in closings for closes in ends),
    }


def _chosen(runs: Sequence[Item]) -> Iterator[Item]:
    bars = 0
    ordered = sorted(runs, key=lambda run: (run["result"] != WRONG, -run["seconds"]))
    for place, run in enumerate(ordered[:_MOST_PICTURES]):
        bars += len(run["steps"])
        if place and bars > _MOST_BARS:
            return
        yield run


def _length(run: Item) -> float:
    return float(max([run["seconds"], *(step["ended"] or step["began"] for step in run["steps"])]))


def _end(step: Item, run: Item) -> float:
    """Return where a step's bar ends; what goes on is drawn to the end of the run."""
    return float(max(step["began"], _length(run) if step["ended"] is None else step["ended"]))


def _in_lanes(run: Item) -> list[tuple[Item, int]]:
    """Return the steps of a run, each with the first lane of its host that is free."""
    found = []
    free: dict[str | None, list[float]] = {}
    for step in sorted(run["steps"], key=lambda step: step["began"]):
        lanes = free.setdefault(step["host"], [])
        lane = next((place for place, since in enumerate(lanes) if since <= step["began"]), len(lanes))
        lanes[lane : lane + 1] = [_end(step, run)]
        found.append((step, lane))
    return found


def _lanes(placed: Sequence[Sequence[tuple[Item, int]]]) -> Lanes:
    lanes: Lanes = {}
    for found in placed:
        for step, lane in found:
            host = step["host"] or ""
            lanes[host] = max(lanes.get(host, 0), lane + 1)
    return lanes


def _is_labelled(lanes: Lanes) -> bool:
    return 1 < len(lanes) <= _MOST_LABELS


def _tops(lanes: Lanes, thickness: int) -> tuple[dict[str, int], int]:
    """Return where the lanes of each host begin, and where all of them end."""
    tops, y = {}, 0
    for host, count in lanes.items():
        y += LABEL_HEIGHT if _is_labelled(lanes) else 2
        tops[host] = y
        y += count * thickness
    return tops, y + 4


def _closings(run: Item, rehearsal: Item) -> dict[float, list[str]]:
    """Return when change windows end, in seconds since the beginning of the run, with the hosts whose windows do."""
    known = [(window["host"], window["closes"]) for window in run["windows"]]
    if not known and rehearsal["forecast"]:
        known = [(window["host"], window["seconds"]) for window in rehearsal["forecast"]["windows"]]
    found: dict[float, list[str]] = {}
    for host, closes in known:
        if closes is not None and closes >= 0:
            found.setdefault(closes, []).append(host or "a host")
    return found


def _closing(closes: float, hosts: Sequence[str]) -> str:
    return f"The change window of {_listed(hosts)} ends after {duration(closes)}."


def _ticks(scale: Scale[float]) -> list[Item]:
    step = step_of(scale.end, _MOST_TICKS)
    return [
        {"x": x, "label": duration(place * step), "anchor": anchor_of(x)}
        # A few at most, however long it took.
        for place in range(2 * _MOST_TICKS)
        if place * step <= scale.end
        for x in [scale.percent(place * step)]
    ]


def _caption(run: Item) -> Item:
    """Return what stands below a picture."""
    more = len(run["faults"]) - _MOST_NAMES
    return {
        **{key: run[key] for key in ("seed", "seconds", "result", "status")},
        "faults": run["faults"][:_MOST_NAMES] + ([f"and {more} more"] if more > 0 else []),
        "outcome": _outcome(run),
    }


def _outcome(run: Item) -> str:
    """Return how a run ended on its hosts, in words; nothing where it is not known."""
    by: dict[str, list[str]] = {}
    for one in run["outcomes"]:
        by.setdefault((one["outcome"] or "unknown").replace("_", " "), []).append(one["host"])
    if len(by) == 1:
        return next(iter(by))
    return "; ".join(f"{word}: {_listed(hosts)}" for word, hosts in by.items())


def _alternative(run: Item, closings: dict[float, list[str]]) -> str:
    """Return what a picture shows, in words."""
    states = Counter(step["state"] for step in run["steps"])
    counted = ", ".join(f"{count} {state}" for state, count in states.items()) or "no step"
    seed = "" if run["seed"] is None else f", seed {run['seed']}"
    windows = [_closing(closes, hosts) for closes, hosts in closings.items()]
    return " ".join([f"Run {run['number']}{seed}, {duration(run['seconds'])}: {counted}.", *windows])


def _title(step: Item) -> str:
    where = f"{step['host']}: " if step["host"] else ""
    if step["ended"] is None:
        return f"{where}{step['name']}: {step['state']}, from {duration(step['began'])}"
    took = max(0.0, step["ended"] - step["began"])
    return f"{where}{step['name']}: {step['state']}, from {duration(step['began'])}, {duration(took)}"


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")

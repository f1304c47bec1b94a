# SPDX-License-Identifier: GPL-3.0-or-later
"""What a report says of a rehearsal: its forecast, how its runs went, and what they have laid open.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ansible_collections.vcf.lifecycle.plugins.module_utils.services.wire import flag, mapping, mappings, number
from ansible_collections.vcf.lifecycle.plugins.plugin_utils.report_tasks import UNKNOWN, Item
from ansible_collections.vcf.lifecycle.plugins.plugin_utils.report_values import text, texts

WRONG, FAILED, WELL = "wrong", "failed", "well"
"""How a run ended: as it must not, with a failure that its faults account for, or well."""

_LONGEST = 1e10
"""Seconds, three hundred years: what is longer makes no sense, and adds up to what no number can hold."""


def runs_of(given: Item) -> list[Item]:
    """Return the runs of a rehearsal: every key always there, null where nothing is known.

    :param given: what the module rehearse returned, as plain JSON types.
    """
    return [_run(run, place) for place, run in enumerate(mappings(given.get("runs")), 1)]


def rehearsal_of(given: Item, runs: list[Item]) -> Item | None:
    """Return what all runs come to; None where nothing was rehearsed.

    :param given: what the module rehearse returned, as plain JSON types.
    :param runs: its runs, from C(runs_of).
    """
    forecast = _forecast(mapping(given.get("forecast")))
    weak_points = [_weak_point(point) for point in mappings(given.get("weak_points"))]
    problems = texts(given.get("problems"))
    if not (runs or forecast or weak_points or problems):
        return None
    results = [run["result"] for run in runs]
    return {
        "outcome": _outcome(results, forecast, weak_points, problems),
        "counts": {
            "runs": len(runs),
            "chaos": sum(run["chaos"] for run in runs),
            **{result: results.count(result) for result in (WRONG, FAILED, WELL)},
        },
        "forecast": forecast,
        "wrong_ends": [
            {"run": run["number"], "seed": run["seed"], "replay": run["replay"], **end}
            for run in runs
            for end in run["wrong"]
        ],
        "weak_points": weak_points,
        "problems": problems,
    }


def _outcome(results: list[str], forecast: Item | None, weak_points: list[Item], problems: list[str]) -> str:
    """Return how it went, in a word of the reports; the worst counts."""
    if problems or WRONG in results:
        return "failed"
    windows = forecast["windows"] if forecast else []
    if weak_points or FAILED in results or any(window["fits_p90"] is False for window in windows):
        return "succeeded_with_warnings"
    return "succeeded" if results else "unknown"


def _run(given: Item, place: int) -> Item:
    seed, chaos = _whole(given.get("seed")), bool(flag(given.get("chaos")))
    status, faults = _whole(given.get("status")), texts(given.get("faults"))
    wrong = list(_wrong(given, status, faults))
    steps = [_step(step) for step in mappings(given.get("steps"))]
    ended = max((step["ended"] or 0.0 for step in steps), default=0.0)
    return {
        "number": place if _whole(given.get("number")) is None else _whole(given.get("number")),
        "seed": seed,
        "chaos": chaos,
        "replay": None if seed is None else f"-e {'chaos' if chaos else 'runs'}=1 -e seed={seed}",
        "result": WRONG if wrong else FAILED if status else WELL,
        "status": status,
        "faults": faults,
        # Lists, because a host may be called like a field that holds a secret.
        "outcomes": [
            {"host": host, "outcome": text(outcome)} for host, outcome in mapping(given.get("outcomes")).items()
        ],
        "windows": [
            {"host": host, **{key: number(mapping(window).get(key)) for key in ("opens", "closes")}}
            for host, window in mapping(given.get("window")).items()
        ],
        "steps": steps,
        "seconds": ended if number(given.get("seconds")) is None else _seconds(given.get("seconds")),
        "around": _seconds(given.get("around")),
        "left_running": texts(given.get("left_running")),
        "wrong": wrong,
        "output": text(given.get("output")),
    }


def _wrong(given: Item, status: int | None, faults: list[str]) -> Iterator[Item]:
    """Yield in which ways a run ended as it must not."""
    for end in mappings(given.get("wrong")):
        yield {key: text(end.get(key)) for key in ("rule", "host", "text")}
    if status and not faults:
        yield {"rule": "playbook_failed", "host": None, "text": f"The playbook failed (status {status})."}
    # Where nobody has judged how it ended, nothing may be left.
    if "wrong" not in given:
        for left in texts(given.get("left_running")):
            yield {"rule": "left_running", "host": None, "text": f"{left} goes on after the playbook has ended."}


def _step(given: Item) -> Item:
    return {
        "host": text(given.get("host")),
        "name": text(given.get("name")) or "unnamed step",
        "state": text(given.get("state")) or UNKNOWN,
        "began": _seconds(given.get("began")),
        "ended": None if number(given.get("ended")) is None else _seconds(given.get("ended")),
        "parts": [
            [text(part[0]), _seconds(part[1])]
            for part in _list(given.get("parts"))
            if isinstance(part, list) and len(part) == 2
        ],
    }


def _forecast(given: Item) -> Item | None:
    if not given:
        return None
    return {
        "runs": _whole(given.get("runs")),
        "steps": [
            {
                "host": text(step.get("host")),
                "name": text(step.get("name")) or "unnamed step",
                "runs": _whole(step.get("runs")),
                **_percentiles(step),
                "parts": [
                    {"name": text(part.get("name")), **_percentiles(part)} for part in mappings(step.get("parts"))
                ],
            }
            for step in mappings(given.get("steps"))
        ],
        "around": _percentiles(mapping(given.get("around"))),
        "total": _percentiles(mapping(given.get("total"))),
        "windows": [
            {
                "host": text(window.get("host")),
                "label": text(window.get("label")),
                "seconds": _seconds(window.get("seconds")),
                "fits_p50": flag(window.get("fits_p50")),
                "fits_p90": flag(window.get("fits_p90")),
                "spare_p90": number(window.get("spare_p90")),
            }
            for window in mappings(given.get("windows"))
        ],
    }


def _weak_point(given: Item) -> Item:
    seeds = [_whole(seed) for seed in _list(given.get("seeds"))]
    return {
        "text": text(given.get("text")),
        "runs": _whole(given.get("runs")),
        "of": _whole(given.get("of")),
        "seeds": [seed for seed in seeds if seed is not None],
    }


def _percentiles(given: Item) -> Item:
    return {key: _seconds(given.get(key)) for key in ("p50", "p90")}


def _seconds(value: Any) -> float:
    return min(max(number(value) or 0.0, 0.0), _LONGEST)


def _whole(value: Any) -> int | None:
    found = number(value)
    return None if found is None else int(found)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []

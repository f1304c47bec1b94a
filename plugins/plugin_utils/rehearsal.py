# SPDX-License-Identifier: GPL-3.0-or-later
"""Rehearsing in a process beside the controller, and saying what has come of it.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import IO, Any, cast

from ansible_collections.vcf.lifecycle.plugins.module_utils.clock import duration

COLLECTIONS = Path(__file__).parents[4]
# By its full name, whatever else is called ansible_collections: the package "ansible" brings one along.
_PROGRAM = """
import runpy, sys, types
sys.modules["ansible_collections"] = package = types.ModuleType("ansible_collections")
package.__path__ = [sys.argv[1]]
runpy.run_module("ansible_collections.vcf.lifecycle.extensions.rehearsal", None, "__main__")
"""
_SHOWN_FROM = 60.0  # seconds


class Refused(Exception):
    """Nothing could be rehearsed; the text says why."""


def rehearse(order: Mapping[str, Any], see: Callable[[str], None]) -> dict[str, Any]:
    """Rehearse, and return what has come of it.

    Whatever becomes of us, all that was started ends: it is a process of its own that ends with its standard input.

    :param order: what to rehearse, as C(extensions/rehearsal/order.py) reads it.
    :param see: is given each line that is to be shown meanwhile.
    :raises Refused: when it can not be rehearsed.
    """
    command = [sys.executable, "-c", _PROGRAM, str(COLLECTIONS)]
    with tempfile.TemporaryFile() as complaints:
        with subprocess.Popen(  # noqa: S603 - it is Python, with a program of ours
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
            start_new_session=True,
            text=True,
        ) as process:
            done = _followed(process, json.dumps(order), see)
        if done is not None:
            return done
        complaints.seek(0)
        text = complaints.read().decode(errors="replace").strip()
    raise Refused(f"The rehearsal has ended before it had a result: {text or process.returncode}")


def _followed(process: subprocess.Popen[str], order: str, see: Callable[[str], None]) -> dict[str, Any] | None:
    """Give the order, and return the result; None where there is none. Standard input is closed then."""
    with cast(IO[str], process.stdin) as standard_input:
        standard_input.write(order + "\n")
        standard_input.flush()
        for line in cast(IO[str], process.stdout):
            told: dict[str, Any] = json.loads(line)
            if "refused" in told:
                raise Refused(told["refused"])
            if "result" in told:
                return dict(told["result"])
            see(told["say"])
    return None


def window_of(stand: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return when a change window opens, how long it is and what is to happen at its end (C(at_end)), from what the
    filter change_window says of it; None for one without end."""
    if not stand.get("opens_at") or not stand.get("closes_at"):
        return None
    opens, closes = (datetime.fromisoformat(stand[name].replace("Z", "+00:00")) for name in ("opens_at", "closes_at"))
    minutes = (closes - opens).total_seconds() / 60
    at_end = stand.get("at_end", "finish")
    return {"opens": opens.timestamp(), "minutes": minutes, "label": stand["label"], "at_end": at_end}


def in_words(result: Mapping[str, Any]) -> list[str]:
    """Return what has come of it for people: the forecast with the steps as a table, the whole, and each window; and
    what chance has found."""
    return [*_forecast(result["forecast"], result["runs"]), *_chaos(result)]


def _forecast(forecast: Mapping[str, Any], runs: Sequence[Mapping[str, Any]]) -> list[str]:
    if not forecast:
        if runs and all(run["chaos"] for run in runs):
            return []
        return ["No rehearsal has ended well, so that there is no forecast."]
    count = forecast["runs"]
    rows = [row for step in forecast["steps"] for row in _rows(step)]
    rows += [("between the steps", forecast["around"]), ("in all", forecast["total"])]
    width = max(len(name) for name, _times in rows)
    lines = [f"{'':{width}}  {'p50':>8}  {'p90':>8}  of {count} rehearsal{'s' if count > 1 else ''}"]
    lines += [f"{name:{width}}  {duration(times['p50']):>8}  {duration(times['p90']):>8}" for name, times in rows]
    return lines + [_fit(window) for window in forecast["windows"]]


def _chaos(result: Mapping[str, Any]) -> list[str]:
    """Return what has become of the runs with random faults, and the weak points that they show."""
    runs = [run for run in result["runs"] if run["chaos"]]
    if not runs:
        return []
    ends = Counter(" and ".join(sorted(set(run["outcomes"].values()))) or "without a word" for run in runs)
    told = ", ".join(f"{count} ended {end}" for end, count in ends.most_common())
    wrong = sum(bool(run["wrong"]) for run in runs)
    lines = [f"Of {len(runs)} runs with random faults {told}. {wrong or 'None'} of them ended wrong."]
    return lines + [f"Weak point: {point['text']}" for point in result["weak_points"]]


def _rows(step: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the row of a step, and those of its components that take long enough to be of interest."""
    parts = [("    " + part["name"], part) for part in step["parts"] if part["p90"] >= _SHOWN_FROM]
    return [(f"{step['host']}: {step['name']}", step), *parts]


def _fit(window: Mapping[str, Any]) -> str:
    spare = window["spare_p90"]
    about = f"the change window of {window['host']}, {window['label']} ({duration(window['seconds'])})"
    if window["fits_p90"]:
        return f"It fits {about}: at p90, {duration(spare)} is left."
    if window["fits_p50"]:
        return f"It may not fit {about}: at p90, {duration(-spare)} is missing."
    return f"It does not fit {about}: at p90, {duration(-spare)} is missing."

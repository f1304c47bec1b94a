# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether all that the demo shows has happened. The services' side of it is in `fleet_proof` and `sddc_proof`, and is
read from the simulator; the play's own word counts only where what it says is the matter: its progress and reports."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from ansible_collections.vcf.lifecycle.extensions.simulator.simulator import Simulator
from tests.demo import fleet_proof, sddc_proof
from tests.demo.point import FLEET, HOSTS, SDDC_MANAGER, Line, Point, Window, point, sent

LEAST_LINES = 3  # of live progress, from as many moments
FILES = ("report.html", "report.md", "report.json", "junit.xml")


def points(simulator: Simulator, lines: Iterable[Line], reports: Path, window: Window) -> list[Point]:
    """All that must have happened. ``reports`` is the folder with those of the hosts."""
    shown = list(lines)
    made = {host: _report(reports / host) for host in HOSTS.values()}
    return [
        *fleet_proof.points(simulator, made[HOSTS[FLEET]]),
        *sddc_proof.points(simulator, made[HOSTS[SDDC_MANAGER]]),
        *(_watched(host, shown) for host in HOSTS.values()),
        _inside(simulator, window, made.values()),
        *(_reported(host, reports / host, made[host]) for host in HOSTS.values()),
    ]


def _report(folder: Path) -> dict[str, Any]:
    try:
        report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return report if isinstance(report, dict) else {}


def _watched(host: str, lines: list[Line]) -> Point:
    shown = [line for line in lines if re.match(rf"\[{host}\] .* \(.*\): RUNNING, ", line.text)]
    apart = [line for line, before in zip(shown[1:], shown, strict=False) if line.at - before.at > 0.3]
    live = len({line.text for line in shown}) >= LEAST_LINES and len(apart) >= LEAST_LINES - 1
    instead = f"there were {len(shown)} lines of progress, {len(apart)} of them later than the one before"
    return point(f"The upgrades of {host} were watched while they ran", [] if live else [instead])


def _inside(simulator: Simulator, window: Window, reports: Iterable[dict[str, Any]]) -> Point:
    """All that was asked of the services was asked inside the change window, which the reports name."""
    opens, closes = window
    asked = [simulator.clock.at(seen["at"]) for service in HOSTS for seen in sent(simulator, service)]
    outside = [at for at in asked if not opens <= at < closes]
    named = [_window(report) for report in reports]
    return point(
        "Everything was asked for inside the change window",
        [
            *([] if asked else ["nothing was asked for"]),
            *([f"{len(outside)} of {len(asked)} requests were outside"] if outside else []),
            *(["the reports name another window"] if set(named) != {window} else []),
        ],
    )


def _window(report: dict[str, Any]) -> Window | None:
    """The window that a report names."""
    named = report.get("window") or {}
    try:
        opens, closes = (datetime.fromisoformat(named[end].replace("Z", "+00:00")) for end in ("start", "end"))
    except (KeyError, AttributeError, ValueError):
        return None
    return opens, closes


def _reported(host: str, folder: Path, report: dict[str, Any]) -> Point:
    """There is a report, and it says that everything has its version."""
    missing = [name for name in FILES if not (folder / name).is_file() or not (folder / name).stat().st_size]
    versions = report.get("versions") or []
    on_target = bool(versions) and all(version["on_target"] for version in versions)
    outcome = report.get("outcome")
    return point(
        f"The report of {host} says so",
        [
            *([f"there is no {name}" for name in missing]),
            *([f"it says {outcome}"] if outcome not in ("succeeded", "succeeded_with_warnings") else []),
            *([] if on_target else ["not all versions in it are those that were to be"]),
        ],
    )

# SPDX-License-Identifier: GPL-3.0-or-later
"""What the simulator saw of the demo. The play's own word counts for nothing here."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from tests.simulator import Simulator
from tests.simulator.scenario import State

FLEET, SDDC_MANAGER = "fleet_lcm", "sddc_manager"
AWAITED = "upgrade-vcf-fleet-depot"
RETRIED = {FLEET: "upgrade-ops-logs", SDDC_MANAGER: "Upgrade ESX of cluster sfo-m01-cl01"}
CANCELLED = "upgrade-vcfa"

LEAST_LINES = 3  # of live progress, from as many moments


@dataclass(frozen=True)
class Point:
    """One thing that must have happened, and what there was instead of it (empty: nothing)."""

    claim: str
    instead: str = ""


@dataclass(frozen=True)
class Line:
    """A line of the play's output, and when it came: in seconds of any one clock."""

    at: float
    text: str


def points(simulator: Simulator, lines: Iterable[Line]) -> list[Point]:
    """All that must have happened."""
    return [
        *(_listed(simulator, service) for service in (FLEET, SDDC_MANAGER)),
        _watched(lines),
        _ended(simulator, FLEET, AWAITED, State.SUCCEEDED, asked=[]),
        *(_ended(simulator, service, name, State.SUCCEEDED, asked=["retry"]) for service, name in RETRIED.items()),
        _ended(simulator, FLEET, CANCELLED, State.CANCELED, asked=["cancel"]),
    ]


def _listed(simulator: Simulator, service: str) -> Point:
    lists = [
        seen
        for seen in list(simulator.requests)
        if seen["service"] == service and seen["method"] == "GET" and seen["path"].endswith("/v1/tasks")
    ]
    answered = any(seen["status"] == 200 for seen in lists)
    return Point(f"The tasks of {service} were listed", "" if answered else "no list of them was answered")


def _watched(lines: Iterable[Line]) -> Point:
    shown = [line for line in lines if re.match(rf"\[fleet\] {AWAITED} \(.*\): RUNNING", line.text)]
    apart = [line for line, before in zip(shown[1:], shown, strict=False) if line.at - before.at > 0.5]
    live = len({line.text for line in shown}) >= LEAST_LINES and len(apart) >= LEAST_LINES - 1
    return Point(
        f"{AWAITED} was watched while it ran",
        "" if live else f"there were {len(shown)} lines of progress while it ran, {len(apart)} of them later ones",
    )


def _ended(simulator: Simulator, service: str, name: str, end: State, asked: list[str]) -> Point:
    """The task has ended like that, and was sent those requests: no other, and none twice."""
    requests = {"retry": "one retry", "cancel": "one cancel"}
    claim = f"{name} got {requests[asked[0]] if asked else 'no request'}, and ended as {end.value}"
    tasks = next(each for each in simulator.services if each.name == service).tasks
    entry = tasks.get(simulator.task_id(name, service))
    if entry is None:
        return Point(claim, "the service does not know it")
    accepted = [event.kind for event in entry.log]
    sent = [seen for seen in list(simulator.requests) if seen["method"] != "GET" and seen["path"].endswith(entry.id)]
    state = entry.look(simulator.clock.now()).state
    wrong = []
    if accepted != asked or len(sent) != len(asked):
        wrong.append(f"{len(sent)} requests were sent for it, of which were accepted: {', '.join(accepted) or 'none'}")
    if state is not end:
        wrong.append(f"it is {state.value}")
    return Point(claim, ", and ".join(wrong))

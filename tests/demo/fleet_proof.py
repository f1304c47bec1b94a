# SPDX-License-Identifier: GPL-3.0-or-later
"""What Fleet LCM saw of the demo."""

from __future__ import annotations

from collections import Counter
from typing import Any

from ansible_collections.vcf.lifecycle.extensions.simulator.scenario import State
from ansible_collections.vcf.lifecycle.extensions.simulator.services import fleet_plan
from ansible_collections.vcf.lifecycle.extensions.simulator.services.fleet_lcm import FleetLcm
from ansible_collections.vcf.lifecycle.extensions.simulator.services.fleet_plan import SYSTEM, Fleet, Work
from ansible_collections.vcf.lifecycle.extensions.simulator.simulator import Simulator
from tests.demo.point import FLEET, Point, acknowledged, away, point, sent

WARNING = "CERT-EXPIRY-30"
RETRIED, FALSELY_FAILED = "OPS_LOGS", "VSP"


def points(simulator: Simulator, report: dict[str, Any]) -> list[Point]:
    """All that must have happened. ``report`` is what report.json says."""
    service = simulator.service(FLEET)
    assert isinstance(service, FleetLcm)
    assert service.upgrade is not None
    fleet, now = service.upgrade.fleet, simulator.clock.now()
    return [
        _system(simulator, fleet, now),
        _warned(fleet, now, report),
        _once(simulator, fleet),
        _retried(simulator, fleet, now),
        _falsely_failed(simulator, fleet, now),
        _versions(fleet, now),
    ]


def _system(simulator: Simulator, fleet: Fleet, now: float) -> Point:
    works = [work for work in fleet.works if work.kind == "system"]
    ends = [work.entry.look(now) for work in works]
    asked = len(sent(simulator, FLEET, "/system?action=apply"))
    version = fleet_plan.versions(fleet, now)[SYSTEM]
    return point(
        "Fleet LCM was upgraded once, and was away in the middle of it",
        [
            *(
                []
                if (asked, len(works)) == (1, 1)
                else [f"it was asked for {asked} times, and began {len(works)} times"]
            ),
            *filter(None, (away(simulator, FLEET, end) for end in ends)),
            *([] if version in fleet.upgrade.system.targets else [f"it has version {version}"]),
        ],
    )


def _warned(fleet: Fleet, now: float, report: dict[str, Any]) -> Point:
    prechecks = [work.entry for work in fleet.works if work.kind == "precheck"]
    applied = [work.entry.start for work in _applied(fleet)]
    over = [entry.look(now).ended for entry in prechecks if WARNING in str(entry.task.result)]
    first = min(applied, default=now)
    return point(
        f"The prechecks warned of {WARNING}, which was acknowledged before anything was upgraded",
        [
            *([] if any(end is not None and end <= first for end in over) else ["they did not warn before"]),
            *filter(None, [acknowledged(report, WARNING)]),
        ],
    )


def _once(simulator: Simulator, fleet: Fleet) -> Point:
    """No upgrade was asked for twice, be it accepted or refused."""
    works, asked = _applied(fleet), sent(simulator, FLEET, "?action=apply")
    asked = [seen for seen in asked if "/upgrade-plans/" in seen["path"]]
    times = Counter(component for work in works for component in work.targets)
    twice = [_name(fleet, component) for component, count in times.items() if count > 1]
    return point(
        f"The fleet's upgrades were asked for in {len(works)} requests, each component in one of them",
        [
            *([] if works else ["none was asked for"]),
            *([f"{len(asked)} requests were sent"] if len(asked) != len(works) else []),
            *([f"more than one was for {', '.join(twice)}"] if twice else []),
        ],
    )


def _retried(simulator: Simulator, fleet: Fleet, now: float) -> Point:
    return _ended(
        simulator, fleet, now, RETRIED, [State.FAILED, State.SUCCEEDED], "failed, got one retry, and went well"
    )


def _falsely_failed(simulator: Simulator, fleet: Fleet, now: float) -> Point:
    claim = "was said to have failed, has its version, and was left alone"
    return _ended(simulator, fleet, now, FALSELY_FAILED, [State.FAILED], claim)


def _ended(simulator: Simulator, fleet: Fleet, now: float, kind: str, ends: list[State], claim: str) -> Point:
    """The one upgrade of a component had these ends, with a retry between two of them, and led to its version."""
    component = next(one for one in fleet.upgrade.components if one.type == kind)
    version = fleet_plan.versions(fleet, now)[component.id]
    found = [work for work in _applied(fleet) if component.id in work.targets]
    seen = [work.part(view, component.id).state for work in found for view in work.entry.run_ends(now)]
    retries = sum(len(sent(simulator, FLEET, f"/{work.entry.id}?action=retry")) for work in found)
    return point(
        f"The upgrade of {component.name} {claim}",
        [
            *([f"its ends were: {_words(seen)}"] if seen != ends else []),
            *([f"{retries} retries were sent"] if retries != len(ends) - 1 else []),
            *([] if version in component.versions else [f"it has version {version}"]),
        ],
    )


def _versions(fleet: Fleet, now: float) -> Point:
    versions = fleet_plan.versions(fleet, now)
    components = fleet.upgrade.components
    old = [one.name for one in components if versions[one.id] not in one.versions]
    return point(
        f"All {len(components)} components of the fleet have their newest versions",
        [f"these have not: {', '.join(old)}"] if old else [],
    )


def _applied(fleet: Fleet) -> list[Work]:
    return [work for work in fleet.works if work.kind == "apply"]


def _name(fleet: Fleet, component: str) -> str:
    return next(one.name for one in fleet.upgrade.components if one.id == component)


def _words(states: list[State]) -> str:
    return ", ".join(state.value for state in states) or "none"

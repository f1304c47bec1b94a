# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults by chance, for one run: what a night may have in store. The same chance gives the same faults.

Most of them are tied to a component, a stage and a count of requests rather than to a time, so that a run which is
played again meets them where it met them before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from ..simulator.basis import numbers
from ..simulator.faults import CLOSING
from ..simulator.fleet_scenario import Upgrade
from ..simulator.scenario import Scenario, ServiceSpec, Stage
from ..simulator.sddc_scenario import SddcUpgrade

Found = dict[str, Any]

MOST = 4
OUTAGES = (20, 120, 600, 1500, 3600)  # seconds; playbooks of ours put up with 900
JUMPS = (600, 1800, 7200, 21600)
MOMENTS = 0.2  # the most real seconds that an answer is held back
# What begins something, by service: the method and the path of the request.
BEGINNINGS: dict[str, tuple[tuple[str, str], ...]] = {
    "fleet_lcm": (
        ("POST", r"/depot-metadata\?"),
        ("POST", r"/system(\?|$)"),
        ("POST", r"/upgrade-plans/validations"),
        ("POST", r"/upgrade-plans$"),
        ("POST", r"action=configure"),
        ("POST", r"action=precheck"),
        ("POST", r"/upgrade-plans/[^/]+\?action=apply"),
        ("POST", r"/tasks/"),
    ),
    "sddc_manager": (
        ("PATCH", r"/bundles/"),
        ("PATCH", r"/releases/domains/"),
        ("POST", r"/validations"),
        ("POST", r"/check-sets$"),
        ("POST", r"/upgrades$"),
        ("PATCH", r"/tasks/"),
    ),
}
ANY_BEGINNING = (("POST", r"/tasks?/"), ("PATCH", r"/tasks?/"), ("PUT", r"/"))


@dataclass(frozen=True)
class Target:
    """A component that is to be upgraded, by a name that no other has, the stages of its upgrade, and
    whether it has prechecks."""

    name: str
    stages: tuple[str, ...]
    checked: bool = True


@dataclass(frozen=True)
class Place:
    """An endpoint: what its faults have in common, its service, and what can be upgraded there."""

    common: Mapping[str, str]
    service: str
    targets: tuple[Target, ...]


def faults(scenario: Scenario, hosts: Mapping[str, str], chance: Random) -> list[Found]:
    """From one to four faults, as a scenario has them, for the endpoints and their services; they may go together."""
    places = [_place(scenario, host, hosts) for host in sorted(hosts)]
    found: list[Found] = []
    for _number in range(chance.randint(1, MOST)):
        place = chance.choice(places)
        ways = [(way, weight) for way, weight, needs_target in _WAYS if place.targets or not needs_target]
        (way,) = chance.choices([way for way, _weight in ways], [weight for _way, weight in ways])
        drawn = _placed(way(place, chance), place)
        if not any(_is_same_lie(drawn, one) for one in found):
            found.append(drawn)
    return found


def accepting_again(scenario: Scenario) -> Scenario:
    """The same scenario, whose services refuse no upgrade because it goes on or is done already, as the real ones may:
    what asks for an upgrade twice gets it twice."""
    endpoints = {host: _accepting_again(services) for host, services in scenario.endpoints.items()}
    return scenario.model_copy(update={"services": _accepting_again(scenario.services), "endpoints": endpoints})


def _accepting_again(services: Mapping[str, ServiceSpec]) -> dict[str, ServiceSpec]:
    return {
        name: spec
        if spec.upgrade is None
        else spec.model_copy(update={"upgrade": {**spec.upgrade, "accepts_again": True}})
        for name, spec in services.items()
    }


def _placed(fault: Found, place: Place) -> Found:
    """A fault at its endpoint. A port is closed at its time, not by a request of some service."""
    if fault["kind"] in CLOSING:
        return {**fault, **{name: value for name, value in place.common.items() if name != "service"}}
    return {**fault, **place.common}


def _place(scenario: Scenario, host: str, hosts: Mapping[str, str]) -> Place:
    part = scenario.at(host) if host in scenario.endpoints else scenario
    service = hosts[host]
    spec = part.services.get(service)
    common = {"service": service, **({"endpoint": host} if len(hosts) > 1 else {})}
    return Place(common, service, tuple(_targets(service, spec)) if spec and spec.upgrade is not None else ())


def _targets(service: str, spec: ServiceSpec) -> list[Target]:
    """What is not yet where it is to be."""
    if service == "fleet_lcm":
        fleet = Upgrade.model_validate(spec.upgrade)
        system = fleet.system
        newest = max(system.targets, key=numbers, default=system.version)
        found = [Target("VCF_FLEET_LCM", tuple(system.stages), checked=False)] if _below(system.version, newest) else []
        types = [one.type for one in fleet.components]
        return found + [
            Target(one.type if types.count(one.type) == 1 else one.id, tuple(one.stages))
            for one in fleet.components
            if any(_below(one.version, offered) for offered in one.versions)
        ]
    return [
        Target(part.name, tuple(_names(part.stages)))
        for domain in SddcUpgrade.model_validate(spec.upgrade).domains
        for _kind, part in domain.in_order()
        if part.version != part.target
    ]


def _below(version: str, other: str) -> bool:
    return numbers(version) < numbers(other)


def _names(stages: Sequence[Stage]) -> list[str]:
    """The names of the innermost stages."""
    return [step.name for stage in stages for _path, step in stage.steps()]


def _is_same_lie(one: Found, other: Found) -> bool:
    """Whether two faults say of the same component how its upgrade ends, which only one can."""
    keys = ("endpoint", "component")
    return {one["kind"], other["kind"]} <= _OF_UPGRADES - {"finding"} and all(one.get(k) == other.get(k) for k in keys)


def _at(place: Place, chance: Random, *, always: bool = False) -> Found:
    """A moment: in a stage of an upgrade, or after a number of requests."""
    if place.targets and (always or chance.random() < 0.6):
        target = chance.choice(place.targets)
        return {"component": target.name, "stage": chance.choice(target.stages), "skip": chance.randint(0, 3)}
    return {"skip": chance.randint(0, 60)}


def _fail(place: Place, chance: Random) -> Found:
    target = chance.choice(place.targets)
    return {
        "kind": "fail",
        "component": target.name,
        "stage": chance.choice(target.stages),
        "times": chance.choice((1, 1, 1, 2, 5)),
    }


def _lie(place: Place, chance: Random) -> Found:
    kind = chance.choice(("false_failed", "false_succeeded"))
    return {"kind": kind, "component": chance.choice(place.targets).name, "times": 1}


def _finding(place: Place, chance: Random) -> Found:
    severity = chance.choice(("WARNING", "WARNING", "ERROR"))
    times = {"times": 1} if chance.random() < 0.5 else {}
    component = chance.choice([one for one in place.targets if one.checked] or place.targets).name
    message = f"{component} is not as healthy as it should be."
    return {"kind": "finding", "component": component, "severity": severity, "message": message, **times}


def _lost(place: Place, chance: Random) -> Found:
    """The answer to a request that begins something, or the request itself, is lost."""
    method, path = chance.choice(BEGINNINGS.get(place.service, ANY_BEGINNING))
    kind = chance.choice(("reset_after", "reset_after", "truncated", "reset_before"))
    return {"kind": kind, "method": method, "path": path, "skip": chance.choice((0, 0, 0, 1)), "times": 1}


def _gateway(place: Place, chance: Random) -> Found:
    method, path = chance.choice(BEGINNINGS.get(place.service, ANY_BEGINNING))
    wanted = {"method": method, "path": path, "skip": chance.choice((0, 0, 1)), "times": 1}
    return {"kind": "status", "code": 504, "processed": chance.random() < 0.5, **wanted}


def _conflict(place: Place, chance: Random) -> Found:
    method, path = chance.choice(BEGINNINGS.get(place.service, ANY_BEGINNING))
    return {"kind": "status", "code": 409, "method": method, "path": path, "times": chance.choice((1, 1, 3))}


def _outage(place: Place, chance: Random) -> Found:
    kind: Found = {"kind": "status", "code": chance.choice((500, 502, 503))}
    if chance.random() < 0.2:
        kind = {"kind": "html"}
    return {**kind, **_moment(place, chance), "for": chance.choice(OUTAGES)}


def _closed(place: Place, chance: Random) -> Found:
    kind = chance.choice(("refuse", "restart"))
    return {"kind": kind, **_moment(place, chance), "for": chance.choice(OUTAGES)}


def _moment(place: Place, chance: Random) -> Found:
    """When an outage begins: a window, no count of requests."""
    if place.targets and chance.random() < 0.8:
        target = chance.choice(place.targets)
        return {"component": target.name, "stage": chance.choice(target.stages)}
    return {"after": chance.randint(0, 1800)}


def _unauthorized(place: Place, chance: Random) -> Found:
    return {"kind": "unauthorized", **_at(place, chance), "times": chance.choice((1, 1, 2))}


def _throttled(place: Place, chance: Random) -> Found:
    headers = {"Retry-After": str(chance.choice((1, 30, 120)))}
    return {"kind": "status", "code": 429, "headers": headers, **_at(place, chance), "times": chance.randint(1, 5)}


def _garbage(place: Place, chance: Random) -> Found:
    kind = chance.choice(("shape", "shape", "not_json", "mislabeled", "truncated"))
    body: Found = {"body": chance.choice(({}, [], None, "no", {"elements": None}))} if kind == "shape" else {}
    return {"kind": kind, "method": "GET", **body, **_at(place, chance), "times": 1}


def _unknown(place: Place, chance: Random) -> Found:
    """In the first second of a task, the service does not know it yet."""
    where = {"component": chance.choice(place.targets).name, "for": 1}
    return {"kind": "status", "code": 404, "method": "GET", "path": r"/tasks/[^/?]+$", **where}


def _jump(place: Place, chance: Random) -> Found:
    return {"kind": "jump", "seconds": chance.choice(JUMPS), **_at(place, chance)}


def _slow(place: Place, chance: Random) -> Found:
    kind = chance.choice(("slow", "stall"))
    return {"kind": kind, "seconds": MOMENTS, **_at(place, chance), "times": chance.randint(1, 3)}


# How a fault is drawn, how often, and whether it needs a component to be upgraded.
_WAYS: tuple[tuple[Callable[[Place, Random], Found], int, bool], ...] = (
    (_fail, 20, True),
    (_lie, 8, True),
    (_finding, 6, True),
    (_lost, 16, False),
    (_gateway, 6, False),
    (_conflict, 4, False),
    (_outage, 10, False),
    (_closed, 8, False),
    (_unauthorized, 6, False),
    (_throttled, 4, False),
    (_garbage, 4, False),
    (_unknown, 3, True),
    (_jump, 6, False),
    (_slow, 2, False),
)
_OF_UPGRADES = frozenset({"fail", "false_failed", "false_succeeded", "finding"})

# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the faults of a scenario find what they are for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from .fault_targets import Target
from .faults import OF_COMPONENTS, Fault
from .scenario import Scenario, ScenarioError, ServiceSpec
from .services import SERVICES

Places = Mapping[str, Mapping[str, ServiceSpec]]
"""The services by the name of their endpoint; it is empty where no endpoint is named."""


@dataclass(frozen=True)
class _Found:
    endpoint: str
    service: str
    target: Target | None


def check(scenario: Scenario, source: str = "scenario") -> Scenario:
    """The scenario itself, whose faults all find what they are for. Raises ScenarioError as `check_faults`."""
    check_faults(scenario.faults, {"": scenario.services, **scenario.endpoints}, f"{source}: ")
    return scenario


def check_faults(faults: Sequence[Fault], places: Places, before: str = "") -> None:
    """Raise ScenarioError, with a line for each fault that is for nothing; ``before`` is at the beginning of each.

    A fault without an endpoint is for all that have what it is for, so one is enough.
    """
    found = _found(places) if any(fault.component or fault.endpoint or fault.service for fault in faults) else []
    wrong = [(number, _wrong(fault, found)) for number, fault in enumerate(faults)]
    lines = [f"{before}faults.{number}: {text}" for number, text in wrong if text]
    if lines:
        raise ScenarioError("\n".join(lines))


def _found(places: Places) -> list[_Found]:
    found = []
    for endpoint, services in places.items():
        for name, spec in services.items():
            found.append(_Found(endpoint, name, None))
            if name in SERVICES and spec.upgrade is not None:
                targets = SERVICES[name].targets(spec.upgrade, ("services", name, "upgrade"))
                found += [_Found(endpoint, name, target) for target in targets]
    return found


def _wrong(fault: Fault, found: Sequence[_Found]) -> str:
    """What is wrong with a fault, or nothing."""
    if fault.endpoint is not None:
        at = [one for one in found if one.endpoint == fault.endpoint]
        if not at:
            return f"there is no endpoint {fault.endpoint!r}{_known(one.endpoint for one in found)}"
        found = at
    if fault.service is not None:
        serving = {one.endpoint for one in found if one.service == fault.service}
        if not serving:
            return f"there is no service {fault.service!r}{_known(one.service for one in found)}"
        # Whether an upgrade has begun is known where it takes place, and nowhere else.
        of_service = fault.kind in OF_COMPONENTS
        found = [one for one in found if one.endpoint in serving and (one.service == fault.service or not of_service)]
    if fault.component is None:
        return ""
    targets = [one.target for one in found if one.target is not None]
    named = [target for target in targets if fault.names(target.names)]
    if not named:
        return f"there is no component {fault.component!r}{_known(target.names[0] for target in targets)}"
    if not any(target.has(fault.stage) for target in named):
        known = _known(stage for target in named for stage in target.stages)
        return f"{fault.component} has no stage {fault.stage!r}{known}"
    if fault.kind == "finding" and not any(target.checked for target in named):
        return f"{fault.component} has no prechecks"
    return ""


def _known(names: Iterable[str]) -> str:
    return f" (there are {', '.join(dict.fromkeys(filter(None, names))) or 'none'})"

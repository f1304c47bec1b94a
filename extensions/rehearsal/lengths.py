# SPDX-License-Identifier: GPL-3.0-or-later
"""How long things take in one run: each as long as one of its like has really taken, by chance. Pure functions."""

from __future__ import annotations

from random import Random
from typing import Any

from ..simulator.scenario import Scenario, ServiceSpec

SYSTEM = "VCF_FLEET_LCM"
"""What Fleet LCM's own upgrades are called among the durations of a scenario."""


def drawn(scenario: Scenario, chance: Random) -> Scenario:
    """The scenario with lengths drawn from its durations; what has none there is as long as it was."""
    services = {name: _service(spec, chance) for name, spec in scenario.services.items()}
    return scenario.model_copy(update={"services": services})


def _service(spec: ServiceSpec, chance: Random) -> ServiceSpec:
    if spec.upgrade is None:
        return spec
    upgrades, prechecks = spec.durations.get("upgrades", {}), spec.durations.get("prechecks", {})
    upgrade = dict(spec.upgrade)
    if upgrades.get(SYSTEM):
        upgrade["system"] = lasting(upgrade.get("system", {}), chance.choice(upgrades[SYSTEM]))
    if "components" in upgrade:
        upgrade["components"] = [_component(one, upgrades, prechecks, chance) for one in upgrade["components"]]
    if "domains" in upgrade:
        upgrade["domains"] = [_domain(one, upgrades, chance) for one in upgrade["domains"]]
    return spec.model_copy(update={"upgrade": upgrade})


def _component(
    part: dict[str, Any], upgrades: dict[str, list[float]], prechecks: dict[str, list[float]], chance: Random
) -> dict[str, Any]:
    kind = part.get("type", "")
    if upgrades.get(kind):
        part = lasting(part, chance.choice(upgrades[kind]))
    if prechecks.get(kind):
        part = {**part, "precheck_seconds": chance.choice(prechecks[kind])}
    return part


def _domain(part: dict[str, Any], upgrades: dict[str, list[float]], chance: Random) -> dict[str, Any]:
    components = {
        kind: lasting(one, chance.choice(upgrades[kind])) if one is not None and upgrades.get(kind) else one
        for kind, one in part.get("components", {}).items()
    }
    return {**part, "components": components}


def lasting(part: dict[str, Any], seconds: float) -> dict[str, Any]:
    """What can be upgraded, with an upgrade that takes so long in all; its stages share that as they did."""
    restart = part.get("restart") or 0.0
    stages = part.get("stages") or {}
    before = restart + (_sum(stages) if stages else part.get("seconds", 0.0))
    if not before:
        return {**part, "seconds": seconds}
    share = seconds / before
    changed = {name: part[name] * share for name in ("seconds", "restart") if part.get(name)}
    return {**part, **changed, **({"stages": _scaled(stages, share)} if stages else {})}


def _sum(stages: Any) -> float:
    """The seconds of stages: a dict of them, or a list of stages, which may have some inside."""
    if isinstance(stages, dict):
        return sum(stages.values())
    return sum(_sum(one["stages"]) if one.get("stages") else one.get("seconds", 0.0) for one in stages)


def _scaled(stages: Any, share: float) -> Any:
    if isinstance(stages, dict):
        return {name: seconds * share for name, seconds in stages.items()}
    return [
        {**one, **({"stages": _scaled(one["stages"], share)} if one.get("stages") else {})}
        | ({"seconds": one["seconds"] * share} if "seconds" in one else {})
        for one in stages
    ]

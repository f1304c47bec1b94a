# SPDX-License-Identifier: GPL-3.0-or-later
"""What faults make of Fleet LCM's upgrades."""

from __future__ import annotations

from collections.abc import Iterable

from .fault_targets import Target
from .faults import OF_RUNS, Fault
from .fleet_catalog import SYSTEM
from .fleet_scenario import Check, Component, Issue, StageFailure, Upgradable, Upgrade

SYSTEM_TYPE = "VCF_FLEET_LCM"
SYSTEM_NAMES = (SYSTEM_TYPE, SYSTEM.name)


def names_of(component: Component) -> tuple[str, ...]:
    """All names that a fault may have for a component."""
    return (component.type, component.name, component.id, component.fqdn)


def targets(upgrade: Upgrade) -> list[Target]:
    """What a fault can be for."""
    system = Target(SYSTEM_NAMES, tuple(upgrade.system.stages), checked=False)
    return [*(Target(names_of(one), tuple(one.stages)) for one in upgrade.components), system]


def faulty(upgrade: Upgrade, faults: Iterable[Fault]) -> Upgrade:
    """The same upgrades, which go wrong as the faults say before they go as the scenario says.

    A fault for a component or a stage that is not there is for another endpoint.
    """
    changed = upgrade.model_copy(deep=True)
    # The last is put first, so that all are in their order.
    for number, fault in reversed(list(enumerate(faults))):
        if fault.names(SYSTEM_NAMES):
            _break(changed.system, fault)
        for component in changed.components:
            if fault.names(names_of(component)):
                _break(component, fault)
                if fault.kind == "finding":
                    component.prechecks = [*component.prechecks, _check(number, fault, _checked(changed, component))]
    return changed


def _break(upgradable: Upgradable, fault: Fault) -> None:
    stages = {name.casefold(): name for name in upgradable.stages}
    stage = list(upgradable.stages)[-1] if fault.stage is None else stages.get(fault.stage.casefold())
    if fault.kind == "false_succeeded":
        upgradable.false_succeeded = upgradable.false_succeeded is True or (
            upgradable.false_succeeded + (fault.runs or 0)
        )
    elif fault.kind in OF_RUNS and stage is not None:
        if upgradable.false_failed:  # which is of the scenario's own failures, and not of those before them
            own = [one.model_copy(update={"false_failed": True}) for one in upgradable.failures]
            upgradable.failures, upgradable.false_failed = own, False
        failure = StageFailure(stage=stage, false_failed=fault.kind == "false_failed")
        if fault.error is not None:
            failure.error = fault.error
        upgradable.failures = [failure] * (fault.runs or 0) + upgradable.failures


def _checked(upgrade: Upgrade, component: Component) -> int:
    """How many prechecks a component has had before the start."""
    done = [one for plan in upgrade.plans for one in plan.executions if one.type == "PRECHECK"]
    return sum(component.id in one.components for one in done)


def _check(number: int, fault: Fault, before: int) -> Check:
    name = f"FAULT_{number}"
    return Check(
        id=name,
        name="Fault",
        issue=Issue(
            id=name,
            message=fault.message,
            type="ERROR" if fault.severity == "ERROR" else "WARN",
            runs=None if fault.runs is None else fault.runs + before,
        ),
    )

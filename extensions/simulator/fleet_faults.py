# SPDX-License-Identifier: GPL-3.0-or-later
"""What faults make of Fleet LCM's upgrades."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .fault_targets import Target
from .faults import Fault
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
    wanted = list(enumerate(faults))
    for component in changed.components:
        mine = [(number, fault) for number, fault in wanted if fault.names(names_of(component))]
        _break(component, [fault for _number, fault in mine])
        before = _checked(changed, component)
        found = [_check(number, fault, before) for number, fault in mine if fault.kind == "finding"]
        component.prechecks = [*component.prechecks, *found]
    _break(changed.system, [fault for _number, fault in wanted if fault.names(SYSTEM_NAMES)])
    return changed


def _break(upgradable: Upgradable, faults: Sequence[Fault]) -> None:
    stages = {name.casefold(): name for name in upgradable.stages}
    failures: list[StageFailure] = []
    for fault in faults:
        stage = list(upgradable.stages)[-1] if fault.stage is None else stages.get(fault.stage.casefold())
        if fault.kind == "false_succeeded" and upgradable.false_succeeded is not True:
            upgradable.false_succeeded += fault.runs or 0
        elif fault.kind in ("fail", "false_failed") and stage is not None:
            failure = StageFailure(stage=stage, false_failed=fault.kind == "false_failed")
            if fault.error is not None:
                failure.error = fault.error
            failures += [failure] * (fault.runs or 0)
    if failures and upgradable.false_failed:  # which is of the scenario's own failures, and not of these
        for own in upgradable.failures:
            own.false_failed = True
        upgradable.false_failed = False
    upgradable.failures = failures + upgradable.failures


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

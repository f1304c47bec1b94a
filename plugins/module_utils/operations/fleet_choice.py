# SPDX-License-Identifier: GPL-3.0-or-later
"""Which components of an upgrade plan an action is for, and whether there is anything to do. Decisions only; no I/O.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.vcf.lifecycle.plugins.module_utils.errors import (
    NotAllowedFailure,
    NotFoundFailure,
    OptionsFailure,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.fleet_upgrade_model import Plan, PlanComponent, Run, System
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.fleet_software import described
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import State

SYNCING, READY, COMPLETED = "SYNCING", "READY", "COMPLETED"
"""The words for a plan that is being configured, that is configured, and that has led to its software."""


def only_plan(plans: Sequence[Plan]) -> Plan:
    """Return the plan that is meant where none is named.

    :raises NotFoundFailure: when there is none.
    :raises OptionsFailure: when there are several.
    """
    if not plans:
        raise NotFoundFailure("There is no upgrade plan; fleet_upgrade_plan makes one.")
    if len(plans) > 1:
        raise OptionsFailure(f"There are {len(plans)} upgrade plans ({described(plans)}). Name one with plan_id.")
    return plans[0]


def named(plan: Plan, name: str, option: str) -> list[PlanComponent]:
    """Return the components of a plan that go by a type or an id.

    :raises OptionsFailure: when none does; it says which there are.
    """
    found = [one for one in plan.components if name in (one.id, one.type)]
    if not found:
        known = ", ".join(f"{one.type} ({one.id})" for one in plan.components) or "none"
        raise OptionsFailure(f"{option}: plan {plan.id} has no component {name}. It has {known}.")
    return found


def chosen(plan: Plan, names: Sequence[str] | None) -> list[PlanComponent]:
    """Return the components that an action is for, in the order of the plan.

    :param names: types or ids; None for all.
    :raises OptionsFailure: when there is none of a name.
    """
    if names is None:
        return list(plan.components)
    ids = {one.id for name in names for one in named(plan, name, "components")}
    return [one for one in plan.components if one.id in ids]


def inputs(plan: Plan, components: Sequence[PlanComponent], given: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return what the user gives for components, by their ids.

    :param components: those that the action is for.
    :param given: the option C(user_input), by type or id.
    :raises OptionsFailure: when it is for something else.
    """
    found: dict[str, dict[str, Any]] = {}
    ids = {one.id for one in components}
    for name, values in given.items():
        if not isinstance(values, dict):
            raise OptionsFailure(f"user_input: what is given for {name} is not a dictionary.")
        for one in named(plan, name, "user_input"):
            if one.id not in ids:
                raise OptionsFailure(f"user_input is given for {name}, which components leaves out.")
            found.setdefault(one.id, {}).update(values)
    return found


def to_upgrade(components: Sequence[PlanComponent], *, by_name: bool) -> list[PlanComponent]:
    """Return those of the components that are to be upgraded: not on target, and not said to be ineligible.

    :param by_name: whether somebody has named them.
    :raises NotAllowedFailure: when one that was named is ineligible.
    """
    barred = ineligible(components)
    if barred and by_name:
        raise NotAllowedFailure(" ".join(why_ineligible(one) for one in barred))
    return [one for one in components if not one.is_done and one not in barred]


def ineligible(components: Sequence[PlanComponent]) -> list[PlanComponent]:
    """Return those of the components that the service does not let be upgraded."""
    return [one for one in components if one.status == "INELIGIBLE"]


def why_ineligible(component: PlanComponent) -> str:
    """Return why a component can not be upgraded, as a sentence."""
    said = " ".join(message.text for message in component.messages if message.text)
    return f"{component.label} is not eligible for the upgrade{f': {said}' if said else ', and nothing says why.'}"


def key_of(plan: Plan, component: PlanComponent) -> str:
    """Return what a component goes by in results: its type where the plan has one of that type, else its id."""
    count = Counter(one.type for one in plan.components)
    return component.type if component.type and count[component.type] == 1 else component.id


def expected(plan: Plan, components: Sequence[PlanComponent]) -> dict[str, tuple[str, str]]:
    """Return the id, and the version that has to be there in the end, of each component, by its key.

    One that is ineligible is left as it is, and one that is higher than its target stays so.
    """
    barred = ineligible(components)
    return {
        key_of(plan, one): (one.id, one.version if one.status == "HIGHER_THAN_TARGET" and one.version else target)
        for one in components
        if (target := one.target_version) and one not in barred
    }


def going_on(plan: Plan, kind: str) -> Run | None:
    """Return the newest execution of a type that has not ended; None where there is none."""
    runs = [run for run in plan.executions if run.type == kind and not run.state.is_terminal]
    return runs[-1] if runs else None


def last_failed(plan: Plan, kind: str | None) -> str | None:
    """Return the id of the task of the last execution of a type, if that has failed."""
    runs = [run for run in plan.executions if run.type == kind]
    return runs[-1].task_id if runs and runs[-1].state is State.FAILED else None


def covers(plan: Plan, run: Run, wanted: Sequence[PlanComponent]) -> bool:
    """Tell whether an execution is for all components that are wanted.

    A component says which execution it was last in. One that has just begun may not be told of by any.
    """
    inside = {
        one.id
        for one in plan.components
        if run.task_id in [part.plan_task_id for part in (one.upgrade, one.precheck) if part]
    }
    return not inside or {one.id for one in wanted} <= inside


def is_configured(plan: Plan, given: Mapping[str, Mapping[str, Any]]) -> bool:
    """Tell whether there is nothing to configure.

    :param given: what the user gives, by component id, with secrets masked as those of the plan are: whether a secret
        is another one can not be told.
    """
    shown = {one.id: one.user_input for one in plan.components}
    is_known = all(shown[component_id] == values for component_id, values in given.items())
    return plan.status == COMPLETED or (plan.status == READY and is_known)


def check_target(system: System, target: str) -> None:
    """Refuse a version that Fleet LCM itself can not be upgraded to.

    :raises OptionsFailure: saying which there are.
    """
    if target not in (*system.available_versions, system.target_version):
        there_are = ", ".join(system.available_versions) or "none"
        raise OptionsFailure(
            f"Fleet LCM {system.version} can not be upgraded to target_version {target}. On offer: {there_are}. "
            "Newer ones show once the depot has been synchronized."
        )

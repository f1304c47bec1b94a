# SPDX-License-Identifier: GPL-3.0-or-later
"""What Fleet LCM refuses of its upgrades. Refusals are 400 where the specification has nothing else; their codes and
texts are the simulator's own. All pure."""

from __future__ import annotations

from ..fleet_scenario import Component
from . import fleet_plan as state
from .fleet_plan import Fleet, Plan
from .fleet_requests import Action, PlanSpec


class Refusal(Exception):
    """A request that is understood and not accepted."""

    def __init__(self, code: str, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.code, self.status = code, status


def component(fleet: Fleet, component_id: str) -> Component:
    """The component with that id, or Refusal."""
    found = fleet.component(component_id)
    if found is None:
        raise Refusal("COMPONENT_NOT_FOUND", f"Component {component_id} is not found.", 404)
    return found


def plan(fleet: Fleet, plan_id: str) -> Plan:
    """The plan with that id, or Refusal."""
    if plan_id not in fleet.plans:
        raise Refusal("UPGRADE_PLAN_NOT_FOUND", f"Upgrade plan {plan_id} is not found.", 404)
    return fleet.plans[plan_id]


def targets(fleet: Fleet, spec: PlanSpec, now: float) -> tuple[dict[str, str], list[str]]:
    """The version each component is to have, by its id, and what is wrong with the specification."""
    for component_id in spec.ids:
        component(fleet, component_id)
    wanted = spec.desiredSoftware
    types = state.releases(fleet, now).get(wanted.version)
    if types is None:
        return {}, [f"There is no release {wanted.version}."]
    desired = {name: known[0] for name, known in types.items() if known}
    if wanted.components is not None:
        desired = {one.type: one.version for one in wanted.components}
    errors = [
        f"Release {wanted.version} has no {name} {version}."
        for name, version in desired.items()
        if version not in types.get(name, [])
    ]
    return {
        one.id: desired[one.type]
        for one in fleet.upgrade.components
        if one.type in desired and (not spec.ids or one.id in spec.ids)
    }, errors


def good_targets(fleet: Fleet, spec: PlanSpec, now: float) -> dict[str, str]:
    """The version each component is to have, by its id, or Refusal."""
    found, errors = targets(fleet, spec, now)
    if errors:
        raise Refusal("UPGRADE_PLAN_INVALID", " ".join(errors))
    return found


def must_be_free(fleet: Fleet, plan: Plan | None, now: float, *, to_upgrade: bool) -> None:
    """Refuse while a task of the plan or the system's upgrade is going on; ``to_upgrade``, also while one waits for a
    retry. Without a plan it is for the system, which no upgrade of any plan may go on beside."""
    upgrades = [work for work in fleet.works if work.kind in state.UPGRADES]
    others = upgrades if plan is None else [work for work in upgrades if work.kind == "system"]
    works = others + (state.of_plan(fleet, plan) if plan else [])
    in_the_way = [work for work in works if not (to_upgrade and _accepts_again(fleet, work, plan))]
    if busy := state.running(in_the_way, now):
        raise Refusal("OPERATION_IN_PROGRESS", f"Task {busy.entry.id} ({busy.entry.task.name}) is still running.")
    if to_upgrade and (failed := state.unresolved(fleet, works, now)):
        text = f"Task {failed.entry.id} ({failed.entry.task.name}) has failed; retry it first."
        raise Refusal("FAILED_TASK_UNRESOLVED", text)


def _accepts_again(fleet: Fleet, work: state.Work, plan: Plan | None) -> bool:
    """Whether an upgrade may be begun beside an equal one."""
    return fleet.upgrade.accepts_again and work.kind == ("system" if plan is None else "apply")


def system_target(fleet: Fleet, wanted: str | None, now: float) -> str:
    """The version the system's upgrade is for: the one that is asked for, or was before; or Refusal."""
    is_there = fleet.upgrade.accepts_again and wanted == state.versions(fleet, now)[state.SYSTEM]
    if wanted is not None and not is_there and wanted not in state.system_targets(fleet, now):
        raise Refusal("SYSTEM_TARGET_NOT_AVAILABLE", f"Version {wanted} is not an available target version.")
    target = wanted or state.system_target(fleet, now)
    if target is None:
        raise Refusal("SYSTEM_TARGET_NOT_SET", "There is no target version to upgrade to.")
    return target


def to_upgrade(fleet: Fleet, plan: Plan, asked: Action, now: float) -> list[Component]:
    """The components an action is for, in the order of their dependencies, or Refusal. Those that have their target are
    left out; so are those that are not eligible, unless they are asked for by name."""
    for component_id in asked.ids:
        if component(fleet, component_id).id not in plan.targets:
            raise Refusal("COMPONENT_NOT_IN_PLAN", f"Component {component_id} is not in the upgrade plan.", 404)
    current, given = state.versions(fleet, now), state.inputs(fleet, plan, now) | asked.inputs
    found = []
    for one in fleet.upgrade.ordered():
        if one.id not in plan.targets or (asked.ids and one.id not in asked.ids):
            continue
        status = state.eligibility(plan, one, current)
        if status == "INELIGIBLE" and asked.ids:
            raise Refusal("COMPONENT_NOT_ELIGIBLE", f"{one.name} is not eligible: {one.ineligible}")
        is_again = status == "ON_TARGET" and bool(asked.ids) and fleet.upgrade.accepts_again
        if status in ("ELIGIBLE", "PENDING") or is_again:
            found.append(one)
    if not found:
        raise Refusal("NOTHING_TO_UPGRADE", "No component is left to upgrade.")
    for one in found:
        if missing := [key for key in one.needs_input if key not in given.get(one.id, {})]:
            raise Refusal("USER_INPUT_REQUIRED", f"{one.name} needs in its userInputSpec: {', '.join(missing)}.")
    return found


def must_not_wait(fleet: Fleet, plan: Plan, components: list[Component], now: float) -> None:
    """Refuse to upgrade components without those they wait for."""
    current = state.versions(fleet, now)
    together = {one.id for one in components}
    for one in components:
        if missing := [other for other in state.waits_for(plan, one, current) if other not in together]:
            names = ", ".join(component(fleet, other).name for other in missing)
            raise Refusal("COMPONENT_NOT_ELIGIBLE", f"{one.name} waits for the upgrade of {names}.")

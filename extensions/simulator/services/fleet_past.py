# SPDX-License-Identifier: GPL-3.0-or-later
"""What has been done at a Fleet LCM before the simulator starts: its plans with their executions, and its own upgrade,
each tied to one of the tasks of the scenario."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..clock import Clock
from ..fleet_plans import Execution, PlanSpec
from ..scenario import ScenarioError, Task
from ..tasks import Entry
from .fleet_plan import SYSTEM, Fleet, Kind, Plan, Work
from .fleet_work import precheck_result


def remember(fleet: Fleet, entries: Mapping[str, Entry], clock: Clock) -> None:
    """Fill a fleet with its past; ScenarioError for a task that the scenario does not have."""
    system = fleet.upgrade.system
    works = []
    if system.task:
        target = system.target or next(iter(system.targets), system.version)
        works.append(Work("system", _entry(entries, system.task, "system"), targets={SYSTEM: target}))
    for spec in fleet.upgrade.plans:
        plan = _plan(fleet, spec)
        fleet.plans[plan.id] = plan
        works += [_work(plan, one, _entry(entries, one.task, "plans")) for one in spec.executions]
    fleet.works += sorted(works, key=lambda work: work.entry.start)
    for work in fleet.works:
        if work.kind == "precheck" and work.entry.task.result is None:
            # What they found then is what they find now.
            checked = [one for one in fleet.upgrade.components if one.id in work.targets]
            start, earlier = work.entry.start, {one.id: 0 for one in checked}
            result = precheck_result(checked, earlier, _moments(clock, start))
            work.entry.task = work.entry.task.model_copy(update={"result": result})


def _moments(clock: Clock, start: float) -> Callable[[float], str]:
    """What writes the time so many seconds after a start."""
    return lambda after: str(clock.iso(start + after))


def _plan(fleet: Fleet, spec: PlanSpec) -> Plan:
    targets = {
        one.id: spec.components[one.type]
        for one in fleet.upgrade.components
        if one.type in spec.components and (not spec.chosen or one.id in spec.chosen)
    }
    updated = spec.created if spec.updated is None else spec.updated
    return Plan(spec.id, spec.created, updated, spec.as_request(), targets, spec.configured, spec.created_by)


def _work(plan: Plan, done: Execution, entry: Entry) -> Work:
    kind: Kind = "apply" if done.type == "UPGRADE" else "precheck"
    places = {
        resource.id: place
        for place, part in enumerate(entry.task.children)
        if isinstance(part, Task)
        for resource in part.resources
    }
    targets = {one: plan.targets[one] if kind == "apply" else "" for one in done.components if one in plan.targets}
    return Work(kind, entry, plan.id, targets, places=places)


def _entry(entries: Mapping[str, Entry], task_id: str, where: str) -> Entry:
    if task_id not in entries:
        raise ScenarioError(f"scenario: services.fleet_lcm.upgrade.{where}: there is no task {task_id!r}")
    return entries[task_id]

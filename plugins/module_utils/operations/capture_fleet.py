# SPDX-License-Identifier: GPL-3.0-or-later
"""The upgrades of a Fleet LCM as a scenario of the simulator has them. Pure functions.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ansible_collections.vcf.lifecycle.plugins.module_utils.fleet_upgrade_model import (
    SYSTEM,
    Component,
    Plan,
    PlanComponent,
    Release,
    Run,
    System,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.capture_durations import (
    FIELD,
    FIELD_OTHERS,
    RESTART,
    History,
    Sample,
    does,
    every,
    steps_of,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.capture_tasks import Part, without_defaults
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import State, Task

_VERSION = re.compile(r"\d+(\.\d+)*([.+-]\w+)*")
_RESTART_STAGE = "restart"
_AWAY = (SYSTEM, "VSP")
"""Fleet LCM goes away in its own upgrade, and in that of what it runs on."""
_DEPOT = "VCF_FLEET_DEPOT"
_NO_PLAN = (
    "there is no upgrade plan, and nothing else says which component depends on which: in the scenario, all others "
    "wait for the depot. For the real order, make a plan with fleet_upgrade_plan, and capture again."
)
_INELIGIBLE = "INELIGIBLE"
_READY = ("READY", "SYNCING", "COMPLETED")


@dataclass
class FleetState:
    """What Fleet LCM says of its upgrades. C(tasks) are those of the scenario."""

    system: System
    releases: list[Release]
    components: list[Component]
    plans: list[Plan]
    tasks: list[Task] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    """What the scenario can not say, each as a sentence."""

    def named(self) -> set[str]:
        """Return the ids of the tasks that the system and the plans name as theirs."""
        runs: list[Run | None] = [self.system.upgrade, *(run for plan in self.plans for run in plan.executions)]
        return {run.task_id for run in runs if run is not None}

    def stamps(self) -> list[datetime | None]:
        """Return the times that the plans say."""
        return [when for plan in self.plans for when in (plan.created_at, plan.updated_at)]

    def written(self, zero: datetime) -> tuple[Part, Part, set[str]]:
        """Return the C(upgrade) and the C(durations) of the service, and the ids of tasks that follow from those.

        :param zero: the moment from which the scenario counts its seconds.
        """
        return (*_upgrade_of(self, zero), set())


def _upgrade_of(fleet: FleetState, zero: datetime) -> tuple[Part, Part]:
    planned = _planned(fleet.plans)
    kinds = {one.id: one.type for one in fleet.components if one.type}
    of_plan = {one.upgrade.task_id: one.id for plan in fleet.plans for one in plan.components if one.upgrade}

    def upgraded(task: Task) -> str | None:
        if fleet.system.upgrade and task.id == fleet.system.upgrade.task_id:
            return SYSTEM
        if task.id in of_plan:
            return kinds.get(of_plan[task.id])
        return _component_of(task, kinds) if does(task, "UPGRADE") and not does(task, "PRECHECK") else None

    def checked(task: Task) -> str | None:
        return _component_of(task, kinds) if does(task, "PRECHECK") else None

    upgrades, prechecks = History(fleet.tasks, upgraded), History(fleet.tasks, checked)
    operations = History(fleet.tasks, _operation)
    names = {name for one in fleet.components for name in (one.id, one.type) if name and is_version(one.version)}
    components = [
        _component(one, planned.get(one.id), names, upgrades, prechecks, _issues(fleet, one))
        for one in fleet.components
        if one.type and is_version(one.version)
    ]
    fleet.missing += [
        f"component {one.name or one.id} is left out, as it says no type or version."
        for one in fleet.components
        if not (one.type and is_version(one.version))
    ]
    if not planned and components:
        fleet.missing.append(_NO_PLAN)
        depots = [one.id for one in fleet.components if one.type == _DEPOT]
        for part in components:
            part.update({"depends_on": depots} if depots and part["id"] not in depots else {})
    part = {
        "system": _system(fleet, upgrades),
        "components": components,
        **_releases(fleet),
        "plans": [_plan(plan, fleet, zero) for plan in fleet.plans if is_version(plan.version)],
        **{
            name: {"seconds": sample.seconds}
            for name in ("sync", "validation", "configuration")
            if (sample := operations.median(name))
        },
    }
    return without_defaults(part), {"upgrades": upgrades.as_scenario(), "prechecks": prechecks.as_scenario()}


def is_version(version: str | None) -> bool:
    """Tell whether the simulator can compare a version with others."""
    return bool(version and _VERSION.fullmatch(version))


def _planned(plans: Sequence[Plan]) -> dict[str, PlanComponent]:
    """Return what the newest plan that has it says of each component."""
    found: dict[str, PlanComponent] = {}
    for plan in sorted(plans, key=lambda one: one.updated_at.timestamp() if one.updated_at else 0.0):
        found.update((one.id, one) for one in plan.components)
    return found


def _component_of(task: Task, kinds: Mapping[str, str | None]) -> str | None:
    """Return the type of the one component that a task is for."""
    for resource in task.resources:
        if resource.id is not None and resource.id in kinds:
            return kinds[resource.id]
        if resource.type in (*kinds.values(), SYSTEM):
            return resource.type
        if resource.id == SYSTEM:
            return SYSTEM
    return None


def _operation(task: Task) -> str | None:
    if does(task, "DEPOT") and does(task, "SYNC"):
        return "sync"
    if does(task, "PLAN"):
        return "validation" if does(task, "VALIDAT") else "configuration" if does(task, "CONFIGUR") else None
    return None


def _component(
    one: Component,
    planned: PlanComponent | None,
    known: set[str],
    upgrades: History,
    prechecks: History,
    issues: list[Part],
) -> Part:
    kind = one.type or ""
    name = (planned.name if planned else None) or one.name
    checked = prechecks.median(kind)
    reason = ""
    if planned and planned.status == _INELIGIBLE:
        reason = next((said.text for said in planned.messages if said.text), None) or "It is not eligible."
    return without_defaults(
        {
            "type": kind,
            "id": one.id,
            "name": name,
            "fqdn": one.fqdn or (planned.fqdn if planned else None),
            "scope": "INSTANCE" if one.scope == "INSTANCE" else None,
            "version": one.version,
            "depends_on": [name for name in planned.depends_on if name in known] if planned else [],
            "ineligible": reason,
            "prechecks": issues,
            "precheck_seconds": checked.seconds if checked else None,
            **_times(kind, name or kind, upgrades.median(kind)),
        }
    )


def _times(kind: str, label: str, sample: Sample | None) -> Part:
    """Return how long the upgrade of a type takes, and how long Fleet LCM itself is away meanwhile."""
    steps = steps_of(sample, label) if sample else None
    if steps and (kind not in _AWAY or _RESTART_STAGE in steps):
        return {"stages": steps}
    seconds = sample.seconds if sample else FIELD.get(kind, FIELD_OTHERS)
    if kind not in _AWAY:
        return {"seconds": seconds}
    away = min(RESTART, round(seconds / 4, 3))
    return {"seconds": round(seconds - away, 3), "restart": away}


def _system(fleet: FleetState, upgrades: History) -> Part:
    system = fleet.system
    known = {task.id for task in fleet.tasks}
    part: Part = {
        "version": system.version if is_version(system.version) else None,
        "target": system.target_version if is_version(system.target_version) else None,
        "task": system.upgrade.task_id if system.upgrade and system.upgrade.task_id in known else None,
        **_times(SYSTEM, "Fleet lifecycle", upgrades.median(SYSTEM)),
    }
    part = without_defaults(part)
    if fleet.releases:
        part["targets"] = [version for version in system.available_versions if is_version(version)]
    return part


def _releases(fleet: FleetState) -> Part:
    """Return the releases: what is hidden until Fleet LCM's own upgrade, the simulator takes from what is known."""
    if not fleet.releases:
        return {"synced": False}
    shown = [
        {
            "version": one.version,
            "components": {name: [each for each in known if is_version(each)] for name, known in one.versions.items()},
        }
        for one in reversed(fleet.releases)
        if is_version(one.version)
    ]
    return {"releases": shown, "unseen": True if fleet.system.available_versions else None}


def _plan(plan: Plan, fleet: FleetState, zero: datetime) -> Part:
    versions = {one.id: one.version for one in fleet.components}
    tasks = {task.id: task for task in every(fleet.tasks)}
    return without_defaults(
        {
            "id": plan.id,
            "version": plan.version,
            "components": {name: version for name, version in plan.desired.items() if is_version(version)},
            "named": False if plan.software is None else None,
            "chosen": plan.chosen,
            "configured": True if plan.status in _READY else None,
            "created": _offset(plan.created_at, zero),
            "updated": _offset(plan.updated_at, zero),
            "created_by": plan.created_by,
            "executions": [
                _execution(run, plan, tasks[run.task_id], versions) for run in plan.executions if run.task_id in tasks
            ],
        }
    )


def _execution(run: Run, plan: Plan, task: Task, versions: Mapping[str, str | None]) -> Part:
    planned = {one.id: one for one in plan.components}
    inside = [
        resource.id for part in every(task.subtasks) for resource in part.resources if resource.id in planned
    ] or [
        one.id
        for one in plan.components
        if any(part and part.plan_task_id == run.task_id for part in (one.upgrade, one.precheck))
    ]
    if run.type != "PRECHECK":
        # What is said to have succeeded and has not got its version would get it in the simulator.
        inside = [
            one
            for one in inside
            if task.state is not State.SUCCEEDED or versions.get(one) == planned[one].target_version
        ]
    return {
        "task": run.task_id,
        "type": "PRECHECK" if run.type == "PRECHECK" else "UPGRADE",
        "components": list(dict.fromkeys(inside)),
    }


def _issues(fleet: FleetState, component: Component) -> list[Part]:
    """Return the checks that have found something of a component the last time that it was looked at."""
    checks = [task for task in fleet.tasks if task.prechecks]
    for task in sorted(checks, key=lambda one: one.ended_at.timestamp() if one.ended_at else 0.0, reverse=True):
        mine = [one for one in _prechecks(task) if one["resource_id"] == component.id]
        if mine:
            return [_check(one) for one in mine if one["issue"] and one["issue"]["severity"] in ("WARN", "ERROR")]
    return []


def _prechecks(task: Task) -> Iterable[dict[str, Any]]:
    return (one for group in (task.prechecks or {}).get("groups", []) for one in group["prechecks"])


def _check(precheck: Mapping[str, Any]) -> Part:
    issue = precheck["issue"]
    return without_defaults(
        {
            "id": precheck["id"],
            "name": precheck["name"],
            "issue": without_defaults(
                {
                    "id": issue["id"] or precheck["id"] or "",
                    "message": issue["message"] or "",
                    "type": issue["severity"],
                    "resolution": issue["resolution"],
                }
            ),
        }
    )


def _offset(when: datetime | None, zero: datetime) -> float | None:
    return None if when is None else round((when - zero).total_seconds(), 3)

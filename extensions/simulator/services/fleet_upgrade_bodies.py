# SPDX-License-Identifier: GPL-3.0-or-later
"""How Fleet LCM writes what it upgrades (fleet-lcm-openapi.yaml 9.1: System, Component, UpgradePlan, ReleaseVersion,
UpgradePlanBundles)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..basis import numbers, stable_id
from ..clock import Clock
from ..fleet_catalog import CATALOG, SYSTEM, name_of
from ..fleet_scenario import Component
from ..scenario import State
from ..timeline import GOING_ON, View
from . import fleet_plan as state
from .base import without_none
from .fleet_bodies import STATUSES, localizable, message
from .fleet_plan import EXECUTED, Fleet, Plan, Work

SDDC_LCM = stable_id("sddc-lcm.sfo.example.com")
DEPOT_FQDN = "software-depot.sfo.example.com"
DEPOT = stable_id(DEPOT_FQDN)
BUNDLE_BYTES = 4_000_000_000


def component(one: Component, version: str) -> dict[str, Any]:
    """Component."""
    return {
        "id": one.id,
        "componentType": one.type,
        "componentTypeDescription": name_of(one.type) if one.type in CATALOG else one.name,
        "deploymentType": "VSP",
        "version": version,
        "fqdn": one.fqdn,
        "scope": one.scope,
        "sddcLcmId": SDDC_LCM,
        "nodes": [],
    }


def component_status(fleet: Fleet, one: Component, now: float) -> dict[str, Any]:
    """ComponentStatus: it does not run while it is upgraded."""
    down = any(
        work.part(work.entry.look(now), one.id).state is State.RUNNING
        for work in fleet.works
        if work.kind == "apply" and one.id in work.targets
    )
    return {"id": one.id, "status": "NotRunning" if down else "Running"}


def system(fleet: Fleet, now: float) -> dict[str, Any]:
    """System."""
    upgrades = [work for work in fleet.works if work.kind == "system"]
    target = state.system_target(fleet, now)
    body: dict[str, Any] = without_none(
        currentVersion=state.versions(fleet, now)[state.SYSTEM],
        targetVersion=target,
        availableTargetVersions=state.system_targets(fleet, now),
    )
    if target:
        body["bundles"] = _depot([_bundle("VCF_FLEET_LCM", SYSTEM.name, target, "REQUIRED")])
    if upgrades:
        last = upgrades[-1].entry
        body["upgrade"] = {"taskId": last.id, "status": STATUSES[last.look(now).state]}
    return body


def release(version: str, types: Mapping[str, list[str]]) -> dict[str, Any]:
    """ReleaseVersion."""
    return {
        "version": version,
        "components": [{"type": name, "publicName": name_of(name), "versions": known} for name, known in types.items()],
    }


def plan_summary(fleet: Fleet, plan: Plan, clock: Clock, user: str) -> dict[str, Any]:
    """UpgradePlanSummary."""
    return {
        "id": plan.id,
        "spec": plan.spec,
        "status": state.plan_status(fleet, plan, clock.now()),
        "createTime": clock.iso(plan.created),
        "createdBy": plan.created_by or user,
        "updateTime": clock.iso(plan.updated),
        "updatedBy": plan.created_by or user,
    }


def executions(fleet: Fleet, plan: Plan, clock: Clock) -> list[dict[str, Any]]:
    """UpgradePlanExecution, oldest first."""
    return [
        {
            "taskId": work.entry.id,
            "createTime": clock.iso(work.entry.start),
            "status": _execution(work.entry.look(clock.now()).state),
            "type": EXECUTED[work.kind],
        }
        for work in state.of_plan(fleet, plan)
        if work.kind in EXECUTED
    ]


def plan_components(fleet: Fleet, plan: Plan, clock: Clock) -> list[dict[str, Any]]:
    """UpgradePlanComponent of each component of a plan."""
    now = clock.now()
    current, given = state.versions(fleet, now), state.inputs(fleet, plan, now)
    # Looked at once: a look at the work of all components is as long as there are many.
    works = [(work, work.entry.look(now)) for work in state.of_plan(fleet, plan)]
    says_type = fleet.upgrade.depends_on_says == "type"
    types = {one.id: one.type for one in fleet.upgrade.components}
    return [
        without_none(
            id=one.id,
            type=one.type,
            publicName=one.name,
            fqdn=one.fqdn,
            sddcGroupId=SDDC_LCM,
            sddcGroupName="sfo",
            version=current[one.id],
            targetVersion=plan.targets[one.id],
            status=state.eligibility(plan, one, current),
            upgrade=_last(works, "apply", one.id, clock),
            precheck=_last(works, "precheck", one.id, clock),
            dependsOn=[types[name] if says_type else name for name in one.depends_on],
            messages=_messages(fleet, plan, one, current, str(clock.iso(plan.updated))),
            userInputSpec=given.get(one.id),
        )
        for one in fleet.upgrade.components
        if one.id in plan.targets
    ]


def plan_bundles(fleet: Fleet, plan: Plan, now: float) -> list[dict[str, Any]]:
    """UpgradePlanBundles of each depot: there is one."""
    current = state.versions(fleet, now)
    return _depot(
        [
            _bundle(
                one.type,
                one.name,
                target,
                "ALREADY_UPGRADED" if numbers(current[one.id]) >= numbers(target) else "REQUIRED",
            )
            for one in fleet.upgrade.components
            if (target := plan.targets.get(one.id))
        ]
    )


def _depot(bundles: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"fdsId": DEPOT, "fdsFqdn": DEPOT_FQDN, "components": bundles}]


def _bundle(kind: str, name: str, version: str, status: str) -> dict[str, Any]:
    return {
        "bundleId": stable_id("bundle", kind, version),
        "componentType": kind,
        "publicName": name,
        "status": status,
        "version": version,
        "bundleType": "PATCH",
        "size": BUNDLE_BYTES,
    }


def _execution(now: State) -> str:
    if now is State.RUNNING or now not in GOING_ON:
        words = {State.RUNNING: "INPROGRESS", State.SUCCEEDED: "SUCCESS"}
        return words.get(now, "FAILED")  # there is no word for what was cancelled
    return "NOT_STARTED"


def _last(works: list[tuple[Work, View]], kind: str, component_id: str, clock: Clock) -> dict[str, Any] | None:
    """ComponentUpgradeSummary and ComponentPrecheckSummary."""
    mine = [one for one in works if one[0].kind == kind and component_id in one[0].targets]
    if not mine:
        return None
    work, view = mine[-1]
    return {
        "taskId": work.task_id(component_id),
        "planExecutionTaskId": work.entry.id,
        "createTime": clock.iso(work.entry.start),
        "status": STATUSES[work.part(view, component_id).state],
    }


def _messages(
    fleet: Fleet, plan: Plan, one: Component, current: Mapping[str, str], timestamp: str
) -> list[dict[str, Any]]:
    names = {other.id: other.name for other in fleet.upgrade.components}
    said = []
    if state.eligibility(plan, one, current) == "INELIGIBLE":
        said.append(message(timestamp, localizable("COMPONENT_INELIGIBLE", one.ineligible), "ERROR"))
    if waits := [names[other] for other in state.waits_for(plan, one, current)]:
        text = f"Waits for the upgrade of {', '.join(waits)}."
        said.append(message(timestamp, localizable("COMPONENT_WAITS", text), "INFO"))
    return said

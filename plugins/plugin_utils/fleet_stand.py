# SPDX-License-Identifier: GPL-3.0-or-later
"""How the upgrade of a fleet to a release stands, from what fleet_upgrade_info returns. Decisions only; no I/O.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
So a run that was stopped, or killed, goes on from what the service says, and needs to remember nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.vcf.lifecycle.plugins.module_utils.fleet_upgrade_model import (
    NOTHING_LEFT,
    SYSTEM,
    newest_first,
    numbers,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import State
from ansible_collections.vcf.lifecycle.plugins.plugin_utils.upgrade_waves import label, left_out

Info = Mapping[str, Any]

_ENDED = frozenset(state.value for state in State if state.is_terminal)
_OWN_WORK = (("depot", "sync"), ("plan", "validat"))
"""Words in the names of tasks that belong to an upgrade though neither a plan nor the system names them. To do their
work twice does no harm."""


def stand(info: Info, version: str, plan_id: str | None = None, system_version: str | None = None) -> dict[str, Any]:
    """Return how an upgrade stands, as plain JSON types.

    :param info: what fleet_upgrade_info has returned.
    :param version: the release.
    :param plan_id: the plan; without it the one for that release.
    :param system_version: the version that Fleet LCM itself is to have; without it the newest one on offer that
        belongs to the release.
    """
    system = info.get("system") or {}
    plan = _plan(info, version, plan_id)
    components: Sequence[Info] = plan.get("components") or []
    target = _system_target(system, version, system_version)
    return {
        "versions": _versions(info),
        "system_target": target,
        "system_failed": _system_failed(info) if target else [],
        "plan_id": plan.get("id"),
        "components": list(components),
        "own_task_ids": [task["id"] for task in info.get("blocking") or [] if _is_own(task, system, plan)],
        "going_on": next((_execution(run, plan) for run in _upgrades(plan) if run["state"] not in _ENDED), None),
        "failed": [_execution(run, plan) for run in _upgrades(plan) if _is_retriable(run, plan, info)],
        "verified": _verified(info, components),
        "left": list(_left(system, target, plan, version)),
    }


def _plan(info: Info, version: str, plan_id: str | None) -> Info:
    plans = info.get("plans") or []
    found = [plan for plan in plans if (plan["id"] == plan_id if plan_id else plan["version"] == version)]
    return found[0] if len(found) == 1 else {}


def _system_target(system: Info, version: str, wanted: str | None) -> str | None:
    """Return the version to upgrade Fleet LCM itself to; None where there is nothing to do.

    What it has been told to have already comes first: only to that can an upgrade which has begun lead.
    """
    now, told = system.get("version"), system.get("target_version")
    if wanted:
        return wanted if wanted != now else None
    offered = [told] if told else newest_first(system.get("available_versions") or [])
    release = numbers(version)[:3]
    return next((one for one in offered if numbers(one)[:3] == release and numbers(one) > numbers(now or "")), None)


def _system_failed(info: Info) -> list[str]:
    upgrade = info["system"].get("upgrade") or {}
    return [upgrade["task_id"]] if upgrade and _has_failed(upgrade, info) else []


def _has_failed(run: Info, info: Info) -> bool:
    """Tell whether an execution has failed and may be retried.

    Its task has to say so: plans say of one that was cancelled that it failed.
    """
    task = next((one for one in info.get("tasks") or [] if one["id"] == run["task_id"]), None)
    if task is None:
        return False
    return bool(task["state"] == State.FAILED.value and task["retriable"] is not False)


def _upgrades(plan: Info) -> Iterator[Info]:
    """Yield the executions of a plan that upgrade something, the newest first."""
    return (run for run in reversed(plan.get("executions") or []) if run["type"] == "UPGRADE")


def _inside(run: Info, plan: Info) -> list[Info]:
    """Return the components of which an execution is the last upgrade."""
    return [one for one in plan["components"] if (one.get("upgrade") or {}).get("plan_task_id") == run["task_id"]]


def _is_retriable(run: Info, plan: Info, info: Info) -> bool:
    unfinished = any(one["status"] not in NOTHING_LEFT for one in _inside(run, plan))
    return run["state"] in _ENDED and unfinished and _has_failed(run, info)


def _execution(run: Info, plan: Info) -> dict[str, Any]:
    inside = _inside(run, plan)
    return {
        "task_id": run["task_id"],
        "name": ", ".join(label(one) for one in inside),
        "ids": [one["id"] for one in inside],
        "types": sorted({one["type"] for one in inside if one["type"]}),
    }


def _is_own(task: Info, system: Info, plan: Info) -> bool:
    """Tell whether a task that blocks is work of this upgrade, which goes on with it or does it again."""
    runs = [*(plan.get("executions") or []), *([system["upgrade"]] if system.get("upgrade") else [])]
    if task["id"] in [run["task_id"] for run in runs]:
        return True
    if plan and (task.get("resource") or {}).get("id") == plan["id"]:
        return True
    said = f"{task.get('name') or ''} {task.get('type') or ''}".lower()
    return any(all(word in said for word in words) for words in _OWN_WORK)


def _keys(components: Sequence[Info]) -> dict[str, str]:
    """Return what components go by in results, by their ids: the type, or the id where there are several of it."""
    count = Counter(one.get("type") for one in components)
    return {one["id"]: one["type"] if one.get("type") and count[one["type"]] == 1 else one["id"] for one in components}


def _versions(info: Info) -> dict[str, str | None]:
    components = info.get("components") or []
    keys = _keys(components)
    found = {keys[one["id"]]: one["version"] for one in components}
    return {SYSTEM: (info.get("system") or {}).get("version"), **dict(sorted(found.items()))}


def _verified(info: Info, components: Sequence[Info]) -> dict[str, dict[str, Any]]:
    """Return the version that each component of the plan is to have, and the one that it really has."""
    keys = _keys(components)
    real = {one["id"]: one["version"] for one in info.get("components") or []}
    return {
        keys[one["id"]]: {
            "expected": one["version"] if one["status"] == "HIGHER_THAN_TARGET" else one["target_version"],
            "actual": real.get(one["id"]),
        }
        for one in components
        if one["target_version"]
    }


def _left(system: Info, target: str | None, plan: Info, version: str) -> Iterator[dict[str, Any]]:
    if target:
        yield {"name": "Fleet LCM itself", "version": system.get("version"), "target_version": target, "why": None}
    if not plan:
        yield {"name": f"release {version}", "version": None, "target_version": version, "why": None}
    components = plan.get("components") or []
    barred = left_out(components)
    for one in components:
        if one["status"] not in NOTHING_LEFT:
            versions = {"version": one["version"], "target_version": one["target_version"]}
            yield {"name": label(one), **versions, "why": barred.get(one["id"])}

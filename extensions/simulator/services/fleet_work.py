# SPDX-License-Identifier: GPL-3.0-or-later
"""The tasks that Fleet LCM makes of accepted requests: what runs, how long, and what fails. All pure.

The specification does not say how tasks are named and typed, nor which sub-tasks and stages they have; the field shows
a sub-task for each component.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..basis import RESTART
from ..fleet_scenario import RESTART_STAGE, Check, Component, Failure, Operation, Upgradable
from ..scenario import Attempt, Resource, Stage, State, Task
from .fleet_bodies import localizable

PLAN = "UPGRADE_PLAN"  # as a type of resource


def simple(name: str, kind: str, operation: Operation, failed: int, resource: Resource | None = None) -> Task:
    """A task of one stage, named as the task is. ``failed`` says how many runs of its kind have failed before."""
    return Task(
        name=name,
        description=name.replace("-", " ").capitalize(),
        type=kind,
        resources=[resource] if resource else [],
        stages=[Stage(name=name, seconds=operation.seconds)],
        attempts=_failing(name, operation.failures[failed:]),
    )


def validation(operation: Operation, failed: int, errors: Sequence[str], *, fails: bool) -> Task:
    """The validation of a plan, with its ValidationResult."""
    task = simple("validate-upgrade-plan", "UPGRADE_PLAN_VALIDATION", operation, failed)
    said = [{"severity": "ERROR", "message": localizable("UPGRADE_PLAN_INVALID", text)} for text in errors]
    task.result = {"type": "VALIDATION", "failedValidations": said}
    task.outcome = State.FAILED if errors and fails else State.SUCCEEDED
    return task


def precheck(
    plan: str,
    components: Sequence[Component],
    earlier: dict[str, int],
    failures: Sequence[Failure],
    moment: Callable[[float], str],
    *,
    fails: bool,
) -> Task:
    """The prechecks of components, one after the other, with their PrecheckResult. ``earlier`` says how many runs each
    has had, and ``moment`` writes the time so many seconds after the start."""
    result = precheck_result(components, earlier, moment)
    status = result["status"]
    return Task(
        name="precheck-upgrade-plan",
        description="Precheck upgrade plan",
        type="UPGRADE_PLAN_PRECHECK",
        resources=[Resource(id=plan, type=PLAN)],
        subtasks=[
            _part("precheck", "COMPONENT_PRECHECK", one, {"precheck": one.precheck_seconds}) for one in components
        ],
        attempts=_failing(f"{components[-1].label}: precheck", failures),
        outcome=State.FAILED if status == "FAILED" and fails else State.SUCCEEDED,
        retriable=status != "FAILED",  # to look again is another precheck
        result=result,
    )


def precheck_result(
    components: Sequence[Component], earlier: dict[str, int], moment: Callable[[float], str]
) -> dict[str, Any]:
    """What the prechecks of components come to: PrecheckResult. The parameters are those of `precheck`."""
    groups, began = [], 0.0
    for component in components:
        ended = began + component.precheck_seconds
        times = {"startTime": moment(began), "endTime": moment(ended)}
        checks = [_checked(check, component, earlier[component.id], times) for check in component.prechecks]
        groups.append(
            {
                "id": component.type,
                "name": localizable(component.type, component.name),
                "status": _together(checks),
                **times,
                "prechecks": checks,
            }
        )
        began = ended
    return {"type": "PRECHECK", "status": _together(groups), "precheckGroups": groups}


def apply(plan: str, components: Sequence[Component], failed: dict[str, int]) -> tuple[Task, tuple[str, ...]]:
    """The upgrade of components, one after the other, and who makes each of its runs fail. ``failed`` says how many
    runs each has made fail before."""
    attempts: list[Attempt] = []
    blamed: list[str] = []
    for component in components:
        mine = _attempts(component.label, component, failed[component.id])
        attempts += mine
        blamed += [component.id] * len(mine)
    task = Task(
        name="apply-upgrade-plan",
        description="Apply upgrade plan",
        type="UPGRADE_PLAN_APPLY",
        resources=[Resource(id=plan, type=PLAN)],
        subtasks=[_part("upgrade", "COMPONENT_UPGRADE", one, one.stages) for one in components],
        attempts=[*attempts, Attempt()],
        retriable=all(one.retriable for one in components),
    )
    return task, tuple(blamed)


def system_upgrade(system: Upgradable, name: str, target: str, failed: int) -> tuple[Task, int]:
    """The upgrade of Fleet LCM itself, and how many of its runs fail."""
    attempts = _attempts(name, system, failed)
    task = Task(
        name="upgrade-system",
        description=f"Upgrade {name} to {target}",
        type="SYSTEM_UPGRADE",
        resources=[Resource(id="VCF_FLEET_LCM", type="SYSTEM", name=name)],
        stages=_stages(name, system.stages),
        attempts=[*attempts, Attempt()],
        retriable=system.retriable,
    )
    return task, len(attempts)


def untrue(upgradables: Sequence[tuple[Upgradable, int]]) -> frozenset[int]:
    """Those runs of an upgrade, counted from 0, that fail in name alone: of what is upgraded one after the other, each
    with how many runs it has made fail before."""
    to_fail = [failure for one, failed in upgradables for failure in one.failures[failed:]]
    return frozenset(number for number, failure in enumerate(to_fail) if failure.false_failed)


def _part(verb: str, kind: str, component: Component, stages: dict[str, float]) -> Task:
    return Task(
        name=f"{verb}-{component.type.lower().replace('_', '-')}",
        description=f"{verb.capitalize()} {component.name}",
        type=kind,
        resources=[Resource(id=component.id, type=component.type, name=component.name, fqdn=component.fqdn)],
        stages=_stages(component.label, stages),
    )


def _stages(name: str, stages: dict[str, float]) -> list[Stage]:
    # With the component's name in front: what is to fail is named by its stage, among those of all components.
    return [
        Stage(name=f"{name}: {stage}", seconds=seconds, type=RESTART if stage == RESTART_STAGE else None)
        for stage, seconds in stages.items()
    ]


def _failing(stage: str, failures: Sequence[Failure]) -> list[Attempt]:
    return [*(Attempt(fail=stage, error=one.error) for one in failures), Attempt()]


def _attempts(name: str, upgradable: Upgradable, failed: int) -> list[Attempt]:
    return [Attempt(fail=f"{name}: {one.stage}", error=one.error) for one in upgradable.failures[failed:]]


def _checked(check: Check, component: Component, earlier: int, times: dict[str, str]) -> dict[str, Any]:
    issue = check.issue if check.issue and (check.issue.runs is None or earlier < check.issue.runs) else None
    body: dict[str, Any] = {
        "id": check.id,
        "name": localizable(check.id, check.name),
        "resourceId": component.id,
        "resourceName": component.name,
        "status": "SUCCEEDED",
        **times,
    }
    if issue is not None:
        # There is no word for a warning: only the issue tells.
        body["status"] = {"ERROR": "FAILED", "SKIPPED": "SKIPPED", "WARN": "SUCCEEDED"}[issue.type]
        body["issue"] = {"id": issue.id, "type": issue.type, "message": localizable(issue.id, issue.message)}
        if issue.resolution:
            body["issue"]["resolution"] = localizable(issue.id + ".resolution", issue.resolution)
    return body


def _together(parts: Sequence[dict[str, Any]]) -> str:
    return "FAILED" if any(part["status"] == "FAILED" for part in parts) else "SUCCEEDED"

# SPDX-License-Identifier: GPL-3.0-or-later
"""How SDDC Manager writes tasks and errors (sddc-manager-openapi.json 9.1: schemas Task, SubTask, Stage, Error).

A task has sub-tasks, and those have stages or sub-tasks of their own: what a scenario calls a stage is a sub-task right
below the task or where more is inside, and else a stage.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..clock import Clock
from ..scenario import Error, State
from ..scenario import Task as TaskSpec
from ..tasks import Entry
from ..timeline import View
from .base import without_none

STATUSES = {
    State.PENDING: "PENDING",
    State.SCHEDULED: "PENDING",
    State.QUEUED: "QUEUED",
    State.RUNNING: "IN_PROGRESS",
    State.SUCCEEDED: "SUCCESSFUL",
    State.WARNING: "COMPLETED_WITH_WARNING",
    State.FAILED: "FAILED",
    State.TIMED_OUT: "TIMED_OUT",
    State.CANCELED: "CANCELLED",
    State.SKIPPED: "SKIPPED",
    State.NOT_APPLICABLE: "SKIPPED",
}
# SubTask.status has no CANCELLED: what a cancel left out was skipped.
SUBTASK_STATUSES = STATUSES | {
    State.CANCELED: "SKIPPED",
    State.NOT_APPLICABLE: "NOT_APPLICABLE",
    State.WARNING: "SUCCESSFUL",
}
GENERIC = Error(code="TASK_EXECUTION_FAILED", message="Internal error occurred. Please retry.")


def task(entry: Entry, view: View, clock: Clock) -> dict[str, Any]:
    """Task. There is no progress, no creator, no time of update in it."""
    spec = entry.task
    if spec.raw is not None:
        return spec.raw
    failures = view.failures()
    body = without_none(
        id=entry.id,
        name=spec.name,
        localizableDescriptionPack={
            "component": "com.vmware.vcf.domainmanager",
            "messageKey": (spec.type or spec.name).upper().replace(" ", "_"),
            "arguments": [resource.name or resource.id for resource in spec.resources],
            "message": spec.description or spec.name,
            "bundle": "com.vmware.vcf.messages",
        },
        type=spec.type,
        status=spec.word(view.state, STATUSES),
        creationTimestamp=clock.iso(entry.start),
        completionTimestamp=clock.iso(view.ended),
        subTasks=[subtask(child, clock, entry.start) for child in view.children],
        errors=[error(failure.error, wrapped=True) for failure in failures if failure.error],
        resources=_resources(view),
        resolutionStatus="RESOLVED" if spec.resolved else "UNRESOLVED" if failures else None,
        isCancellable=entry.cancellable(view) and view.state is State.RUNNING,
        isRetryable=entry.retriable(view),
    )
    return body | spec.extra


def subtask(view: View, clock: Clock, created: float) -> dict[str, Any]:
    """SubTask."""
    stages = [child for child in view.children if not child.children and not isinstance(child.node, TaskSpec)]
    deeper = [child for child in view.children if child not in stages]
    return _step(view, clock, created) | without_none(
        type=view.node.type,
        stages=[_step(child, clock, created) | {"type": child.node.type or "STAGE"} for child in stages],
        resources=_resources(view),
        subTasks=[subtask(child, clock, created) for child in deeper],
    )


def error(said: Error, *, wrapped: bool = False) -> dict[str, Any]:
    """Error, in a generic one where the scenario wants that and ``wrapped`` asks for it."""
    body = error_fields(said.code, said.message, said.remediation, said.reference)
    body["causes"] = [cause.model_dump() for cause in said.causes]
    body["nestedErrors"] = [error(inner) for inner in said.nested]
    if wrapped and said.generic_first:
        return error_fields(GENERIC.code, GENERIC.message, "", said.reference) | {"nestedErrors": [body]}
    return body


def error_fields(code: str, text: str, remedy: str, reference: str) -> dict[str, Any]:
    """Error without what may be inside."""
    return {
        "errorCode": code,
        "errorType": "ERROR",
        "arguments": [],
        "context": {"severity": "ERROR"},
        "message": text,
        "remediationMessage": remedy,
        "referenceToken": reference,
    }


def matches(body: dict[str, Any], wanted: dict[str, str], completed_after: int) -> bool:
    """Whether getTasks is asked for that task. Parameters it does not know change nothing.

    ``completed_after`` is in milliseconds since 1970, and -1 for none. The text of a status is compared exactly: the
    specification lists several spellings, and no rule.
    """
    for name, field in (("taskStatus", "status"), ("taskType", "type")):
        if name in wanted and body.get(field) != wanted[name]:
            return False
    if wanted.get("taskName", "") not in body.get("name", ""):
        return False
    resources = body.get("resources") or [{}]
    for name, field in (("resourceId", "resourceId"), ("resourceType", "type")):
        if name in wanted and all(resource.get(field) != wanted[name] for resource in resources):
            return False
    return completed_after < 0 or _completed(body) > completed_after


def _completed(body: dict[str, Any]) -> float:
    """When a task "Successful" or "Failed", which is what completedAfter calls completed, ended: milliseconds."""
    ended = body.get("completionTimestamp")
    if not ended or str(body.get("status")).upper() not in ("SUCCESSFUL", "FAILED"):
        return -1
    return datetime.fromisoformat(ended.replace("Z", "+00:00")).timestamp() * 1000


def _step(view: View, clock: Clock, created: float) -> dict[str, Any]:
    """What SubTask and Stage have in common. creationTimestamp is required, so one that waits has its task's."""
    body = without_none(
        name=view.node.name,
        description=view.node.description or view.node.name,
        status=SUBTASK_STATUSES[view.state],
        creationTimestamp=clock.iso(created if view.began is None else view.began),
        completionTimestamp=clock.iso(view.ended),
        errors=[error(view.error)] if view.error else [],
    )
    return body | view.node.extra


def _resources(view: View) -> list[dict[str, Any]]:
    return [
        without_none(resourceId=resource.id, type=resource.type, name=resource.name, fqdn=resource.fqdn)
        for resource in view.node.resources
    ]

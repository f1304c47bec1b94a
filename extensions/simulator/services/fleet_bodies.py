# SPDX-License-Identifier: GPL-3.0-or-later
"""How Fleet LCM writes tasks and errors (fleet-lcm-openapi.yaml 9.1: schemas Task, TaskSummary, ErrorResponse)."""

from __future__ import annotations

import re
import uuid
from functools import lru_cache
from typing import Any

from ..clock import Clock
from ..scenario import Error, State, Task
from ..tasks import Entry, subtasks
from ..timeline import GOING_ON, Path, View
from .base import without_none

STATUSES = {state: state.name for state in State} | {
    # TaskStatus has no words for these.
    State.QUEUED: "PENDING",
    State.WARNING: "SUCCEEDED",
    State.TIMED_OUT: "FAILED",
    State.NOT_APPLICABLE: "SKIPPED",
}
TEXT_FILTERS = ("status", "type", "createdBy", "name", "description", "resourceId", "resourceType")
GENERIC = Error(
    code="LCM_INTERNAL_ERROR",
    message="Internal error occurred. Please retry the operation. If the problem persists, contact support.",
)


def summary(entry: Entry, view: View, clock: Clock) -> dict[str, Any]:
    """TaskSummary: a task without what is inside."""
    task = entry.task
    if task.raw is not None:
        return task.raw
    resource = task.resources[0] if task.resources else None
    creator = task.created_by or "admin@vsp.local"
    body = without_none(
        id=entry.id,
        name=task.name,
        description=localizable(_message_id(task.name, "description"), task.description or task.name),
        status=task.word(view.state, STATUSES),
        type=task.type,
        createdBy=creator,
        updatedBy=creator,
        resourceId=resource.id if resource else None,
        resourceType=resource.type if resource else None,
        createTime=clock.iso(entry.start),
        startTime=clock.iso(view.began),
        updateTime=clock.iso(view.changed),
        endTime=clock.iso(view.ended),
        correlationId=task.correlation_id,
        parentTaskId=entry.ids[_above(entry)] if entry.at else None,
        retriable=entry.retriable(view),
        cancellable=entry.cancellable(view),
    )
    return body | task.extra


def task(entry: Entry, view: View, clock: Clock) -> dict[str, Any]:
    """Task: all there is."""
    if entry.task.raw is not None:
        return entry.task.raw
    own = len(entry.task.stages)
    inside = [
        Entry(subtask, entry.ids, entry.start, entry.run, above=entry.above or entry, at=(*entry.at, index))
        for index, subtask in enumerate(entry.task.subtasks, start=own)
    ]
    failures = view.failures()
    return summary(entry, view, clock) | without_none(
        taskSummary={
            "totalSubTasks": len(list(subtasks(entry.task))),
            "totalSteps": sum(1 for path, _step in entry.task.steps() if path),
        },
        stages=[stage(inner, clock) for inner in view.children[:own]],
        subTasks=[task(sub, inner, clock) for sub, inner in zip(inside, view.children[own:], strict=True)],
        messages=[
            # At the task there is only the generic one, where there is one: the real one is in the stage.
            message(clock.iso(failure.ended), _as_text(GENERIC if said.generic_first else said), "ERROR")
            for failure in failures
            if (said := failure.error)
        ],
        result=entry.task.result if _through(view) else None,
        additionalDetails=_details(entry.task, failures, clock),
    )


def stage(view: View, clock: Clock) -> dict[str, Any]:
    """TaskStage. They do not nest."""
    node = view.node
    stage_id = "stage-" + _slug(node.name)
    messages: list[dict[str, Any]] = []
    if view.began is not None:
        started = localizable(_message_id(node.name, "started"), f"Started {node.description or node.name}")
        messages.append(message(clock.iso(view.began), started, "INFO"))
        for said in node.messages:
            if view.began + said.after <= (clock.now() if view.ended is None else view.ended):
                text = localizable(said.id or _message_id(node.name, "log"), said.text)
                messages.append(message(clock.iso(view.began + said.after), text, said.level))
    if view.error is not None:
        for error_said in ([GENERIC] if view.error.generic_first else []) + [view.error, *view.error.nested]:
            messages.append(message(clock.iso(view.ended), _as_text(error_said), "ERROR"))
    body = without_none(
        id=stage_id,
        name=node.name,
        description=localizable(_message_id(node.name, "description"), node.description or node.name),
        status=STATUSES[view.state],
        updateTime=clock.iso(view.changed),
        startTime=clock.iso(view.began),
        endTime=clock.iso(view.ended),
        messages=[said | {"stageId": stage_id} for said in messages],
    )
    return body | node.extra


def error(code: str, text: str, remedy: str, timestamp: str, reference: str = "", detail: str = "") -> dict[str, Any]:
    """ErrorResponse."""
    return {
        "code": code,
        "message": localizable(code, text),
        "resolution": localizable(code + ".resolution", remedy),
        "referenceId": reference or uuid.uuid4().hex[:12].upper(),
        "timestamp": timestamp,
        "detail": detail,
    }


def localizable(key: str, text: str, args: dict[str, str] | None = None) -> dict[str, Any]:
    """LocalizableMessage."""
    return {"id": key, "defaultMessage": text, "localizedMessage": text, "args": args or {}}


def message(timestamp: str | None, text: dict[str, Any], level: str) -> dict[str, Any]:
    """TaskMessage."""
    return {"timestamp": timestamp, "level": level, "message": text}


def _as_text(said: Error) -> dict[str, Any]:
    # TaskMessage has no fields for a code, a remedy and a reference.
    return localizable(said.code, said.message, {"resolution": said.remediation, "referenceId": said.reference})


def _details(definition: Task, failures: list[View], clock: Clock) -> dict[str, Any] | str | None:
    given = definition.additional_details
    if isinstance(given, str) or not failures or failures[0].error is None:
        return given
    said = failures[0].error
    detail = "; ".join([f"{inner.code}: {inner.message}" for inner in said.nested])
    timestamp = str(clock.iso(failures[0].ended))
    return {
        **(given or {}),
        "error": error(said.code, said.message, said.remediation, timestamp, said.reference, detail),
    }


def _through(view: View) -> bool:
    """Whether a task came to its end, well or not: one that broke off has no result."""
    inside = [leaf.state for leaf in view.leaves() if leaf is not view]
    return view.state not in {*GOING_ON, State.CANCELED} and State.FAILED not in inside


def _above(entry: Entry) -> Path:
    return entry.at[:-1]


@lru_cache(4096)
def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


@lru_cache(4096)
def _message_id(name: str, kind: str) -> str:
    return f"com.broadcom.lcm.{_slug(name).replace('-', '.')}.{kind}"

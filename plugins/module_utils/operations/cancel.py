# SPDX-License-Identifier: GPL-3.0-or-later
"""task_cancel: ask for the end of tasks, and follow them to it.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from ansible_collections.vcf.lifecycle.plugins.module_utils.errors import (
    Failure,
    NotAllowedFailure,
    UnsupportedFailure,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations import send
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.context import Context
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.follow import Course, Follower
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.report import concluded, difference, waited
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.select import targets
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.verdict import timeout_of
from ansible_collections.vcf.lifecycle.plugins.module_utils.options import (
    ALLOW_MULTIPLE_SPEC,
    SELECTION_SPEC,
    WAITING_SPEC,
    ArgumentSpec,
    Selection,
    Waiting,
    connection_spec,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.base import Service
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import State, Task, TaskError

ARGUMENT_SPEC: ArgumentSpec = {
    **connection_spec(max_outage=1800.0),
    **SELECTION_SPEC,
    **ALLOW_MULTIPLE_SPEC,
    "wait": {"type": "bool", "default": True},
    **WAITING_SPEC,
}


class Step(Enum):
    """What a task that is to be cancelled needs."""

    NOTHING = "it has ended"
    FOLLOWING = "it is being canceled already"
    REQUEST = "it has to be asked for"
    REFUSAL = "the service does not allow it"


def step_for(task: Task, cancels_failed: bool = False) -> Step:
    """Return what a task needs to be cancelled. Whether it may be is the service's word; without one it is tried.

    :param cancels_failed: whether the service is one that cancels failed tasks, and no others.
    """
    if cancels_failed and task.state is not State.CANCELING:
        if task.state is State.FAILED:
            return Step.REQUEST
        return Step.NOTHING if task.done else Step.REFUSAL
    if task.done:
        return Step.NOTHING
    if task.state is State.CANCELING:
        return Step.FOLLOWING
    return Step.REFUSAL if task.cancellable is False else Step.REQUEST


@dataclass
class Canceling:
    """What became of the tasks that were to be cancelled."""

    tasks: dict[str, Task]
    cancels_failed: bool = False
    requested: list[str] = field(default_factory=list)
    refused: dict[str, TaskError] = field(default_factory=dict)

    def lists(self) -> dict[str, list[str]]:
        """Return every task's id in one of four lists, by how it stands."""
        lists: dict[str, list[str]] = {
            "cancelled": [],
            "finished_first": [],
            "still_canceling": [],
            "not_cancellable": [],
        }
        for task_id, task in self.tasks.items():
            if task.state is State.CANCELED:
                lists["cancelled"].append(task_id)
            elif task.done and not (task.state is State.FAILED and task_id in self.requested and self.cancels_failed):
                lists["finished_first"].append(task_id)
            elif task_id in self.refused:
                lists["not_cancellable"].append(task_id)
            else:
                lists["still_canceling"].append(task_id)
        return lists

    def failure(self) -> Failure | None:
        """Return the failure for the tasks that can not be cancelled; None where there are none."""
        ids = self.lists()["not_cancellable"]
        if not ids:
            return None
        task, error = self.tasks[ids[0]], self.refused[ids[0]]
        more = f" Nor can {len(ids) - 1} more: {', '.join(ids[1:6])}." if len(ids) > 1 else ""
        said = f": {error.message.rstrip('.')}" if error.message else " (the service says that it is not cancellable)"
        return NotAllowedFailure(
            f"Task {task.label} of {task.service} is {task.state.value} and can not be canceled{said}.{more}",
            service=task.service,
            task_id=task.id,
            code=error.code,
            remediation=error.remediation,
            reference=error.reference,
        )


def run(service: Service, params: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Cancel the tasks that are going on, and return how each of them ended."""
    selection, waiting = Selection.of(params), Waiting.of(params)
    selection.require("cancel")
    service.check_selection(selection)
    if not service.can_cancel:
        raise UnsupportedFailure(f"{service.name} can not cancel tasks.", service=service.name)
    follower = Follower(service, waiting, context)
    tasks = targets(service, selection, allow_multiple=params["allow_multiple"])
    canceling = Canceling({task.id: task for task in tasks}, service.cancels_failed)
    course = Course({})
    if context.check_mode:
        _predict(canceling)
    else:
        course = _carry_out(follower, canceling, wait=params["wait"])
    result = {
        **waited(follower, canceling.tasks.values(), timed_out=course.timed_out, lost_contact=course.lost_contact),
        **canceling.lists(),
        "changed": bool(canceling.requested),
    }
    if context.diff:
        before = {task.id: task.state for task in tasks}
        after = {task_id: task.state for task_id, task in canceling.tasks.items()}
        if context.check_mode:
            after.update(dict.fromkeys(canceling.requested, State.CANCELED))
        result["diff"] = difference(before, after)
    return concluded(result, course.failure or canceling.failure() or _timeout(course, waiting))


def after_timeout(follower: Follower, course: Course) -> dict[str, Any]:
    """Cancel what a wait is still waiting for when its time is up, and follow it for as long again.

    :param course: is brought up to date.
    """
    canceling = Canceling({task.id: task for task in course.tasks if not task.done}, follower.service.cancels_failed)
    follower.extend(follower.waiting.timeout)
    ending = _carry_out(follower, canceling, wait=True)
    for task_id, task in canceling.tasks.items():
        course.watched[task_id].task = task
    course.failure = course.failure or ending.failure
    return {**canceling.lists(), "changed": bool(canceling.requested)}


def _predict(canceling: Canceling) -> None:
    for task in canceling.tasks.values():
        step = step_for(task, canceling.cancels_failed)
        if step is Step.REQUEST:
            canceling.requested.append(task.id)
        elif step is Step.REFUSAL:
            canceling.refused[task.id] = TaskError()


def _carry_out(follower: Follower, canceling: Canceling, *, wait: bool) -> Course:
    """Send what has to be sent and follow it; the tasks in C(canceling) are brought up to date."""
    followed: list[str] = []
    stale: list[Task] = []
    course = Course({})
    try:
        for task in list(canceling.tasks.values()):
            step = step_for(task, canceling.cancels_failed)
            if step is Step.REFUSAL:
                canceling.refused[task.id] = TaskError()
            elif step is Step.REQUEST:
                _request(follower, canceling, task)
            if step in (Step.REQUEST, Step.FOLLOWING) and task.id not in canceling.refused:
                followed.append(task.id)
                # One that had failed already is not over before it looks different.
                stale += [task] if task.done else []
    except Failure as failure:
        course.failure, course.lost_contact = failure, failure.kind == "lost_contact"
        return course
    if followed:
        if wait:
            course = follower.follow(followed, lambda course: course.all_over, stale=stale)
        else:
            course = follower.look_once(followed, stale=stale)
        canceling.tasks.update((task.id, task) for task in course.tasks)
    return course


def _request(follower: Follower, canceling: Canceling, task: Task) -> None:
    canceling.requested.append(task.id)
    sent = send.once(follower.service, task, follower.service.cancel_task, _is_taking_effect)
    if sent.error is not None:
        canceling.requested.remove(task.id)
        canceling.refused[task.id] = sent.error
    else:
        follower.context.observer.notice(f"Cancel of task {task.label} requested.")


def _is_taking_effect(before: Task, now: Task) -> bool:
    """Tell whether a task looks as if somebody had cancelled it, or as if it had ended."""
    if before.done:
        return now != before
    return now.done or now.state is State.CANCELING or (now.cancellable is False and before.cancellable is not False)


def _timeout(course: Course, waiting: Waiting) -> Failure | None:
    if not course.timed_out or waiting.on_timeout == "continue":
        return None
    return timeout_of(course)

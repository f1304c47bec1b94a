# SPDX-License-Identifier: GPL-3.0-or-later
"""task_retry: have failed tasks tried again, and follow them to their ends.

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
    OptionsFailure,
    TaskFailedFailure,
    UnsupportedFailure,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations import cancel, send
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.context import Context
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.follow import Course, Follower
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.report import concluded, difference, waited
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.select import targets
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.verdict import failure_of, failure_of_tasks
from ansible_collections.vcf.lifecycle.plugins.module_utils.options import (
    ALLOW_MULTIPLE_SPEC,
    RETRYING_SPEC,
    SELECTION_SPEC,
    WAITING_SPEC,
    ArgumentSpec,
    Retrying,
    Selection,
    Waiting,
    connection_spec,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.base import Service
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import State, Task, TaskError, failed_stage

ARGUMENT_SPEC: ArgumentSpec = {
    **connection_spec(max_outage=1800.0),
    **SELECTION_SPEC,
    **ALLOW_MULTIPLE_SPEC,
    "wait": {"type": "bool", "default": True},
    **RETRYING_SPEC,
    **WAITING_SPEC,
}


class Step(Enum):
    """What a task that is to be retried needs."""

    NOTHING = "it has ended well"
    FOLLOWING = "it is going on"
    REQUEST = "it has to be asked for"
    REFUSAL = "the service does not allow it"
    LEAVING = "what failed is not what retry_on names"


def step_for(task: Task, retrying: Retrying) -> Step:
    """Return what a task needs to be retried. Whether it may be is the service's word; without one it is tried."""
    if not task.done:
        return Step.FOLLOWING
    if task.state is State.CANCELED:
        return Step.REFUSAL
    if task.state is not State.FAILED:
        return Step.NOTHING
    if task.retriable is False:
        return Step.REFUSAL
    texts = [text for error in (*task.root_causes, *task.errors) for text in (error.code, error.message, error.cause)]
    return Step.REQUEST if retrying.covers(texts) else Step.LEAVING


@dataclass
class Retries:
    """What became of the tasks that were to be retried. Keys are the ids that were asked for."""

    tasks: dict[str, Task]
    attempts_made: int = 0
    retried: list[str] = field(default_factory=list)
    refused: dict[str, TaskError] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)
    stages_failed_before: dict[str, str | None] = field(default_factory=dict)

    def failure(self) -> Failure | None:
        """Return the failure for the first task that could not, or was not to, be retried; None without one."""
        if self.refused:
            return self._refusal()
        if self.left:
            failure = failure_of_tasks([self.tasks[task_id] for task_id in self.left])
            failure.message += " It was not retried, since no error matches retry_on."
            return failure
        return None

    def _refusal(self) -> Failure:
        ids = list(self.refused)
        task, error = self.tasks[ids[0]], self.refused[ids[0]]
        more = f" Nor can {len(ids) - 1} more: {', '.join(ids[1:6])}." if len(ids) > 1 else ""
        said = f": {error.message.rstrip('.')}" if error.message else " (the service says that it is not retriable)"
        return NotAllowedFailure(
            f"Task {task.label} of {task.service} is {task.state.value} and can not be retried{said}.{more}",
            service=task.service,
            task_id=task.id,
            code=error.code,
            remediation=error.remediation,
            reference=error.reference,
        )


def run(service: Service, params: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Retry the tasks that have failed, and return how each of them ended."""
    selection, waiting, retrying = Selection.of(params), Waiting.of(params), Retrying.of(params)
    selection.require("retry")
    service.check_selection(selection)
    spec = spec_for(service, retrying)
    follower = Follower(service, waiting, context)
    tasks = targets(service, selection, allow_multiple=params["allow_multiple"])
    retries = Retries({task.id: task for task in tasks})
    course = Course({})
    canceled: dict[str, Any] = {}
    if context.check_mode:
        _predict(retries, retrying)
    else:
        course = _carry_out(follower, retries, retrying, spec, wait=params["wait"])
    if course.timed_out and waiting.on_timeout == "cancel":
        canceled = cancel.after_timeout(follower, course)
        _bring_up_to_date(retries, course)
    result = {
        **waited(follower, retries.tasks.values(), timed_out=course.timed_out, lost_contact=course.lost_contact),
        **canceled,
        "changed": bool(retries.retried) or canceled.get("changed", False),
        "attempts_made": retries.attempts_made,
        "retried": retries.retried,
        "not_retriable": list(retries.refused),
    }
    if context.diff:
        before = {task.id: task.state for task in tasks}
        after = {task_id: task.state for task_id, task in retries.tasks.items()}
        if context.check_mode:
            after.update(dict.fromkeys(retries.retried, State.RUNNING))
        result["diff"] = difference(before, after)
    return concluded(result, _failure(retries, course, waiting) if params["wait"] else retries.failure())


def spec_for(service: Service, retrying: Retrying) -> dict[str, Any] | None:
    """Return what the service is to be given for a retry, besides the id.

    :raises UnsupportedFailure: when it has no retry, or takes nothing of the kind.
    :raises OptionsFailure: when it can not do without.
    """
    if not service.can_retry:
        raise UnsupportedFailure(f"{service.name} has no retry.", service=service.name)
    for option in ("credentials_spec", "spec"):
        if getattr(retrying, option) and option != service.retry_spec:
            raise UnsupportedFailure(f"{service.name} takes no {option} for a retry.", service=service.name)
    spec: dict[str, Any] | None = getattr(retrying, service.retry_spec) if service.retry_spec else None
    if service.retry_needs_spec and not spec:
        raise OptionsFailure(f"{service.name} can not retry without {service.retry_spec}.", service=service.name)
    return spec


def _predict(retries: Retries, retrying: Retrying) -> None:
    for task in retries.tasks.values():
        step = step_for(task, retrying)
        if step is Step.REQUEST:
            retries.retried.append(task.id)
        elif step is Step.REFUSAL:
            retries.refused[task.id] = TaskError()
        elif step is Step.LEAVING:
            retries.left.append(task.id)


def _carry_out(
    follower: Follower, retries: Retries, retrying: Retrying, spec: dict[str, Any] | None, *, wait: bool
) -> Course:
    """Send what has to be sent and follow it, as often as told; the tasks in C(retries) are brought up to date."""
    course = Course({})
    try:
        course = _attempt(follower, retries, retrying, spec, wait=wait, is_first=True)
        while wait and retries.attempts_made < retrying.attempts and not (course.timed_out or course.failure):
            failed = [key for key in retries.retried if step_for(retries.tasks[key], retrying) is Step.REQUEST]
            if not failed:
                break
            follower.context.observer.notice(f"It failed again; the next attempt is in {retrying.delay:.0f} s.")
            if not follower.pause(retrying.delay):
                course.timed_out = True
                break
            course = _attempt(follower, retries, retrying, spec, wait=wait, is_first=False)
    except Failure as failure:
        course.failure, course.lost_contact = failure, failure.kind == "lost_contact"
    return course


def _attempt(
    follower: Follower,
    retries: Retries,
    retrying: Retrying,
    spec: dict[str, Any] | None,
    *,
    wait: bool,
    is_first: bool,
) -> Course:
    """Retry what has failed, once each, and follow it together with what is going on already."""
    followed: dict[str, str] = {}
    stale: list[Task] = []
    sent_any = False
    for key, task in list(retries.tasks.items()):
        if not is_first and key in retries.retried:
            # Somebody else may have retried it during the pause.
            task = retries.tasks[key] = follower.service.get_task(task.id) or task
        step = step_for(task, retrying)
        if step is Step.FOLLOWING:
            followed[key] = task.id
        elif step is Step.REQUEST and (is_first or key in retries.retried):
            sent = _request(follower, retries, spec, key, task)
            if sent.error is None:
                sent_any = True
                followed[key] = sent.task_id
                stale += [task] if sent.task_id == task.id else []
        elif is_first and step is Step.REFUSAL:
            retries.refused[key] = TaskError()
        elif is_first and step is Step.LEAVING:
            retries.left.append(key)
    retries.attempts_made += sent_any
    if not followed:
        return Course({})
    if wait:
        course = follower.follow(followed.values(), lambda course: course.all_over, stale=stale)
    else:
        course = follower.look_once(followed.values(), stale=stale)
    for key, task_id in followed.items():
        retries.tasks[key] = course.watched[task_id].task or retries.tasks[key]
    return course


def _request(follower: Follower, retries: Retries, spec: dict[str, Any] | None, key: str, task: Task) -> send.Sent:
    service = follower.service
    sent = send.once(
        service, task, lambda task_id: service.retry_task(task_id, spec), lambda before, now: now != before
    )
    if sent.error is not None:
        retries.refused[key] = sent.error
        return sent
    retries.stages_failed_before[key] = failed_stage(task.stages, task.subtasks)
    if key not in retries.retried:
        retries.retried.append(key)
    follower.context.observer.notice(f"Retry of task {task.label} requested.")
    return sent


def _failure(retries: Retries, course: Course, waiting: Waiting) -> Failure | None:
    """Return why a retry that was waited for has failed; None where it has not."""
    failure = failure_of(course, waiting)
    if isinstance(failure, TaskFailedFailure):
        for key, stage in retries.stages_failed_before.items():
            task = retries.tasks[key]
            if task.id == failure.task_id and stage and stage == failed_stage(task.stages, task.subtasks):
                failure.message += f" That is the stage in which it had failed before the retry ({stage})."
    return failure or retries.failure()


def _bring_up_to_date(retries: Retries, course: Course) -> None:
    for key, task in retries.tasks.items():
        watched = course.watched.get(task.id)
        if watched is not None and watched.task is not None:
            retries.tasks[key] = watched.task

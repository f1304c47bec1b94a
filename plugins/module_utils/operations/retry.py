# SPDX-License-Identifier: GPL-3.0-or-later
"""task_retry: have failed tasks tried again, and follow them to their ends.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, TypeAlias

from ansible_collections.vcf.lifecycle.plugins.module_utils.clock import duration
from ansible_collections.vcf.lifecycle.plugins.module_utils.contact import DeadlinePassed
from ansible_collections.vcf.lifecycle.plugins.module_utils.errors import (
    Failure,
    OptionsFailure,
    TaskFailedFailure,
    UnsupportedFailure,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations import send_task
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.cancel import cancel_rest
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.context import Context
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.follow import Course, Follower, Watched
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.report import concluded, difference, waited
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.verdict import (
    failure_of,
    failure_of_tasks,
    is_enough,
    refusal,
    timeout_of,
)
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
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import Stage, State, Task, TaskError, failed_stage

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


def step_for(task: Task | None, retrying: Retrying) -> Step:
    """Return what a task needs to be retried. Whether it may be is the service's word; without one it is tried."""
    if task is None or not task.done:
        return Step.FOLLOWING
    if task.state is State.CANCELED:
        return Step.REFUSAL
    if task.state is not State.FAILED:
        return Step.NOTHING
    if task.retriable is False:
        return Step.REFUSAL
    texts = [text for error in (*task.root_causes, *task.errors) for text in (error.code, error.message, error.cause)]
    return Step.REQUEST if retrying.covers(texts) else Step.LEAVING


Ways: TypeAlias = "frozenset[tuple[str | None, str | None]]"


def ways_of_failure(task: Task) -> Ways:
    """Return in which ways a task has failed: each where, and with which code, or message where there is no code."""
    stage = failed_stage(task.stages, task.subtasks)
    causes = task.root_causes or task.errors
    return frozenset((cause.where or stage, cause.code or cause.message) for cause in causes) or frozenset(
        [(stage, None)]
    )


@dataclass
class Retries:
    """What becomes of the tasks that are to be retried, by the ids they were asked for by."""

    attempts_made: int = 0
    retried: list[str] = field(default_factory=list)
    refused: dict[str, send_task.Sent] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)
    stages_failed_before: dict[str, str | None] = field(default_factory=dict)
    ways_failed_before: dict[str, Ways] = field(default_factory=dict)
    late: list[str] = field(default_factory=list)

    def is_repeated(self, watched: Watched) -> bool:
        """Tell whether a task has failed in a way in which it had failed before it was retried."""
        before = self.ways_failed_before.get(watched.asked_id, frozenset())
        return watched.task is not None and not before.isdisjoint(ways_of_failure(watched.task))


def run(service: Service, params: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Retry the tasks that have failed, and return how each of them ended."""
    selection, waiting, retrying = Selection.of(params), Waiting.of(params), Retrying.of(params)
    selection.require("retry")
    service.check_selection(selection)
    spec = spec_for(service, retrying)
    follower, course, retries = Follower(service, waiting, context), Course(), Retries()
    before: dict[str, State] = {}
    with follower.keeping(course):
        before = follower.watch_targets(course, selection, allow_multiple=params["allow_multiple"])
        if context.check_mode:
            _predict(follower, course, retries, retrying)
        else:
            _Attempts(follower, course, retries, retrying, spec).make(wait=params["wait"])
    canceled: dict[str, Any] = {}
    account = ""
    if params["wait"] and course.timed_out and waiting.on_timeout == "cancel" and not context.check_mode:
        canceled, account = cancel_rest(follower, course)
    result = {
        **waited(follower, course),
        **canceled,
        "changed": bool(retries.retried) or canceled.get("changed", False),
        "attempts_made": retries.attempts_made,
        "retried": retries.retried,
        "not_retriable": list(retries.refused),
    }
    if context.diff:
        predicted = dict.fromkeys(retries.retried, State.RUNNING) if context.check_mode else {}
        result["diff"] = difference(before, course, predicted)
    is_followed = params["wait"] and not context.check_mode
    failure = _failure(course, retries, waiting, retrying, is_followed=is_followed)
    return concluded(result, failure, account)


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


def _predict(follower: Follower, course: Course, retries: Retries, retrying: Retrying) -> None:
    for watched in course.watched.values():
        step = step_for(watched.task, retrying)
        if step is Step.REQUEST and follower.is_time_up:
            _come_too_late(course, retries, watched)
        elif step is Step.REQUEST:
            retries.retried.append(watched.asked_id)
        else:
            _leave_out(retries, watched, step)


def _leave_out(retries: Retries, watched: Watched, step: Step) -> None:
    """Take note of a task that is not retried though it has not gone well."""
    if step is Step.REFUSAL:
        is_failed = watched.task is not None and watched.task.state is State.FAILED
        error = None if is_failed else TaskError(message="only a failed task can be")
        retries.refused[watched.asked_id] = send_task.Sent(send_task.Fate.REFUSED, watched.task_id, error)
    elif step is Step.LEAVING:
        retries.left.append(watched.asked_id)


def _come_too_late(course: Course, retries: Retries, watched: Watched) -> None:
    """Take note of a task that is not retried since time is up."""
    course.timed_out = True
    retries.late.append(watched.asked_id)


@dataclass
class _Attempts:
    """Retries, as often as told, and the following between them."""

    follower: Follower
    course: Course
    retries: Retries
    retrying: Retrying
    spec: dict[str, Any] | None

    def make(self, *, wait: bool) -> None:
        """Send what has to be sent and follow it; the course is brought up to date.

        :raises Failure: when there is no going on.
        :raises DeadlinePassed: when time is up during an outage.
        """
        for watched in self.course.watched.values():
            step = step_for(watched.task, self.retrying)
            if step is not Step.REQUEST:
                _leave_out(self.retries, watched, step)
        self._send(list(self.course.watched.values()))
        if not wait:
            self.follower.refresh(self.course)
            return
        while True:
            self.follower.follow(self.course, lambda course: is_enough(course, self.follower.waiting))
            again = self._to_retry(self._retried())
            if self.course.timed_out or not again or self.retries.attempts_made >= self.retrying.attempts:
                return
            self.follower.context.observer.notice(f"It failed; the next attempt is in {duration(self.retrying.delay)}.")
            if not self.follower.pause(self.retrying.delay):
                self.course.timed_out = True
                return
            self._send(self._read_again(again))

    def _retried(self) -> list[Watched]:
        """Return the tasks that were retried, but for those whose next attempt the service refuses."""
        return [self.course.watched[name] for name in self.retries.retried if name not in self.retries.refused]

    def _to_retry(self, candidates: list[Watched]) -> list[Watched]:
        return [
            watched
            for watched in candidates
            if watched.is_over
            and step_for(watched.task, self.retrying) is Step.REQUEST
            and not (self.retrying.stop_on_repeat and self.retries.is_repeated(watched))
        ]

    def _read_again(self, candidates: list[Watched]) -> list[Watched]:
        """Look at the tasks after a pause, in which somebody else may have retried them."""
        for watched in candidates:
            task = self.follower.service.get_task(watched.task_id)
            if task is not None:
                watched.see(task, self.follower.context.clock.monotonic())
        return candidates

    def _send(self, candidates: list[Watched]) -> None:
        """Ask for a retry of each task that has failed, once."""
        made = [self._request(watched) for watched in self._to_retry(candidates)]
        self.retries.attempts_made += any(made)

    def _request(self, watched: Watched) -> bool:
        """Ask for one retry; return whether it is being carried out."""
        task, service = watched.task, self.follower.service
        if task is None:
            return False
        if self.follower.is_time_up:
            _come_too_late(self.course, self.retries, watched)
            return False
        asked_at = self.follower.context.clock.now()
        try:
            sent = send_task.once(
                service,
                task,
                lambda task_id: service.retry_task(task_id, self.spec),
                took_effect,
                asked=self.retries.retried,
                asked_id=watched.asked_id,
                stand_in=lambda: self._new_id(task, asked_at),
            )
        except DeadlinePassed:
            # It may be going on again, so the failure it was seen with is none to report.
            watched.expect_news(self.follower.context.clock.monotonic())
            raise
        if sent.fate is send_task.Fate.REFUSED:
            self.retries.refused[watched.asked_id] = sent
            return False
        if sent.fate is send_task.Fate.ACCEPTED:
            self.retries.stages_failed_before[watched.asked_id] = failed_stage(task.stages, task.subtasks)
            before = self.retries.ways_failed_before.get(watched.asked_id, frozenset())
            self.retries.ways_failed_before[watched.asked_id] = before | ways_of_failure(task)
            self.follower.context.observer.notice(f"Retry of task {task.label} requested.")
        watched.expect_news(self.follower.context.clock.monotonic())
        if sent.task_id != watched.task_id:
            watched.task_id, watched.stale = sent.task_id, None
        return sent.fate is send_task.Fate.ACCEPTED

    def _new_id(self, task: Task, asked_at: datetime) -> str | None:
        """Return the id of what goes on in place of a task whose retry has had no answer; None if nothing does."""
        listed = self.follower.service.list_tasks(Selection(type=task.type, include_system_tasks=True))
        found = successor(task, asked_at, listed)
        return found.id if found else None


def successor(failed: Task, asked_at: datetime, tasks: list[Task]) -> Task | None:
    """Return the newest task that does the same again as one that failed, for services that give a retry a new id.

    One that goes on counts whoever has asked for it: a second one beside it would do harm.

    :param asked_at: when its retry was asked for, in UTC; the clock of the service may differ by a minute.
    """
    failed_at = failed.ended_at or failed.created_at
    again = [
        task
        for task in tasks
        if task.id != failed.id
        and (task.type, task.name, task.resources) == (failed.type, failed.name, failed.resources)
        and task.created_at is not None
        and (failed_at is None or task.created_at >= failed_at)
        and (not task.done or task.created_at >= asked_at - timedelta(minutes=1))
    ]
    return max(again, key=lambda task: task.created_at or asked_at, default=None)


def took_effect(before: Task, now: Task) -> bool:
    """Tell whether a failed task looks as if somebody had retried it: it goes on, or it has failed anew.

    That something about it was updated is no sign: a failed task can be touched, and written about, without a retry.
    """
    if now.state is not State.FAILED or _runs(now) != _runs(before):
        return True
    # Where stamps are coarse, or absent, the token that a failure is found by in the logs is another one each time.
    references, earlier = _references(now), _references(before)
    return bool(references and earlier and references.isdisjoint(earlier))


def _runs(task: Task | Stage) -> tuple[object, ...]:
    """Return what of a task, and of all that is inside it, only changes by running."""
    inner: list[Task | Stage] = [*task.stages, *(task.subtasks if isinstance(task, Task) else [])]
    return task.state, task.started_at, task.ended_at, *(_runs(step) for step in inner)


def _references(task: Task) -> set[str]:
    return {error.reference for error in (*task.errors, *task.root_causes) if error.reference}


def _failure(
    course: Course, retries: Retries, waiting: Waiting, retrying: Retrying, *, is_followed: bool
) -> Failure | None:
    """Return why a retry has failed; None where it has not."""
    late = [course.watched[task_id].task for task_id in retries.late]
    if is_followed:
        failure = failure_of(course, waiting, besides=[*retries.refused, *retries.left])
    else:
        failure = course.failure or timeout_of(course, waiting)
        failure = failure or (failure_of_tasks([task for task in late if task]) if late else None)
    if isinstance(failure, TaskFailedFailure):
        for task_id, stage in retries.stages_failed_before.items():
            watched = course.watched[task_id]
            task = watched.task
            if task and task.id == failure.task_id and stage and stage == failed_stage(task.stages, task.subtasks):
                failure.message += f" That is the stage in which it had failed before the retry ({stage})."
                if retrying.stop_on_repeat and retries.is_repeated(watched):
                    failure.message += " It has failed there in the same way, so that it is not retried once more."
        if failure.task_id in [task.id for task in late if task]:
            failure.message += " It was not retried, since time was up."
    return failure or _left_out(course, retries)


def _left_out(course: Course, retries: Retries) -> Failure | None:
    """Return the failure for tasks that could not, or were not to, be retried; None without one."""
    refused = refusal(
        "retried", "retriable", [(course.watched[task_id].task, sent) for task_id, sent in retries.refused.items()]
    )
    left = [task for task in (course.watched[task_id].task for task_id in retries.left) if task is not None]
    if refused or not left:
        return refused
    failure = failure_of_tasks(left)
    failure.message += " It was not retried, since no error matches retry_on."
    return failure

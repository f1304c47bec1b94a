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
    UnsupportedFailure,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations import pace, send_task
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.context import Context
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.follow import Course, Follower, Watched
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.report import (
    concluded,
    difference,
    waited,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.send import UnheardFailure
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.verdict import refusal, timeout_of
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
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import State, Task

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
    DOUBT = "the service does not allow it, or it was asked for before"
    REFUSAL = "the service does not allow it"


def step_for(task: Task | None, cancels_failed: bool = False) -> Step:
    """Return what a task needs to be cancelled. Whether it may be is the service's word; without one it is tried.

    :param cancels_failed: whether the service is one that cancels failed tasks, and no others.
    """
    if task is None:
        # It has not been seen, so there is nothing to decide by.
        return Step.FOLLOWING
    if cancels_failed and task.state is not State.CANCELING:
        if task.state is State.FAILED:
            return Step.REFUSAL if task.cancellable is False else Step.REQUEST
        return Step.NOTHING if task.done else Step.REFUSAL
    if task.done:
        return Step.NOTHING
    if task.state is State.CANCELING:
        return Step.FOLLOWING
    if task.cancellable is not False:
        return Step.REQUEST
    # Most services show a cancel only so until the running stage has come to its end. What has not begun has none.
    return Step.REFUSAL if task.state in (State.PENDING, State.SCHEDULED) else Step.DOUBT


_SAID: dict[str | None, str] = {
    "cancelled": "canceled",
    "finished_first": "ended otherwise first",
    "still_canceling": "asked for, and not ended yet",
    "not_cancellable": "can not be canceled, and goes on",
    None: "not asked for, and as last seen",
}
"""The list that a task is in, in words; None for one of which nothing could be decided."""

_MOST_NAMED = 5


@dataclass
class Canceling:
    """What becomes of the tasks that are to be cancelled."""

    cancels_failed: bool
    watched: list[Watched] = field(default_factory=list)
    requested: list[str] = field(default_factory=list)
    followed: list[str] = field(default_factory=list)
    refused: dict[str, send_task.Sent] = field(default_factory=dict)

    def lists(self) -> dict[str, list[str]]:
        """Return the ids of the tasks by how they stand; each in one list, but for those nothing was decided on."""
        lists: dict[str, list[str]] = {
            "cancelled": [],
            "finished_first": [],
            "still_canceling": [],
            "not_cancellable": [],
        }
        for watched in self.watched:
            name = self._list_for(watched)
            if name:
                lists[name].append(watched.asked_id)
        return lists

    def _list_for(self, watched: Watched) -> str | None:
        state = watched.task.state if watched.task else State.UNKNOWN
        if state is State.CANCELED:
            return "cancelled"
        # Of a failed task that is to be cancelled it is not the failure that is new.
        is_unchanged = (
            self.cancels_failed and state is State.FAILED and watched.asked_id in (*self.requested, *self.refused)
        )
        if watched.is_over and not is_unchanged:
            return "finished_first"
        if watched.asked_id in self.refused:
            return "not_cancellable"
        return "still_canceling" if watched.asked_id in (*self.requested, *self.followed) else None

    def account(self) -> str:
        """Return how the tasks stand, as a sentence; empty where there are none."""
        parts = []
        for name, said in _SAID.items():
            standing = [self._named(watched) for watched in self.watched if self._list_for(watched) == name]
            if standing:
                parts.append(
                    f"{said}: {', '.join(standing[:_MOST_NAMED])}{', ...' if len(standing) > _MOST_NAMED else ''}"
                )
        return f"How the cancel went: {'; '.join(parts)}." if parts else ""

    def _named(self, watched: Watched) -> str:
        sent = self.refused.get(watched.asked_id)
        reason = sent.error.message if sent and sent.error and self._list_for(watched) == "not_cancellable" else None
        return f"{watched.asked_id} ({reason.rstrip('.')})" if reason else watched.asked_id

    @property
    def in_doubt(self) -> list[Watched]:
        """The tasks that may not be cancellable, or may have been asked for before; they count as refused so far."""
        return [
            watched
            for watched in self.watched
            if watched.asked_id in self.refused and step_for(watched.task, self.cancels_failed) is Step.DOUBT
        ]

    def failure(self) -> Failure | None:
        """Return the failure for the tasks that can not be cancelled; None where there are none."""
        failure = refusal(
            "canceled", "cancellable", [(w.task, self.refused[w.asked_id]) for w in self._not_cancellable()]
        )
        if failure and self.in_doubt:
            failure.message += (
                " A cancel that was requested before takes effect at the end of the running stage: "
                "task_wait with accept_states [CANCELED, SUCCEEDED, WARNING, SKIPPED] follows it."
            )
        return failure

    def _not_cancellable(self) -> list[Watched]:
        return [watched for watched in self.watched if self._list_for(watched) == "not_cancellable"]


def run(service: Service, params: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Cancel the tasks that are going on, and return how each of them ended."""
    selection, waiting = Selection.of(params), Waiting.of(params)
    selection.require("cancel")
    service.check_selection(selection)
    if not service.can_cancel:
        raise UnsupportedFailure(f"{service.name} can not cancel tasks.", service=service.name)
    follower, course = Follower(service, waiting, context), Course()
    canceling = Canceling(service.cancels_failed)
    before: dict[str, State] = {}
    with follower.keeping(course):
        before = follower.watch_targets(course, selection, allow_multiple=params["allow_multiple"])
        canceling.watched = list(course.watched.values())
        if context.check_mode:
            _predict(canceling)
        else:
            _carry_out(follower, course, canceling, wait=params["wait"])
    result = {**waited(follower, course), **canceling.lists(), "changed": bool(canceling.requested)}
    if context.diff:
        predicted = dict.fromkeys(canceling.requested, State.CANCELED) if context.check_mode else {}
        result["diff"] = difference(before, course, predicted)
    account = canceling.account() if course.timed_out and canceling.requested else ""
    return concluded(result, course.failure or canceling.failure() or timeout_of(course, waiting), account)


def cancel_rest(follower: Follower, course: Course) -> tuple[dict[str, Any], str]:
    """Cancel what a wait is still waiting for when its time is up, and follow it for as long again.

    :return: the lists that a cancel returns, with C(changed), and the same as a sentence.
    """
    canceling = Canceling(follower.service.cancels_failed, course.going_on)
    follower.extend(follower.waiting.timeout)
    with follower.keeping(course):
        # What was seen before time ran out, maybe in an outage, is not how the tasks are now.
        for watched in canceling.watched:
            task = follower.service.get_task(watched.task_id)
            if task is not None:
                watched.see(task, follower.context.clock.monotonic())
        _carry_out(follower, course, canceling, wait=True)
    course.timed_out = True
    return {**canceling.lists(), "changed": bool(canceling.requested)}, canceling.account()


def _predict(canceling: Canceling) -> None:
    for watched in canceling.watched:
        step = step_for(watched.task, canceling.cancels_failed)
        if step is Step.REQUEST:
            canceling.requested.append(watched.asked_id)
        elif step in (Step.REFUSAL, Step.DOUBT):
            canceling.refused[watched.asked_id] = send_task.Sent(send_task.Fate.REFUSED, watched.task_id)


def _carry_out(follower: Follower, course: Course, canceling: Canceling, *, wait: bool) -> None:
    """Send what has to be sent, and follow it."""
    for watched in canceling.watched:
        _take_step(follower, canceling, watched, wait=wait)
    if not wait:
        follower.refresh(course)
        return
    doubtful = canceling.in_doubt
    if doubtful:
        _watch_doubts(follower, course, canceling)
        if course.timed_out:
            return
    for watched in doubtful:
        # Whatever it was, it is now as it looks.
        del canceling.refused[watched.asked_id]
        _take_step(follower, canceling, watched, wait=wait)
    if canceling.requested or canceling.followed:
        follower.follow(course, lambda course: all(w.asked_id in canceling.refused for w in course.going_on))


def _take_step(follower: Follower, canceling: Canceling, watched: Watched, *, wait: bool) -> None:
    step = step_for(watched.task, canceling.cancels_failed)
    if step in (Step.REFUSAL, Step.DOUBT):
        canceling.refused[watched.asked_id] = send_task.Sent(send_task.Fate.REFUSED, watched.task_id)
    elif step is Step.REQUEST:
        _request(follower, canceling, watched, wait=wait)
    elif step is Step.FOLLOWING:
        canceling.followed.append(watched.asked_id)


def _watch_doubts(follower: Follower, course: Course, canceling: Canceling) -> None:
    """Follow all tasks for a short while, in which those that are in doubt may show that they are being canceled."""
    clock, deadline = follower.context.clock, follower.deadline
    follower.deadline = min(deadline, clock.monotonic() + pace.DOUBT)
    try:
        follower.follow(course, lambda course: not canceling.in_doubt)
    finally:
        follower.deadline = deadline
    course.timed_out = clock.monotonic() >= deadline


def _request(follower: Follower, canceling: Canceling, watched: Watched, *, wait: bool) -> None:
    task, context = watched.task, follower.context
    if task is None:
        return
    try:
        sent = send_task.once(
            follower.service,
            task,
            follower.service.cancel_task,
            _took_effect,
            asked=canceling.requested,
            asked_id=watched.asked_id,
            harmless=True,
        )
    except UnheardFailure:
        if not wait or task.done:
            raise
        context.warn(
            f"The cancel of task {task.label} was sent twice, and no answer tells what came of it. The task looks as "
            "it did before, but the cancel may have been heard, so the task is followed to its end."
        )
        return
    if sent.fate is send_task.Fate.ACCEPTED:
        context.observer.notice(f"Cancel of task {task.label} requested.")
        if task.done:
            watched.expect_news(context.clock.monotonic())
    elif sent.fate is send_task.Fate.REFUSED:
        canceling.refused[watched.asked_id] = sent
    else:
        canceling.followed.append(watched.asked_id)


def _took_effect(before: Task, now: Task) -> bool:
    """Tell whether a task looks as if somebody had cancelled it, or as if it had ended."""
    if before.done:
        return now.state is not before.state
    return now.done or now.state is State.CANCELING or (now.cancellable is False and before.cancellable is not False)

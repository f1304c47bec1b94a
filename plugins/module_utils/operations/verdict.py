# SPDX-License-Identifier: GPL-3.0-or-later
"""What a wait comes to, and how to say it. Decisions only; no I/O.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

from collections.abc import Container

from ansible_collections.vcf.lifecycle.plugins.module_utils.errors import (
    Failure,
    NotAllowedFailure,
    TaskCanceledFailure,
    TaskFailedFailure,
    TimeoutFailure,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.follow import Course, Watched
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.send_task import Sent
from ansible_collections.vcf.lifecycle.plugins.module_utils.options import Waiting
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import State, Task, failed_stage


def is_accepted(watched: Watched, waiting: Waiting) -> bool:
    """Tell whether a task has ended, and well."""
    return watched.is_over and watched.task is not None and watched.task.state in waiting.accept_states


def is_enough(course: Course, waiting: Waiting) -> bool:
    """Tell whether a wait has seen what it waits for: all ends, or one good end where C(wait_for) is C(any)."""
    if waiting.wait_for == "any" and any(is_accepted(watched, waiting) for watched in course.watched.values()):
        return True
    return not course.going_on


def failure_of(course: Course, waiting: Waiting, besides: Container[str] = ()) -> Failure | None:
    """Return why a wait has failed; None where it has not.

    A task that ended badly is said even if time ran out as well: it is what can be acted on.

    :param besides: ids of tasks whose bad end is said otherwise.
    """
    if course.failure is not None:
        return course.failure
    if waiting.wait_for == "any" and any(is_accepted(watched, waiting) for watched in course.watched.values()):
        return None
    bad = [
        watched.task
        for watched in course.watched.values()
        if watched.is_over and not is_accepted(watched, waiting) and watched.asked_id not in besides and watched.task
    ]
    is_in_vain = not course.going_on
    if bad and (waiting.wait_for == "all" or is_in_vain or not course.timed_out):
        failure = failure_of_tasks(bad)
        if course.timed_out and waiting.on_timeout == "cancel" and isinstance(failure, TaskCanceledFailure):
            # It was canceled because time ran out, and that is what somebody has to know.
            return TimeoutFailure(f"Time ran out. {failure.message}", service=failure.service, task_id=failure.task_id)
        return failure
    return timeout_of(course, waiting)


def failure_of_tasks(tasks: list[Task]) -> Failure:
    """Return the failure for tasks that ended badly; the first one that failed speaks for all."""
    task = next((task for task in tasks if task.state is State.FAILED), tasks[0])
    others = [other for other in tasks if other is not task]
    alike = [other.id for other in others if other.state is task.state]
    unlike = [f"{other.id} ({other.state.value})" for other in others if other.state is not task.state]
    cause = task.root_causes[0] if task.root_causes else None
    kind = TaskCanceledFailure if task.state is State.CANCELED else TaskFailedFailure
    message = sentence_of_end(task)
    if alike:
        message += f" The same goes for {len(alike)} more: {', '.join(alike[:5])}{', ...' if len(alike) > 5 else ''}."
    if unlike:
        message += f" {len(unlike)} more ended otherwise: {', '.join(unlike[:5])}{', ...' if len(unlike) > 5 else ''}."
    return kind.of_error(message, cause, service=task.service, task_id=task.id)


def sentence_of_end(task: Task) -> str:
    """Return how a task ended, where in it, and why, as one sentence."""
    cause = task.root_causes[0] if task.root_causes else None
    place = (cause.where if cause else None) or failed_stage(task.stages, task.subtasks)
    ended = {State.FAILED: "failed", State.CANCELED: "was canceled"}.get(task.state, f"ended as {task.state.value}")
    status = "" if task.status in (None, task.state.value) else f" (status {task.status})"
    at = f" in {place}" if place and task.state is State.FAILED else ""
    if cause and cause.message:
        reason = f": {cause.message.rstrip('.')}" + (f" ({cause.cause.rstrip('.')})" if cause.cause else "")
    elif task.state is State.FAILED:
        reason = "; the service gives no reason"
    else:
        reason = ""
    return f"Task {task.label} of {task.service} {ended}{status}{at}{reason}."


def refusal(done: str, able: str, refused: list[tuple[Task | None, Sent]]) -> Failure | None:
    """Return the failure for tasks that a service does not let be cancelled or retried; None where there are none.

    :param done: what can not be done, e.g. C(canceled).
    :param able: what the service would call a task that lets it be done.
    """
    known = [(task, sent) for task, sent in refused if task is not None]
    if not known:
        return None
    task, sent = known[0]
    others = [other.id for other, _sent in known[1:]]
    message = sent.error.message if sent.error else None
    said = f": {message.rstrip('.')}" if message else f" (the service says that it is not {able})"
    more = (
        f" Nor can {len(others)} more: {', '.join(others[:5])}{', ...' if len(others) > 5 else ''}." if others else ""
    )
    return NotAllowedFailure.of_error(
        f"Task {task.label} of {task.service} is {task.state.value} and can not be {done}{said}.{more}",
        sent.error,
        service=task.service,
        task_id=task.id,
        http_status=sent.http_status,
    )


def timeout_of(course: Course, waiting: Waiting) -> Failure | None:
    """Return the failure for tasks that were still going on when time ran out; None where there is none.

    Where time ran out before anything was seen, there is nothing that one could continue with.
    """
    if not course.timed_out or (course.watched and not course.going_on):
        return None
    if waiting.on_timeout == "continue" and course.tasks:
        return None
    unseen = [watched.task_id for watched in course.going_on if watched.task is None]
    going_on = [watched.task for watched in course.going_on if watched.task is not None]
    shown = [f"task {task.label} is {as_is(task)}" for task in going_on[:5]]
    # Whoever was not there has not said that it does not know the task.
    hint = "" if course.lost_contact else " (is that its id, and this its service?)"
    shown += [f"task {task_id} has not been seen{hint}" for task_id in unseen[:5]]
    what = "; ".join(shown) or "the tasks could not be read"
    more = len(going_on) + len(unseen) - len(shown)
    contact = ""
    if course.lost_contact:
        why = f" ({course.lost_because})" if course.lost_because else ""
        contact = f" The service is out of contact{why}{', so this is how it was last seen' if going_on else ''}."
    # A task whose retry has had no answer is still shown as it failed before.
    is_well = bool(going_on) and not any(task.done for task in going_on)
    comfort = ("It has not failed. " if len(going_on) == 1 else "They have not failed. ") if is_well else ""
    return TimeoutFailure(
        f"Time ran out: {what}{f'; and {more} more' if more > 0 else ''}.{contact} {comfort}"
        "Run again with the same ids to go on waiting.",
        service=going_on[0].service if going_on else None,
        task_id=going_on[0].id if going_on else next(iter(unseen), None),
    )


def as_is(task: Task) -> str:
    """Return how far a task has come, as a clause."""
    parts = [task.state.value if task.state is not State.UNKNOWN else f"in the unknown status {task.status!r}"]
    if task.progress_percent is not None:
        parts.append(f"at {task.progress_percent}%")
    if task.current_stage:
        parts.append(f"in stage {task.current_stage}")
    return " ".join(parts)

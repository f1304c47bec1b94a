# SPDX-License-Identifier: GPL-3.0-or-later
"""What a wait comes to, and how to say it. Decisions only; no I/O.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

from ansible_collections.vcf.lifecycle.plugins.module_utils.errors import (
    Failure,
    TaskCanceledFailure,
    TaskFailedFailure,
    TimeoutFailure,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.follow import Course
from ansible_collections.vcf.lifecycle.plugins.module_utils.options import Waiting
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import State, Task, TaskError, failed_stage


def is_accepted(task: Task, waiting: Waiting) -> bool:
    """Tell whether a task has ended, and well."""
    return task.done and task.state in waiting.accept_states


def is_enough(course: Course, waiting: Waiting) -> bool:
    """Tell whether a wait has seen what it waits for: all ends, or one good end where C(wait_for) is C(any)."""
    if waiting.wait_for == "any" and any(is_accepted(task, waiting) for task in course.tasks):
        return True
    return course.all_over


def failure_of(course: Course, waiting: Waiting) -> Failure | None:
    """Return why a wait has failed; None where it has not.

    A task that ended badly is said even if time ran out as well: it is what can be acted on.
    """
    if course.failure is not None:
        return course.failure
    if waiting.wait_for == "any" and any(is_accepted(task, waiting) for task in course.tasks):
        return None
    bad = [task for task in course.tasks if task.done and not is_accepted(task, waiting)]
    if bad and (waiting.wait_for == "all" or not course.timed_out):
        return failure_of_tasks(bad)
    if course.timed_out and not course.all_over and waiting.on_timeout != "continue":
        return timeout_of(course)
    return None


def failure_of_tasks(tasks: list[Task]) -> Failure:
    """Return the failure for tasks that ended badly; the first one that failed speaks for all."""
    task = next((task for task in tasks if task.state is State.FAILED), tasks[0])
    others = [other.id for other in tasks if other is not task]
    cause = task.root_causes[0] if task.root_causes else TaskError()
    kind = TaskCanceledFailure if task.state is State.CANCELED else TaskFailedFailure
    message = sentence_of_end(task)
    if others:
        message += (
            f" The same goes for {len(others)} more: {', '.join(others[:5])}{', ...' if len(others) > 5 else ''}."
        )
    return kind(
        message,
        service=task.service,
        task_id=task.id,
        code=cause.code,
        remediation=cause.remediation,
        reference=cause.reference,
    )


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


def timeout_of(course: Course) -> Failure:
    """Return the failure for a wait whose time ran out."""
    unseen = [watched.task_id for watched in course.watched.values() if watched.task is None]
    going_on = [task for task in course.tasks if not task.done]
    shown = [f"task {task.label} is {as_is(task)}" for task in going_on[:5]]
    shown += [f"task {task_id} has not been seen yet" for task_id in unseen[:5]]
    what = "; ".join(shown) or "no task could be read"
    more = len(going_on) + len(unseen) - len(shown)
    task = going_on[0] if going_on else None
    contact = " The service is out of contact, so this is how it was last seen." if course.lost_contact else ""
    return TimeoutFailure(
        f"Time ran out: {what}{f'; and {more} more' if more > 0 else ''}.{contact} "
        "It has not failed. Run again with the same ids to go on waiting.",
        service=task.service if task else None,
        task_id=task.id if task else next(iter(unseen), None),
    )


def as_is(task: Task) -> str:
    """Return how far a task has come, as a clause."""
    parts = [task.state.value if task.state is not State.UNKNOWN else f"in the unknown status {task.status!r}"]
    if task.progress_percent is not None:
        parts.append(f"at {task.progress_percent}%")
    if task.current_stage:
        parts.append(f"in stage {task.current_stage}")
    return " ".join(parts)

# SPDX-License-Identifier: GPL-3.0-or-later
"""Sending a request about a task that is there already, by which one can see whether it arrived.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.send import Sending
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.base import Refused, Service
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import Task, TaskError
from ansible_collections.vcf.lifecycle.plugins.module_utils.transport import Fault


class Fate(Enum):
    """What became of a request."""

    ACCEPTED = "it is being carried out"
    MOOT = "there was nothing left to ask for"
    REFUSED = "the service said no"


@dataclass(frozen=True)
class Sent:
    """What became of a request, and the id of the task to follow from now on."""

    fate: Fate
    task_id: str
    error: TaskError | None = None
    http_status: int | None = None


def once(
    service: Service,
    task: Task,
    request: Callable[[str], str],
    took_effect: Callable[[Task, Task], bool],
    *,
    asked: list[str],
    asked_id: str,
    harmless: bool = False,
    stand_in: Callable[[], str | None] = lambda: None,
) -> Sent:
    """Send a request about a task, and see to it that it is carried out once, as C(Sending) does.

    :param request: sends it; returns the id of the task to follow from now on.
    :param took_effect: given the task before and now, tells whether the request must have arrived. Also true when
        there is nothing left to ask for.
    :param asked: the ids of the tasks that the request is, or may be, carried out for; C(asked_id) becomes one of
        them, also when a failure is raised.
    :param harmless: whether carrying it out twice does no more than once.
    :param stand_in: looks for another task that is there now because the request was carried out; returns its id.
    :raises UnheardFailure: when it can not be known whether the request arrived.
    :raises LostContactFailure: when it was not carried out for longer than an outage may last.
    """
    sending = Sending(service, f"for task {task.label}", harmless=harmless, task_id=task.id)
    was_asked = asked_id in asked

    def attempt() -> str:
        try:
            return request(task.id)
        except Fault:
            # Even where it was not delivered, as far as can be known, it counts until more is known.
            _count(asked, asked_id, is_asked=True)
            raise

    def look() -> str | None:
        now = service.get_task(task.id)
        if now is None or took_effect(task, now):
            return task.id
        return stand_in() if sending.is_asked else None

    try:
        task_id = sending.once(attempt, look)
    except Refused as refused:
        sent = Sent(Fate.REFUSED, task.id, _reason(refused), refused.status)
    else:
        sent = Sent(Fate.ACCEPTED if sending.is_asked else Fate.MOOT, task_id)
    _count(asked, asked_id, is_asked=was_asked or sent.fate is Fate.ACCEPTED)
    return sent


def _reason(refused: Refused) -> TaskError:
    error = refused.error
    return error if error.message else error.model_copy(update={"message": f"the service refuses with {refused}"})


def _count(asked: list[str], task_id: str, *, is_asked: bool) -> None:
    """Enter a task into a list, or take it out."""
    if is_asked and task_id not in asked:
        asked.append(task_id)
    elif not is_asked and task_id in asked:
        asked.remove(task_id)

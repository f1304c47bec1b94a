# SPDX-License-Identifier: GPL-3.0-or-later
"""Sending a request that must not be carried out twice, whatever happens to its answer.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ansible_collections.vcf.lifecycle.plugins.module_utils.errors import LostContactFailure
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.pace import GRACE
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.base import Refused, Service
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import Task, TaskError
from ansible_collections.vcf.lifecycle.plugins.module_utils.transport import Fault

_SECONDS_BETWEEN_LOOKS = 1.0


@dataclass(frozen=True)
class Sent:
    """What became of a request: on its way, for which task, unless the service said no."""

    task_id: str
    error: TaskError | None = None


def once(
    service: Service,
    task: Task,
    request: Callable[[str], str],
    took_effect: Callable[[Task, Task], bool],
) -> Sent:
    """Send a request, and see to it that it arrives once.

    When the answer is lost, the task is looked at for a while. Only if it looks untouched all that time was the
    request lost as well, and is sent again, once.

    :param request: sends it; returns the id of the task to follow from now on.
    :param took_effect: given the task before and now, tells whether the request must have arrived. Also true when
        there is nothing left to ask for.
    :raises LostContactFailure: when two answers were lost, and nothing shows that a request arrived.
    """
    for is_last in (False, True):
        try:
            return Sent(request(task.id))
        except Refused as refused:
            now = service.get_task(task.id)
            if is_last or now is None or took_effect(task, now):
                # Ended in the meantime, or it was the first request that did it.
                return Sent(task.id)
            return Sent(task.id, refused.error)
        except Fault:
            if _arrived(service, task, took_effect):
                return Sent(task.id)
    raise LostContactFailure(
        f"The answers of {service.name} at {service.contact.address} were lost twice, and task {task.label} looks "
        "as it did before. Look at it before you try again.",
        service=service.name,
        task_id=task.id,
    )


def _arrived(service: Service, task: Task, took_effect: Callable[[Task, Task], bool]) -> bool:
    clock = service.contact.clock
    ends_at = clock.monotonic() + GRACE
    while True:
        now = service.get_task(task.id)
        if now is None or took_effect(task, now):
            return True
        if clock.monotonic() >= ends_at:
            return False
        clock.sleep(_SECONDS_BETWEEN_LOOKS)

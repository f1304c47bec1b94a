# SPDX-License-Identifier: GPL-3.0-or-later
"""Sending a request that must not be carried out twice, whatever happens to its answer.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum

from ansible_collections.vcf.lifecycle.plugins.module_utils.errors import (
    AuthenticationFailure,
    AuthorizationFailure,
    LostContactFailure,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.pace import SETTLING
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.base import Refused, Service
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import Task, TaskError
from ansible_collections.vcf.lifecycle.plugins.module_utils.transport import Delivery, Fault

_SECONDS_BETWEEN_LOOKS = 0.5


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


@contextmanager
def entered(requested: list[str], task_id: str) -> Iterator[None]:
    """Count a task as asked for while the request is made, and also if it then can not be known what became of it."""
    requested.append(task_id)
    try:
        yield
    except (AuthenticationFailure, AuthorizationFailure):
        # Certainly not carried out.
        requested.remove(task_id)
        raise


def once(
    service: Service,
    task: Task,
    request: Callable[[str], str],
    took_effect: Callable[[Task, Task], bool],
    *,
    harmless: bool = False,
) -> Sent:
    """Send a request, and see to it that it is carried out once.

    When there is no answer, the task is looked at before anything is sent again. If it looks untouched, what is known
    of the delivery decides: a request that was not delivered, or that was answered with an error, is sent again for as
    long as an outage may last; one whose connection broke is sent again once; one that may still be under way is not,
    unless a second one is C(harmless).

    :param request: sends it; returns the id of the task to follow from now on.
    :param took_effect: given the task before and now, tells whether the request must have arrived. Also true when
        there is nothing left to ask for.
    :raises LostContactFailure: when it can not be known whether the request arrived.
    """
    began = service.contact.clock.monotonic()
    failures = 0
    broken = False
    while True:
        try:
            return Sent(Fate.ACCEPTED, request(task.id))
        except Refused as refused:
            return _after_refusal(service, task, refused, took_effect, asked_before=failures > 0)
        except Fault as caught:
            fault = caught
        failures += 1
        if _arrived(service, task, fault, took_effect):
            return Sent(Fate.ACCEPTED if fault.delivery is not Delivery.NONE else Fate.MOOT, task.id)
        may_be_under_way = fault.delivery is Delivery.LATE or (fault.delivery is Delivery.BROKEN and broken)
        is_too_long = failures > 1 and service.contact.clock.monotonic() - began >= service.contact.max_outage
        if is_too_long or (may_be_under_way and not harmless):
            raise LostContactFailure(
                f"{service.name} at {service.contact.address} did not answer the request for task {task.label}: "
                f"{fault.reason}. The task looks as it did before, but the request may still be carried out. "
                "Look at the task before you try again.",
                service=service.name,
                task_id=task.id,
                http_status=fault.http_status,
            )
        broken = broken or fault.delivery is Delivery.BROKEN
        service.contact.wait(failures, fault)


def _after_refusal(
    service: Service,
    task: Task,
    refused: Refused,
    took_effect: Callable[[Task, Task], bool],
    *,
    asked_before: bool,
) -> Sent:
    """Find out whether a no means that somebody, or an earlier request of ours, was first."""
    now = service.get_task(task.id)
    if now is not None and not took_effect(task, now):
        error = refused.error
        if not error.message:
            error = error.model_copy(update={"message": f"the service refuses with HTTP {refused.status}"})
        return Sent(Fate.REFUSED, task.id, error, refused.status)
    return Sent(Fate.ACCEPTED if asked_before else Fate.MOOT, task.id)


def _arrived(service: Service, task: Task, fault: Fault, took_effect: Callable[[Task, Task], bool]) -> bool:
    """Look at a task, for a while if a request may be under way; return whether it looks touched."""
    clock = service.contact.clock
    seconds = 0.0 if fault.delivery is Delivery.NONE else SETTLING
    ends_at = clock.monotonic() + seconds
    while True:
        now = service.get_task(task.id)
        if now is None or took_effect(task, now):
            return True
        if clock.monotonic() >= ends_at:
            return False
        clock.sleep(_SECONDS_BETWEEN_LOOKS)

# SPDX-License-Identifier: GPL-3.0-or-later
"""Sending a request that must not be carried out twice, whatever happens to its answer.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from ansible_collections.vcf.lifecycle.plugins.module_utils.errors import LostContactFailure
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


class UnheardFailure(LostContactFailure):
    """Whether a request arrived can not be known, nor found out by sending it once more."""


def may_be_sent_again(delivery: Delivery, unheard: int, *, harmless: bool) -> bool:
    """Tell whether a request that had no sensible answer may be sent again, to a task that looks as it did before.

    :param delivery: what is known of the last one.
    :param unheard: how many of those sent may have been carried out, the last one included.
    :param harmless: whether carrying it out twice does no more than once.
    """
    if delivery in (Delivery.NONE, Delivery.ANSWERED):
        return True
    return unheard == 1 and (harmless or delivery is Delivery.BROKEN)


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
    """Send a request, and see to it that it is carried out once.

    When there is no answer, the task is looked at before anything is sent again. If it looks untouched, what is known
    of the delivery decides: a request that was not delivered, or that was answered with an error, is sent again for as
    long as an outage may last; one that may have been carried out is sent again once, and not even that if it may
    still be under way and a second one is not C(harmless).

    :param request: sends it; returns the id of the task to follow from now on.
    :param took_effect: given the task before and now, tells whether the request must have arrived. Also true when
        there is nothing left to ask for.
    :param asked: the ids of the tasks that the request is, or may be, carried out for; C(asked_id) becomes one of
        them, also when a failure is raised after something was sent.
    :param stand_in: looks for another task that is there now because the request was carried out; returns its id.
    :raises UnheardFailure: when it can not be known whether the request arrived.
    :raises LostContactFailure: when it was not carried out for longer than an outage may last.
    """
    began = service.contact.clock.monotonic()
    was_asked = asked_id in asked
    failures = unheard = 0
    was_delivered = False
    unanswered = f"did not answer the request for task {task.label}"
    while True:
        answer = _attempt(service, task, request, took_effect, asked_before=was_delivered)
        if isinstance(answer, Sent):
            sent = answer
            break
        fault = answer
        failures += 1
        unheard += fault.delivery in (Delivery.BROKEN, Delivery.LATE)
        was_delivered = was_delivered or fault.delivery is not Delivery.NONE
        _count(asked, asked_id, is_asked=True)
        touched = task.id if _arrived(service, task, fault, took_effect) else was_delivered and stand_in()
        if touched:
            sent = Sent(Fate.ACCEPTED if was_delivered else Fate.MOOT, touched)
            break
        if not may_be_sent_again(fault.delivery, unheard, harmless=harmless):
            raise _failure(UnheardFailure, service, task, unanswered, fault.reason, fault.http_status)
        if failures > 1 and service.contact.clock.monotonic() - began >= service.contact.max_outage:
            raise _failure(LostContactFailure, service, task, unanswered, fault.reason, fault.http_status)
        service.contact.wait(failures, fault)
    _count(asked, asked_id, is_asked=was_asked or sent.fate is Fate.ACCEPTED)
    return sent


def _attempt(
    service: Service,
    task: Task,
    request: Callable[[str], str],
    took_effect: Callable[[Task, Task], bool],
    *,
    asked_before: bool,
) -> Sent | Fault:
    """Send a request one time; return what became of it, or why there was no answer."""
    try:
        return Sent(Fate.ACCEPTED, request(task.id))
    except Refused as refused:
        return _after_refusal(service, task, refused, took_effect, asked_before=asked_before)
    except Fault as fault:
        return fault


def _count(asked: list[str], task_id: str, *, is_asked: bool) -> None:
    """Enter a task into a list, or take it out."""
    if is_asked and task_id not in asked:
        asked.append(task_id)
    elif not is_asked and task_id in asked:
        asked.remove(task_id)


def _failure(
    kind: type[LostContactFailure], service: Service, task: Task, said: str, reason: str, http_status: int | None
) -> LostContactFailure:
    return kind(
        f"{service.name} at {service.contact.address} {said}: {reason.rstrip('.')}. The task looks as it did before, "
        "but the request may still be carried out. Look at the task before you try again.",
        service=service.name,
        task_id=task.id,
        http_status=http_status,
    )


def _after_refusal(
    service: Service,
    task: Task,
    refused: Refused,
    took_effect: Callable[[Task, Task], bool],
    *,
    asked_before: bool,
) -> Sent:
    """Find out whether a no means that somebody, or an earlier request of ours, was first.

    :raises UnheardFailure: when an earlier request of ours may have been, and the task does not show it.
    """
    now = service.get_task(task.id)
    if now is not None and not took_effect(task, now):
        if asked_before:
            # Maybe it says no because the earlier request is being carried out, and does not show that yet.
            said = f"did not answer the first request for task {task.label}, and refuses another one"
            reason = refused.error.message or f"HTTP {refused.status}"
            raise _failure(UnheardFailure, service, task, said, reason, refused.status)
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

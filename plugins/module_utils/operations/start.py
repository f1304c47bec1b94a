# SPDX-License-Identifier: GPL-3.0-or-later
"""Starting something that must not be started twice, whatever happens to the answer.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
What send.py does for a task that is there already, this does for one that is yet to be made.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ansible_collections.vcf.lifecycle.plugins.module_utils.errors import LostContactFailure
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.pace import SETTLING
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.send import UnheardFailure, may_be_sent_again
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.base import Refused, Service
from ansible_collections.vcf.lifecycle.plugins.module_utils.transport import Delivery, Fault

_SECONDS_BETWEEN_LOOKS = 0.5


@dataclass(frozen=True)
class Begun:
    """What is going on now: the id of its task, where that is known, and whether a request of ours has started it."""

    task_id: str | None
    by_us: bool


def once(service: Service, what: str, request: Callable[[], str], look: Callable[[], Begun | None]) -> Begun:
    """Start something, and see to it that it is started once.

    When there is no answer, it is looked for before anything is sent again. If it is not there, what is known of the
    delivery decides, as in C(send.once).

    :param what: what is to be started, for people.
    :param request: sends the request; returns the id of the task.
    :param look: looks for what is going on, or done, that was not so before; C(by_us) is found out here.
    :raises Refused: when the service says no, and nothing of the kind is going on.
    :raises UnheardFailure: when it can not be known whether it was started.
    :raises LostContactFailure: when it was not started for longer than an outage may last.
    """
    began = service.contact.clock.monotonic()
    failures = unheard = 0
    was_delivered = False
    while True:
        try:
            return Begun(request(), by_us=True)
        except Refused:
            found = look()
            if found is None:
                raise
            return Begun(found.task_id, by_us=was_delivered)
        except Fault as caught:
            fault = caught
        failures += 1
        unheard += fault.delivery in (Delivery.BROKEN, Delivery.LATE)
        was_delivered = was_delivered or fault.delivery is not Delivery.NONE
        found = _appeared(service, fault, look)
        if found is not None:
            return Begun(found.task_id, by_us=was_delivered)
        if not may_be_sent_again(fault.delivery, unheard, harmless=False):
            raise _failure(UnheardFailure, service, what, fault)
        if failures > 1 and service.contact.clock.monotonic() - began >= service.contact.max_outage:
            raise _failure(LostContactFailure, service, what, fault)
        service.contact.wait(failures, fault)


def _appeared(service: Service, fault: Fault, look: Callable[[], Begun | None]) -> Begun | None:
    """Look, for a while if a request may be under way."""
    clock = service.contact.clock
    ends_at = clock.monotonic() + (0.0 if fault.delivery is Delivery.NONE else SETTLING)
    while True:
        found = look()
        if found is not None or clock.monotonic() >= ends_at:
            return found
        clock.sleep(_SECONDS_BETWEEN_LOOKS)


def _failure(kind: type[LostContactFailure], service: Service, what: str, fault: Fault) -> LostContactFailure:
    return kind(
        f"{service.name} at {service.contact.address} did not answer the request for {what}: {fault.reason}. "
        "Nothing of it is to be seen, but it may still be carried out. Run again a little later: what goes on by then "
        "is found.",
        service=service.name,
        http_status=fault.http_status,
    )

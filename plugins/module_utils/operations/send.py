# SPDX-License-Identifier: GPL-3.0-or-later
"""Sending a request that must not be carried out twice, whatever happens to its answer.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from ansible_collections.vcf.lifecycle.plugins.module_utils.errors import LostContactFailure, NotAllowedFailure
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.pace import SETTLING
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.base import Refused, Service
from ansible_collections.vcf.lifecycle.plugins.module_utils.transport import Delivery, Fault

T = TypeVar("T")

_SECONDS_BETWEEN_LOOKS = 0.5


class UnheardFailure(LostContactFailure):
    """Whether a request arrived can not be known, nor found out by sending it once more."""


def may_be_sent_again(delivery: Delivery, unheard: int, *, harmless: bool) -> bool:
    """Tell whether a request that had no sensible answer may be sent again, as nothing shows that it was carried out.

    :param delivery: what is known of the last one.
    :param unheard: how many of those sent may have been carried out, the last one included.
    :param harmless: whether carrying it out twice does no more than once.
    """
    if delivery in (Delivery.NONE, Delivery.ANSWERED):
        return True
    return unheard == 1 and (harmless or delivery is Delivery.BROKEN)


@dataclass
class Sending:
    """A request of which nobody knows yet what has become of it.

    :param what: what is asked for, for messages, e.g. C("to apply upgrade plan 7").
    :param harmless: whether carrying it out twice does no more than once.
    :param task_id: of the task that it is about, where there is one already.

    C(is_asked) says whether it is, or may be, carried out for us; also when a failure was raised.
    """

    service: Service
    what: str
    harmless: bool = False
    task_id: str | None = None
    is_asked: bool = False

    def once(self, request: Callable[[], T], look: Callable[[], T | None]) -> T:
        """Send the request, and return what it has made.

        When there is no answer, its effect is looked for before anything is sent again, for a while if the request may
        be under way. If there is none to be seen, what is known of the delivery decides: a request that was not
        delivered, or that was answered with an error, is sent again for as long as an outage may last; one that may
        have been carried out is sent again once, and not even that if it may still be under way and a second one is
        not C(harmless). After a refusal there is a look too: somebody else, or an earlier request of ours, may have
        been first.

        :param request: sends it; returns what it has made.
        :param look: returns what the request would have made, if that is there by now.
        :raises Refused: when the service says no, no request of ours can have been heard, and nothing is there.
        :raises UnheardFailure: when it can not be known whether the request arrived.
        :raises LostContactFailure: when it was not carried out for longer than an outage may last.
        """
        contact = self.service.contact
        began = contact.clock.monotonic()
        failures = unheard = 0
        while True:
            try:
                made = request()
            except Refused as refused:
                found = look()
                if found is not None:
                    return found
                if not self.is_asked:
                    raise
                # Maybe it says no because the earlier request is being carried out, and does not show that yet.
                said = f"did not answer the first request {self.what}, and refuses another one: {refused}"
                raise self._failure(UnheardFailure, said, refused.status) from refused
            except Fault as caught:
                fault = caught
            else:
                self.is_asked = True
                return made
            failures += 1
            unheard += fault.delivery in (Delivery.BROKEN, Delivery.LATE)
            self.is_asked = self.is_asked or fault.delivery is not Delivery.NONE
            found = self._found(look, 0.0 if fault.delivery is Delivery.NONE else SETTLING)
            if found is not None:
                return found
            if not may_be_sent_again(fault.delivery, unheard, harmless=self.harmless):
                raise self._unanswered(UnheardFailure, fault)
            if failures > 1 and contact.clock.monotonic() - began >= contact.max_outage:
                raise self._unanswered(LostContactFailure, fault)
            contact.wait(failures, fault)

    def refusal(self, refused: Refused, advice: str = "") -> NotAllowedFailure:
        """Return the failure for a request that the service refuses.

        :param advice: what to do about it, as sentences.
        """
        return NotAllowedFailure.of_error(
            f"{self._address} does not accept the request {self.what}: {str(refused).rstrip('.')}. {advice}".rstrip(),
            refused.error,
            service=self.service.name,
            task_id=self.task_id,
            http_status=refused.status,
        )

    def _found(self, look: Callable[[], T | None], seconds: float) -> T | None:
        clock = self.service.contact.clock
        ends_at = clock.monotonic() + seconds
        while True:
            found = look()
            if found is not None or clock.monotonic() >= ends_at:
                return found
            clock.sleep(_SECONDS_BETWEEN_LOOKS)

    @property
    def _address(self) -> str:
        return f"{self.service.name} at {self.service.contact.address}"

    def _unanswered(self, kind: type[LostContactFailure], fault: Fault) -> LostContactFailure:
        return self._failure(kind, f"did not answer the request {self.what}: {fault.reason}", fault.http_status)

    def _failure(self, kind: type[LostContactFailure], said: str, http_status: int | None) -> LostContactFailure:
        advice = (
            "Nothing of it is to be seen, but it may still be carried out. Run this again a little later: what goes on "
            "by then is found."
            if self.task_id is None
            else "The task looks as it did before, but the request may still be carried out. Look at the task before "
            "you try again."
        )
        return kind(
            f"{self._address} {said.rstrip('.')}. {advice}",
            service=self.service.name,
            task_id=self.task_id,
            http_status=http_status,
        )

# SPDX-License-Identifier: GPL-3.0-or-later
"""Sending a request that makes something new, a task or a plan, so that it is made once.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
send.py does the same for requests about a task that is there already, by which one can see whether they arrived.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from ansible_collections.vcf.lifecycle.plugins.module_utils.errors import LostContactFailure, NotAllowedFailure
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.pace import SETTLING
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.send import UnheardFailure, may_be_sent_again
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.base import Refused, Service
from ansible_collections.vcf.lifecycle.plugins.module_utils.transport import Delivery, Fault

T = TypeVar("T")

_SECONDS_BETWEEN_LOOKS = 0.5


@dataclass
class Beginning:
    """A request of which nobody knows yet what has become of it.

    :param what: what is asked for, for messages, e.g. C("to apply upgrade plan 7").
    :param harmless: whether carrying it out twice does no more than once.

    C(is_asked) says whether it is, or may be, carried out; also when a failure was raised.
    """

    service: Service
    what: str
    harmless: bool = False
    is_asked: bool = False

    def once(self, request: Callable[[], T], look: Callable[[], T | None]) -> T:
        """Send the request, and return what it has made.

        When there is no answer, what it would have made is looked for before anything is sent again, for a while if
        the request may be under way. Then what is known of the delivery decides, as for C(send.once). After a refusal
        the look decides too: somebody else, or an earlier request of ours, may have been first.

        :param look: returns what the request would have made, if that is there by now.
        :raises NotAllowedFailure: when the service says no, and nothing is there.
        :raises UnheardFailure: when it can not be known whether the request arrived.
        :raises LostContactFailure: when it was not carried out for longer than an outage may last.
        """
        clock, contact = self.service.contact.clock, self.service.contact
        began = clock.monotonic()
        failures = unheard = 0
        while True:
            try:
                made = request()
            except Refused as refused:
                found = look()
                if found is None:
                    self.is_asked = False
                    raise self._refusal(refused) from refused
                return found
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
                raise self._failure(UnheardFailure, fault)
            if failures > 1 and clock.monotonic() - began >= contact.max_outage:
                raise self._failure(LostContactFailure, fault)
            contact.wait(failures, fault)

    def _found(self, look: Callable[[], T | None], seconds: float) -> T | None:
        clock = self.service.contact.clock
        ends_at = clock.monotonic() + seconds
        while True:
            found = look()
            if found is not None or clock.monotonic() >= ends_at:
                return found
            clock.sleep(_SECONDS_BETWEEN_LOOKS)

    def _refusal(self, refused: Refused) -> NotAllowedFailure:
        return NotAllowedFailure.of_error(
            f"{self.service.name} at {self.service.contact.address} does not accept the request {self.what}: {refused}",
            refused.error,
            service=self.service.name,
            http_status=refused.status,
        )

    def _failure(self, kind: type[LostContactFailure], fault: Fault) -> LostContactFailure:
        return kind(
            f"{self.service.name} at {self.service.contact.address} did not answer the request {self.what}: "
            f"{fault.reason}. Nothing shows that it was carried out, but it still may be. "
            "Look before you try again.",
            service=self.service.name,
            http_status=fault.http_status,
        )

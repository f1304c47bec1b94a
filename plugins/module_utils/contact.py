# SPDX-License-Identifier: GPL-3.0-or-later
"""Riding out outages: what is an outage, how long it has lasted, when to try again, when to give up.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
Nothing in here does I/O of its own: the try and the clock are handed in.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

from ansible_collections.vcf.lifecycle.plugins.module_utils.clock import Clock, duration
from ansible_collections.vcf.lifecycle.plugins.module_utils.errors import (
    FAILURES,
    LostContactFailure,
    UnreachableFailure,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.transport import Answer, Delivery, Fault

T = TypeVar("T")

_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 15.0
_LONGEST_RETRY_AFTER = 60.0


class DeadlinePassed(Exception):
    """Time ran out during an outage. The verb that has the deadline turns it into its own result."""


def fault_of(answer: Answer, now: datetime) -> Fault | None:
    """Return why an answer is no answer; None where it is one.

    5xx, 408 and 429 are what a service, or the proxy before it, says while it restarts or is busy; so is a body that
    is not JSON. A 401, 403 or 409 is taken at its word whatever its body, and whether a 404 in a foreign voice is the
    service's own is for the service's file to find out.
    """
    if answer.status >= 500 or answer.status in (408, 425, 429):
        # One that is told to come back later has not been served; one that a gateway has given up on may be yet.
        delivery = {429: Delivery.NONE, 504: Delivery.LATE}.get(answer.status, Delivery.ANSWERED)
        return Fault(
            f"it answers HTTP {answer.status}",
            delivery=delivery,
            retry_after=seconds_to_wait(answer, now),
            http_status=answer.status,
        )
    if answer.foreign and answer.status not in (401, 403, 404, 409):
        return Fault(f"it answers HTTP {answer.status} with something that is not JSON", http_status=answer.status)
    return None


def seconds_to_wait(answer: Answer, now: datetime) -> float | None:
    """Return what C(Retry-After) asks for, in seconds, clamped to a minute; None where it is absent or senseless."""
    value = (answer.headers.get("Retry-After") or "").strip()
    if not value:
        return None
    if value.isascii() and value.isdigit() and len(value) < 10:
        seconds = float(value)
    else:
        try:
            seconds = (parsedate_to_datetime(value) - now).total_seconds()
        except (TypeError, ValueError):
            return None
    return min(max(seconds, 0.0), _LONGEST_RETRY_AFTER)


def pause(failures: int, retry_after: float | None, chance: float) -> float:
    """Return how many seconds to wait after that many failed tries in a row.

    :param chance: a random number between 0 and 1, so that many clients do not come back at the same instant.
    """
    own = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** min(failures - 1, 10)) * (0.75 + 0.5 * chance)
    return max(own, retry_after or 0.0)


@dataclass
class Outages:
    """What a wait reports about the times in which it could not see the service. All in seconds."""

    count: int = 0
    total: float = 0.0
    longest: float = 0.0

    def add(self, seconds: float) -> None:
        """Enter one outage that is over."""
        self.count += 1
        self.total += seconds
        self.longest = max(self.longest, seconds)


class Contact:
    """The line to one service: tries again through outages, and keeps the account of them."""

    def __init__(self, *, address: str, service: str, max_outage: float, clock: Clock) -> None:
        """Begin an account.

        :param address: what to call the service's host in messages.
        :param max_outage: seconds of unbroken outage to ride out.

        C(deadline) is the instant after which an outage is ridden out no longer, and C(limit) the one at which
        everything ends: a request that is under way at the deadline may still be answered. C(reason) says why the
        last try that came to nothing did.
        """
        self.address = address
        self.service = service
        self.max_outage = max_outage
        self.clock = clock
        self.deadline: float | None = None
        self.limit: float | None = None
        self.answered = False
        self.established = False
        self.requests = 0
        self.outages = Outages()
        self.began: float | None = None
        self.reason: str | None = None
        self._suspected = False
        self.on_lost: Callable[[str, float], None] = lambda reason, seconds: None
        self.on_back: Callable[[float], None] = lambda seconds: None

    @property
    def is_out(self) -> bool:
        """Whether the last try came to nothing."""
        return self.began is not None

    def settle(self) -> Outages:
        """Return the account, with an outage that is still going on as if it ended now."""
        if self.began is not None:
            self.outages.add(self.clock.monotonic() - self.began)
            self.began = None
        return self.outages

    def ride(self, attempt: Callable[[], T], *, repeatable: bool = True, is_login: bool = False) -> T:
        """Return the first sensible answer.

        :param attempt: makes one try; raises Fault when nothing sensible came of it.
        :param repeatable: False where a second request could do harm: then there is one try, whose Fault is raised.
        :param is_login: whether somebody else than the service proper may be answering, so that a first answer does
            not yet show that the service's own address is right.
        :raises UnreachableFailure: when there was no answer for C(max_outage), and never one before.
        :raises LostContactFailure: when there was no answer for C(max_outage), but one before.
        :raises DeadlinePassed: when the deadline came first.
        """
        failures = 0
        while True:
            self._check_limit()
            started = self.clock.monotonic()
            self.requests += 1
            try:
                answer = attempt()
            except Fault as caught:
                fault = caught
            except Exception:
                # Whatever else it is, it came from an answer.
                self._back(is_login)
                raise
            else:
                self._back(is_login)
                return answer
            failures += 1
            self._lost(started, fault)
            if not repeatable:
                raise fault
            self.wait(failures, fault)

    def seconds_left(self) -> float | None:
        """Return how long a request may take so that the limit is kept; None where there is none."""
        return None if self.limit is None else self.limit - self.clock.monotonic()

    def _check_limit(self) -> None:
        if self.limit is not None and self.clock.monotonic() >= self.limit:
            raise DeadlinePassed("the service answers too slowly")

    def hold(self, seconds: float) -> None:
        """Wait on somebody's behalf, no longer than to the deadline.

        :raises DeadlinePassed: when it comes first.
        """
        if self.deadline is None:
            self.clock.sleep(seconds)
            return
        left = self.deadline - self.clock.monotonic()
        self.clock.sleep(min(seconds, left))
        if left <= seconds:
            raise DeadlinePassed("waiting to log in again")

    def suspect(self, reason: str, since: float) -> None:
        """Take the answers for somebody else's, so that they do not end an outage, until it is trusted again.

        :param since: when the outage began, on the monotonic clock.
        """
        self._suspected = True
        if self.began is None:
            self.began = since
        self.reason = reason
        self.on_lost(reason, self.clock.monotonic() - self.began)

    def trust(self) -> None:
        """Take the answers for the service's own again; that ends the outage in which they were not."""
        if self._suspected:
            self._suspected = False
            self._back(is_login=False)

    def _lost(self, started: float, fault: Fault) -> None:
        if fault.first_kind and not self.established:
            raise FAILURES[fault.first_kind](f"{self._who()}: {_clause(fault)}.", service=self.service) from fault
        if self.began is None:
            self.began = started
        self.reason = _clause(fault)
        self.on_lost(fault.reason, self.clock.monotonic() - self.began)

    def _back(self, is_login: bool) -> None:
        if self.began is not None and not self._suspected:
            seconds = self.clock.monotonic() - self.began
            self.outages.add(seconds)
            self.began = None
            self.on_back(seconds)
        self.answered = True
        self.established = self.established or not is_login

    def wait(self, failures: int, fault: Fault) -> None:
        """Sleep before the next try; the last one is made at the very end of what is allowed.

        :param failures: how many tries in a row have come to nothing.
        :raises UnreachableFailure: see C(ride).
        :raises LostContactFailure: see C(ride).
        :raises DeadlinePassed: when the deadline has come.
        """
        now = self.clock.monotonic()
        began = now if self.began is None else self.began
        if self.deadline is not None and now >= self.deadline:
            raise DeadlinePassed(fault.reason) from fault
        # As instants: of two times that differ by less than the clock can tell, the later one would never come.
        gives_up_at = began + self.max_outage
        if now >= gives_up_at:
            self._give_up(now - began, fault)
        seconds = min(pause(failures, fault.retry_after, random.random()), gives_up_at - now)
        if self.deadline is not None:
            seconds = min(seconds, self.deadline - now)
        self.clock.sleep(seconds)

    def _give_up(self, seconds: float, fault: Fault) -> None:
        if not self.answered:
            raise UnreachableFailure(
                f"{self._who()} can not be reached (tried for {duration(seconds)}): {_clause(fault)}.",
                service=self.service,
                http_status=fault.http_status,
            ) from fault
        raise LostContactFailure(
            f"Lost contact with {self._who()} for {duration(seconds)}, longer than max_outage allows: {_clause(fault)}."
            " This says nothing about its tasks: they may well go on. Run again with the same ids to go on watching.",
            service=self.service,
            http_status=fault.http_status,
        ) from fault

    def _who(self) -> str:
        return f"{self.service} at {self.address}"


def _clause(fault: Fault) -> str:
    """Return the reason without the mark that ends it, for use inside a sentence."""
    return fault.reason.rstrip(".?!")

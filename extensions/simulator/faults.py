# SPDX-License-Identifier: GPL-3.0-or-later
"""Which request meets which fault. What a fault then does to the connection is in `misbehave`."""

from __future__ import annotations

import re
import threading
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Kind = Literal[
    "status",  # any `code`, with `headers` and `body` (a structure is sent as JSON, a string as it is)
    "html",  # the page of a proxy whose backend is down
    "reset_before",  # TCP reset; the request is not processed
    "reset_after",  # processed, then TCP reset before the answer
    "truncated",  # processed; the connection closes in the middle of the body
    "slow",  # processed; the body drips over `seconds` real seconds
    "stall",  # processed after `seconds` real seconds of silence
    "not_json",  # 200, said to be JSON, and is none
    "huge",  # 200 with `megabytes` of valid JSON
    "deep",  # 200 with `levels` nested arrays
    "redirect",  # 307 to `location`
    "unauthorized",  # all tokens are forgotten, then processed
    "refuse",  # the port is closed for `seconds` real seconds, or `for` simulated ones
    "restart",  # the same, and then all tokens are forgotten; what comes back may be another version
    "jump",  # processed after `seconds` simulated seconds, which pass at once
    "meanwhile",  # processed after somebody else's `request` for the task, which is accepted
    "mislabeled",  # processed, and the answer is said to be HTML
    "shape",  # 200 with `body`: valid JSON of a wrong shape
]
Certificate = Literal[
    "usual",
    "renewed",  # another one, of the same authority
    "unknown",  # of an authority that nobody trusts
    "elsewhere",  # for the name of another host
    "expired",
]
CLOSING = frozenset({"refuse", "restart"})
ONCE = CLOSING | {"unauthorized", "jump", "meanwhile"}


class Fault(BaseModel):
    """One fault: what it does, the requests it is for, and when.

    The window of ``after`` and ``for`` counts in simulated seconds from the moment the fault is set (a scenario's: the
    start of the server). Of the requests in it, ``skip`` are let through and then ``times`` are hit (None: all). For a
    closed port ``for`` is how long it stays closed.
    """

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    kind: Kind
    service: str | None = None
    method: str | None = Field(None, description="regular expression for the whole of it")
    path: str | None = Field(None, description="regular expression, searched in the raw path with its query")
    task: str | None = Field(None, description="the id of a task, or its name")

    after: float = 0
    lasts: float | None = Field(None, alias="for")
    skip: int = 0
    times: int | None = None

    processed: bool = Field(False, description="whether one that is answered in the service's place is processed")
    code: int = 503
    headers: dict[str, str] = {}
    body: Any = None
    seconds: float = Field(1.0, description="real seconds, for slow, stall and a closed port; simulated ones for jump")
    request: Literal["cancel", "retry", "give_up"] = "cancel"
    certificate: Certificate | None = Field(None, description="what a restart comes back with; None: what it had")
    becomes: dict[str, Any] = Field({}, description="after a restart, in place of what the scenario says of a service")
    tasks_become: dict[str, Any] = Field({}, description="after a restart, in place of what it says of each task")
    megabytes: float = 32
    levels: int = 100_000
    location: str = ""

    @property
    def once(self) -> bool:
        """Kinds that make no sense for ever are for one request unless told otherwise."""
        return self.kind in ONCE and self.times is None

    @property
    def by_itself(self) -> bool:
        """A closed port for no request in particular happens at its time, without waiting for a request."""
        return self.kind in CLOSING and not (self.service or self.method or self.path or self.task or self.skip)

    def wants(self, service: str | None, method: str, target: str, task: frozenset[str]) -> bool:
        """Whether a request is one of those this fault is for, its window aside. ``task`` holds its id and name."""
        return (
            self.service in (None, service)
            and (self.method is None or re.fullmatch(self.method, method, re.IGNORECASE) is not None)
            and (self.path is None or re.search(self.path, target) is not None)
            and (self.task is None or self.task in task)
        )


class _Entry:
    def __init__(self, fault: Fault, now: float) -> None:
        self.fault, self.opens = fault, now + fault.after
        self.skip = fault.skip
        self.left = 1 if fault.once else fault.times
        self.met = False

    def due(self, now: float) -> bool:
        ends = None if self.fault.lasts is None else self.opens + self.fault.lasts
        return self.opens <= now and (ends is None or now < ends) and self.left != 0

    def spend(self) -> bool:
        """Count one request of those in the window; whether the fault hits it."""
        if self.skip > 0:
            self.skip -= 1
            return False
        if self.left is not None:
            self.left -= 1
        self.met = True
        return True


class FaultBook:
    """The faults that are set, and how often each is still to happen. Used by the server's thread and by tests'."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: list[_Entry] = []

    def add(self, fault: Fault, now: float) -> None:
        """Set a fault at simulated time ``now``."""
        with self._lock:
            self._entries.append(_Entry(fault, now))

    def clear(self) -> None:
        """Forget all of them."""
        with self._lock:
            self._entries.clear()

    def unmet(self) -> list[Fault]:
        """Those that have not happened."""
        with self._lock:
            return [entry.fault for entry in self._entries if not entry.met]

    def hit(self, now: float, service: str | None, method: str, target: str, task: frozenset[str]) -> Fault | None:
        """The fault this request meets: the first set of those that match."""
        with self._lock:
            for entry in self._entries:
                fault = entry.fault
                wanted = not fault.by_itself and entry.due(now) and fault.wants(service, method, target, task)
                if wanted and entry.spend():
                    return fault
        return None

    def refusal(self, now: float) -> Fault | None:
        """The closed port whose time has come without a request, once."""
        with self._lock:
            for entry in self._entries:
                if entry.fault.by_itself and entry.due(now) and entry.spend():
                    return entry.fault
        return None

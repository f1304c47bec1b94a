# SPDX-License-Identifier: GPL-3.0-or-later
"""Which request meets which fault."""

from __future__ import annotations

import threading
from collections.abc import Callable

from .faults import Fault

Began = Callable[[Fault], "float | None"]
"""When the upgrade that a fault is tied to has begun, in simulated seconds; None before that."""


class _Entry:
    def __init__(self, fault: Fault, now: float) -> None:
        self.fault = fault
        self._opens = now + fault.after if fault.component is None else None
        self.skip = fault.skip
        self.left = 1 if fault.once else fault.times
        self.met = False

    def opened(self, now: float, began: Began) -> float | None:
        """When its window has opened; None before that, and when it has happened often enough."""
        if self.left == 0:
            return None
        if self._opens is None and (begun := began(self.fault)) is not None:
            self._opens = begun + self.fault.after
        return self._opens if self._opens is not None and self._opens <= now else None

    def due(self, now: float, began: Began) -> bool:
        opened = self.opened(now, began)
        return opened is not None and (self.fault.lasts is None or now < opened + self.fault.lasts)

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
    """The faults of requests that are set, and how often each is still to happen. Used by the server's thread and by
    tests'."""

    def __init__(self, began: Began) -> None:
        self._began = began
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
                wanted = not fault.by_itself and fault.wants(service, method, target, task)
                if wanted and entry.due(now, self._began) and entry.spend():
                    return fault
        return None

    def refusal(self, now: float) -> tuple[Fault, float] | None:
        """The closed port whose time has come without a request, and when that was; once. However short it is, and
        however fast time passes, it is not missed."""
        with self._lock:
            for entry in self._entries:
                opened = entry.opened(now, self._began) if entry.fault.by_itself else None
                if opened is not None and entry.spend():
                    return entry.fault, opened
        return None

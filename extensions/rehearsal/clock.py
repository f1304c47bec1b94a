# SPDX-License-Identifier: GPL-3.0-or-later
"""The clock of the simulators of a rehearsal: the one that the modules of the playbook go by."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

from ...plugins.module_utils.rehearsal_clock import SharedTime
from ..simulator.clock import Clock


class SharedClock(Clock):
    """Simulated seconds since the start, shared by a file with whoever else goes by it.

    :param path: the file, which is made.
    :param at: when the rehearsal begins, in seconds since 1970.
    :param speed: simulated seconds in a real one, while a module sleeps.
    """

    def __init__(self, path: Path, at: float, speed: float) -> None:
        super().__init__(speed)
        self.path = path
        self.epoch = datetime.fromtimestamp(at, timezone.utc)
        self.shared = SharedTime.begin(path, at, speed)
        self._at = at

    def now(self) -> float:
        """Simulated seconds since the start."""
        return self.shared.now() - self._at

    def advance(self, seconds: float) -> None:
        """Jump ``seconds`` of simulated time ahead."""
        self.shared.advance(seconds)

    def hold(self, seconds: float) -> Callable[[], None]:
        """Let no time pass beyond that moment before the function that is returned has been called."""
        return self.shared.hold(self._at + seconds)

# SPDX-License-Identifier: GPL-3.0-or-later
"""What a verb is given besides its options: how it is run, a clock, and somebody to tell what happens.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ansible_collections.vcf.lifecycle.plugins.module_utils.clock import Clock
from ansible_collections.vcf.lifecycle.plugins.module_utils.rehearsal_clock import clock as usual_clock
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import Task


class Observer:
    """Hears what happens while a verb waits. This one does not listen; the live display does."""

    def tasks_changed(self, changed: list[Task], awaited: list[Task], elapsed: float) -> None:
        """Some tasks look different from the last time.

        :param awaited: all tasks of the wait that have been seen, also those that have ended.
        :param elapsed: seconds since the wait began.
        """

    def still_waiting(self, awaited: list[Task], elapsed: float) -> None:
        """Nothing has changed for a while.

        :param awaited: all tasks of the wait that have been seen, also those that have ended.
        :param elapsed: seconds since the wait began.
        """

    def out_of_contact(self, reason: str, seconds: float) -> None:
        """A try came to nothing.

        :param seconds: how long the outage has lasted so far.
        """

    def back_in_contact(self, seconds: float) -> None:
        """The service answers again.

        :param seconds: how long the outage lasted.
        """

    def notice(self, text: str) -> None:
        """Something else that a person would want to know now."""


@dataclass
class Context:
    """How a verb is run."""

    check_mode: bool = False
    diff: bool = False
    clock: Clock = field(default_factory=usual_clock)
    observer: Observer = field(default_factory=Observer)
    warnings: list[str] = field(default_factory=list)

    def warn(self, text: str) -> None:
        """Give a warning, once."""
        if text not in self.warnings:
            self.warnings.append(text)

# SPDX-License-Identifier: GPL-3.0-or-later
"""The live display: a line when something changed, and a sign of life when nothing does.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from typing import Protocol

from ansible.module_utils.common.parameters import remove_values

from ansible_collections.vcf.lifecycle.plugins.module_utils.clock import duration
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.context import Observer
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import State, Task, leaf_stages

MOST_LINES = 10
"""How many tasks get a line of their own at a time; the rest share one."""

_SECONDS_BETWEEN_OUTAGE_LINES = 180.0


class Screen(Protocol):
    """What prints; Ansible's Display does."""

    def display(self, msg: str) -> None:
        """Print a line."""


class Progress(Observer):
    """Prints what happens while a verb waits."""

    def __init__(self, screen: Screen, host: str, secrets: Iterable[str] = ()) -> None:
        """Prepare a display.

        :param host: the inventory's name of the host that the wait is for.
        :param secrets: texts that must not be printed.
        """
        self._screen = screen
        self._host = host
        self._secrets = frozenset(secrets)
        self._outage_shown_at: float | None = None

    def tasks_changed(self, changed: list[Task], awaited: list[Task], elapsed: float) -> None:
        """Print a line for each task that looks different, and one for all the others together."""
        shown = changed[:MOST_LINES]
        for task in shown:
            self.notice(line(task, elapsed))
        if len(awaited) > len(shown):
            self.notice(summary(awaited, elapsed))

    def still_waiting(self, awaited: list[Task], elapsed: float) -> None:
        """Print that nothing has changed."""
        going_on = [task for task in awaited if not task.done]
        shown = going_on if len(going_on) <= MOST_LINES else []
        for task in shown:
            self.notice(f"{line(task, elapsed)} (no change)")
        if len(awaited) > len(shown):
            self.notice(f"{summary(awaited, elapsed)} (no change)")

    def out_of_contact(self, reason: str, seconds: float) -> None:
        """Print that the service is away, at first and then every few minutes."""
        now = time.monotonic()
        if self._outage_shown_at is None or now - self._outage_shown_at >= _SECONDS_BETWEEN_OUTAGE_LINES:
            self._outage_shown_at = now
            self.notice(f"out of contact for {duration(seconds)}: {reason}; trying again")

    def back_in_contact(self, seconds: float) -> None:
        """Print that the service is back."""
        self._outage_shown_at = None
        self.notice(f"back in contact after {duration(seconds)}")

    def notice(self, text: str) -> None:
        """Print a line, without secrets."""
        # One line each, whatever names and messages hold.
        shown = " ".join(remove_values(text, self._secrets).split())
        self._screen.display(f"[{self._host}] {shown}")


def line(task: Task, elapsed: float) -> str:
    """Return the progress line of a task: state, stages, current stage, elapsed, and an estimate of the rest."""
    name = task.name or task.description or task.type or "task"
    parts = [f"{name} ({task.id}): {shown_state(task)}"]
    leaves = list(leaf_stages(task.stages, task.subtasks))
    if leaves:
        parts.append(f"{sum(stage.state.is_terminal for stage in leaves)}/{len(leaves)} stages")
    if task.progress_percent is not None and not task.done:
        parts.append(f"{task.progress_percent}%")
    if task.current_stage:
        parts.append(f"in {task.current_stage}")
    if task.root_causes and task.done and task.root_causes[0].message:
        parts.append(task.root_causes[0].message)
    parts.append(f"{duration(elapsed)} elapsed")
    if task.estimated_remaining_seconds is not None:
        parts.append(f"about {duration(task.estimated_remaining_seconds)} left (estimate)")
    return ", ".join(parts)


def summary(tasks: list[Task], elapsed: float) -> str:
    """Return one line for many tasks: how many are in which state, elapsed, and an estimate of the rest."""
    states = Counter(task.state.value for task in tasks)
    parts = [f"{len(tasks)} tasks: {', '.join(f'{count} {state}' for state, count in states.most_common())}"]
    parts.append(f"{duration(elapsed)} elapsed")
    estimates = [task.estimated_remaining_seconds or 0 for task in tasks if not task.done]
    if any(estimates):
        parts.append(f"about {duration(max(estimates))} left for the longest (estimate)")
    return ", ".join(parts)


def shown_state(task: Task) -> str:
    """Return the state, with the service's own word where that says something else."""
    if task.state is State.UNKNOWN:
        return f"UNKNOWN (the service says {task.status!r})"
    return task.state.value

# SPDX-License-Identifier: GPL-3.0-or-later
"""How long upgrades have taken here, by component; and where nothing is known of that, in the field. Pure functions.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.vcf.lifecycle.plugins.module_utils.fleet_upgrade_model import SYSTEM
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.capture_tasks import lengths
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import State, Task, leaf_stages

_MINUTE = 60.0
FIELD = {SYSTEM: 102 * _MINUTE, "VCF_FLEET_DEPOT": 51 * _MINUTE, "VSP": 101 * _MINUTE, "VCFA": 475 * _MINUTE}
"""How long single ones took in an upgrade from 9.1.0 to 9.1.1 that somebody has published; seconds."""
FIELD_OTHERS = 25 * _MINUTE
"""A fifth of what a batch of five took there."""
RESTART = 300.0
"""How long an API may be away while it is upgraded itself; seconds."""

_MOST = 50
_WELL = (State.SUCCEEDED, State.WARNING)


@dataclass(frozen=True)
class Sample:
    """A task that went well, and how long it took in seconds, with its innermost steps."""

    task: Task
    seconds: float

    @property
    def steps(self) -> list[tuple[str, float]]:
        """The names of the steps, and how long each took."""
        lasted = lengths(self.task, self.task.ended_at)
        leaves = leaf_stages(self.task.stages, self.task.subtasks)
        return [(leaf.label, lasted.get(id(leaf), 0.0)) for leaf in leaves]


class History:
    """Samples by what they are of, the oldest first, and of each at most fifty."""

    def __init__(self, tasks: Iterable[Task], key: Callable[[Task], str | None]) -> None:
        """Look at tasks, and at what is inside them.

        :param key: what a task is a sample of; None for nothing.
        """
        self._samples: dict[str, list[Sample]] = {}
        for task in sorted(every(tasks), key=lambda one: one.ended_at.timestamp() if one.ended_at else 0.0):
            name = key(task) if task.state in _WELL and task.duration_seconds is not None else None
            if name is not None:
                self._samples.setdefault(name, []).append(Sample(task, round(task.duration_seconds or 0.0, 3)))

    def median(self, *keys: str) -> Sample | None:
        """Return the middle one of the samples of the first key that has any; of two, the shorter one."""
        for key in keys:
            found = sorted(self._samples.get(key, [])[-_MOST:], key=lambda sample: sample.seconds)
            if found:
                return found[(len(found) - 1) // 2]
        return None

    def as_scenario(self) -> dict[str, list[float]]:
        """Return the seconds by key."""
        return {key: [one.seconds for one in found[-_MOST:]] for key, found in sorted(self._samples.items())}


def every(tasks: Iterable[Task]) -> Iterator[Task]:
    """Yield tasks and, after each, those inside it."""
    for task in tasks:
        yield task
        yield from every(task.subtasks)


def does(task: Task, *words: str) -> bool:
    """Tell whether the type or the name of a task has one of these words in it."""
    said = f"{task.type or ''} {task.name or ''}".upper()
    return any(word in said for word in words)


def steps_of(sample: Sample, label: str) -> dict[str, float] | None:
    """Return the steps of a component's upgrade by name; None where names do not tell them apart.

    :param label: what the component is called, which the simulator writes in front of each name.
    """
    steps = [(name.removeprefix(f"{label}: "), seconds) for name, seconds in sample.steps]
    found = dict(steps)
    return found if 1 < len(found) == len(steps) and any(found.values()) else None


def durations(**histories: History | Mapping[str, Sequence[float]]) -> dict[str, Any]:
    """Return the seconds of several histories, without those that know nothing."""
    shown = {name: one.as_scenario() if isinstance(one, History) else dict(one) for name, one in histories.items()}
    return {name: found for name, found in shown.items() if found}

# SPDX-License-Identifier: GPL-3.0-or-later
"""What one run came to: its steps, and how long it took. Times are simulated seconds since the start of the run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ..simulator.simulator import Simulator
from ..simulator.tasks import Entry

Marks = dict[str, dict[str, bool]]
"""The tasks that were there before, by host, and whether each had ended."""


@dataclass(frozen=True)
class Step:
    """A task that the playbook has made a service do. ``ended`` is None while it goes on. ``parts`` are the components
    that it is about, where there are several, each with how long it took."""

    host: str
    name: str
    state: str
    began: float
    ended: float | None
    parts: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class Course:
    """One run, which took ``seconds``.

    ``faults`` are sentences. ``outcomes`` say in a word what the playbook says of each host; ``window`` when its change
    window opens and closes; ``wrong`` is what `judge` has found.
    """

    number: int
    seed: int
    status: int
    steps: tuple[Step, ...]
    seconds: float
    chaos: bool = False
    faults: tuple[str, ...] = ()
    outcomes: Mapping[str, str] = field(default_factory=dict)
    window: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    wrong: tuple[Mapping[str, str], ...] = ()
    output: str = ""

    @property
    def around(self) -> float:
        """How long the playbook took for everything but waiting for its steps."""
        return max(0.0, self.seconds - busy(self.steps))

    @property
    def left_running(self) -> list[str]:
        """The steps that go on although the playbook has ended."""
        return [f"{step.host}: {step.name}" for step in self.steps if step.ended is None]

    def result(self) -> dict[str, Any]:
        """The same as plain JSON types."""
        return {**asdict(self), "around": self.around, "left_running": self.left_running}


def marks(simulators: dict[str, Simulator]) -> Marks:
    """The tasks that are there now."""
    return {
        host: {entry.id: entry.look(one.clock.now()).ended is not None for entry in _tops(one)}
        for host, one in simulators.items()
    }


def steps(simulators: dict[str, Simulator], before: Marks, now: float) -> tuple[Step, ...]:
    """The tasks that have come since, and those that were going on and have ended since, in the order in which they
    began: a run that goes on with what an earlier one has begun waits for that as well."""
    found = [
        (before[host].get(entry.id), _step(host, entry, now))
        for host, one in simulators.items()
        for entry in _tops(one)
        if not before[host].get(entry.id) and entry.exists(now)
    ]
    done = [step for was_over, step in found if was_over is None or step.ended is not None]
    return tuple(sorted(done, key=lambda step: step.began))


def busy(done: Iterable[Step]) -> float:
    """For how long at least one step was going on; one that has no end counts as none."""
    total, until = 0.0, 0.0
    for began, ended in sorted((step.began, step.ended) for step in done if step.ended is not None):
        total += max(0.0, ended - max(began, until))
        until = max(until, ended)
    return total


def _tops(simulator: Simulator) -> list[Entry]:
    return [entry for service in simulator.services for entry in service.tasks.entries() if entry.above is None]


def _step(host: str, entry: Entry, now: float) -> Step:
    view = entry.look(now)
    inside = [part for part in view.children if part.node.resources and part.node.resources[0].name]
    names = [str(part.node.resources[0].name) for part in inside]
    name = entry.task.description or entry.task.name
    if names:
        name = f"{name}: {names[0]}" if len(names) == 1 else f"{name}: {len(names)} components"
    parts = tuple(
        (one, part.ended - part.began)
        for one, part in zip(names, inside, strict=True)
        if len(names) > 1 and part.began is not None and part.ended is not None
    )
    return Step(host, name, view.state.value.upper(), entry.start, view.ended, parts)

# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a task stands: a pure function of its definition, the requests accepted for it, and the simulated time.

The steps of a task run one after the other. A failed step ends the run, and a retry goes on from it. After a cancel
the running step goes on to its end and the later ones are not executed (fleet-lcm-openapi.yaml, cancelTask and
retryTask); so a task whose last step was running succeeds all the same. To give up is to cancel what has failed.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from .basis import RESTART
from .scenario import Attempt, Error, Node, State, Task

Path = tuple[int, ...]
GOING_ON = frozenset({State.PENDING, State.SCHEDULED, State.QUEUED, State.RUNNING})


@dataclass(frozen=True)
class Event:
    """A request for a task that was accepted, at a simulated time."""

    kind: Literal["cancel", "retry", "give_up"]
    at: float


@dataclass(frozen=True)
class View:
    """A stage or a task at one moment. Times are simulated seconds since the start of the server."""

    node: Node
    path: Path
    state: State
    began: float | None
    ended: float | None
    changed: float
    error: Error | None = None
    children: tuple[View, ...] = ()

    def failures(self) -> list[View]:
        """The innermost views that have an error."""
        inner = [view for child in self.children for view in child.failures()]
        return inner or ([self] if self.error else [])

    def leaves(self) -> list[View]:
        """The innermost views, in the order they run; of what has nothing inside, itself."""
        return [view for child in self.children for view in child.leaves()] or [self]

    def restarts(self) -> list[View]:
        """The stages in which the service goes away, as far as they have begun."""
        return [view for view in self.leaves() if view.node.type == RESTART and view.began is not None]

    def says(self) -> Iterator[float]:
        """When its messages come, and those of what is inside."""
        if self.began is not None:
            yield from (self.began + message.after for message in self.node.messages)
        for child in self.children:
            yield from child.says()

    @property
    def blocked(self) -> bool:
        """Whether what runs now is blocked."""
        return any(view.node.blocked and view.state is State.RUNNING for view in self.leaves())


@dataclass(frozen=True)
class _Span:
    """One execution of a step, planned or past. ``began`` is None where it is not executed."""

    began: float | None
    ended: float
    state: State
    error: Error | None = None

    def view(self, node: Node, path: Path, created: float, now: float) -> View:
        if now < (self.ended if self.began is None else self.began):
            return View(node, path, State.PENDING, None, None, created)
        if self.began is not None and now < self.ended:
            return View(node, path, State.RUNNING, self.began, None, self.began)
        ended = None if self.began is None else self.ended
        return View(node, path, self.state, self.began, ended, self.ended, self.error)


@dataclass(frozen=True)
class _Course:
    """All that happens to a task if nobody asks for anything any more."""

    spans: dict[Path, _Span]
    began: float | None
    ended: float
    state: State
    error: Error | None


class Timeline:
    """A task through time, if nobody asks for anything any more.

    ``log`` holds the accepted requests in order. ``start`` and ``run`` replace the task's own start and count of runs
    made before, for a retry that is a task of its own.
    """

    def __init__(self, task: Task, log: tuple[Event, ...] = (), start: float | None = None, run: int = 0) -> None:
        self._task = task
        self._created = task.start if start is None else start
        self._course = _play(task, log, self._created, run)
        self._asked = [event.at for event in log]
        spans = self._course.spans.values()
        times = {self._course.began, self._course.ended, *(s.began for s in spans), *(s.ended for s in spans)}
        times.update(self._view(math.inf).says())
        self._moments = sorted(time for time in times if time is not None)
        self._last: tuple[int, View] | None = None

    def look(self, now: float) -> View:
        """The task at simulated time ``now``: the same view as long as nothing changes and nothing more is said, since
        it is looked at often."""
        passed, last = bisect_right(self._moments, now), self._last
        if last is None or last[0] != passed:
            self._last = last = (passed, self._view(now))
        return last[1]

    def _view(self, now: float) -> View:
        task, course, created = self._task, self._course, self._created
        inner = tuple(_inner(child, (i,), course.spans, created, now) for i, child in enumerate(task.children))
        changed = max([created, *self._asked, *(view.changed for view in inner)])
        began = course.began if course.began is not None and course.began <= now else None
        if now >= course.ended:
            changed = max(changed, course.ended)
            return View(task, (), course.state, began, course.ended, changed, course.error, inner)
        if began is None:
            return View(task, (), task.waits_as, None, None, changed, None, inner)
        return View(task, (), State.RUNNING, began, None, max(changed, began), None, inner)


def look(task: Task, now: float, log: tuple[Event, ...] = (), start: float | None = None, run: int = 0) -> View:
    """The task at simulated time ``now``; the other parameters are those of `Timeline`."""
    return Timeline(task, log, start, run).look(now)


def _play(task: Task, log: tuple[Event, ...], start: float, run: int) -> _Course:
    steps = list(task.steps())
    spans: dict[Path, _Span] = {}
    index, first = 0, start + task.pending
    state, error, at = State.FAILED, None, first
    for asked, cancel in _runs(log, heeds_cancel=not task.ignores_cancel):
        at = first if asked is None else asked
        state, error, executed = State.SUCCEEDED, None, False
        while index < len(steps) and state is not State.FAILED:
            path, node = steps[index]
            if cancel is not None and cancel <= at:
                at = at if executed else cancel
                spans.update({path: _Span(None, at, State.CANCELED) for path, _node in steps[index:]})
                return _Course(spans, first if spans[steps[0][0]].began is not None else None, at, State.CANCELED, None)
            endless = task.zombie and index == len(steps) - 1
            outcome, error, seconds = _step(task, node, run)
            began, at = at, math.inf if endless else at + seconds
            spans[path] = _Span(began, at, outcome, error)
            executed = True
            if outcome is State.FAILED:
                state = State.FAILED
            else:
                index += 1
        if state is not State.FAILED:
            state, error = _end(task, run)
            # A task that fails although all its steps succeeded starts over from its last one.
            index = len(steps) - 1
        run += 1
    if log and log[-1].kind == "give_up":
        at, state, error = log[-1].at, State.CANCELED, None
        spans.update({path: _Span(None, at, State.CANCELED) for path, _node in steps[index + 1 :]})
    return _Course(spans, first, at, state, error)


def _runs(log: tuple[Event, ...], *, heeds_cancel: bool = True) -> list[tuple[float | None, float | None]]:
    """For each run: when its retry was asked for (None: the first run), and when its cancel was (None: never)."""
    runs: list[tuple[float | None, float | None]] = [(None, None)]
    for event in log:
        if event.kind == "retry":
            runs.append((event.at, None))
        elif event.kind == "cancel" and heeds_cancel:
            runs[-1] = (runs[-1][0], event.at)
    return runs


def _attempt(task: Task, run: int) -> Attempt | None:
    """What the definition says of a run; the last attempt stands for all later ones."""
    return task.attempts[min(run, len(task.attempts) - 1)] if task.attempts else None


def _end(task: Task, run: int) -> tuple[State, Error | None]:
    """How a task ends when none of its steps failed."""
    attempt = _attempt(task, run)
    state, error = task.outcome, task.error
    if attempt is not None:
        state, error = attempt.outcome or state, attempt.error or error
        if attempt.fail == task.name:
            state = State.FAILED
    return state, error if state in (State.FAILED, State.TIMED_OUT) else None


def _step(task: Task, node: Node, run: int) -> tuple[State, Error | None, float]:
    attempt = _attempt(task, run)
    seconds = node.seconds if attempt is None else attempt.seconds.get(node.name, node.seconds)
    if node is task:  # a task without stages: how it ends is decided with the task
        return State.SUCCEEDED, None, seconds
    if attempt is not None and attempt.fail == node.name:
        return State.FAILED, attempt.error or node.error, seconds
    return node.outcome, node.error if node.outcome is State.FAILED else None, seconds


def _inner(node: Node, path: Path, spans: dict[Path, _Span], created: float, now: float) -> View:
    if not node.children:
        span = spans.get(path)
        return span.view(node, path, created, now) if span else View(node, path, State.PENDING, None, None, created)
    inner = tuple(_inner(child, (*path, i), spans, created, now) for i, child in enumerate(node.children))
    state = _together([view.state for view in inner])
    began = min((view.began for view in inner if view.began is not None), default=None)
    ended = max((view.ended for view in inner if view.ended is not None), default=None)
    changed = max(view.changed for view in inner)
    return View(node, path, state, began, None if state in GOING_ON else ended, changed, None, inner)


def _together(states: list[State]) -> State:
    """The state of what consists of parts that run one after the other."""
    for decisive in (State.FAILED, State.RUNNING, State.CANCELED):
        if decisive in states:
            return decisive
    if len(set(states)) == 1:
        return states[0]
    # Between two steps there is no time, but a part that never began after one that ended is still to come.
    return State.RUNNING if State.PENDING in states else State.SUCCEEDED

# SPDX-License-Identifier: GPL-3.0-or-later
"""What has happened to a task between two looks at it. Decisions only; no I/O.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
A task has runs: it waits, begins, goes on and ends, and a retry may have it begin again. Every run begins once and ends
once, however often it is looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum

from ansible_collections.vcf.lifecycle.plugins.module_utils.task import ACTIVE_STATES, Stage, State, Task


class Kind(str, Enum):
    """What can happen."""

    STARTED = "started"
    STAGE_CHANGED = "stage_changed"
    STALLED = "stalled"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"
    OUTAGE_BEGAN = "outage_began"
    OUTAGE_ENDED = "outage_ended"


ENDS = {State.FAILED: Kind.FAILED, State.CANCELED: Kind.CANCELED}
"""What the end of a task is in each state; any other end is that of one that has succeeded."""

_PRECISION = timedelta(seconds=1)
"""Two looks at the same beginning may differ by less than that: a list may round what a task by itself shows whole."""


@dataclass(slots=True)
class Transition:
    """Something that has happened to a task.

    C(happened_at) is when, by the service's clock, where it says so; C(previous_stage) the one before a change of
    stage; C(quiet_seconds) for how long a task that stalled has been quiet; C(is_inferred) of an end that nobody has
    seen, because the task had been retried by the time of the look, and is already in its next run.
    """

    kind: Kind
    task: Task
    happened_at: datetime | None = None
    previous_stage: str | None = None
    quiet_seconds: float | None = None
    is_inferred: bool = False


@dataclass(slots=True)
class Seen:
    """What is remembered of a task. C(changed_at) is of the monotonic clock.

    C(task) is how it was last seen, C(stage) the last stage that it was seen in. C(has_begun), C(is_over) and
    C(beginnings), when what in it has begun, are about its present run, C(has_stalled) about the time since it last
    changed.
    """

    task: Task
    has_begun: bool
    is_over: bool
    stage: str | None
    changed_at: float
    has_stalled: bool = False
    beginnings: dict[tuple[str, ...], datetime] = field(default_factory=dict)


def transitions(before: Seen | None, task: Task, now: float, stall_after: float = 0.0) -> tuple[Seen, list[Transition]]:
    """Return what to remember of a task, and what has happened to it, in order.

    :param before: what was remembered; None for a task that is seen for the first time.
    :param now: when it was looked at, on the monotonic clock.
    :param stall_after: seconds without a change after which a task has stalled; 0 for never.
    """
    if before is not None and before.is_over and _is_old_news(before.task, task):
        return before, []
    missed = _missed(before, task)
    if missed:
        before = None
    seen, found = _ended(before, task, now) if task.done else _going_on(before, task, now, stall_after)
    return seen, [*missed, *found]


def in_order(found: Iterable[Transition]) -> list[Transition]:
    """Return transitions of many tasks by when they happened, those of which that is not known last.

    Those of one task have to come in their own order, and stay in it whatever the service's clock says.
    """
    latest: dict[str, float] = {}
    keyed = []
    for transition in found:
        moment = transition.happened_at.timestamp() if transition.happened_at else float("inf")
        latest[transition.task.id] = max(moment, latest.get(transition.task.id, moment))
        keyed.append((latest[transition.task.id], transition))
    return [transition for _moment, transition in sorted(keyed, key=lambda pair: pair[0])]


def is_same_end(one: Task, other: Task) -> bool:
    """Tell whether two looks at a task that had ended show the same end."""
    return one.state is other.state and (one.ended_at == other.ended_at or None in (one.ended_at, other.ended_at))


def _is_old_news(ended: Task, task: Task) -> bool:
    """Tell whether a look at a task that had ended shows nothing that happened since."""
    if task.done:
        return is_same_end(ended, task)
    # A word that is not known says nothing, and a list may lag behind what was seen of the task itself.
    is_behind = bool(task.updated_at and ended.ended_at and task.updated_at < ended.ended_at)
    return task.state is State.UNKNOWN or is_behind


def _missed(before: Seen | None, task: Task) -> list[Transition]:
    """Return the end of a run that nobody has seen, where the task shows that it has been retried since.

    What went on, and then begins anew, has failed in between: nothing but a retry has it do so, and nothing but what
    has failed is retried. Without such a trace two runs look like one.
    """
    if before is None or before.is_over or not before.has_begun:
        return []
    known = before.beginnings
    anew = [when for key, when in _beginnings(task) if key in known and when - known[key] >= _PRECISION]
    return [Transition(Kind.FAILED, task, min(anew), is_inferred=True)] if anew else []


def _beginnings(task: Task, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], datetime]]:
    """Yield where in a task something has begun, and when: the task itself, its stages and its sub-tasks."""
    path = (*path, task.id)
    if task.started_at is not None:
        yield path, task.started_at
    yield from _beginnings_of_stages(task.stages, path)
    for subtask in task.subtasks:
        yield from _beginnings(subtask, path)


def _beginnings_of_stages(stages: list[Stage], path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], datetime]]:
    for number, stage in enumerate(stages):
        # Names need not differ, and stages without an id are told apart by their place.
        inner = (*path, stage.id or f"{number} {stage.label}")
        if stage.started_at is not None:
            yield inner, stage.started_at
        yield from _beginnings_of_stages(stage.stages, inner)


def _ended(before: Seen | None, task: Task, now: float) -> tuple[Seen, list[Transition]]:
    found = []
    if not (before and before.has_begun and not before.is_over) and _must_have_begun(before, task):
        found.append(Transition(Kind.STARTED, task, task.started_at or task.created_at))
    found.append(Transition(ENDS.get(task.state, Kind.SUCCEEDED), task, task.ended_at or task.updated_at))
    return Seen(_abridged(task), has_begun=True, is_over=True, stage=None, changed_at=now), found


def _must_have_begun(before: Seen | None, task: Task) -> bool:
    """Tell whether a task that has ended had begun, though nobody saw that: what waits may be canceled or skipped."""
    if task.state not in (State.CANCELED, State.SKIPPED):
        return True
    is_told = before is not None and before.is_over and before.task.started_at == task.started_at
    return task.started_at is not None and not is_told


def _going_on(before: Seen | None, task: Task, now: float, stall_after: float) -> tuple[Seen, list[Transition]]:
    is_same_run = before is not None and not before.is_over
    seen = Seen(task, has_begun=task.state in ACTIVE_STATES, is_over=False, stage=task.current_stage, changed_at=now)
    seen.beginnings = dict(_beginnings(task))
    if before is None or not is_same_run:
        began = [Transition(Kind.STARTED, task, task.started_at or task.created_at)] if seen.has_begun else []
        return seen, began
    if before.task == task:
        seen.changed_at, seen.has_stalled = before.changed_at, before.has_stalled
    seen.stage = task.current_stage or before.stage
    # A look may show less than the one before.
    seen.beginnings = before.beginnings | seen.beginnings
    found = []
    if seen.has_begun and not before.has_begun:
        found.append(Transition(Kind.STARTED, task, task.started_at or task.updated_at))
    elif before.has_begun and seen.stage != before.stage:
        found.append(Transition(Kind.STAGE_CHANGED, task, task.updated_at, previous_stage=before.stage))
    seen.has_begun = seen.has_begun or before.has_begun
    quiet = now - seen.changed_at
    # What is scheduled is quiet until its time has come.
    if stall_after and quiet >= stall_after and not seen.has_stalled and task.state is not State.SCHEDULED:
        seen.has_stalled = True
        found.append(Transition(Kind.STALLED, task, quiet_seconds=quiet))
    return seen, found


def _abridged(task: Task) -> Task:
    """Return what there is to remember of a task that has ended; there may be thousands."""
    lists = ("stages", "subtasks", "messages", "errors", "root_causes", "resources")
    others = ("resource", "prechecks", "result", "additional_details", "raw")
    return task.model_copy(update={**{name: [] for name in lists}, **dict.fromkeys(others)})

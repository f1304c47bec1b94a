# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks as a scenario of the simulator has them. Pure functions.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
The simulator runs the steps of a task one after the other, so a step lasts here from the end of the one before it to
its own end: what overlapped shares the time, and a gap belongs to the step after it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ansible_collections.vcf.lifecycle.plugins.module_utils.services.base import Service
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import Stage, State, Task, TaskError, leaf_stages

Part = dict[str, Any]

UNKNOWN_SECONDS = 60.0
"""How long something may last of which nothing is known."""

_OUTCOMES = {
    State.SUCCEEDED: "succeeded",
    State.WARNING: "warning",
    State.FAILED: "failed",
    State.CANCELED: "canceled",
    State.SKIPPED: "skipped",
}
_WAITING = {State.PENDING: "pending", State.SCHEDULED: "scheduled"}


class Usual:
    """How long the steps of tasks usually last, going by those that have ended; seconds."""

    def __init__(self, tasks: Sequence[Task]) -> None:
        """Look at past tasks."""
        self._seconds: dict[tuple[str | None, str], list[float]] = {}
        for task in tasks:
            lasted = lengths(task, task.ended_at) if task.done else {}
            for stage in leaf_stages(task.stages, task.subtasks):
                if stage.state is State.SUCCEEDED and id(stage) in lasted:
                    self._seconds.setdefault((task.type, stage.label), []).append(lasted[id(stage)])
            if task.state is State.SUCCEEDED and task.duration_seconds is not None:
                self._seconds.setdefault((task.type, ""), []).append(task.duration_seconds)

    def of(self, task: Task, stage: Stage | None = None) -> float:
        """Return how long a task of that type, or a step of one, usually lasts."""
        found = sorted(self._seconds.get((task.type, stage.label if stage else ""), []))
        return found[(len(found) - 1) // 2] if found else UNKNOWN_SECONDS


def seconds_between(start: datetime | None, end: datetime | None) -> float:
    """Return the seconds from one moment to another, to a thousandth; 0 where one is not known or they go back."""
    if start is None or end is None:
        return 0.0
    return max(0.0, round((end - start).total_seconds(), 3))


def began(task: Task) -> datetime | None:
    """Return when a task came into being, as far as its service says it."""
    return task.created_at or task.started_at or task.updated_at or task.ended_at


def newest(tasks: Sequence[Task]) -> datetime | None:
    """Return the newest time that a service has stamped on tasks."""
    stamps = [when for task in tasks for when in (task.created_at, task.started_at, task.updated_at, task.ended_at)]
    return max((when for when in stamps if when is not None), default=None)


def lengths(task: Task, end: datetime | None) -> dict[int, float]:
    """Return how long each innermost step has lasted, by its identity in memory; seconds.

    :param end: when the last step has ended, or how far it has come.
    """
    leaves = list(leaf_stages(task.stages, task.subtasks))
    last = start = task.started_at or task.created_at
    if not any(leaf.ended_at for leaf in leaves):
        # Some services do not say when a step ended.
        ran = [leaf for leaf in leaves if leaf.state not in (State.PENDING, State.SKIPPED)]
        return {id(leaf): round(seconds_between(start, end) / len(ran), 3) for leaf in ran}
    found: dict[int, float] = {}
    for leaf in leaves:
        if leaf.ended_at is None or leaf.started_at is None:
            continue
        found[id(leaf)] = seconds_between(last, leaf.ended_at)
        last = max(last or leaf.ended_at, leaf.ended_at)
    ended = [leaf for leaf in leaves if id(leaf) in found]
    if task.done and ended:
        found[id(ended[-1])] = round(found[id(ended[-1])] + seconds_between(last, end), 3)
    return found


def task_of(task: Task, zero: datetime, service: Service, usual: Usual) -> Part:
    """Return a task as a scenario has it.

    :param zero: the moment from which the scenario counts its seconds.
    """
    return _Writer(task, zero, service, usual).whole()


class _Writer:
    """Writes one task, with all that is inside."""

    def __init__(self, task: Task, zero: datetime, service: Service, usual: Usual) -> None:
        self.task, self.zero, self.service, self.usual = task, zero, service, usual
        self.leaves = list(leaf_stages(task.stages, task.subtasks))
        self.has_steps = bool(self.leaves or task.subtasks)
        self.lasted = lengths(task, task.ended_at if task.done else zero)
        self.culprit = self._culprit()
        names = Counter(leaf.label for leaf in self.leaves)
        # Where several steps have a name, it does not say which of them failed: that one always fails then.
        self.is_plain = self.culprit is None or names[self.culprit.label] == 1

    def whole(self) -> Part:
        """Return the task itself."""
        task = self.task
        start = began(task)
        named, stages = self._named(task), [self._stage(stage) for stage in task.stages]
        if len(stages) == len(task.resources) and not any(resource.id for resource in task.resources):
            # Of a service that tells of its steps what they work on, and nothing of the task.
            stages = [{**stage, "resource": [one]} for stage, one in zip(stages, named.pop("resource"), strict=True)]
        return without_defaults(
            {
                **named,
                "start": 0.0 if start is None else round((start - self.zero).total_seconds(), 3),
                "pending": self._pending(),
                "waits_as": _WAITING.get(task.state, "pending"),
                **self._state(),
                "stages": stages,
                "subtasks": [self._subtask(subtask) for subtask in task.subtasks],
                "seconds": 0.0 if self.has_steps else self._seconds_of_all(),
                "retriable": task.retriable is not False or task.state is not State.FAILED,
                "cancellable": task.cancellable is not False or task.done,
                "resolved": bool(task.resolved),
            }
        )

    def _named(self, task: Task) -> Part:
        of_vcenter = task.operation is not None
        instead = {"type": task.operation, "owner": task.type} if of_vcenter else {"type": task.type}
        name = task.name or task.type or task.description or task.id
        return {
            "name": name,
            "id": task.id,
            "description": task.description if task.description != name else None,
            **instead,
            "created_by": task.created_by,
            "correlation_id": task.correlation_id,
            "resource": [
                without_defaults(
                    {
                        "id": resource.id or resource.name or resource.type or "",
                        "type": resource.type or "",
                        "name": resource.name if resource.id else None,
                    }
                )
                for resource in task.resources
            ],
        }

    def _state(self) -> Part:
        """Return how a task ends, and what its service calls that."""
        task = self.task
        part: Part = {"outcome": _OUTCOMES.get(task.state, "succeeded"), "status_spelling": self._spelling()}
        if task.state is State.FAILED:
            part["outcome"] = "succeeded"
            error = error_of(task)
            if self.has_steps and self.culprit is None:
                part["attempts"] = [{"outcome": "failed", "error": error}, {}]
            elif self.is_plain:
                name = self.culprit.label if self.culprit else task.name or task.type or task.description or task.id
                part["attempts"] = [{"fail": name, "error": error}, {}]
        if task.state is State.UNKNOWN:
            part["zombie"] = True
        if task.state is State.BLOCKED:
            part["blocked"] = True
        return part

    def _spelling(self) -> dict[str, str]:
        """Return the service's word, where it is not its usual one for that."""
        task = self.task
        usual = next((word for word, state in self.service.statuses.items() if state is task.state), None)
        if task.status is None or task.status == usual or (usual is None and task.state is not State.UNKNOWN):
            return {}
        if task.state in (State.CANCELING, State.BLOCKED):
            return {}
        return {_OUTCOMES.get(task.state) or _WAITING.get(task.state) or "running": task.status}

    def _culprit(self) -> Stage | None:
        """Return the innermost step that has made the task fail."""
        if self.task.state is not State.FAILED:
            return None
        for state in (State.FAILED, State.RUNNING, State.UNKNOWN):
            for leaf in self.leaves:
                if leaf.state is state:
                    return leaf
        return None

    def _pending(self) -> float:
        task = self.task
        if task.state in _WAITING:
            return round(seconds_between(began(task), self.zero) + UNKNOWN_SECONDS, 3)
        return seconds_between(task.created_at, task.started_at)

    def _seconds_of_all(self) -> float:
        task = self.task
        if task.done:
            return seconds_between(task.started_at or task.created_at, task.ended_at)
        usual = self.usual.of(task)
        if task.state in _WAITING:
            return usual
        elapsed = seconds_between(task.started_at or task.created_at, self.zero)
        return usual if usual > elapsed else round(elapsed + UNKNOWN_SECONDS, 3)

    def _subtask(self, subtask: Task) -> Part:
        return without_defaults(
            {
                **self._named(subtask),
                "stages": [self._stage(stage) for stage in subtask.stages],
                "subtasks": [self._subtask(inner) for inner in subtask.subtasks],
                "seconds": 0.0
                if subtask.stages or subtask.subtasks
                else seconds_between(subtask.started_at, subtask.ended_at),
            }
        )

    def _stage(self, stage: Stage) -> Part:
        part: Part = {
            "name": stage.label,
            "description": stage.description if stage.description != stage.label else None,
        }
        if stage.stages:
            return without_defaults({**part, "stages": [self._stage(inner) for inner in stage.stages]})
        part["seconds"] = self._seconds_of(stage)
        if stage is self.culprit and not self.is_plain:
            part.update(outcome="failed", error=error_of(self.task))
        elif self.task.state is not State.FAILED:
            waits = stage.state in (State.PENDING, State.SCHEDULED)
            part["outcome"] = "skipped" if waits and self.task.done else _leaf_outcome(stage)
        elif stage.state is not State.FAILED:
            part["outcome"] = _leaf_outcome(stage)
        return without_defaults(part)

    def _seconds_of(self, stage: Stage) -> float:
        if id(stage) in self.lasted and (self.task.done or stage.state.is_terminal):
            return self.lasted[id(stage)]
        if self.task.done:
            # In a task that has failed, what comes after the failure has not lasted at all yet.
            return self.usual.of(self.task, stage) if self.task.state is State.FAILED else 0.0
        usual = self.usual.of(self.task, stage)
        elapsed = seconds_between(stage.started_at, self.zero)
        return usual if usual > elapsed else round(elapsed + UNKNOWN_SECONDS, 3)


def _leaf_outcome(stage: Stage) -> str:
    return _OUTCOMES.get(stage.state, "succeeded") if stage.state is not State.FAILED else "succeeded"


def error_of(task: Task) -> Part:
    """Return why a task failed, as far as its service says it."""
    causes = task.root_causes or task.errors or [TaskError()]
    cause = causes[0]
    return without_defaults(
        {
            "code": cause.code or "UNKNOWN",
            "message": cause.message or cause.cause or "It failed.",
            "remediation": cause.remediation,
            "reference": cause.reference,
        }
    )


_DEFAULTS: Mapping[str, Any] = {
    "outcome": "succeeded",
    "waits_as": "pending",
    "retriable": True,
    "cancellable": True,
    "resolved": False,
}


def without_defaults(part: Part) -> Part:
    """Return a part of a scenario without what goes without saying there."""
    return {
        name: value
        for name, value in part.items()
        if value is not None
        and not (isinstance(value, (str, list, dict)) and not value and name not in ("id", "type", "error"))
        and not (name in ("pending", "seconds") and value == 0)
        and (name not in _DEFAULTS or value != _DEFAULTS[name])
    }

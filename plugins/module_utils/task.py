# SPDX-License-Identifier: GPL-3.0-or-later
"""The model that every service's tasks are turned into. Pure data, no I/O.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
What a playbook sees of it (the keys and the states) is public and documented in every module.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from enum import Enum
from typing import Any

from ansible_collections.vcf.lifecycle.plugins.module_utils.libraries import BaseModel, ConfigDict, Field


class State(str, Enum):
    """Our one vocabulary for how far a task, or a stage of one, has come."""

    PENDING = "PENDING"
    SCHEDULED = "SCHEDULED"
    RUNNING = "RUNNING"
    CANCELING = "CANCELING"
    BLOCKED = "BLOCKED"
    SUCCEEDED = "SUCCEEDED"
    WARNING = "WARNING"
    FAILED = "FAILED"
    CANCELED = "CANCELED"
    SKIPPED = "SKIPPED"
    UNKNOWN = "UNKNOWN"

    @property
    def is_terminal(self) -> bool:
        """Whether nothing more happens on its own. C(UNKNOWN) never is."""
        return self in TERMINAL_STATES


TERMINAL_STATES = (State.SUCCEEDED, State.WARNING, State.FAILED, State.CANCELED, State.SKIPPED)
ACTIVE_STATES = (State.RUNNING, State.CANCELING, State.BLOCKED)
"""States of something that has begun and has not ended."""


class Model(BaseModel):
    """What all parts of the model share: unknown fields are a mistake of ours, not of the service."""

    model_config = ConfigDict(extra="forbid", validate_assignment=False)


class Resource(Model):
    """Something that a task works on."""

    id: str | None = None
    type: str | None = None
    name: str | None = None


class Message(Model):
    """One line that a service wrote about a task or a stage."""

    level: str | None = None
    timestamp: datetime | None = None
    text: str | None = None
    code: str | None = None


class TaskError(Model):
    """One error of a task. C(where) is the path of stage names that leads to it, outermost first."""

    code: str | None = None
    message: str | None = None
    remediation: str | None = None
    reference: str | None = None
    cause: str | None = None
    where: str | None = None


class Stage(Model):
    """A step inside a task; may nest."""

    id: str | None = None
    name: str | None = None
    description: str | None = None
    state: State = State.UNKNOWN
    status: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    messages: list[Message] = Field(default_factory=list)
    errors: list[TaskError] = Field(default_factory=list)
    stages: list[Stage] = Field(default_factory=list)

    @property
    def label(self) -> str:
        """What a person would call the stage."""
        return self.name or self.description or self.id or "unnamed stage"


class Task(Model):
    """One long-running operation of a service, as every module returns it."""

    id: str
    name: str | None = None
    service: str
    type: str | None = None
    description: str | None = None
    state: State = State.UNKNOWN
    status: str | None = None
    done: bool = False
    progress_percent: int | None = None
    created_at: datetime | None = None
    started_at: datetime | None = None
    updated_at: datetime | None = None
    ended_at: datetime | None = None
    duration_seconds: float | None = None
    created_by: str | None = None
    resource: Resource | None = None
    resources: list[Resource] = Field(default_factory=list)
    parent_id: str | None = None
    correlation_id: str | None = None
    cancellable: bool | None = None
    retriable: bool | None = None
    current_stage: str | None = None
    stages: list[Stage] = Field(default_factory=list)
    subtasks: list[Task] = Field(default_factory=list)
    messages: list[Message] = Field(default_factory=list)
    errors: list[TaskError] = Field(default_factory=list)
    root_causes: list[TaskError] = Field(default_factory=list)
    prechecks: dict[str, Any] | None = None
    result: Any = None
    additional_details: Any = None
    estimated_remaining_seconds: int | None = None
    raw: Any = Field(default=None, exclude=True)
    resolved: bool | None = Field(default=None, exclude=True)
    """Whether what a failure left behind is settled, as the service itself says; None where it does not say."""
    operation: str | None = Field(default=None, exclude=True)
    """What the task does, of services whose C(type) is the same for tasks that do different things."""

    @property
    def label(self) -> str:
        """What a person would call the task, with the id to find it by."""
        title = self.name or self.description or self.type
        return f"'{title}' ({self.id})" if title else self.id

    def as_result(self, raw: bool = False) -> dict[str, Any]:
        """Return the task as plain JSON types; with the service's own (masked) body where asked for."""
        result: dict[str, Any] = self.model_dump(mode="json")
        if raw:
            result["raw"] = self.raw
        return result


def new_task(
    *,
    state: State,
    stages: list[Stage],
    subtasks: list[Task] | None = None,
    progress_percent: int | None = None,
    started_at: datetime | None = None,
    created_at: datetime | None = None,
    ended_at: datetime | None = None,
    resources: list[Resource] | None = None,
    **fields: Any,
) -> Task:
    """Return a task with all that follows from its other fields filled in.

    :param progress_percent: the service's own figure, 0 to 100, where it has one.
    """
    subtasks = subtasks or []
    resources = resources or []
    leaves = list(leaf_stages(stages, subtasks))
    begun_at = started_at or created_at
    return Task(
        state=state,
        done=state.is_terminal,
        stages=stages,
        subtasks=subtasks,
        started_at=started_at,
        created_at=created_at,
        ended_at=ended_at,
        duration_seconds=_seconds_between(begun_at, ended_at) if state.is_terminal else None,
        progress_percent=share_of_ended(leaves) if progress_percent is None else progress_percent,
        current_stage=None if state.is_terminal else name_of_current(leaves),
        resource=resources[0] if resources else None,
        resources=resources,
        **fields,
    )


def leaf_stages(stages: list[Stage], subtasks: list[Task]) -> Iterator[Stage]:
    """Yield the innermost stages of a task and of its sub-tasks, in order."""
    for stage in stages:
        if stage.stages:
            yield from leaf_stages(stage.stages, [])
        else:
            yield stage
    for subtask in subtasks:
        yield from leaf_stages(subtask.stages, subtask.subtasks)


def share_of_ended(leaves: list[Stage]) -> int | None:
    """Return the percentage of stages that ended, rounded down; None where there are no stages."""
    if not leaves:
        return None
    return 100 * sum(stage.state.is_terminal for stage in leaves) // len(leaves)


def name_of_current(leaves: list[Stage]) -> str | None:
    """Return the name of the first stage that has begun and not ended."""
    return next((stage.label for stage in leaves if stage.state in ACTIVE_STATES), None)


def failed_stage(stages: list[Stage], subtasks: list[Task]) -> str | None:
    """Return the path of the first stage that failed, outermost name first; None where none did."""
    for stage in stages:
        inner = failed_stage(stage.stages, [])
        if inner:
            return f"{stage.label} / {inner}"
        if stage.state is State.FAILED:
            return stage.label
    for subtask in subtasks:
        inner = failed_stage(subtask.stages, subtask.subtasks)
        name = subtask.name or subtask.id
        if inner:
            return f"{name} / {inner}"
        if subtask.state is State.FAILED:
            return name
    return None


def _seconds_between(start: datetime | None, end: datetime | None) -> float | None:
    if start is None or end is None:
        return None
    # A service whose clock was set back must not make a task of negative length.
    return max(0.0, (end - start).total_seconds())

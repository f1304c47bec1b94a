# SPDX-License-Identifier: GPL-3.0-or-later
"""The model that every service's tasks are turned into. Pure data, no I/O.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
What a playbook sees of it (the keys and the states) is public and documented in every module.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from typing import Annotated, Any, TypeVar

from ansible_collections.vcf.lifecycle.plugins.module_utils.libraries import Field, TypeAdapter

M = TypeVar("M", bound="Model")


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


class Model:
    """What all parts of the model share.

    They are plain dataclasses: a list may hold thousands of tasks, which are read anew at every poll, and a part that
    checks its types takes ten times as long to make. mypy has checked them.
    """

    __slots__ = ()

    def model_copy(self: M, *, update: Mapping[str, Any]) -> M:
        """Return the same with other values in some fields."""
        return replace(self, **update)  # type: ignore[type-var]


@dataclass(slots=True, kw_only=True)
class Resource(Model):
    """Something that a task works on."""

    id: str | None = None
    type: str | None = None
    name: str | None = None


@dataclass(slots=True, kw_only=True)
class Message(Model):
    """One line that a service wrote about a task or a stage."""

    level: str | None = None
    timestamp: datetime | None = None
    text: str | None = None
    code: str | None = None


@dataclass(slots=True, kw_only=True)
class TaskError(Model):
    """One error of a task. C(where) is the path of stage names that leads to it, outermost first."""

    code: str | None = None
    message: str | None = None
    remediation: str | None = None
    reference: str | None = None
    cause: str | None = None
    where: str | None = None


@dataclass(slots=True, kw_only=True)
class Stage(Model):
    """A step inside a task; may nest."""

    id: str | None = None
    name: str | None = None
    description: str | None = None
    state: State = State.UNKNOWN
    status: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    messages: list[Message] = field(default_factory=list)
    errors: list[TaskError] = field(default_factory=list)
    stages: list[Stage] = field(default_factory=list)

    @property
    def label(self) -> str:
        """What a person would call the stage."""
        return self.name or self.description or self.id or "unnamed stage"


@dataclass(slots=True, kw_only=True)
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
    resources: list[Resource] = field(default_factory=list)
    parent_id: str | None = None
    correlation_id: str | None = None
    cancellable: bool | None = None
    retriable: bool | None = None
    current_stage: str | None = None
    stages: list[Stage] = field(default_factory=list)
    subtasks: list[Task] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    errors: list[TaskError] = field(default_factory=list)
    root_causes: list[TaskError] = field(default_factory=list)
    prechecks: dict[str, Any] | None = None
    result: Any = None
    additional_details: Any = None
    # No part of how the task is: two looks at it that differ only here show the same.
    estimated_remaining_seconds: int | None = field(default=None, compare=False)
    raw: Annotated[Any, Field(exclude=True)] = None
    resolved: Annotated[bool | None, Field(exclude=True)] = None
    operation: Annotated[str | None, Field(exclude=True)] = None

    @property
    def label(self) -> str:
        """What a person would call the task, with the id to find it by."""
        title = self.name or self.description or self.type
        return f"'{title}' ({self.id})" if title else self.id

    def as_result(self, raw: bool = False) -> dict[str, Any]:
        """Return the task as plain JSON types; with the service's own (masked) body where asked for."""
        result: dict[str, Any] = _WRITER.dump_python(self, mode="json")
        if raw:
            result["raw"] = self.raw
        return result


_WRITER = TypeAdapter(Task)
_WRITER_OF_ANY = TypeAdapter(Any)


def of_result(result: dict[str, Any]) -> Task:
    """Return the task that C(Task.as_result) has made a result of."""
    return _WRITER.validate_python(result)


def plain(value: Any) -> Any:
    """Return a dataclass, or a structure of them, as plain JSON types."""
    return _WRITER_OF_ANY.dump_python(value, mode="json")


def new_task(
    *,
    id: str,  # noqa: A002
    service: str,
    state: State,
    stages: list[Stage],
    name: str | None = None,
    type: str | None = None,  # noqa: A002
    description: str | None = None,
    status: str | None = None,
    progress_percent: int | None = None,
    created_at: datetime | None = None,
    started_at: datetime | None = None,
    updated_at: datetime | None = None,
    ended_at: datetime | None = None,
    created_by: str | None = None,
    resources: list[Resource] | None = None,
    parent_id: str | None = None,
    correlation_id: str | None = None,
    cancellable: bool | None = None,
    retriable: bool | None = None,
    subtasks: list[Task] | None = None,
    messages: list[Message] | None = None,
    errors: list[TaskError] | None = None,
    root_causes: list[TaskError] | None = None,
    prechecks: dict[str, Any] | None = None,
    result: Any = None,
    additional_details: Any = None,
    estimated_remaining_seconds: int | None = None,
    resolved: bool | None = None,
    operation: str | None = None,
) -> Task:
    """Return a task with all that follows from its other fields filled in.

    :param progress_percent: the service's own figure, 0 to 100, where it has one.
    """
    subtasks = subtasks or []
    resources = resources or []
    done = state.is_terminal
    leaves = list(leaf_stages(stages, subtasks))
    return Task(
        id=id,
        name=name,
        service=service,
        type=type,
        description=description,
        state=state,
        status=status,
        done=done,
        progress_percent=share_of_ended(leaves) if progress_percent is None else progress_percent,
        created_at=created_at,
        started_at=started_at,
        updated_at=updated_at,
        ended_at=ended_at,
        duration_seconds=_seconds_between(started_at or created_at, ended_at) if done else None,
        created_by=created_by,
        resource=resources[0] if resources else None,
        resources=resources,
        parent_id=parent_id,
        correlation_id=correlation_id,
        cancellable=cancellable,
        retriable=retriable,
        current_stage=None if done else name_of_current(leaves),
        stages=stages,
        subtasks=subtasks,
        messages=messages or [],
        errors=errors or [],
        root_causes=root_causes or [],
        prechecks=prechecks,
        result=result,
        additional_details=additional_details,
        estimated_remaining_seconds=estimated_remaining_seconds,
        resolved=resolved,
        operation=operation,
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

# SPDX-License-Identifier: GPL-3.0-or-later
"""Which tasks would make an upgrade of their service refuse, and why. Decisions only; no I/O.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from datetime import datetime
from typing import Any

from ansible_collections.vcf.lifecycle.plugins.module_utils.selection import newest_first
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import State, Task

_GOOD_ENDS = (State.SUCCEEDED, State.WARNING)
_SHOWN = {"id", "name", "type", "state", "status", "resource"}


def blocking(tasks: list[Task]) -> list[Task]:
    """Return the tasks that block, the newest first: those that have not ended, and failures that are not resolved.

    :param tasks: all that the service lists: what resolves a failure is among them.
    """
    mended = _mended(tasks)
    return newest_first(task for task in tasks if not task.done or _is_unresolved(task, mended))


def as_result(task: Task) -> dict[str, Any]:
    """Return what C(task_info) shows of a task that blocks, as plain JSON types."""
    shown = {name: value for name, value in task.as_result().items() if name in _SHOWN}
    return {**shown, "reason": reason_of(task)}


def reason_of(task: Task) -> str:
    """Return why a task blocks, as one sentence."""
    if task.state is State.UNKNOWN:
        return f"It is in a status that is not known here ({task.status!r}); until it ends take it for running."
    if not task.done:
        return f"It is {task.state.value}{f', in stage {task.current_stage}' if task.current_stage else ''}."
    cause = task.root_causes[0] if task.root_causes else None
    message = (cause and cause.message) or ""
    code = f" ({cause.code})" if cause and cause.code and cause.code not in message else ""
    sentence = f"It failed and is not resolved{f': {message}'.rstrip('.') if message else ''}{code}"
    return sentence if sentence.endswith(("!", "?")) else f"{sentence}."


def _mended(tasks: list[Task]) -> dict[Hashable, datetime]:
    """Return all work that was done well -> when the last task that did it was created."""
    mended: dict[Hashable, datetime] = {}
    for task in tasks:
        created_at = task.created_at or task.started_at
        if task.state not in _GOOD_ENDS or created_at is None:
            continue
        for work in _work_of(task):
            mended[work] = max(created_at, mended.get(work, created_at))
    return mended


def _is_unresolved(task: Task, mended: Mapping[Hashable, datetime]) -> bool:
    """Tell whether a task has failed, and neither the service nor a later task says that this is settled.

    Later is what was created after the failure. To go by when the failed task was created would not do: a retry
    keeps that, so that one which failed today could be taken for settled by what went well yesterday.
    """
    if task.state is not State.FAILED:
        return False
    if task.resolved is not None:
        return not task.resolved
    known = [when for when in (task.created_at, task.started_at, task.ended_at) if when is not None]
    work = _work_of(task)
    return not known or not work or any(piece not in mended or mended[piece] <= max(known) for piece in work)


def _work_of(task: Task) -> set[Hashable]:
    """Return what a task does, and to what: a piece for each of its resources.

    Where it is not known what it works on, its name has to do. An empty set is work that is not known.
    """
    if task.type is None:
        return set()
    if task.resources and all(resource.id or resource.name for resource in task.resources):
        return {
            (task.type, task.operation, resource.type, resource.id, None if resource.id else resource.name)
            for resource in task.resources
        }
    return {(task.type, task.operation, task.name)} if task.name else set()

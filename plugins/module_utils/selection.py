# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a task is one of those that were asked for.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
Every filter is applied here, whatever the service has filtered already, so that the result is the same everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timezone

from ansible_collections.vcf.lifecycle.plugins.module_utils.options import Selection
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import Task

_LONG_AGO = datetime(1, 1, 1, tzinfo=timezone.utc)


def matches(task: Task, selection: Selection) -> bool:
    """Tell whether the task passes all filters that are set."""
    return all(
        (
            not selection.states or task.state in selection.states,
            selection.name is None or selection.name.casefold() in (task.name or "").casefold(),
            selection.type in (None, task.type),
            selection.resource_id is None or any(r.id == selection.resource_id for r in task.resources),
            selection.resource_type is None or any(r.type == selection.resource_type for r in task.resources),
            selection.created_by in (None, task.created_by),
            selection.correlation_id in (None, task.correlation_id),
            _is_after(task.created_at, selection.created_after),
            _is_before(task.created_at, selection.created_before),
            _is_after(task.ended_at, selection.ended_after),
        )
    )


def choose(tasks: list[Task], selection: Selection) -> list[Task]:
    """Return the tasks that pass, the newest first, at most C(limit) of them."""
    return newest_first(task for task in tasks if matches(task, selection))[: selection.limit]


def newest_first(tasks: Iterable[Task]) -> list[Task]:
    """Return the tasks by when they were created, those of which that is not known last."""
    return sorted(tasks, key=lambda task: (task.created_at or task.started_at or _LONG_AGO, task.id), reverse=True)


def _is_after(when: datetime | None, limit: datetime | None) -> bool:
    return limit is None or (when is not None and when > limit)


def _is_before(when: datetime | None, limit: datetime | None) -> bool:
    return limit is None or (when is not None and when < limit)

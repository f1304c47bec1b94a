# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a task may still take, going by earlier ones of its type.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

from datetime import datetime
from statistics import median

from ansible_collections.vcf.lifecycle.plugins.module_utils.task import State, Task


def usual_seconds(past: list[Task]) -> float | None:
    """Return the median duration of the tasks that went well; None where there are none."""
    durations = [
        task.duration_seconds
        for task in past
        if task.state in (State.SUCCEEDED, State.WARNING) and task.duration_seconds is not None
    ]
    return median(durations) if durations else None


def remaining_seconds(task: Task, usual: float | None, now: datetime) -> int | None:
    """Return the seconds that are left if the task takes as long as usual; None where that says nothing.

    :param usual: seconds that tasks of this type usually take.
    """
    begun_at = task.started_at or task.created_at
    if usual is None or begun_at is None or task.done:
        return None
    left = usual - (now - begun_at).total_seconds()
    # Once it has taken longer than usual, the past says nothing about the rest.
    return round(left) if left > 0 else None

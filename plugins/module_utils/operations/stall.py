# SPDX-License-Identifier: GPL-3.0-or-later
"""What to say of a task in which nothing changes any more. Decisions only; no I/O.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from ansible_collections.vcf.lifecycle.plugins.module_utils.clock import duration
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import Task

_MOST_NAMED = 3


def diagnosis(task: Task, quiet: float, changed_at: datetime, others: Collection[Task]) -> str:
    """Return what is known of a task that stands still, in the order in which a person would ask for it.

    :param quiet: seconds for which nothing of it has changed.
    :param changed_at: when it was last seen to change.
    :param others: other tasks of the service that are going on: one of them may be what it waits for.
    """
    details = task.additional_details if isinstance(task.additional_details, dict) else {}
    facts = {
        "state": task.state.value if task.state.value == task.status else f"{task.state.value}, status {task.status!r}",
        "last change": f"{(task.updated_at or changed_at).isoformat(timespec='seconds').replace('+00:00', 'Z')}",
        "stage": task.current_stage,
        "cancellable": task.cancellable,
        "retriable": task.retriable,
        "resolutionStatus": details.get("resolutionStatus"),
    }
    shown = ", ".join(f"{name}: {value}" for name, value in facts.items() if value is not None)
    return f"Nothing has changed in task {task.label} for {duration(quiet)} ({shown}).{_beside(others)}"


def _beside(others: Collection[Task]) -> str:
    if not others:
        return ""
    shown = ", ".join(f"{other.label} {other.state.value}" for other in list(others)[:_MOST_NAMED])
    more = len(others) - _MOST_NAMED
    return f" Also going on there: {shown}{f' and {more} more' if more > 0 else ''}."

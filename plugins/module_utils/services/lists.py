# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists of tasks: their pages, and by what they are narrowed.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from ansible_collections.vcf.lifecycle.plugins.module_utils.task import Task


@dataclass(frozen=True)
class Page:
    """A page of a list: its tasks, the number of the last page and of all tasks, where the service says them."""

    tasks: list[Task]
    last: int | None = None
    total: int | None = None
    is_empty: bool = False


def have_shifted(pages: Sequence[Page]) -> bool:
    """Tell whether tasks came, went or moved while the pages were read, so that one may be on none of them."""
    seen: set[str] = set()
    for page in pages:
        ids = {task.id for task in page.tasks}
        # A service that has no more pages may give the last one again: that is no move.
        if ids & seen and not ids <= seen:
            return True
        seen |= ids
    return len({page.total for page in pages if page.tasks}) > 1


def statuses_of(tasks: Sequence[Task]) -> list[str]:
    """Return the statuses that tasks are in, each once, exactly as the service has written them."""
    return sorted({task.status for task in tasks if task.status})


def quiet_since(tasks: Sequence[Task]) -> str | None:
    """Return a time, as ISO 8601, just before the oldest last update of tasks; None where one of them has none.

    It is by the clock of the service that has stamped them, and to be compared with other stamps of that clock alone.
    """
    updates = [task.updated_at for task in tasks if task.updated_at is not None]
    if not updates or len(updates) < len(tasks):
        return None
    return (min(updates) - timedelta(seconds=1)).isoformat(timespec="milliseconds").replace("+00:00", "Z")

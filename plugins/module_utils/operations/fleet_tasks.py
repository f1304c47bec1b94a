# SPDX-License-Identifier: GPL-3.0-or-later
"""Which tasks of Fleet LCM were made of a request. Decisions only; no I/O.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
The specification names no types for tasks. Plans and the system say which tasks are their prechecks and upgrades; of
all others, what they work on, and the words in their own descriptions, are all there is to go by.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from ansible_collections.vcf.lifecycle.plugins.module_utils.selection import newest_first
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import Task


def newest_about(tasks: Iterable[Task], *words: str, besides: Collection[str] = ()) -> Task | None:
    """Return the newest task that speaks of something; None where there is none.

    :param words: what it speaks of, in lower case, e.g. C(sync); all of them.
    :param besides: ids of tasks that are known to be others.
    """
    own = (task for task in tasks if task.id not in besides and task.parent_id is None)
    return next(iter(newest_first(task for task in own if all(word in _text(task) for word in words))), None)


def _text(task: Task) -> str:
    return " ".join(text.lower() for text in (task.type, task.name, task.description) if text)

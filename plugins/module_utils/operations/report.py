# SPDX-License-Identifier: GPL-3.0-or-later
"""The results that all waiting verbs return, whether they succeed or fail.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.vcf.lifecycle.plugins.module_utils.errors import Failure
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.follow import Follower
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import State, Task


def waited(follower: Follower, tasks: Iterable[Task], *, timed_out: bool, lost_contact: bool) -> dict[str, Any]:
    """Return what every waiting verb returns; times in seconds."""
    tasks = list(tasks)
    contact = follower.service.contact
    outages = contact.settle()
    return {
        "changed": False,
        "tasks": [task.as_result() for task in tasks],
        "states": {task.id: task.state.value for task in tasks},
        "elapsed": round(follower.elapsed, 3),
        "polls": follower.polls,
        "requests": contact.requests,
        "timed_out": timed_out,
        "lost_contact": lost_contact,
        "outages": outages.count,
        "outage_seconds": round(outages.total, 3),
        "longest_outage_seconds": round(outages.longest, 3),
    }


def difference(before: Mapping[str, State], after: Mapping[str, State]) -> dict[str, Any]:
    """Return the states before and after, as C(--diff) shows them."""
    return {
        "before": {task_id: state.value for task_id, state in before.items()},
        "after": {task_id: state.value for task_id, state in after.items()},
    }


def concluded(result: dict[str, Any], failure: Failure | None) -> dict[str, Any]:
    """Return the result, or raise the failure with it.

    :raises Failure: the one given.
    """
    if failure is not None:
        failure.result = result
        raise failure
    return result

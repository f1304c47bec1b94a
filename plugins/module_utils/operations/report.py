# SPDX-License-Identifier: GPL-3.0-or-later
"""The results that all waiting verbs return, whether they succeed or fail.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.vcf.lifecycle.plugins.module_utils.errors import Failure
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.follow import Course, Follower
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import State


def waited(follower: Follower, course: Course) -> dict[str, Any]:
    """Return what every waiting verb returns; times in seconds."""
    contact = follower.service.contact
    outages = contact.settle()
    return {
        "changed": False,
        "tasks": [task.as_result() for task in course.tasks],
        "states": {task.id: task.state.value for task in course.tasks},
        "elapsed": round(follower.elapsed, 3),
        "polls": follower.rounds.count,
        "requests": contact.requests,
        "timed_out": course.timed_out,
        "lost_contact": course.lost_contact,
        "outages": outages.count,
        "outage_seconds": round(outages.total, 3),
        "longest_outage_seconds": round(outages.longest, 3),
    }


def difference(before: Mapping[str, State], course: Course, predicted: Mapping[str, State]) -> dict[str, Any]:
    """Return the states before and after, as C(--diff) shows them.

    :param predicted: the states after, of tasks that check mode has left alone.
    """
    after = {watched.asked_id: watched.task.state for watched in course.watched.values() if watched.task}
    return {
        "before": {task_id: state.value for task_id, state in before.items()},
        "after": {task_id: state.value for task_id, state in {**after, **predicted}.items()},
    }


def concluded(result: dict[str, Any], failure: Failure | None, account: str = "") -> dict[str, Any]:
    """Return the result, or raise the failure with it.

    :param account: what the failure's message is to say besides, as a sentence.
    :raises Failure: the one given.
    """
    if failure is not None:
        failure.result = result
        failure.message += f" {account}" if account else ""
        raise failure
    return result

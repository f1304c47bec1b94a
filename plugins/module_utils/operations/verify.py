# SPDX-License-Identifier: GPL-3.0-or-later
"""After an upgrade: the versions that there really are, and why a service did not let it begin.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ansible_collections.vcf.lifecycle.plugins.module_utils.contact import DeadlinePassed
from ansible_collections.vcf.lifecycle.plugins.module_utils.errors import Failure, NotAllowedFailure
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations import pace
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.follow import Course, Follower
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.outcome import Verified
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import State

_SECONDS_TO_VERIFY = 60.0
"""How long the versions may be read at least, once a task has ended just before the deadline."""


def verified(
    follower: Follower,
    course: Course,
    expected: Mapping[str, str],
    read: Callable[[], dict[str, str | None]],
    *,
    may_lag: Callable[[], bool],
) -> dict[str, Verified]:
    """Read the versions that there really are, if there is anybody to ask; what goes wrong is kept in the course.

    :param expected: the version that each has to have, by the names that results have.
    :param read: reads the real ones; returns them by the same names.
    :param may_lag: whether all went well, so that what was read may only be a moment behind.
    """
    actual: dict[str, str | None] = {}
    if course.failure is None and not course.lost_contact:
        try:
            actual = _settled(follower, course, expected, read, may_lag=may_lag)
        except DeadlinePassed:
            course.timed_out = True
        except Failure as failure:
            course.failure = failure
    return {name: Verified(version, actual.get(name)) for name, version in expected.items()}


def _settled(
    follower: Follower,
    course: Course,
    expected: Mapping[str, str],
    read: Callable[[], dict[str, str | None]],
    *,
    may_lag: Callable[[], bool],
) -> dict[str, str | None]:
    clock = follower.context.clock
    if not course.going_on:
        follower.extend(max(follower.deadline - clock.monotonic(), _SECONDS_TO_VERIFY))
    ends_at = clock.monotonic() + pace.STALE_SECONDS
    while True:
        actual = read()
        if actual == expected or not may_lag() or clock.monotonic() >= ends_at:
            return actual
        clock.sleep(1.0)


def explain(follower: Follower, course: Course, failure: NotAllowedFailure, task_id: str | None) -> None:
    """Have a failed task that may be why a service refuses an upgrade among the tasks, and in the failure.

    :param task_id: of the last upgrade of the kind, if that has failed.
    """
    if task_id is None or course.watched or failure.http_status is None:
        return
    course.watch(task_id)
    follower.refresh(course)
    failed = [task for task in course.tasks if task.state is State.FAILED]
    if failed:
        failure.task_id = task_id
        failure.message = f"{failure.message.rstrip('.')}. Task {failed[0].label} failed before; see to that first."

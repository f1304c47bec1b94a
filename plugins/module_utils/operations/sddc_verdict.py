# SPDX-License-Identifier: GPL-3.0-or-later
"""What an upgrade at SDDC Manager comes to, and how to say it. Decisions only; no I/O.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
An upgrade has a record of its own besides its task, and the two have been seen to contradict each other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.vcf.lifecycle.plugins.module_utils.errors import (
    Failure,
    TaskCanceledFailure,
    TaskFailedFailure,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations import fleet_verdict
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.follow import Course
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.outcome import Outcome, Verified, outcome_of
from ansible_collections.vcf.lifecycle.plugins.module_utils.options import Waiting
from ansible_collections.vcf.lifecycle.plugins.module_utils.sddc_upgrade_model import Upgrade
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import State, Task


def states_of(tasks: Sequence[Task], upgrade: Upgrade | None) -> list[State]:
    """Return how an upgrade stands, by its tasks and by its record: whichever has ended counts.

    Where only one of the two has ended, the other is behind, or has been left behind by a restart.
    """
    states = [task.state for task in tasks]
    if upgrade is None or not upgrade.state.is_terminal:
        return states
    return [upgrade.state, *(state for state in states if state.is_terminal)]


def outcome(course: Course, upgrade: Upgrade | None, verified: Mapping[str, Verified] | None) -> Outcome | None:
    """Return what an upgrade that was followed has come to; None where that can not be said.

    :param verified: None where no version shows what has been done.
    """
    if course.failure is not None:
        return fleet_verdict.outcome_of_failure(course.failure)
    states = states_of(course.tasks, upgrade)
    is_late = course.timed_out and not states
    return outcome_of(states, verified, timed_out=is_late, lost_contact=course.lost_contact)


def failure(
    course: Course,
    waiting: Waiting,
    upgrade: Upgrade | None,
    found: Outcome | None,
    verified: Mapping[str, Verified] | None,
    *,
    accept_failed_but_on_target: bool,
) -> Failure | None:
    """Return why an upgrade has failed; None where it has not.

    :param found: what it has come to.
    """
    if _is_only_of_record(course, upgrade, found) and upgrade is not None:
        if found is Outcome.FAILED_BUT_ON_TARGET and accept_failed_but_on_target:
            return None
        return _of_record(course, upgrade, found, verified or {})
    return fleet_verdict.failure(
        course,
        waiting,
        found,
        verified,
        None,
        is_precheck=False,
        accept_failed_but_on_target=accept_failed_but_on_target,
    )


def difference(
    before: Mapping[str, str | None], after: Mapping[str, str | None], had: Upgrade | None, has: str | None
) -> dict[str, Any]:
    """Return what C(--diff) shows: the versions, and the status of the upgrade, before and after.

    :param has: the status that the upgrade has, or would have.
    """
    return {
        "before": {"versions": dict(before), "upgrade": had.status if had else None},
        "after": {"versions": dict(after), "upgrade": has},
    }


def _is_only_of_record(course: Course, upgrade: Upgrade | None, found: Outcome | None) -> bool:
    """Tell whether it is the record alone that says that an upgrade did not end well."""
    if course.failure is not None or upgrade is None:
        return False
    bad = {State.FAILED, State.CANCELED}
    return (
        found in (Outcome.FAILED, Outcome.FAILED_BUT_ON_TARGET, Outcome.CANCELED)
        and upgrade.state in bad
        and not any(task.state in bad for task in course.tasks)
    )


def _of_record(
    course: Course, upgrade: Upgrade, found: Outcome | None, verified: Mapping[str, Verified]
) -> TaskFailedFailure | TaskCanceledFailure:
    task = course.tasks[0] if course.tasks else None
    where: dict[str, Any] = {"service": task.service, "task_id": task.id} if task else {}
    besides = f", and its task {task.label} is {task.state.value}" if task else ""
    said = fleet_verdict.sentence_of_versions(verified)
    versions = f" After it, {said or 'everything has the version that it should have'}." if verified else ""
    if found is Outcome.FAILED_BUT_ON_TARGET:
        versions += " Set accept_failed_but_on_target to take that for good."
    kind = TaskCanceledFailure if found is Outcome.CANCELED else TaskFailedFailure
    return kind(f"Upgrade {upgrade.id} ended as {upgrade.status}{besides}.{versions}", **where)

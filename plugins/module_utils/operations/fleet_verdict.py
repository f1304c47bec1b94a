# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run of an upgrade comes to, and how to say it. Decisions only; no I/O.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.vcf.lifecycle.plugins.module_utils.errors import (
    Failure,
    LostContactFailure,
    TaskFailedFailure,
    TimeoutFailure,
    UnreachableFailure,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.follow import Course
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.outcome import (
    Outcome,
    Verified,
    is_good,
    outcome_of,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.verdict import failure_of, timeout_of
from ansible_collections.vcf.lifecycle.plugins.module_utils.options import Waiting
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import State, Task

_HARMLESS = ("WARN", "SKIPPED")


def findings_of(tasks: list[Task]) -> dict[str, Any] | None:
    """Return what prechecks have found, and how much of it blocks; None where there is no result of any.

    The issues are the verdict: a task may end well and have found errors. A severity that is not known here counts as
    an error, as does a check that failed and does not say why.
    """
    results = [task.prechecks for task in tasks if task.prechecks is not None and task.prechecks["total"]]
    if not results:
        return None
    found = [
        {
            "id": issue.get("id"),
            "severity": issue.get("severity"),
            "message": issue.get("message"),
            "resolution": issue.get("resolution"),
            "group": group["name"] or group["id"],
            "check": check["name"] or check["id"],
            "resource_id": check["resource_id"],
            "resource_name": check["resource_name"],
        }
        for result in results
        for group in result["groups"]
        for check in group["prechecks"]
        if (issue := check["issue"] or ({"severity": "ERROR"} if check["status"] == "FAILED" else None)) is not None
    ]
    return {
        "errors": sum(one["severity"] not in _HARMLESS for one in found),
        "warnings": sum(one["severity"] == "WARN" for one in found),
        "findings": found,
    }


def outcome(
    course: Course, verified: Mapping[str, Verified] | None, prechecks: Mapping[str, Any] | None, *, is_precheck: bool
) -> Outcome | None:
    """Return what a run that was followed has come to; None where that can not be said.

    :param verified: None where no version shows what has been done.
    :param prechecks: as C(findings_of) returns it.
    """
    if course.failure is not None:
        return outcome_of_failure(course.failure)
    states = [task.state for task in course.tasks]
    is_late = course.timed_out and (bool(course.going_on) or not course.tasks)
    found = outcome_of(states, verified, timed_out=is_late, lost_contact=course.lost_contact)
    if not is_precheck or not course.tasks or any(not state.is_terminal for state in states):
        return found
    if State.CANCELED in states:
        return Outcome.CANCELED
    if prechecks is None or prechecks["errors"]:
        return Outcome.FAILED
    if State.FAILED in states:
        return Outcome.FAILED
    return Outcome.SUCCEEDED_WITH_WARNINGS if prechecks["warnings"] else found


def outcome_of_failure(failure: Failure) -> Outcome | None:
    """Return what a run comes to that could not be followed; None where nothing was begun."""
    if isinstance(failure, TimeoutFailure):
        return Outcome.TIMEOUT
    return Outcome.LOST_CONTACT if isinstance(failure, (LostContactFailure, UnreachableFailure)) else None


def failure(
    course: Course,
    waiting: Waiting,
    found: Outcome | None,
    verified: Mapping[str, Verified] | None,
    prechecks: Mapping[str, Any] | None,
    *,
    is_precheck: bool,
    accept_failed_but_on_target: bool,
) -> Failure | None:
    """Return why a run has failed; None where it has not.

    :param found: what it has come to.
    """
    if course.failure is not None:
        return course.failure
    if found is None or is_good(found, accept_failed_but_on_target=accept_failed_but_on_target):
        return None
    if found is Outcome.TIMEOUT:
        return timeout_of(course, waiting)
    task = course.tasks[0] if course.tasks else None
    where: dict[str, Any] = {"service": task.service, "task_id": task.id} if task else {}
    if found is Outcome.LOST_CONTACT:
        return LostContactFailure("The service is out of contact, so what it has come to is not known.", **where)
    if is_precheck and prechecks is not None and prechecks["errors"]:
        return _of_findings(prechecks, where)
    if is_precheck and task is not None and task.state not in (State.FAILED, State.CANCELED):
        return TaskFailedFailure(f"Task {task.label} has ended and shows no result of any precheck.", **where)
    said = sentence_of_versions(verified or {})
    if found is Outcome.SUCCEEDED_BUT_NOT_ON_TARGET:
        ended = f"Task {task.label} ended well, but" if task else "There is nothing left to be done, but"
        return TaskFailedFailure(f"{ended} {said}.", **where)
    problem = failure_of(course, waiting)
    if problem is not None and found is Outcome.FAILED_BUT_ON_TARGET:
        problem.message += (
            " Yet everything has the version that it should have. "
            "Set accept_failed_but_on_target to take that for good."
        )
    elif problem is not None and verified:
        problem.message += f" After it, {said or 'everything has the version that it should have'}."
    return problem


def sentence_of_versions(verified: Mapping[str, Verified]) -> str:
    """Return which versions are not what they should be, as a clause; nothing where all are."""
    return "; ".join(
        f"{name} has {version.actual or 'a version that could not be read'} in place of {version.expected}"
        for name, version in verified.items()
        if not version.is_on_target
    )


def _of_findings(prechecks: Mapping[str, Any], where: Mapping[str, Any]) -> TaskFailedFailure:
    errors = [one for one in prechecks["findings"] if one["severity"] not in _HARMLESS]
    first = errors[0]
    more = f", and {len(errors) - 1} more" if len(errors) > 1 else ""
    message = (first["message"] or "it does not say why").rstrip(".")
    return TaskFailedFailure(
        f"The precheck found an error in {first['group']} / {first['check']}: {message}{more}.",
        code=first["id"],
        remediation=first["resolution"],
        **where,
    )

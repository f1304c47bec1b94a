# SPDX-License-Identifier: GPL-3.0-or-later
"""What SDDC Manager, its credentials tasks and VCF Installer have in common: the shapes of errors and of steps.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
Source: schemas Error, ErrorCause and ValidationNotification of "SDDC Manager API Reference Guide" and of "VMware Cloud
Foundation Installer API Reference Guide", both 9.1.0.0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.vcf.lifecycle.plugins.module_utils import causes
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.wire import (
    mapping,
    mappings,
    moment,
    state_of,
    text,
    word,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import Stage, State, TaskError

Table = Mapping[str, State]
ErrorsOf = Callable[[dict[str, Any]], list[TaskError]]


def reported_error(body: dict[str, Any]) -> TaskError:
    """Return one error from the schema Error, without what is nested in it."""
    reasons = [text(cause.get("message")) for cause in mappings(body.get("causes"))]
    return TaskError(
        code=word(body.get("errorCode")),
        message=text(body.get("message")) or text(body.get("label")),
        remediation=text(body.get("remediationMessage")) or word(body.get("remediationUrl")),
        reference=word(body.get("referenceToken")),
        # The last cause is the innermost one.
        cause=next((reason for reason in reversed(reasons) if reason), None),
    )


def leaves_of(body: dict[str, Any]) -> list[TaskError]:
    """Return the innermost errors of one error; each inherits the reference of the ones around it."""
    own = reported_error(body)
    nested = [leaf for inner in mappings(body.get("nestedErrors")) for leaf in leaves_of(inner)]
    notified = [
        _notified(notice)
        for notice in mappings(body.get("notifications"))
        if (word(notice.get("severity")) or "").upper() == "ERROR"
    ]
    inner = [*nested, *notified]
    if not inner:
        return [own] if own.message or own.code or own.cause else []
    return [
        leaf.model_copy(
            update={
                "reference": leaf.reference or own.reference,
                "remediation": leaf.remediation or own.remediation,
                "code": leaf.code or own.code,
            }
        )
        for leaf in inner
    ]


def _notified(body: dict[str, Any]) -> TaskError:
    remedies = [text(remedy.get("message")) for remedy in mappings(body.get("remediations"))]
    return TaskError(
        message=text(body.get("message")),
        remediation=" ".join(remedy for remedy in remedies if remedy) or None,
        cause=text(body.get("impactMessage")),
    )


def telling_error(body: Any) -> TaskError:
    """Return the leaf, of an error that answers a request, that says most."""
    leaves = causes.choose(leaves_of(mapping(body)))
    return leaves[0] if leaves else TaskError()


def stage_of(body: dict[str, Any], table: Table, errors_of: ErrorsOf, inner: tuple[str, ...]) -> Stage:
    """Return a stage from any of the shapes that a step has; what one of them lacks is null.

    :param table: the service's statuses.
    :param errors_of: what to make of each of its errors: what was reported, or the leaves of it.
    :param inner: the keys of the steps in it.
    """
    status = word(body.get("status"))
    state = state_of(status, table)
    ended = body.get("completionTimestamp") or (body.get("updateTimestamp") if state.is_terminal else None)
    errors = body.get("errors")
    return Stage(
        id=word(body.get("id")),
        name=text(body.get("name")),
        description=text(body.get("description")),
        state=state,
        status=status,
        # What has not begun has a creation time all the same.
        started_at=None if state is State.PENDING else moment(body.get("creationTimestamp")),
        ended_at=moment(ended),
        errors=[found for error in mappings(errors) for found in errors_of(error)] if errors else [],
        stages=[stage_of(step, table, errors_of, inner) for key in inner for step in mappings(body.get(key))],
    )


def stages_of(bodies: Any, table: Table, inner: tuple[str, ...]) -> list[Stage]:
    """Return the stages of a task, with their errors as they were reported."""
    return [stage_of(body, table, lambda error: [reported_error(error)], inner) for body in mappings(bodies)]


def root_causes_of(state: State, errors: Any, steps: Any, table: Table, inner: tuple[str, ...]) -> list[TaskError]:
    """Return the leaf errors of a task and of all steps below it.

    :param errors: the errors of the task itself.
    :param steps: the outermost steps.
    """
    if state is State.SUCCEEDED or not (errors or _any_errors(steps, inner)):
        return []
    leaves = [leaf for error in mappings(errors) for leaf in leaves_of(error)]
    return causes.gather(state, leaves, [stage_of(step, table, leaves_of, inner) for step in mappings(steps)], [])


def _any_errors(steps: Any, inner: tuple[str, ...]) -> bool:
    return any(
        step.get("errors") or any(_any_errors(step.get(key), inner) for key in inner) for step in mappings(steps)
    )

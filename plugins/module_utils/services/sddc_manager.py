# SPDX-License-Identifier: GPL-3.0-or-later
"""SDDC Manager: its login, paths and statuses.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
Source of the wire facts, where no other is named: "SDDC Manager API Reference Guide" 9.1.0.0, operations createToken,
getTasks, getTask, cancelTask and retryTask, schemas Task, SubTask, Stage and Error.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ansible_collections.vcf.lifecycle.plugins.module_utils import causes
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.base import Service
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.wire import (
    flag,
    mapping,
    mappings,
    moment,
    state_of,
    text,
    word,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import (
    Resource,
    Stage,
    State,
    Task,
    TaskError,
    new_task,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.transport import Request

if TYPE_CHECKING:
    from ansible_collections.vcf.lifecycle.plugins.module_utils.options import Selection

# Task.status, SubTask.status and Stage.status. The specification gives them as examples, so others are legal: those
# become UNKNOWN. In the field one body mixes "Failed" and "FAILED"; the look-up does not mind.
STATUSES = {
    "PENDING": State.PENDING,
    "QUEUED": State.PENDING,
    "SCHEDULED": State.SCHEDULED,
    "IN_PROGRESS": State.RUNNING,
    "INPROGRESS": State.RUNNING,
    "SUCCESSFUL": State.SUCCEEDED,
    "COMPLETED_WITH_WARNING": State.WARNING,
    "FAILED": State.FAILED,
    "TIMED_OUT": State.FAILED,
    "CANCELLED": State.CANCELED,
    "CANCELED": State.CANCELED,
    "SKIPPED": State.SKIPPED,
    "NOT_APPLICABLE": State.SKIPPED,
}


class SddcManager(Service):
    """Tasks of SDDC Manager."""

    name = "sddc_manager"
    base_path = ""
    collection = ("v1", "tasks")
    page_size = 100
    list_has_stages = True
    logins = (("username", "password"), ("api_token",))
    unsupported_filters = frozenset({"created_by", "correlation_id", "include_system_tasks"})

    def login_request(self) -> Request:
        """Ask for a token pair with a password or an API key (TokenCreationSpec); the token lasts an hour."""
        if self.connection.api_token:
            spec = {"apiKey": self.connection.api_token}
        else:
            spec = {"username": self.connection.username or "", "password": self.connection.password or ""}
        return Request("POST", self.auth_url("/v1/tokens"), json=spec)

    def token_of(self, body: Any) -> str | None:
        """Return the access token of a TokenPair. The refresh token is not kept: the password serves as long."""
        return word(mapping(body).get("accessToken"))

    def cancel_request(self, task_id: str) -> Request:
        """Cancel a task that is in progress; the answer has no body."""
        return Request("DELETE", self.task_url(task_id))

    def retry_request(self, task_id: str) -> Request:
        """Retry a failed task, which keeps its id; the answer has no body."""
        return Request("PATCH", self.task_url(task_id))

    def server_filters(self, selection: Selection) -> dict[str, str]:
        """Return the filters that compare for equality.

        C(taskStatus) is not one: one state has several spellings. C(completedAfter) leaves out canceled tasks.
        """
        filters = {
            "taskType": selection.type,
            "resourceId": selection.resource_id,
            "resourceType": selection.resource_type,
        }
        return {name: value for name, value in filters.items() if value}

    def task_of(self, body: dict[str, Any]) -> Task:
        """Return a task from the schema Task."""
        state = state_of(word(body.get("status")), STATUSES)
        stages = [_stage(subtask, _reported) for subtask in mappings(body.get("subTasks"))]
        resolution = word(body.get("resolutionStatus"))
        return new_task(
            id=word(body.get("id")) or "",
            service=self.name,
            name=text(body.get("name")),
            type=word(body.get("type")),
            description=text(mapping(body.get("localizableDescriptionPack")).get("message")),
            state=state,
            status=word(body.get("status")),
            created_at=moment(body.get("creationTimestamp")),
            ended_at=moment(body.get("completionTimestamp")),
            resources=[_resource(resource) for resource in mappings(body.get("resources"))],
            cancellable=flag(body.get("isCancellable")),
            retriable=flag(body.get("isRetryable")),
            stages=stages,
            errors=[_error(error) for error in mappings(body.get("errors"))],
            root_causes=[] if state is State.SUCCEEDED else _root_causes(state, body),
            additional_details={"resolutionStatus": resolution} if resolution else None,
        )

    def error_of(self, body: Any) -> TaskError:
        """Return an error from the schema Error; the leaf of it that says most."""
        leaves = causes.choose(_leaves(mapping(body)))
        return leaves[0] if leaves else TaskError()


def _resource(body: dict[str, Any]) -> Resource:
    return Resource(
        id=word(body.get("resourceId")),
        type=word(body.get("type")),
        name=text(body.get("name")) or text(body.get("fqdn")),
    )


def _stage(body: dict[str, Any], errors_of: Callable[[dict[str, Any]], list[TaskError]]) -> Stage:
    """Return a stage from the schema SubTask or Stage, which differ in nothing that counts here.

    :param errors_of: what to make of each of its errors: what was reported, or the leaves of it.
    """
    state = state_of(word(body.get("status")), STATUSES)
    return Stage(
        name=text(body.get("name")),
        description=text(body.get("description")),
        state=state,
        status=word(body.get("status")),
        # What has not begun has a creation time all the same.
        started_at=None if state is State.PENDING else moment(body.get("creationTimestamp")),
        ended_at=moment(body.get("completionTimestamp")),
        errors=[found for error in mappings(body.get("errors")) for found in errors_of(error)],
        stages=[_stage(inner, errors_of) for key in ("subTasks", "stages") for inner in mappings(body.get(key))],
    )


def _reported(body: dict[str, Any]) -> list[TaskError]:
    return [_error(body)]


def _error(body: dict[str, Any]) -> TaskError:
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


def _leaves(body: dict[str, Any]) -> list[TaskError]:
    """Return the innermost errors of one error; each inherits the reference of the ones around it."""
    own = _error(body)
    nested = [leaf for inner in mappings(body.get("nestedErrors")) for leaf in _leaves(inner)]
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


def _root_causes(state: State, body: dict[str, Any]) -> list[TaskError]:
    """Return the leaf errors of the task and of all below it."""
    leaves = [leaf for error in mappings(body.get("errors")) for leaf in _leaves(error)]
    return causes.gather(state, leaves, [_stage(subtask, _leaves) for subtask in mappings(body.get("subTasks"))], [])

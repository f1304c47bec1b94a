# SPDX-License-Identifier: GPL-3.0-or-later
"""VCF Fleet lifecycle (Fleet LCM): its login, paths and statuses.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
Source of the wire facts, where no other is named: "VCF Fleet LCM Service APIs" 9.1.0.0, operations getTasks, getTask,
retryTask and cancelTask, schemas Task, TaskStage, TaskMessage and ErrorResponse.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ansible_collections.vcf.lifecycle.plugins.module_utils import causes
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.base import Service
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.lists import quiet_since, statuses_of
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.wire import (
    flag,
    mapping,
    mappings,
    moment,
    state_of,
    structure,
    text,
    word,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import (
    Message,
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

# TaskStatus, TaskStageStatus and PrecheckStatus in one: they do not contradict each other.
STATUSES = {
    "PENDING": State.PENDING,
    "SCHEDULED": State.SCHEDULED,
    "RUNNING": State.RUNNING,
    "SUCCEEDED": State.SUCCEEDED,
    "FAILED": State.FAILED,
    "CANCELED": State.CANCELED,
    "CANCELLED": State.CANCELED,
    "SKIPPED": State.SKIPPED,
}

# How a message's arguments name what ErrorResponse calls resolution and referenceId.
_REMEDIATION_ARGUMENTS = ("resolution", "remediation", "remediationMessage")
_REFERENCE_ARGUMENTS = ("referenceId", "referenceToken", "reference")


class FleetLcm(Service):
    """Tasks of Fleet LCM."""

    name = "fleet_lcm"
    statuses = STATUSES
    realm = "VCF services runtime"
    base_path = "/fleet-lcm"
    collection = ("v1", "tasks")
    everything = {"includeSystemTasks": "true"}
    page_size = 100
    list_has_stages = False

    # The specification has no operation for the token; this is what the field uses, and how long it lasts (four
    # hours) is in the token itself. There is no way to refresh one.
    def login_requests(self) -> tuple[Request, ...]:
        """Ask the identity service for a token, with the form of a password grant."""
        form = {
            "grant_type": "password",
            "username": self.connection.username or "",
            "password": self.connection.password or "",
        }
        return (Request("POST", self.auth_url("/api/v1/identity/token"), form=form),)

    def token_of(self, body: Any) -> str | None:
        """Return the access token."""
        return word(mapping(body).get("access_token"))

    def cancel_request(self, task_id: str) -> Request:
        """Cancel: the running stage goes on to its end, later ones are not begun."""
        return Request("POST", self.task_url(task_id), query={"action": "cancel"})

    def retry_request(self, task_id: str, spec: dict[str, Any] | None) -> Request:
        """Retry from the stage that failed."""
        return Request("POST", self.task_url(task_id), query={"action": "retry"})

    def server_filters(self, selection: Selection) -> dict[str, str]:
        """Return the filters that compare for equality; the name, whose comparison is not documented, is not one."""
        filters = {
            "type": selection.type,
            "createdBy": selection.created_by,
            "resourceId": selection.resource_id,
            "resourceType": selection.resource_type,
            "includeSystemTasks": "true" if selection.include_system_tasks else None,
        }
        return {name: value for name, value in filters.items() if value}

    def narrowed(self, tasks: Sequence[Task], newest: datetime | None) -> list[dict[str, str]]:
        """Ask for what was updated since the one that has been quiet for the longest; without times, by status."""
        since = quiet_since(tasks)
        if since:
            return [{**self.everything, "updateTimeGt": since}]
        return [{**self.everything, "status": status} for status in statuses_of(tasks)]

    def task_of(self, body: dict[str, Any]) -> Task:
        """Return a task from the schema Task or TaskSummary."""
        state = state_of(word(body.get("status")), STATUSES)
        stages = [_stage(stage) for stage in mappings(body.get("stages"))]
        subtasks = [self.task_of(subtask) for subtask in mappings(body.get("subTasks"))]
        messages = [message_of(message) for message in mappings(body.get("messages"))]
        details = structure(body.get("additionalDetails"))
        prechecks = _prechecks(mapping(body.get("result")))
        errors = [
            *_errors(body.get("messages")),
            *_detailed_error(mapping(details).get("error")),
            *validation_errors(mapping(body.get("result"))),
        ]
        resource_id, resource_type = word(body.get("resourceId")), word(body.get("resourceType"))
        return new_task(
            id=word(body.get("id")) or "",
            service=self.name,
            name=text(body.get("name")),
            type=word(body.get("type")),
            description=text_of(body.get("description")),
            state=state,
            status=word(body.get("status")),
            created_at=moment(body.get("createTime")),
            started_at=moment(body.get("startTime")),
            updated_at=moment(body.get("updateTime")),
            ended_at=moment(body.get("endTime")),
            created_by=word(body.get("createdBy")),
            resources=[Resource(id=resource_id, type=resource_type)] if resource_id or resource_type else [],
            parent_id=word(body.get("parentTaskId")),
            correlation_id=word(body.get("correlationId")),
            cancellable=flag(body.get("cancellable")),
            retriable=flag(body.get("retriable")),
            stages=stages,
            subtasks=subtasks,
            messages=messages,
            errors=errors,
            root_causes=causes.gather(state, [*errors, *_precheck_errors(prechecks)], stages, subtasks),
            prechecks=prechecks,
            result=body.get("result"),
            additional_details=details,
        )

    def error_of(self, body: Any) -> TaskError:
        """Return an error from the schema ErrorResponse, or from what the identity service says (OAuth 2.0)."""
        error = mapping(body)
        return TaskError(
            code=word(error.get("code")) or word(error.get("error")),
            message=text_of(error.get("message")) or text(error.get("error_description")) or text(error.get("detail")),
            remediation=text_of(error.get("resolution")),
            reference=word(error.get("referenceId")),
            cause=text(error.get("detail")),
        )


def text_of(value: Any) -> str | None:
    """Return the text of a LocalizableMessage, also of one that was sent as plain text."""
    if not isinstance(value, dict):
        return text(value)
    for key in ("localizedMessage", "defaultMessage"):
        found = text(value.get(key))
        if found:
            return found
    # Without a text, the id with its arguments is all there is to go by.
    arguments = ", ".join(f"{name}={argument}" for name, argument in mapping(value.get("args")).items())
    name = text(value.get("id"))
    return f"{name} ({arguments})" if name and arguments else name


def _stage(body: dict[str, Any]) -> Stage:
    return Stage(
        id=word(body.get("id")),
        name=text(body.get("name")),
        description=text_of(body.get("description")),
        state=state_of(word(body.get("status")), STATUSES),
        status=word(body.get("status")),
        started_at=moment(body.get("startTime")),
        ended_at=moment(body.get("endTime")),
        messages=[message_of(message) for message in mappings(body.get("messages"))],
        errors=_errors(body.get("messages")),
    )


def message_of(body: dict[str, Any]) -> Message:
    """Return a TaskMessage, or another message of that shape."""
    return Message(
        level=word(body.get("level")),
        timestamp=moment(body.get("timestamp")),
        text=text_of(body.get("message")),
        code=word(mapping(body.get("message")).get("id")),
    )


def _errors(messages: Any) -> list[TaskError]:
    """Return the messages of level ERROR as errors: Fleet LCM has no other place for why a stage failed."""
    return [_error(body) for body in mappings(messages) if (word(body.get("level")) or "").upper() == "ERROR"]


def _error(body: dict[str, Any]) -> TaskError:
    message = mapping(body.get("message"))
    arguments = mapping(message.get("args"))
    return TaskError(
        code=word(message.get("id")),
        message=text_of(body.get("message")),
        remediation=_first(arguments, _REMEDIATION_ARGUMENTS),
        reference=_first(arguments, _REFERENCE_ARGUMENTS),
    )


def _first(arguments: dict[str, Any], names: tuple[str, ...]) -> str | None:
    return next((text(arguments[name]) for name in names if arguments.get(name)), None)


def _detailed_error(value: Any) -> list[TaskError]:
    """Return the ErrorResponse that a failed task may carry in its additionalDetails."""
    body = mapping(structure(value))
    if not body.get("code") and not body.get("message"):
        return []
    return [
        TaskError(
            code=word(body.get("code")),
            message=text_of(body.get("message")),
            remediation=text_of(body.get("resolution")),
            reference=word(body.get("referenceId")),
            cause=text(body.get("detail")),
        )
    ]


def validation_errors(result: dict[str, Any]) -> list[TaskError]:
    """Return the failed validations of severity ERROR (schema ValidationResult)."""
    return [
        TaskError(code=word(body.get("errorCode")), message=text_of(body.get("message")))
        for body in mappings(result.get("failedValidations"))
        if (word(body.get("severity")) or "ERROR").upper() == "ERROR"
    ]


def _prechecks(result: dict[str, Any]) -> dict[str, Any] | None:
    """Return the verdicts of a PrecheckResult, with how many there are of each status and severity."""
    if "precheckGroups" not in result:
        return None
    groups = [_precheck_group(group) for group in mappings(result.get("precheckGroups"))]
    prechecks = [precheck for group in groups for precheck in group["prechecks"]]
    issues = [precheck["issue"] for precheck in prechecks if precheck["issue"]]
    return {
        "status": word(result.get("status")),
        "report_url": word(mapping(result.get("precheckReport")).get("reportUrl")),
        "total": len(prechecks),
        "by_status": dict(Counter(precheck["status"] or "UNKNOWN" for precheck in prechecks)),
        "by_severity": dict(Counter(issue["severity"] or "UNKNOWN" for issue in issues)),
        "groups": groups,
    }


def _precheck_group(body: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": word(body.get("id")),
        "name": text_of(body.get("name")),
        "status": word(body.get("status")),
        "prechecks": [_precheck(precheck) for precheck in mappings(body.get("prechecks"))],
    }


def _precheck(body: dict[str, Any]) -> dict[str, Any]:
    issue = mapping(body.get("issue"))
    return {
        "id": word(body.get("id")),
        "name": text_of(body.get("name")),
        "status": word(body.get("status")),
        "resource_id": word(body.get("resourceId")),
        "resource_name": text(body.get("resourceName")),
        "issue": {
            "id": word(issue.get("id")),
            "severity": word(issue.get("type")),
            "message": text_of(issue.get("message")),
            "resolution": text_of(issue.get("resolution")),
        }
        if issue
        else None,
    }


def _precheck_errors(prechecks: dict[str, Any] | None) -> list[TaskError]:
    return [
        TaskError(
            code=precheck["issue"]["id"],
            message=precheck["issue"]["message"],
            remediation=precheck["issue"]["resolution"],
            where=" / ".join(part for part in (group["name"], precheck["name"]) if part) or None,
        )
        for group in (prechecks or {"groups": []})["groups"]
        for precheck in group["prechecks"]
        if precheck["issue"] and precheck["issue"]["severity"] == "ERROR"
    ]

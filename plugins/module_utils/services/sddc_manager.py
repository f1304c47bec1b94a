# SPDX-License-Identifier: GPL-3.0-or-later
"""SDDC Manager: its login, paths and statuses.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
Source of the wire facts, where no other is named: "SDDC Manager API Reference Guide" 9.1.0.0, operations createToken,
getTasks, getTask, cancelTask and retryTask, schemas Task, SubTask, Stage and Error.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ansible_collections.vcf.lifecycle.plugins.module_utils.services.base import Service
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.lists import statuses_of
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.sddc_family import (
    reported_error,
    root_causes_of,
    stages_of,
    telling_error,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.wire import (
    flag,
    fold,
    mapping,
    mappings,
    moment,
    state_of,
    text,
    word,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import (
    Resource,
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
_INNER_STEPS = ("subTasks", "stages")
# Task.resolutionStatus.
_RESOLUTIONS = {"RESOLVED": True, "UNRESOLVED": False}


class SddcManager(Service):
    """Tasks of SDDC Manager."""

    name = "sddc_manager"
    statuses = STATUSES
    # VCF Installer, which knows /v1/tasks beside its own /v1/sddcs, issues its tokens in the same place.
    realm = "SDDC Manager"
    base_path = ""
    collection: tuple[str, ...] = ("v1", "tasks")
    page_size = 100
    list_has_stages = True
    logins = (("username", "password"), ("api_token",))
    unsupported_filters = frozenset({"created_by", "correlation_id", "include_system_tasks"})

    def login_requests(self) -> tuple[Request, ...]:
        """Ask for a token pair with a password or an API key (TokenCreationSpec); the token lasts an hour."""
        if self.connection.api_token:
            spec = {"apiKey": self.connection.api_token}
        else:
            spec = {"username": self.connection.username or "", "password": self.connection.password or ""}
        return (Request("POST", self.auth_url("/v1/tokens"), json=spec),)

    def token_of(self, body: Any) -> str | None:
        """Return the access token of a TokenPair. The refresh token is not kept: the password serves as long."""
        return word(mapping(body).get("accessToken"))

    def cancel_request(self, task_id: str) -> Request:
        """Cancel a task that is in progress; the answer has no body."""
        return Request("DELETE", self.task_url(task_id))

    def retry_request(self, task_id: str, spec: dict[str, Any] | None) -> Request:
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

    def narrowed(self, tasks: Sequence[Task], newest: datetime | None) -> list[dict[str, str]]:
        """Ask for the tasks in the statuses that these were in, in the service's own spelling, and for what has ended.

        C(completedAfter) is in milliseconds since 1970, by the clock that has stamped the tasks; the clocks of its
        nodes may differ by a minute.
        """
        queries = [{"taskStatus": status} for status in statuses_of(tasks)]
        if newest is not None:
            queries.append({"completedAfter": str(int((newest - timedelta(minutes=1)).timestamp() * 1000))})
        return queries

    def task_of(self, body: dict[str, Any]) -> Task:
        """Return a task from the schema Task."""
        state = state_of(word(body.get("status")), STATUSES)
        errors, steps = body.get("errors"), body.get("subTasks")
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
            stages=stages_of(steps, STATUSES, _INNER_STEPS),
            errors=[reported_error(error) for error in mappings(errors)],
            root_causes=root_causes_of(state, errors, steps, STATUSES, _INNER_STEPS),
            additional_details={"resolutionStatus": resolution} if resolution else None,
            resolved=_RESOLUTIONS.get(fold(resolution or "")),
        )

    def error_of(self, body: Any) -> TaskError:
        """Return an error from the schema Error; the leaf of it that says most."""
        return telling_error(body)


def _resource(body: dict[str, Any]) -> Resource:
    return Resource(
        id=word(body.get("resourceId")),
        type=word(body.get("type")),
        name=text(body.get("name")) or text(body.get("fqdn")),
    )

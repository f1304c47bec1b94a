# SPDX-License-Identifier: GPL-3.0-or-later
"""The credentials tasks of SDDC Manager: changes of passwords.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
Source of the wire facts: "SDDC Manager API Reference Guide" 9.1.0.0, operations getCredentialsTasks,
getCredentialsTask, cancelCredentialsTask and retryCredentialsTask, schemas CredentialsTask and CredentialsSubTask.
A sub-task carries the old and the new password in clear; the transport masks both.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ansible_collections.vcf.lifecycle.plugins.module_utils.services.sddc_family import (
    reported_error,
    root_causes_of,
    stages_of,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.sddc_manager import SddcManager
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.wire import (
    flag,
    fold,
    mappings,
    moment,
    state_of,
    text,
    word,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import Resource, State, Task, new_task
from ansible_collections.vcf.lifecycle.plugins.module_utils.transport import Request

if TYPE_CHECKING:
    from ansible_collections.vcf.lifecycle.plugins.module_utils.options import Selection

# The schema gives no statuses; these are from the field and from what the operations say.
STATUSES = {
    "PENDING": State.PENDING,
    "IN_PROGRESS": State.RUNNING,
    "SUCCESSFUL": State.SUCCEEDED,
    "FAILED": State.FAILED,
    "USER_CANCELLED": State.CANCELED,
    "USER_CANCELED": State.CANCELED,
    "CANCELLED": State.CANCELED,
    "CANCELED": State.CANCELED,
    # The password differs between the resource and SDDC Manager: the change has gone wrong half-way.
    "INCONSISTENT": State.FAILED,
    # Not in the specification; the field knows it from tasks that block all later ones.
    "PREVALIDATION_FAILED": State.FAILED,
    "SKIPPED": State.SKIPPED,
}

_INNER_STEPS = ("dependentSubTasks",)


class SddcManagerCredentials(SddcManager):
    """Credentials tasks. What is cancelled here is a failed task; what a retry needs is the passwords, once more."""

    name = "sddc_manager_credentials"
    statuses = STATUSES
    collection = ("v1", "credentials", "tasks")
    unsupported_filters = SddcManager.unsupported_filters | {"resource_id"}
    cancels_failed = True
    retry_spec = "credentials_spec"
    retry_needs_spec = True

    def paging(self, page: int, size: int) -> dict[str, str]:
        """Return nothing: the list has no pages to ask for."""
        return {}

    def server_filters(self, selection: Selection) -> dict[str, str]:
        """Return nothing: the list has no filters."""
        return {}

    def narrowed(self, tasks: Sequence[Task], newest: datetime | None) -> list[dict[str, str]]:
        """Return nothing: the list has no filters."""
        return []

    def retry_request(self, task_id: str, spec: dict[str, Any] | None) -> Request:
        """Retry a failed task with a CredentialsUpdateSpec."""
        return Request("PATCH", self.task_url(task_id), json=spec)

    def task_of(self, body: dict[str, Any]) -> Task:
        """Return a task from the schema CredentialsTask."""
        state = state_of(word(body.get("status")), STATUSES)
        errors, steps = body.get("errors"), body.get("subTasks")
        automatic = flag(body.get("isAutoRotate"))
        return new_task(
            id=word(body.get("id")) or "",
            service=self.name,
            name=text(body.get("name")),
            type=word(body.get("type")),
            state=state,
            status=word(body.get("status")),
            created_at=moment(body.get("creationTimestamp")),
            ended_at=moment(body.get("completionTimestamp")),
            resources=[
                Resource(type=word(step.get("entityType")), name=text(step.get("resourceName")))
                for step in mappings(steps)
                if step.get("resourceName") or step.get("entityType")
            ],
            # Only what has failed as a whole can be cancelled; whether INCONSISTENT can be retried is not documented.
            cancellable=fold(word(body.get("status")) or "").endswith("FAILED"),
            retriable=state is State.FAILED,
            stages=stages_of(steps, STATUSES, _INNER_STEPS),
            errors=[reported_error(error) for error in mappings(errors)],
            root_causes=root_causes_of(state, errors, steps, STATUSES, _INNER_STEPS),
            additional_details=None if automatic is None else {"isAutoRotate": automatic},
        )

# SPDX-License-Identifier: GPL-3.0-or-later
"""VMC on AWS: its login, paths and statuses.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
Source of the wire facts: "VMware Cloud on AWS API", operation tasks/update and the structures Task and ErrorResponse;
the login is that of the Cloud Services Platform, operation auth/api-tokens/authorize.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from ansible_collections.vcf.lifecycle.plugins.module_utils import causes
from ansible_collections.vcf.lifecycle.plugins.module_utils.contact import Contact
from ansible_collections.vcf.lifecycle.plugins.module_utils.redaction import Redactor
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.base import Service
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.lists import Page, quiet_since
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.wire import (
    mapping,
    mappings,
    moment,
    number,
    state_of,
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
from ansible_collections.vcf.lifecycle.plugins.module_utils.transport import Answer, Fault, Request, Transport

if TYPE_CHECKING:
    from ansible_collections.vcf.lifecycle.plugins.module_utils.options import Connection

# Task.status is a free string in the document; these are what the vendor's own clients know. COMPLETED is what the
# operations API says for the same tasks.
STATUSES = {
    "STARTED": State.RUNNING,
    "CANCELING": State.CANCELING,
    "CANCELLING": State.CANCELING,
    "FINISHED": State.SUCCEEDED,
    "COMPLETED": State.SUCCEEDED,
    "FAILED": State.FAILED,
    "CANCELED": State.CANCELED,
    "CANCELLED": State.CANCELED,
}


class Vmc(Service):
    """Tasks of an organization in VMC on AWS. A cancel is advisory; there is no retry."""

    name = "vmc"
    statuses = STATUSES
    base_path = "/vmc/api"
    page_size = 1000
    list_has_stages = True
    logins = (("api_token",),)
    required_options = ("org_id",)
    default_hostname: ClassVar[str | None] = "vmc.vmware.com"
    default_auth_url: ClassVar[str | None] = "https://console.cloud.vmware.com"
    unsupported_filters = frozenset({"include_system_tasks"})
    can_retry = False

    def __init__(self, connection: Connection, transport: Transport, contact: Contact, redactor: Redactor) -> None:
        """Prepare to talk about the tasks of one organization."""
        super().__init__(connection, transport, contact, redactor)
        self.collection = ("orgs", connection.org_id or "", "tasks")

    def login_requests(self) -> tuple[Request, ...]:
        """Exchange the API token for an access token, which lasts half an hour."""
        form = {"refresh_token": self.connection.api_token or ""}
        return (Request("POST", self.auth_url("/csp/gateway/am/api/auth/api-tokens/authorize"), form=form),)

    def token_of(self, body: Any) -> str | None:
        """Return the access token."""
        return word(mapping(body).get("access_token"))

    def authorization(self, token: str) -> dict[str, str]:
        """Return the header that carries the token."""
        return {"csp-auth-token": token}

    def paging(self, page: int, size: int) -> dict[str, str]:
        """Return nothing: the list comes whole."""
        return {}

    def narrowed(self, tasks: Sequence[Task], newest: datetime | None) -> list[dict[str, str]]:
        """Ask for what was updated since the one that has been quiet for the longest."""
        since = quiet_since(tasks)
        return [{"$filter": f"(updated ge {since})"}] if since else []

    def cancel_request(self, task_id: str) -> Request:
        """Ask for a cancel, which the service may take its time over, or not follow."""
        return Request("POST", self.task_url(task_id), query={"action": "cancel"})

    def page_of(self, answer: Answer) -> Page:
        """Return the tasks of the bare array."""
        if not isinstance(answer.body, list):
            raise Fault("it answers with something that is not a list of tasks", first_kind="invalid_response")
        return Page([self.read_task(body) for body in mappings(answer.body) if word(body.get("id"))])

    def task_of(self, body: dict[str, Any]) -> Task:
        """Return a task from the structure Task."""
        state = state_of(word(body.get("status")), STATUSES)
        minutes = number(body.get("estimated_remaining_minutes"))
        percent = number(body.get("progress_percent"))
        resource_id, resource_type = word(body.get("resource_id")), word(body.get("resource_type"))
        errors = _errors(body)
        details = {name: body.get(name) for name in ("sub_status", "params") if body.get(name) is not None}
        return new_task(
            id=word(body.get("id")) or "",
            service=self.name,
            name=text(body.get("task_type")),
            type=word(body.get("task_type")),
            description=text(body.get("sub_status")),
            state=state,
            status=word(body.get("status")),
            progress_percent=None if percent is None else round(min(max(percent, 0), 100)),
            created_at=moment(body.get("created")),
            started_at=moment(body.get("start_time")),
            updated_at=moment(body.get("updated")),
            ended_at=moment(body.get("end_time")) if state.is_terminal else None,
            created_by=word(body.get("user_name")) or word(body.get("user_id")),
            resources=[Resource(id=resource_id, type=resource_type)] if resource_id or resource_type else [],
            parent_id=word(body.get("parent_task_id")),
            correlation_id=word(body.get("correlation_id")),
            retriable=False,
            stages=_phases(body, state),
            messages=[Message(level="ERROR", text=said) for said in _said(body)],
            errors=errors,
            root_causes=causes.gather(state, errors, [], []),
            additional_details=details or None,
            estimated_remaining_seconds=None if minutes is None or state.is_terminal else round(minutes * 60),
        )

    def error_of(self, body: Any) -> TaskError:
        """Return an error from the structure ErrorResponse."""
        error = mapping(body)
        messages = error.get("error_messages")
        said = [text(message) for message in messages] if isinstance(messages, list) else []
        return TaskError(
            code=word(error.get("error_code")),
            message=" ".join(message for message in said if message) or text(error.get("message")),
            remediation="The service says that it is worth trying again." if error.get("retryable") is True else None,
        )


def _errors(body: dict[str, Any]) -> list[TaskError]:
    """Return the errors of the services behind the task; without any, what the task itself says."""
    found = [
        TaskError(
            code=word(error.get("original_service_error_code")),
            message=text(error.get("localized_message")) or text(error.get("default_message")),
            where=word(error.get("original_service")),
        )
        for error in mappings(body.get("service_errors"))
    ]
    return found or [TaskError(message=said) for said in _said(body)[:1]]


def _said(body: dict[str, Any]) -> list[str]:
    """Return what the task itself says of its failure, the most telling first."""
    said = [text(body.get(key)) for key in ("localized_error_message", "error_message", "customer_error_message")]
    return list(dict.fromkeys(message for message in said if message))


def _phases(body: dict[str, Any], state: State) -> list[Stage]:
    """Return the phases as stages. They have no status: how far each is, and which one is on, says it."""
    current = word(body.get("phase_in_progress"))
    return [
        Stage(
            id=word(phase.get("id")),
            name=text(phase.get("name")),
            state=_state_of_phase(number(phase.get("progress_percent")), word(phase.get("name")) == current, state),
        )
        for phase in mappings(body.get("task_progress_phases"))
    ]


def _state_of_phase(percent: float | None, is_current: bool, state: State) -> State:
    if state is State.SUCCEEDED or (percent is not None and percent >= 100):
        return State.SUCCEEDED
    if is_current or (percent or 0) > 0:
        # Where the task stands, so does the phase that it is in.
        return state
    return State.PENDING

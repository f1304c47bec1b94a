# SPDX-License-Identifier: GPL-3.0-or-later
"""SDDC Manager's credentials tasks (sddc-manager-openapi.json 9.1: getCredentialsTasks, getCredentialsTask,
cancelCredentialsTask, retryCredentialsTask). Only a failed one can be cancelled, and a retry says what to change.

A scenario's stages are sub-tasks, and what is inside those are dependent sub-tasks; ``extra`` has their passwords.
"""

from __future__ import annotations

import uuid
from typing import Any

from starlette.responses import Response

from ..clock import Clock
from ..scenario import State
from ..tasks import Entry, Refused
from ..timeline import View
from . import sddc_bodies as bodies
from .base import BadRequest, Call, Route, json, number, page, read_json, without_none
from .sddc_tokens import SddcTokens

# USER_CANCELLED and INCONSISTENT are said of the task and its sub-tasks alike. A scenario spells the latter.
STATUSES = dict.fromkeys(State, "PENDING") | {
    State.RUNNING: "IN_PROGRESS",
    State.SUCCEEDED: "SUCCESSFUL",
    State.WARNING: "SUCCESSFUL",
    State.SKIPPED: "SUCCESSFUL",
    State.NOT_APPLICABLE: "SUCCESSFUL",
    State.FAILED: "FAILED",
    State.TIMED_OUT: "FAILED",
    State.CANCELED: "USER_CANCELLED",
}
OPERATIONS = ("UPDATE", "ROTATE", "REMEDIATE", "UPDATE_AUTO_ROTATE_POLICY")


class SddcManagerCredentials(SddcTokens):
    """The credentials tasks, which live beside SDDC Manager's other tasks and share its tokens."""

    name = "sddc_manager_credentials"
    users = {"administrator@vsphere.local": "VMware123!"}
    realm = "SDDC Manager"

    def table(self) -> list[Route]:
        tasks = f"{self.base_path}/v1/credentials/tasks"
        return [
            *self.logins(),
            Route("GET", tasks, self.list_tasks),
            Route("GET", tasks + "/{task_id}", self.get_task),
            Route("DELETE", tasks + "/{task_id}", self.cancel),
            Route("PATCH", tasks + "/{task_id}", self.retry),
        ]

    def list_tasks(self, call: Call) -> Response:
        found = [self._body(entry) for entry in self.tasks.all()]
        found = found[: number(call.parameters, "limit", len(found), 0)]
        elements, metadata = page(found, 1, max(1, len(found)))
        return json({"elements": elements, "pageMetadata": metadata | {"pageSize": len(elements)}})

    def get_task(self, call: Call, task_id: str) -> Response:
        entry = self.tasks.get(task_id)
        return self._unknown(task_id) if entry is None else json(self._body(entry))

    def cancel(self, call: Call, task_id: str) -> Response:
        entry = self.tasks.get(task_id)
        if entry is None:
            return self._unknown(task_id)
        try:
            self._must_have_failed(entry)
            self.tasks.give_up(entry)
        except Refused as reason:
            text = f"Credentials task {task_id} can not be cancelled: {reason}. Only a FAILED task can be cancelled."
            return self.error(400, "PASSWORD_MANAGER_TASK_CAN_NOT_BE_CANCELLED", text)
        return self._accepted(entry)

    def retry(self, call: Call, task_id: str) -> Response:
        entry = self.tasks.get(task_id)
        if entry is None:
            return self._unknown(task_id)
        _check_spec(read_json(call))
        try:
            self._must_have_failed(entry)
            entry = self.tasks.retry(entry)
        except Refused as reason:
            text = f"Credentials task {task_id} can not be retried: {reason}. Only a FAILED task can be retried."
            return self.error(400, "PASSWORD_MANAGER_TASK_CAN_NOT_BE_RETRIED", text)
        return self._accepted(entry)

    def _must_have_failed(self, entry: Entry) -> None:
        status = entry.task.word(entry.look(self.clock.now()).state, STATUSES)
        if status.upper() != "FAILED":
            raise Refused(f"it is {status}")

    def _accepted(self, entry: Entry) -> Response:
        # The answer is a Task of /v1/tasks, of the same id.
        return json(bodies.task(entry, entry.look(self.clock.now()), self.clock), 202)

    def _body(self, entry: Entry) -> dict[str, Any]:
        return task(entry, entry.look(self.clock.now()), self.clock)

    def _unknown(self, task_id: str) -> Response:
        # The specification has no 404; which of 400 and 404 the real one sends is not known.
        text = f"Credentials task with ID {task_id} is not found."
        return self.error(self.spec.not_found_status, "PASSWORD_MANAGER_TASK_NOT_FOUND", text)


def task(entry: Entry, view: View, clock: Clock) -> dict[str, Any]:
    """CredentialsTask."""
    spec = entry.task
    if spec.raw is not None:
        return spec.raw
    body = without_none(
        id=entry.id,
        name=spec.name,
        type=spec.type or "UPDATE",
        creationTimestamp=clock.iso(entry.start),
        completionTimestamp=clock.iso(view.ended),
        status=spec.word(view.state, STATUSES),
        subTasks=[subtask(child, clock, entry, (i,)) for i, child in enumerate(view.children)],
        errors=[bodies.error(failure.error, wrapped=True) for failure in view.failures() if failure.error],
        isAutoRotate=False,
    )
    return body | spec.extra


def subtask(view: View, clock: Clock, entry: Entry, path: tuple[int, ...]) -> dict[str, Any]:
    """CredentialsSubTask."""
    resource = view.node.resources[0] if view.node.resources else None
    body = without_none(
        id=str(uuid.uuid5(uuid.NAMESPACE_OID, f"{entry.id}{path}")),
        resourceName=(resource.name or resource.fqdn or resource.id) if resource else None,
        name=view.node.name,
        description=view.node.description or view.node.name,
        creationTimestamp=clock.iso(entry.start if view.began is None else view.began),
        completionTimestamp=clock.iso(view.ended),
        status=STATUSES[view.state],
        dependentSubTasks=[subtask(child, clock, entry, (*path, i)) for i, child in enumerate(view.children)],
        errors=[bodies.error(view.error)] if view.error else [],
        entityType=resource.type if resource else None,
    )
    return body | view.node.extra


def _check_spec(spec: Any) -> None:
    """Raise BadRequest for what is no CredentialsUpdateSpec."""
    if not isinstance(spec, dict) or spec.get("operationType") not in OPERATIONS:
        raise BadRequest(f"operationType must be one of {', '.join(OPERATIONS)}")
    elements = spec.get("elements")
    if not isinstance(elements, list) or not elements:
        raise BadRequest("elements must name the resources to change")
    for element in elements:
        if not isinstance(element, dict) or not element.get("resourceType") or not element.get("credentials"):
            raise BadRequest("an element needs resourceType and credentials")
        if not all(isinstance(found, dict) and found.get("username") for found in element["credentials"]):
            raise BadRequest("a credential needs a username")

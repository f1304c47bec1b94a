# SPDX-License-Identifier: GPL-3.0-or-later
"""VMware Cloud on AWS: its tasks, and the login of the Cloud Services Console, which lives at another host.

The published reference of "Update Tasks" is where Task and ErrorResponse come from. 401 and 403 have no body.
"""

from __future__ import annotations

import math
import operator
import re
import uuid
from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from ..clock import Clock
from ..scenario import State
from ..tasks import Entry, Refused
from ..timeline import GOING_ON, View
from .base import BadRequest, Call, Json, Route, Service, json, read_form

STATUSES = dict.fromkeys(State, "STARTED") | {
    State.SUCCEEDED: "FINISHED",
    State.WARNING: "FINISHED",
    State.SKIPPED: "FINISHED",
    State.NOT_APPLICABLE: "FINISHED",
    State.FAILED: "FAILED",
    State.TIMED_OUT: "FAILED",
    State.CANCELED: "CANCELED",
}
COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}


class Vmc(Service):
    """VMC on AWS. ``api_keys`` are its API tokens, which the login calls refresh tokens."""

    name = "vmc"
    api_keys = ["vmc-api-token"]
    token_lifetime = 1800
    login_status = 400
    login_path = "/csp/gateway/am/api/auth/api-tokens/authorize"

    def table(self) -> list[Route]:
        tasks = f"{self.base_path}/vmc/api/orgs/{{org}}/tasks"
        return [
            Route("POST", self.login_path, self.log_in, open=True),
            Route("GET", tasks, self.list_tasks),
            Route("GET", tasks + "/{task_id}", self.get_task),
            Route("POST", tasks + "/{task_id}", self.act),
        ]

    def token(self, call: Call) -> str:
        return call.headers.get("csp-auth-token", "")

    def new_id(self, created: float) -> str:
        return str(uuid.uuid4())

    def error(self, status: int, code: str, text: str, remedy: str = "") -> Response:
        return json({"error_code": code, "error_messages": [text, *([remedy] if remedy else [])]}, status)

    def finish(self, call: Call, answer: Response) -> Response:
        if answer.status_code in (401, 403):
            return Response(status_code=answer.status_code)
        if answer.status_code >= 400 and isinstance(answer, Json):
            status = answer.status_code
            return json({"status": status, "path": call.path, "retryable": status >= 500} | answer.plain, status)
        return answer

    def log_in(self, call: Call) -> Response:
        token = read_form(call).get("refresh_token")
        if token not in self.api_keys:
            return self.error(self.login_status, "invalid_grant", "Invalid refresh token.")
        return json(
            {
                "id_token": uuid.uuid4().hex,
                "token_type": "bearer",
                "expires_in": int(self.tokens.lifetime),
                "scope": "ALL_PERMISSIONS",
                "access_token": self.tokens.issue(),
                "refresh_token": token,
            }
        )

    def list_tasks(self, call: Call, org: str) -> Response:
        if org != self.spec.org_id:
            return Response(status_code=403)
        wanted = "" if self.spec.ignores_filter else call.parameters.get("$filter", "")
        matches = _filter(wanted)
        return json([body for body in map(self._body, self.tasks.all()) if matches(body)])

    def get_task(self, call: Call, org: str, task_id: str) -> Response:
        if org != self.spec.org_id:
            return Response(status_code=403)
        entry = self.tasks.get(task_id)
        return self._not_found(task_id) if entry is None else json(self._body(entry))

    def act(self, call: Call, org: str, task_id: str) -> Response:
        if org != self.spec.org_id:
            return Response(status_code=403)
        if call.parameters.get("action") != "cancel":
            raise BadRequest("action must be cancel")
        entry = self.tasks.get(task_id)
        if entry is None:
            return self._not_found(task_id)
        try:
            return json(self._body(self.tasks.cancel(entry)))
        except Refused as reason:
            return self.error(400, "task.cancel.invalid", f"Task {task_id} can not be canceled: {reason}.")

    def _not_found(self, task_id: str) -> Response:
        return self.error(404, "task.not_found", f"Cannot find the task with identifier {task_id}.")

    def _body(self, entry: Entry) -> dict[str, Any]:
        return task(entry, entry.look(self.clock.now()), self.clock, self.spec.org_id)


def task(entry: Entry, view: View, clock: Clock, org_id: str) -> dict[str, Any]:
    """Task, with every field the reference shows; one without a value is null."""
    spec = entry.task
    if spec.raw is not None:
        return spec.raw
    resource = spec.resources[0] if spec.resources else None
    creator = spec.created_by or "admin@example.com"
    said = next((failure.error for failure in view.failures() if failure.error), None)
    running = next((leaf for leaf in view.leaves() if leaf.state is State.RUNNING), None)
    canceling = view.state in GOING_ON and entry.asked("cancel")
    left = sum(_share_left(leaf, clock.now()) * leaf.node.seconds for leaf in view.leaves() if leaf.state in GOING_ON)
    body = {
        "updated": clock.iso(view.changed),
        "user_id": str(uuid.uuid5(uuid.NAMESPACE_DNS, creator)),
        "updated_by_user_id": str(uuid.uuid5(uuid.NAMESPACE_DNS, creator)),
        "created": clock.iso(entry.start),
        "version": 1 + len(entry.log),
        "updated_by_user_name": creator,
        "user_name": creator,
        "id": entry.id,
        "status": "CANCELING" if canceling else spec.word(view.state, STATUSES),
        "localized_error_message": said.message if said else None,
        "resource_id": resource.id if resource else None,
        "parent_task_id": entry.ids[entry.at[:-1]] if entry.at else None,
        "task_version": "1.0",
        "correlation_id": spec.correlation_id,
        "start_resource_entity_version": 0,
        "customer_error_message": said.remediation or said.message if said else None,
        "sub_status": running.node.name if running else None,
        "task_type": spec.type,
        "start_time": clock.iso(view.began),
        "task_progress_phases": [
            {"id": f"phase-{i}", "name": child.node.name, "progress_percent": _percent(child, clock.now())}
            for i, child in enumerate(view.children)
        ],
        "error_message": f"{said.code}: {said.message}" if said else None,
        "org_id": org_id,
        "end_resource_entity_version": 0,
        "service_errors": [
            {
                "default_message": inner.message,
                "original_service": "vmc",
                "localized_message": inner.message,
                "original_service_error_code": inner.code,
            }
            for inner in ([said, *said.nested] if said else [])
        ],
        "org_type": "CUSTOMER",
        "estimated_remaining_minutes": math.ceil(min(left / 60, 10**6)) if view.state in GOING_ON else 0,
        "progress_percent": _percent(view, clock.now()),
        "phase_in_progress": running.node.name if running else None,
        "resource_type": resource.type if resource else None,
        "end_time": clock.iso(view.ended),
    }
    return body | spec.extra


def _share_left(view: View, now: float) -> float:
    """How much of one innermost stage is still to come, from 1 to 0."""
    if view.state not in GOING_ON:
        return 0.0
    if view.began is None or not view.node.seconds:
        return 1.0
    return max(0.0, 1 - (now - view.began) / view.node.seconds)


def _percent(view: View, now: float) -> int:
    leaves = view.leaves()
    return int(100 * (1 - sum(_share_left(leaf, now) for leaf in leaves) / len(leaves)))


def _filter(text: str) -> Callable[[dict[str, Any]], bool]:
    """Whether a task is one of those asked for with OData's ``(status eq FINISHED) and (progress_percent lt 50)``."""
    comparisons = []
    for part in re.split(r"\s+and\s+", text.strip()) if text.strip() else []:
        found = re.fullmatch(r"\(*\s*(\w+)\s+(eq|ne|gt|ge|lt|le)\s+(?:'([^']*)'|([^\s()']+))\s*\)*", part)
        if found is None:
            raise BadRequest(f"$filter: {part!r} is no comparison")
        field, comparison, quoted, plain = found.groups()
        comparisons.append((field, COMPARISONS[comparison], plain if quoted is None else quoted))

    def matches(body: dict[str, Any]) -> bool:
        for field, compare, wanted in comparisons:
            value = body.get(field)
            if value is None or not compare(
                value, int(wanted) if isinstance(value, int) and wanted.isdigit() else wanted
            ):
                return False
        return True

    return matches

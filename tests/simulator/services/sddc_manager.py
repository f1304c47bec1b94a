# SPDX-License-Identifier: GPL-3.0-or-later
"""SDDC Manager's tasks and tokens (sddc-manager-openapi.json 9.1: createToken, refreshAccessToken,
invalidateRefreshToken, getTasks, getTask, cancelTask, retryTask)."""

from __future__ import annotations

import json as jsonlib
import uuid
from typing import Any

from starlette.responses import Response

from tests.simulator.clock import Clock
from tests.simulator.scenario import ServiceSpec, State
from tests.simulator.services import sddc_bodies as bodies
from tests.simulator.services.base import BadRequest, Call, Route, Service, json, number, page
from tests.simulator.tasks import Refused
from tests.simulator.tokens import Tokens

REFRESH_LIFETIME = 24 * 3600  # simulated seconds


class SddcManager(Service):
    """SDDC Manager. Statuses and bodies are in `sddc_bodies`."""

    name = "sddc_manager"
    users = {"administrator@vsphere.local": "VMware123!"}
    token_lifetime = 3600
    login_status = 400  # the one that createToken documents; 401 is seen too
    login_path = "/v1/tokens"

    def __init__(self, spec: ServiceSpec, clock: Clock) -> None:
        self.refresh_tokens = Tokens(clock, REFRESH_LIFETIME)
        super().__init__(spec, clock)

    def table(self) -> list[Route]:
        tokens, tasks = f"{self.base_path}/v1/tokens", f"{self.base_path}/v1/tasks"
        return [
            Route("POST", tokens, self.log_in, open=True),
            Route("PATCH", tokens + "/access-token/refresh", self.refresh, open=True),
            Route("DELETE", tokens + "/refresh-token", self.invalidate, open=True),
            Route("GET", tasks, self.list_tasks),
            Route("GET", tasks + "/{task_id}", self.get_task),
            Route("DELETE", tasks + "/{task_id}", self.cancel),
            Route("PATCH", tasks + "/{task_id}", self.retry),
        ]

    def new_id(self, created: float) -> str:
        return str(uuid.uuid4())

    def error(self, status: int, code: str, text: str, remedy: str = "") -> Response:
        return json(bodies.error_fields(code, text, remedy, uuid.uuid4().hex[:6].upper()), status)

    def forget_tokens(self) -> None:
        super().forget_tokens()
        self.refresh_tokens.forget()

    def log_in(self, call: Call) -> Response:
        spec = _read(call)
        if not isinstance(spec, dict):
            raise BadRequest("the body must be a TokenCreationSpec")
        accepted = self.password_accepted(spec.get("username"), spec.get("password"))
        if not (accepted or spec.get("apiKey") in self.spec.api_keys):
            text = "Invalid credentials. The user is not authorized."
            return self.error(self.login_status, "IDENTITY_UNAUTHORIZED_ENTITY", text, "Check the user and password.")
        return json({"accessToken": self.tokens.issue(), "refreshToken": {"id": self.refresh_tokens.issue()}}, 201)

    def refresh(self, call: Call) -> Response:
        if not self.refresh_tokens.valid(_text(call)):
            return self.error(404, "IDENTITY_REFRESH_TOKEN_NOT_FOUND", "The refresh token is unknown or expired.")
        return json(self.tokens.issue())

    def invalidate(self, call: Call) -> Response:
        self.refresh_tokens.forget(_text(call))
        return Response(status_code=204)

    def list_tasks(self, call: Call) -> Response:
        wanted = call.parameters
        page_number = number(wanted, "pageNumber", 1, 1)
        page_size = number(wanted, "pageSize", self.spec.page_size, 1, 100)
        after = number(wanted, "completedAfter", -1, 0)
        now = self.clock.now()
        found = [bodies.task(entry, entry.look(now), self.clock) for entry in self.tasks.all()]
        found = [body for body in found if bodies.matches(body, wanted, after)]
        if wanted.get("orderBy"):
            order = wanted["orderBy"]
            found.sort(key=lambda body: str(body.get(order, "")), reverse=wanted.get("orderDirection") == "DESC")
        elif wanted.get("orderDirection") == "ASC":
            found.reverse()
        found = found[: number(wanted, "limit", len(found), 0)]
        elements, metadata = page(found, page_number, page_size)
        # PageMetadata.pageSize here is "the number of elements in the current page", not the size asked for.
        return json({"elements": elements, "pageMetadata": metadata | {"pageSize": len(elements)}})

    def get_task(self, call: Call, task_id: str) -> Response:
        entry = self.tasks.get(task_id)
        if entry is None:
            return self._not_found(task_id)
        return json(bodies.task(entry, entry.look(self.clock.now()), self.clock))

    def cancel(self, call: Call, task_id: str) -> Response:
        entry = self.tasks.get(task_id)
        if entry is None:
            return self._not_found(task_id)
        try:
            self.tasks.cancel(entry, frozenset({State.RUNNING}))
        except Refused as reason:
            text = f"Task {task_id} can not be cancelled: {reason}. Only a IN_PROGRESS task can be cancelled."
            return self.error(409, "TA_TASK_CAN_NOT_BE_CANCELLED", text)
        return Response(status_code=200)

    def retry(self, call: Call, task_id: str) -> Response:
        entry = self.tasks.get(task_id)
        if entry is None:
            return self._not_found(task_id)
        try:
            self.tasks.retry(entry)
        except Refused as reason:
            text = f"Task {task_id} can not be retried: {reason}. Only a failed Task can be retried."
            return self.error(409, "TA_TASK_CAN_NOT_BE_RETRIED", text)
        return Response(status_code=200)

    def _not_found(self, task_id: str) -> Response:
        return self.error(404, "TA_TASK_NOT_FOUND", f"Task with ID {task_id} is not found.", "Provide a valid task ID.")


def _read(call: Call) -> Any:
    # A missing content type broke the refresh in the field: the real one insists on it.
    if not call.headers.get("content-type", "").startswith("application/json"):
        raise BadRequest("the content type must be application/json")
    try:
        return jsonlib.loads(call.body)
    except ValueError as error:
        raise BadRequest("the body is not JSON") from error


def _text(call: Call) -> str:
    value = _read(call)
    if not isinstance(value, str):
        raise BadRequest("the body must be a JSON string")
    return value

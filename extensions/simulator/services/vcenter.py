# SPDX-License-Identifier: GPL-3.0-or-later
"""vCenter's sessions and tasks (com.vmware.cis.session and com.vmware.cis.tasks), over /api and over /rest, and its
extension tasks, which /rest alone has.

Handlers answer in the words of /api; `finish` says it in those of /rest where a request asked there.
"""

from __future__ import annotations

import base64
import binascii
import json as jsonlib
import re
import uuid
from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl

from starlette.responses import Response

from ..clock import Clock
from ..faults import Fault
from ..scenario import ServiceSpec
from ..tasks import Refused
from ..tokens import Sessions
from . import vcenter_bodies as bodies
from .base import BadRequest, Call, Json, Route, Service, json, read_json
from .vcenter_extension import ExtensionTasks, Rejected

KINDS = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 404: "NOT_FOUND", 503: "SERVICE_UNAVAILABLE"}
FILTERS = {"tasks", "services", "operations", "status", "users"}
MOST = 1000  # tasks a list has at most


class VCenter(Service):
    """vCenter. ``tokens.opened`` and ``tokens.closed`` list its sessions."""

    name = "vcenter"
    users = {"administrator@vsphere.local": "VMware123!"}
    token_lifetime = 1800  # idle
    tokens: Sessions

    def __init__(self, spec: ServiceSpec, clock: Clock, faults: Sequence[Fault] = ()) -> None:
        super().__init__(spec, clock, faults)
        self.extension = ExtensionTasks(clock)

    @property
    def login_path(self) -> str:  # type: ignore[override]
        """Where one logs in: below /rest if there is nothing else."""
        return "/rest/com/vmware/cis/session" if self.spec.rest_only else "/api/session"

    def issuer(self, lifetime: float) -> Sessions:
        return Sessions(self.clock, lifetime)

    def table(self) -> list[Route]:
        rest, api = self.base_path + "/rest", self.base_path + "/api"
        routes = []
        # The documents say /rest/cis/tasks; services of the same age have their whole name in the path.
        for tasks in (api + "/cis/tasks", rest + "/cis/tasks", rest + "/com/vmware/cis/tasks"):
            routes += [
                Route("GET", tasks, self.list_tasks),
                Route("POST", tasks, self.list_by_post),
                Route("GET", tasks + "/{task_id}", self.get_task),
                Route("POST", tasks + "/{task_id}", self.act),
            ]
        for session in (api + "/session", rest + "/session", rest + "/com/vmware/cis/session"):
            routes += [
                Route("POST", session, self.log_in, open=True),
                Route("GET", session, self.get_session),
                Route("DELETE", session, self.log_out),
            ]
        extension = rest + "/vcenter/extension/tasks"
        routes += [
            Route("POST", extension, self.create_extension_task),
            Route("PATCH", extension + "/{task_id}", self.update_extension_task),
        ]
        missing = (*([api] if self.spec.rest_only else []), *([rest] if self.spec.api_only else []))
        return [route for route in routes if not route.template.startswith(missing)]

    def new_id(self, created: float) -> str:
        return f"{uuid.uuid4()}:com.vmware.vcenter.lcm.update"

    def token(self, call: Call) -> str:
        return call.headers.get("vmware-api-session-id", "")

    def error(self, status: int, code: str, text: str, remedy: str = "") -> Response:
        return self._error(status, KINDS.get(status, "ERROR"), text)

    def finish(self, call: Call, answer: Response) -> Response:
        if not call.path.startswith(self.base_path + "/rest/") or not isinstance(answer, Json):
            return answer
        if answer.status_code >= 400:
            return json(bodies.as_rest(answer.plain), answer.status_code)
        if isinstance(answer, TaskMap):
            return json({"value": bodies.as_pairs(answer.plain)})
        # /rest knows no 201.
        return json({"value": bodies.as_rest(answer.plain)})

    def log_in(self, call: Call) -> Response:
        kind, _space, encoded = call.headers.get("authorization", "").partition(" ")
        try:
            user, _colon, password = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            user = password = ""
        if kind.lower() != "basic" or not self.password_accepted(user, password):
            return self._error(self.login_status, "UNAUTHENTICATED", "Authentication required.")
        return json(self.tokens.issue(), 201)

    def get_session(self, call: Call) -> Response:
        now = self.clock.iso(self.clock.now())
        return json({"user": next(iter(self.users), ""), "created_time": now, "last_accessed_time": now})

    def log_out(self, call: Call) -> Response:
        self.tokens.close(self.token(call))
        return Response(status_code=204 if call.path.startswith(self.base_path + "/api/") else 200)

    def list_tasks(self, call: Call) -> Response:
        # A GET of the generated clients has a body, and no query.
        return self._list(_query(call) or _in_body(call))

    def list_by_post(self, call: Call) -> Response:
        if call.parameters.get("action") != "list":
            raise BadRequest("action must be list")
        return self._list(_in_body(call))

    def get_task(self, call: Call, task_id: str) -> Response:
        found = self._infos().get(task_id)
        return self._not_found(task_id) if found is None else json(found)

    def act(self, call: Call, task_id: str) -> Response:
        if call.parameters.get("action") != "cancel":
            raise BadRequest("action must be cancel")
        entry = self.tasks.get(task_id)
        if (entry is None and task_id in self.extension.infos) or (entry is not None and not entry.task.cancellable):
            return self._error(400, "UNSUPPORTED", f"Task {task_id} is not cancelable.")
        if entry is None:
            return self._not_found(task_id)
        try:
            self.tasks.cancel(entry)
        except Refused as reason:
            return self._error(400, "NOT_ALLOWED_IN_CURRENT_STATE", f"Task {task_id} can not be canceled: {reason}.")
        return Response(status_code=204 if call.path.startswith(self.base_path + "/api/") else 200)

    def create_extension_task(self, call: Call) -> Response:
        try:
            return json(self.extension.create(_spec(call)))
        except Rejected as reason:
            return self._error(400, reason.kind, str(reason))

    def update_extension_task(self, call: Call, task_id: str) -> Response:
        if task_id not in self.extension.infos:
            return self._not_found(task_id)
        try:
            self.extension.update(task_id, _spec(call))
        except Rejected as reason:
            return self._error(400, reason.kind, str(reason))
        return Response(status_code=200)

    def _infos(self) -> dict[str, dict[str, Any]]:
        """All tasks and sub-tasks that exist now."""
        now = self.clock.now()
        known = {
            entry.id: bodies.info(entry, entry.look(now), self.clock)
            for entry in self.tasks.entries()
            if entry.exists(now)
        }
        return known | self.extension.infos

    def _list(self, wanted: dict[str, set[str]]) -> Response:
        if not (wanted.get("tasks") or wanted.get("services")):
            raise BadRequest("tasks or services must be given")
        names = {"services": "service", "operations": "operation", "status": "status", "users": "user"}
        found = {
            task_id: info
            for task_id, info in self._infos().items()
            if (not wanted.get("tasks") or task_id in wanted["tasks"])
            and all(info.get(field) in wanted[name] for name, field in names.items() if wanted.get(name))
        }
        if len(found) > MOST:
            return self._error(500, "RESOURCE_INACCESSIBLE", f"More than {MOST} tasks match.")
        return TaskMap(found)

    def _not_found(self, task_id: str) -> Response:
        return self._error(404, "NOT_FOUND", f"Task {task_id} is not found.")

    def _error(self, status: int, kind: str, text: str) -> Response:
        return json(bodies.error(kind, bodies.message("com.vmware.vcenter.error", text)), status)


class TaskMap(Json):
    """A map of tasks: its keys are ids and no names of fields."""


def _query(call: Call) -> dict[str, set[str]]:
    """The filter in the query: ``tasks=a&tasks=b`` or ``filter_spec.tasks.1=a&filter_spec.tasks.2=b``."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for name, value in parse_qsl(call.query):
        found = re.fullmatch(r"(?:filter(?:_spec)?\.)?(\w+)(?:\.\d+)?", name)
        if found and found.group(1) in FILTERS:
            wanted[found.group(1)].add(value)
    return wanted


def _in_body(call: Call) -> dict[str, set[str]]:
    try:
        spec = (jsonlib.loads(call.body or b"{}") or {}).get("filter_spec") or {}
        return {name: set(spec[name]) for name in FILTERS & spec.keys() if spec[name]}
    except (ValueError, TypeError, AttributeError) as problem:
        raise BadRequest("filter_spec can not be read") from problem


def _spec(call: Call) -> Any:
    body = read_json(call)
    if not isinstance(body, dict) or body.keys() != {"spec"}:
        raise BadRequest("the body must have a spec, and nothing else")
    return bodies.from_rest(body["spec"])

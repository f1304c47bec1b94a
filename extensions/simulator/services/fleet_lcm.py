# SPDX-License-Identifier: GPL-3.0-or-later
"""Fleet LCM's tasks and login (fleet-lcm-openapi.yaml 9.1: getTasks, getTask, retryTask, cancelTask). Its
upgrades are in `fleet_upgrade`.

The login is not in the specification; it is the one of the VCF services runtime, as scripts in the field use it.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any, ClassVar

from starlette.responses import Response

from ..fault_targets import Target
from ..faults import Fault
from ..fleet_faults import faulty, targets
from ..fleet_scenario import Upgrade
from ..scenario import Task, read
from ..tasks import Entry, Refused
from . import fleet_bodies as bodies
from .base import BadRequest, Call, Route, Service, json, number, page, read_form
from .fleet_upgrade import FleetUpgrade

_PAGING = frozenset({"pageNumber", "pageSize", "includeSystemTasks"})


class FleetLcm(Service):
    """Fleet LCM. Statuses and bodies are in `fleet_bodies`."""

    name = "fleet_lcm"
    base_path = "/fleet-lcm"
    users = {"admin@vsp.local": "VMware123!VMware123!"}
    token_lifetime = 14400
    login_path = "/api/v1/identity/token"
    realm = "VCF services runtime"
    largest_page: ClassVar[int] = 100
    plays_upgrades = True
    upgrade: FleetUpgrade | None = None

    def play(self, upgrade: dict[str, Any], path: tuple[str, ...]) -> None:
        self.upgrade = FleetUpgrade(self, faulty(read(Upgrade, upgrade, path=path), self.faults))

    @classmethod
    def targets(cls, upgrade: dict[str, Any], path: tuple[str, ...]) -> list[Target]:
        return targets(read(Upgrade, upgrade, path=path))

    def began(self, fault: Fault) -> float | None:
        return self.upgrade.began(fault) if self.upgrade else None

    def table(self) -> list[Route]:
        tasks = f"{self.base_path}/v1/tasks"
        return [
            Route("POST", self.login_path, self.log_in, open=True),
            Route("GET", tasks, self.list_tasks),
            Route("GET", tasks + "/{task_id}", self.get_task),
            Route("POST", tasks + "/{task_id}", self.act),
            *(self.upgrade.table() if self.upgrade else []),
        ]

    def away(self) -> Fault | None:
        return self.upgrade.away() if self.upgrade else None

    def check(self, task: Task) -> None:
        if any(stage.stages for stage in task.stages):
            raise ValueError(f"task {task.name!r}: stages of Fleet LCM do not nest; use subtasks")
        for subtask in task.subtasks:
            self.check(subtask)

    def new_id(self, created: float) -> str:
        """UUID version 7: 48 bits of milliseconds, then random bits."""
        milliseconds = int(self.clock.at(created).timestamp() * 1000)
        value = (milliseconds << 80) | (7 << 76) | (secrets.randbits(12) << 64) | (2 << 62) | secrets.randbits(62)
        return str(uuid.UUID(int=value))

    def error(self, status: int, code: str, text: str, remedy: str = "") -> Response:
        return json(bodies.error(code, text, remedy, str(self.clock.iso(self.clock.now()))), status)

    def log_in(self, call: Call) -> Response:
        form = read_form(call)
        if form.get("grant_type") != "password":
            return self.error(400, "INVALID_GRANT", "grant_type must be password.")
        if not self.password_accepted(form.get("username"), form.get("password")):
            return self.error(self.login_status, "AUTHENTICATION_FAILED", "Invalid credentials.", "Check the password.")
        lifetime = int(self.tokens.lifetime)
        return json({"access_token": self.tokens.issue(), "token_type": "Bearer", "expires_in": lifetime})

    def list_tasks(self, call: Call) -> Response:
        wanted = call.parameters
        page_number = number(wanted, "pageNumber", 1, 1)
        page_size = number(wanted, "pageSize", self.spec.page_size, 1, self.largest_page)
        system = wanted.get("includeSystemTasks", "false").lower() == "true"
        matches = _filter(wanted)
        found = [entry for entry in self.tasks.all() if system or not entry.task.system]
        if wanted.keys() - _PAGING:
            # Writing tasks is what costs: without filters only those of the page are written.
            found = [entry for entry in found if matches(self._summary(entry))]
        entries, metadata = page(found, page_number, page_size)
        return json({"elements": [self._summary(entry) for entry in entries], "pageMetadata": metadata})

    def get_task(self, call: Call, task_id: str) -> Response:
        entry = self.tasks.get(task_id)
        return self._not_found(task_id) if entry is None else self._whole(entry)

    def act(self, call: Call, task_id: str) -> Response:
        action = call.parameters.get("action")
        if action not in ("cancel", "retry"):
            raise BadRequest("action must be cancel or retry")
        entry = self.tasks.get(task_id)
        if entry is None:
            return self._not_found(task_id)
        try:
            return json(self.body(self.tasks.cancel(entry) if action == "cancel" else self.tasks.retry(entry)))
        except Refused as reason:
            text = f"Task {task_id} can not be {'cancelled' if action == 'cancel' else 'retried'}: {reason}."
            return self.error(400, f"TASK_{action.upper()}_NOT_ALLOWED", text)

    def _not_found(self, task_id: str) -> Response:
        return self.error(404, "TASK_NOT_FOUND", f"Task {task_id} is not found.", "Check the id of the task.")

    def _summary(self, entry: Entry) -> dict[str, Any]:
        return bodies.summary(entry, entry.look(self.clock.now()), self.clock)

    def _whole(self, entry: Entry) -> Response:
        """All of a task, written once for all the time in which nothing changes: it is asked for often."""
        view = entry.look(self.clock.now())
        if entry.written is None or entry.written[0] is not view:
            entry.written = (view, json(bodies.task(entry, view, self.clock)))
        return entry.written[1]

    def body(self, entry: Entry) -> dict[str, Any]:
        """A task, as it is written."""
        return bodies.task(entry, entry.look(self.clock.now()), self.clock)


def _filter(wanted: dict[str, str]) -> Callable[[dict[str, Any]], bool]:
    """Whether a summary is one of those asked for. The specification does not say how text is compared: exactly is what
    a client can rely on least."""
    texts = {name: wanted[name] for name in bodies.TEXT_FILTERS if wanted.get(name)}
    times: list[tuple[str, bool, datetime]] = []
    for field in ("startTime", "updateTime", "endTime"):
        for suffix, later in (("Gt", True), ("Lt", False)):
            if wanted.get(field + suffix):
                times.append((field, later, _moment(field + suffix, wanted[field + suffix])))

    def matches(body: dict[str, Any]) -> bool:
        for name, text in texts.items():
            value = body.get(name)
            if (value.get("defaultMessage") if isinstance(value, dict) else value) != text:
                return False
        for field, later, limit in times:
            if field not in body:
                return False
            moment = _moment(field, body[field])
            if moment == limit or (moment > limit) is not later:
                return False
        return True

    return matches


def _moment(name: str, text: str) -> datetime:
    try:
        # An unencoded + of an offset arrives as a space.
        moment = datetime.fromisoformat(text.replace(" ", "+").replace("Z", "+00:00"))
    except ValueError as error:
        raise BadRequest(f"{name} must be an ISO 8601 timestamp") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)

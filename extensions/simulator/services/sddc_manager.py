# SPDX-License-Identifier: GPL-3.0-or-later
"""SDDC Manager's tasks (sddc-manager-openapi.json 9.1: getTasks, getTask, cancelTask, retryTask), and, where a
scenario has upgrades, what starts them."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from ..fault_targets import Target
from ..faults import Fault
from ..scenario import State, read
from ..sddc_faults import faulty, targets
from ..sddc_scenario import SddcUpgrade
from ..tasks import Entry, Refused
from . import sddc_bodies as bodies
from .base import Call, Route, json, number, page
from .sddc_bundles import Bundles
from .sddc_check_sets import CheckSets
from .sddc_desk import Desk
from .sddc_domains import Domains
from .sddc_past import remember
from .sddc_platform import Platform
from .sddc_tokens import SddcTokens
from .sddc_upgrades import Upgrades

_PAGING = frozenset({"pageNumber", "pageSize", "limit", "orderBy", "orderDirection"})
DESKS: tuple[type[Desk], ...] = (Domains, Bundles, CheckSets, Upgrades)


class SddcManager(SddcTokens):
    """SDDC Manager. Statuses and bodies are in `sddc_bodies`."""

    name = "sddc_manager"
    users = {"administrator@vsphere.local": "VMware123!"}
    realm = "SDDC Manager"
    plays_upgrades = True
    platform: Platform | None = None
    desks: tuple[Desk, ...] = ()

    def play(self, upgrade: dict[str, Any], path: tuple[str, ...]) -> None:
        spec = faulty(read(SddcUpgrade, upgrade, path=path), self.faults)
        self.platform = Platform(spec, self.clock, self.tasks)
        remember(self.platform, {entry.id: entry for entry in self.tasks.entries()})
        self.desks = tuple(desk(self, self.platform) for desk in DESKS)
        self._restarts: set[float] = set()

    @classmethod
    def targets(cls, upgrade: dict[str, Any], path: tuple[str, ...]) -> list[Target]:
        return targets(read(SddcUpgrade, upgrade, path=path))

    def began(self, fault: Fault) -> float | None:
        return self.platform.began(fault) if self.platform else None

    def away(self) -> Fault | None:
        if self.platform is None:
            return None
        restarts = self.platform.restarts()
        begun = {began for began, _ended in restarts}
        if begun - self._restarts:
            self.forget_tokens()
        self._restarts = begun
        return self.platform.spec.away if any(ended is None for _began, ended in restarts) else None

    def table(self) -> list[Route]:
        tasks = f"{self.base_path}/v1/tasks"
        return [
            *self.logins(),
            Route("GET", tasks, self.list_tasks),
            Route("GET", tasks + "/{task_id}", self.get_task),
            Route("DELETE", tasks + "/{task_id}", self.cancel),
            Route("PATCH", tasks + "/{task_id}", self.retry),
            *(route for desk in self.desks for route in desk.routes()),
        ]

    def list_tasks(self, call: Call) -> Response:
        wanted = call.parameters
        page_number = number(wanted, "pageNumber", 1, 1)
        page_size = number(wanted, "pageSize", self.spec.page_size, 1, 100)
        after = number(wanted, "completedAfter", -1, 0)
        now = self.clock.now()

        def shown(entry: Entry) -> dict[str, Any]:
            return bodies.task(entry, entry.look(now), self.clock)

        found = self.tasks.all()
        if wanted.keys() - _PAGING:
            # Writing tasks is what costs: without filters only those of the page are written.
            found = [entry for entry in found if bodies.matches(shown(entry), wanted, after)]
        if wanted.get("orderBy"):
            order = wanted["orderBy"]
            found.sort(
                key=lambda entry: str(shown(entry).get(order, "")), reverse=wanted.get("orderDirection") == "DESC"
            )
        elif wanted.get("orderDirection") == "ASC":
            found.reverse()
        found = found[: number(wanted, "limit", len(found), 0)]
        entries, metadata = page(found, page_number, page_size)
        elements = [shown(entry) for entry in entries]
        # PageMetadata.pageSize here is "the number of elements in the current page", not the size asked for.
        return json({"elements": elements, "pageMetadata": metadata | {"pageSize": len(elements)}})

    def get_task(self, call: Call, task_id: str) -> Response:
        entry = self.tasks.get(task_id)
        if entry is None:
            return self.not_found(task_id)
        return json(bodies.task(entry, entry.look(self.clock.now()), self.clock))

    def cancel(self, call: Call, task_id: str) -> Response:
        entry = self.tasks.get(task_id)
        if entry is None:
            return self.not_found(task_id)
        try:
            self.tasks.cancel(entry, frozenset({State.RUNNING}))
        except Refused as reason:
            text = f"Task {task_id} can not be cancelled: {reason}. Only a IN_PROGRESS task can be cancelled."
            return self.error(409, "TA_TASK_CAN_NOT_BE_CANCELLED", text)
        return Response(status_code=200)

    def retry(self, call: Call, task_id: str) -> Response:
        entry = self.tasks.get(task_id)
        if entry is None:
            return self.not_found(task_id)
        try:
            self.tasks.retry(entry)
        except Refused as reason:
            text = f"Task {task_id} can not be retried: {reason}. Only a failed Task can be retried."
            return self.error(409, "TA_TASK_CAN_NOT_BE_RETRIED", text)
        return Response(status_code=200)

# SPDX-License-Identifier: GPL-3.0-or-later
"""Fleet LCM's upgrades (fleet-lcm-openapi.yaml 9.1): their paths, and what is remembered of accepted requests."""

from __future__ import annotations

import functools
import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from starlette.responses import Response

from ..faults import Fault
from ..fleet_catalog import SYSTEM as SYSTEM_KIND
from ..fleet_scenario import Operation, Upgrade
from ..scenario import Resource, Task
from . import fleet_past as past
from . import fleet_plan as state
from . import fleet_rules as rules
from . import fleet_upgrade_bodies as bodies
from . import fleet_work as work
from .base import BadRequest, Call, Handler, Route, json, number, page
from .fleet_plan import SYSTEM, Fleet, Kind, Plan, Work
from .fleet_requests import Action, PlanRequest, PlanSpec, SystemRequest, read
from .fleet_rules import Refusal

if TYPE_CHECKING:
    from .fleet_lcm import FleetLcm


class FleetUpgrade:
    """The upgrades of one Fleet LCM."""

    def __init__(self, service: FleetLcm, upgrade: Upgrade) -> None:
        self._service, self._clock = service, service.clock
        self.fleet = Fleet(upgrade)
        past.remember(self.fleet, {entry.id: entry for entry in service.tasks.entries()}, self._clock)

    def table(self) -> list[Route]:
        """Their paths."""
        base = f"{self._service.base_path}/v1"
        plans, plan = f"{base}/upgrade-plans", f"{base}/upgrade-plans/{{plan_id}}"
        routes: list[tuple[str, str, Handler]] = [
            ("GET", f"{base}/system", self.get_system),
            ("POST", f"{base}/system", self.change_system),
            ("POST", f"{base}/depot-metadata", self.sync),
            ("GET", f"{base}/release-versions", self.list_releases),
            ("GET", f"{base}/release-versions/target-versions", self.list_targets),
            ("GET", f"{base}/components", self.list_components),
            ("GET", f"{base}/components/{{component_id}}", self.get_component),
            ("GET", f"{base}/components/{{component_id}}/status", self.get_status),
            ("POST", f"{plans}/validations", self.validate),
            ("GET", plans, self.list_plans),
            ("POST", plans, self.create),
            ("GET", plan, self.get_plan),
            ("PATCH", plan, self.update),
            ("POST", plan, self.act),
            ("GET", f"{plan}/bundles", self.list_bundles),
        ]
        return [Route(method, path, self._answering(handler)) for method, path, handler in routes]

    def versions(self) -> dict[str, str]:
        """The real version of each component by its name, and of the system, for tests to look at."""
        found = state.versions(self.fleet, self._clock.now())
        names = {one.id: one.name for one in self.fleet.upgrade.components}
        return {names.get(one, one): version for one, version in found.items()}

    def away(self) -> Fault | None:
        """What meets every request while the service restarts in its own upgrade."""
        return self.fleet.upgrade.away if state.restarting(self.fleet, self._clock.now()) else None

    def began(self, fault: Fault) -> float | None:
        """When the upgrade that a fault is tied to first began."""
        return state.began(self.fleet, fault, self._clock.now())

    def get_system(self, call: Call) -> Response:
        body = bodies.system(self.fleet, self._clock.now())
        chosen = [_chosen(call, depot) for depot in body.get("bundles", [])]
        return json(body | {"bundles": chosen} if chosen else body)

    def change_system(self, call: Call) -> Response:
        wanted, action = read(call, SystemRequest).targetVersion, call.parameters.get("action")
        if action not in (None, "apply") or (action is None and wanted is None):
            raise BadRequest("targetVersion, the action apply, or both are needed")
        now = self._clock.now()
        rules.must_be_free(self.fleet, None, now, to_upgrade=action == "apply")
        target = rules.system_target(self.fleet, wanted, now)
        if wanted is not None:
            task = work.simple("set-target-version", "SYSTEM_CONFIGURE", Operation(seconds=0), 0)
            configured = self._accept("target", task, {SYSTEM: target})
        if action is None:
            return self._accepted(configured)
        failed = state.failed_runs(self.fleet, SYSTEM, now)
        task, fails = work.system_upgrade(self.fleet.upgrade.system, SYSTEM_KIND.name, target, failed)
        untrue = work.untrue([(self.fleet.upgrade.system, failed)])
        blamed = (SYSTEM,) * fails
        return self._accepted(self._accept("system", task, {SYSTEM: target}, blamed=blamed, untrue=untrue))

    def sync(self, call: Call) -> Response:
        if call.parameters.get("action") != "sync":
            raise BadRequest("action must be sync")
        syncs = [done for done in self.fleet.works if done.kind == "sync"]
        going_on = state.running(syncs, self._clock.now())
        if going_on:
            return self._accepted(going_on)
        operation, failed = self.fleet.upgrade.sync, self._failed("sync")
        task = work.simple("sync-depot-metadata", "DEPOT_METADATA_SYNC", operation, failed)
        return self._accepted(self._accept("sync", task))

    def list_releases(self, call: Call) -> Response:
        found = state.releases(self.fleet, self._clock.now())
        return self._page(call, [bodies.release(version, types) for version, types in found.items()])

    def list_targets(self, call: Call) -> Response:
        found = state.applicable(self.fleet, self._clock.now())
        return self._page(call, [bodies.release(version, types) for version, types in found.items()])

    def list_components(self, call: Call) -> Response:
        current = state.versions(self.fleet, self._clock.now())
        found = [bodies.component(one, current[one.id]) for one in self.fleet.upgrade.components]
        for name in ("scope", "sddcLcmId"):
            if call.parameters.get(name):
                found = [body for body in found if body[name] == call.parameters[name]]
        return self._page(call, found, "components")

    def get_component(self, _call: Call, component_id: str) -> Response:
        one = rules.component(self.fleet, component_id)
        return json(bodies.component(one, state.versions(self.fleet, self._clock.now())[one.id]))

    def get_status(self, _call: Call, component_id: str) -> Response:
        return json(bodies.component_status(self.fleet, rules.component(self.fleet, component_id), self._clock.now()))

    def validate(self, call: Call) -> Response:
        _targets, errors = rules.targets(self.fleet, read(call, PlanSpec), self._clock.now())
        upgrade = self.fleet.upgrade
        failed = self._failed("validate")
        task = work.validation(upgrade.validation, failed, errors, fails=upgrade.findings_fail_tasks)
        return self._accepted(self._accept("validate", task))

    def list_plans(self, call: Call) -> Response:
        plans = self.fleet.plans.values()
        return self._page(call, [bodies.plan_summary(self.fleet, one, self._clock, self._user) for one in plans])

    def create(self, call: Call) -> Response:
        spec, now = read(call, PlanRequest).spec, self._clock.now()
        for plan in self.fleet.plans.values():
            same = plan.spec["desiredSoftware"]["version"] == spec.desiredSoftware.version
            if same and state.plan_status(self.fleet, plan, now) != "COMPLETED":
                return self._change(call, plan, spec)
        targets = rules.good_targets(self.fleet, spec, now)
        plan = Plan(str(uuid.uuid4()), now, now, spec.model_dump(exclude_none=True), targets)
        self.fleet.plans[plan.id] = plan
        return json(self._plan_body(call, plan), 201)

    def get_plan(self, call: Call, plan_id: str) -> Response:
        return json(self._plan_body(call, rules.plan(self.fleet, plan_id)))

    def update(self, call: Call, plan_id: str) -> Response:
        return self._change(call, rules.plan(self.fleet, plan_id), read(call, PlanRequest).spec)

    def list_bundles(self, call: Call, plan_id: str) -> Response:
        depots = bodies.plan_bundles(self.fleet, rules.plan(self.fleet, plan_id), self._clock.now())
        return self._page(call, [_chosen(call, depot) for depot in depots])

    def act(self, call: Call, plan_id: str) -> Response:
        plan, action = rules.plan(self.fleet, plan_id), call.parameters.get("action")
        if action not in ("configure", "precheck", "apply"):
            raise BadRequest("action must be configure, precheck or apply")
        asked = read(call, Action)
        rules.must_be_free(self.fleet, plan, self._clock.now(), to_upgrade=action == "apply")
        handlers = {"configure": self._configure, "precheck": self._precheck, "apply": self._apply}
        return self._accepted(handlers[action](plan, asked))

    def _configure(self, plan: Plan, asked: Action) -> Work:
        resource = Resource(id=plan.id, type=work.PLAN)
        operation, failed = self.fleet.upgrade.configuration, self._failed("configure")
        task = work.simple("configure-upgrade-plan", "UPGRADE_PLAN_CONFIGURE", operation, failed, resource)
        return self._accept("configure", task, plan=plan.id, inputs=asked.inputs)

    def _precheck(self, plan: Plan, asked: Action) -> Work:
        components = rules.to_upgrade(self.fleet, plan, asked, self._clock.now())
        before = [done for done in self.fleet.works if done.kind == "precheck"]
        earlier = {one.id: sum(one.id in done.targets for done in before) for one in components}
        now, upgrade = self._clock.now(), self.fleet.upgrade
        task = work.precheck(
            plan.id,
            components,
            earlier,
            upgrade.precheck_failures[self._failed("precheck") :],
            lambda after: str(self._clock.iso(now + after)),
            fails=upgrade.findings_fail_tasks,
        )
        return self._accept("precheck", task, {one.id: "" for one in components}, plan.id, asked.inputs)

    def _apply(self, plan: Plan, asked: Action) -> Work:
        now = self._clock.now()
        components = rules.to_upgrade(self.fleet, plan, asked, now)
        rules.must_not_wait(self.fleet, plan, components, now)
        failed = {one.id: state.failed_runs(self.fleet, one.id, now) for one in components}
        task, blamed = work.apply(plan.id, components, failed)
        targets = {one.id: plan.targets[one.id] for one in components}
        untrue = work.untrue([(one, failed[one.id]) for one in components])
        return self._accept("apply", task, targets, plan.id, asked.inputs, blamed, untrue)

    def _change(self, call: Call, plan: Plan, spec: PlanSpec) -> Response:
        now = self._clock.now()
        rules.must_be_free(self.fleet, plan, now, to_upgrade=False)
        plan.targets = rules.good_targets(self.fleet, spec, now)
        plan.spec, plan.updated = spec.model_dump(exclude_none=True), now
        return json(self._plan_body(call, plan))

    def _plan_body(self, call: Call, plan: Plan) -> dict[str, Any]:
        """The plan with the components that were asked for, in pages."""
        found = bodies.plan_components(self.fleet, plan, self._clock)
        for parameter, name in (("componentTargetVersion", "targetVersion"), ("componentCurrentVersion", "version")):
            if starts := _several(call, parameter):
                found = [body for body in found if body[name].startswith(tuple(starts))]
        if statuses := _several(call, "componentStatus"):
            found = [body for body in found if body["status"] in statuses]
        if names := [name.lower() for name in _several(call, "componentPublicName")]:
            found = [body for body in found if any(name in body["publicName"].lower() for name in names)]
        if groups := _several(call, "componentSddcLcmId"):
            found = [body for body in found if body["sddcGroupId"] in groups]
        elements, metadata = self._paged(call, found, "componentsPageNumber", "componentsPageSize")
        return bodies.plan_summary(self.fleet, plan, self._clock, self._user) | {
            "executions": bodies.executions(self.fleet, plan, self._clock),
            "components": {"elements": elements, "pageMetadata": metadata},
        }

    def _page(self, call: Call, found: Sequence[Any], name: str = "elements") -> Response:
        elements, metadata = self._paged(call, found, "pageNumber", "pageSize")
        return json({name: elements, "pageMetadata": metadata})

    def _paged(self, call: Call, found: Sequence[Any], which: str, size: str) -> tuple[list[Any], dict[str, int]]:
        page_number = number(call.parameters, which, 1, 1)
        page_size = number(call.parameters, size, self._service.spec.page_size, 1, self._service.largest_page)
        return page(list(found), page_number, page_size)

    def _accept(
        self,
        kind: Kind,
        task: Task,
        targets: dict[str, str] | None = None,
        plan: str = "",
        inputs: dict[str, dict[str, Any]] | None = None,
        blamed: tuple[str, ...] = (),
        untrue: frozenset[int] = frozenset(),
    ) -> Work:
        task.created_by = self._user
        if kind not in state.UPGRADES:
            blamed = (kind,) * (len(task.attempts) - 1)
        entry = self._service.tasks.create(task)
        accepted = Work(kind, entry, plan, targets or {}, inputs or {}, blamed, untrue=untrue)
        self.fleet.works.append(accepted)
        return accepted

    def _accepted(self, accepted: Work) -> Response:
        return json(self._service.body(accepted.entry), 202)

    def _failed(self, kind: Kind) -> int:
        return state.failed_runs(self.fleet, kind, self._clock.now())

    @property
    def _user(self) -> str:
        return next(iter(self._service.users), "admin@vsp.local")

    def _answering(self, handler: Handler) -> Handler:
        @functools.wraps(handler)
        def answer(*args: Any, **values: Any) -> Response:
            try:
                return handler(*args, **values)
            except Refusal as refusal:
                return self._service.error(refusal.status, refusal.code, str(refusal))

        return answer


def _several(call: Call, name: str) -> list[str]:
    """The values of a parameter that may be given more than once, or as a list with commas."""
    return [one for text in parse_qs(call.query).get(name, []) for one in text.split(",") if one]


def _chosen(call: Call, depot: dict[str, Any]) -> dict[str, Any]:
    """The bundles of a depot that were asked for."""
    kind, statuses = call.parameters.get("bundleType"), _several(call, "status")
    return depot | {
        "components": [
            bundle
            for bundle in depot["components"]
            if (not kind or bundle["bundleType"] == kind) and (not statuses or bundle["status"] in statuses)
        ]
    }

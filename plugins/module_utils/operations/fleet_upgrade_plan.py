# SPDX-License-Identifier: GPL-3.0-or-later
"""fleet_upgrade_plan: the upgrade plan leads to this software.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.vcf.lifecycle.plugins.module_utils.fleet_upgrade_model import Bundle, Plan
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations import fleet_software
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.context import Context
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.fleet_reading import (
    all_plans,
    fleet_of,
    known_plan,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.fleet_tasks import newest_about
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.follow import Course, Follower
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.report import concluded, waited
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.send import Sending
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.verdict import timeout_of
from ansible_collections.vcf.lifecycle.plugins.module_utils.options import (
    PACE_SPEC,
    ArgumentSpec,
    Selection,
    Waiting,
    connection_spec,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.services import fleet_upgrade
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.base import Refused, Service
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.fleet_lcm import FleetLcm
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.fleet_upgrade import PlanSpec
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import Task, plain

ARGUMENT_SPEC: ArgumentSpec = {
    **connection_spec(max_outage=1800.0, service="fleet_lcm"),
    "version": {"type": "str", "required": True},
    "components": {"type": "raw", "default": "latest"},
    "plan_id": {"type": "str"},
    "validate": {"type": "bool", "default": True},
    **PACE_SPEC,
}


def run(service: Service, params: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """See to it that the plan leads to this software, and return it; a failure returns as much."""
    fleet, waiting = fleet_of(service), Waiting.of(params)
    wanted = fleet_software.wanted_versions(params["components"])
    follower, course = Follower(fleet, waiting, context), Course()
    planning = _Planning(fleet, follower, course, params["version"], wanted)
    with follower.keeping(course):
        planning.look(params["plan_id"])
        if planning.differs and not context.check_mode:
            follower.require_time(course, f"a plan for {planning.version}")
            if not params["validate"] or planning.validate():
                planning.write()
    result = {
        **waited(follower, course),
        "changed": planning.changed or (context.check_mode and planning.differs),
        "plan_id": planning.plan.id if planning.plan else None,
        "components": [one.as_result() for one in planning.plan.components] if planning.plan else [],
        "bundles": plain(planning.bundles),
    }
    if context.diff:
        after = fleet_software.shown(planning.plan)
        if context.check_mode and planning.differs:
            after = {"version": params["version"], "components": planning.software}
        result["diff"] = {"before": planning.before, "after": after}
    return concluded(result, course.failure or timeout_of(course, waiting))


@dataclass
class _Planning:
    """The plan as it is, and what it is to become."""

    fleet: FleetLcm
    follower: Follower
    course: Course
    version: str
    wanted: Mapping[str, str] | None
    software: dict[str, str] = field(default_factory=dict)
    plan: Plan | None = None
    before: dict[str, Any] = field(default_factory=dict)
    bundles: list[Bundle] = field(default_factory=list)
    differs: bool = False
    changed: bool = False

    @property
    def spec(self) -> PlanSpec:
        """What the plan is to be. What it is limited to stays as it is."""
        return PlanSpec(self.version, self.software, tuple(self.plan.chosen) if self.plan else ())

    def look(self, plan_id: str | None) -> None:
        """Read what there is, and find out whether that has to be changed."""
        if plan_id:
            self.plan = known_plan(self.fleet, plan_id)
        else:
            self.plan = fleet_software.plan_for(all_plans(self.fleet), self.version)
        self.before = fleet_software.shown(self.plan)
        if self.plan is not None:
            self.bundles = fleet_upgrade.list_bundles(self.fleet, self.plan.id)
        installed = {one.type for one in fleet_upgrade.list_components(self.fleet)}
        releases = fleet_upgrade.list_releases(self.fleet)
        self.software = fleet_software.software(self.version, self.wanted, releases, installed)
        self.differs = fleet_software.differs(self.plan, self.version, self.software)

    def validate(self) -> bool:
        """Have the software validated, and tell whether time was enough for that.

        :raises TaskFailedFailure: when it does not pass.
        """
        known = {task.id for task in self._tasks()}
        spec = self.spec

        def look() -> Task | None:
            return newest_about(self._tasks(), "validat", besides=known)

        sending = Sending(self.fleet, f"to validate a plan for {self.version}", harmless=True)
        try:
            task = sending.once(lambda: fleet_upgrade.validate_plan(self.fleet, spec), look)
        except Refused as refused:
            raise sending.refusal(refused) from refused
        self.course.watch(task.id, task)
        self.follower.follow(self.course, lambda course: not course.going_on)
        if self.course.timed_out:
            return False
        for ended in self.course.tasks:
            failure = fleet_software.validation_failure(ended, fleet_upgrade.failed_validations(ended))
            if failure is not None:
                raise failure
        return True

    def write(self) -> None:
        """Make the plan, or change it; and read it."""
        fleet, spec, known = self.fleet, self.spec, self.plan

        def request() -> str:
            if known is None:
                return fleet_upgrade.create_plan(fleet, spec)
            return fleet_upgrade.update_plan(fleet, known.id, spec)

        sending = Sending(fleet, f"for a plan for {self.version}", harmless=True)
        try:
            plan_id = sending.once(request, self._id_as_wanted)
        except Refused as refused:
            raise sending.refusal(refused) from refused
        finally:
            self.changed = sending.is_asked
        self.plan, self.bundles = known_plan(fleet, plan_id), fleet_upgrade.list_bundles(fleet, plan_id)

    def _id_as_wanted(self) -> str | None:
        """Return the id of the plan, if it is by now what it is to be: it was written, by us or by somebody else."""
        plans = all_plans(self.fleet) if self.plan is None else [known_plan(self.fleet, self.plan.id)]
        found = [plan.id for plan in plans if not fleet_software.differs(plan, self.version, self.software)]
        return next(iter(found), None)

    def _tasks(self) -> list[Task]:
        return self.fleet.list_tasks(Selection(include_system_tasks=True))

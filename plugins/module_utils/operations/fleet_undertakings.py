# SPDX-License-Identifier: GPL-3.0-or-later
"""What fleet_upgrade_run can undertake: how each action is looked at, begun, found again and verified.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
What is decided by what was read is in fleet_choice.py and fleet_tasks.py.
"""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from ansible_collections.vcf.lifecycle.plugins.module_utils.errors import NotAllowedFailure
from ansible_collections.vcf.lifecycle.plugins.module_utils.fleet_upgrade_model import SYSTEM, Plan
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations import fleet_choice
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.fleet_reading import all_plans, known_plan
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.fleet_tasks import newest_about
from ansible_collections.vcf.lifecycle.plugins.module_utils.options import Selection
from ansible_collections.vcf.lifecycle.plugins.module_utils.services import fleet_upgrade
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.fleet_lcm import FleetLcm
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.fleet_upgrade import Choice
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import Task


@dataclass
class Undertaking(ABC):
    """One action. After C(look) its fields say how things are.

    C(running) is the id of the task of an equal run that is going on, C(is_done) whether there is nothing to do, and
    C(blocked_by) the id of a failed task that may be why the service refuses. C(expected) and C(before) have the
    versions of what is to be upgraded, by the names that results have.
    """

    fleet: FleetLcm
    running: str | None = None
    is_done: bool = False
    blocked_by: str | None = None
    warnings: list[str] = field(default_factory=list)
    expected: dict[str, str] = field(default_factory=dict)
    before: dict[str, str | None] = field(default_factory=dict)
    known: frozenset[str] = frozenset()
    """Ids of the tasks that were there before the request."""

    is_harmless: ClassVar[bool] = True
    """Whether to carry it out twice does no more than once."""
    changes_versions: ClassVar[bool] = False

    @property
    @abstractmethod
    def what(self) -> str:
        """What is asked for, as the end of a sentence that begins with C(the request)."""

    @abstractmethod
    def look(self) -> None:
        """Read how things are.

        :raises Failure: when what is asked for does not fit that.
        """

    def prepare(self) -> None:
        """Take down what is there, before the request is sent."""
        self.known = frozenset(task.id for task in self.tasks())

    @abstractmethod
    def begin(self) -> Task:
        """Send the request, once; return the task."""

    @abstractmethod
    def made(self) -> str | None:
        """Return the id of the task that the request has made, or of an equal run; None where there is neither."""

    def versions(self) -> dict[str, str | None]:
        """Return the real versions of what was to be upgraded, by the names in C(expected)."""
        return {}

    def tasks(self) -> list[Task]:
        """Return all tasks of the service."""
        return self.fleet.list_tasks(Selection(include_system_tasks=True))


@dataclass
class DepotSync(Undertaking):
    """The depot's metadata is synchronized; not if a version is known already that somebody waits for."""

    version: str | None = None

    @property
    def what(self) -> str:
        """See the base class."""
        return "to synchronize the depot's metadata"

    def look(self) -> None:
        """See the base class."""
        going_on = [task for task in self.tasks() if not task.done]
        found = newest_about(going_on, "depot", "sync")
        self.running = found.id if found else None
        self.is_done = self.version is not None and self.version in self._known_versions()

    def _known_versions(self) -> Collection[str | None]:
        system = fleet_upgrade.get_system(self.fleet)
        releases = fleet_upgrade.list_releases(self.fleet)
        offers = [offer for release in releases for offer in release.components]
        return {
            system.version,
            *system.available_versions,
            *(release.version for release in releases),
            *(version for offer in offers for version in offer.versions),
        }

    def begin(self) -> Task:
        """See the base class. A synchronization that is going on already is the answer, too."""
        return fleet_upgrade.sync_depot(self.fleet)

    def made(self) -> str | None:
        """See the base class."""
        found = newest_about(self.tasks(), "sync", besides=self.known)
        return found.id if found else None


@dataclass
class SystemUpgrade(Undertaking):
    """Fleet LCM itself is upgraded."""

    target: str = ""
    last: str | None = None
    is_harmless: ClassVar[bool] = False
    changes_versions: ClassVar[bool] = True

    @property
    def what(self) -> str:
        """See the base class."""
        return f"to upgrade Fleet LCM itself to {self.target}"

    def look(self) -> None:
        """See the base class."""
        system = fleet_upgrade.get_system(self.fleet)
        self.expected, self.before = {SYSTEM: self.target}, {SYSTEM: system.version}
        upgrade = system.upgrade
        self.last = upgrade.task_id if upgrade else None
        if upgrade is not None and not upgrade.state.is_terminal:
            if system.target_version not in (None, self.target):
                raise NotAllowedFailure(
                    f"Fleet LCM is being upgraded to {system.target_version} and not to {self.target}, "
                    f"by task {upgrade.task_id}. Wait for that first.",
                    service=self.fleet.name,
                    task_id=upgrade.task_id,
                )
            self.running = upgrade.task_id
        elif system.version == self.target:
            self.is_done = True
        else:
            self.blocked_by = self.last
            fleet_choice.check_target(system, self.target)

    def prepare(self) -> None:
        """The system itself names its last upgrade."""
        self.known = frozenset([self.last] if self.last else [])

    def begin(self) -> Task:
        """See the base class."""
        return fleet_upgrade.upgrade_system(self.fleet, self.target)

    def made(self) -> str | None:
        """See the base class."""
        upgrade = fleet_upgrade.get_system(self.fleet).upgrade
        if upgrade is None or (upgrade.task_id in self.known and upgrade.state.is_terminal):
            return None
        return upgrade.task_id

    def versions(self) -> dict[str, str | None]:
        """See the base class."""
        return {SYSTEM: fleet_upgrade.get_system(self.fleet).version}


@dataclass
class PlanAction(Undertaking):
    """Something is done with a plan, or with some of its components."""

    plan_id: str | None = None
    names: Sequence[str] | None = None
    user_input: Mapping[str, Any] = field(default_factory=dict)
    choice: Choice = field(default_factory=Choice)
    action: ClassVar[str]

    @property
    def what(self) -> str:
        """See the base class."""
        return f"to {self.action} upgrade plan {self.plan_id}"

    def read_plan(self) -> Plan:
        """Return the plan, and know its id from now on."""
        plan = known_plan(self.fleet, self.plan_id) if self.plan_id else fleet_choice.only_plan(all_plans(self.fleet))
        self.plan_id = plan.id
        return plan

    def begin(self) -> Task:
        """See the base class."""
        return fleet_upgrade.start(self.fleet, self.plan_id or "", self.action, self.choice)


@dataclass
class Configure(PlanAction):
    """What a plan needs is made ready, with what the user gives for its components."""

    action: ClassVar[str] = "configure"

    def look(self) -> None:
        """See the base class."""
        plan = self.read_plan()
        components = fleet_choice.chosen(plan, self.names)
        given = fleet_choice.inputs(plan, components, self.user_input)
        if self.names is not None or given:
            self.choice = Choice(tuple(one.id for one in components), given)
        # As the transport masks what it reads.
        self.fleet.redactor.learn_from(given)
        masked = {one: self.fleet.redactor.body(copy.deepcopy(values)) for one, values in given.items()}
        if plan.status == fleet_choice.SYNCING:
            self.running = self._task([task for task in self.tasks() if not task.done])
            if self.running is None:
                raise NotAllowedFailure(
                    f"Upgrade plan {plan.id} is {plan.status}, and no task shows by whom. Wait until it is "
                    f"{fleet_choice.READY}.",
                    service=self.fleet.name,
                )
            if given:
                self.warnings.append(
                    f"Plan {plan.id} was being configured already. Whether with the same user_input can not be seen."
                )
        else:
            self.is_done = fleet_choice.is_configured(plan, masked)

    def made(self) -> str | None:
        """See the base class."""
        return self._task(self.tasks())

    def _task(self, tasks: Sequence[Task]) -> str | None:
        new = [task for task in tasks if task.id not in self.known]
        of_plan = [task for task in new if self.plan_id in [resource.id for resource in task.resources]]
        found = newest_about(of_plan, "configur") or newest_about(new, "configur")
        return found.id if found else None


@dataclass
class Execution(PlanAction):
    """A precheck or an upgrade, which the plan itself lists among its executions."""

    wanted: tuple[str, ...] = ()
    ids: dict[str, str] = field(default_factory=dict)

    def look(self) -> None:
        """See the base class."""
        plan = self.read_plan()
        components = fleet_choice.chosen(plan, self.names)
        given = fleet_choice.inputs(plan, components, self.user_input)
        wanted = fleet_choice.to_upgrade(components, by_name=self.names is not None)
        self.warnings += [fleet_choice.why_ineligible(one) for one in fleet_choice.ineligible(components)]
        if self.names is not None or given:
            self.choice = Choice(tuple(one.id for one in wanted), given)
        self.wanted = tuple(one.id for one in wanted)
        if self.changes_versions:
            expected = fleet_choice.expected(plan, components)
            self.ids = {name: component_id for name, (component_id, _version) in expected.items()}
            self.expected = {name: version for name, (_id, version) in expected.items()}
            current = {one.id: one.version for one in components}
            self.before = {name: current[component_id] for name, component_id in self.ids.items()}
        kind = fleet_upgrade.execution_type(self.action)
        run = fleet_choice.going_on(plan, kind)
        if run is not None and not fleet_choice.covers(plan, run, wanted):
            raise NotAllowedFailure(
                f"Task {run.task_id} is going on for other components of plan {plan.id} than these. "
                "Wait for that first.",
                service=self.fleet.name,
                task_id=run.task_id,
            )
        self.running = run.task_id if run else None
        self.is_done = not wanted
        self.blocked_by = fleet_choice.last_failed(plan, "UPGRADE")
        self.known = frozenset(run.task_id for run in plan.executions)

    def prepare(self) -> None:
        """The plan itself has said which executions there were."""

    def made(self) -> str | None:
        """See the base class."""
        plan = known_plan(self.fleet, self.plan_id or "")
        kind = fleet_upgrade.execution_type(self.action)
        new = [run for run in plan.executions if run.type == kind and run.task_id not in self.known]
        run = new[-1] if new else fleet_choice.going_on(plan, kind)
        wanted = [one for one in plan.components if one.id in self.wanted]
        return run.task_id if run is not None and fleet_choice.covers(plan, run, wanted) else None


@dataclass
class Precheck(Execution):
    """It is checked whether the components can be upgraded."""

    action: ClassVar[str] = "precheck"


@dataclass
class Apply(Execution):
    """The components are upgraded."""

    action: ClassVar[str] = "apply"
    is_harmless: ClassVar[bool] = False
    changes_versions: ClassVar[bool] = True

    def versions(self) -> dict[str, str | None]:
        """See the base class."""
        real = {one.id: one.version for one in fleet_upgrade.list_components(self.fleet)}
        return {name: real.get(component_id) for name, component_id in self.ids.items()}


PLAN_ACTIONS: dict[str, type[PlanAction]] = {one.action: one for one in (Configure, Precheck, Apply)}

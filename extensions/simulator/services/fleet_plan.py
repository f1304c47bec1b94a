# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the upgrades of a Fleet LCM stand: pure functions of the scenario, the work that was accepted, and the
simulated time. Work is a task and what it is to change; whether it has changed is read from the task's own view.

The specification names the words for eligibility and does not explain them. Here PENDING waits for another component,
and INELIGIBLE is what the scenario says it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ..basis import numbers
from ..faults import Fault
from ..fleet_faults import SYSTEM_NAMES, names_of
from ..fleet_scenario import Component, Upgradable, Upgrade
from ..scenario import State
from ..tasks import Entry
from ..timeline import GOING_ON, View

SYSTEM = "system"  # in the place of a component's id
Kind = Literal["sync", "validate", "target", "system", "configure", "precheck", "apply"]
UPGRADES: frozenset[Kind] = frozenset({"apply", "system"})
EXECUTED: dict[Kind, str] = {"precheck": "PRECHECK", "apply": "UPGRADE"}


@dataclass(frozen=True)
class Work:
    """A request that was accepted: its task, and the version each component (by its id) is to have after it. A precheck
    has the components without versions. ``blamed`` says for each run that is to fail what makes it: a component, or, in
    other kinds of work, the kind. ``places`` says which part of the task is a component's, where that is not told by
    their order: in work that was there from the start, some may have no part of their own. ``untrue`` are those runs,
    counted from 0, that fail in name alone."""

    kind: Kind
    entry: Entry
    plan: str = ""
    targets: Mapping[str, str] = field(default_factory=dict)
    inputs: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    blamed: tuple[str, ...] = ()
    places: Mapping[str, int] | None = None
    untrue: frozenset[int] = frozenset()

    def part(self, view: View, component: str) -> View:
        """What a view of the task shows of one component: its sub-task. The system's upgrade has none."""
        index = self.index(component)
        return view.children[index] if view.node.children and index is not None else view

    def index(self, component: str) -> int | None:
        """Which sub-task is a component's."""
        if component == SYSTEM:
            return None
        return list(self.targets).index(component) if self.places is None else self.places.get(component)

    def task_id(self, component: str) -> str:
        """The id of the task that shows how a component fares."""
        index = self.index(component)
        return self.entry.id if index is None else self.entry.ids.get((index,), self.entry.id)


@dataclass
class Plan:
    """An upgrade plan: the specification as it was sent, and the version each component is to have, by its id. Times
    are simulated seconds."""

    id: str
    created: float
    updated: float
    spec: dict[str, Any]
    targets: dict[str, str]
    configured: bool = False
    created_by: str | None = None


@dataclass
class Fleet:
    """All that is remembered."""

    upgrade: Upgrade
    works: list[Work] = field(default_factory=list)
    plans: dict[str, Plan] = field(default_factory=dict)

    def component(self, component_id: str) -> Component | None:
        """The component with that id."""
        return next((one for one in self.upgrade.components if one.id == component_id), None)

    def upgradable(self, component_id: str) -> Upgradable:
        """What the scenario says of a component, or of the system."""
        found = self.component(component_id)
        return self.upgrade.system if found is None else found


def versions(fleet: Fleet, now: float) -> dict[str, str]:
    """The real version of each component, and of the system."""
    found = {one.id: one.version for one in fleet.upgrade.components} | {SYSTEM: fleet.upgrade.system.version}
    changes, lies = [], Counter[str]()
    for work in fleet.works:
        if work.kind in UPGRADES:
            ends = work.entry.run_ends(now)
            for component, target in work.targets.items():
                upgradable = fleet.upgradable(component)
                at, succeeded = _changed(work, ends, component, upgradable)
                untrue = succeeded and upgradable.false_succeeded
                if at is not None and not (untrue is True or lies[component] < untrue):
                    changes.append((at, component, target))
                # Of those that are to be untrue, what was done before the start is none.
                lies[component] += succeeded and work.entry.start >= 0
    return found | {component: target for _at, component, target in sorted(changes)}


def _changed(work: Work, ends: list[View], component: str, upgradable: Upgradable) -> tuple[float | None, bool]:
    """When an upgrade brought a component to its target, whatever became of the task, and whether it is said to."""
    for number, view in enumerate(ends):
        part = work.part(view, component)
        if part.state is State.SUCCEEDED:
            return part.ended, True
        if part.state is State.FAILED and (upgradable.false_failed or number in work.untrue):
            return part.ended, False
    return None, False


def began(fleet: Fleet, fault: Fault, now: float) -> float | None:
    """When the upgrade that a fault is tied to, or the stage of it, first began, since the start; None before that."""
    ids = [one.id for one in fleet.upgrade.components if fault.names(names_of(one))]
    ids += [SYSTEM] if fault.names(SYSTEM_NAMES) else []
    parts = [
        work.part(view, one)
        for work in fleet.works
        if work.kind in UPGRADES and any(one in work.targets for one in ids)
        for view in work.entry.run_ends(now)
        for one in ids
        if one in work.targets
    ]
    if fault.stage is not None:
        ending = f": {fault.stage}".casefold()
        parts = [leaf for part in parts for leaf in part.leaves() if f": {leaf.node.name}".casefold().endswith(ending)]
    return min((part.began for part in parts if part.began is not None and part.began >= 0), default=None)


def failed_runs(fleet: Fleet, blamed: str, now: float) -> int:
    """How many runs a component has made fail, of all its upgrades; or how many have failed of a kind of work."""
    return sum(
        work.blamed[: sum(view.state is State.FAILED for view in work.entry.run_ends(now))].count(blamed)
        for work in fleet.works
    )


def restarting(fleet: Fleet, now: float) -> bool:
    """Whether the service is away, because a component that restarts it is at that stage."""
    return any(
        stage.ended is None
        for work in fleet.works
        if work.kind in UPGRADES
        for stage in work.entry.look(now).restarts()
    )


def synced(fleet: Fleet, now: float) -> bool:
    """Whether the depot's metadata is there."""
    done = (work.entry.look(now).state for work in fleet.works if work.kind == "sync")
    return fleet.upgrade.synced or State.SUCCEEDED in done


def system_targets(fleet: Fleet, now: float) -> list[str]:
    """The versions the system can be upgraded to, newest first."""
    current = numbers(versions(fleet, now)[SYSTEM])
    newer = [target for target in fleet.upgrade.system.targets if numbers(target) > current]
    return sorted(newer, key=numbers, reverse=True) if synced(fleet, now) else []


def system_target(fleet: Fleet, now: float) -> str | None:
    """The version the system was told to have, until it has it."""
    first = fleet.upgrade.system.target
    told = [*([first] if first else []), *(work.targets[SYSTEM] for work in fleet.works if work.kind == "target")]
    return told[-1] if told and told[-1] in system_targets(fleet, now) else None


def releases(fleet: Fleet, now: float) -> dict[str, dict[str, list[str]]]:
    """The releases, newest first, with the versions of each type, newest first: of those no later than the system's own
    up to the fourth number, since later ones are not visible before its upgrade."""
    limit = numbers(versions(fleet, now)[SYSTEM])[:4]
    if not synced(fleet, now):
        return {}
    seen = sorted(fleet.upgrade.releases, key=lambda release: numbers(release.version), reverse=True)
    return {
        release.version: {
            name: sorted((one for one in known if numbers(one)[:4] <= limit), key=numbers, reverse=True)
            for name, known in release.components.items()
        }
        for release in seen
        if numbers(release.version)[:4] <= limit
    }


def applicable(fleet: Fleet, now: float) -> dict[str, dict[str, list[str]]]:
    """Those of the releases that have a newer version than an installed one."""
    current = versions(fleet, now)

    def newer(types: dict[str, list[str]]) -> bool:
        return any(
            _below(current[one.id], known) for one in fleet.upgrade.components for known in types.get(one.type, [])
        )

    return {release: types for release, types in releases(fleet, now).items() if newer(types)}


def eligibility(plan: Plan, component: Component, current: Mapping[str, str]) -> str:
    """UpgradePlanComponentEligibilityStatus; ``current`` has the real versions."""
    is_at, target = numbers(current[component.id]), numbers(plan.targets[component.id])
    if is_at >= target:
        return "ON_TARGET" if is_at == target else "HIGHER_THAN_TARGET"
    if component.ineligible:
        return "INELIGIBLE"
    return "PENDING" if waits_for(plan, component, current) else "ELIGIBLE"


def waits_for(plan: Plan, component: Component, current: Mapping[str, str]) -> list[str]:
    """The components of the plan, by their ids, that are to be upgraded before this one."""
    return [one for one in component.depends_on if one in plan.targets and _below(current[one], plan.targets[one])]


def plan_status(fleet: Fleet, plan: Plan, now: float) -> str:
    """UpgradePlanStatus."""
    current = versions(fleet, now)
    if not any(_below(current[one], target) for one, target in plan.targets.items()):
        return "COMPLETED"
    configured = [work.entry.look(now).state for work in of_plan(fleet, plan) if work.kind == "configure"]
    if configured and configured[-1] in GOING_ON:
        return "SYNCING"
    return "READY" if plan.configured or State.SUCCEEDED in configured else "DRAFT"


def _below(version: str, target: str) -> bool:
    return numbers(version) < numbers(target)


def of_plan(fleet: Fleet, plan: Plan) -> list[Work]:
    """What was done with a plan, oldest first."""
    return [work for work in fleet.works if work.plan == plan.id]


def running(works: list[Work], now: float) -> Work | None:
    """The work that goes on, if there is any."""
    return next((work for work in works if work.entry.look(now).state in GOING_ON), None)


def unresolved(fleet: Fleet, works: list[Work], now: float) -> Work | None:
    """An upgrade that failed and can be retried: it stands in the way of another until its components have their
    targets, by a retry or because it had failed in name alone."""
    current = versions(fleet, now)
    for work in works:
        view = work.entry.look(now)
        failed = [one for one in work.targets if work.part(view, one).state is State.FAILED]
        if (
            work.kind in UPGRADES
            and work.entry.retriable(view)
            and any(current[one] != work.targets[one] for one in failed)
        ):
            return work
    return None


def inputs(fleet: Fleet, plan: Plan, now: float) -> dict[str, dict[str, Any]]:
    """What the user gave for each component, by its id: with the plan, and with each configure that succeeded."""
    given = {
        wanted["id"]: wanted["userInputSpec"]
        for wanted in plan.spec.get("componentsFilter") or []
        if wanted.get("userInputSpec")
    }
    for work in of_plan(fleet, plan):
        if work.kind == "configure" and work.entry.look(now).state is State.SUCCEEDED:
            given |= work.inputs
    return given

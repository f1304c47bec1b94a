# SPDX-License-Identifier: GPL-3.0-or-later
"""What SDDC Manager knows of its domains, bundles and upgrades at a moment: all of it follows from the scenario, the
tasks that were started, and the simulated time."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ..basis import stable_id
from ..clock import Clock
from ..faults import Fault
from ..scenario import State
from ..sddc_faults import names_of
from ..sddc_scenario import Component, Domain, Download, Kind, SddcUpgrade
from ..tasks import Entry, TaskBook
from ..timeline import GOING_ON
from . import sddc_upgrade_tasks as plays

UPGRADE_STATUSES = {
    State.PENDING: "PENDING",
    State.RUNNING: "INPROGRESS",
    State.SUCCEEDED: "COMPLETED_WITH_SUCCESS",
    State.WARNING: "COMPLETED_WITH_SUCCESS",
    State.CANCELED: "CANCELLED",  # not seen in the field, and the specification lists no statuses
}
DOWNLOAD_STATUSES = {
    State.PENDING: "SCHEDULED",
    State.RUNNING: "IN_PROGRESS",
    State.SUCCEEDED: "SUCCESSFUL",
    State.WARNING: "SUCCESSFUL",
    State.CANCELED: "PENDING",
}


@dataclass
class Upgrade:
    """An upgrade that was asked for with ``spec``. ``scheduled`` is whether it was given a time to begin at."""

    id: str
    entry: Entry
    spec: dict[str, Any]
    domain: Domain
    kind: Kind
    component: Component
    draft: bool
    scheduled: bool

    def state(self, now: float) -> State:
        """Where its task stands."""
        return self.entry.look(now).state

    def status(self, now: float) -> str:
        """Upgrade.status."""
        state = self.state(now)
        if state is State.PENDING and (self.draft or self.scheduled):
            return "DRAFT" if self.draft else "SCHEDULED"
        return UPGRADE_STATUSES.get(state, self.component.failed_as)

    def begin(self, at: float, *, scheduled: bool) -> None:
        """Let a draft, or one that waits, begin at a simulated time."""
        pending = max(0.0, at - self.entry.start)
        self.entry.task = self.entry.task.model_copy(update={"pending": pending})
        self.entry.hidden = False
        self.draft, self.scheduled = False, scheduled


@dataclass
class Bundle:
    """A bundle: what it upgrades, to which version, in which domains; and its downloads."""

    id: str
    kind: Kind
    target: str
    release: str
    spec: Download
    there: bool
    users: list[tuple[Domain, Component]] = field(default_factory=list)
    downloads: list[Entry] = field(default_factory=list)

    def status(self, now: float) -> str:
        """Bundle.downloadStatus."""
        if self.there:
            return "SUCCESSFUL"
        state = self.downloads[-1].look(now).state if self.downloads else State.CANCELED
        return DOWNLOAD_STATUSES.get(state, "FAILED")


class Platform:
    """The domains, the bundles, and the upgrades asked for so far. ``targets`` are the chosen releases by domain."""

    def __init__(self, spec: SddcUpgrade, clock: Clock, tasks: TaskBook) -> None:
        self.spec, self.clock, self.tasks = spec, clock, tasks
        self.domains = {domain.id: domain for domain in spec.domains}
        self.targets = {domain.id: domain.target for domain in spec.domains if domain.selected}
        self.bundles = {bundle.id: bundle for bundle in _bundles(spec)}
        self.upgrades: dict[str, Upgrade] = {}

    @property
    def now(self) -> float:
        """Simulated seconds since the start."""
        return self.clock.now()

    @property
    def management(self) -> Domain:
        """The management domain."""
        return next(domain for domain in self.domains.values() if domain.type == "MANAGEMENT")

    def components(self) -> Iterator[tuple[Domain, Kind, Component]]:
        """All components of all domains."""
        for domain in self.domains.values():
            for kind, component in domain.in_order():
                yield domain, kind, component

    def bundle_of(self, kind: Kind, component: Component) -> Bundle:
        """The bundle that upgrades a component."""
        return next(b for b in self.bundles.values() if (b.kind, b.target) == (kind, component.target))

    def upgrades_of(self, component: Component) -> list[Upgrade]:
        """The upgrades of a component, the last at the end."""
        return [upgrade for upgrade in self.upgrades.values() if upgrade.component is component]

    def version(self, component: Component) -> str:
        """The version a component really has."""
        now = self.now
        done = [plays.changed_version(u.entry, component, now) for u in self.upgrades_of(component)]
        return component.target if any(done) else component.version

    def on_target(self, domain: Domain) -> bool:
        """Whether all of a domain has been upgraded."""
        return all(self.version(component) == component.target for _kind, component in domain.in_order())

    def release(self, domain: Domain) -> str:
        """The release of VCF that a domain has: the new one when all of it is there."""
        return domain.target if self.on_target(domain) else domain.version

    def missing(self, domain: Domain) -> list[tuple[Kind, Component]]:
        """What of a domain is still to be upgraded, in the order it has to be."""
        return [(kind, found) for kind, found in domain.in_order() if self.version(found) != found.target]

    def next_of(self, domain: Domain) -> Component | None:
        """What can be upgraded next in a domain: of a workload domain nothing before the management domain."""
        if domain is not self.management and not self.on_target(self.management):
            return None
        missing = self.missing(domain)
        return missing[0][1] if missing else None

    def active(self, component: Component) -> Upgrade | None:
        """The upgrade of a component that waits or runs."""
        now = self.now
        found = [upgrade for upgrade in self.upgrades_of(component) if upgrade.state(now) in GOING_ON]
        return found[-1] if found else None

    def running(self) -> Entry | None:
        """A task that is in the way of an upgrade: any other that runs, and an upgrade about to run. Downloads and
        checks are in nobody's way."""
        now = self.now
        for upgrade in self.upgrades.values():
            if upgrade.status(now) in ("PENDING", "INPROGRESS"):
                return upgrade.entry
        others = (entry for entry in self.tasks.all() if entry.task.type not in ("BUNDLE_DOWNLOAD", "ASSESSMENT"))
        return next((entry for entry in others if entry.look(now).state is State.RUNNING), None)

    def ask(
        self, spec: dict[str, Any], domain: Domain, kind: Kind, component: Component, at: float | None, *, draft: bool
    ) -> Upgrade:
        """An upgrade, to begin at a simulated time (None: now)."""
        before = sum(len(upgrade.entry.run_ends(self.now)) for upgrade in self.upgrades_of(component))
        entry = self.to_come(domain, kind, component, at, draft=draft, runs=before)
        upgrade_id = stable_id(entry.id, "upgrade") if self.spec.separate_ids else entry.id
        upgrade = Upgrade(upgrade_id, entry, spec, domain, kind, component, draft, at is not None)
        self.upgrades[upgrade.id] = upgrade
        return upgrade

    def to_come(
        self,
        domain: Domain,
        kind: Kind,
        component: Component,
        at: float | None,
        *,
        draft: bool,
        runs: int = 0,
        task_id: str | None = None,
    ) -> Entry:
        """The task of an upgrade that begins at a simulated time (None: now), or when somebody commits it."""
        pending = component.pending if at is None else max(0.0, at - self.now)
        task = plays.upgrade(domain, kind, component, math.inf if draft else pending)
        entry = self.tasks.create(task, runs, task_id)
        entry.hidden = draft
        return entry

    def restarts(self) -> list[tuple[float, float | None]]:
        """When SDDC Manager's restarts began, and when they ended, so far."""
        now = self.now
        views = [view for upgrade in self.upgrades.values() for view in upgrade.entry.look(now).restarts()]
        return [(view.began, view.ended) for view in views if view.began is not None]

    def began(self, fault: Fault) -> float | None:
        """When the upgrade that a fault is tied to, or the stage of it, first began, since the start; None before."""
        views = [
            view
            for upgrade in self.upgrades.values()
            if fault.names(names_of(upgrade.kind, upgrade.component))
            for view in upgrade.entry.run_ends(self.now)
        ]
        if fault.stage is not None:
            wanted = fault.stage.casefold()
            views = [leaf for view in views for leaf in view.leaves() if leaf.node.name.casefold() == wanted]
        return min((view.began for view in views if view.began is not None and view.began >= 0), default=None)

    def seeded(self) -> bool:
        """Whether the inventory is known since the start or the last restart."""
        starts = [0.0, *(self.now if ended is None else ended for _began, ended in self.restarts())]
        return self.now >= max(starts) + self.spec.inventory_cache.seconds


def _bundles(spec: SddcUpgrade) -> list[Bundle]:
    """One for each version that some component is to have; domains share them."""
    found: dict[tuple[Kind, str], Bundle] = {}
    for domain in spec.domains:
        for kind, component in domain.in_order():
            download = spec.download(kind, component.target)
            there = spec.downloaded if download.downloaded is None else download.downloaded
            name = download.id or stable_id("bundle", kind, component.target)
            bundle = Bundle(name, kind, component.target, domain.target, download, there)
            found.setdefault((kind, component.target), bundle).users.append((domain, component))
    return list(found.values())

# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run has really done to an endpoint, read from its simulator. All times are simulated seconds on its clock."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial

from ..simulator.basis import numbers
from ..simulator.fleet_catalog import SYSTEM as SYSTEM_KIND
from ..simulator.sddc_scenario import Component as Part
from ..simulator.sddc_scenario import Domain
from ..simulator.services import fleet_plan as fleets
from ..simulator.services import sddc_upgrade_tasks as plays
from ..simulator.services.fleet_lcm import FleetLcm
from ..simulator.services.fleet_plan import SYSTEM, Fleet, Work
from ..simulator.services.sddc_manager import SddcManager
from ..simulator.services.sddc_platform import Bundle, Platform, Upgrade
from ..simulator.simulator import Simulator
from ..simulator.tasks import Entry
from ..simulator.timeline import GOING_ON, View

_HERE = "downloaded"  # the version of a bundle that is


@dataclass(frozen=True)
class Before:
    """What was there when a run began: the time, the ids of all tasks, and the ids of the domains with a target."""

    at: float
    tasks: frozenset[str]
    domains: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Upgrading:
    """One time that a component was upgraded, or a bundle downloaded: asked for ``at`` a time, as a retry of what had
    failed or anew; ``ended`` is None while it goes on. ``had`` is the version at the time of asking, ``target`` the one
    that it leads to, and ``ours`` whether this run has asked. ``for_others`` is whether the task had something else to
    upgrade still, for which alone it had to be retried."""

    at: float
    ended: float | None
    state: str
    had: str
    target: str
    is_retry: bool = False
    ours: bool = True
    for_others: bool = False


@dataclass(frozen=True)
class Component:
    """Something that can be upgraded. ``wanted`` is the version that it is to have; None: whichever it has."""

    name: str
    version: str
    wanted: str | None
    upgradings: tuple[Upgrading, ...] = ()

    @property
    def is_begun(self) -> bool:
        """Whether this run has begun an upgrade of it."""
        return any(one.ours for one in self.upgradings)

    @property
    def is_on_target(self) -> bool:
        """Whether it has the version that it is to have, or a later one."""
        return self.wanted is None or numbers(self.version) >= numbers(self.wanted)


@dataclass(frozen=True)
class GoingOn:
    """A task of this run that goes on. ``about`` are names of what it works on; ``could_be_cancelled`` is whether the
    service would accept a cancel that nobody has asked for yet."""

    id: str
    name: str
    state: str
    about: tuple[str, ...] = ()
    could_be_cancelled: bool = False


@dataclass(frozen=True)
class Facts:
    """All of an endpoint, ``at`` the end of a run. ``downloads`` have the bundles of SDDC Manager, as components whose
    version is C(downloaded) or nothing."""

    host: str
    at: float
    components: tuple[Component, ...] = ()
    downloads: tuple[Component, ...] = ()
    going_on: tuple[GoingOn, ...] = ()


def before(simulator: Simulator) -> Before:
    """What is there now, to tell later what a run has added."""
    tasks = frozenset(entry.id for service in simulator.services for entry in service.tasks.entries())
    chosen = frozenset(one for platform in _platforms(simulator) for one in platform.targets)
    return Before(simulator.clock.now(), tasks, chosen)


def read(host: str, simulator: Simulator, start: Before, release: str | None = None) -> Facts:
    """What there is now. ``release`` is the one that the playbook says it has upgraded to, if it says any."""
    now = simulator.clock.now()
    components: list[Component] = []
    downloads: list[Component] = []
    for service in simulator.services:
        if isinstance(service, FleetLcm) and service.upgrade is not None:
            components += _of_fleet(service.upgrade.fleet, start, now, release)
    for platform in _platforms(simulator):
        components += _of_platform(platform, start, now, release)
        downloads += [_download(bundle, start, now) for bundle in platform.bundles.values()]
    tops = [entry for service in simulator.services for entry in service.tasks.entries() if entry.above is None]
    ours = [(entry, entry.look(now)) for entry in tops if entry.exists(now) and _is_ours(entry, start)]
    going_on = tuple(_going_on(entry, view) for entry, view in ours if view.state in GOING_ON)
    return Facts(host, now, tuple(components), tuple(downloads), going_on)


def _platforms(simulator: Simulator) -> list[Platform]:
    found = [service.platform for service in simulator.services if isinstance(service, SddcManager)]
    return [platform for platform in found if platform is not None]


def _is_ours(entry: Entry, start: Before) -> bool:
    """Whether this run has begun a task, or has retried one that was there."""
    return entry.id not in start.tasks or any(event.kind == "retry" and event.at >= start.at for event in entry.log)


def _going_on(entry: Entry, view: View) -> GoingOn:
    inside = [view.node, *(child.node for child in view.children)]
    about = [one.name for node in inside for one in node.resources if one.name]
    name = entry.task.description or entry.task.name
    state = view.state.value.upper()
    return GoingOn(entry.id, name, state, tuple(dict.fromkeys(about)), entry.cancellable(view))


def _of_fleet(fleet: Fleet, start: Before, now: float, release: str | None) -> Iterable[Component]:
    current, wanted = fleets.versions(fleet, now), _wanted_of_fleet(fleet, start, now, release)
    names = {one.id: one.label for one in fleet.upgrade.components} | {SYSTEM: SYSTEM_KIND.name}
    for component, name in names.items():
        upgradings = [
            one
            for work in fleet.works
            if work.kind in fleets.UPGRADES and component in work.targets
            for one in _upgradings(
                work.entry,
                now,
                partial(work.part, component=component),
                start,
                work.targets[component],
                partial(_version_at, fleet, component),
                partial(_lags, fleet, work),
            )
        ]
        yield Component(name, current[component], wanted.get(component), _by_time(upgradings))


def _version_at(fleet: Fleet, component: str, moment: float) -> str:
    works = [work for work in fleet.works if component in work.targets and work.entry.start < moment]
    past = [replace(work, entry=_as_of(work.entry, moment)) for work in works]
    return fleets.versions(Fleet(fleet.upgrade, past), moment)[component]


def _lags(fleet: Fleet, work: Work, moment: float) -> bool:
    """Whether something that an upgrade is for has not its version yet."""
    return any(_version_at(fleet, one, moment) != target for one, target in work.targets.items())


def _wanted_of_fleet(fleet: Fleet, start: Before, now: float, release: str | None) -> dict[str, str]:
    """The versions that the components of the release are to have, and those that this run has upgraded."""
    wanted: dict[str, str] = {}
    plans = [plan for plan in fleet.plans.values() if plan.spec["desiredSoftware"]["version"] == release]
    for plan in plans:
        wanted |= plan.targets
    offered = next((one.components for one in fleet.upgrade.releases if one.version == release), {})
    if not plans and offered:
        wanted |= {
            one.id: max(offered[one.type], key=numbers) for one in fleet.upgrade.components if offered.get(one.type)
        }
    if release is not None:
        train = numbers(release)[:3]
        newest = max(
            (one for one in fleet.upgrade.system.targets if numbers(one)[:3] == train), key=numbers, default=""
        )
        if newest and numbers(fleets.versions(fleet, now)[SYSTEM])[:3] < train:
            wanted[SYSTEM] = newest
    for work in fleet.works:
        if work.kind in fleets.UPGRADES and _is_ours(work.entry, start):
            wanted |= work.targets
    return wanted


def _of_platform(platform: Platform, start: Before, now: float, release: str | None) -> Iterable[Component]:
    touched = {one.domain.id for one in platform.upgrades.values() if _is_ours(one.entry, start)}
    touched |= set(platform.targets) - start.domains
    for domain in platform.domains.values():
        # Which domains the run was for nobody says; the management domain comes before all others.
        is_wanted = domain.id in touched or (not touched and domain.target == release and domain is platform.management)
        yield from _of_domain(platform, domain, start, now, is_wanted=is_wanted)


def _of_domain(
    platform: Platform, domain: Domain, start: Before, now: float, *, is_wanted: bool
) -> Iterable[Component]:
    for kind, part in domain.in_order():
        # A draft is nothing yet.
        upgrades = [one for one in platform.upgrades_of(part) if not one.draft]

        def version_at(moment: float, part: Part = part, upgrades: list[Upgrade] = upgrades) -> str:
            past = [_as_of(one.entry, moment) for one in upgrades if one.entry.start < moment]
            is_done = any(plays.changed_version(entry, part, moment) for entry in past)
            return part.target if is_done else part.version

        upgradings = [
            one
            for upgrade in upgrades
            for one in _upgradings(upgrade.entry, now, _whole, start, part.target, version_at)
        ]
        name = f"{plays.TITLES[kind]} of {domain.name}"
        yield Component(name, platform.version(part), part.target if is_wanted else None, _by_time(upgradings))


def _download(bundle: Bundle, start: Before, now: float) -> Component:
    def there_at(moment: float) -> str:
        past = [_as_of(entry, moment) for entry in bundle.downloads if entry.start < moment]
        return _HERE if replace(bundle, downloads=past).status(moment) == "SUCCESSFUL" else ""

    upgradings = [one for entry in bundle.downloads for one in _upgradings(entry, now, _whole, start, _HERE, there_at)]
    name = f"the bundle of {plays.TITLES[bundle.kind]} {bundle.target}"
    return Component(name, _HERE if bundle.status(now) == "SUCCESSFUL" else "", _HERE, _by_time(upgradings))


def _whole(view: View) -> View:
    return view


def _upgradings(
    entry: Entry,
    now: float,
    part: Callable[[View], View],
    start: Before,
    target: str,
    version_at: Callable[[float], str],
    lags: Callable[[float], bool] = lambda _moment: False,
) -> Iterable[Upgrading]:
    """The runs of a task in which something was worked on, or is to be; ``part`` is its part of a view of the task."""
    asked = [entry.start, *(event.at for event in entry.log if event.kind == "retry")]
    is_done = False
    for number, (at, view) in enumerate(zip(asked, entry.run_ends(now), strict=True)):
        mine = part(view)
        goes_on = view.state in GOING_ON and mine.state in GOING_ON
        # A retry goes on from what had failed: what was done by then is not done again.
        if not is_done and (goes_on or mine.began is not None):
            ours = entry.id not in start.tasks or (number > 0 and at >= start.at)
            ended = None if goes_on else mine.ended if mine.ended is not None else view.ended
            had, is_retry = version_at(at), number > 0
            for_others = is_retry and had == target and lags(at)
            yield Upgrading(at, ended, mine.state.value.upper(), had, target, is_retry, ours, for_others)
        is_done = mine.state in plays.WELL


def _as_of(entry: Entry, moment: float) -> Entry:
    """A task as it was at a moment of the past, knowing nothing of what was asked for since."""
    past = copy.copy(entry)
    past.log = tuple(event for event in entry.log if event.at < moment)
    return past


def _by_time(upgradings: Iterable[Upgrading]) -> tuple[Upgrading, ...]:
    return tuple(sorted(upgradings, key=lambda one: one.at))

# SPDX-License-Identifier: GPL-3.0-or-later
"""The upgrades of an SDDC Manager as a scenario of the simulator has them. Pure functions.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ansible_collections.vcf.lifecycle.plugins.module_utils import sddc_upgrade_model as model
from ansible_collections.vcf.lifecycle.plugins.module_utils.fleet_upgrade_model import newest_first, numbers
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.capture_durations import RESTART, History, does
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.capture_tasks import (
    Part,
    seconds_between,
    without_defaults,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.sddc_upgrade_model import (
    DRIFT,
    ESX,
    NSX,
    SDDC_MANAGER,
    VCENTER,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.services import sddc_upgrade
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import State, Task

_KINDS = (SDDC_MANAGER, DRIFT, NSX, VCENTER, ESX)
_MANAGEMENT = "MANAGEMENT"
_DOWNLOADS = "downloads"


@dataclass(kw_only=True)
class DomainState:
    """What SDDC Manager says of a domain."""

    domain: model.Domain
    parts: list[model.Part]
    release: str | None
    chosen: str | None
    """The version of the release that was chosen for it."""
    futures: list[model.Release]
    upgradables: list[model.Upgradable]
    upgrades: list[model.Upgrade]
    check: model.CheckRun | None
    found: model.CheckResult | None

    @property
    def is_management(self) -> bool:
        """Whether SDDC Manager itself is in it."""
        return self.domain.type == _MANAGEMENT

    def version(self, kind: str) -> str | None:
        """Return the version of a component: of several hosts, the oldest."""
        versions = [part.version for part in self.parts if part.component == kind and part.version]
        return min(versions, key=numbers, default=None)


@dataclass(kw_only=True)
class SddcState:
    """What SDDC Manager says of its upgrades. C(tasks) are those of the scenario."""

    domains: list[DomainState]
    bundles: list[model.Bundle]
    target: str | None
    """The release to go to where none is chosen; None for the newest that applies."""
    tasks: list[Task] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    """What the scenario can not say, each as a sentence."""

    def named(self) -> set[str]:
        """Return the ids of the tasks of upgrades and of the last checks."""
        upgrades = {up.task_id for each in self.domains for up in each.upgrades if up.task_id}
        return upgrades | {each.check.id for each in self.domains if each.check}

    def stamps(self) -> list[datetime | None]:
        """Return the times that are told beside the tasks: of checks whose task is not known."""
        return [when for each in self.domains if each.check for when in (each.check.started_at, each.check.ended_at)]

    def written(self, zero: datetime) -> tuple[Part | None, Part, set[str]]:
        """Return the C(upgrade) and the C(durations) of the service, and the ids of tasks that follow from those.

        :param zero: the moment from which the scenario counts its seconds.
        """
        writer = _Writer(self, zero)
        return writer.upgrade(), {"upgrades": writer.history.as_scenario()}, writer.followed


class _Writer:
    """Writes the upgrades of one SDDC Manager."""

    def __init__(self, sddc: SddcState, zero: datetime) -> None:
        self.sddc, self.zero = sddc, zero
        self.bundles = {bundle.id: bundle for bundle in sddc.bundles}
        self.tasks = {task.id: task for task in sddc.tasks}
        kinds = {up.task_id: up.component for each in sddc.domains for up in each.upgrades if up.task_id}
        self.history = History(sddc.tasks, lambda task: kinds.get(task.id) or _kind_of(task))
        self.downloads = History(sddc.tasks, lambda task: _DOWNLOADS if does(task, "DOWNLOAD") else None)
        self.followed: set[str] = set()
        self.used: dict[tuple[str, str], model.Bundle | None] = {}
        self.goals: dict[str, set[str]] = {}

    def upgrade(self) -> Part | None:
        """Return all of it."""
        domains = [part for each in self.sddc.domains if (part := self._domain(each)) is not None]
        if [one["type"] for one in domains].count(_MANAGEMENT) != 1:
            self.sddc.missing.append(
                "domains and upgrades are left out, as not exactly one domain is the management domain."
            )
            return None
        upgrades = [
            part
            for each, shown in zip(self._kept, domains, strict=True)
            for one in each.upgrades
            if (part := self._asked(each, shown, one)) is not None
        ]
        return without_defaults({"domains": domains, "bundles": self._bundles(), "upgrades": upgrades})

    @property
    def _kept(self) -> list[DomainState]:
        return [each for each in self.sddc.domains if each.release]

    def _domain(self, each: DomainState) -> Part | None:
        domain = each.domain
        if not each.release:
            self.sddc.missing.append(f"domain {domain.label} is left out, as it says no release.")
            return None
        future = self._future(each)
        target = each.chosen or (future.version if future else each.release)
        components = {
            kind: self._component(each, kind, target, future) for kind in (_KINDS if each.is_management else _KINDS[2:])
        }
        esx = each.version(ESX)
        hosts = [part for part in each.parts if part.component == ESX and part.id]
        shown = without_defaults(
            {
                "name": domain.label,
                "id": domain.id,
                "version": each.release,
                "target": target,
                "selected": True if each.chosen else None,
                "clusters": [without_defaults({"id": one.id, "name": one.name}) for one in domain.clusters],
                "hosts": [
                    without_defaults(
                        {
                            "id": one.id,
                            "fqdn": one.name or one.id,
                            "version": one.version if one.version != esx else None,
                        }
                    )
                    for one in hosts
                ],
                "inapplicable": future.reasons if future and future.applicable is False else [],
                "checks": self._checks(each),
            }
        )
        return {**shown, "type": _MANAGEMENT if each.is_management else "VI", "components": components}

    def _future(self, each: DomainState) -> model.Release | None:
        """Return the release that the domain goes to."""
        wanted = each.chosen or self.sddc.target
        found = [one for one in each.futures if one.version == wanted]
        applicable = [one for one in each.futures if one.applicable is not False]
        order = newest_first(one.version for one in applicable or each.futures)
        return next(iter(found), None) or next((one for one in each.futures if order and one.version == order[0]), None)

    def _component(self, each: DomainState, kind: str, target: str, future: model.Release | None) -> Part | None:
        version = each.version(kind)
        goal = (future.versions.get(kind) if future else None) or version
        if kind == DRIFT:
            version, goal = self._drift(each, future)
        if version is None or goal is None:
            return None
        if numbers(goal) < numbers(version):
            goal = version
        self.goals.setdefault(kind, set()).add(goal)
        bundle = self._bundle(kind, goal)
        if bundle or goal != version:
            self.used[kind, goal] = bundle
        one: Any = next((part for part in each.parts if part.component == kind), None) if kind != ESX else None
        failed = [up for up in each.upgrades if up.component == kind and up.state is State.FAILED]
        return without_defaults(
            {
                "id": one.id if one else None,
                "fqdn": one.name if one else None,
                "version": version if version != each.release else None,
                "target": goal if goal != target else None,
                "failed_as": "FAILED" if failed and failed[-1].status == "FAILED" else None,
                **self._times(kind),
            }
        )

    def _drift(self, each: DomainState, future: model.Release | None) -> tuple[str | None, str | None]:
        """Return the version that the configuration has, and the one that it is to have.

        Nothing says the former: it is what SDDC Manager had as long as the upgrade of the configuration is offered.
        """
        goals = [bundle.to_version or bundle.version for bundle in self.sddc.bundles if bundle.component == DRIFT]
        manager = each.version(SDDC_MANAGER)
        goal = (future.versions.get(SDDC_MANAGER) if future else None) or manager
        if goal is None or goal not in goals:
            return None, None
        offered = [self.bundles.get(one.bundle_id or "") for one in each.upgradables]
        is_left = any(bundle and bundle.component == DRIFT for bundle in offered) if each.chosen else goal != manager
        return (each.release if is_left else goal), goal

    def _times(self, kind: str) -> Part:
        """Return how long its upgrade takes, and how long SDDC Manager itself is away meanwhile."""
        sample = self.history.median(kind)
        if sample is None:
            return {}
        if kind != SDDC_MANAGER:
            return {"seconds": sample.seconds}
        told = sum(seconds for name, seconds in sample.steps if "restart" in name.lower())
        away = round(told or min(RESTART, sample.seconds / 4), 3)
        return {"seconds": round(sample.seconds - away, 3), "restart": away}

    def _checks(self, each: DomainState) -> Part:
        """Return what the last run of the checks has found, and how long it took."""
        if each.check is None or not each.check.state.is_terminal:
            return {}
        findings = [
            without_defaults(
                {
                    "id": one.id or "",
                    "severity": one.severity,
                    "message": one.description or "",
                    "remediation": one.remediation,
                    "component": one.resource if one.resource in _KINDS and one.resource != VCENTER else None,
                }
            )
            for one in (each.found.findings if each.found else [])
        ]
        return without_defaults(
            {
                "seconds": seconds_between(each.check.started_at, each.check.ended_at),
                "findings": findings,
                "task": each.check.id if each.check.id in self.tasks else None,
            }
        )

    def _bundle(self, kind: str, version: str) -> model.Bundle | None:
        return next(
            (one for one in self.sddc.bundles if one.component == kind and version in (one.to_version, one.version)),
            None,
        )

    def _bundles(self) -> dict[str, Part]:
        shown = {}
        for (kind, version), bundle in sorted(self.used.items(), key=lambda item: _KINDS.index(item[0][0])):
            if bundle is None:
                self.sddc.missing.append(f"the depot offers no bundle of {kind} {version}. The scenario has one.")
                continue
            shown[kind if len(self.goals[kind]) == 1 else f"{kind} {version}"] = self._offered(bundle)
        return shown

    def _offered(self, bundle: model.Bundle) -> Part:
        tasks = [task for task in self.sddc.tasks if any(one.id == bundle.id for one in task.resources)]
        last = tasks[-1] if tasks else None
        sample = self.downloads.median(_DOWNLOADS)
        return without_defaults(
            {
                "id": bundle.id,
                "downloaded": True if bundle.downloaded else None,
                "size_mb": bundle.size_mb,
                "seconds": sample.seconds if sample else None,
                "task": last.id if last and not bundle.downloaded else None,
            }
        )

    def _asked(self, each: DomainState, shown: Mapping[str, Any], upgrade: model.Upgrade) -> Part | None:
        """Return an upgrade that was asked for; None where it can not be told."""
        component = shown["components"].get(upgrade.component)
        if component is None:
            return None
        bundle = self.bundles.get(upgrade.bundle_id or "")
        target = component.get("target", shown["target"])
        version = (bundle.to_version or bundle.version if bundle else None) or target
        part: Part = {"id": upgrade.id, "domain": each.domain.id, "component": upgrade.component}
        part |= {"version": version} if version != target else {}
        task_id = upgrade.task_id or upgrade.id
        is_draft = sddc_upgrade.is_draft(upgrade)
        at = upgrade.scheduled_for
        if is_draft or (upgrade.state is State.SCHEDULED and at is not None and at > self.zero):
            self.followed.add(task_id)
            when = {"draft": True} if is_draft or at is None else {"at": round((at - self.zero).total_seconds(), 3)}
            return {**part, "task": task_id, **when}
        is_there = component.get("version", shown["version"]) == version
        if task_id not in self.tasks or (upgrade.state is State.SUCCEEDED and version == target and not is_there):
            return None
        return {**part, "task": task_id}


def _kind_of(task: Task) -> str | None:
    """Return what a task upgrades, where no upgrade says it."""
    if not does(task, "UPGRADE") or does(task, "PRECHECK"):
        return None
    if does(task, "DRIFT"):
        return DRIFT
    kinds: Sequence[str | None] = [sddc_upgrade.component_of(resource.type) for resource in task.resources]
    return next((kind for kind in kinds if kind in _KINDS), None)

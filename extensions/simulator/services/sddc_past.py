# SPDX-License-Identifier: GPL-3.0-or-later
"""What has been asked of an SDDC Manager before the simulator starts: downloads and upgrades, each tied to one of the
tasks of the scenario."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..basis import stable_id
from ..scenario import ScenarioError
from ..sddc_scenario import Component, Domain, PastUpgrade
from ..tasks import Entry
from .sddc_platform import Platform, Upgrade

_WHERE = "scenario: services.sddc_manager.upgrade"


def remember(platform: Platform, entries: Mapping[str, Entry]) -> None:
    """Fill a platform with its past; ScenarioError for a domain or a task that the scenario does not have."""
    for bundle in platform.bundles.values():
        if bundle.spec.task:
            bundle.downloads.append(_entry(entries, bundle.spec.task, "bundles"))
    for past in platform.spec.upgrades:
        domain = platform.domains.get(past.domain)
        component = domain.components.get(past.component) if domain else None
        if domain is None or component is None:
            raise ScenarioError(f"{_WHERE}.upgrades: {past.domain!r} has no {past.component}")
        if past.version not in ("", component.target):
            # Of an earlier release: it says nothing of how far the component has come on its way now.
            component = component.model_copy(update={"target": past.version})
        platform.upgrades[past.id] = _upgrade(platform, past, domain, component, entries)


def _upgrade(
    platform: Platform, past: PastUpgrade, domain: Domain, component: Component, entries: Mapping[str, Entry]
) -> Upgrade:
    if past.draft or past.at is not None:
        entry = platform.to_come(domain, past.component, component, past.at, draft=past.draft, task_id=past.task)
    else:
        entry = _entry(entries, past.task, "upgrades")
    beginning: dict[str, Any] = {} if past.draft else {"upgradeNow": True}
    if past.at is not None:
        beginning = {"scheduledTimestamp": platform.clock.iso(past.at)}
    wanted = (past.component, component.target)
    offered = next((one.id for one in platform.bundles.values() if (one.kind, one.target) == wanted), None)
    spec = {
        "bundleId": offered or stable_id("bundle", *wanted),
        "resourceType": "DOMAIN",
        "resourceUpgradeSpecs": [{"resourceId": domain.id, **beginning}],
    }
    scheduled = past.at is not None
    return Upgrade(past.id, entry, spec, domain, past.component, component, past.draft, scheduled)


def _entry(entries: Mapping[str, Entry], task_id: str, where: str) -> Entry:
    if task_id not in entries:
        raise ScenarioError(f"{_WHERE}.{where}: there is no task {task_id!r}")
    return entries[task_id]

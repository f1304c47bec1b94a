# SPDX-License-Identifier: GPL-3.0-or-later
"""sddc_upgrade_info: what SDDC Manager can upgrade, to what, how far it has come, and what is in the way.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ansible_collections.vcf.lifecycle.plugins.module_utils.operations import blocking
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.context import Context
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.sddc_reading import check_service, known_domain
from ansible_collections.vcf.lifecycle.plugins.module_utils.options import ArgumentSpec, Selection, connection_spec
from ansible_collections.vcf.lifecycle.plugins.module_utils.sddc_upgrade_model import (
    Bundle,
    Domain,
    Upgradable,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.services import sddc_checks, sddc_upgrade
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.base import Service
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import plain

ARGUMENT_SPEC: ArgumentSpec = {
    **connection_spec(max_outage=60.0, service="sddc_manager"),
    "domain": {"type": "str"},
}


def run(service: Service, params: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Return all that is to be known before, during and after an upgrade."""
    check_service(service)
    name = params["domain"]
    domains = [known_domain(service, name)] if name else sddc_upgrade.list_domains(service)
    bundles = {bundle.id: bundle for bundle in sddc_upgrade.list_bundles(service)}
    shown = [_shown(service, domain, bundles) for domain in domains]
    listed = service.list_tasks(Selection())
    named = {upgrade["task_id"] for domain in shown for upgrade in domain["upgrades"]}
    return {
        "changed": False,
        "domains": shown,
        "bundles": plain(list(bundles.values())),
        "tasks": [task.as_result() for task in listed if task.id in named],
        "blocking": [blocking.as_result(task) for task in blocking.blocking(listed)],
    }


def _shown(service: Service, domain: Domain, bundles: Mapping[str, Bundle]) -> dict[str, Any]:
    """Return a domain with all that is upgraded in it, as plain JSON types."""
    target = sddc_upgrade.target_of(service, domain)
    # Before what they change: of an upgrade that ends meanwhile it is said that it goes on, not that it is in the way.
    upgrades = sddc_upgrade.list_upgrades(service, domain)
    # Without a target there is nothing to be upgraded with, and no need to wait until the service can tell.
    upgradables = sddc_upgrade.list_upgradables(service, domain, target) if target else []
    release = sddc_upgrade.release_of(service, domain)
    shown: dict[str, Any] = plain(
        {
            "id": domain.id,
            "name": domain.name,
            "type": domain.type,
            "status": domain.status,
            "release": release and release.version,
            "target_version": target,
            "future_releases": sddc_upgrade.future_releases_of(service, domain),
            "versions": sddc_upgrade.parts_of(service, domain),
            "upgradables": [named(upgradable, bundles) for upgradable in upgradables],
            "upgrades": upgrades,
        }
    )
    return {**shown, "last_precheck": _last_precheck(service, domain)}


def _last_precheck(service: Service, domain: Domain) -> dict[str, Any] | None:
    """Return the last run of the checks of a domain with its counts, which are None until it has ended."""
    last = sddc_checks.last_run_of(service, domain)
    if last is None:
        return None
    result = sddc_checks.result_of(service, last.id) if last.state.is_terminal else None
    shown: dict[str, Any] = plain(last)
    return {**shown, "error_count": result and result.errors, "warning_count": result and result.warnings}


def named(upgradable: Upgradable, bundles: Mapping[str, Bundle]) -> Upgradable:
    """Return what a domain can be upgraded with, under the name of its bundle, which alone tells what drift is."""
    bundle = bundles.get(upgradable.bundle_id or "")
    return replace(upgradable, component=bundle.component) if bundle and bundle.component else upgradable

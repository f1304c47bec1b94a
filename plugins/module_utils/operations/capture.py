# SPDX-License-Identifier: GPL-3.0-or-later
"""capture: what a service says, as a scenario that the simulator can play. It only reads.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from ansible_collections.vcf.lifecycle.plugins.module_utils.errors import OptionsFailure
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations import capture_tasks
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.capture_durations import History
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.capture_fleet import FleetState
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.capture_sddc import DomainState, SddcState
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.capture_tasks import Part
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.context import Context
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.fleet_reading import all_plans
from ansible_collections.vcf.lifecycle.plugins.module_utils.options import ArgumentSpec, Selection, connection_spec
from ansible_collections.vcf.lifecycle.plugins.module_utils.selection import newest_first
from ansible_collections.vcf.lifecycle.plugins.module_utils.services import fleet_upgrade, sddc_checks, sddc_upgrade
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.base import Service
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.fleet_lcm import FleetLcm
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.sddc_manager import SddcManager
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.vcenter import VCenter
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import Task

ARGUMENT_SPEC: ArgumentSpec = {
    **connection_spec(max_outage=60.0),
    "days": {"type": "float", "default": 90.0},
    "limit": {"type": "int", "default": 500},
    "types": {"type": "list", "elements": "str"},
    "target_version": {"type": "str"},
}

_OF_VCENTER = (
    "com.vmware.vcenter.lcm.update",
    "com.vmware.esx.settings.clusters.software",
    "com.vmware.content.library",
)
"""The services of vCenter whose tasks are looked for where none is named: it has no list of everything."""


def run(service: Service, params: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Return the scenario of this one service, and what was going on while it was captured."""
    if params["limit"] < 0 or params["days"] < 0:
        raise OptionsFailure("days and limit have to be at least 0.", service=service.name)
    now = context.clock.now()
    listed = _listed(service, params["types"])
    state = _state(service, params["target_version"])
    tasks = _chosen(listed, now - timedelta(days=params["days"]), params["limit"], state.named() if state else set())
    tasks = _whole(service, tasks)
    stamped = _zero(tasks, state.stamps() if state else [], now)
    zero = stamped or now
    part: Part = {}
    durations: Part = {}
    if state is not None:
        state.tasks = tasks
        upgrade, durations, followed = state.written(zero)
        tasks = [task for task in tasks if task.id not in followed]
        part = {"upgrade": upgrade} if upgrade else {}
        for what in state.missing:
            context.warn(f"{service.name} at {service.contact.address}: {what}")
    return {
        "changed": False,
        "captured_at": stamped and stamped.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "services": {service.name: {**_written(service, tasks, zero, durations), **part}},
        "tasks": [task.as_result() for task in tasks if not task.done],
        "counts": {"tasks": len(tasks), "requests": service.contact.requests},
    }


def _listed(service: Service, types: Sequence[str] | None) -> list[Task]:
    """Return the tasks that the service lists, without those that it hides."""
    if isinstance(service, VCenter):
        found = [task for name in types or _OF_VCENTER for task in service.list_tasks(Selection(type=name))]
        return list({task.id: task for task in found}.values())
    return [task for task in service.list_tasks(Selection()) if not types or task.type in types]


def _chosen(listed: list[Task], since: datetime, limit: int, named: set[str]) -> list[Task]:
    """Return the tasks that are to be in the scenario, the oldest first.

    :param since: none that has ended before; what goes on is there, however old it is.
    :param limit: how many that have ended, at most.
    :param named: those that are there in any case.
    """
    going_on = [task for task in listed if not task.done or task.id in named]
    ended = [task for task in listed if task.done and task.id not in named and _is_since(task, since)]
    return newest_first([*going_on, *newest_first(ended)[:limit]])[::-1]


def _is_since(task: Task, since: datetime) -> bool:
    when = task.ended_at or capture_tasks.began(task)
    return when is None or when >= since


def _whole(service: Service, tasks: list[Task]) -> list[Task]:
    """Return tasks with their stages. One that was purged since it was listed is no longer one."""
    if service.list_has_stages:
        return tasks
    return [found for task in tasks if (found := service.get_task(task.id)) is not None]


def _zero(tasks: list[Task], stamps: Iterable[datetime | None], now: datetime) -> datetime | None:
    """Return the moment from which the scenario counts its seconds; None where it has none to count.

    That is now while something goes on. Else it is when something happened last, so that whoever captures twice what
    has not changed gets the same scenario.
    """
    is_quiet = all(task.done for task in tasks)
    zero = max((when for when in (capture_tasks.newest(tasks), *stamps) if when), default=None) if is_quiet else now
    return zero and zero.replace(microsecond=zero.microsecond // 1000 * 1000)


def _state(service: Service, target_version: str | None) -> FleetState | SddcState | None:
    """Return what the service says of its upgrades; None if it has none."""
    if isinstance(service, FleetLcm) and service.name == FleetLcm.name and fleet_upgrade.has_upgrades(service):
        return FleetState(
            system=fleet_upgrade.get_system(service),
            releases=fleet_upgrade.list_releases(service),
            components=fleet_upgrade.list_components(service),
            plans=all_plans(service),
        )
    if service.name == SddcManager.name and sddc_upgrade.has_domains(service):
        return _sddc(service, target_version)
    return None


def _sddc(service: Service, target_version: str | None) -> SddcState:
    listed = sddc_upgrade.list_domains(service)
    parts, chosen = sddc_upgrade.all_parts(service), sddc_upgrade.all_targets(service, listed)
    upgrades, checks = sddc_upgrade.all_upgrades(service), sddc_checks.all_last_runs(service)
    # Without a target there is nothing to be upgraded with, and no need to wait until the service can tell.
    upgradables = sddc_upgrade.all_upgradables(service) if chosen else {}
    domains = []
    for domain in listed:
        release, check = sddc_upgrade.release_of(service, domain), checks.get(domain.id)
        domains.append(
            DomainState(
                domain=domain,
                parts=parts.get(domain.id, []),
                release=release.version if release else None,
                chosen=chosen.get(domain.id),
                futures=sddc_upgrade.future_releases_of(service, domain),
                upgradables=upgradables.get(domain.id, []),
                upgrades=upgrades.get(domain.id, []),
                check=check,
                found=sddc_checks.result_of(service, check.id) if check and check.state.is_terminal else None,
            )
        )
    return SddcState(domains=domains, bundles=sddc_upgrade.list_bundles(service), target=target_version)


def _written(service: Service, tasks: list[Task], zero: datetime, durations: Part) -> Part:
    """Return the tasks of a service, and how long things took."""
    usual = capture_tasks.Usual(tasks)
    by_type = History(tasks, lambda task: task.type).as_scenario()
    known = {name: found for name, found in {**durations, "tasks": by_type}.items() if found}
    part: Part = {"tasks": [capture_tasks.task_of(task, zero, service, usual) for task in tasks]}
    return {**part, "durations": known} if known else part

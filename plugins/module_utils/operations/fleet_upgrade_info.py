# SPDX-License-Identifier: GPL-3.0-or-later
"""fleet_upgrade_info: what Fleet LCM can upgrade, to what, how far it has come, and what is in the way.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.vcf.lifecycle.plugins.module_utils.fleet_upgrade_model import Plan, System
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.context import Context
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.fleet_reading import (
    all_plans,
    fleet_of,
    known_plan,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.info import what_blocks
from ansible_collections.vcf.lifecycle.plugins.module_utils.options import (
    ArgumentSpec,
    Selection,
    connection_spec,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.services import fleet_upgrade
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.base import Service
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import plain

ARGUMENT_SPEC: ArgumentSpec = {
    **connection_spec(max_outage=60.0, service="fleet_lcm"),
    "plan_id": {"type": "str"},
}


def run(service: Service, params: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Return all that is to be known before, during and after an upgrade."""
    fleet = fleet_of(service)
    plans = [known_plan(fleet, params["plan_id"])] if params["plan_id"] else all_plans(fleet)
    system = fleet_upgrade.get_system(fleet)
    listed = fleet.list_tasks(Selection())
    named = runs_of(system, plans)
    return {
        "changed": False,
        "system": plain(system),
        "releases": plain(fleet_upgrade.list_releases(fleet)),
        "target_releases": plain(fleet_upgrade.list_releases(fleet, applicable=True)),
        "components": plain(fleet_upgrade.list_components(fleet)),
        "plans": [
            {
                **plan.as_result(),
                "bundles": plain(fleet_upgrade.list_bundles(fleet, plan.id)),
            }
            for plan in plans
        ],
        "tasks": [task.as_result() for task in listed if task.id in named],
        "blocking": what_blocks(fleet, listed, {}),
    }


def runs_of(system: System, plans: list[Plan]) -> set[str]:
    """Return the ids of the tasks that the system and the plans name as theirs."""
    runs = [run for plan in plans for run in plan.executions]
    return {run.task_id for run in (*runs, system.upgrade) if run is not None}

# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules for Fleet LCM's upgrades read, and how they say that something is not there.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

from ansible_collections.vcf.lifecycle.plugins.module_utils.errors import NotFoundFailure, OptionsFailure
from ansible_collections.vcf.lifecycle.plugins.module_utils.fleet_upgrade_model import Plan
from ansible_collections.vcf.lifecycle.plugins.module_utils.services import fleet_upgrade
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.base import Service
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.fleet_lcm import FleetLcm


def fleet_of(service: Service) -> FleetLcm:
    """Return the service, if it is Fleet LCM.

    :raises OptionsFailure: when it is another one; nothing has been sent by then.
    """
    if not isinstance(service, FleetLcm):
        raise OptionsFailure(
            f"This module is for the upgrades of {FleetLcm.name} alone: {service.name} has none of its kind. "
            f"Set service to {FleetLcm.name}, or leave it out.",
            service=service.name,
        )
    return service


def known_plan(service: FleetLcm, plan_id: str) -> Plan:
    """Return a plan.

    :raises NotFoundFailure: when the service does not know it.
    """
    plan = fleet_upgrade.get_plan(service, plan_id)
    if plan is None:
        ids = fleet_upgrade.list_plan_ids(service)
        there_are = f"There are {', '.join(ids)}." if ids else "There are none; fleet_upgrade_plan makes one."
        raise NotFoundFailure(
            f"{service.name} at {service.contact.address} knows no upgrade plan {plan_id!r}. {there_are}",
            service=service.name,
            http_status=404,
        )
    return plan


def all_plans(service: FleetLcm) -> list[Plan]:
    """Return all plans, but for those that were deleted while they were read."""
    plans = (fleet_upgrade.get_plan(service, plan_id) for plan_id in fleet_upgrade.list_plan_ids(service))
    return [plan for plan in plans if plan is not None]

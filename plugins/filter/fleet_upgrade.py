# SPDX-License-Identifier: GPL-3.0-or-later
"""How the upgrade of a fleet stands."""

from __future__ import annotations

DOCUMENTATION = r"""
name: fleet_upgrade
short_description: Tells how the upgrade of a fleet to a release stands
version_added: 0.1.0
author:
  - vcf.lifecycle contributors (@vcf-lifecycle)
description:
  - Tells from what M(vcf.lifecycle.fleet_upgrade_info) returns how far the upgrade to a release has come, what of it is
    going on or has failed, and what is left.
positional: _input
options:
  _input:
    description: What M(vcf.lifecycle.fleet_upgrade_info) has returned.
    type: dict
    required: true
  version:
    description: The release.
    type: str
    required: true
  plan_id:
    description: The upgrade plan. Without it, the one for that release.
    type: str
  system_version:
    description:
      - The version that Fleet LCM itself is to have. Without it, the newest one on offer whose first three numbers are
        those of the release.
    type: str
seealso:
  - module: vcf.lifecycle.fleet_upgrade_info
  - plugin: vcf.lifecycle.upgrade_waves
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Read what there is
  vcf.lifecycle.fleet_upgrade_info:
    hostname: fleet.example.com
    username: admin@vsp.local
    password: "{{ fleet_password }}"
  register: fleet

- name: Show what is left of the upgrade
  ansible.builtin.debug:
    msg: "{{ (fleet | vcf.lifecycle.fleet_upgrade(version='9.1.0.0')).left }}"
"""

RETURN = r"""
_value:
  description: How the upgrade stands.
  type: dict
  contains:
    versions:
      description: The version of each component by its type, or by its id where there are several of that; and of
        V(VCF_FLEET_LCM) itself.
      type: dict
    system_target:
      description: The version to upgrade Fleet LCM itself to; null where there is nothing to do.
      type: str
    system_failed:
      description: The id of the task of its upgrade that has failed and can be retried, if there is one.
      type: list
      elements: str
    plan_id:
      description: The upgrade plan; null where there is none yet.
      type: str
    components:
      description: The components of the plan.
      type: list
      elements: dict
    own_task_ids:
      description: Ids of those of the tasks in the way that belong to this upgrade.
      type: list
      elements: str
    going_on:
      description: >-
        The upgrade of the plan that is going on, with C(task_id), and C(name), C(ids) and C(types) of its components;
        else null.
      type: dict
    failed:
      description: >-
        The upgrades of the plan that have failed, are not settled and can be retried, in the same shape.
      type: list
      elements: dict
    verified:
      description: C(expected) and C(actual) version of each component of the plan.
      type: dict
    left:
      description: >-
        What is left to be upgraded, each with C(name), C(version), C(target_version), and C(why) it can not be
        upgraded, which is null where it can.
      type: list
      elements: dict
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.vcf.lifecycle.plugins.plugin_utils.fleet_stand import stand
from ansible_collections.vcf.lifecycle.plugins.plugin_utils.plain import plain


def fleet_upgrade(
    info: Any, version: str, plan_id: str | None = None, system_version: str | None = None
) -> dict[str, Any]:
    """Return how the upgrade of a fleet stands."""
    return stand(plain(info), plain(version), plain(plan_id), plain(system_version))


class FilterModule:
    """vcf.lifecycle.fleet_upgrade."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"fleet_upgrade": fleet_upgrade}

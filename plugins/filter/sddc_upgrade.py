# SPDX-License-Identifier: GPL-3.0-or-later
"""How the upgrade of SDDC Manager's domains stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.vcf.lifecycle.plugins.plugin_utils.plain import plain
from ansible_collections.vcf.lifecycle.plugins.plugin_utils.sddc_stand import stand

DOCUMENTATION = r"""
name: sddc_upgrade
short_description: Tells how the upgrade of SDDC Manager's domains to a release stands
version_added: 0.1.0
author:
  - vcf.lifecycle contributors (@vcf-lifecycle)
description:
  - Tells from what M(vcf.lifecycle.sddc_upgrade_info) returns how far the upgrade of domains to a release has come,
    what of it is going on or has failed, what comes next, and what is left.
positional: _input
options:
  _input:
    description: What M(vcf.lifecycle.sddc_upgrade_info) has returned.
    type: dict
    required: true
  version:
    description: The release.
    type: str
    required: true
  domains:
    description:
      - The domains, by their ids or names; all of them without it. The management domain comes first wherever it is
        named, since no other is upgraded before it.
    type: list
    elements: str
  releases:
    description:
      - The versions that belong to the release by the id of the domain, as M(vcf.lifecycle.sddc_release) returns them.
        Without those of a domain that has the release already, its versions can not be verified.
    type: dict
  before:
    description:
      - What this filter has returned of all the domains. Of those that O(_input) leaves out, because one domain alone
        was read, that still counts.
    type: dict
seealso:
  - module: vcf.lifecycle.sddc_upgrade_info
  - module: vcf.lifecycle.sddc_release
  - name: vcf.lifecycle.sddc_upgrade
    description: The role, which upgrades domains.
    link: https://github.com/vcf-lifecycle/vcf.lifecycle/blob/main/roles/sddc_upgrade/README.md
"""

EXAMPLES = r"""
- name: Read what there is
  vcf.lifecycle.sddc_upgrade_info:
    hostname: sddc-manager.example.com
    username: administrator@vsphere.local
    password: "{{ sddc_manager_password }}"
  register: sddc

- name: Show what is left of the upgrade
  ansible.builtin.debug:
    msg: "{{ (sddc | vcf.lifecycle.sddc_upgrade(version='9.1.0.0')).left | map(attribute='name') }}"
"""

RETURN = r"""
_value:
  description: How the upgrade stands.
  type: dict
  contains:
    domains:
      description:
        - The domains in the order in which they are upgraded, each with C(id), C(name), C(left), C(versions) and
          C(verified) as below, and with what its upgrade needs.
        - C(bundles) are the ids of those of its bundles that are not downloaded. C(next) is what of C(left) goes on or
          is available, with its C(component) and C(bundle_id); C(going_on) is the same if it goes on.
        - C(failed) is the id of its task if that has failed and can be retried, as a list. C(in_the_way) says of the
          rest why it is not available.
      type: list
      elements: dict
    unknown:
      description: Those of O(domains) that there are not.
      type: list
      elements: str
    own_task_ids:
      description: Ids of those of the tasks in the way that belong to this upgrade.
      type: list
      elements: str
    versions:
      description: The version of each part, by its domain and component, and its name where there are several.
      type: dict
    verified:
      description: C(expected) and C(actual) version of each part.
      type: dict
    left:
      description: What is left to be upgraded, in order, each with C(name), C(version) and C(target_version).
      type: list
      elements: dict
"""


def sddc_upgrade(
    info: Any, version: str, domains: Any = None, releases: Mapping[str, Any] | None = None, before: Any = None
) -> dict[str, Any]:
    """Return how the upgrade of domains stands."""
    return stand(plain(info), plain(version), plain(domains) or (), plain(releases), plain(before))


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return them by name."""
        return {"sddc_upgrade": sddc_upgrade}

# SPDX-License-Identifier: GPL-3.0-or-later
"""The order in which components are upgraded."""

from __future__ import annotations

DOCUMENTATION = r"""
name: upgrade_waves
short_description: Puts the components of an upgrade plan into the order in which to upgrade them
version_added: 0.1.0
author:
  - vcf.lifecycle contributors (@vcf-lifecycle)
description:
  - Puts the components of an upgrade plan into waves, each of which can be upgraded together once those before it are
    done. What has its target already, and what can not be upgraded, is left out.
  - There is no such order where dependencies are not known or go round in a circle, nor where the batches do not fit.
    It says why.
positional: _input
options:
  _input:
    description: The components of a plan, as M(vcf.lifecycle.fleet_upgrade_plan) returns them.
    type: list
    elements: dict
    required: true
  batches:
    description:
      - The order that somebody asks for, lists of types, ids or names of components. Each component has to be in one,
        and in none before one that it depends on.
      - Without it, each component comes as early as its dependencies allow.
    type: list
    elements: list
    default: []
  installed:
    description:
      - All components that are installed, as M(vcf.lifecycle.fleet_upgrade_info) returns them. The plan may leave out
        what others depend on.
    type: list
    elements: dict
    default: []
seealso:
  - module: vcf.lifecycle.fleet_upgrade_plan
  - module: vcf.lifecycle.fleet_upgrade_run
"""

EXAMPLES = r"""
- name: Show the order
  ansible.builtin.debug:
    msg: "{{ (components | vcf.lifecycle.upgrade_waves).waves | map(attribute='name') }}"
  vars:
    components:
      - {id: a1, type: OPS, status: PENDING, depends_on: [VCF_FLEET_DEPOT]}
      - {id: b2, type: VCF_FLEET_DEPOT, status: ELIGIBLE, depends_on: []}
"""

RETURN = r"""
_value:
  description: The order.
  type: dict
  contains:
    waves:
      description: The waves, in order; each with C(name) for people, and the C(ids) and C(types) of its components.
      type: list
      elements: dict
    problem:
      description: Why there is no such order, as a sentence to act on; null where there is one.
      type: str
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible_collections.vcf.lifecycle.plugins.plugin_utils.plain import plain
from ansible_collections.vcf.lifecycle.plugins.plugin_utils.upgrade_waves import WavesError, waves


def upgrade_waves(
    components: Sequence[Mapping[str, Any]],
    batches: Sequence[Sequence[str]] = (),
    installed: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """Return the waves, or why there are none."""
    try:
        return {"waves": waves(plain(components), plain(batches), plain(installed)), "problem": None}
    except WavesError as error:
        return {"waves": [], "problem": str(error)}


class FilterModule:
    """vcf.lifecycle.upgrade_waves."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"upgrade_waves": upgrade_waves}

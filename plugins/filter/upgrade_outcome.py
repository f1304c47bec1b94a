# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run of a whole upgrade comes to."""

from __future__ import annotations

DOCUMENTATION = r"""
name: upgrade_outcome
short_description: Tells what the run of a whole upgrade has come to
version_added: 0.1.0
author:
  - vcf.lifecycle contributors (@vcf-lifecycle)
description:
  - Tells in one word what the steps of an upgrade have come to together.
positional: _input
options:
  _input:
    description: What the modules of the steps have returned, in order.
    type: list
    elements: dict
    required: true
  failure:
    description: What stopped the run, such as the C(failure) of a module; nothing where nothing did.
    type: dict
  gate:
    description: The verdict on the prechecks.
    type: dict
  left:
    description: What is left to be upgraded though nothing has failed.
    type: list
    default: []
  check_mode:
    description: Whether the run was only predicted.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Show how it went
  ansible.builtin.debug:
    msg: "{{ [sync, upgrade] | vcf.lifecycle.upgrade_outcome }}"
  vars:
    sync: {outcome: succeeded}
    upgrade: {outcome: succeeded_with_warnings}
"""

RETURN = r"""
_value:
  description:
    - V(succeeded) or V(succeeded_with_warnings) where nothing stopped it; in check mode V(predicted) where something
      would be done.
    - V(blocked) where the prechecks did, or where nothing was begun.
    - Else what the last step has come to, V(failed), V(failed_but_on_target), V(succeeded_but_not_on_target),
      V(canceled), V(timeout) or V(lost_contact).
  type: str
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.vcf.lifecycle.plugins.plugin_utils.upgrade_outcome import upgrade_outcome


class FilterModule:
    """vcf.lifecycle.upgrade_outcome."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"upgrade_outcome": upgrade_outcome}

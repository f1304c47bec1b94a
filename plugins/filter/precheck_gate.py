# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter precheck_gate."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.vcf.lifecycle.plugins.plugin_utils.gate import GateError
from ansible_collections.vcf.lifecycle.plugins.plugin_utils.gate import precheck_gate as verdict_of
from ansible_collections.vcf.lifecycle.plugins.plugin_utils.plain import plain

DOCUMENTATION = r"""
name: precheck_gate
short_description: Tell whether prechecks let an upgrade through
version_added: 0.1.0
author:
  - vcf.lifecycle contributors (@vcf-lifecycle)
description:
  - Judges what prechecks have found. Errors block. Warnings block unless they are acknowledged.
  - A severity that is not known counts as an error. What was counted and is not described blocks, as do prechecks that
    have not come to their end, that have failed, or that have no result. Where nothing was left to be checked, nothing
    blocks.
positional: _input
options:
  _input:
    description:
      - All that M(vcf.lifecycle.fleet_upgrade_run) with C(action=precheck), or M(vcf.lifecycle.sddc_precheck), has
        returned; the registered variable. Of a loop all results count. Nothing in it is no result.
    type: dict
    required: true
  acknowledgements:
    description:
      - The warnings that somebody takes upon himself. They acknowledge warnings only, and only those that have an id.
    type: list
    elements: dict
    default: []
    suboptions:
      id:
        description:
          - A regular expression, which must match the whole id of a finding.
        type: str
        required: true
      reason:
        description:
          - Why the warning does not matter.
        type: str
        required: true
      by:
        description:
          - Who says so.
        type: str
        required: true
      expires:
        description:
          - Until when that holds, in ISO 8601 with a zone; or a day, which counts until it ends in UTC. Without it, it
            holds for good.
        type: str
  now:
    description:
      - The moment to judge by, in ISO 8601 with a zone. Without it, it is now.
    type: str
  check_mode:
    description:
      - Whether the result comes from check mode, such as C(ansible_check_mode). There is no verdict then on prechecks
        that would be run.
    type: bool
    default: false
seealso:
  - module: vcf.lifecycle.fleet_upgrade_run
  - module: vcf.lifecycle.sddc_precheck
  - name: vcf.lifecycle.precheck_gate
    description: The role, which stops a play where the prechecks block.
    link: https://github.com/vcf-lifecycle/vcf.lifecycle/blob/main/roles/precheck_gate/README.md
"""

EXAMPLES = r"""
- name: Show what blocks
  ansible.builtin.debug:
    msg: "{{ (checked | vcf.lifecycle.precheck_gate(acknowledgements=taken)).message }}"
  vars:
    checked:
      error_count: 0
      warning_count: 1
      findings: [{id: CERT-EXPIRY-30, severity: WARNING, description: A certificate expires in 30 days.}]
    taken:
      - {id: CERT-EXPIRY-\d+, reason: It is replaced next week., by: K. Lindqvist, expires: "2026-11-30"}
"""

RETURN = r"""
_value:
  description: The verdict. The role P(vcf.lifecycle.task_report#role) takes it as C(task_report_gate).
  type: dict
  contains:
    passed:
      description: Whether nothing blocks; null where prechecks were only predicted.
      type: bool
    errors:
      description: How many errors there are, counted or described.
      type: int
    warnings:
      description: How many warnings there are, counted or described.
      type: int
    findings:
      description: >-
        All that was found, each with C(id), C(severity), C(message), C(resolution), C(resource) and C(acknowledged).
        What the result does not describe is among them.
      type: list
      elements: dict
    blocking:
      description: Those of them that block.
      type: list
      elements: dict
    acknowledgements:
      description: The acknowledgements that were used, as they were given.
      type: list
      elements: dict
    expired:
      description: Those that have expired.
      type: list
      elements: dict
    unused:
      description: Those that have not, and are about nothing that was found.
      type: list
      elements: dict
    message:
      description: The verdict for a person, with what blocks and what to do about it.
      type: str
"""


def precheck_gate(
    result: Any, acknowledgements: Any = None, now: Any = None, check_mode: bool = False
) -> dict[str, Any]:
    """Return the verdict on what prechecks have found.

    :raises AnsibleFilterError: naming what is wrong with an acknowledgement.
    """
    try:
        return verdict_of(plain(result), plain(acknowledgements), plain(now), check_mode=bool(check_mode))
    except GateError as error:
        raise AnsibleFilterError(str(error)) from error


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return them by name."""
        return {"precheck_gate": precheck_gate}

# SPDX-License-Identifier: GPL-3.0-or-later
"""What a job leaves for the jobs after it."""

from __future__ import annotations

DOCUMENTATION = r"""
name: artifacts
short_description: Makes of a run what the jobs after it in a workflow are told
version_added: 0.1.0
author:
  - vcf.lifecycle contributors (@vcf-lifecycle)
description:
  - Makes of what the modules of the collection returned the data for M(ansible.builtin.set_stats), which AWX and
    Automation Platform keep as a job's artifacts, and hand to the jobs after it in a workflow as variables.
  - It is small, whatever has happened, and secrets are masked as in the report.
positional: _input, host
options:
  _input:
    description: What the modules returned; registered variables, also of loops.
    type: list
    elements: raw
    required: true
  host:
    description: The host that they were for.
    type: str
    required: true
  outcome:
    description: How it went, in one word. Without it the worst of what was seen counts.
    type: str
    default: ""
  message:
    description: How it went, in a sentence.
    type: str
    default: ""
  secrets:
    description: Texts to mask wherever they appear. Those of fewer than eight characters are not looked for.
    type: list
    elements: str
seealso:
  - plugin: vcf.lifecycle.report
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Wait for tonight's upgrade
  vcf.lifecycle.task_wait:
    task_id: "{{ upgrade_task }}"
  register: waited

- name: Leave what has come of it for the jobs after this one
  ansible.builtin.set_stats:
    data: "{{ [waited] | vcf.lifecycle.artifacts(inventory_hostname) }}"
"""

RETURN = r"""
_value:
  description:
    - C(vcf_outcome) and C(vcf_summary), each with the host as its key, so that what hosts leave adds up.
    - An outcome is as in the report, or V(nothing_to_do) where there was no task.
    - A summary has C(message), C(began_at), C(last_event_at), C(seconds), C(states), C(task_ids) (100 at
      most) and C(root_causes) (10 at most).
  type: dict
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.vcf.lifecycle.plugins.plugin_utils.artifacts import artifacts


class FilterModule:
    """vcf.lifecycle.artifacts."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"artifacts": artifacts}

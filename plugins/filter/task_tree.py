# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter task_tree."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.vcf.lifecycle.plugins.plugin_utils.task_text import WIDTH, TextError
from ansible_collections.vcf.lifecycle.plugins.plugin_utils.task_tree import tree

DOCUMENTATION = r"""
name: task_tree
short_description: Show a task with its stages as a tree
version_added: 0.1.0
author:
  - vcf.lifecycle contributors (@vcf-lifecycle)
description:
  - Shows a task with its stages and sub-tasks as a tree of plain text; each line says the state, and how long it took
    or has been going on.
  - The innermost stage that failed is marked. Why it failed, and what to do about it, is below it.
  - Several tasks make several trees, with an empty line between them. Where there are none, it says so, V(No tasks.).
notes:
  - The list of tasks of V(service=fleet_lcm) and V(service=sddc_lcm) shows no stages. Ask
    P(vcf.lifecycle.task_info#module) by id, or with O(vcf.lifecycle.task_info#module:details=true).
positional: _input
options:
  _input:
    description:
      - The tasks. That is the whole result of a module of the collection, its list
        RV(vcf.lifecycle.task_info#module:tasks), or a single task.
    type: raw
    required: true
  width:
    description:
      - How many columns the tree may take, at least 80. What does not fit is cut, and ends with V(…).
      - Where P(ansible.builtin.debug#module) shows the lines as a list, it needs 12 columns itself.
    type: int
    default: 120
  now:
    description:
      - The moment until which what is going on has taken its time, in ISO 8601 with a zone. Without it, it is now.
    type: str
seealso:
  - plugin: vcf.lifecycle.task_table
    plugin_type: filter
  - plugin: vcf.lifecycle.duration
    plugin_type: filter
  - module: vcf.lifecycle.task_info
"""

EXAMPLES = r"""
- name: Look at a task
  vcf.lifecycle.task_info:
    task_id: 0198c2f4-5a6b-7c3d-9e10-2f4a6b8c0d1e
  register: looked

- name: Show it
  ansible.builtin.debug:
    msg: "{{ (looked | vcf.lifecycle.task_tree(width=108)).splitlines() }}"
"""

RETURN = r"""
_value:
  description: The tree, its lines separated by line feeds.
  type: str
  sample: |-
    upgrade-vcf-fleet-depot (0198c2f4-5a6b-7c3d-9e10-2f4a6b8c0d1e): FAILED, 30m
    ├─ download: SUCCEEDED, 10m
    ├─ install: FAILED, 15m
    │  ├─ unpack: SUCCEEDED, 2m
    │  └─ apply: FAILED, 13m  <-- failed here
    │        SYNC-4: Two nodes disagree.
    │        Remediation: Restart one of them.
    └─ verify: PENDING
"""


def task_tree(tasks: Any, width: Any = WIDTH, now: Any = None) -> str:
    """Return tasks as trees of plain text.

    :raises AnsibleFilterError: naming what is wrong with what is given.
    """
    try:
        return tree(tasks, width, now)
    except TextError as error:
        raise AnsibleFilterError(f"task_tree: {error}.") from error


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return them by name."""
        return {"task_tree": task_tree}

# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter task_table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.vcf.lifecycle.plugins.plugin_utils.task_table import table
from ansible_collections.vcf.lifecycle.plugins.plugin_utils.task_text import WIDTH, TextError

DOCUMENTATION = r"""
name: task_table
short_description: Show tasks as a table
version_added: 0.1.0
author:
  - vcf.lifecycle contributors (@vcf-lifecycle)
description:
  - Shows tasks as a table of plain text, a line for each, in the order in which they are given.
  - Each line says state and percentage, id, name, when the task began in UTC, how long it took or has been going on,
    and the stage that it is in, or why it failed.
  - Where there are none, it says so, V(No tasks.).
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
      - How many columns the table may take, at least 80. What does not fit is cut, and ends with V(…).
      - Where P(ansible.builtin.debug#module) shows the lines as a list, it needs 12 columns itself.
    type: int
    default: 120
  now:
    description:
      - The moment until which what is going on has taken its time, in ISO 8601 with a zone. Without it, it is now.
    type: str
seealso:
  - plugin: vcf.lifecycle.task_tree
    plugin_type: filter
  - plugin: vcf.lifecycle.duration
    plugin_type: filter
  - module: vcf.lifecycle.task_info
"""

EXAMPLES = r"""
- name: Look at what is going on
  vcf.lifecycle.task_info:
    states: [PENDING, SCHEDULED, RUNNING, CANCELING, BLOCKED]
  register: going_on

- name: Show it
  ansible.builtin.debug:
    msg: "{{ (going_on | vcf.lifecycle.task_table(width=108)).splitlines() }}"

- name: Write it down
  ansible.builtin.copy:
    content: "{{ going_on | vcf.lifecycle.task_table }}\n"
    dest: going_on.txt
    mode: "0644"
"""

RETURN = r"""
_value:
  description: The table, its lines separated by line feeds.
  type: str
  sample: |-
    STATE        ID                                    NAME                    BEGAN (UTC)       TIME  STAGE/ERROR
    FAILED       0198c2f4-5a6b-7c3d-9e10-2f4a6b8c0d1e  upgrade-vcf-depot       2026-11-21 22:00  30m   SYNC-4: Two node…
    RUNNING 50%  0198c2f4-5a6b-7c3d-9e10-2f4a6b8c0d1f  upgrade-vcf-operations  2026-11-21 22:00  45m   upgrade-binaries
"""


def task_table(tasks: Any, width: Any = WIDTH, now: Any = None) -> str:
    """Return tasks as a table of plain text.

    :raises AnsibleFilterError: naming what is wrong with what is given.
    """
    try:
        return table(tasks, width, now)
    except TextError as error:
        raise AnsibleFilterError(f"task_table: {error}.") from error


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return them by name."""
        return {"task_table": task_table}

# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the options of module_utils/options.py: SELECTION_SPEC and ALLOW_MULTIPLE_SPEC."""

from __future__ import annotations


class ModuleDocFragment:
    """Which tasks."""

    DOCUMENTATION = r"""
options:
  task_ids:
    description:
      - Ids of the tasks. Excludes the filters.
    type: list
    elements: str
    aliases: [task_id]
  states:
    description:
      - Only tasks in one of these states.
    type: list
    elements: str
    choices:
      - PENDING
      - SCHEDULED
      - RUNNING
      - CANCELING
      - BLOCKED
      - SUCCEEDED
      - WARNING
      - FAILED
      - CANCELED
      - SKIPPED
      - UNKNOWN
  name:
    description:
      - Only tasks whose name contains this text, in upper or lower case.
    type: str
  type:
    description:
      - Only tasks of exactly this type, a word of the service. For V(service=vcenter) the name of the service that
        runs the task, such as V(com.vmware.content.library); vCenter lists tasks only by that or by O(task_ids).
    type: str
  resource_id:
    description:
      - Only tasks that work on the resource with this id.
    type: str
  resource_type:
    description:
      - Only tasks that work on a resource of exactly this type, a word of the service.
    type: str
  created_by:
    description:
      - Only tasks that this user or service account created. V(sddc_manager) does not say who created a task.
    type: str
  correlation_id:
    description:
      - Only tasks with this correlation id. V(sddc_manager) has none.
    type: str
  created_after:
    description:
      - Only tasks created after this time, in ISO 8601. Without a zone it is UTC.
    type: str
  created_before:
    description:
      - Only tasks created before this time, in ISO 8601. Without a zone it is UTC.
    type: str
  ended_after:
    description:
      - Only tasks that ended after this time, in ISO 8601. Without a zone it is UTC.
    type: str
  include_system_tasks:
    description:
      - Whether the filters also see tasks that the service hides by default. V(sddc_manager) hides none.
    type: bool
    default: false
  limit:
    description:
      - At most so many tasks, the newest first.
    type: int
"""

    WRITING = r"""
options:
  allow_multiple:
    description:
      - Whether filters may match more than one task. Without it the module then fails before it sends anything.
    type: bool
    default: false
"""

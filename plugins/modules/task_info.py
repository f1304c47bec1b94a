#!/usr/bin/python
# Copyright: contributors to vcf.lifecycle
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""List tasks, or show some whole."""

from __future__ import annotations

DOCUMENTATION = r"""
module: task_info
short_description: List tasks, or show some whole
version_added: 0.1.0
author:
  - vcf.lifecycle contributors (@vcf-lifecycle)
description:
  - Lists the long-running tasks of a VMware Cloud Foundation service, or shows some of them whole.
  - Tasks of all services have the same shape and the same states, whatever the service calls them.
  - All pages of a list are read, always.
options:
  details:
    description:
      - Whether tasks found by filters have their stages too. Tasks given by id always have.
      - For V(service=fleet_lcm) this costs one more request for each task.
    type: bool
    default: false
  raw:
    description:
      - Whether each task also has C(raw), the service's own body with secrets masked.
    type: bool
    default: false
  blocking:
    description:
      - Whether to say, in RV(blocking), which tasks would make an upgrade of the service refuse to begin.
      - Without this option that is said where the module reads the list of all tasks anyway, that is without
        O(task_ids), and without filters that the service applies itself (O(type), O(resource_id), O(resource_type) and
        O(created_by), as far as it can).
      - With O(blocking=true) the list of all tasks is read in any case; V(vcenter) has none, and the module then fails
        unless O(type) says of which service the list is.
      - For V(service=fleet_lcm) and V(service=sddc_lcm) it costs one more request for each of the newest failures that
        block, at most five, to say why they failed.
    type: bool
extends_documentation_fragment:
  - vcf.lifecycle.connection
  - vcf.lifecycle.connection.short_outage
  - vcf.lifecycle.selection
  - vcf.lifecycle.attributes
  - vcf.lifecycle.attributes.actiongroup
  - vcf.lifecycle.attributes.info
seealso:
  - module: vcf.lifecycle.task_wait
  - module: vcf.lifecycle.task_cancel
  - module: vcf.lifecycle.task_retry
"""

EXAMPLES = r"""
- name: List what is going on
  vcf.lifecycle.task_info:
    service: fleet_lcm
    hostname: fleet.example.com
    username: admin@vsp.local
    password: "{{ fleet_password }}"
    states: [PENDING, SCHEDULED, RUNNING]
  register: going_on

- name: Show one task whole, with its stages and the reasons of a failure
  vcf.lifecycle.task_info:
    service: fleet_lcm
    hostname: fleet.example.com
    username: admin@vsp.local
    password: "{{ fleet_password }}"
    task_id: 0198c2f4-5a6b-7c3d-9e10-2f4a6b8c0d1e

- name: List what has failed in SDDC Manager since the change window opened
  vcf.lifecycle.task_info:
    service: sddc_manager
    hostname: sddc-manager.example.com
    username: administrator@vsphere.local
    password: "{{ sddc_manager_password }}"
    states: [FAILED]
    ended_after: "2026-11-21T22:00:00+01:00"

- name: See what would make an upgrade refuse
  vcf.lifecycle.task_info:
    service: sddc_manager
    hostname: sddc-manager.example.com
    username: administrator@vsphere.local
    password: "{{ sddc_manager_password }}"
    blocking: true
  register: before

- name: Stop when something blocks
  ansible.builtin.assert:
    that: before.blocking | length == 0
    fail_msg: "{{ before.blocking | map(attribute='reason') | join(' ') }}"
"""

RETURN = r"""tasks:
  description: The tasks.
  returned: always
  type: list
  elements: dict
  contains:
    id:
      description: Id of the task at its service.
      type: str
      returned: always
    name:
      description: Name of the task.
      type: str
      returned: always
    service:
      description: The service that owns the task.
      type: str
      returned: always
    type:
      description: Type of the task, a word of the service.
      type: str
      returned: always
    description:
      description: What the task is for.
      type: str
      returned: always
    state:
      description:
        - How far the task has come, in the collection's vocabulary.
        - V(PENDING), V(SCHEDULED), V(RUNNING), V(CANCELING) and V(BLOCKED) are going on; V(SUCCEEDED), V(WARNING),
          V(FAILED), V(CANCELED) and V(SKIPPED) are ends; V(UNKNOWN) is a status that the collection does not know,
          never an end and never success.
      type: str
      returned: always
    status:
      description: The service's own word for it, exactly as sent.
      type: str
      returned: always
    done:
      description: Whether the task has ended.
      type: bool
      returned: always
    progress_percent:
      description: The service's own figure where it has one, else the share of innermost stages that have ended.
      type: int
      returned: always
    created_at:
      description: When the task was created, in ISO 8601, in UTC.
      type: str
      returned: always
    started_at:
      description: When the task was started.
      type: str
      returned: always
    updated_at:
      description: When the service last changed something about the task.
      type: str
      returned: always
    ended_at:
      description: When the task ended.
      type: str
      returned: always
    duration_seconds:
      description: How long the task took; null until it has ended.
      type: float
      returned: always
    created_by:
      description: User or service account that created the task.
      type: str
      returned: always
    resource:
      description: The first of C(resources), or null.
      type: dict
      returned: always
    resources:
      description: What the task works on, each with C(id), C(type) and C(name).
      type: list
      elements: dict
      returned: always
    parent_id:
      description: Id of the task that this one is a part of.
      type: str
      returned: always
    correlation_id:
      description: Id that relates the task to others.
      type: str
      returned: always
    cancellable:
      description: Whether the service says that the task can be cancelled now.
      type: bool
      returned: always
    retriable:
      description: Whether the service says that the task can be retried now.
      type: bool
      returned: always
    current_stage:
      description: Name of the innermost stage that is going on.
      type: str
      returned: always
    stages:
      description: >-
        The steps of the task, each with C(id), C(name), C(description), C(state), C(status), C(started_at),
        C(ended_at), C(messages), C(errors) and its own C(stages).
      type: list
      elements: dict
      returned: always
    subtasks:
      description: Tasks of this same shape that are parts of this one, where the service has them.
      type: list
      elements: dict
      returned: always
    messages:
      description: What the service wrote about the task, each with C(level), C(timestamp), C(text) and C(code).
      type: list
      elements: dict
      returned: always
    errors:
      description: >-
        The errors of the task itself, each with C(code), C(message), C(remediation), C(reference), C(cause) and
        C(where), the path of stages that leads to it.
      type: list
      elements: dict
      returned: always
    root_causes:
      description: The innermost errors, wherever they were buried, in the shape of C(errors).
      type: list
      elements: dict
      returned: always
    prechecks:
      description: >-
        Verdicts of prechecks, where the task ran some; C(status), C(total), C(by_status), C(by_severity),
        C(report_url) and C(groups), whose C(prechecks) have an C(issue) with C(id), C(severity), C(message) and
        C(resolution).
      type: dict
      returned: always
    result:
      description: What the task produced, in the service's own shape.
      type: raw
      returned: always
    additional_details:
      description: What else the service says of the task, in its own shape.
      type: raw
      returned: always
    estimated_remaining_seconds:
      description: >-
        How long the task may still take; the service's own figure where it has one, else an estimate by earlier tasks
        of the same type.
      type: int
      returned: always

summary:
  description: How many tasks there are.
  returned: success
  type: dict
  contains:
    total:
      description: How many in all.
      type: int
      returned: always
    by_state:
      description: How many in each state.
      type: dict
      returned: always
missing:
  description:
    - Ids that the service does not know. That is no failure.
    - There is a warning for those that another service at the same address is seen to know, as far as they are the
      first five.
  returned: success
  type: list
  elements: str
blocking:
  description:
    - The tasks that would make an upgrade of the service refuse to begin, the newest first; those that have not ended,
      and those that failed and are not resolved. It is about all tasks of the service, whichever O(task_ids), filters
      and O(limit) select, but about those that the service hides only with O(include_system_tasks=true). For
      V(service=vcenter) it is about the tasks of O(type).
    - A failure is resolved when the service says so (V(sddc_manager) does, in C(resolutionStatus)). Where the service
      says nothing of it, a failure is resolved when tasks of the same type that were created after it have ended as
      V(SUCCEEDED) or V(WARNING) on all that it works on; if the service does not say what that is, when one of the same
      name has.
    - Null where it is not asked for; see O(blocking).
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: Id of the task at its service.
      type: str
      returned: always
    name:
      description: Name of the task.
      type: str
      returned: always
    type:
      description: Type of the task, a word of the service.
      type: str
      returned: always
    state:
      description: How far the task has come, as in RV(tasks[].state).
      type: str
      returned: always
    status:
      description: The service's own word for it, exactly as sent.
      type: str
      returned: always
    resource:
      description: The first of what the task works on, with C(id), C(type) and C(name), or null.
      type: dict
      returned: always
    reason:
      description: Why the task blocks, as a sentence for a person.
      type: str
      returned: always
      sample: "It failed and is not resolved: The name does not resolve (LCM_DNS_ERROR)."

msg:
  description: What failed, where in the task, and what to do about it, for a person.
  returned: failure
  type: str
failure:
  description: Why the module failed, for a playbook to decide on. RV(msg) says the same to a person.
  returned: failure
  type: dict
  contains:
    kind:
      description: >-
        One of V(options), V(authentication), V(authorization), V(not_found), V(not_allowed), V(unsupported),
        V(task_failed), V(task_canceled), V(timeout), V(unreachable), V(lost_contact), V(invalid_response).
      type: str
      returned: always
    service:
      description: The service that was asked.
      type: str
      returned: always
    task_id:
      description: The task that it is about.
      type: str
      returned: always
    http_status:
      description: The HTTP status of the answer, where there was one.
      type: int
      returned: always
    code:
      description: The error code of the service, or of the task's first root cause.
      type: str
      returned: always
    message:
      description: What failed, and where.
      type: str
      returned: always
    remediation:
      description: What the service advises to do.
      type: str
      returned: always
    reference:
      description: The token by which the vendor's support finds the error in the logs.
      type: str
      returned: always
"""

from ansible_collections.vcf.lifecycle.plugins.module_utils.operations import info
from ansible_collections.vcf.lifecycle.plugins.module_utils.runner import LifecycleModule, run_module


def main() -> None:
    """Run the module."""
    module = LifecycleModule(argument_spec=info.ARGUMENT_SPEC, supports_check_mode=True)
    run_module(module, info.run)


if __name__ == "__main__":
    main()

#!/usr/bin/python
# Copyright: contributors to vcf.lifecycle
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Report in vCenter on a task that is done elsewhere."""

from __future__ import annotations

DOCUMENTATION = r"""
module: extension_task
short_description: Report in vCenter on a task that is done elsewhere
version_added: 0.1.0
author:
  - vcf.lifecycle contributors (@vcf-lifecycle)
description:
  - Creates an extension task in vCenter, or reports on one, so that people see in the vSphere Client what a playbook
    is doing.
  - Sends only what vCenter does not know already, where it lets the task be read.
  - vCenter calls this API a feature in development; it may change.
options:
  service:
    description:
      - Extension tasks are vCenter's.
    type: str
    required: false
    default: vcenter
    choices: [vcenter]
  task_id:
    description:
      - Id of the task to report on. Without it a task is created.
    type: str
  state:
    description:
      - How far the task has come. A task that has ended can not change any more.
    type: str
    choices: [PENDING, RUNNING, BLOCKED, SUCCEEDED, FAILED]
  percent:
    description:
      - How much of the work is done. It can only grow.
    type: dict
    suboptions:
      total:
        description:
          - How much there is to do, in whatever unit.
        type: int
        required: true
      completed:
        description:
          - How much of that is done, from 0 to O(percent.total).
        type: int
        required: true
  description:
    description:
      - What the task is for; a text, or the API's whole structure C(LocalizableMessage).
    type: raw
  error:
    description:
      - Why the task failed; a text, or the API's whole structure of an error. Required with O(state=FAILED), and only
        possible with it.
    type: raw
  result:
    description:
      - What the task has produced so far. Not with O(state=PENDING).
    type: raw
  start_time:
    description:
      - When the task was started, in ISO 8601. Without a zone it is UTC. Not with O(state=PENDING).
    type: str
  end_time:
    description:
      - When the task ended, in ISO 8601. Without a zone it is UTC. Only with O(state=SUCCEEDED) and O(state=FAILED).
    type: str
attributes:
  diff_mode:
    details:
      - It shows what is reported, before and after.
  idempotent:
    support: partial
    details:
      - Without O(task_id) each run creates a task. With it, only what vCenter does not know already is sent, where it
        lets the task be read.
extends_documentation_fragment:
  - vcf.lifecycle.connection
  - vcf.lifecycle.connection.short_outage
  - vcf.lifecycle.attributes
  - vcf.lifecycle.attributes.actiongroup
  - vcf.lifecycle.attributes.upgrading
seealso:
  - module: vcf.lifecycle.task_info
  - module: vcf.lifecycle.task_wait
"""

EXAMPLES = r"""
- name: Show in vCenter that the backup has begun
  vcf.lifecycle.extension_task:
    hostname: vcenter.example.com
    username: administrator@vsphere.local
    password: "{{ vcenter_password }}"
    state: RUNNING
    description: Backup of the management domain
    percent:
      total: 4
      completed: 0
  register: backup

- name: Show that it has failed
  vcf.lifecycle.extension_task:
    hostname: vcenter.example.com
    username: administrator@vsphere.local
    password: "{{ vcenter_password }}"
    task_id: "{{ backup.task_id }}"
    state: FAILED
    error: The backup server is full.
"""

RETURN = r"""task_id:
  description: Id of the task; null in check mode for one that would be created.
  returned: success
  type: str

tasks:
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

from ansible_collections.vcf.lifecycle.plugins.module_utils.operations import extension
from ansible_collections.vcf.lifecycle.plugins.module_utils.runner import LifecycleModule, run_module


def main() -> None:
    """Run the module."""
    module = LifecycleModule(argument_spec=extension.ARGUMENT_SPEC, supports_check_mode=True)
    run_module(module, extension.run)


if __name__ == "__main__":
    main()

#!/usr/bin/python
# Copyright: contributors to vcf.lifecycle
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wait until tasks have ended."""

from __future__ import annotations

DOCUMENTATION = r"""
module: task_wait
short_description: Wait until tasks have ended
version_added: 0.1.0
author:
  - vcf.lifecycle contributors (@vcf-lifecycle)
description:
  - Waits until long-running tasks of a VMware Cloud Foundation service have ended, and fails if they did not end well.
  - Rides out outages of the service, logs in again when its token expires, and never takes an unknown status, an
    outage or a timeout for success or for failure.
  - Shows progress while it waits, when it runs inside the controller.
  - In check mode it reports the tasks once, and does not wait.
extends_documentation_fragment:
  - vcf.lifecycle.connection
  - vcf.lifecycle.connection.long_outage
  - vcf.lifecycle.selection
  - vcf.lifecycle.waiting
  - vcf.lifecycle.waiting.on_timeout
  - vcf.lifecycle.waiting.pace
  - vcf.lifecycle.attributes
  - vcf.lifecycle.attributes.actiongroup
  - vcf.lifecycle.attributes.watching
seealso:
  - module: vcf.lifecycle.task_info
  - module: vcf.lifecycle.task_cancel
  - module: vcf.lifecycle.task_retry
"""

EXAMPLES = r"""
- name: Wait for an upgrade, at most until the change window ends
  vcf.lifecycle.task_wait:
    service: fleet_lcm
    hostname: fleet.example.com
    username: admin@vsp.local
    password: "{{ fleet_password }}"
    task_id: 0198c2f4-5a6b-7c3d-9e10-2f4a6b8c0d1e
    timeout: 28800
    deadline: "2026-11-22T04:00:00+01:00"
    stall_after: 3600

- name: Wait until nothing is going on any more, however it ends
  vcf.lifecycle.task_wait:
    service: fleet_lcm
    hostname: fleet.example.com
    username: admin@vsp.local
    password: "{{ fleet_password }}"
    states: [PENDING, SCHEDULED, RUNNING]
    accept_states: [SUCCEEDED, WARNING, SKIPPED, FAILED, CANCELED]
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

states:
  description: The state of each task, by id.
  returned: always
  type: dict
elapsed:
  description: Seconds that the module has waited.
  returned: always
  type: float
polls:
  description: How often it has looked at the tasks.
  returned: always
  type: int
requests:
  description: How many requests it has sent, logins included.
  returned: always
  type: int
timed_out:
  description: Whether time ran out before the tasks had ended.
  returned: always
  type: bool
lost_contact:
  description: Whether the service was out of contact in the end, so that the tasks are as they were last seen.
  returned: always
  type: bool
outages:
  description: How many outages there were.
  returned: always
  type: int
outage_seconds:
  description: How many seconds the outages lasted, all together.
  returned: always
  type: float
longest_outage_seconds:
  description: How many seconds the longest outage lasted.
  returned: always
  type: float

cancelled:
  description: Ids of the tasks that are canceled.
  returned: when O(on_timeout=cancel) and time ran out
  type: list
  elements: str
finished_first:
  description: Ids of the tasks that ended otherwise before a cancel could take effect.
  returned: when O(on_timeout=cancel) and time ran out
  type: list
  elements: str
still_canceling:
  description: Ids of the tasks whose cancel has been requested and that have not ended yet.
  returned: when O(on_timeout=cancel) and time ran out
  type: list
  elements: str
not_cancellable:
  description: Ids of the tasks that are going on and can not be cancelled.
  returned: when O(on_timeout=cancel) and time ran out
  type: list
  elements: str

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

from ansible_collections.vcf.lifecycle.plugins.module_utils.operations import wait
from ansible_collections.vcf.lifecycle.plugins.module_utils.runner import LifecycleModule, run_module


def main() -> None:
    """Run the module."""
    module = LifecycleModule(argument_spec=wait.ARGUMENT_SPEC, supports_check_mode=True)
    run_module(module, wait.run)


if __name__ == "__main__":
    main()

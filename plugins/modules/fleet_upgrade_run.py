#!/usr/bin/python
# Copyright: contributors to vcf.lifecycle
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Take one step of an upgrade of Fleet LCM, once, and verify what it has come to."""

from __future__ import annotations

DOCUMENTATION = r"""
module: fleet_upgrade_run
short_description: Take one step of an upgrade of Fleet LCM, once, and verify what it has come to
version_added: 0.1.0
author:
  - vcf.lifecycle contributors (@vcf-lifecycle)
description:
  - Synchronizes the depot, upgrades Fleet LCM itself, or configures, prechecks or applies an upgrade plan; waits for
    the task, and fails if it did not end well.
  - Begins nothing where there is nothing to do, and where an equal run is going on already, whoever has begun it, it
    adopts that; RV(adopted) says so. So a playbook that was stopped in the middle can simply be run again.
  - A request whose answer was lost is sent again only after the service does not show what it would have made.
  - After an upgrade, gone well or failed, the versions that there really are are read again. Tasks have been seen to
    fail though their work was done, and to succeed though it was not; RV(outcome) tells these apart, and RV(verified)
    shows the versions. That the service answers again is never success.
  - Rides out the restart of the service in its own upgrade, as long as O(max_outage) allows.
  - The verdict of a precheck are the issues that it has found, and not the status of its task. Errors fail the module;
    warnings do not. RV(prechecks) has them all.
options:
  action:
    description:
      - The step to take.
      - V(sync_depot) has the metadata of the depot synchronized; with O(target_version) only if that version is not
        known yet.
      - V(system) upgrades Fleet LCM itself to O(target_version). It comes before the components; later releases are
        hidden until then.
      - V(configure) makes ready what the plan needs; there is nothing to do where the plan is ready and shows the same
        O(user_input).
      - V(precheck) checks the components that are not on target yet, each time anew.
      - V(apply) upgrades the components that are not on target yet, in the order of their dependencies.
    type: str
    required: true
    choices: [sync_depot, system, configure, precheck, apply]
  target_version:
    description:
      - With O(action=system), the version that Fleet LCM itself is to have. Required there.
      - With O(action=sync_depot), a version that the depot has to know, of a release, of Fleet LCM or of a component.
        Without it, the depot is synchronized each time.
    type: str
  plan_id:
    description:
      - The plan that O(action) is for. Without it, the only one there is.
    type: str
  components:
    description:
      - Types or ids of the components of the plan that O(action) is for. Without it, all; then those that are not
        eligible are left out with a warning.
    type: list
    elements: str
  user_input:
    description:
      - What the components need to be given for the upgrade, as a dictionary by type or id, for example
        C(fqdn) for C(OPS_LOGS).
      - It may hold secrets, and is never shown. Whether a secret has changed can not be seen, since the service's
        answers are masked; so a changed secret alone is not taken for something to configure.
    type: json
  accept_failed_but_on_target:
    description:
      - Whether RV(outcome=failed_but_on_target), a failed task after which everything has its version, is success.
    type: bool
    default: false
  wait:
    description:
      - Whether to follow the task to its end, and verify. Without it the module returns as soon as the task is there.
    type: bool
    default: true
attributes:
  check_mode:
    details:
      - It predicts whether the step would begin anything. What a precheck would find, it can not know.
  diff_mode:
    details:
      - It shows the versions before and after; of a step that changes none, the state of its task.
  idempotent:
    support: partial
    details:
      - Full with O(action=system), O(action=configure) and O(action=apply). Each run with O(action=precheck) checks
        anew, unless a check goes on already; so does O(action=sync_depot) without O(target_version).
extends_documentation_fragment:
  - vcf.lifecycle.connection.fleet
  - vcf.lifecycle.connection
  - vcf.lifecycle.connection.long_outage
  - vcf.lifecycle.waiting.on_timeout
  - vcf.lifecycle.waiting.pace
  - vcf.lifecycle.attributes
  - vcf.lifecycle.attributes.actiongroup
  - vcf.lifecycle.attributes.upgrading
seealso:
  - module: vcf.lifecycle.fleet_upgrade_info
  - module: vcf.lifecycle.fleet_upgrade_plan
  - module: vcf.lifecycle.task_info
  - module: vcf.lifecycle.task_wait
"""

EXAMPLES = r"""
- name: Upgrade Fleet LCM itself
  vcf.lifecycle.fleet_upgrade_run:
    hostname: fleet.example.com
    username: admin@vsp.local
    password: "{{ fleet_password }}"
    action: system
    target_version: 9.1.0.0400.25570101
    timeout: 14400

- name: Check whether the plan can be applied
  vcf.lifecycle.fleet_upgrade_run:
    hostname: fleet.example.com
    username: admin@vsp.local
    password: "{{ fleet_password }}"
    action: precheck
  register: checked

- name: Apply it, at most until the change window ends
  vcf.lifecycle.fleet_upgrade_run:
    hostname: fleet.example.com
    username: admin@vsp.local
    password: "{{ fleet_password }}"
    action: apply
    timeout: 86400
    deadline: "2026-11-22T04:00:00+01:00"
    accept_failed_but_on_target: true
"""

RETURN = r"""adopted:
  description: Whether an equal run was going on already, and nothing was begun.
  returned: always
  type: bool
outcome:
  description:
    - What the step has come to. V(succeeded), V(succeeded_with_warnings), V(failed), V(failed_but_on_target),
      V(succeeded_but_not_on_target), V(canceled), V(timeout) or V(lost_contact).
    - Null where that is not known; in check mode, without O(wait), and where nothing could be begun.
  returned: always
  type: str
verified:
  description: >-
    The versions of what was to be upgraded, as they were read again in the end; with O(action=system) and
    O(action=apply). The keys are the types of the components, or their ids where a plan has several of a type, and
    V(VCF_FLEET_LCM) for Fleet LCM itself. Each has C(expected) and C(actual), which is null where it could not be read.
  returned: always
  type: dict
  sample:
    OPS:
      expected: 9.1.0.0400.25541561
      actual: 9.1.0.0400.25541561
prechecks:
  description: What the prechecks have found; null for other actions, and where there is no result.
  returned: always
  type: dict
  contains:
    errors:
      description: How many findings block.
      type: int
      returned: always
    warnings:
      description: How many warn.
      type: int
      returned: always
    findings:
      description: >-
        All of them, each with C(id), C(severity), C(message), C(resolution), C(group), C(check), C(resource_id) and
        C(resource_name).
      type: list
      elements: dict
      returned: always

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

from ansible_collections.vcf.lifecycle.plugins.module_utils.operations import fleet_upgrade_run
from ansible_collections.vcf.lifecycle.plugins.module_utils.runner import LifecycleModule, run_module


def main() -> None:
    """Run the module."""
    module = LifecycleModule(argument_spec=fleet_upgrade_run.ARGUMENT_SPEC, supports_check_mode=True)
    run_module(module, fleet_upgrade_run.run)


if __name__ == "__main__":
    main()

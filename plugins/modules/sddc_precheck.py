#!/usr/bin/python
# Copyright: contributors to vcf.lifecycle
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run SDDC Manager's checks before the upgrade of a domain."""

from __future__ import annotations

DOCUMENTATION = r"""
module: sddc_precheck
short_description: Run SDDC Manager's checks before the upgrade of a domain
version_added: 0.1.0
author:
  - vcf.lifecycle contributors (@vcf-lifecycle)
description:
  - Runs all checks that SDDC Manager has for the upgrade of a domain, waits until they have ended, and returns what
    they found.
  - What counts is how many errors and warnings were found. That a run succeeded says only that it came to its end; one
    that did not, or that does not say what it found, is never taken for a good one.
  - A run for the same release that goes on already is not started again but followed to its end.
  - A request whose answer was lost is sent again only after SDDC Manager was asked for the last run. One that may have
    been heard is sent again once at most, and never while it may still be under way.
  - Which checks there are can only be asked with a request that is no read. Check mode does not ask; it returns what
    the last run for the same release has found, if there is one, and does not fail because of that.
options:
  domain:
    description:
      - The domain, by its id or its name.
    type: str
    required: true
  target_version:
    description:
      - Version of the release that the domain is to be upgraded to, for example V(9.1.0.0). Without it, the release
        that was chosen for the domain.
    type: str
  rerun_failed:
    description:
      - Whether to run only those checks again that found errors in the last run for the same release. If it found none,
        nothing is run and its result is returned. If there is no such run, all checks are run.
    type: bool
    default: false
  fail_on_errors:
    description:
      - Whether to fail, with RV(failure.kind=task_failed), when errors were found. Without that, RV(error_count) and
        RV(findings) are for the playbook to decide on. Warnings never fail the module.
    type: bool
    default: true
attributes:
  check_mode:
    details:
      - It predicts whether checks would be run. What they would find, it can not know; it returns what the last run has
        found.
  diff_mode:
    details:
      - It shows the id of the last run, before and after.
  idempotent:
    support: partial
    details:
      - Each run checks anew, unless checks go on already. With O(rerun_failed), nothing is run where the last run has
        found no errors.
extends_documentation_fragment:
  - vcf.lifecycle.connection.sddc
  - vcf.lifecycle.connection
  - vcf.lifecycle.connection.long_outage
  - vcf.lifecycle.waiting.pace
  - vcf.lifecycle.attributes
  - vcf.lifecycle.attributes.actiongroup
  - vcf.lifecycle.attributes.upgrading
seealso:
  - module: vcf.lifecycle.sddc_bundle
  - module: vcf.lifecycle.sddc_upgrade_info
  - module: vcf.lifecycle.sddc_release
  - module: vcf.lifecycle.sddc_upgrade_run
  - module: vcf.lifecycle.task_info
  - module: vcf.lifecycle.task_wait
"""

EXAMPLES = r"""
- name: Check a domain, and stop when there is an error
  vcf.lifecycle.sddc_precheck:
    hostname: sddc-manager.example.com
    username: administrator@vsphere.local
    password: "{{ sddc_manager_password }}"
    domain: sfo-m01
    target_version: 9.1.0.0
  register: checked

- name: Stop at warnings too
  ansible.builtin.assert:
    that: checked.warning_count == 0
    fail_msg: "{{ checked.findings | map(attribute='description') | join(' ') }}"

- name: After mending, run again only what failed
  vcf.lifecycle.sddc_precheck:
    hostname: sddc-manager.example.com
    username: administrator@vsphere.local
    password: "{{ sddc_manager_password }}"
    domain: sfo-m01
    target_version: 9.1.0.0
    rerun_failed: true
"""

RETURN = r"""run_id:
  description: >-
    Id of the run that RV(error_count), RV(warning_count) and RV(findings) are of, and of its task; null where there is
    none.
  returned: always
  type: str
target_version:
  description: Version of the release that the checks are for; null if that was not found out.
  returned: always
  type: str
adopted:
  description: Whether a run was followed that this run of the module has not started.
  returned: always
  type: bool
error_count:
  description: How many errors were found; null while that is not known.
  returned: always
  type: int
warning_count:
  description: How many warnings were found; null while that is not known.
  returned: always
  type: int
findings:
  description: The errors and warnings that were found, as far as the service describes them.
  returned: always
  type: list
  elements: dict
  contains:
    id:
      description: What the service calls the finding, or its check.
      type: str
      returned: always
    severity:
      description: V(ERROR) or V(WARNING).
      type: str
      returned: always
    description:
      description: What was found.
      type: str
      returned: always
    resource:
      description: Where it was found, by name or else by type.
      type: str
      returned: always
    remediation:
      description: What to do about it.
      type: str
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

from ansible_collections.vcf.lifecycle.plugins.module_utils.operations import sddc_precheck
from ansible_collections.vcf.lifecycle.plugins.module_utils.runner import LifecycleModule, run_module


def main() -> None:
    """Run the module."""
    module = LifecycleModule(argument_spec=sddc_precheck.ARGUMENT_SPEC, supports_check_mode=True)
    run_module(module, sddc_precheck.run)


if __name__ == "__main__":
    main()

#!/usr/bin/python
# Copyright: contributors to vcf.lifecycle
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See what SDDC Manager can upgrade, to what, and how far that has come."""

from __future__ import annotations

DOCUMENTATION = r"""
module: sddc_upgrade_info
short_description: See what SDDC Manager can upgrade, to what, and how far that has come
version_added: 0.1.0
author:
  - vcf.lifecycle contributors (@vcf-lifecycle)
description:
  - Shows the domains of an SDDC Manager with their releases, the real versions of what is in them, what they can be
    upgraded with, their upgrades and their last precheck; the bundles; and the tasks that would make an upgrade refuse.
  - For a while after a restart SDDC Manager can not tell what a domain can be upgraded with. That is waited for as an
    outage is, for O(max_outage) at most.
options:
  domain:
    description:
      - Only this domain, by its id or its name. Without it, all domains.
    type: str
extends_documentation_fragment:
  - vcf.lifecycle.connection.sddc
  - vcf.lifecycle.connection
  - vcf.lifecycle.connection.short_outage
  - vcf.lifecycle.attributes
  - vcf.lifecycle.attributes.actiongroup
  - vcf.lifecycle.attributes.info
seealso:
  - module: vcf.lifecycle.sddc_bundle
  - module: vcf.lifecycle.sddc_precheck
  - module: vcf.lifecycle.sddc_release
  - module: vcf.lifecycle.sddc_upgrade_run
  - module: vcf.lifecycle.task_info
  - module: vcf.lifecycle.task_wait
"""

EXAMPLES = r"""
- name: See what there is to upgrade, and what is in the way
  vcf.lifecycle.sddc_upgrade_info:
    hostname: sddc-manager.example.com
    username: administrator@vsphere.local
    password: "{{ sddc_manager_password }}"
    domain: sfo-m01
  register: sddc

- name: Stop while something blocks
  ansible.builtin.assert:
    that: sddc.blocking == []
    fail_msg: "{{ sddc.blocking | map(attribute='reason') | join(' ') }}"

- name: Say what comes next
  ansible.builtin.debug:
    msg: "{{ sddc.domains[0].upgradables | selectattr('status', 'eq', 'AVAILABLE') | map(attribute='component') }}"
"""

RETURN = r"""domains:
  description: The domains.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: Id of the domain.
      type: str
      returned: always
    name:
      description: Name of the domain.
      type: str
      returned: always
    type:
      description: V(MANAGEMENT) or V(VI).
      type: str
      returned: always
    status:
      description: The service's own word for how the domain is.
      type: str
      returned: always
    release:
      description: Version of the release that the domain has.
      type: str
      returned: always
    target_version:
      description: Version of the release that was chosen for the domain; null while none is.
      type: str
      returned: always
    future_releases:
      description: >-
        Other releases, each with C(version), C(status) in the service's own word, C(applicable), C(reasons) why it is
        not, and C(versions), the version of each component that belongs to it.
      type: list
      elements: dict
      returned: always
    versions:
      description: >-
        What is upgraded in the domain, each with C(component), C(id), C(name) and the C(version) that it really has.
        The component is V(SDDC_MANAGER), V(NSX), V(VCENTER) or V(ESX), of which each host is one.
      type: list
      elements: dict
      returned: always
    upgradables:
      description: >-
        What the domain can be upgraded with, now or later, in the service's order; each with C(bundle_id),
        C(component), C(status) in the service's own word (V(AVAILABLE) can be upgraded now), and C(errors). Empty
        without RV(domains[].target_version).
      type: list
      elements: dict
      returned: always
    upgrades:
      description: >-
        The upgrades that were asked for, each with C(id), C(bundle_id), C(component), C(state), C(status) in the
        service's own word, C(task_id), C(scheduled_for) and C(ended_at).
      type: list
      elements: dict
      returned: always
    last_precheck:
      description: >-
        The last run of the checks, or null; with C(id), C(state) and C(status), which say only how far it has come,
        C(target_version), C(started_at), C(ended_at), and C(error_count) and C(warning_count) of what it has found,
        which are null until it has ended.
      type: dict
      returned: always
bundles:
  description: >-
    The bundles that the depot offers, each with C(id), C(type), C(component), C(description), C(version),
    C(from_version), C(to_version), C(size_mb), C(status) of its download in the service's own word, and whether it is
    C(downloaded). The component is V(SDDC_MANAGER), V(DRIFT), V(NSX), V(VCENTER), V(ESX), or a word of the service.
  returned: success
  type: list
  elements: dict
blocking:
  description: >-
    The tasks that would make an upgrade refuse, the newest first, as M(vcf.lifecycle.task_info) has them in its result
    of the same name.
  returned: success
  type: list
  elements: dict

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

from ansible_collections.vcf.lifecycle.plugins.module_utils.operations import sddc_upgrade_info
from ansible_collections.vcf.lifecycle.plugins.module_utils.runner import LifecycleModule, run_module


def main() -> None:
    """Run the module."""
    module = LifecycleModule(argument_spec=sddc_upgrade_info.ARGUMENT_SPEC, supports_check_mode=True)
    run_module(module, sddc_upgrade_info.run)


if __name__ == "__main__":
    main()

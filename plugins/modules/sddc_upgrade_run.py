#!/usr/bin/python
# Copyright: contributors to vcf.lifecycle
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Have SDDC Manager upgrade something of a domain, once, and verify what it has come to."""

from __future__ import annotations

DOCUMENTATION = r"""
module: sddc_upgrade_run
short_description: Have SDDC Manager upgrade something of a domain, once, and verify what it has come to
version_added: 0.1.0
author:
  - vcf.lifecycle contributors (@vcf-lifecycle)
description:
  - Begins one upgrade of a domain, with the bundle that O(bundle_id) or O(component) says; waits for it, and fails if
    it did not end well.
  - Begins nothing where everything has the version that the bundle upgrades to, and where an equal upgrade is going on
    or scheduled already, whoever has asked for it, it adopts that; RV(adopted) says so. So a playbook that was stopped
    in the middle can simply be run again.
  - A bundle has to be downloaded, and SDDC Manager has to offer it as AVAILABLE; M(vcf.lifecycle.sddc_bundle) and
    M(vcf.lifecycle.sddc_precheck) come first. While SDDC Manager can not tell what it offers, as after a restart, that
    is waited for as an outage is.
  - A request whose answer was lost is sent again only after SDDC Manager does not show what it would have made. One
    that may have been heard is sent again once at most, and never while it may still be under way.
  - Both the upgrade and its task are followed, also through the restart of SDDC Manager in its own upgrade, as long as
    O(max_outage) allows. Where one of them has ended and the other does not for a minute, the one that has ended is
    believed, with a warning.
  - After an upgrade, gone well or failed, the versions that there really are are read again. Tasks have been seen to
    fail though their work was done, and to succeed though it was not; RV(outcome) tells these apart, and RV(verified)
    shows the versions. That the service answers again is never success.
  - No version shows that configuration drift was done (O(component=DRIFT)). There a completed upgrade of the domain
    with its bundle counts, and RV(verified) is empty.
options:
  domain:
    description:
      - The domain, by its id or its name.
    type: str
    required: true
  bundle_id:
    description:
      - The bundle to upgrade with. Either this or O(component) is required, and not both.
    type: str
  component:
    description:
      - What is to be upgraded, V(SDDC_MANAGER), V(DRIFT), V(NSX), V(VCENTER), V(ESX), or the service's own word for it.
    type: str
  version:
    description:
      - The version that O(component) is to have. Without it, the one that belongs to the target release, or else the
        one that the only bundle for it upgrades to that the domain is offered.
    type: str
  target_version:
    description:
      - Version of the release that the domain is on its way to, for example V(9.1.0.0), by which SDDC Manager tells
        what it offers. Without it, the release that was chosen for the domain.
    type: str
  schedule_at:
    description:
      - When the upgrade is to begin, as an ISO 8601 time with a zone, such as V(2026-11-22T01:00:00+01:00). Without it,
        at once.
      - O(timeout) then counts from that time on; O(deadline) stays what it is.
      - An equal upgrade that is scheduled already for another time is left as it is, with a warning.
    type: str
  draft:
    description:
      - Whether to make no more than a draft, which waits until somebody commits it. It is not waited for, and no second
        one is made.
      - Run again without this, the draft is committed, to begin at once or at O(schedule_at).
    type: bool
    default: false
  user_input:
    description:
      - What the upgrade needs to be given, as a dictionary with the names that the API has for it. Of the upgrade,
        C(nsxtUpgradeUserInputSpecs), C(vcenterUpgradeUserInputSpecs) and C(parallelUpgrade); of the domain that is
        upgraded, C(esxUpgradeOptionsSpec), C(esxStandaloneHostUpgradeOptionsSpec), C(personalitySpec),
        C(customIsoSpec), C(enableQuickboot), C(evacuateOfflineVms), C(shutdownVms) and C(hostsToUpgrade).
      - It may hold secrets, and is never shown. An upgrade or a draft that there is already keeps what it was made
        with.
    type: json
  accept_failed_but_on_target:
    description:
      - Whether RV(outcome=failed_but_on_target), a failed upgrade after which everything has its version, is success.
    type: bool
    default: false
  wait:
    description:
      - Whether to follow the upgrade to its end, and verify; one that is scheduled is then waited for from its time on.
        Without it the module returns as soon as the upgrade is there.
    type: bool
    default: true
extends_documentation_fragment:
  - vcf.lifecycle.connection.sddc
  - vcf.lifecycle.connection
  - vcf.lifecycle.connection.long_outage
  - vcf.lifecycle.waiting.on_timeout
  - vcf.lifecycle.waiting.pace
  - vcf.lifecycle.attributes
  - vcf.lifecycle.attributes.actiongroup
  - vcf.lifecycle.attributes.upgrading
seealso:
  - module: vcf.lifecycle.sddc_bundle
  - module: vcf.lifecycle.sddc_precheck
  - module: vcf.lifecycle.sddc_upgrade_info
  - module: vcf.lifecycle.sddc_release
  - module: vcf.lifecycle.task_info
  - module: vcf.lifecycle.task_wait
"""

EXAMPLES = r"""
- name: Upgrade SDDC Manager itself
  vcf.lifecycle.sddc_upgrade_run:
    hostname: sddc-manager.example.com
    username: administrator@vsphere.local
    password: "{{ sddc_manager_password }}"
    domain: sfo-m01
    component: SDDC_MANAGER
    timeout: 14400

- name: Have vCenter upgraded at the beginning of the change window, and wait for it
  vcf.lifecycle.sddc_upgrade_run:
    hostname: sddc-manager.example.com
    username: administrator@vsphere.local
    password: "{{ sddc_manager_password }}"
    domain: sfo-w01
    component: VCENTER
    version: 9.1.0.0
    schedule_at: "2026-11-22T01:00:00+01:00"
    timeout: 14400
    user_input:
      vcenterUpgradeUserInputSpecs:
        - resourceId: 5f9c0e1f-7a1e-4a3e-9d4b-4b8a7c1d2e3f
          upgradeMechanism: ReducedDowntimeMigration
          temporaryNetwork:
            ipAddress: 10.0.0.20

- name: Upgrade the hosts, and try again where one can not enter maintenance mode
  vcf.lifecycle.sddc_upgrade_run:
    hostname: sddc-manager.example.com
    username: administrator@vsphere.local
    password: "{{ sddc_manager_password }}"
    domain: sfo-w01
    component: ESX
    timeout: 43200
    accept_failed_but_on_target: true
    user_input:
      esxUpgradeOptionsSpec:
        esxUpgradeFailureAction:
          action: RETRY
          retryDelay: 300
          retryCount: 3
"""

RETURN = r"""adopted:
  description: Whether an equal upgrade, or with O(draft=true) a draft, was there already, and nothing was begun.
  returned: always
  type: bool
outcome:
  description:
    - What the upgrade has come to. V(succeeded), V(succeeded_with_warnings), V(failed), V(failed_but_on_target),
      V(succeeded_but_not_on_target), V(canceled), V(timeout) or V(lost_contact).
    - Null where that is not known; in check mode, without O(wait), with O(draft=true), and where nothing could be
      begun.
  returned: always
  type: str
verified:
  description: >-
    The versions of what was to be upgraded, as they were read again in the end. The key is the component, or where the
    domain has several of it, as hosts, there are their names. Each has C(expected) and C(actual), which is null where
    it could not be read. Empty for what has no version of its own, as V(DRIFT), and where nothing was read.
  returned: always
  type: dict
  sample:
    NSX:
      expected: 9.1.0.0
      actual: 9.1.0.0
upgrade:
  description: >-
    The upgrade, as M(vcf.lifecycle.sddc_upgrade_info) has it; null where there is none.
  returned: always
  type: dict
  contains:
    id:
      description: Id of the upgrade, which may differ from that of its task.
      type: str
      returned: always
    bundle_id:
      description: Id of the bundle.
      type: str
      returned: always
    component:
      description: What is upgraded.
      type: str
      returned: always
    state:
      description: How far it has come, in the collection's vocabulary.
      type: str
      returned: always
    status:
      description: The service's own word for it, exactly as sent.
      type: str
      returned: always
    task_id:
      description: Id of its task.
      type: str
      returned: always
    scheduled_for:
      description: When it is to begin, where that was said.
      type: str
      returned: always
    ended_at:
      description: When it ended.
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

from ansible_collections.vcf.lifecycle.plugins.module_utils.operations import sddc_upgrade_run
from ansible_collections.vcf.lifecycle.plugins.module_utils.runner import LifecycleModule, run_module


def main() -> None:
    """Run the module."""
    module = LifecycleModule(argument_spec=sddc_upgrade_run.ARGUMENT_SPEC, supports_check_mode=True)
    run_module(module, sddc_upgrade_run.run)


if __name__ == "__main__":
    main()

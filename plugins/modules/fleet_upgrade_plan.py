#!/usr/bin/python
# Copyright: contributors to vcf.lifecycle
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See to it that an upgrade plan leads to this software."""

from __future__ import annotations

DOCUMENTATION = r"""
module: fleet_upgrade_plan
short_description: See to it that an upgrade plan of Fleet LCM leads to this software
version_added: 0.1.0
author:
  - vcf.lifecycle contributors (@vcf-lifecycle)
description:
  - Makes an upgrade plan of Fleet LCM, or changes the one that there is, so that it leads to a release and to a version
    of each type of components.
  - Has the plan validated first, and fails without writing it if the validation finds an error, whatever the status of
    its task.
  - Writes only where there is a difference. A plan that leads to this software already is left as it is, and nothing
    is sent but reads.
  - A request whose answer was lost is sent again only after the plan, or the list of tasks, does not show what it would
    have made.
  - A plan that is limited to some components stays limited to them. User input that was given when the plan was made is
    not taken over into a changed plan, since the service shows secrets to nobody who could send them again; give it
    with M(vcf.lifecycle.fleet_upgrade_run) instead.
options:
  version:
    description:
      - The release, for example V(9.1.0.0). It has to be one that Fleet LCM shows, which hides later ones than its own.
    type: str
    required: true
  components:
    description:
      - The version of each type of components, as a dictionary; or the word V(latest) in place of a version, for the
        newest that the release offers.
      - The word V(latest) alone stands for all types of which a component is installed, as far as the release offers
        any version of them.
      - The plan is for these types and no others.
    type: raw
    default: latest
  plan_id:
    description:
      - The plan to change. Without it, the only one there is; of several, the only one for that release. Where there is
        none, it is made.
    type: str
  validate:
    description:
      - Whether to have the plan validated before it is written.
    type: bool
    default: true
attributes:
  check_mode:
    details:
      - It predicts whether the plan would be written. It does not have it validated, since that begins a task.
  diff_mode:
    details:
      - It shows the release and the versions of the plan, before and after.
extends_documentation_fragment:
  - vcf.lifecycle.connection.fleet
  - vcf.lifecycle.connection
  - vcf.lifecycle.connection.long_outage
  - vcf.lifecycle.waiting.pace
  - vcf.lifecycle.attributes
  - vcf.lifecycle.attributes.actiongroup
  - vcf.lifecycle.attributes.upgrading
seealso:
  - module: vcf.lifecycle.fleet_upgrade_info
  - module: vcf.lifecycle.fleet_upgrade_run
  - module: vcf.lifecycle.task_info
  - module: vcf.lifecycle.task_wait
"""

EXAMPLES = r"""
- name: Plan the newest of everything that release 9.1.0.0 offers
  vcf.lifecycle.fleet_upgrade_plan:
    hostname: fleet.example.com
    username: admin@vsp.local
    password: "{{ fleet_password }}"
    version: 9.1.0.0

- name: Plan two types alone
  vcf.lifecycle.fleet_upgrade_plan:
    hostname: fleet.example.com
    username: admin@vsp.local
    password: "{{ fleet_password }}"
    version: 9.1.0.0
    components:
      VCF_FLEET_DEPOT: 9.1.0.0400.25570105
      OPS: latest
"""

RETURN = r"""plan_id:
  description: Id of the plan; null where it is not made, in check mode or because of a failure.
  returned: always
  type: str
components:
  description: The components of the plan, as it is now.
  returned: always
  type: list
  elements: dict
  contains:
    id:
      description: Id of the component.
      type: str
      returned: always
    type:
      description: Type of the component, a word of the service such as V(OPS).
      type: str
      returned: always
    name:
      description: Name for people.
      type: str
      returned: always
    fqdn:
      description: Name of its host.
      type: str
      returned: always
    version:
      description: The version that it has.
      type: str
      returned: always
    target_version:
      description: The version that it is to have.
      type: str
      returned: always
    status:
      description: >-
        The service's own word for whether it can be upgraded; V(ELIGIBLE), V(PENDING), V(INELIGIBLE),
        V(ON_TARGET) or V(HIGHER_THAN_TARGET).
      type: str
      returned: always
    depends_on:
      description: The components that are to be upgraded before it, as the service names them.
      type: list
      elements: str
      returned: always
    messages:
      description: What the service says of it, each with C(level), C(timestamp), C(text) and C(code).
      type: list
      elements: dict
      returned: always
    upgrade:
      description: >-
        Its last upgrade with this plan, or null; C(task_id), C(plan_task_id) of the whole plan's task, C(state),
        C(status), C(type) and C(created_at).
      type: dict
      returned: always
    precheck:
      description: Its last precheck with this plan, in the same shape.
      type: dict
      returned: always
    user_input:
      description: The keys of what was given for it. The values are never shown.
      type: dict
      returned: always
bundles:
  description: >-
    What is to be downloaded for the plan, each with C(id), C(type), C(component_type), C(name), C(version),
    C(status), C(size_bytes) and C(depot).
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

from ansible_collections.vcf.lifecycle.plugins.module_utils.operations import fleet_upgrade_plan
from ansible_collections.vcf.lifecycle.plugins.module_utils.runner import LifecycleModule, run_module


def main() -> None:
    """Run the module."""
    module = LifecycleModule(argument_spec=fleet_upgrade_plan.ARGUMENT_SPEC, supports_check_mode=True)
    run_module(module, fleet_upgrade_plan.run)


if __name__ == "__main__":
    main()

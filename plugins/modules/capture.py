#!/usr/bin/python
# Copyright: contributors to vcf.lifecycle
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Capture what a service says, as a scenario for rehearsals."""

from __future__ import annotations

DOCUMENTATION = r"""
module: capture
short_description: Capture what a service says, as a scenario for rehearsals
version_added: 0.1.0
author:
  - vcf.lifecycle contributors (@vcf-lifecycle)
description:
  - Reads what one service says, and only reads, and returns it as a scenario that the simulator of this collection can
    play. The playbook C(vcf.lifecycle.capture) does so at all endpoints of an inventory, and writes one file.
  - Of every service, its tasks with their stages, as long as they have really lasted. A task that has failed fails in
    the scenario as it did, and succeeds when it is retried. A task that is going on is in the midst of its stages;
    those to come last as long as they have in the past, or a minute where that is not known.
  - Of Fleet LCM also its components with their versions, its releases, its plans with their executions and what
    depends on what, and what the last prechecks have found. Of SDDC Manager also its domains with their hosts and
    clusters, the versions of what is in them, releases, bundles and how far those are downloaded, the upgrades that
    were asked for, and what the last checks have found.
  - How long the upgrade of a component takes is the median of those in the history; where there is none, what was seen
    in the field.
  - What a service does not tell can not be in the scenario. Fleet LCM hides later releases until it is upgraded itself;
    the simulator fills in what is known of them. What depends on what is only in a plan.
  - No login and no secret is in the scenario. It has no users; whoever plays it says who may log in. The names of those
    who have created tasks are in it, until the filter P(vcf.lifecycle.scenario#filter) puts pseudonyms in their place.
options:
  days:
    description:
      - Tasks that have ended earlier are left out. Those that an upgrade or a plan names as its own are not.
    type: float
    default: 90
  limit:
    description:
      - How many tasks that have ended are captured at most, the newest first. Fleet LCM and SDDC LCM show stages of a
        task only in a request of its own.
      - Those that are going on are all captured.
    type: int
    default: 500
  types:
    description:
      - Capture only tasks of these types.
      - vCenter has no list of all its tasks, only of those of a service. There this names the services; without it,
        tasks of C(com.vmware.vcenter.lcm.update), C(com.vmware.esx.settings.clusters.software) and
        C(com.vmware.content.library) are captured.
    type: list
    elements: str
  target_version:
    description:
      - The release that the domains of SDDC Manager are to be upgraded to, where none is chosen yet.
      - Without it, the newest that applies.
    type: str
extends_documentation_fragment:
  - vcf.lifecycle.connection
  - vcf.lifecycle.connection.short_outage
  - vcf.lifecycle.attributes
  - vcf.lifecycle.attributes.actiongroup
  - vcf.lifecycle.attributes.info
seealso:
  - module: vcf.lifecycle.task_info
  - module: vcf.lifecycle.task_wait
"""

EXAMPLES = r"""
- name: Capture a fleet
  vcf.lifecycle.capture:
    service: fleet_lcm
    hostname: fleet.example.com
    username: admin@vsp.local
    password: "{{ fleet_password }}"
    days: 365
  register: captured

- name: Say what was going on meanwhile
  ansible.builtin.debug:
    msg: "{{ captured.tasks | map(attribute='name') }}"

- name: Keep it, without the names of this place
  ansible.builtin.copy:
    content: "{{ {'fleet': captured} | vcf.lifecycle.scenario(pseudonyms=true, key=pseudonyms_key) }}"
    dest: scenario.yml
    mode: "0600"
"""

RETURN = r"""services:
  description: >-
    What the simulator is to play, by the name of the service; as the file of a scenario has it below its key of this
    name. All times are seconds from RV(captured_at) on, or before.
  returned: success
  type: dict
captured_at:
  description: >-
    The moment from which the scenario counts its seconds. That is the time of the capture while something is going on.
    Else it is when something happened last, so that two captures of what has not changed are the same; null where
    nothing ever has.
  returned: success
  type: str
counts:
  description: How many C(tasks) are in the scenario, and how many C(requests) that has cost.
  returned: success
  type: dict
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

from ansible_collections.vcf.lifecycle.plugins.module_utils.operations import capture
from ansible_collections.vcf.lifecycle.plugins.module_utils.runner import LifecycleModule, run_module


def main() -> None:
    """Run the module."""
    module = LifecycleModule(argument_spec=capture.ARGUMENT_SPEC, supports_check_mode=True)
    run_module(module, capture.run)


if __name__ == "__main__":
    main()

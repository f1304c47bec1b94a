#!/usr/bin/python
# Copyright: contributors to vcf.lifecycle
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rehearse a playbook against simulated services: the documentation of an action plugin, which alone does the work."""

from __future__ import annotations

DOCUMENTATION = r"""
module: rehearse
short_description: Rehearse a playbook against simulated services
version_added: 0.1.0
author:
  - vcf.lifecycle contributors (@vcf-lifecycle)
description:
  - Serves a scenario, such as the playbook C(vcf.lifecycle.capture) writes, on loopback, with TLS, in place of the
    endpoints of the inventory; runs a playbook against that with the inventory and the extra vars of this run; and says
    how long it would take. The playbook C(vcf.lifecycle.rehearse) does so for all endpoints of an inventory.
  - The connection variables of the collection's playbooks (C(vcf_hostname), C(vcf_password) and so on) lead to the
    simulators for the rehearsal, whatever the inventory says; no login in it is used, and none has to be readable.
    What a playbook asks for elsewhere over HTTP goes through a proxy that is not there, unless it disregards proxies.
  - An upgrade of a component takes as long as one of those that the scenario remembers (its C(durations)), by chance;
    what it does not remember, as long as the scenario says. The time that the playbook takes itself, between what the
    services do, counts as it is. So a forecast of many runs has a p50 and a p90, which one of a single run has not.
  - Services and modules go by one simulated clock, which begins when the change window opens, passes as real time does
    while the playbook works, and O(speed) times faster while a module sleeps between two looks. So timeouts, outages
    and tokens are as long as tonight. The rehearsed run itself has no change window, so that it is seen how long all of
    it takes; the forecast is held against the length of the window.
  - Needs what C(requirements-simulator.txt) of the collection names, in the Python that runs Ansible.
options:
  scenario:
    description: The scenario, a file.
    type: path
    required: true
  playbook:
    description: The playbook, one of a collection or a file.
    type: str
    required: true
  hosts:
    description: The endpoints, hosts of the inventory, each with its service, such as V(fleet_lcm).
    type: dict
    required: true
  windows:
    description:
      - The change windows by host, each as the filter P(vcf.lifecycle.change_window#filter) tells how it stands.
    type: dict
    default: {}
  faults:
    description:
      - What is to go wrong, on top of what goes wrong by the scenario, whose own C(faults) are written in the same way.
        A fault in O(faults) comes first. It goes wrong in each run.
      - Which upgrade fails is said by O(faults[].component) and O(faults[].stage); which requests, by
        O(faults[].service), O(faults[].method) and O(faults[].path); and when, by O(faults[].after) and
        O(faults[].for). A fault that is for nothing in the scenario is refused.
      - C(extensions/simulator/faults.py) of the collection has the options that only some kinds have.
      - A text is taken as the list that it is in YAML or JSON.
    type: list
    elements: dict
    default: []
    suboptions:
      kind:
        description:
          - What goes wrong. With a O(faults[].component) it can be left out, and is V(fail) then.
          - >-
            With V(fail) the upgrade of the component fails, with V(false_failed) it is said to have failed although
            the version has changed, with V(false_succeeded) it is said to have succeeded although the version has not,
            and with V(finding) its prechecks find something.
          - >-
            The others are of requests. A request is answered with O(faults[].code) (V(status)), with the page of a
            proxy (V(html)), with broken JSON (V(not_json)), after real O(faults[].seconds) (V(stall)), or not at all as
            its connection breaks before it is processed (V(reset_before)), after that (V(reset_after)) or in the
            middle of the answer (V(truncated)). All tokens are forgotten (V(unauthorized)); nobody listens (V(refuse));
            nobody listens, and all tokens are forgotten (V(restart)).
        type: str
      endpoint:
        description: The host of the inventory that it is for. All hosts that have what it is for, by default.
        type: str
      component:
        description:
          - The component whose upgrade it is for, by its type (V(OPS) for example), name, ID or FQDN. V(VCF_FLEET_LCM)
            is Fleet LCM itself.
          - Of SDDC Manager it is V(SDDC_MANAGER), V(DRIFT), V(NSX), V(VCENTER) or V(ESX), in all domains, or that of
            one domain by its name, ID or FQDN.
          - With a kind that is of requests, O(faults[].after) and O(faults[].for) count from when its upgrade begins.
        type: str
      stage:
        description:
          - The stage of the upgrade, as the scenario calls it. The upgrade fails in its last one by default.
          - With a kind that is of requests, O(faults[].after) and O(faults[].for) count from when the stage begins.
        type: str
      times:
        description:
          - How many runs of the upgrade go wrong, a retry being one, or how many requests.
          - One run by default, and all prechecks. Of requests, all that there are in its time; but only once with
            V(faults[].kind=unauthorized), V(faults[].kind=refuse) and V(faults[].kind=restart).
        type: int
      error:
        description: What the upgrade fails with, as the C(code), the C(message) and the C(remediation) of an error.
        type: dict
      severity:
        description: Of a finding, V(ERROR) or V(WARNING); V(ERROR) by default.
        type: str
      message:
        description: What a finding says.
        type: str
      service:
        description: The service that it is for, V(fleet_lcm) for example, where an endpoint has several.
        type: str
      method:
        description: The method of the requests, as a regular expression.
        type: str
      path:
        description: What is found in the path of the requests, as a regular expression.
        type: str
      after:
        description: How many simulated seconds after the start, or after the upgrade or the stage began, it begins.
        type: float
      for:
        description: >-
          How many simulated seconds it lasts. To the end by default, and a closed port for O(faults[].seconds).
        type: float
      code:
        description: The HTTP status of an answer, V(503) by default.
        type: int
      seconds:
        description: Real seconds, of V(faults[].kind=stall) and of a closed port; V(1) by default.
        type: float
  speed:
    description: How many simulated seconds pass in a real one, while a module sleeps between two looks at a service.
    type: float
    default: 100000.0
  runs:
    description: How many times to rehearse for the forecast.
    type: int
    default: 1
  chaos:
    description:
      - How many runs more are broken by random faults, in the change window, several beside each other. They do not
        count for the forecast.
      - A playbook may fail in them. What must not be is that a run ends wrong, by C(rule); with V(applied_twice) an
        upgrade was begun again that was going on or had done its work, with V(claimed) success was claimed though
        something has not the version that it was to have, with V(left_running) a task goes on of which the playbook
        says nothing, or that the end of the change window was to cancel.
      - To see one of them again, give its seed as O(seed), and V(1) here.
      - By default, as many as the scenario says under C(chaos), which is none where it says nothing.
    type: int
  seed:
    description:
      - What the durations and the random faults of the first run depend on; each later run has the next number.
    type: int
    default: 0
  directory:
    description:
      - A folder for what the runs print, and for the reports that the playbook writes. It is made if need be.
      - Without it no report is written, and what was printed is in the result of a run that has failed.
    type: path
attributes:
  check_mode:
    description: Can run in check mode, and predicts whether anything would change without changing it.
    support: full
    details:
      - It rehearses all the same, as nothing real is touched.
  diff_mode:
    description: Returns what has changed, or in check mode would change, when in diff mode.
    support: N/A
    details:
      - It changes nothing.
  async:
    description: Can be run with C(async).
    support: none
    details:
      - It runs in the controller alone.
seealso:
  - module: vcf.lifecycle.capture
"""

EXAMPLES = r"""
- name: Rehearse the upgrade of tonight
  vcf.lifecycle.rehearse:
    scenario: tonight.yml
    playbook: vcf.lifecycle.fleet_upgrade
    hosts:
      fleet-vienna: fleet_lcm
    runs: 5
  register: rehearsal
  run_once: true

- name: Rehearse it with an upgrade that fails, and with an outage of five minutes when Fleet LCM is upgraded
  vcf.lifecycle.rehearse:
    scenario: tonight.yml
    playbook: vcf.lifecycle.fleet_upgrade
    hosts:
      fleet-vienna: fleet_lcm
    faults:
      - component: OPS
        stage: upgrade
      - component: VCF_FLEET_LCM
        kind: status
        code: 503
        for: 300
  register: broken
  run_once: true

- name: Say how long it will take
  ansible.builtin.debug:
    msg: "{{ rehearsal.report }}"
  run_once: true
"""

RETURN = r"""
forecast:
  description:
    - How long it will take, in seconds. C(steps) has C(host), C(name), C(p50) and C(p90) of each task that the playbook
      had a service do, in how many C(runs) it did, and the same of its C(parts), the components that it is about where
      there are several; C(around) is the time between these, and C(total) the whole.
    - It is made of those C(runs) that ended well, and is empty where none did.
    - C(windows) has C(host), C(label) and C(seconds) of each change window, whether the whole fits it at p50 and at p90
      (C(fits_p50), C(fits_p90)), and how many seconds are left at p90 (C(spare_p90)), which are negative where it does
      not.
  returned: when it could be rehearsed
  type: dict
report:
  description: The forecast in words, a line each.
  returned: when it could be rehearsed
  type: list
  elements: str
runs:
  description:
    - The runs, each with its C(number) and C(seed), whether it is one of O(chaos), its C(faults) as sentences, the
      C(status) that the playbook has ended with and its C(outcomes) by host, when the change C(window) of each host
      opened and closed, its C(steps), its C(seconds), and what was C(left_running) at its end.
    - C(wrong) is what must not be, each with C(rule), C(host) and C(text). C(output) is the end of what it has printed,
      where it has failed.
  returned: when it could be rehearsed
  type: list
  elements: dict
weak_points:
  description: >-
    What the runs of O(chaos) have found, the worst first, each with a sentence as C(text), in how many C(runs) it was
    C(of) how many with such a fault, and their C(seeds).
  returned: when it could be rehearsed
  type: list
  elements: dict
problems:
  description: What has gone wrong, in sentences. The module fails if there is anything.
  returned: when it could be rehearsed
  type: list
  elements: str
"""

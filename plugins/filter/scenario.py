# SPDX-License-Identifier: GPL-3.0-or-later
"""What was captured, as one file."""

from __future__ import annotations

DOCUMENTATION = r"""
name: scenario
short_description: Makes one scenario of what was captured of several endpoints
version_added: 0.1.0
author:
  - vcf.lifecycle contributors (@vcf-lifecycle)
description:
  - Makes the text of one file for the simulator of what M(vcf.lifecycle.capture) has returned for each of several
    endpoints. All times in it count from the same moment.
  - On request it puts pseudonyms in the place of names, addresses and ids. The same name has the same pseudonym in all
    services, in all texts, and in each capture with the same key. An id keeps its shape, and what refers to something
    refers to the same.
positional: _input
options:
  _input:
    description: The results of M(vcf.lifecycle.capture), by the names of the endpoints.
    type: dict
    required: true
  pseudonyms:
    description:
      - Whether to replace names of hosts, domains, clusters and users, addresses and ids.
      - Names are recognised where they stand in a field of their own, and then in all texts; in the texts of errors,
        also what looks like one (C(sql-07)). IPv4 addresses become addresses of the ranges for documentation, of which
        there are so few that two may become the same.
    type: bool
    default: false
  key:
    description:
      - What the pseudonyms depend on besides the name itself. Without one of your own, somebody who guesses a name can
        see whether the guess is right.
    type: str
    default: ""
  missing:
    description: Names of endpoints that could not be read, which the head of the file is to name.
    type: list
    elements: str
    default: []
seealso:
  - module: vcf.lifecycle.capture
"""

EXAMPLES = r"""
- name: Capture a fleet
  vcf.lifecycle.capture:
    service: fleet_lcm
    hostname: fleet.example.com
  register: fleet_captured

- name: Capture an SDDC Manager
  vcf.lifecycle.capture:
    service: sddc_manager
    hostname: sddc-manager.example.com
  register: sddc_captured

- name: Write what was captured of two endpoints
  ansible.builtin.copy:
    content: "{{ {'fleet': fleet_captured, 'sddc': sddc_captured} | vcf.lifecycle.scenario(pseudonyms=true) }}"
    dest: scenario.yml
    mode: "0600"
"""

RETURN = r"""
_value:
  description: The scenario, as YAML.
  type: str
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.vcf.lifecycle.plugins.plugin_utils.scenario import text_of


def scenario(
    captured: Mapping[str, Mapping[str, Any]],
    pseudonyms: bool = False,
    key: str = "",
    missing: Sequence[str] = (),
) -> str:
    """Return the scenario as YAML."""
    try:
        return text_of(captured, pseudonyms=pseudonyms, key=str(key), missing=[str(name) for name in missing])
    except ValueError as error:
        raise AnsibleFilterError(f"vcf.lifecycle.scenario: {error}.") from error


class FilterModule:
    """vcf.lifecycle.scenario."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"scenario": scenario}

# SPDX-License-Identifier: GPL-3.0-or-later
"""The evidence of a run, as one dictionary."""

from __future__ import annotations

DOCUMENTATION = r"""
name: report
short_description: Makes the evidence of a run into one dictionary
version_added: 0.1.0
author:
  - vcf.lifecycle contributors (@vcf-lifecycle)
description:
  - Puts in order what the modules of the collection returned during a run, and what the playbook knows besides.
  - Each task appears once, as it was last seen. Whatever is missing, null or of the wrong type is null in the report.
  - Secrets are masked by the name of the field, by the look of the text, and by knowing them.
  - The same input makes the same report. Nothing in it tells when it was made.
positional: _input
options:
  _input:
    description:
      - What is known of the run, under the keys C(title), C(host), C(who), C(change), C(outcome), C(window),
        C(versions_before), C(versions_after), C(verified), C(gate), C(results), C(failure) and C(rehearsal).
      - The role P(vcf.lifecycle.task_report#role) has a variable of the same name for each of them, and explains it.
    type: dict
    required: true
  secrets:
    description: Texts to mask wherever they appear. Those of fewer than eight characters are not looked for.
    type: list
    elements: str
seealso:
  - plugin: vcf.lifecycle.report_timeline
    plugin_type: filter
  - plugin: vcf.lifecycle.report_suites
    plugin_type: filter
  - plugin: vcf.lifecycle.report_runs
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Show what went wrong
  ansible.builtin.debug:
    msg: "{{ ({'results': [upgrade]} | vcf.lifecycle.report).root_causes }}"
"""

RETURN = r"""
_value:
  description: The report; what C(report.json) of the role P(vcf.lifecycle.task_report#role) holds.
  type: dict
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.vcf.lifecycle.plugins.plugin_utils.report import report


class FilterModule:
    """vcf.lifecycle.report."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"report": report}

# SPDX-License-Identifier: GPL-3.0-or-later
"""A report as CI systems show one."""

from __future__ import annotations

DOCUMENTATION = r"""
name: report_suites
short_description: Makes a report into test suites
version_added: 0.1.0
author:
  - vcf.lifecycle contributors (@vcf-lifecycle)
description:
  - Makes a report into what CI systems show, a test suite for each task and a test case for each of its innermost
    stages. A rehearsal is a test suite too, and each of its runs a test case.
  - What failed is a failure. What never began, was skipped or canceled is skipped. What has not ended, or has a state
    that nobody knows, is an error.
  - A task that did not end well although none of its stages tells so is a test case itself.
positional: _input
options:
  _input:
    description: A report, as P(vcf.lifecycle.report#filter) makes it.
    type: dict
    required: true
seealso:
  - plugin: vcf.lifecycle.report
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Show how many stages failed
  ansible.builtin.debug:
    msg: "{{ ({'results': [upgrade]} | vcf.lifecycle.report | vcf.lifecycle.report_suites).failures }}"
"""

RETURN = r"""
_value:
  description: >-
    C(tests), C(failures), C(errors), C(skipped), C(seconds), and C(suites), which have the same keys and
    their C(cases).
  type: dict
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.vcf.lifecycle.plugins.plugin_utils.report_suites import suites


class FilterModule:
    """vcf.lifecycle.report_suites."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"report_suites": suites}

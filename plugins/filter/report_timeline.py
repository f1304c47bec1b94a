# SPDX-License-Identifier: GPL-3.0-or-later
"""Where everything stands on a report's timeline."""

from __future__ import annotations

DOCUMENTATION = r"""
name: report_timeline
short_description: Computes where everything stands on a report's timeline
version_added: 0.1.0
author:
  - vcf.lifecycle contributors (@vcf-lifecycle)
description:
  - Computes where a chart puts the tasks and stages of a report, the ticks of its axis, and the change window.
  - Across it is in percent of the chart's width, down in pixels.
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
- name: Show the ticks of the axis
  ansible.builtin.debug:
    msg: "{{ ({'results': [upgrade]} | vcf.lifecycle.report | vcf.lifecycle.report_timeline).ticks }}"
"""

RETURN = r"""
_value:
  description:
    - C(start), C(end), C(height), C(axis_height), C(row_height), C(ticks), C(window), and C(rows), one for each task
      and stage, from the top to the bottom.
    - Null if no task has a time.
  type: dict
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.vcf.lifecycle.plugins.plugin_utils.report_timeline import timeline


class FilterModule:
    """vcf.lifecycle.report_timeline."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"report_timeline": timeline}

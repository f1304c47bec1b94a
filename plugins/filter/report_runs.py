# SPDX-License-Identifier: GPL-3.0-or-later
"""The runs of a rehearsal as small pictures."""

from __future__ import annotations

DOCUMENTATION = r"""
name: report_runs
short_description: Computes small pictures of the runs of a rehearsal
version_added: 0.1.0
author:
  - vcf.lifecycle contributors (@vcf-lifecycle)
description:
  - Computes where charts put the steps of the runs that a report has of a rehearsal, one chart a run, all of the same
    scale, with the end of the change window.
  - Runs that went wrong come first, then the slowest. Of many runs, only the first are drawn.
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
  - plugin: vcf.lifecycle.report_timeline
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Show how many runs are not drawn
  ansible.builtin.debug:
    msg: "{{ ({'rehearsal': rehearsal} | vcf.lifecycle.report | vcf.lifecycle.report_runs).left_out }}"
"""

RETURN = r"""
_value:
  description:
    - C(height), C(plot_height), C(bar_height), C(seconds), C(ticks), C(labels), C(runs), one for each that is drawn,
      how many are not (C(left_out)), and whether a change window ends beyond the charts (C(is_window_beyond)).
    - Null if there are no runs.
  type: dict
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.vcf.lifecycle.plugins.plugin_utils.report_runs import pictures


class FilterModule:
    """vcf.lifecycle.report_runs."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"report_runs": pictures}

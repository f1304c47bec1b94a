# SPDX-License-Identifier: GPL-3.0-or-later
"""A duration as people write it."""

from __future__ import annotations

DOCUMENTATION = r"""
name: duration
short_description: Writes a duration as people do
version_added: 0.1.0
author:
  - vcf.lifecycle contributors (@vcf-lifecycle)
description:
  - Writes a number of seconds as people do, V(45s), V(3m 20s) or V(1h 12m).
positional: _input
options:
  _input:
    description: Seconds, from zero. Null becomes an empty text.
    type: float
    required: true
"""

EXAMPLES = r"""
- name: Show how long it took
  ansible.builtin.debug:
    msg: "{{ 4320 | vcf.lifecycle.duration }}"  # => "1h 12m"
"""

RETURN = r"""
_value:
  description: The duration.
  type: str
"""

import math
from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.vcf.lifecycle.plugins.module_utils.clock import duration


def shown(seconds: Any) -> str:
    """Return a duration as people write it; nothing for nothing.

    :raises AnsibleFilterError: for what is no number of seconds.
    """
    if seconds is None:
        return ""
    try:
        number = float(seconds)
    except (TypeError, ValueError):
        number = math.nan
    if isinstance(seconds, bool) or not math.isfinite(number) or number < 0:
        raise AnsibleFilterError(f"duration is given {seconds!r}, which is not a number of seconds from zero.")
    return duration(number)


class FilterModule:
    """vcf.lifecycle.duration."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"duration": shown}

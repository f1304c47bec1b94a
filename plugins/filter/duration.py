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
    description: Seconds. Null becomes an empty text.
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

from collections.abc import Callable
from typing import Any

from ansible_collections.vcf.lifecycle.plugins.plugin_utils.progress import duration


def shown(seconds: float | None) -> str:
    """Return a duration as people write it; nothing for nothing."""
    return "" if seconds is None else duration(seconds)


class FilterModule:
    """vcf.lifecycle.duration."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"duration": shown}

# SPDX-License-Identifier: GPL-3.0-or-later
"""What somebody has typed into a form."""

from __future__ import annotations

DOCUMENTATION = r"""
name: answer
short_description: Makes the text again that somebody has typed into a form
version_added: 0.1.0
author:
  - vcf.lifecycle contributors (@vcf-lifecycle)
description:
  - The answers to a survey of AWX are texts, but from ansible-core 2.19 on they arrive as what YAML makes of them
    without quotes. Of V(22:00) that is a number, of V(2026-11-21T22:00:00) a date, and of no answer null.
  - Makes the text of it that was typed. It is for times, dates and offsets; other numbers are read as times too.
positional: _input
options:
  _input:
    description: The answer.
    type: raw
    required: true
  signed:
    description: Whether it is an offset from UTC, such as V(+10:00), and not a time of day.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Show when the change window opens
  ansible.builtin.debug:
    msg: "{{ 1320 | vcf.lifecycle.answer }}"  # => "22:00"
"""

RETURN = r"""
_value:
  description: The text; an empty one where there is no answer.
  type: str
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.vcf.lifecycle.plugins.plugin_utils.answer import answer


class FilterModule:
    """vcf.lifecycle.answer."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"answer": answer}

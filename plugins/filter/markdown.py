# SPDX-License-Identifier: GPL-3.0-or-later
"""A text that Markdown shows as it is."""

from __future__ import annotations

DOCUMENTATION = r"""
name: markdown
short_description: Escapes a text for Markdown
version_added: 0.1.0
author:
  - vcf.lifecycle contributors (@vcf-lifecycle)
description:
  - Makes a text into one line that Markdown shows as it is, in a table as well.
positional: _input
options:
  _input:
    description: The text. Null and the empty text become a dash.
    type: raw
    required: true
"""

EXAMPLES = r"""
- name: Show a row of a table
  ansible.builtin.debug:
    msg: "| {{ 'a|b' | vcf.lifecycle.markdown }} |"  # => "| a\\|b |"
"""

RETURN = r"""
_value:
  description: The text, escaped.
  type: str
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.vcf.lifecycle.plugins.plugin_utils.report_markdown import markdown


class FilterModule:
    """vcf.lifecycle.markdown."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"markdown": markdown}

# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts of others inside of Markdown.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

import re
from typing import Any

_MARKUP = re.compile(r"([\\`*_\[\]<>|&~#$])")
# What begins a numbered list at the beginning of a line.
_NUMBER = re.compile(r"(\d{1,9})(?=[.)](?:\s|$))")


def markdown(value: Any) -> str:
    """Return a text that shows as it is: in one line, and nothing in it is markup. Nothing at all is a dash."""
    line = " ".join(str(value).split()) if value not in (None, "") else "\N{EN DASH}"
    marked = _MARKUP.sub(r"\\\1", line)
    if marked[:1] in ("-", "+", "="):
        return f"\\{marked}"
    return _NUMBER.sub(r"\1\\", marked, count=1) if _NUMBER.match(marked) else marked

# SPDX-License-Identifier: GPL-3.0-or-later
"""What somebody has typed into a form, of what YAML has made of it.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

from datetime import date
from typing import Any

_DAY = 24 * 60
"""Minutes."""


def answer(value: Any, signed: bool = False) -> str:
    """Return the text that was typed.

    AWX hands answers over as C(!unsafe) texts, in quotes. From 2.19 on ansible-core reads them as if there were none:
    of C(22:00) it makes 1320, and of nothing null.

    :param signed: whether it is an offset such as C(+10:00), of which a number has lost the sign.
    """
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        size = abs(value)
        sign = "-" if value < 0 else "+" if signed else ""
        if size < _DAY:
            return f"{sign}{size // 60:02}:{size % 60:02}"
        return f"{sign}{size // 3600:02}:{size // 60 % 60:02}:{size % 60:02}"
    return value.isoformat() if isinstance(value, date) else str(value)

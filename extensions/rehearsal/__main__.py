# SPDX-License-Identifier: GPL-3.0-or-later
"""Rehearse as the order on standard input says; the module C(rehearse) has what is in it.

The order is one line of JSON. Who has given it keeps standard input open: when that is closed, everything is ended.
On standard output come lines of JSON: ``{"say": text}`` while it goes on, and at the end ``{"result": structure}`` or
``{"refused": text}``.
"""

from __future__ import annotations

import sys

from ..simulator.libraries import complaint
from .wire import say


def main() -> int:
    """Rehearse, if what that needs is there."""
    text = complaint()
    if text:
        say(refused=text)
        return 0
    from .program import main as rehearse

    return rehearse()


if __name__ == "__main__":
    sys.exit(main())

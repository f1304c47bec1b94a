# SPDX-License-Identifier: GPL-3.0-or-later
"""What passes between a rehearsal and who has asked for it: lines of JSON."""

from __future__ import annotations

import json
import sys
from typing import Any


def say(**told: Any) -> None:
    """Write a line."""
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()

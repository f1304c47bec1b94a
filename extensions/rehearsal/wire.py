# SPDX-License-Identifier: GPL-3.0-or-later
"""What passes between a rehearsal and who has asked for it: lines of JSON."""

from __future__ import annotations

import json
import sys
import threading
from typing import Any

_one_at_a_time = threading.Lock()


def say(**told: Any) -> None:
    """Write a line."""
    with _one_at_a_time:
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()

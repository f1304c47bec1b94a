# SPDX-License-Identifier: GPL-3.0-or-later
"""What the collection costs: calls, waits for many tasks, reading them, and memory."""

from __future__ import annotations

import sys

from tests.demo.playbook import COLLECTIONS

# Processes that are started from here need it as well, and they import this before anything else.
if str(COLLECTIONS) not in sys.path:
    sys.path.append(str(COLLECTIONS))

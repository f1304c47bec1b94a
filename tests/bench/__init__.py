# SPDX-License-Identifier: GPL-3.0-or-later
"""What the collection costs: calls, waits for many tasks, reading them, and memory."""

from __future__ import annotations

# Processes that are started from here need the collection, which that finds, and they import this before anything else.
import tests.demo  # noqa: F401

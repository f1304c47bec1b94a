# SPDX-License-Identifier: GPL-3.0-or-later
"""All rows."""

from __future__ import annotations

from tests.faults import answers, cancels, connections, deadlines, lists, logins, restarts, retries, tasks
from tests.faults.row import Row

_THEMES = (connections, restarts, logins, answers, tasks, lists, cancels, retries, deadlines)

ROWS: list[Row] = [row for theme in _THEMES for row in theme.ROWS]

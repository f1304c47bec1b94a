# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection at work on a simulator, with proof that it did what it shows."""

from __future__ import annotations

import sys

from tests.demo.playbook import COLLECTIONS

# The simulator is a part of the collection.
if str(COLLECTIONS) not in sys.path:
    sys.path.append(str(COLLECTIONS))

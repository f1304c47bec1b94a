# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection's version, as in galaxy.yml (a test compares them).

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

VERSION = "0.1.0"

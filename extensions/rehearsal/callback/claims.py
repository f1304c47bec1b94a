# SPDX-License-Identifier: GPL-3.0-or-later
"""Leaves what a playbook says of how it went in a file, for who rehearses it."""

from __future__ import annotations

import json
import os
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: claims
type: aggregate
short_description: Leave what a playbook says of how it went in a file
description:
  - Writes the outcomes that a playbook leaves for later jobs, and how its tasks fared, to the file that the environment
    variable E(VCF_REHEARSAL_CLAIMS) names. Without it nothing is done.
"""

FILE = "VCF_REHEARSAL_CLAIMS"
KEPT = ("vcf_outcome", "vcf_summary")
"""What is masked already: whatever else a playbook leaves may hold a secret."""


class CallbackModule(CallbackBase):
    """Says nothing, and writes once, at the end."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "claims"
    CALLBACK_NEEDS_ENABLED = False

    def v2_playbook_on_stats(self, stats: Any) -> None:
        """Write the file, which only its owner can read."""
        path = os.environ.get(FILE)
        if not path:
            return
        left = stats.custom.get("_run", {})
        told = {
            "custom": {name: left[name] for name in KEPT if name in left},
            "hosts": {host: stats.summarize(host) for host in sorted(stats.processed)},
        }
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump(told, file)

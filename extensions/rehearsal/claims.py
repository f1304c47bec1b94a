# SPDX-License-Identifier: GPL-3.0-or-later
"""What a playbook says of how it went, for each host: what it has left for later jobs, and how its tasks fared.

A callback plugin of ours writes it, which is loaded besides the user's own and prints nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible import constants

FILE = "VCF_REHEARSAL_CLAIMS"
FOLDERS = "ANSIBLE_CALLBACK_PLUGINS"
FOLDER = Path(__file__).with_name("callback")
CUT = "…"
_RELEASE = re.compile(r"^The upgrade to (\S+): ")


@dataclass(frozen=True)
class Claim:
    """Of one host: the outcome in one word (empty: it leaves none), the sentence to it, the tasks that it tells of and
    how many there are in each state; and whether one of its tasks has failed. ``output`` is what it has printed."""

    outcome: str = ""
    message: str = ""
    task_ids: tuple[str, ...] = ()
    states: Mapping[str, int] = field(default_factory=dict)
    failed: bool = False
    output: str = ""

    @property
    def release(self) -> str | None:
        """The release that it says it was to upgrade to."""
        found = _RELEASE.match(self.message)
        return found[1] if found else None

    @property
    def is_cut(self) -> bool:
        """Whether there was more to its sentence than fits."""
        return self.message.endswith(CUT)

    def names(self, name: str) -> bool:
        """Whether its sentence names something; of a playbook that leaves no sentence, what it has printed."""
        return name in (self.message if self.outcome else self.output)


def environment(path: Path) -> dict[str, str]:
    """The variables of the environment that have the claims written to a file: the folders of callback plugins that
    Ansible is configured to have, and ours. Those that are enabled stay as they are, since ours need not be."""
    return {FILE: str(path), FOLDERS: ":".join([*constants.DEFAULT_CALLBACK_PLUGIN_PATH, str(FOLDER)])}


def read(path: Path, status: int, output: str = "") -> dict[str, Claim]:
    """What the file says, by host; nothing where the playbook has not come to its end.

    :param status: what the playbook has ended with: where it is not 0 nobody claims success but by an outcome.
    :param output: what it has printed.
    """
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {host: _claim(told["custom"], host, status, output) for host in told["hosts"]}


def _claim(custom: Mapping[str, Any], host: str, status: int, output: str) -> Claim:
    outcome = custom.get("vcf_outcome", {}).get(host) or ""
    summary = custom.get("vcf_summary", {}).get(host) or {}
    return Claim(
        outcome,
        summary.get("message") or "",
        tuple(summary.get("task_ids") or ()),
        summary.get("states") or {},
        status != 0,
        output,
    )

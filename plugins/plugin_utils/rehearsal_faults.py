# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading the faults of a rehearsal as they come from a command line.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

from typing import Any

import yaml

from ansible_collections.vcf.lifecycle.plugins.plugin_utils.rehearsal import Refused

_EXAMPLE = """-e '{"faults": [{"component": "NSX", "kind": "fail"}]}'"""


def faults_of(value: Any, rest: str = "") -> list[dict[str, Any]]:
    """Return faults, given as a list or as its text in YAML or JSON; none for nothing.

    Ansible ends a value of C(-e name=value) at its first space, and keeps what comes after that as text of no name.

    :param rest: that text.
    :raises Refused: for anything else.
    """
    found = value
    if isinstance(value, str):
        found = next((one for text in (value, f"{value} {rest}") if isinstance(one := _read(text), list)), value)
    if found is None or found == "":
        return []
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise Refused(f"faults must be a list of faults, and not {value!r}. Write it as in {_EXAMPLE}.")
    return found


def _read(text: str) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        return None

# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rehearsed playbook claims is left in a file, by a callback of which nobody sees anything."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

from ansible_collections.vcf.lifecycle.extensions.rehearsal import claims

PLAYBOOK: list[dict[str, Any]] = [
    {
        "hosts": "all",
        "connection": "local",
        "gather_facts": False,
        "tasks": [
            {
                "ansible.builtin.set_stats": {
                    "data": {
                        "vcf_outcome": "{{ {inventory_hostname: 'paused'} }}",
                        "vcf_summary": "{{ {inventory_hostname: summary} }}",
                        "other": "hunter2",
                    }
                }
            },
            {"ansible.builtin.fail": {"msg": "no"}, "when": "inventory_hostname == 'b'"},
        ],
        "vars": {"summary": {"message": "The upgrade to 9.1: paused.", "task_ids": ["t"], "states": {"RUNNING": 1}}},
    }
]


def test_the_callback_leaves_what_a_playbook_claims_and_says_nothing(tmp_path: Path) -> None:
    playbook, told = tmp_path / "play.yml", tmp_path / "claims.json"
    playbook.write_text(json.dumps(PLAYBOOK), encoding="utf-8")
    command = [sys.executable, "-m", "ansible", "playbook", "-i", "a,b,", str(playbook)]
    environment = {**os.environ, **claims.environment(told)}
    # What it prints is what it would print without us.
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.count("laims"), done.stdout.count("laims")) == (2, 0, 0)
    text = told.read_text(encoding="utf-8")
    assert "hunter2" not in text
    assert stat.S_IMODE(told.stat().st_mode) == 0o600
    assert json.loads(text)["hosts"]["b"]["failures"] == 1
    found = claims.read(told, done.returncode, done.stdout)
    assert set(found) == {"a", "b"}
    one = found["a"]
    assert (one.outcome, one.release, one.task_ids, dict(one.states)) == ("paused", "9.1", ("t",), {"RUNNING": 1})

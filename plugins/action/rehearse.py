# SPDX-License-Identifier: GPL-3.0-or-later
"""rehearse, which runs in the controller alone: the simulators and the playbook are there."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ansible import context
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible.utils.vars import load_extra_vars

from ansible_collections.vcf.lifecycle.plugins.plugin_utils.plain import plain
from ansible_collections.vcf.lifecycle.plugins.plugin_utils.rehearsal import Refused, in_words, rehearse, window_of
from ansible_collections.vcf.lifecycle.plugins.plugin_utils.rehearsal_faults import faults_of

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "scenario": {"type": "path", "required": True},
    "playbook": {"type": "str", "required": True},
    "hosts": {"type": "dict", "required": True},
    "windows": {"type": "dict", "default": {}},
    "faults": {"type": "list", "elements": "dict", "default": []},
    "speed": {"type": "float", "default": 100000.0},
    "runs": {"type": "int", "default": 1},
    "chaos": {"type": "int"},
    "seed": {"type": "int", "default": 0},
    "directory": {"type": "path"},
}
REST = "_raw_params"
"""What Ansible calls the text of extra vars that belongs to no name."""
OWN = frozenset({"scenario", "playbook", "faults", "speed", "runs", "chaos", "seed", "rehearse_directory", REST})
"""Extra vars that are for the rehearsal, and not for what is rehearsed."""


class ActionModule(ActionBase):
    """rehearse."""

    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Rehearse, and return what has come of it."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        display, variables = Display(), plain(load_extra_vars(self._loader))
        try:
            faults = faults_of(plain(self._task.args.get("faults")), variables.get(REST, ""))
            self._task.args = {**self._task.args, "faults": faults}
            _validation, asked = self.validate_argument_spec(argument_spec=ARGUMENT_SPEC)
            done = rehearse(self._order(plain(asked), variables), lambda line: display.display(f"[rehearsal] {line}"))
        except Refused as problem:
            return {**result, "failed": True, "msg": str(problem)}
        problems = done["problems"]
        report = {**result, **done, "changed": False, "report": in_words(done)}
        return {**report, "failed": True, "msg": " ".join(problems)} if problems else report

    def _order(self, asked: dict[str, Any], variables: dict[str, Any]) -> dict[str, Any]:
        windows = {host: window_of(stand) for host, stand in asked["windows"].items()}
        directory = asked["directory"]
        playbook = Path(asked["playbook"]).expanduser()
        return {
            "scenario": str(Path(asked["scenario"]).absolute()),
            "playbook": str(playbook.absolute()) if playbook.is_file() else asked["playbook"],
            "inventory": [str(source) for source in context.CLIARGS.get("inventory") or []],
            "hosts": asked["hosts"],
            "windows": {host: window for host, window in windows.items() if window is not None},
            "variables": {name: value for name, value in variables.items() if name not in OWN},
            "options": options(),
            "vault": passwords(self._loader),
            **{name: asked[name] for name in ("faults", "speed", "runs", "chaos", "seed")},
            "directory": directory and str(Path(directory).absolute()),
            # The controller: this is a process that it has forked, and might outlive it.
            "parent": os.getppid(),
        }


def options() -> list[str]:
    """Return those options of this run that are the rehearsed one's, too."""
    limit = context.CLIARGS.get("subset")
    return ["--limit", str(limit)] if limit else []


def passwords(loader: DataLoader) -> list[tuple[str, str]]:
    """Return the vault's passwords with their ids, wherever they are from: who was asked is not asked again."""
    return [(name, secret.bytes.decode("latin-1")) for name, secret in loader._vault.secrets or []]

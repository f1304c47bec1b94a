# SPDX-License-Identifier: GPL-3.0-or-later
"""What there is to see of an upgrade: its steps, what they say, and what fails. The many small tasks between them,
which only note and decide, pass in silence."""

from __future__ import annotations

from typing import Any

from ansible import constants
from ansible.plugins.callback import CallbackBase

DOCUMENTATION = r"""
name: steps
type: stdout
short_description: Shows the steps of an upgrade
description:
  - Shows what the modules of the collection do, and what debug and assert say, each line with its host in front.
"""

OURS = "vcf.lifecycle."
SPEAKERS = ("ansible.builtin.debug", "ansible.builtin.assert")
SAYS_NOTHING = "All assertions passed"  # what assert says where nobody has told it what to say


class CallbackModule(CallbackBase):
    """Each line begins with the name of its host, as the lines of progress do: plays side by side can be told apart."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "steps"

    _name = ""

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        # Only here older versions of ansible-core have it with its variables filled in.
        self._name = task.name.removeprefix("Step: ")

    def v2_runner_on_start(self, host: Any, task: Any) -> None:
        # What only reads goes without saying.
        if task.action.startswith(OURS) and not task.action.endswith("_info"):
            self._say(host.get_name(), f"* {self._name}", constants.COLOR_HIGHLIGHT)

    def v2_runner_on_ok(self, result: Any) -> None:
        self._pass_on(result)

    def v2_runner_item_on_ok(self, result: Any) -> None:
        self._pass_on(result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self._fail(result)

    def v2_runner_item_on_failed(self, result: Any) -> None:
        self._fail(result)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        self._fail(result)

    def v2_playbook_on_no_hosts_matched(self) -> None:
        self._display.display("There is no such host.", color=constants.COLOR_ERROR)

    def _pass_on(self, result: Any) -> None:
        self._warn(result)
        said, outcome = result._result.get("msg"), result._result.get("outcome")
        if result._task.action.startswith(OURS) and outcome:
            versions = result._result.get("verified", {}).values()
            there = sum(version["actual"] == version["expected"] for version in versions)
            verified = f", {there} of {len(versions)} versions as they should be" if versions else ""
            self._say(result._host.get_name(), f"{outcome}{verified}", constants.COLOR_OK)
        # Of a loop each item has said it already.
        if result._task.action not in SPEAKERS or not said or said == SAYS_NOTHING or "results" in result._result:
            return
        for part in _parts(said):
            self._say(result._host.get_name(), str(part), constants.COLOR_OK)

    def _fail(self, result: Any) -> None:
        self._warn(result)
        said = result._result.get("msg") or "It failed, and did not say why."
        self._say(result._host.get_name(), f"failed: {said}", constants.COLOR_ERROR)

    def _warn(self, result: Any) -> None:
        for warning in result._result.get("warnings", []):
            self._say(result._host.get_name(), f"[WARNING]: {warning}", constants.COLOR_WARN)

    def _say(self, host: str, text: str, colour: str) -> None:
        self._display.display(f"[{host}] {text}", color=colour)


def _parts(said: Any) -> list[Any]:
    """The lines of what was said."""
    if isinstance(said, dict):
        return [f"{key}: {'; '.join(part)}" for key, part in said.items() if part]
    if isinstance(said, list):
        return [line for part in said for line in _parts(part)]
    return [said]

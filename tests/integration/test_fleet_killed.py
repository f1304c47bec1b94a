# SPDX-License-Identifier: GPL-3.0-or-later
"""An upgrade whose run is killed in the middle, and the same playbook again: the step is taken once.

As in test_killed.py, a run is killed while the simulator holds a request, before it is processed or after that and
before its answer is out; simulated time stands still but for five seconds a request.
"""

from __future__ import annotations

import re
import signal
from concurrent.futures import Future
from subprocess import Popen
from typing import Any, Literal

import pytest

from ansible_collections.vcf.lifecycle.extensions.simulator.fleet_catalog import SYSTEM
from ansible_collections.vcf.lifecycle.extensions.simulator.simulator import Simulator
from tests.conformance.fleet import NEWEST, plan, scenario
from tests.integration.conftest import Simulate
from tests.integration.runs import SHIPPED, TOO_LONG, Ansible, Run, call, defaults
from tests.integration.test_killed import kill

APPLY = "POST .*action=apply"
FOLLOWING = "GET .*/v1/tasks/"
VERIFYING = "GET .*/v1/(components|system)[?]"
QUICK = {"poll_interval": 0.02, "max_poll_interval": 0.02}


class Scene:
    """A simulated fleet, a playbook that takes a step, and runs of that which are killed at a request."""

    def __init__(self, ansible: Ansible, simulate: Simulate, **upgrade: Any) -> None:
        self.ansible = ansible
        self.sim: Simulator = simulate(scenario(**upgrade), on_request=self._seen)
        self.sim.clock.speed = 0
        self.sim.advance(1)
        self._kill_at = ""
        self._process: Future[Popen[str]] = Future()

    def play(self, playbook: str, kill_at: str = "", when: Literal["before", "after"] = "after") -> Run:
        """Run the playbook to its end, or until that request is held."""
        self._process, self._kill_at = Future(), kill_at
        self.sim.clear_faults()
        if kill_at and when == "before":
            self.sim.inject({"kind": "reset_before", "method": "POST", "path": "action=apply", "times": 1})
        with self.ansible.start("playbook", playbook, start_new_session=True) as process:
            self._process.set_result(process)
            return self.ansible.finish(process)

    def _seen(self, record: dict[str, Any]) -> None:
        self.sim.clock.advance(5)
        if self._kill_at and re.match(self._kill_at, f"{record['method']} {record['path']}?{record['query']}"):
            self._kill_at = ""
            kill(self._process.result(TOO_LONG))

    @property
    def applied(self) -> int:
        """How many requests to apply have come to the service."""
        seen = [one for one in self.sim.requests if one["method"] == "POST" and "action=apply" in one["query"]]
        return len([one for one in seen if one["fault"] != "reset_before"])


@pytest.mark.parametrize(
    ("action", "keywords"),
    [("apply", {}), ("apply", {"environment": SHIPPED}), ("system", {})],
    ids=["apply", "apply shipped", "system"],
)
def test_a_step_that_is_killed_again_and_again_is_taken_once(
    ansible: Ansible, simulate: Simulate, action: str, keywords: dict[str, Any]
) -> None:
    scene = Scene(ansible, simulate, system={} if action == "system" else {"version": SYSTEM.newest})
    options: dict[str, Any] = {"action": action, "timeout": 60, **QUICK}
    if action == "system":
        options["target_version"] = SYSTEM.newest
    else:
        plan(scene.sim)
    task = {**call("it", "fleet_upgrade_run", options, **keywords), "ignore_errors": False}
    playbook = ansible.written([task], module_defaults=defaults(scene.sim))

    assert scene.play(playbook, APPLY, "before").code == -signal.SIGKILL
    assert scene.applied == 0
    assert scene.play(playbook, APPLY).code == -signal.SIGKILL
    assert scene.applied == 1
    for moment in (FOLLOWING, FOLLOWING):
        assert scene.play(playbook, moment).code == -signal.SIGKILL
    run = scene.play(playbook)
    assert (run.code, run["it"]["adopted"], run["it"]["changed"]) == (0, True, False), run.output
    assert run["it"]["outcome"] == "succeeded"
    again = scene.play(playbook)
    assert (again.code, again["it"]["adopted"], again["it"]["tasks"]) == (0, False, []), again.output
    assert scene.applied == 1
    expected = {"VCF_FLEET_LCM": SYSTEM.newest} if action == "system" else NEWEST
    assert {name: one["actual"] for name, one in again["it"]["verified"].items()} == expected


def test_a_run_that_is_killed_while_it_verifies_has_nothing_left_to_do(ansible: Ansible, simulate: Simulate) -> None:
    scene = Scene(ansible, simulate)
    plan(scene.sim)
    task = {**call("it", "fleet_upgrade_run", {"action": "apply", **QUICK}), "ignore_errors": False}
    playbook = ansible.written([task], module_defaults=defaults(scene.sim))
    assert scene.play(playbook, VERIFYING).code == -signal.SIGKILL
    run = scene.play(playbook)
    assert (run.code, run["it"]["outcome"], run["it"]["tasks"]) == (0, "succeeded", []), run.output
    assert scene.applied == 1

# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole upgrade whose run is killed at each step, and started again each time: nothing is done twice.

As in test_killed.py, a run is killed while the simulator holds a request that it has carried out, or before that;
simulated time stands still but for five seconds a request.
"""

from __future__ import annotations

import re
import signal
from concurrent.futures import Future
from subprocess import Popen
from typing import Any

import pytest

from ansible_collections.vcf.lifecycle.extensions.simulator.fleet_catalog import SYSTEM
from tests.conformance.fleet import plan, post
from tests.integration.fleets import (
    DEPOT,
    NEWEST,
    OPS,
    PATIENCE,
    PLAYBOOK,
    Fleets,
    applied,
    system_version,
    two,
    versions,
    writes,
)
from tests.integration.runs import Run
from tests.integration.test_killed import kill

pytestmark = pytest.mark.timeout(PATIENCE)

DONE = {OPS: NEWEST[OPS], DEPOT: NEWEST[DEPOT]}


class Scene:
    """A fleet, and runs that are killed at a request."""

    def __init__(self, fleets: Fleets, **upgrade: Any) -> None:
        self.fleets = fleets
        self.sim = fleets.add(on_request=self._seen, **upgrade)
        self.sim.clock.speed = 0
        self.sim.advance(1)
        self._kill_at = ""
        self._process: Future[Popen[str]] = Future()

    def run(self, kill_at: str = "") -> Run:
        """Run the playbook to its end, or until that request has been carried out."""
        self._process, self._kill_at = Future(), kill_at
        with self.fleets.ansible.start("playbook", PLAYBOOK, start_new_session=True) as process:
            self._process.set_result(process)
            done = self.fleets.ansible.finish(process)
        assert done.code == (-signal.SIGKILL if kill_at else 0), done.output
        return done

    def _seen(self, record: dict[str, Any]) -> None:
        self.sim.clock.advance(5)
        if self._kill_at and re.search(self._kill_at, f"{record['method']} {record['path']}?{record['query']}"):
            self._kill_at = ""
            kill(self._process.result(PATIENCE))

    def times(self, request: str) -> int:
        """How often that has been asked for."""
        return writes(self.sim).count(request)


def test_a_run_that_is_killed_at_each_step_before_anything_is_applied(fleets: Fleets) -> None:
    scene = Scene(fleets, components=two(), system={"seconds": 60}, synced=False, sync={"seconds": 60})
    for moment in ("action=sync", "system.*apply", "validations", "POST .*upgrade-plans[?]", "configure", "precheck"):
        scene.run(kill_at=moment)
    assert scene.sim.count("POST", "action=apply") == 1
    scene.run()
    assert (versions(scene.sim), system_version(scene.sim)) == (DONE, SYSTEM.newest)
    assert applied(scene.sim) == [[DEPOT], [OPS]]
    for request in ("depot-metadata?action=sync", "system?action=apply", "upgrade-plans?action=configure"):
        assert scene.times(f"POST {request}") == 1, request


def test_a_run_that_is_killed_while_it_applies(fleets: Fleets) -> None:
    # So slow that it goes on while the next run looks about.
    scene = Scene(fleets, components=two(OPS={"seconds": 400}))
    post(scene.sim, f"upgrade-plans/{plan(scene.sim, **DONE)}?action=configure")
    scene.sim.advance(600)
    scene.sim.inject({"kind": "reset_before", "method": "POST", "path": "action=apply", "times": 1})
    scene.run(kill_at="action=apply")
    assert versions(scene.sim)[DEPOT] != NEWEST[DEPOT]
    scene.run(kill_at="action=apply")
    scene.run(kill_at="GET .*/v1/tasks/")
    scene.run(kill_at="action=apply")
    assert scene.sim.count("POST", "upgrade-plans/.*action=apply") == 3
    scene.run(kill_at="GET .*/v1/tasks/")
    scene.run()
    assert versions(scene.sim) == DONE
    # The first of them never reached the service.
    assert [work.kind for work in scene.sim.service("fleet_lcm").upgrade.fleet.works].count("apply") == 2
    scene.run()
    assert scene.sim.count("POST", "upgrade-plans/.*action=apply") == 3

# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole upgrade and its change window: nothing is begun outside it, and what it ends in the middle goes on later."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.fleet import plan, post
from tests.integration.fleets import DEPOT, NEWEST, OPS, PATIENCE, Fleets, applied, two, versions, window, writes

pytestmark = pytest.mark.timeout(PATIENCE)

SHORT = 15
"""Seconds that are left of a window that closes: enough to begin one more step, however busy the machine is."""
CLOSES = (
    "{{ '%Y-%m-%dT%H:%M:%SZ' | strftime(now().timestamp() + (" + str(SHORT) + " if fleet_upgrade_results | default([]) "
    "| length == STEPS else 3600), utc=true) }}"
)
FOR_EVER = 1e6


def closing(steps: int) -> dict[str, Any]:
    """Variables with a window that closes soon after so many steps have been taken; until then it is far from that."""
    return {"change_window_definition": {**window(), "end": CLOSES.replace("STEPS", str(steps))}}


def test_nothing_is_begun_outside_the_window_or_with_something_in_the_way(fleets: Fleets) -> None:
    fleets.add("closed", {"change_window_definition": window(-1)})
    fleets.add("short", {"change_window_definition": window(30), "fleet_upgrade_expected_minutes": 31})
    fleets.add("short step", {"change_window_definition": window(30), "fleet_upgrade_step_minutes": 31})
    fleets.add("undefined", {"change_window_definition": {}})
    busy = fleets.add("busy", components=two(OPS={"seconds": FOR_EVER}))
    # Somebody else upgrades to another release.
    other = post(busy, "upgrade-plans", {"spec": {"desiredSoftware": {"version": "9.1.0.0"}}})["id"]
    post(busy, f"upgrade-plans/{other}?action=apply")
    busy.service("fleet_lcm").upgrade.fleet.plans[other].spec["desiredSoftware"]["version"] = "9.0.0.0"
    seen = writes(busy)
    # A pause may be a failure.
    paused = closing(1) | {"fleet_upgrade_step_minutes": 2, "fleet_upgrade_fail_when_paused": True}
    plan(fleets.add("paused", paused))
    ran = fleets.run(code=2)
    assert fleets.outcomes() == dict.fromkeys(fleets.sims, "blocked") | {"paused": "paused"}
    ends = [one for one in ran.records if one["task"].endswith("now that everything is noted")]
    (failed,) = [one["result"]["msg"] for one in ends if one["host"] == "paused"]
    assert "paused. Left: VCF Operations, Software depot." in failed
    said = {name: fleets.report(name)["root_causes"][0]["message"] for name in fleets.sims if name != "paused"}
    for name, sentence in {
        "closed": "outside the change window",
        "short": "the work is expected to take 31m",
        "short step": "expected to take 31",
        "undefined": "No change window is given",
        "busy": "Tasks are in the way (1): apply-upgrade-plan",
    }.items():
        assert sentence in said[name]
        assert writes(fleets.sims[name]) == (seen if name == "busy" else [])


def test_the_window_ends_in_the_middle_and_the_next_one_goes_on(fleets: Fleets) -> None:
    slow = {"components": two(OPS={"seconds": 5000})}
    cancel = {"change_window_at_end": "cancel", "change_window_cancel_timeout": 100}

    def hurry(record: dict[str, Any]) -> None:
        """What is cancelled goes on to the end of its stage: let that come."""
        if "action=cancel" in record["query"]:
            canceled.clock.advance(5000)

    # While a task is going on, and before a step is begun: after depot, plan, configure, precheck and the first wave.
    running = fleets.add("running", closing(5), speed=100, **slow)
    canceled = fleets.add("canceled", closing(5) | cancel, speed=100, on_request=hurry, **slow)
    between = fleets.add("between", closing(4) | cancel | {"fleet_upgrade_step_minutes": 2}, **slow)
    ran = fleets.run()
    assert fleets.outcomes() == {"running": "paused", "canceled": "canceled", "between": "paused"}
    assert applied(running) == applied(canceled) == [[DEPOT], [OPS]]
    assert applied(between) == []
    assert "Left: " in ran.output
    for name in fleets.sims:
        assert fleets.report(name)["failures"] == []
        fleets.ansible.hosts[name]["change_window_definition"] = window()
        fleets.sims[name].clock.speed = 5000
    fleets.run()
    assert fleets.outcomes() == dict.fromkeys(fleets.sims, "succeeded")
    assert applied(between) == applied(running) == [[DEPOT], [OPS]]
    # What was cancelled can not be retried.
    assert applied(canceled) == [[DEPOT], [OPS], [OPS]]
    for sim in fleets.sims.values():
        assert versions(sim) == {OPS: NEWEST[OPS], DEPOT: NEWEST[DEPOT]}

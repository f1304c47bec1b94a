# SPDX-License-Identifier: GPL-3.0-or-later
"""Playbooks that upgrade a simulated fleet, from the first step to the last, and what comes between."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from ansible_collections.vcf.lifecycle.extensions.simulator.fleet_catalog import CATALOG, SYSTEM
from ansible_collections.vcf.lifecycle.extensions.simulator.simulator import Simulator
from tests.conformance.fleet import FIRST, NEWEST, OPS, RELEASE, plan, scenario
from tests.integration.conftest import Play, Simulate
from tests.integration.runs import ROOT, SHIPPED, Run, call, defaults

WHOLE = ROOT / "tests" / "scenarios" / "fleet_upgrade.yml"
QUICK = {"poll_interval": 0.05, "max_poll_interval": 0.2, "timeout": 80}
TARGET = {"target_version": SYSTEM.newest}


def step(action: str, name: str = "", **options: Any) -> dict[str, Any]:
    return call(name or action, "fleet_upgrade_run", {"action": action, **QUICK, **options})


def flow(**apply: Any) -> list[dict[str, Any]]:
    """All steps of an upgrade, in order."""
    return [
        step("sync_depot", **TARGET),
        step("system", **TARGET),
        call("plan", "fleet_upgrade_plan", {"version": RELEASE, "poll_interval": 0.05}),
        step("configure"),
        step("precheck"),
        step("apply", **apply),
    ]


def writes(sim: Simulator) -> list[str]:
    """The requests so far that were to change something."""
    login = sim.service("fleet_lcm").login_url
    return [
        f"{seen['method']} {seen['path']}?{seen['query']}"
        for seen in sim.requests
        if seen["method"] != "GET" and seen["path"] != login
    ]


def outcomes(run: Run) -> dict[str, Any]:
    """What each step has come to, where it says that, and whether something was changed."""
    return {record["task"]: (record["result"]["changed"], record["result"].get("outcome")) for record in run.records}


@pytest.mark.parametrize("keywords", [{}, {"environment": SHIPPED}], ids=["in process", "shipped"])
def test_all_steps_in_order_and_again(play: Play, simulate: Simulate, keywords: dict[str, Any]) -> None:
    sim = simulate(scenario(system={"restart": 120}, synced=False) | {"speed": 120})
    first = play(flow(), module_defaults=defaults(sim), **keywords)
    assert outcomes(first) == {
        "plan": (True, None),
        **dict.fromkeys(["sync_depot", "system", "configure", "precheck", "apply"], (True, "succeeded")),
    }
    assert {name: one["actual"] for name, one in first["apply"]["verified"].items()} == NEWEST
    sent = len(writes(sim))
    # The login, and one request for each step; the plan takes two.
    assert (sent, sim.count("POST", "action=apply")) == (7, 2)

    for options in ([], ["--check", "--diff"]):
        again = play(flow(), *options, module_defaults=defaults(sim), **keywords)
        assert {record["outcome"] for record in again.records} == {"ok"}
        assert not any(changed for changed, _outcome in outcomes(again).values())
        assert len(writes(sim)) == sent


def test_check_mode_of_everything_sends_no_write(play: Play, simulate: Simulate) -> None:
    sim = simulate(scenario())
    plan(sim, **FIRST)
    tasks = [step("sync_depot"), step("system", **TARGET), *flow()[2:], call("info", "fleet_upgrade_info")]
    ran = play(tasks, "--check", "--diff", module_defaults=defaults(sim))
    assert writes(sim) == []
    changed = {name for name, (is_changed, _outcome) in outcomes(ran).items() if is_changed}
    assert changed == {"sync_depot", "plan"}


def test_a_whole_fleet_with_a_false_failure_and_a_true_one(play: Play, simulate: Simulate) -> None:
    # Time passes with the looks: a restart is seen however seldom a busy machine looks.
    whole = yaml.safe_load(WHOLE.read_text(encoding="utf-8"))
    sim = simulate(whole, on_request=lambda _record: sim.clock.advance(800))
    sim.clock.speed = 0
    sim.advance(1)
    retry = call("retry", "task_retry", {"task_id": "{{ failed.tasks[0].id }}", **QUICK})
    after = [
        {**step("apply", "apply once", accept_failed_but_on_target=True), "register": "failed"},
        {**retry, "name": "retry VSP"},
        step("apply", "apply twice"),
        {**retry, "name": "retry OPS_LOGS"},
        step("apply", "apply at last"),
    ]
    ran = play([*flow()[:-1], *after], module_defaults=defaults(sim))
    assert ran["precheck"]["outcome"] == "succeeded_with_warnings"
    # VSP failed in name alone, but what comes after it was not upgraded.
    assert (ran["apply once"]["outcome"], ran["apply once"]["outages"]) == ("failed", 1)
    assert ran["apply once"]["verified"]["VSP"]["actual"] == CATALOG["VSP"].newest
    assert ran["apply once"]["verified"]["OPS_LOGS"]["actual"] == CATALOG["OPS_LOGS"].first
    assert ran["apply at last"]["outcome"] == "succeeded"
    assert sim.service("fleet_lcm").upgrade.versions()["VCF Automation"] == CATALOG["VCFA"].newest


@pytest.mark.parametrize("accept", [False, True], ids=["not accepted", "accepted"])
def test_a_false_failure(play: Play, simulate: Simulate, accept: bool) -> None:
    sim = simulate(scenario(components=[{"type": "OPS", "false_failed": True}]) | {"speed": 120})
    plan(sim, OPS=OPS.newest)
    ran = play([step("apply", accept_failed_but_on_target=accept)], module_defaults=defaults(sim))
    assert ran.record("apply")["outcome"] == ("ok" if accept else "failed")
    assert ran["apply"]["outcome"] == "failed_but_on_target"
    assert ran["apply"]["verified"] == {"OPS": {"expected": OPS.newest, "actual": OPS.newest}}

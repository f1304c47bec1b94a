# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules for the upgrades of Fleet LCM return the same, run in process and shipped; and show no secret."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from ansible_collections.vcf.lifecycle.extensions.simulator.fleet_catalog import SYSTEM
from tests.conformance.fleet import OPS, RELEASE, Fleet, scenario
from tests.integration.conftest import Play, Simulate
from tests.integration.runs import FLEET, SHIPPED, Ansible, call, connection
from tests.integration.test_two_ways import MEASURED, Case, difference, without

QUICK = {"poll_interval": 0.02, "max_poll_interval": 0.02}
DOWN = {"OPS": OPS.first}
GIVEN = {"fqdn": "ops.sfo.example.com", "targetVspClusterPassword": "Hidden-input-1"}


def of_service(options: dict[str, Any]) -> list[Case]:
    """What is special about modules for one service."""
    return [
        ("no service", {**options, "service": None}),
        ("another service", {**options, "service": "sddc_manager"}),
        ("an unknown option", {**options, "colour": "red"}),
    ]


def of_connections(options: dict[str, Any]) -> list[Case]:
    """What is the same for all modules, so that one of them has to be given it."""
    return [
        *of_service(options),
        ("a service there is not", {**options, "service": "toaster"}),
        ("no hostname", {**options, "hostname": None}),
        ("a wrong password", {**options, "password": "Hidden-password-9"}),
        ("a plan there is not", {**options, "plan_id": "../x y?z"}),
    ]


def own(module: str, plan_id: str) -> list[Case]:
    """What each module is given. A new module needs a list."""
    cases: dict[str, list[Case]] = {
        "fleet_upgrade_info": [
            ("everything", {}),
            ("everything in check mode", {}, {"check_mode": True, "diff": True}),
            ("one plan", {"plan_id": plan_id}),
            *of_connections({}),
        ],
        "fleet_upgrade_plan": [
            ("the plan that there is", {"version": RELEASE, "plan_id": plan_id}, {"diff": True}),
            ("another in check mode", {"version": RELEASE, "components": DOWN}, {"check_mode": True, "diff": True}),
            ("another", {"version": RELEASE, "components": DOWN, **QUICK}, {"diff": True}),
            ("the same again", {"version": RELEASE, "components": DOWN, **QUICK}, {"diff": True}),
            ("as a text", {"version": RELEASE, "components": json.dumps(DOWN)}),
            ("no time", {"version": RELEASE, "timeout": 0}),
            ("a version there is not", {"version": RELEASE, "components": {"OPS": "1.2"}}),
            ("a version that is a number", {"version": RELEASE, "components": {"OPS": 9.1}}),
            ("a list", {"version": RELEASE, "components": ["OPS"]}),
            ("a release there is not", {"version": 9.9}),
            *of_service({"version": RELEASE}),
        ],
        "fleet_upgrade_run": [
            ("a configuration", {"action": "configure", "user_input": json.dumps({"OPS": GIVEN})}, {"diff": True}),
            ("another", {"action": "configure", "user_input": {"OPS": {**GIVEN, "size": 1}}, **QUICK}),
            ("a precheck", {"action": "precheck", **QUICK}, {"diff": True}),
            ("an upgrade in check mode", {"action": "apply"}, {"check_mode": True, "diff": True}),
            ("an upgrade that is not waited for", {"action": "apply", "wait": False}),
            ("no time", {"action": "apply", "timeout": 0, "on_timeout": "continue", "progress": False}),
            ("the same", {"action": "apply", "plan_id": plan_id, **QUICK}, {"diff": True}),
            ("the same again", {"action": "apply", "components": "OPS"}, {"diff": True}),
            ("the system", {"action": "system", "target_version": SYSTEM.newest}, {"diff": True}),
            ("a version there is not", {"action": "system", "target_version": "1.2.3"}),
            ("no version", {"action": "system"}),
            ("what is not there", {"action": "apply", "components": ["OPPS"]}),
            ("no input", {"action": "apply", "user_input": "Hidden-input-3"}),
            *of_service({"action": "apply"}),
        ],
    }
    return cases[module]


@pytest.fixture
def started(simulate: Simulate) -> Any:
    """Return a function that serves a Fleet LCM with a plan, whose time moves five seconds with each request."""

    def serve() -> tuple[Fleet, str]:
        made: list[Fleet] = []
        sim = simulate(scenario(), on_request=lambda _record: made[0].sim.clock.advance(5))
        made.append(Fleet("fleet_lcm", sim))
        plan_id = made[0].plan()
        chosen = {"componentsFilter": [{"id": made[0].component_id("OPS"), "userInputSpec": GIVEN}]}
        made[0].post(f"upgrade-plans/{plan_id}?action=configure", chosen)
        sim.advance(10)
        return made[0], plan_id

    return serve


def comparable(result: Any, line: Fleet) -> str:
    """A result as a text, without what differs from one simulator to the next."""
    text = json.dumps(without(MEASURED, result), sort_keys=True, indent=1).replace(str(line.sim.port), "PORT")
    text = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "TIME", text)
    # An estimate compares simulated times with the time of the machine.
    text = re.sub(r'(?<="estimated_remaining_seconds": )\d+', "null", text).replace(str(line.sim.ca_path), "CA")
    ids: dict[str, str] = {}
    found = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
    text = found.sub(lambda match: ids.setdefault(match.group(0), f"ID-{len(ids)}"), text)
    # After the ids, whose ends may be digits alone.
    return re.sub(r"\b[0-9A-F]{12}\b", "REFERENCE", text)


@pytest.mark.parametrize("module", FLEET)
def test_both_ways_return_the_same(ansible: Ansible, play: Play, started: Any, module: str) -> None:
    shown: list[dict[str, str]] = []
    outcomes: list[dict[str, str]] = []
    for environment in ({}, SHIPPED):
        line, plan_id = started()
        tasks = []
        for name, options, *keywords in own(module, plan_id):
            to = connection(line.sim, **options)
            tasks.append(call(name, module, to, **(keywords or [{}])[0]))
        ran = play(tasks, "-vvv", environment=environment)
        assert ran.stdout.count(f"/AnsiballZ_{module}.py\n") == (len(tasks) if environment else 0)
        shown.append({task["name"]: comparable(ran[task["name"]], line) for task in tasks})
        outcomes.append({task["name"]: ran.record(task["name"])["outcome"] for task in tasks})
        for place, text in (("output", ran.output), ("results", ansible.records.read_text())):
            assert "Hidden" not in text, f"{place}: {text[max(0, text.index('Hidden') - 300) :][:400]}"
        assert all("failure" in ran[name] for name, outcome in outcomes[-1].items() if outcome == "failed")
    here, there = shown
    differing = [difference(name, here[name], there[name]) for name in here if here[name] != there[name]]
    assert not differing, "\n\n".join(differing)
    assert outcomes[0] == outcomes[1]
    assert set(outcomes[0].values()) == {"ok", "failed"}

# SPDX-License-Identifier: GPL-3.0-or-later
"""No secret appears anywhere, however much Ansible is asked to say."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.vcf.lifecycle.extensions.simulator.simulator import Simulator
from tests.integration.conftest import Play, Simulate
from tests.integration.runs import OF_TASKS, SHIPPED, VERBS, Ansible, call, connection

PLANTED = "Hidden"


def calls(module: str, sim: Simulator) -> list[dict[str, Any]]:
    options = of_verb(module, sim) if module in VERBS else of_extension_task(sim)
    return [call(f"{module} {number}", module, one, diff=True, register="it") for number, one in enumerate(options)]


def of_extension_task(sim: Simulator) -> list[dict[str, Any]]:
    leaky = {"task_id": sim.task_id("leaky", "vcenter")}
    return [
        connection(sim, "vcenter", **one)
        for one in (
            leaky,
            {"state": "RUNNING", "description": "a description"},
            {"task_id": "forbidden"},
            {"task_id": "away", "max_outage": 0.1},
            {**leaky, "description": "a description"},
            {**leaky, "auth_url": f"{sim.url}/elsewhere"},
            {**leaky, "token": "Hidden-token-3"},
            {**leaky, "passwort": "x", "state": "ASLEEP"},
        )
    ]


def of_verb(module: str, sim: Simulator) -> list[dict[str, Any]]:
    quick = {"poll_interval": 0.05, "timeout": 0.1} if module != "task_info" else {}
    raw = {"raw": True} if module == "task_info" else {}
    leaky = {service: {"task_id": sim.task_id("leaky", service), **raw} for service in ("fleet_lcm", "sddc_manager")}
    running = {"task_id": sim.task_id("running with secret=Hidden-name-1"), **quick}
    key = {"username": None, "password": None, "api_token": "Hidden-key-1"}
    fleet = [
        leaky["fleet_lcm"],
        running,
        {"task_id": "forbidden"},
        {"task_id": "away", "max_outage": 0.1},
        {**leaky["fleet_lcm"], "auth_url": f"{sim.url}/elsewhere"},
        {**leaky["fleet_lcm"], "token": "Hidden-token-1", "api_token": "Hidden-token-2"},
        {**leaky["fleet_lcm"], "token": "Hidden token with blanks"},
        {**leaky["fleet_lcm"], "passwort": "x", "states": ["ASLEEP"]},
    ]
    if module == "task_retry":
        fleet.append(
            {**leaky["fleet_lcm"], "credentials_spec": {"elements": [{"credentials": [{"password": "Hidden-spec-1"}]}]}}
        )
    options = [connection(sim, **one) for one in fleet]
    return options + [connection(sim, "sddc_manager", **leaky["sddc_manager"], **instead) for instead in ({}, key)]


@pytest.mark.parametrize("keywords", [{}, {"environment": SHIPPED}], ids=["in process", "shipped"])
def test_no_secret_is_shown(ansible: Ansible, play: Play, simulate: Simulate, keywords: dict[str, Any]) -> None:
    sim = simulate("secrets")
    tasks = []
    for module in OF_TASKS:
        asked = calls(module, sim)
        if keywords and module not in ("task_info", "extension_task"):
            # What a process of its own does at its beginning and its end, all verbs share: one shows the rest of it.
            asked = asked[:3] + asked[8:9]
        for task in asked:
            tasks += [task, {"name": f"registered {task['name']}", "ansible.builtin.debug": {"var": "it"}}]
    log = ansible.folder / "ansible.log"
    ran = play(tasks, "-vvvv", variables={"ANSIBLE_LOG_PATH": str(log)}, **keywords)
    shown = {
        "stdout": ran.stdout,
        "stderr": ran.stderr,
        "results": ansible.records.read_text(),
        "log": log.read_text(),
    }
    for place, text in shown.items():
        assert PLANTED not in text, f"{place}: {text[max(0, text.index(PLANTED) - 300) :][:400]}"
    # The simulator's own words did get through, so there was something to mask.
    assert all("********" in text for text in (ran.stdout, shown["results"], shown["log"]))
    leaky = ran["task_info 0"]["tasks"][0]
    assert leaky["raw"]["oldPassword"] == leaky["raw"]["newPassword"] == "********"
    assert leaky["additional_details"]["user"] == "root"
    assert (keywords == {}) == ("[localhost] leaky" in ran.stdout)
    assert {ran[f"{module} 2"]["failure"]["kind"] for module in OF_TASKS} == {"authorization"}
    assert "password=********" in ran["extension_task 0"]["tasks"][0]["errors"][0]["message"]
    assert [ran[f"extension_task {number}"]["failure"]["kind"] for number in (1, 4)] == ["not_allowed"] * 2
    assert "secret=********" in ran["extension_task 1"]["msg"]


def test_no_log_prints_no_progress(play: Play, simulate: Simulate) -> None:
    sim = simulate("two_ways")
    options = connection(sim, task_id=sim.task_id("over", "fleet_lcm"))
    shown = call("shown", "task_wait", options)
    tasks = [shown, call("hidden", "task_wait", options, no_log=True)]
    tasks.append(call("without progress", "task_wait", {**options, "progress": False}))
    ran = play(tasks, "-v")
    assert "[localhost] over (" in ran.section("shown")
    assert "over" not in ran.section("hidden")
    assert "[localhost] over (" not in ran.section("without progress")

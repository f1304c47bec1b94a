# SPDX-License-Identifier: GPL-3.0-or-later
"""fleet_upgrade_info, against the simulated Fleet LCM."""

from __future__ import annotations

import json

import pytest

from ansible_collections.vcf.lifecycle.extensions.simulator.fleet_catalog import CATALOG, SYSTEM
from tests.conformance.fleet import DEPOT, FIRST, NEWEST, OPS, RELEASE, fleet


def test_all_there_is_to_know() -> None:
    with fleet() as line:
        plan_id = line.plan()
        (found,) = line.info()["plans"]
        result = line.info(plan_id=plan_id)
        assert line.writes == []
    assert (found["id"], found["status"], found["version"], found["software"]) == (plan_id, "DRAFT", RELEASE, NEWEST)
    assert {one["type"]: one["status"] for one in found["components"]} == {
        "OPS": "PENDING",
        "VCF_FLEET_DEPOT": "ELIGIBLE",
    }
    ops, depot = found["components"]
    assert (ops["version"], ops["target_version"], ops["depends_on"]) == (OPS.first, OPS.newest, [depot["id"]])
    assert ops["messages"][0]["text"] == "Waits for the upgrade of Software depot."
    assert [(one["component_type"], one["status"], one["depot"]) for one in found["bundles"]] == [
        ("OPS", "REQUIRED", "software-depot.sfo.example.com"),
        ("VCF_FLEET_DEPOT", "REQUIRED", "software-depot.sfo.example.com"),
    ]
    assert result["plans"] == [found]
    assert result["system"]["version"] == SYSTEM.newest
    assert (result["changed"], result["tasks"], result["blocking"]) == (False, [], [])
    assert {one["type"]: one["version"] for one in result["components"]} == FIRST
    offer = {"type": "OPS", "name": OPS.name, "versions": [OPS.newest, OPS.first]}
    (release,) = result["target_releases"]
    assert release["version"] == RELEASE
    assert offer in release["components"]
    assert result["releases"] == result["target_releases"]


def test_later_versions_are_hidden_until_the_system_is_upgraded() -> None:
    with fleet(system={}) as line:
        result = line.info()
    assert (result["system"]["version"], result["system"]["available_versions"]) == (SYSTEM.first, [SYSTEM.newest])
    assert [one["versions"] for one in result["releases"][0]["components"]] == [[OPS.first], [DEPOT.first]]
    assert (result["target_releases"], result["plans"]) == ([], [])


def test_executions_their_tasks_and_what_blocks() -> None:
    with fleet() as line:
        plan_id = line.plan()
        task = line.post(f"upgrade-plans/{plan_id}?action=apply")
        line.sim.advance(60)
        result = line.info()
        line.sim.advance(200)
        after = line.info()
    (plan,) = result["plans"]
    assert [(run["task_id"], run["type"], run["state"], run["status"]) for run in plan["executions"]] == [
        (task["id"], "UPGRADE", "RUNNING", "INPROGRESS")
    ]
    assert [one["id"] for one in result["tasks"]] == [task["id"]]
    assert [(one["id"], one["state"]) for one in result["blocking"]] == [(task["id"], "RUNNING")]
    ops = plan["components"][0]
    assert (ops["upgrade"]["plan_task_id"], ops["upgrade"]["state"]) == (task["id"], "RUNNING")
    assert after["plans"][0]["executions"][0]["state"] == "SUCCEEDED"
    assert (after["plans"][0]["status"], after["blocking"]) == ("COMPLETED", [])


def test_the_upgrade_of_the_system_is_one_of_the_tasks() -> None:
    with fleet(system={}) as line:
        task = line.post("system?action=apply", {"targetVersion": SYSTEM.newest})
        result = line.info()
    assert result["system"]["upgrade"]["task_id"] == task["id"]
    assert (result["system"]["target_version"], result["system"]["upgrade"]["state"]) == (SYSTEM.newest, "RUNNING")
    assert [bundle["version"] for bundle in result["system"]["bundles"]] == [SYSTEM.newest]
    assert task["id"] in [one["id"] for one in result["tasks"]]


def test_all_pages_are_read() -> None:
    components = [{"type": name, "name": f"{name} {number}"} for name in CATALOG for number in range(20)]
    with fleet(components=components) as line:
        line.plan(**{name: kind.newest for name, kind in CATALOG.items()})
        result = line.info()
        assert line.sim.count("GET", "v1/components") == 3
    assert len(result["components"]) == len(result["plans"][0]["components"]) == len(components)
    assert len({one["id"] for one in result["plans"][0]["components"]}) == len(components)


def test_what_the_user_has_given_is_never_shown() -> None:
    given = {"fqdn": "ops.example.com", "targetVspClusterPassword": "Hidden-input-1", "size": {"pin": "Hidden-input-2"}}
    with fleet() as line:
        plan_id = line.plan()
        chosen = {"componentsFilter": [{"id": line.component_id("OPS"), "userInputSpec": given}]}
        line.post(f"upgrade-plans/{plan_id}?action=configure", chosen)
        line.sim.advance(10)
        result = line.info()
    assert result["plans"][0]["components"][0]["user_input"] == dict.fromkeys(given, "********")
    assert "Hidden" not in json.dumps(result)
    assert "ops.example.com" not in json.dumps(result)


@pytest.mark.parametrize("plan_id", ["another", "..", "a/b?c"])
def test_a_plan_there_is_not(plan_id: str) -> None:
    with fleet() as line:
        known = line.plan()
        failed = line.info(plan_id=plan_id)
    assert failed["failure"]["kind"] == "not_found"
    assert f"There are {known}." in failed["msg"]


def test_another_service_is_refused_before_anything_is_sent() -> None:
    with fleet() as line:
        failed = line.info(service="sddc_manager")
        assert line.sim.requests == []
    assert failed["failure"]["kind"] == "options"
    assert "sddc_manager has none of its kind" in failed["msg"]

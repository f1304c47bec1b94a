# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults of upgrades: what they make of the runs, and of requests while an upgrade goes on; with Broadcom's clients."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import requests

from ansible_collections.vcf.lifecycle.extensions.simulator.fleet_catalog import CATALOG, SYSTEM
from ansible_collections.vcf.lifecycle.extensions.simulator.scenario import ScenarioError
from ansible_collections.vcf.lifecycle.extensions.simulator.simulator import Simulator
from tests.contract.clients import TIMEOUT
from tests.contract.fleet import PASSWORD, UPGRADED, Client, client_of, filtered, scenario
from tests.contract.sddc_upgrade import NEW, OLD, STILL, SddcManager

OPS = CATALOG["OPS"]
ERROR = {"code": "DISK_FULL", "message": "The disk is full."}


@pytest.fixture
def serve(session_for: Callable[[Simulator], requests.Session]) -> Iterator[Callable[..., Any]]:
    """Serve a scenario with faults, and connect to it."""
    with ExitStack() as running:

        def begin(data: dict[str, Any], *faults: dict[str, Any]) -> Any:
            sim = running.enter_context(Simulator.from_dict({**data, "faults": list(faults)}))
            session = session_for(sim)
            return client_of(sim, session, PASSWORD) if "fleet_lcm" in data["services"] else SddcManager(sim, session)

        yield begin


def one(**ops: Any) -> dict[str, Any]:
    """A fleet with one component, whose upgrade takes 100 seconds."""
    return scenario(system=UPGRADED, components=[{"type": "OPS", "seconds": 100, **ops}])


def domains(**components: Any) -> dict[str, Any]:
    """A management domain m, ready for its upgrade."""
    kept = dict.fromkeys(("SDDC_MANAGER", "DRIFT", "NSX", "VCENTER", "ESX")) | components
    domain = {"id": "m", "name": "m", "version": OLD, "target": NEW, "selected": True, "components": kept}
    spec = {"upgrade": {"domains": [domain], "downloaded": True}, "token_lifetime": 1e7}
    return {"speed": STILL, "services": {"sddc_manager": spec}}


@pytest.mark.parametrize("name", ["ops", "VCF Operations", "vcf-operations.sfo.example.com"])
def test_an_upgrade_fails_as_said_before_it_fails_as_the_scenario_says(serve: Callable[..., Client], name: str) -> None:
    fault = {"component": name, "stage": "Upgrade", "times": 2, "error": ERROR}
    client = serve(one(failures=[{"stage": "verify"}]), fault)
    task = client.plans.apply_upgrade_plan(client.plan(OPS=OPS.newest).id, filtered())
    for stage, code in [("upgrade", "DISK_FULL"), ("upgrade", "DISK_FULL"), ("verify", "VCFMS-UPGRADE-COMPONENT-031")]:
        ended = client.ended(task.id, "FAILED")
        (failed,) = [found for found in ended.sub_tasks[0].stages if found.status == "FAILED"]
        assert (failed.name.split()[-1], failed.messages[-1].message.id) == (stage, code)
        client.tasks.retry_task(task.id)
    client.ended(task.id)
    assert client.version("OPS") == OPS.newest


def test_a_fleet_may_lie_as_often_as_said(serve: Callable[..., Client]) -> None:
    client = serve(one(), {"component": "OPS", "kind": "false_succeeded"}, {"component": "OPS", "kind": "false_failed"})
    plan = client.plan(OPS=OPS.newest)
    client.ended(client.plans.apply_upgrade_plan(plan.id, filtered()).id, "FAILED")
    assert client.version("OPS") == OPS.newest
    client = serve(one(), {"component": "OPS", "kind": "false_succeeded"})
    plan = client.plan(OPS=OPS.newest)
    for version in (OPS.first, OPS.newest):
        client.ended(client.plans.apply_upgrade_plan(plan.id, filtered()).id)
        assert client.version("OPS") == version


def test_only_the_failure_that_is_said_to_be_false_is(serve: Callable[..., Client]) -> None:
    client = serve(one(false_failed=True), {"component": "OPS"})
    plan = client.plan(OPS=OPS.newest)
    task = client.plans.apply_upgrade_plan(plan.id, filtered())
    for version in (OPS.first, OPS.newest):
        client.ended(task.id, "FAILED")
        assert client.version("OPS") == version
        client.tasks.retry_task(task.id)


def test_fleet_lcm_itself(serve: Callable[..., Client]) -> None:
    client = serve(scenario(), {"component": "VCF_FLEET_LCM"}, {"component": "VCF_FLEET_LCM", "kind": "false_failed"})
    fleet = client.sim.service("fleet_lcm").upgrade  # type: ignore[attr-defined]
    client.post("system", {"targetVersion": SYSTEM.newest})
    task_id = client.post("system?action=apply", {}).json()["id"]
    for version in (SYSTEM.first, SYSTEM.newest):
        client.ended(task_id, "FAILED")
        assert fleet.versions()["system"] == version
        client.tasks.retry_task(task_id)


def test_prechecks_of_a_fleet_find_what_is_said(serve: Callable[..., Client]) -> None:
    said = {"component": "OPS", "kind": "finding", "message": "It is hot."}
    client = serve(one(), {**said, "times": 1}, {**said, "severity": "WARNING"})
    plan = client.plan(OPS=OPS.newest)
    for types in (["ERROR", "WARN"], ["WARN"]):
        client.ended(client.plans.precheck_upgrade_plan(plan.id, filtered()).id)
        (group,) = client.wire.body["result"]["precheckGroups"]
        issues = [check["issue"] for check in group["prechecks"] if "issue" in check]
        assert [(issue["type"], issue["message"]["defaultMessage"]) for issue in issues] == [
            (kind, "It is hot.") for kind in types
        ]


def test_upgrades_of_sddc_manager(serve: Callable[..., SddcManager]) -> None:
    manager = serve(
        domains(NSX={"runs": [{"fail": "Prepare"}, {}]}),
        {"component": "NSX", "stage": "verify", "error": ERROR},
        {"component": "NSX", "kind": "false_succeeded"},
    )
    failed = manager.perform("m", manager.available("m"))
    manager.sim.clock.advance(605)
    assert manager.upgrade(failed.id).status == "COMPLETED_WITH_FAILURE"
    assert manager.task(failed.task_id).errors[0].error_code == "DISK_FULL"
    # What it says next is not true; then it goes as the scenario has it.
    for status, version in [
        ("COMPLETED_WITH_SUCCESS", OLD),
        ("COMPLETED_WITH_FAILURE", OLD),
        ("COMPLETED_WITH_SUCCESS", NEW),
    ]:
        upgrade = manager.perform("m", manager.available("m"))
        manager.sim.clock.advance(605)
        assert manager.upgrade(upgrade.id).status == status
        assert manager.nsx_clusters.get_nsx_clusters().elements[0].version == version


def test_upgrades_of_sddc_manager_that_were_before_the_start_do_not_count(serve: Callable[..., SddcManager]) -> None:
    data = domains(NSX={})
    spec = data["services"]["sddc_manager"]
    spec["tasks"] = [{"id": "t", "name": "Upgrade NSX", "start": -900, "outcome": "failed", "error": ERROR}]
    spec["upgrade"]["upgrades"] = [{"id": "u", "domain": "m", "component": "NSX", "task": "t"}]
    manager = serve(data, {"component": "m-nsx"})
    for status in ("COMPLETED_WITH_FAILURE", "COMPLETED_WITH_SUCCESS"):
        upgrade = manager.perform("m", manager.available("m"))
        manager.sim.clock.advance(605)
        assert manager.upgrade(upgrade.id).status == status


def test_checks_of_sddc_manager_find_what_is_said(serve: Callable[..., SddcManager]) -> None:
    manager = serve(domains(NSX={}), {"component": "NSX", "kind": "finding", "times": 1, "message": "It is hot."})
    for said in (["It is hot."], []):
        run = manager.check("m")
        manager.sim.clock.advance(100)
        with pytest.raises(TypeError, match="StructValue"):  # the client insists on what the field does not have
            manager.check_sets.get_result(run)
        found = manager.wire.body["validationResult"]["nestedErrors"]
        assert [one["message"] for one in found if one["context"]["severity"] != "INFO"] == said


def test_a_window_counts_from_when_the_upgrade_begins(
    serve: Callable[..., SddcManager], session_for: Callable[[Simulator], requests.Session]
) -> None:
    timed = {"kind": "status", "component": "NSX", "after": 10, "for": 20, "path": "/v1/domains"}
    of_stage = {"kind": "html", "component": "NSX", "stage": "Verify", "path": "/v1/domains", "times": 1}
    manager = serve(domains(NSX={"seconds": 1000, "pending": 5}), timed, of_stage)
    session = session_for(manager.sim)  # which expects no JSON
    headers = {"Authorization": f"Bearer {_token(manager)}"}

    def status() -> int:
        url = f"{manager.sim.url}/v1/domains"
        return session.get(url, headers=headers, timeout=TIMEOUT).status_code

    manager.sim.advance(3600)
    assert status() == 200
    manager.perform("m", manager.available("m"))
    seen = []
    # It begins after 5 seconds, and Verify is its last 100.
    for seconds in (14, 2, 18, 2, 868, 2, 0):
        manager.sim.advance(seconds)
        seen.append(status())
    assert seen == [200, 503, 503, 200, 200, 502, 200]
    assert manager.sim.unmet_faults() == []


def _token(manager: SddcManager) -> str:
    body = {"username": "administrator@vsphere.local", "password": "VMware123!"}
    answer = manager.session.post(f"{manager.sim.url}/v1/tokens", json=body, timeout=TIMEOUT)
    return str(answer.json()["accessToken"])


def test_a_port_closes_when_an_upgrade_begins_and_is_not_missed_however_fast_time_passes(
    serve: Callable[..., Client],
) -> None:
    client = serve(one(), {"kind": "restart", "component": "OPS", "for": 5})
    plan = client.plan(OPS=OPS.newest)
    client.plans.apply_upgrade_plan(plan.id, filtered())
    client.sim.advance(50)  # that is over now, and all tokens are gone
    assert client.sim.unmet_faults() == []
    answer = client.session.get(
        f"{client.sim.url}/fleet-lcm/v1/upgrade-plans/{plan.id}", headers=client.headers, timeout=TIMEOUT
    )
    assert answer.status_code == 401


def test_how_an_upgrade_goes_is_settled_before(serve: Callable[..., Client]) -> None:
    client = serve(one())
    with pytest.raises(ScenarioError, match="belongs among the faults of the scenario"):
        client.sim.inject({"component": "OPS"})

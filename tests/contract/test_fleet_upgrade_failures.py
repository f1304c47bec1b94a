# SPDX-License-Identifier: GPL-3.0-or-later
"""Upgrades of the simulated Fleet LCM that fail, seem to, are cancelled, or take the service away with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import requests
import vcf.fleet_lcm.model_client as model

from ansible_collections.vcf.lifecycle.extensions.simulator.fleet_catalog import CATALOG, SYSTEM
from ansible_collections.vcf.lifecycle.extensions.simulator.simulator import Simulator
from tests.contract.clients import TIMEOUT
from tests.contract.fleet import PASSWORD, UPGRADED, Client, client_of, filtered, scenario, spec

DEPOT, OPS, LOGS = CATALOG["VCF_FLEET_DEPOT"], CATALOG["OPS"], CATALOG["OPS_LOGS"]


def test_every_step_may_fail_once(fleet: Callable[..., Client]) -> None:
    once: dict[str, Any] = {"failures": [{}]}
    steps = {"sync": once, "validation": once, "configuration": once, "precheck_failures": [{}]}
    client = fleet(synced=True, system=UPGRADED, **steps)
    plan = client.plan(OPS=OPS.newest, VCF_FLEET_DEPOT=DEPOT.newest)
    calls: list[Callable[[], Any]] = [
        client.depot.sync_depot_metadata,
        lambda: client.validations.validate_upgrade_plan(spec({"OPS": OPS.newest})),
        lambda: client.plans.configure_upgrade_plan(plan.id, filtered()),
        lambda: client.plans.precheck_upgrade_plan(plan.id, filtered()),
    ]
    for call in calls:
        task = call()
        client.ended(task.id, "FAILED")
        assert "result" not in client.wire.body
        again = call()
        assert again.id != task.id
        client.ended(again.id)
        client.tasks.retry_task(task.id)
        client.ended(task.id)


def test_a_cancelled_precheck_has_no_result(fleet: Callable[..., Client]) -> None:
    client = fleet(system=UPGRADED)
    plan = client.plan(OPS=OPS.newest, VCF_FLEET_DEPOT=DEPOT.newest)
    task = client.plans.precheck_upgrade_plan(plan.id, filtered())
    client.tasks.cancel_task(task.id)
    client.ended(task.id, "CANCELED")
    assert "result" not in client.wire.body


def test_a_failure_is_retried_from_its_stage(fleet: Callable[..., Client]) -> None:
    failures = [{"stage": "upgrade"}, {"stage": "upgrade"}]
    client = fleet(system=UPGRADED, components=[{"type": "OPS_LOGS", "failures": failures}, {"type": "OPS"}])
    plan = client.plan(OPS=OPS.newest, OPS_LOGS=LOGS.newest)
    task = client.plans.apply_upgrade_plan(plan.id, filtered())
    failed = client.ended(task.id, "FAILED")
    assert [stage.status for stage in failed.sub_tasks[0].stages] == ["SUCCEEDED", "FAILED", "PENDING"]
    assert failed.sub_tasks[0].stages[1].messages[-1].message.id == "VCFMS-UPGRADE-COMPONENT-031"
    assert client.plans.get_upgrade_plan(plan.id).executions[0].status == "FAILED"
    assert client.component(plan.id, "OPS_LOGS").upgrade.status == "FAILED"

    def apply() -> Any:
        return client.plans.apply_upgrade_plan(plan.id, filtered())

    client.refused(400, "FAILED_TASK_UNRESOLVED", apply)
    client.tasks.retry_task(task.id)
    client.refused(400, "OPERATION_IN_PROGRESS", apply)
    client.ended(task.id, "FAILED")
    client.tasks.retry_task(task.id)
    client.ended(task.id)
    assert (client.version("OPS_LOGS"), client.version("OPS")) == (LOGS.newest, OPS.newest)


def test_what_can_not_be_retried_is_applied_anew(fleet: Callable[..., Client]) -> None:
    client = fleet(system=UPGRADED, components=[{"type": "OPS", "failures": [{}], "retriable": False}])
    plan = client.plan(OPS=OPS.newest)
    task = client.ended(client.plans.apply_upgrade_plan(plan.id, filtered()).id, "FAILED")
    assert task.retriable is False
    client.ended(client.plans.apply_upgrade_plan(plan.id, filtered()).id)
    assert client.version("OPS") == OPS.newest


def test_failed_and_on_target(fleet: Callable[..., Client]) -> None:
    components = [{"type": "VCF_FLEET_DEPOT", "false_failed": True}, {"type": "OPS"}]
    client = fleet(system=UPGRADED, components=components)
    plan = client.plan(OPS=OPS.newest, VCF_FLEET_DEPOT=DEPOT.newest)
    task = client.plans.apply_upgrade_plan(plan.id, filtered())
    client.ended(task.id, "FAILED")
    depot = client.component(plan.id, "VCF_FLEET_DEPOT")
    assert (depot.version, depot.status, depot.upgrade.status) == (DEPOT.newest, "ON_TARGET", "FAILED")
    assert client.version("OPS") == OPS.first
    # What failed in name alone is in nobody's way.
    client.ended(client.plans.apply_upgrade_plan(plan.id, filtered()).id)
    assert client.version("OPS") == OPS.newest


def test_a_retry_of_what_is_on_target_succeeds(fleet: Callable[..., Client]) -> None:
    client = fleet(system=UPGRADED, components=[{"type": "OPS", "false_failed": True}])
    task = client.plans.apply_upgrade_plan(client.plan(OPS=OPS.newest).id, filtered())
    client.ended(task.id, "FAILED")
    client.tasks.retry_task(task.id)
    assert client.version("OPS") == OPS.newest
    client.ended(task.id)
    assert client.version("OPS") == OPS.newest


def test_succeeded_and_not_on_target(fleet: Callable[..., Client]) -> None:
    client = fleet(system=UPGRADED, components=[{"type": "OPS", "false_succeeded": True}])
    plan = client.plan(OPS=OPS.newest)
    client.ended(client.plans.apply_upgrade_plan(plan.id, filtered()).id)
    assert (client.version("OPS"), client.component(plan.id, "OPS").status) == (OPS.first, "ELIGIBLE")


def test_a_system_upgrade_fails_in_name_alone(fleet: Callable[..., Client]) -> None:
    client = fleet(system={"false_failed": True})
    request = model.SystemUpgradeRequest(target_version=SYSTEM.newest)
    task = client.system.perform_system_upgrade(request, "apply")
    client.accepts(model.Task, 202)
    client.refused(400, "OPERATION_IN_PROGRESS", lambda: client.system.perform_system_upgrade(action="apply"))
    client.ended(task.id, "FAILED")
    system = client.system.get_system()
    assert (system.current_version, system.upgrade.status) == (SYSTEM.newest, "FAILED")


def test_cancel_leaves_the_rest_for_another_apply(fleet: Callable[..., Client]) -> None:
    client = fleet(system=UPGRADED)
    plan = client.plan(OPS=OPS.newest, VCF_FLEET_DEPOT=DEPOT.newest)
    task = client.plans.apply_upgrade_plan(plan.id, filtered())
    client.sim.clock.advance(48)
    client.tasks.cancel_task(task.id)
    client.ended(task.id, "CANCELED")
    assert (client.version("VCF_FLEET_DEPOT"), client.version("OPS")) == (DEPOT.newest, OPS.first)
    task = client.plans.apply_upgrade_plan(plan.id, filtered())
    assert [sub.resource_type for sub in task.sub_tasks] == ["OPS"]
    client.ended(task.id)
    assert client.version("OPS") == OPS.newest


def test_the_service_goes_away_in_its_own_upgrade(fleet: Callable[..., Client]) -> None:
    client = fleet(system={"stages": {"prepare": 10, "verify": 10}, "restart": 30})
    task = client.system.perform_system_upgrade(model.SystemUpgradeRequest(target_version=SYSTEM.newest), "apply")
    path = f"{client.sim.url}/fleet-lcm/v1/tasks/{task.id}"
    client.session.hooks["response"].clear()  # what keeps the answers wants JSON, and a proxy's page is none
    seen = []
    for _moment in range(5):
        client.sim.clock.advance(11)
        seen.append(client.session.get(path, headers=client.headers, timeout=TIMEOUT).status_code)
    assert seen == [502, 502, 502, 200, 200]
    assert [request["fault"] for request in client.sim.requests[-5:]] == ["html"] * 3 + [None] * 2
    assert client.sim.service("fleet_lcm").upgrade.versions()["system"] == SYSTEM.newest


def test_sddc_lcm_goes_away_with_it_in_the_same_runtime(session_for: Callable[[Simulator], requests.Session]) -> None:
    data = scenario(system={"seconds": 10, "restart": 30}, away={"kind": "status", "code": 500})
    data["services"] |= {"sddc_lcm": {}, "sddc_manager": {}}
    with Simulator.from_dict(data) as sim:
        client = client_of(sim, session_for(sim), PASSWORD)
        client.system.perform_system_upgrade(model.SystemUpgradeRequest(target_version=SYSTEM.newest), "apply")
        client.session.hooks["response"].clear()
        seen = []
        for seconds in (0, 10, 30):
            sim.clock.advance(seconds)
            paths = ("sddc-lcm/v1/tasks", "v1/tasks")
            seen += [client.session.get(f"{sim.url}/{path}", timeout=TIMEOUT).status_code for path in paths]
    assert seen == [401, 401, 500, 401, 401, 401]

# SPDX-License-Identifier: GPL-3.0-or-later
"""Broadcom's client for the upgrades of Fleet LCM, against the simulator: the whole flow, and what it says of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
import vcf.fleet_lcm.model_client as model

from ansible_collections.vcf.lifecycle.extensions.simulator.fleet_catalog import CATALOG, SYSTEM
from ansible_collections.vcf.lifecycle.extensions.simulator.scenario import load
from ansible_collections.vcf.lifecycle.extensions.simulator.simulator import Simulator
from tests.contract.bindings import differences
from tests.contract.fleet import RELEASE, STILL, UPGRADED, Client, client_of, filtered, spec

DEPOT, OPS, LOGS = CATALOG["VCF_FLEET_DEPOT"], CATALOG["OPS"], CATALOG["OPS_LOGS"]
UNKNOWN = "00000000-0000-4000-8000-00000000ffff"
NEWEST = {"spec": {"desiredSoftware": {"version": RELEASE}}}  # without components: the newest of each


def test_the_whole_flow(fleet: Callable[..., Client]) -> None:
    client = fleet(synced=False)
    assert client.releases.get_release_versions().elements == []
    client.accepts(model.PageOfReleaseVersions)

    sync = client.depot.sync_depot_metadata()
    client.accepts(model.Task, 202)
    assert client.depot.sync_depot_metadata().id == sync.id
    client.ended(sync.id)

    # The newest versions are hidden until the system has been upgraded.
    (release,) = client.releases.get_release_versions().elements
    assert {one.type: one.versions for one in release.components} == {
        "OPS": [OPS.first],
        "VCF_FLEET_DEPOT": [DEPOT.first],
    }
    assert client.target_versions.get_target_release_versions().elements == []

    system = client.system.get_system()
    client.accepts(model.System)
    assert (system.current_version, system.available_target_versions) == (SYSTEM.first, [SYSTEM.newest])
    client.system.perform_system_upgrade(model.SystemUpgradeRequest(target_version=SYSTEM.newest))
    client.accepts(model.Task, 202)
    system = client.system.get_system()
    client.accepts(model.System)
    assert (system.target_version, system.upgrade) == (SYSTEM.newest, None)
    assert [bundle.version for bundle in system.bundles[0].components] == [SYSTEM.newest]
    task = client.system.perform_system_upgrade(action="apply")
    client.accepts(model.Task, 202)
    client.ended(task.id)
    system = client.system.get_system()
    client.accepts(model.System)
    assert (system.current_version, system.target_version) == (SYSTEM.newest, None)
    assert (system.available_target_versions, system.upgrade.status) == ([], "SUCCEEDED")

    (release,) = client.target_versions.get_target_release_versions().elements
    client.accepts(model.PageOfReleaseVersions)
    newest = {one.type: one.versions[0] for one in release.components}
    assert (release.version, newest) == (RELEASE, {"OPS": OPS.newest, "VCF_FLEET_DEPOT": DEPOT.newest})
    task = client.validations.validate_upgrade_plan(spec(newest))
    client.accepts(model.Task, 202)
    client.ended(task.id)
    assert client.wire.body["result"] == {"type": "VALIDATION", "failedValidations": []}

    plan = client.plan(**newest)
    client.accepts(model.UpgradePlan, 201)
    assert plan.status == "DRAFT"
    client.plan(**newest)
    client.accepts(model.UpgradePlan)  # 200: it was there
    assert [one.id for one in client.plans.get_upgrade_plans().elements] == [plan.id]
    client.accepts(model.PageOfUpgradePlanSummaries)
    (depot,) = client.bundles.get_upgrade_plan_bundles(plan.id).elements
    client.accepts(model.PageOfUpgradePlanBundles)
    assert [bundle.status for bundle in depot.components] == ["REQUIRED", "REQUIRED"]

    task = client.plans.configure_upgrade_plan(plan.id, model.UpgradePlanActionRequest())
    client.accepts(model.Task, 202)
    assert client.plans.get_upgrade_plan(plan.id).status == "SYNCING"
    client.ended(task.id)
    assert client.plans.get_upgrade_plan(plan.id).status == "READY"
    task = client.plans.precheck_upgrade_plan(plan.id, model.UpgradePlanActionRequest())
    client.accepts(model.Task, 202)
    client.ended(task.id)
    assert [group["status"] for group in client.wire.body["result"]["precheckGroups"]] == ["SUCCEEDED", "SUCCEEDED"]

    ops = client.component(plan.id, "OPS")
    depot_id = client.component(plan.id, "VCF_FLEET_DEPOT").id
    assert (ops.status, ops.depends_on, ops.version) == ("PENDING", [depot_id], OPS.first)
    task = client.plans.apply_upgrade_plan(plan.id, model.UpgradePlanActionRequest())
    client.accepts(model.Task, 202)
    assert [sub.resource_type for sub in task.sub_tasks] == ["VCF_FLEET_DEPOT", "OPS"]  # in order of dependencies
    client.sim.clock.advance(60)
    ops = client.component(plan.id, "OPS")
    assert (ops.status, ops.upgrade.status, ops.version) == ("ELIGIBLE", "RUNNING", OPS.first)
    assert (ops.upgrade.task_id, ops.upgrade.plan_execution_task_id) == (task.sub_tasks[1].id, task.id)
    assert client.component(plan.id, "VCF_FLEET_DEPOT").status == "ON_TARGET"
    assert client.status.get_component_status(ops.id).status == "NotRunning"
    client.accepts(model.ComponentStatus)
    client.ended(task.id)

    found = client.plans.get_upgrade_plan(plan.id)
    client.accepts(model.UpgradePlan)
    assert found.status == "COMPLETED"
    assert [(one.type, one.status) for one in found.executions] == [("PRECHECK", "SUCCESS"), ("UPGRADE", "SUCCESS")]
    assert {one.type: one.status for one in found.components.elements} == {
        "OPS": "ON_TARGET",
        "VCF_FLEET_DEPOT": "ON_TARGET",
    }
    client.components.get_components(page_size=100)
    client.accepts(model.Components)
    assert client.components.get_component(ops.id).version == OPS.newest
    client.accepts(model.Component)
    assert client.status.get_component_status(ops.id).status == "Running"
    bundles = client.bundles.get_upgrade_plan_bundles(plan.id, status=["ALREADY_UPGRADED"]).elements[0].components
    assert len(bundles) == 2
    assert client.sim.count("POST", r"upgrade-plans/.*action=apply") == 1
    client.refused(400, "NOTHING_TO_UPGRADE", lambda: client.plans.apply_upgrade_plan(plan.id, filtered()))


def test_prechecks_find_what_the_scenario_says(fleet: Callable[..., Client]) -> None:
    gone = {"id": "DISK-1", "type": "ERROR", "message": "The disk is full.", "resolution": "Free some.", "runs": 1}
    checks = [
        {"id": "DISK", "issue": gone},
        {"id": "CERT", "issue": {"id": "CERT-30", "message": "It expires in 30 days."}},
    ]
    client = fleet(system=UPGRADED, components=[{"type": "OPS", "prechecks": checks}])
    plan = client.plan(OPS=OPS.newest)

    def run() -> tuple[str, list[tuple[str, str | None]]]:
        task = client.plans.precheck_upgrade_plan(plan.id, filtered(client.component(plan.id, "OPS").id))
        client.ended(task.id)
        result = client.wire.body["result"]
        found = [check for group in result["precheckGroups"] for check in group["prechecks"]]
        return result["status"], [(check["status"], check.get("issue", {}).get("type")) for check in found]

    assert run() == ("FAILED", [("FAILED", "ERROR"), ("SUCCEEDED", "WARN")])
    assert run() == ("SUCCEEDED", [("SUCCEEDED", None), ("SUCCEEDED", "WARN")])
    assert client.component(plan.id, "OPS").precheck.status == "SUCCEEDED"


@pytest.mark.parametrize(("fails", "word"), [(True, "FAILED"), (False, "SUCCEEDED")])
def test_a_validation_says_what_is_wrong(fleet: Callable[..., Client], fails: bool, word: str) -> None:
    client = fleet(system=UPGRADED, findings_fail_tasks=fails)
    task = client.validations.validate_upgrade_plan(spec({"OPS": "9.9.9.9"}))
    client.ended(task.id, word)
    (failed,) = client.wire.body["result"]["failedValidations"]
    assert failed["message"]["defaultMessage"] == "Release 9.1.0.0 has no OPS 9.9.9.9."


def test_a_part_of_the_plan(fleet: Callable[..., Client]) -> None:
    client = fleet(system=UPGRADED)
    plan = client.plan(OPS=OPS.newest, VCF_FLEET_DEPOT=DEPOT.newest)
    ops, depot = (client.component(plan.id, kind).id for kind in ("OPS", "VCF_FLEET_DEPOT"))

    def alone() -> Any:
        return client.plans.apply_upgrade_plan(plan.id, filtered(ops))

    client.refused(400, "COMPONENT_NOT_ELIGIBLE", alone)
    client.ended(client.plans.apply_upgrade_plan(plan.id, filtered(depot)).id)
    assert client.component(plan.id, "OPS").status == "ELIGIBLE"
    client.ended(alone().id)
    assert client.version("OPS") == OPS.newest


def test_input_of_the_user(fleet: Callable[..., Client]) -> None:
    client = fleet(system=UPGRADED, components=[{"type": "OPS", "needs_input": ["fqdn"]}])
    plan = client.plan(OPS=OPS.newest)
    ops = client.component(plan.id, "OPS").id
    client.refused(400, "USER_INPUT_REQUIRED", lambda: client.plans.apply_upgrade_plan(plan.id, filtered(ops)))
    body = {"componentsFilter": [{"id": ops, "userInputSpec": {"fqdn": "ops.sfo.example.com"}}]}
    assert client.post(f"upgrade-plans/{plan.id}?action=configure", body).status_code == 202
    client.sim.clock.advance(10)
    client.component(plan.id, "OPS")
    (shown,) = client.wire.body["components"]["elements"]
    assert shown["userInputSpec"] == {"fqdn": "ops.sfo.example.com"}
    client.ended(client.plans.apply_upgrade_plan(plan.id, filtered(ops)).id)


def test_an_update_changes_the_targets(fleet: Callable[..., Client]) -> None:
    client = fleet(system=UPGRADED, components=[{"type": "OPS"}, {"type": "OPS_LOGS", "version": LOGS.newest}])
    plan = client.plan(OPS=OPS.newest)
    assert [one.type for one in plan.components.elements] == ["OPS"]
    request = model.UpdateUpgradePlanRequest(spec=spec({"OPS": OPS.first, "OPS_LOGS": LOGS.newest}))
    updated = client.plans.update_upgrade_plan(plan.id, request)
    client.accepts(model.UpgradePlan)
    assert (updated.id, updated.status) == (plan.id, "COMPLETED")
    assert [one.status for one in updated.components.elements] == ["ON_TARGET", "ON_TARGET"]


def test_higher_than_the_target_and_not_eligible(fleet: Callable[..., Client]) -> None:
    higher = {"type": "OPS", "version": "9.1.0.0400.99999999", "versions": [OPS.newest]}
    client = fleet(system=UPGRADED, components=[higher, {"type": "OPS_LOGS", "ineligible": "It is too old."}])
    plan = client.plan(OPS=OPS.newest, OPS_LOGS=LOGS.newest)
    assert client.component(plan.id, "OPS").status == "HIGHER_THAN_TARGET"
    logs = client.component(plan.id, "OPS_LOGS")
    assert (logs.status, logs.messages[0].message.default_message) == ("INELIGIBLE", "It is too old.")

    def apply() -> Any:
        return client.plans.apply_upgrade_plan(plan.id, filtered(logs.id))

    client.refused(400, "COMPONENT_NOT_ELIGIBLE", apply)


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("system", {"targetVersion": "9.9.9.9"}, 400, "SYSTEM_TARGET_NOT_AVAILABLE"),
        ("system?action=apply", {}, 400, "SYSTEM_TARGET_NOT_SET"),
        ("system", {}, 400, "INVALID_PARAMETER"),
        ("system?action=later", {}, 400, "INVALID_PARAMETER"),
        ("depot-metadata?action=drop", {}, 400, "INVALID_PARAMETER"),
        ("upgrade-plans", {"desiredSoftware": {"version": RELEASE}}, 400, "INVALID_PARAMETER"),
        ("upgrade-plans", {"spec": {"desiredSoftware": {"version": "9.2.0.0"}}}, 400, "UPGRADE_PLAN_INVALID"),
        ("upgrade-plans/validations", {"spec": {}}, 400, "INVALID_PARAMETER"),
        (f"upgrade-plans/{UNKNOWN}?action=apply", {}, 404, "UPGRADE_PLAN_NOT_FOUND"),
        ("upgrade-plans/{plan}?action=begin", {}, 400, "INVALID_PARAMETER"),
        ("upgrade-plans/{plan}?action=apply", {"components": []}, 400, "INVALID_PARAMETER"),
        ("upgrade-plans/{plan}?action=apply", {"componentsFilter": [{"id": UNKNOWN}]}, 404, "COMPONENT_NOT_FOUND"),
    ],
)
def test_refusals(fleet: Callable[..., Client], path: str, body: Any, status: int, code: str) -> None:
    client = fleet(system=UPGRADED)
    plan = client.plan(OPS=OPS.newest)
    before = len(client.tasks.get_tasks().elements)
    answer = client.post(path.replace("{plan}", plan.id), body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert differences(answer.json(), model.ErrorResponse) == []
    assert len(client.tasks.get_tasks().elements) == before


def test_unknown_ids(fleet: Callable[..., Client]) -> None:
    client = fleet()
    client.refused(404, "COMPONENT_NOT_FOUND", lambda: client.components.get_component(UNKNOWN))
    client.refused(404, "COMPONENT_NOT_FOUND", lambda: client.status.get_component_status(UNKNOWN))
    client.refused(404, "UPGRADE_PLAN_NOT_FOUND", lambda: client.plans.get_upgrade_plan(UNKNOWN))
    client.refused(404, "UPGRADE_PLAN_NOT_FOUND", lambda: client.bundles.get_upgrade_plan_bundles(UNKNOWN))
    update = model.UpdateUpgradePlanRequest(spec=spec({}))
    client.refused(404, "UPGRADE_PLAN_NOT_FOUND", lambda: client.plans.update_upgrade_plan(UNKNOWN, update))


@pytest.fixture
def whole(session_for: Callable[[Simulator], requests.Session]) -> Iterator[Client]:
    """The scenario of a whole fleet, after the upgrade of the system."""
    scenario = load("tests/scenarios/fleet_upgrade.yml")
    scenario.speed = STILL
    scenario.services["fleet_lcm"].token_lifetime = 10_000_000
    with Simulator(scenario) as sim:
        client = client_of(sim, session_for(sim), "VMware123!VMware123!")
        request = model.SystemUpgradeRequest(target_version=SYSTEM.newest)
        client.ended(client.system.perform_system_upgrade(request, "apply").id)
        yield client


def test_a_whole_fleet_in_pages(whole: Client) -> None:
    pages = [whole.components.get_components(page_number=number) for number in (1, 2)]
    found = [one for page in pages for one in page.components]
    assert ([len(page.components) for page in pages], pages[0].page_metadata.total_elements) == ([10, 5], 15)
    assert {one.component_type: one.component_type_description for one in found} == {
        name: kind.name for name, kind in CATALOG.items()
    }
    plan = whole.post("upgrade-plans", NEWEST).json()
    again = whole.plans.get_upgrade_plan(plan["id"], components_page_number=2, components_page_size=10)
    whole.accepts(model.UpgradePlan)
    assert (len(plan["components"]["elements"]), len(again.components.elements)) == (10, 5)
    eligible = whole.plans.get_upgrade_plan(plan["id"], component_status={"ELIGIBLE", "ON_TARGET"})
    assert {one.type for one in eligible.components.elements} == {"VCF_FLEET_DEPOT", "TELEMETRY_ACCEPTOR"}
    named = whole.plans.get_upgrade_plan(plan["id"], component_public_name={"salt"})
    assert {one.type for one in named.components.elements} == {"SALT", "SALT_RAAS"}


def test_a_whole_fleet_comes_to_its_targets(whole: Client) -> None:
    plan = whole.post("upgrade-plans", NEWEST).json()
    task = whole.plans.precheck_upgrade_plan(plan["id"], filtered())
    whole.ended(task.id)
    groups = whole.wire.body["result"]["precheckGroups"]
    issues = [check["issue"]["id"] for group in groups for check in group["prechecks"] if "issue" in check]
    assert (len(groups), issues) == (14, ["CERT-EXPIRY-30"])  # one is on target already

    task = whole.plans.apply_upgrade_plan(plan["id"], filtered())
    for failing in ("VSP", "OPS_LOGS"):
        whole.sim.clock.advance(90_000)
        failed = whole.ended(task.id, "FAILED")
        assert [sub.resource_type for sub in failed.sub_tasks if sub.status == "FAILED"] == [failing]
        whole.tasks.retry_task(task.id)
    whole.sim.clock.advance(90_000)
    whole.ended(task.id)
    assert whole.plans.get_upgrade_plan(plan["id"]).status == "COMPLETED"
    assert whole.sim.service("fleet_lcm").upgrade.versions() == {
        **{kind.name: kind.newest for kind in CATALOG.values()},
        "system": SYSTEM.newest,
    }

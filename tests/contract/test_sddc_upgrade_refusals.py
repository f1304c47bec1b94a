# SPDX-License-Identifier: GPL-3.0-or-later
"""What SDDC Manager refuses, what waits for its time, and what is not as it seems: with Broadcom's client, against the
simulator."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
import vmware.sddc_manager.model_client as model
from vmware.vapi.bindings.error import UnresolvedError

from ansible_collections.vcf.lifecycle.extensions.simulator.simulator import Simulator
from tests.contract.clients import TIMEOUT
from tests.contract.sddc_upgrade import NEW, OLD, STILL, SddcManager

Start = Callable[..., SddcManager]
ERROR = {"code": "LCM_TIMED_OUT", "message": "It took too long."}


@pytest.fixture
def start(session_for: Callable[[Simulator], requests.Session]) -> Iterator[Start]:
    """Serve a management domain m, ready for its upgrade, whose components are those given."""
    running: list[Simulator] = []

    def serve(components: dict[str, Any], tasks: list[dict[str, Any]] | None = None, **upgrade: Any) -> SddcManager:
        kept = dict.fromkeys(("SDDC_MANAGER", "DRIFT", "NSX", "VCENTER", "ESX")) | components
        domain = {"id": "m", "name": "m", "version": OLD, "target": NEW, "selected": True, "components": kept}
        spec = {
            "upgrade": {"domains": [domain], "downloaded": True} | upgrade,
            "tasks": tasks or [],
            "token_lifetime": 1e7,
        }
        running.append(Simulator.from_dict({"speed": STILL, "services": {"sddc_manager": spec}}))
        running[-1].start()
        return SddcManager(running[-1], session_for(running[-1]))

    yield serve
    for sim in running:
        sim.stop()


def test_one_upgrade_at_a_time(start: Start) -> None:
    manager = start({"NSX": {}})
    bundle = manager.available("m")
    first = manager.perform("m", bundle)
    assert manager.upgradable("m") == {"m-nsx": "PENDING"}
    with pytest.raises(UnresolvedError):  # the operation has no 409
        manager.perform("m", bundle)
    manager.refused(409, "UPGRADE_ALREADY_REQUESTED")
    manager.sim.clock.advance(5)
    assert manager.upgradable("m") == {"m-nsx": "INPROGRESS"}
    assert [u.id for u in manager.upgrades.get_upgrades(status="INPROGRESS").elements] == [first.id]


def test_no_upgrade_beside_another_task(start: Start) -> None:
    manager = start({"NSX": {}}, tasks=[{"name": "Rotate passwords", "seconds": 100}])
    with pytest.raises(UnresolvedError):
        manager.perform("m", manager.available("m"))
    manager.refused(409, "OPERATION_IN_PROGRESS")
    assert "Rotate passwords" in manager.wire.body["message"]
    manager.sim.clock.advance(100)
    assert manager.perform("m", manager.available("m")).status == "PENDING"


def test_what_an_upgrade_depends_on(start: Start) -> None:
    manager = start({"NSX": {}, "VCENTER": {}}, bundles={"NSX": {"downloaded": False, "seconds": 10}})
    nsx, vcenter = (bundle.id for bundle in manager.bundles.get_bundles().elements)
    with pytest.raises(model.Error):
        manager.perform("m", vcenter)
    manager.refused(424, "UPGRADE_DEPENDENCY_NOT_MET")
    assert "not the turn of m-vcenter" in manager.wire.body["message"]
    with pytest.raises(model.Error):
        manager.perform("m", nsx)
    manager.refused(424, "UPGRADE_DEPENDENCY_NOT_MET")
    assert "is not downloaded" in manager.wire.body["message"]
    manager.download(nsx)
    manager.sim.clock.advance(10)
    assert manager.perform("m", nsx).status == "PENDING"


def test_a_workload_domain_waits_for_the_management_domain(start: Start) -> None:
    domains = [
        {"id": "m", "name": "m", "version": OLD, "target": NEW, "selected": True, "components": {"SDDC_MANAGER": None}},
        {"id": "w", "name": "w", "type": "VI", "version": OLD, "target": NEW, "selected": True},
    ]
    manager = start({}, domains=domains)
    assert manager.upgradable("w") == {"w-nsx": "PENDING", "w-vcenter": "PENDING", "w-esx": "PENDING"}
    for _component in range(4):
        manager.perform("m", manager.available("m"))
        manager.sim.clock.advance(605)
    assert manager.upgradable("w") == {"w-nsx": "AVAILABLE", "w-vcenter": "PENDING", "w-esx": "PENDING"}
    assert manager.all_upgradables() == manager.upgradable("w")


def test_upgradables_may_be_of_the_management_domain_alone(start: Start) -> None:
    domains = [
        {"id": "m", "name": "m", "version": NEW, "target": NEW, "selected": True},
        {"id": "w", "name": "w", "type": "VI", "version": OLD, "target": NEW, "selected": True},
    ]
    manager = start({}, domains=domains, upgradables_of_management_only=True)
    assert manager.upgradable("m") == {}
    with pytest.raises(model.Error):
        manager.upgradable("w")
    manager.refused(404, "DOMAIN_NOT_FOUND")
    assert manager.all_upgradables() == {"w-nsx": "AVAILABLE", "w-vcenter": "PENDING", "w-esx": "PENDING"}


@pytest.mark.parametrize(
    ("wanted", "status", "code"),
    [
        ({"bundle": "nobody"}, 404, "BUNDLE_NOT_FOUND"),
        ({"domain": "nobody"}, 404, "DOMAIN_NOT_FOUND"),
        ({"resource": {"upgrade_now": False}}, 400, "INVALID_PARAMETER"),
        ({"resource": {"scheduled_timestamp": "2001-01-01T00:00:00Z"}}, 400, "INVALID_PARAMETER"),
        ({"resource": {"scheduled_timestamp": "soon"}}, 400, "INVALID_PARAMETER"),
    ],
)
def test_what_makes_no_sense(start: Start, wanted: dict[str, Any], status: int, code: str) -> None:
    manager = start({"ESX": {}})
    wanted = {"domain": "m", "bundle": manager.available("m")} | wanted
    with pytest.raises(model.Error):
        manager.perform(**wanted)
    manager.refused(status, code)


@pytest.mark.parametrize(("delay", "count", "accepted"), [(300, 3, True), (299, 3, False), (300, 101, False)])
def test_what_esx_does_about_a_host_that_fails(start: Start, delay: int, count: int, accepted: bool) -> None:
    manager = start({"ESX": {}})
    action = model.EsxUpgradeFailureAction(retry_delay=delay, retry_count=count, action="RETRY")
    options = model.EsxUpgradeOptionsSpec(esx_upgrade_failure_action=action)
    resource = {"upgrade_now": True, "esx_upgrade_options_spec": options}
    if accepted:
        assert manager.perform("m", manager.available("m"), resource).status == "PENDING"
        return
    with pytest.raises(model.Error):
        manager.perform("m", manager.available("m"), resource)
    manager.refused(400, "INVALID_PARAMETER")


def test_what_vcenter_has_to_be_told(start: Start) -> None:
    manager = start({"VCENTER": {"needs_input": True}})
    with pytest.raises(model.Error):
        manager.perform("m", manager.available("m"))
    manager.refused(400, "INVALID_PARAMETER")
    network = model.TemporaryNetwork(ip_address="10.0.0.9", subnet_mask="255.255.255.0", gateway="10.0.0.1")
    wanted = model.VcenterUpgradeUserInputSpec(resource_id="v", temporary_network=network)
    manager.perform("m", manager.available("m"), vcenter_upgrade_user_input_specs=[wanted])


def test_a_draft_waits_until_it_is_committed(start: Start) -> None:
    manager = start({"NSX": {}})
    draft = manager.perform("m", manager.available("m"), draft_mode=True)
    assert (draft.status, manager.tasks.get_tasks().elements) == ("DRAFT", [])
    manager.sim.clock.advance(1000)
    assert manager.upgrade(draft.id).status == "DRAFT"
    later = model.UpgradeCommitSpec(scheduled_timestamp=manager.sim.clock.iso(manager.sim.clock.now() + 3600))
    assert manager.upgrades.update_upgrade_schedule(draft.id, later).status == "SCHEDULED"
    manager.good(model.Upgrade)
    assert manager.upgradable("m") == {"m-nsx": "SCHEDULED"}
    assert manager.task(draft.task_id).status == "PENDING"
    now = model.UpgradeCommitSpec(upgrade_now=True)
    assert manager.upgrades.update_upgrade_schedule(draft.id, now).status == "INPROGRESS"
    with pytest.raises(model.Error):
        manager.upgrades.update_upgrade_schedule(draft.id, now)
    manager.refused(409, "UPGRADE_INVALID_STATE")
    with pytest.raises(model.Error):
        manager.upgrades.update_upgrade_schedule("nobody", now)
    manager.refused(404, "UPGRADE_NOT_FOUND")


def test_an_upgrade_for_later_begins_at_its_time(start: Start) -> None:
    manager = start({"NSX": {}})
    at = manager.sim.clock.iso(manager.sim.clock.now() + 3600)
    upgrade = manager.perform("m", manager.available("m"), {"scheduled_timestamp": at})
    assert upgrade.status == "SCHEDULED"
    manager.sim.clock.advance(3600)
    assert manager.upgrade(upgrade.id).status == "INPROGRESS"
    manager.sim.clock.advance(600)
    done = manager.upgrade(upgrade.id)
    assert (done.status, done.end_time > 0) == ("COMPLETED_WITH_SUCCESS", True)
    with pytest.raises(model.Error):
        manager.upgrades.update_upgrade_schedule(upgrade.id, model.UpgradeCommitSpec(mark_for_cancellation=True))
    manager.refused(409, "UPGRADE_INVALID_STATE")


@pytest.mark.parametrize("seconds", [0, 10, 3600])
def test_cancellation_of_what_waits_runs_or_has_failed(start: Start, seconds: float) -> None:
    manager = start({"NSX": {"runs": [{"fail": "Upgrade"}, {}]}})
    upgrade = manager.perform("m", manager.available("m"))
    manager.sim.clock.advance(seconds)
    manager.upgrades.update_upgrade_schedule(upgrade.id, model.UpgradeCommitSpec(mark_for_cancellation=True))
    manager.good(model.Upgrade)
    manager.sim.clock.advance(100)  # what runs goes on to the end of its stage
    assert manager.upgrade(upgrade.id).status == "CANCELLED"
    assert manager.task(upgrade.task_id).status == "CANCELLED"
    # It can be asked for again, and that is another run of the same.
    manager.perform("m", manager.available("m"))
    manager.sim.clock.advance(605)
    assert manager.upgradable("m") == {}


def test_a_false_failure_leaves_the_new_version(start: Start) -> None:
    manager = start({"NSX": {"runs": [{"false_failed": True, "error": ERROR}, {}], "failed_as": "FAILED"}})
    upgrade = manager.perform("m", manager.available("m"))
    manager.sim.clock.advance(605)
    assert manager.upgrade(upgrade.id).status == "FAILED"
    task = manager.task(upgrade.task_id)
    assert (task.status, task.errors[0].error_code) == ("FAILED", "LCM_TIMED_OUT")
    assert manager.nsx_clusters.get_nsx_clusters().elements[0].version == NEW
    assert manager.upgradable("m") == {}
    manager.tasks.retry_task(task.id)  # does its last stage again, and takes nothing back
    assert manager.nsx_clusters.get_nsx_clusters().elements[0].version == NEW
    manager.sim.clock.advance(60)
    assert manager.upgrade(upgrade.id).status == "COMPLETED_WITH_SUCCESS"


def test_a_false_success_leaves_the_old_version(start: Start) -> None:
    manager = start({"NSX": {"runs": [{"false_succeeded": True}, {}]}})
    for version in (OLD, NEW):
        upgrade = manager.perform("m", manager.available("m"))
        manager.sim.clock.advance(605)
        assert manager.upgrade(upgrade.id).status == "COMPLETED_WITH_SUCCESS"
        assert manager.nsx_clusters.get_nsx_clusters().elements[0].version == version


def test_a_zombie_never_ends(start: Start) -> None:
    manager = start({"NSX": {"zombie": True, "cancellable": False}})
    upgrade = manager.perform("m", manager.available("m"))
    manager.sim.clock.advance(1e6)
    manager.log_in()
    assert manager.upgrade(upgrade.id).status == "INPROGRESS"
    with pytest.raises(model.Error):
        manager.upgrades.update_upgrade_schedule(upgrade.id, model.UpgradeCommitSpec(mark_for_cancellation=True))
    manager.refused(409, "UPGRADE_INVALID_STATE")


def test_an_upgrade_may_have_an_id_of_its_own(start: Start) -> None:
    manager = start({"NSX": {}}, separate_ids=True)
    with pytest.raises(model.Error):
        manager.perform("m", manager.available("m"))
    manager.refused(404, "UPGRADE_NOT_FOUND")
    (upgrade,) = manager.upgrades.get_upgrades().elements
    assert upgrade.id != upgrade.task_id
    assert manager.task(upgrade.task_id).name == "Upgrade NSX of m"


def test_a_run_of_checks_may_fail_itself(start: Start) -> None:
    domain = {"id": "m", "name": "m", "version": OLD, "target": NEW, "checks": {"seconds": 10, "outcome": "failed"}}
    manager = start({}, domains=[domain])
    run = manager.check("m")
    manager.sim.clock.advance(10)
    assert manager.check_sets.get_result(run).status == "COMPLETED_WITH_FAILURE"
    manager.good(model.AssessmentOutput)
    assert "presentedArtifactsMap" not in manager.wire.body


def test_checks_that_make_no_sense(start: Start) -> None:
    manager = start({"NSX": {}})
    with pytest.raises(model.Error):
        manager.check("nobody")
    manager.refused(400, "INVALID_PARAMETER")
    with pytest.raises(model.Error):
        manager.check_sets.get_result("nobody")
    manager.refused(404, "ASSESSMENT_NOT_FOUND")
    run = manager.check("m")
    wanted = model.AssessmentPartialRetryInput(error_ids=["none-of-its-own"])
    for _while_it_runs_and_after in range(2):
        with pytest.raises(model.Error):
            manager.check_sets.trigger_partial_retry_of_check_run(run, wanted)
        manager.refused(400, "INVALID_PARAMETER")
        manager.sim.clock.advance(60)


def test_a_restart_takes_all_of_the_machine_away(session_for: Callable[[Simulator], requests.Session]) -> None:
    components = dict.fromkeys(("DRIFT", "NSX", "VCENTER", "ESX")) | {"SDDC_MANAGER": {"seconds": 100, "restart": 50}}
    upgrade = {
        "domains": [{"name": "m", "version": OLD, "target": NEW, "selected": True, "components": components}],
        "downloaded": True,
        "away": {"kind": "reset_before"},
        "inventory_cache": {"seconds": 30, "status": 408},
    }
    services: dict[str, Any] = {"sddc_manager_credentials": {}, "sddc_manager": {"upgrade": upgrade}, "fleet_lcm": {}}
    with Simulator.from_dict({"speed": STILL, "services": services}) as sim:
        sim.clock.advance(30)
        manager = SddcManager(sim, session_for(sim))
        domain = manager.domain_id("m")
        manager.perform(domain, manager.available(domain))
        sim.clock.advance(95)
        for path in ("/v1/domains", "/v1/tasks", "/v1/credentials/tasks"):
            with pytest.raises(requests.ConnectionError):
                manager.session.get(sim.url + path, timeout=TIMEOUT)
        assert manager.session.get(sim.url + "/fleet-lcm/v1/tasks", timeout=TIMEOUT).status_code == 401
        assert [seen["fault"] for seen in sim.requests[-4:]] == ["reset_before"] * 3 + [None]
        sim.clock.advance(50)
        manager.log_in()
        with pytest.raises(UnresolvedError):
            manager.upgradable(domain)
        manager.refused(408, "INVENTORY_CACHE_NOT_SEEDED")
        sim.clock.advance(30)
        assert manager.upgradable(domain) == {}

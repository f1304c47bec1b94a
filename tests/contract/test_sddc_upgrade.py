# SPDX-License-Identifier: GPL-3.0-or-later
"""Broadcom's client for SDDC Manager does a whole upgrade against the simulator: it accepts every answer, and so does
the comparison."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import requests
import vmware.sddc_manager.model_client as model
from vmware.vapi.bindings.error import UnresolvedError

from ansible_collections.vcf.lifecycle.extensions.simulator.scenario import load
from ansible_collections.vcf.lifecycle.extensions.simulator.simulator import Simulator
from tests.contract.bindings import differences
from tests.contract.clients import TIMEOUT
from tests.contract.sddc_upgrade import NEW, OLD, STILL, SddcManager

MANAGEMENT, WORKLOAD = "sfo-m01", "sfo-w01"


@pytest.fixture
def sim() -> Iterator[Simulator]:
    scenario = load("tests/scenarios/sddc_upgrade.yml").model_copy(update={"speed": STILL})
    with Simulator(scenario) as running:
        running.clock.advance(60)  # until the inventory is known
        yield running


@pytest.fixture
def manager(sim: Simulator, session_for: Callable[[Simulator], requests.Session]) -> SddcManager:
    return SddcManager(sim, session_for(sim))


def test_domains(manager: SddcManager) -> None:
    page = manager.domains.get_domains()
    manager.good(model.PageOfDomain)
    assert [(domain.name, domain.type, domain.status) for domain in page.elements] == [
        (MANAGEMENT, "MANAGEMENT", "ACTIVE"),
        (WORKLOAD, "VI", "ACTIVE"),
    ]
    assert manager.domains.get_domain(page.elements[1].id).name == WORKLOAD
    manager.good(model.Domain)
    (only,) = manager.domains.get_domains(type="VI").elements
    assert only.name == WORKLOAD
    with pytest.raises(model.Error):
        manager.domains.get_domain("nobody")
    manager.refused(404, "DOMAIN_NOT_FOUND")


def test_releases(manager: SddcManager, sim: Simulator) -> None:
    domain = manager.domain_id(MANAGEMENT)
    (release,) = manager.releases.get_releases(domain_id=domain).elements
    manager.good(model.PageOfRelease)
    assert release.version == OLD
    (future,) = manager.future_releases.get_future_releases(domain).elements
    manager.good(model.PageOfDomainFutureRelease)
    assert (future.version, future.applicability_status) == (NEW, "APPLICABLE")
    assert [product.name for product in future.bom] == ["SDDC_MANAGER", "NSX_T_MANAGER", "VCENTER", "ESX_HOST"]
    assert manager.release_domains.get_release_by_domain(domain).target_version == ""
    manager.good(model.DomainReleaseView)
    assert manager.all_upgradables() == {}
    manager.choose(domain)
    assert [view.target_version for view in manager.release_domains.get_release_by_domains().elements] == [NEW, ""]
    manager.good(model.PageOfDomainReleaseView)
    assert list(manager.all_upgradables().values()) == ["AVAILABLE"] + ["PENDING"] * 4
    with pytest.raises(model.Error):
        manager.release_domains.get_release_by_domain("nobody")
    manager.refused(404, "DOMAIN_NOT_FOUND")


@pytest.mark.parametrize(("version", "result"), [(NEW, "SUCCEEDED"), ("9.9.9.9", "FAILED")])
def test_validation_of_a_release(manager: SddcManager, sim: Simulator, version: str, result: str) -> None:
    domain, wanted = manager.domain_id(WORKLOAD), model.DomainRelease(target_version=version)
    validation = manager.validations.validate_release_by_domain_id(domain, wanted)
    manager.good(model.Validation, 202)
    assert (validation.execution_status, validation.result_status) == ("IN_PROGRESS", "UNKNOWN")
    sim.clock.advance(5)
    validation = manager.validations.get_domain_release_view_validation(validation.id)
    manager.good(model.Validation)
    assert (validation.execution_status, validation.result_status) == ("COMPLETED", result)


def test_a_release_that_is_not_for_the_domain(manager: SddcManager) -> None:
    wanted = model.DomainRelease(target_version="9.9.9.9")
    with pytest.raises(model.Error):
        manager.release_domains.update_release_by_domain_id(manager.domain_id(WORKLOAD), wanted)
    manager.refused(422, "TARGET_RELEASE_NOT_APPLICABLE")


def test_bundles(manager: SddcManager) -> None:
    page = manager.bundles.get_bundles()
    manager.good(model.PageOfBundle)
    # The two domains share those of NSX, vCenter and ESX, and drift is told from SDDC Manager by its description.
    assert [(b.type, b.components[0].type, "drift" in b.description) for b in page.elements] == [
        ("SDDC_MANAGER", "SDDC_MANAGER", False),
        ("SDDC_MANAGER", "SDDC_MANAGER", True),
        ("VMWARE_SOFTWARE", "NSX_T_MANAGER", False),
        ("VMWARE_SOFTWARE", "VCENTER", False),
        ("VMWARE_SOFTWARE", "HOST", False),
    ]
    assert len(manager.bundles.get_bundles(bundle_type="SDDC_MANAGER").elements) == 2
    assert len(manager.bundles.get_bundles(product_type="HOST").elements) == 1
    with pytest.raises(model.Error):
        manager.bundles.get_bundle("nobody")
    manager.refused(404, "BUNDLE_NOT_FOUND")


def test_download_of_a_bundle(manager: SddcManager, sim: Simulator) -> None:
    bundle = manager.available(manager.domain_id(MANAGEMENT))
    assert manager.bundles.get_bundle(bundle).download_status == "PENDING"
    task = manager.download(bundle)
    assert manager.bundles.get_bundle(bundle).download_status == "IN_PROGRESS"
    manager.good(model.Bundle)
    with pytest.raises(model.Error):
        manager.download(bundle)
    manager.refused(409, "BUNDLE_DOWNLOAD_ALREADY_SCHEDULED")
    sim.clock.advance(55)
    with pytest.raises(model.Error):
        manager.download(bundle)
    manager.refused(409, "BUNDLE_DOWNLOAD_NOT_AVAILABLE")
    sim.clock.advance(5)
    assert manager.bundles.get_bundle(bundle).download_status == "SUCCESSFUL"
    assert manager.task(task.id).status == "SUCCESSFUL"
    with pytest.raises(model.Error):
        manager.download(bundle)
    manager.refused(400, "BUNDLE_DOWNLOAD_ALREADY_DOWNLOADED")


def test_download_for_later_can_be_cancelled(manager: SddcManager, sim: Simulator) -> None:
    bundle = manager.available(manager.domain_id(MANAGEMENT))
    manager.download(bundle, scheduled_timestamp=sim.clock.iso(sim.clock.now() + 3600))
    assert manager.bundles.get_bundle(bundle).download_status == "SCHEDULED"
    manager.download(bundle, cancel_now=True)
    assert manager.bundles.get_bundle(bundle).download_status == "PENDING"
    manager.download(bundle)
    assert manager.bundles.get_bundle(bundle).download_status == "IN_PROGRESS"


def test_checks_say_what_they_found_although_they_succeeded(manager: SddcManager, sim: Simulator) -> None:
    domain = manager.domain_id(MANAGEMENT)
    run = manager.check(domain)
    assert manager.check_sets.get_result(run).status == "IN_PROGRESS"
    manager.good(model.AssessmentOutput)
    sim.clock.advance(60)
    assert counts(manager, run) == (1, 1)
    nested = manager.wire.body["validationResult"]["nestedErrors"]
    errors = [error["context"]["errorId"] for error in nested if error["context"]["severity"] == "ERROR"]
    assert errors == ["vcenter-backup"]
    again = manager.check_sets.trigger_partial_retry_of_check_run(
        run, model.AssessmentPartialRetryInput(error_ids=errors, options={"discoveryCaching": "true"})
    )
    manager.good(model.Task, 202)
    sim.clock.advance(60)
    assert counts(manager, again.id) == (0, 1)
    assert manager.wire.body["relatedAssessmentId"] == run
    (last,) = manager.check_sets.get_last_assessment_run_info(domain)
    assert last.id == again.id
    assert manager.task(again.id).status == "SUCCESSFUL"


def counts(manager: SddcManager, run: str) -> tuple[float, float]:
    """The numbers of errors and warnings of a run that has come to its end."""
    # What the field shows is a list of summaries. The specification has objects there, and the client insists on them.
    with pytest.raises(TypeError, match="StructValue"):
        manager.check_sets.get_result(run)
    assert manager.wire.status == 200
    assert {line.split(": ")[0] for line in differences(manager.wire.body, model.AssessmentOutput)} == {
        "AssessmentOutput.physicalPresentedData.childEntities[0].properties.domainId",
        "AssessmentOutput.presentedArtifactsMap.validation-domain-summary",
    }
    assert manager.wire.body["status"] == "COMPLETED_WITH_SUCCESS"
    summary = manager.wire.body["presentedArtifactsMap"]["validation-domain-summary"][0]
    return summary["errorValidationsCount"], summary["warningGapsCount"]


def test_the_upgrade_of_the_management_domain(
    manager: SddcManager, sim: Simulator, session_for: Callable[[Simulator], requests.Session]
) -> None:
    domain = manager.domain_id(MANAGEMENT)
    manager.choose(domain)
    for bundle in manager.bundles.get_bundles().elements:
        manager.download(bundle.id)
    sim.clock.advance(300)
    order = ["sddc-manager", "drift", "nsx", "vcenter", "esx"]
    assert list(manager.upgradable(domain)) == [f"{MANAGEMENT}-{name}" for name in order]
    assert list(manager.upgradable(domain).values()) == ["AVAILABLE"] + ["PENDING"] * 4

    # SDDC Manager itself goes away, and comes back with its new version, without its tokens
    upgrade = manager.perform(domain, manager.available(domain))
    assert upgrade.status == "PENDING"
    sim.clock.advance(5)
    assert manager.upgrade(upgrade.id).status == "INPROGRESS"
    assert manager.domains.get_domain(domain).status == "UPGRADING"
    sim.clock.advance(1080)
    answer = session_for(sim).get(f"{sim.url}/v1/upgrades/{upgrade.id}", timeout=TIMEOUT)
    assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (502, "text/html")
    sim.clock.advance(300)
    with pytest.raises(UnresolvedError):  # the clients' word for an answer that is not in the specification
        manager.upgrade(upgrade.id)
    assert manager.wire.status == 401
    manager.log_in()
    assert manager.sddc_managers.get_sddc_managers().elements[0].version == OLD
    manager.good(model.PageOfSddcManager)
    sim.clock.advance(120)
    assert manager.sddc_managers.get_sddc_managers().elements[0].version == NEW
    assert manager.upgrade(upgrade.id).status == "COMPLETED_WITH_SUCCESS"

    # Drift, which is the second bundle of that type
    sim.clock.advance(60)
    drift = manager.perform(domain, manager.available(domain))
    assert drift.bundle.type == "SDDC_MANAGER"
    sim.clock.advance(125)

    # NSX fails, and is retried
    upgrade = manager.perform(domain, manager.available(domain))
    sim.clock.advance(545)
    assert manager.upgrade(upgrade.id).status == "COMPLETED_WITH_FAILURE"
    task = manager.task(upgrade.task_id)
    assert (task.status, task.errors[0].error_code) == ("FAILED", "NSX_T_MANAGER_UPGRADE_FAILED")
    assert manager.versions(domain) == [OLD, OLD, OLD]
    manager.tasks.retry_task(upgrade.task_id)
    assert manager.upgrade(upgrade.id).status == "INPROGRESS"
    sim.clock.advance(540)

    manager.perform(domain, manager.available(domain))
    sim.clock.advance(605)
    assert manager.versions(domain) == [NEW, NEW, OLD]
    manager.perform(domain, manager.available(domain))
    sim.clock.advance(605)
    assert manager.upgradable(domain) == {}
    assert manager.versions(domain) == [NEW, NEW, NEW]
    assert manager.releases.get_releases(domain_id=domain).elements[0].version == NEW
    assert manager.future_releases.get_future_releases(domain).elements == []
    assert [u.status for u in manager.upgrades.get_upgrades(domain_id=domain).elements] == [
        "COMPLETED_WITH_SUCCESS"
    ] * 5
    manager.good(model.PageOfUpgrade)


def test_the_inventory_is_not_known_at_once(session_for: Callable[[Simulator], requests.Session]) -> None:
    with Simulator(load("tests/scenarios/sddc_upgrade.yml").model_copy(update={"speed": STILL})) as sim:
        manager = SddcManager(sim, session_for(sim))
        domain = manager.domain_id(MANAGEMENT)
        with pytest.raises(UnresolvedError):
            manager.available(domain)
        manager.refused(409, "INVENTORY_CACHE_NOT_SEEDED")
        with pytest.raises(model.Error):  # that of all domains does have a 409
            manager.all_upgradables()
        manager.refused(409, "INVENTORY_CACHE_NOT_SEEDED")
        sim.clock.advance(60)
        assert manager.available(domain)

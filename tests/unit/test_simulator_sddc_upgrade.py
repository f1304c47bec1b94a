# SPDX-License-Identifier: GPL-3.0-or-later
"""What the simulator makes of a scenario of SDDC Manager's upgrades, without a server."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.vcf.lifecycle.extensions.simulator.clock import Clock
from ansible_collections.vcf.lifecycle.extensions.simulator.scenario import ScenarioError, State, Task, read
from ansible_collections.vcf.lifecycle.extensions.simulator.sddc_scenario import Component, Domain, Finding, SddcUpgrade
from ansible_collections.vcf.lifecycle.extensions.simulator.services.base import BadRequest
from ansible_collections.vcf.lifecycle.extensions.simulator.services.sddc_check_bodies import output
from ansible_collections.vcf.lifecycle.extensions.simulator.services.sddc_platform import Platform
from ansible_collections.vcf.lifecycle.extensions.simulator.services.sddc_upgrade_spec import check_spec
from ansible_collections.vcf.lifecycle.extensions.simulator.services.sddc_upgrade_tasks import changed_version, upgrade
from ansible_collections.vcf.lifecycle.extensions.simulator.tasks import Entry, TaskBook
from ansible_collections.vcf.lifecycle.extensions.simulator.timeline import Event

DOMAIN = {"name": "m", "version": "9.0", "target": "9.1"}
BROKEN = {"name": "Break", "outcome": "failed"}
SPEC: dict[str, Any] = {
    "bundleId": "b",
    "resourceType": "DOMAIN",
    "resourceUpgradeSpecs": [{"resourceId": "m", "upgradeNow": True}],
}


class StillClock(Clock):
    """A clock that only moves when it is told to."""

    def __init__(self) -> None:
        super().__init__(speed=0)


def a_platform(**upgrade: Any) -> Platform:
    clock = StillClock()
    ids = iter(range(100))
    spec = SddcUpgrade.model_validate({"domains": [DOMAIN]} | upgrade)
    return Platform(spec, clock, TaskBook([], clock, lambda _created: str(next(ids))))


def an_entry(nsx: dict[str, Any], run: int = 0) -> tuple[Entry, Component]:
    """An upgrade of NSX that begins now and takes 100 seconds, the last stage 10 of them."""
    domain = Domain.model_validate(DOMAIN | {"components": {"NSX": {"seconds": 100, "pending": 0} | nsx}})
    component = domain.components["NSX"]
    assert component is not None
    return Entry(upgrade(domain, "NSX", component, 0), {(): "1"}, 0, run), component


def test_the_shortest_scenario_has_all_that_an_upgrade_needs() -> None:
    domain = Domain.model_validate(DOMAIN)
    assert [kind for kind, _part in domain.in_order()] == ["SDDC_MANAGER", "DRIFT", "NSX", "VCENTER", "ESX"]
    manager, nsx = (part for kind, part in domain.in_order() if kind in ("SDDC_MANAGER", "NSX"))
    assert [stage.name for stage in manager.stages] == ["Prepare", "Upgrade", "Restart", "Verify"]
    assert [stage.name for stage in nsx.stages] == ["Prepare", "Upgrade", "Verify"]
    assert (nsx.version, nsx.target, nsx.fqdn) == ("9.0", "9.1", "m-nsx.example.com")
    assert nsx.id != manager.id
    assert Domain.model_validate(DOMAIN).id == domain.id


def test_a_workload_domain_has_three_components_and_any_can_be_left_out() -> None:
    domain = Domain.model_validate(DOMAIN | {"type": "VI", "components": {"VCENTER": None}})
    assert [kind for kind, _part in domain.in_order()] == ["NSX", "ESX"]


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"domains": []}, r"upgrade\.domains"),
        ({"domains": [DOMAIN | {"type": "VI"}]}, "exactly one is the MANAGEMENT domain"),
        ({"domains": [DOMAIN, DOMAIN | {"type": "VI"}]}, "two have the same id or name"),
        (
            {"domains": [DOMAIN | {"components": {"NSX": {"secnds": 1}}}]},
            r"upgrade\.domains\.0\.components\.NSX\.secnds",
        ),
        ({"domains": [DOMAIN | {"components": {"NSX": {"runs": [{"fail": "Dance"}]}}}]}, "no stage 'Dance'"),
        ({"domains": [DOMAIN | {"type": "VI", "components": {"DRIFT": {}}}]}, "DRIFT is of the management domain"),
        (
            {"domains": [DOMAIN | {"components": {"NSX": {"stages": [BROKEN], "runs": [{}]}}}]},
            r"components\.NSX\.runs: they say what fails",
        ),
        ({"domains": [DOMAIN], "bundles": {"VSAN": {}}}, r"upgrade\.bundles\.VSAN"),
        (
            {"domains": [DOMAIN], "bundles": {"ESX": {"attempts": [{"fail": "Dance"}]}}},
            r"upgrade\.bundles\.ESX: .*no stage 'Dance' \(there are Download, Validate\)",
        ),
    ],
)
def test_a_bad_scenario_is_refused_with_the_path_of_what_is_wrong(wrong: dict[str, Any], where: str) -> None:
    with pytest.raises(ScenarioError, match=where):
        read(SddcUpgrade, wrong, path=("services", "sddc_manager", "upgrade"))


def test_the_version_changes_when_the_last_stage_has_succeeded() -> None:
    entry, component = an_entry({})
    assert [changed_version(entry, component, now) for now in (99, 100)] == [False, True]


def test_a_stage_that_failed_changes_nothing_until_its_retry_succeeds() -> None:
    entry, component = an_entry({"runs": [{"fail": "Verify"}, {}]})
    assert not changed_version(entry, component, 1000)
    entry.log = (Event("retry", 1000),)
    assert [changed_version(entry, component, now) for now in (1009, 1010)] == [False, True]


def test_a_false_failure_changes_the_version_and_a_retry_does_not_take_it_back() -> None:
    entry, component = an_entry({"runs": [{"false_failed": True}]})
    assert (entry.look(100).state, changed_version(entry, component, 100)) == (State.FAILED, True)
    entry.log = (Event("retry", 200),)
    assert (entry.look(205).state, changed_version(entry, component, 205)) == (State.RUNNING, True)


def test_a_false_success_does_not_change_the_version_and_a_later_run_may() -> None:
    runs = {"runs": [{"false_succeeded": True}, {}]}
    entry, component = an_entry(runs)
    assert (entry.look(100).state, changed_version(entry, component, 100)) == (State.SUCCEEDED, False)
    entry, component = an_entry(runs, run=1)
    assert changed_version(entry, component, 100)


def test_a_cancelled_upgrade_does_not_change_the_version() -> None:
    entry, component = an_entry({})
    entry.log = (Event("cancel", 5),)
    assert (entry.look(100).state, changed_version(entry, component, 100)) == (State.CANCELED, False)


def test_the_statuses_of_an_upgrade_follow_its_task() -> None:
    platform = a_platform()
    domain = platform.management
    kind, component = domain.in_order()[2]
    draft = platform.ask({}, domain, kind, component, None, draft=True)
    assert (draft.status(0), draft.status(1e9)) == ("DRAFT", "DRAFT")
    assert platform.tasks.all() == []
    draft.begin(50, scheduled=True)
    assert [draft.status(now) for now in (49, 50, 650)] == ["SCHEDULED", "INPROGRESS", "COMPLETED_WITH_SUCCESS"]
    assert platform.tasks.all() == [draft.entry]
    now = platform.ask({}, domain, kind, component, None, draft=False)
    assert [now.status(at) for at in (0, 5)] == ["PENDING", "INPROGRESS"]


def test_a_second_upgrade_is_another_run_and_so_is_a_retry() -> None:
    platform = a_platform()
    kind, component = platform.management.in_order()[2]
    asked = [platform.ask({}, platform.management, kind, component, None, draft=False) for _ in range(2)]
    asked[1].entry.log = (Event("retry", 0),)
    last = platform.ask({}, platform.management, kind, component, None, draft=False)
    assert [upgrade.entry.run for upgrade in (*asked, last)] == [0, 1, 3]


def test_restarts_and_what_is_not_known_after_them() -> None:
    platform = a_platform(inventory_cache={"seconds": 20})
    assert not platform.seeded()
    platform.clock.advance(20)
    assert (platform.seeded(), platform.restarts()) == (True, [])
    kind, component = platform.management.in_order()[0]
    platform.ask({}, platform.management, kind, component, None, draft=False)
    platform.clock.advance(5 + 540)
    assert (platform.seeded(), platform.restarts()) == (False, [(565, None)])
    platform.clock.advance(300)
    assert (platform.seeded(), platform.restarts()) == (False, [(565, 865)])
    platform.clock.advance(20)
    assert platform.seeded()


def test_domains_share_a_bundle_for_the_same_version_alone() -> None:
    other = {"name": "w", "type": "VI", "version": "9.0", "target": "9.1", "components": {"ESX": {"target": "9.1.1"}}}
    platform = a_platform(domains=[DOMAIN, other], bundles={"ESX": {"downloaded": True}})
    found = [(bundle.kind, bundle.target, len(bundle.users)) for bundle in platform.bundles.values()]
    assert found[2:] == [("NSX", "9.1", 2), ("VCENTER", "9.1", 2), ("ESX", "9.1", 1), ("ESX", "9.1.1", 1)]
    assert [bundle.status(0) for bundle in platform.bundles.values()] == ["PENDING"] * 4 + ["SUCCESSFUL"] * 2


def test_downloads_and_checks_are_in_nobodys_way() -> None:
    platform = a_platform()
    for kind in ("BUNDLE_DOWNLOAD", "ASSESSMENT"):
        platform.tasks.create(Task(name=kind, type=kind, seconds=100))
    assert platform.running() is None
    entry = platform.tasks.create(Task(name="other", seconds=100))
    assert platform.running() is entry
    platform.clock.advance(100)
    assert platform.running() is None


@pytest.mark.parametrize(("severity", "said"), [("ALL", 6), ("ERROR", 1), ("WARNING", 1), ("INFO", 4)])
def test_the_counts_of_what_was_found_are_of_all_whatever_is_asked_for(severity: str, said: int) -> None:
    found = [Finding(id="1", message="bad"), Finding(id="2", severity="WARNING", message="odd")]
    body = output(Domain.model_validate(DOMAIN), found, State.SUCCEEDED, severity)
    (counts,) = body["presentedArtifactsMap"]["validation-domain-summary"]
    assert (counts["errorValidationsCount"], counts["warningGapsCount"]) == (1, 1)
    assert (counts["validationsRunCount"], counts["successfulValidationsCount"]) == (6, 4)
    assert body["validationResult"]["context"]["severity"] == "ERROR"
    assert len(body["validationResult"]["nestedErrors"]) == said


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"bundleId": None}, "bundleId"),
        ({"resourceType": "CLUSTER"}, "resourceType"),
        ({"resourceUpgradeSpecs": []}, "resourceUpgradeSpecs"),
        ({"resourceUpgradeSpecs": [{"upgradeNow": True}]}, "resourceId"),
        ({"resourceUpgradeSpecs": [{"resourceId": "m"}]}, "upgradeNow or scheduledTimestamp"),
        ({"vcenterUpgradeUserInputSpecs": [{}]}, "temporaryNetwork"),
        ({"nsxtUpgradeUserInputSpecs": ["all"]}, "list of objects"),
        ({"resourceUpgradeSpecs": [SPEC["resourceUpgradeSpecs"][0] | {"esxUpgradeOptionsSpec": "fast"}]}, "object"),
    ],
)
def test_an_upgrade_that_can_not_be_read(change: dict[str, Any], complaint: str) -> None:
    check_spec(SPEC)
    with pytest.raises(BadRequest, match=complaint):
        check_spec(SPEC | change)


@pytest.mark.parametrize(
    ("action", "complaint"),
    [
        ({"action": "HOPE"}, "action"),
        ({"action": "RETRY", "retryDelay": 3601, "retryCount": 3}, "retryDelay"),
        ({"action": "RETRY", "retryDelay": 300, "retryCount": 2}, "retryCount"),
    ],
)
def test_what_esx_can_not_do_about_a_failure(action: dict[str, Any], complaint: str) -> None:
    options = {"esxUpgradeOptionsSpec": {"esxUpgradeFailureAction": action}}
    with pytest.raises(BadRequest, match=complaint):
        check_spec(SPEC | {"resourceUpgradeSpecs": [SPEC["resourceUpgradeSpecs"][0] | options]})


def test_a_draft_needs_no_time_yet() -> None:
    check_spec(SPEC | {"draftMode": True, "resourceUpgradeSpecs": [{"resourceId": "m"}]})

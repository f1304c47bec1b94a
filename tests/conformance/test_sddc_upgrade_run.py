# SPDX-License-Identifier: GPL-3.0-or-later
"""sddc_upgrade_run, against the simulated SDDC Manager: what goes well, what is there already, and what comes later."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.conformance.sddc import DOMAINS, MANAGEMENT, NEW, OLD, WORKLOAD, Result, Sddc, sddc

WELL = (True, False, "succeeded", None)
DONE = (False, False, "succeeded", None)
ADOPTED = (False, True, "succeeded", None)
ORDER = ("SDDC_MANAGER", "DRIFT", "NSX", "VCENTER", "ESX")


def said(result: Result) -> tuple[Any, ...]:
    """What a result says first: changed, adopted, the outcome, and the kind of the failure."""
    return result["changed"], result["adopted"], result["outcome"], result.get("failure", {}).get("kind")


def domains(**components: dict[str, Any]) -> list[dict[str, Any]]:
    """The domains, with these components in the first."""
    return [{**DOMAINS[0], "components": components}, DOMAINS[1]]


def verified(*names: str, expected: str = NEW, actual: str = NEW) -> dict[str, dict[str, str]]:
    """What is returned of the versions of these."""
    return {name: {"expected": expected, "actual": actual} for name in names}


def in_time(line: Sddc, **time: float) -> str:
    """A time to come, by the simulated clock, in a zone far from UTC."""
    when = line.sim.clock.at(line.sim.clock.now()) + timedelta(**time)
    return (when + timedelta(hours=9)).replace(tzinfo=None).isoformat(timespec="seconds") + "+09:00"


@pytest.mark.parametrize("separate_ids", [False, True], ids=["one id", "an id of its own"])
def test_a_domain_from_end_to_end(separate_ids: bool) -> None:
    with sddc(downloaded=True, separate_ids=separate_ids) as line:
        results = {kind: line.upgrade(kind) for kind in ORDER}
        again = {kind: line.upgrade(kind) for kind in ORDER}
        assert [upgrade.kind for upgrade in line.upgrades] == list(ORDER)
        ids = [upgrade.id for upgrade in line.upgrades]
    assert {kind: said(result) for kind, result in results.items()} == dict.fromkeys(ORDER, WELL)
    assert {kind: said(result) for kind, result in again.items()} == dict.fromkeys(ORDER, DONE)
    assert [result["upgrade"]["id"] for result in results.values()] == ids
    for kind in ("SDDC_MANAGER", "NSX", "VCENTER"):
        assert results[kind]["verified"] == again[kind]["verified"] == verified(kind)
    assert results["DRIFT"]["verified"] == {}
    hosts = ("esx01.sfo-m01.example.com", "esx02.sfo-m01.example.com")
    assert results["ESX"]["verified"] == verified(*hosts)
    for result in results.values():
        assert result["upgrade"]["task_id"] == result["tasks"][0]["id"]
        assert (result["upgrade"]["id"] == result["upgrade"]["task_id"]) is not separate_ids
        assert (result["upgrade"]["status"], result["upgrade"]["state"]) == ("COMPLETED_WITH_SUCCESS", "SUCCEEDED")
    # SDDC Manager goes away in its own upgrade.
    assert [result["outages"] for result in results.values()] == [1, 0, 0, 0, 0]
    assert all(result["tasks"] == [] for result in again.values())


def test_the_difference_is_one_of_versions() -> None:
    with sddc(downloaded=True) as line:
        predicted = line.upgrade(check=True)
        result = line.upgrade()
        unchanged = line.upgrade()
    before = {"versions": {"SDDC_MANAGER": OLD}, "upgrade": None}
    after = {"versions": {"SDDC_MANAGER": NEW}, "upgrade": "COMPLETED_WITH_SUCCESS"}
    assert predicted["diff"] == {"before": before, "after": {**after, "upgrade": "a new upgrade"}}
    assert result["diff"] == {"before": before, "after": after}
    assert unchanged["diff"] == {"before": after, "after": after}


def test_a_bundle_is_named_by_its_id() -> None:
    with sddc(downloaded=True) as line:
        result = line.upgrade(None, bundle_id=line.bundle_id("SDDC_MANAGER"))
        again = line.upgrade(None, bundle_id=line.bundle_id("SDDC_MANAGER"))
        drift = line.upgrade(None, bundle_id=line.bundle_id("DRIFT"))
    assert (said(result), said(again), said(drift)) == (WELL, DONE, WELL)
    assert result["verified"] == again["verified"] == verified("SDDC_MANAGER")


@pytest.mark.parametrize("word", ["NSX", "nsx_t_manager"])
def test_a_component_is_named_by_its_version(word: str) -> None:
    target = "9.1.0.0.24755230"
    with sddc(downloaded=True, domains=domains(NSX={"target": target}, SDDC_MANAGER=None, DRIFT=None)) as line:
        unknown = line.upgrade(word, version="9.1.0.1")
        result = line.upgrade(word, version=target)
        again = line.upgrade(word, version=target)
    assert unknown["failure"]["kind"] == "not_found"
    assert "no bundle that upgrades NSX to 9.1.0.1" in unknown["msg"]
    assert (said(result), said(again)) == (WELL, DONE)
    assert result["verified"] == verified("NSX", expected=target, actual=target)


def test_the_version_is_that_of_the_release() -> None:
    target = "9.1.0.0.24755230"
    with sddc(downloaded=True, domains=domains(SDDC_MANAGER={"target": target})) as line:
        result = line.upgrade()
    assert (said(result), result["verified"]) == (WELL, verified("SDDC_MANAGER", expected=target, actual=target))


def test_a_version_that_is_there_needs_no_bundle() -> None:
    with sddc() as line:
        result = line.upgrade("NSX", version=OLD)
        assert line.writes == []
    assert (said(result), result["upgrade"]) == (DONE, None)


def test_a_workload_domain() -> None:
    with sddc(downloaded=True, upgradables_of_management_only=True) as line:
        for kind in ORDER:
            line.upgrade(kind)
        results = {kind: line.upgrade(kind, WORKLOAD) for kind in ORDER[2:]}
        foreign = line.upgrade("SDDC_MANAGER", WORKLOAD, version=NEW)
    assert {kind: said(result) for kind, result in results.items()} == dict.fromkeys(ORDER[2:], WELL)
    assert foreign["failure"]["kind"] == "not_allowed"
    assert "it is not among what the domain is offered" in foreign["msg"]


def test_what_is_offered_is_waited_for() -> None:
    for status in (408, 409):
        with sddc(downloaded=True, inventory_cache={"seconds": 300, "status": status}) as line:
            result = line.upgrade()
        assert said(result) == WELL
        assert result["outages"] == 2


def test_check_mode_sends_nothing() -> None:
    with sddc(downloaded=True) as line:
        results = [
            line.upgrade(check=True, **more) for more in ({}, {"draft": True}, {"schedule_at": in_time(line, hours=1)})
        ]
        assert line.writes == []
        early = line.upgrade("NSX", check=True)
        line.post("POST", "upgrades", line.spec("SDDC_MANAGER"))
        going_on = line.upgrade(check=True)
        line.sim.advance(7200)
        over = line.upgrade(check=True)
        assert line.writes == []
    assert [said(result) for result in results] == [(True, False, None, None)] * 3
    assert results[1]["diff"]["after"] == {"versions": {"SDDC_MANAGER": OLD}, "upgrade": "a new draft"}
    assert early["failure"]["kind"] == "not_allowed"
    assert said(going_on) == (False, True, None, None)
    assert going_on["tasks"][0]["id"] == going_on["upgrade"]["task_id"]
    assert said(over) == DONE


@pytest.mark.parametrize("separate_ids", [False, True])
def test_an_upgrade_that_goes_on_is_adopted(separate_ids: bool) -> None:
    with sddc(downloaded=True, separate_ids=separate_ids) as line:
        line.post("POST", "upgrades", line.spec("SDDC_MANAGER"))
        unfollowed = line.upgrade(wait=False)
        result = line.upgrade()
        assert line.writes == []
    assert (said(unfollowed), said(result)) == ((False, True, None, None), ADOPTED)
    assert result["upgrade"]["id"] == unfollowed["upgrade"]["id"]
    assert result["verified"] == verified("SDDC_MANAGER")


def test_an_upgrade_of_another_domain_is_not_adopted() -> None:
    domain = {**DOMAINS[0], "version": NEW}
    with sddc(downloaded=True, domains=[domain, DOMAINS[1]]) as line:
        line.post("POST", "upgrades", line.spec("NSX", WORKLOAD))
        result = line.upgrade("NSX", MANAGEMENT)
    assert (said(result), result["upgrade"]) == (DONE, None)


def test_it_need_not_be_waited_for() -> None:
    with sddc(downloaded=True) as line:
        begun = line.upgrade(wait=False)
        result = line.upgrade()
        assert len(line.upgrades) == 1
    assert (said(begun), begun["verified"]) == ((True, False, None, None), {})
    assert begun["upgrade"]["status"] in ("PENDING", "INPROGRESS")
    assert begun["diff"]["after"] == {"versions": {"SDDC_MANAGER": OLD}, "upgrade": begun["upgrade"]["status"]}
    assert said(result) == ADOPTED


def test_a_retried_upgrade_is_adopted() -> None:
    failing = {"runs": [{"fail": "Upgrade"}, {}], "restart": 0}
    with sddc(downloaded=True, domains=domains(SDDC_MANAGER=failing)) as line:
        failed = line.upgrade()
        task_id = failed["tasks"][0]["id"]
        line.ask("task_retry", task_id, wait=False)
        result = line.upgrade()
        assert len(line.upgrades) == 1
    assert said(failed) == (True, False, "failed", "task_failed")
    assert (said(result), result["tasks"][0]["id"]) == (ADOPTED, task_id)


# Later ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("separate_ids", [False, True])
def test_a_scheduled_upgrade_is_waited_for_from_its_time_on(separate_ids: bool) -> None:
    with sddc(downloaded=True, separate_ids=separate_ids) as line:
        at = in_time(line, hours=10)
        result = line.upgrade(schedule_at=at, timeout=3600)
        spec = line.upgrades[0].spec["resourceUpgradeSpecs"][0]
    assert said(result) == WELL
    assert 36000 < result["elapsed"] < 39600
    assert spec["scheduledTimestamp"].endswith(".000Z")
    assert "upgradeNow" not in spec
    assert result["upgrade"]["scheduled_for"] is not None


def test_a_scheduled_upgrade_need_not_be_waited_for() -> None:
    with sddc(downloaded=True) as line:
        at = in_time(line, hours=10)
        begun = line.upgrade(schedule_at=at, wait=False)
        again = line.upgrade(schedule_at=at, wait=False)
        assert line.context.warnings == []
        other = line.upgrade(wait=False)
        warnings = line.context.warnings
        line.sim.advance(39600)
        over = line.upgrade(schedule_at=at)
        assert len(line.upgrades) == 1
    assert (said(begun), said(again), said(other)) == ((True, False, None, None), *[(False, True, None, None)] * 2)
    assert begun["upgrade"]["status"] == "SCHEDULED"
    assert begun["elapsed"] < 60
    assert len(warnings) == 1
    assert "is scheduled already, for" in warnings[0]
    assert said(over) == DONE


def test_a_deadline_holds_whatever_is_scheduled() -> None:
    with sddc(downloaded=True) as line:
        deadline = in_time(line, hours=2)
        failed = line.upgrade(schedule_at=in_time(line, hours=10), deadline=deadline, timeout=600)
    assert said(failed) == (True, False, "timeout", "timeout")
    assert 7100 < failed["elapsed"] < 7300
    assert "has not failed" in failed["msg"]


def test_a_time_that_is_past() -> None:
    with sddc(downloaded=True) as line:
        at = in_time(line, hours=1)
        line.sim.advance(7200)
        failed, predicted = line.upgrade(schedule_at=at), line.upgrade(schedule_at=at, check=True)
        assert line.writes == []
    for result in (failed, predicted):
        assert said(result) == (False, False, None, "options")
        assert "is past" in result["msg"]


@pytest.mark.parametrize("separate_ids", [False, True])
def test_a_draft_is_made_once_and_committed(separate_ids: bool) -> None:
    with sddc(downloaded=True, separate_ids=separate_ids) as line:
        draft = line.upgrade(draft=True)
        again = line.upgrade(draft=True)
        predicted = line.upgrade(check=True)
        assert [seen["method"] for seen in line.writes] == ["POST"]
        result = line.upgrade()
        assert [seen["method"] for seen in line.writes] == ["POST", "PATCH"]
        over = line.upgrade(draft=True)
        assert len(line.upgrades) == 1
    assert (said(draft), said(again)) == ((True, False, None, None), (False, True, None, None))
    assert (draft["upgrade"]["status"], draft["tasks"], draft["verified"]) == ("DRAFT", [], {})
    assert draft["diff"]["after"] == {"versions": {"SDDC_MANAGER": OLD}, "upgrade": "DRAFT"}
    assert said(predicted) == (True, False, None, None)
    assert (said(result), said(over)) == (WELL, DONE)
    assert result["upgrade"]["id"] == draft["upgrade"]["id"]


def test_a_draft_is_scheduled() -> None:
    with sddc(downloaded=True) as line:
        line.upgrade(draft=True)
        result = line.upgrade(schedule_at=in_time(line, hours=3), timeout=3600)
        assert len(line.upgrades) == 1
    assert said(result) == WELL
    assert result["elapsed"] > 3 * 3600


def test_a_draft_keeps_its_input() -> None:
    given = {"esxUpgradeOptionsSpec": {"disableDpm": True}}
    with sddc(downloaded=True) as line:
        line.upgrade(draft=True)
        line.upgrade(user_input=given)
        assert ["begins with the user_input that it was made with" in text for text in line.context.warnings] == [True]


def test_no_draft_is_made_of_what_goes_on() -> None:
    with sddc(downloaded=True) as line:
        line.post("POST", "upgrades", line.spec("SDDC_MANAGER"))
        result = line.upgrade(draft=True)
        assert line.writes == []
    assert said(result) == (False, True, None, None)


# What it needs to be given -------------------------------------------------------------------------------------------

VCENTER_INPUT = {"vcenterUpgradeUserInputSpecs": [{"temporaryNetwork": {"ipAddress": "10.0.0.20"}}]}
ESX_INPUT = {
    "parallelUpgrade": True,
    "esxUpgradeOptionsSpec": {"esxUpgradeFailureAction": {"action": "RETRY", "retryDelay": 300, "retryCount": 3}},
    "enableQuickboot": True,
}


def test_what_is_given_goes_where_it_belongs() -> None:
    parts = {"SDDC_MANAGER": None, "DRIFT": None, "NSX": None, "VCENTER": {"needs_input": True}}
    with sddc(downloaded=True, domains=domains(**parts)) as line:
        missing = line.upgrade("VCENTER")
        vcenter = line.upgrade("VCENTER", user_input=VCENTER_INPUT)
        esx = line.upgrade("ESX", user_input=ESX_INPUT)
        specs = [upgrade.spec for upgrade in line.upgrades]
    assert said(missing) == (False, False, None, "not_allowed")
    assert "vcenterUpgradeUserInputSpecs is required" in missing["msg"]
    assert "user_input" in missing["msg"]
    assert (said(vcenter), said(esx)) == (WELL, WELL)
    assert specs[0]["vcenterUpgradeUserInputSpecs"] == VCENTER_INPUT["vcenterUpgradeUserInputSpecs"]
    resource = specs[1]["resourceUpgradeSpecs"][0]
    assert specs[1]["parallelUpgrade"] is True
    assert resource["esxUpgradeOptionsSpec"] == ESX_INPUT["esxUpgradeOptionsSpec"]
    assert (resource["enableQuickboot"], resource["upgradeNow"]) == (True, True)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"component": None}, "bundle_id, or by component"),
        ({"bundle_id": "b1"}, "bundle_id, or by component"),
        ({"component": None, "bundle_id": "b1", "version": NEW}, "version is for component"),
        ({"draft": True, "schedule_at": "2126-01-01T00:00:00Z"}, "schedule_at"),
        ({"schedule_at": "2126-01-01T00:00:00"}, "needs a time zone"),
        ({"schedule_at": "tomorrow"}, "ISO 8601"),
        ({"user_input": "[1]"}, "user_input is not a dictionary"),
        ({"user_input": {"colour": "red"}}, "user_input has colour"),
        ({"service": "fleet_lcm"}, "service fleet_lcm is none of this module"),
    ],
)
def test_options_that_make_no_sense(options: dict[str, Any], text: str) -> None:
    with sddc() as line:
        failed = line.upgrade(**{"kind": options.pop("component", "ESX"), **options})
        assert line.sim.requests == []
    assert failed["failure"]["kind"] == "options"
    assert text in failed["msg"]


def test_without_a_target_there_is_no_version() -> None:
    with sddc(downloaded=True, domains=[{**domain, "selected": False} for domain in DOMAINS]) as line:
        failed = line.upgrade()
        refused = line.upgrade(target_version=NEW)
        unknown = line.upgrade(target_version="1.2.3")
    assert failed["msg"].startswith("target_version is required")
    assert said(refused) == (False, False, None, "not_allowed")
    assert unknown["msg"].startswith("version is required")


@pytest.mark.parametrize("domain", ["another", "..", "a/b?c"])
def test_a_domain_there_is_not(domain: str) -> None:
    with sddc() as line:
        failed = line.upgrade(domain=domain)
    assert failed["failure"]["kind"] == "not_found"
    assert f"There are {MANAGEMENT}, {WORKLOAD}." in failed["msg"]


@pytest.mark.parametrize("bundle_id", ["another", "..", "a/b?c"])
def test_a_bundle_there_is_not(bundle_id: str) -> None:
    with sddc() as line:
        failed = line.upgrade(None, bundle_id=bundle_id)
    assert failed["failure"]["kind"] == "not_found"
    assert bundle_id in failed["msg"]

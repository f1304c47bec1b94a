# SPDX-License-Identifier: GPL-3.0-or-later
"""sddc_upgrade_info, against the simulated SDDC Manager."""

from __future__ import annotations

import json

import pytest

from tests.conformance.sddc import DOMAINS, MANAGEMENT, NEW, OLD, WORKLOAD, sddc

ORDER = ["SDDC_MANAGER", "DRIFT", "NSX", "VCENTER", "ESX"]


def test_all_there_is_to_know() -> None:
    with sddc(downloaded=True) as line:
        result = line.info()
        bundles = [line.bundle_id(kind) for kind in ORDER]
        assert line.writes == []
    management, workload = result["domains"]
    assert (management["name"], management["type"], management["release"]) == (MANAGEMENT, "MANAGEMENT", OLD)
    assert (management["status"], management["target_version"]) == ("ACTIVE", NEW)
    assert [(one["version"], one["applicable"]) for one in management["future_releases"]] == [(NEW, True)]
    assert management["future_releases"][0]["versions"] == dict.fromkeys(["SDDC_MANAGER", "NSX", "VCENTER", "ESX"], NEW)
    parts = [(part["component"], part["name"], part["version"]) for part in management["versions"]]
    assert parts == [
        ("SDDC_MANAGER", "sfo-m01-sddc-manager.example.com", OLD),
        ("NSX", "sfo-m01-nsx.example.com", OLD),
        ("VCENTER", "sfo-m01-vcenter.example.com", OLD),
        ("ESX", "esx01.sfo-m01.example.com", OLD),
        ("ESX", "esx02.sfo-m01.example.com", OLD),
    ]
    assert [part["component"] for part in workload["versions"]] == ["NSX", "VCENTER", "ESX", "ESX"]
    # Drift and SDDC Manager itself are told apart, and each is offered with the bundle of its own.
    offers = [(one["component"], one["bundle_id"], one["status"]) for one in management["upgradables"]]
    statuses = ["AVAILABLE"] + ["PENDING"] * 4
    assert offers == list(zip(ORDER, bundles, statuses, strict=True))
    assert [(one["component"], one["id"], one["downloaded"]) for one in result["bundles"]] == [
        (kind, bundle, True) for kind, bundle in zip(ORDER, bundles, strict=True)
    ]
    assert (management["upgrades"], management["last_precheck"]) == ([], None)
    assert (result["changed"], result["tasks"], result["blocking"]) == (False, [], [])


def test_an_upgrade_and_what_it_comes_to() -> None:
    with sddc(downloaded=True) as line:
        domain = line.domain_id()
        spec = {"resourceId": domain, "upgradeNow": True}
        body = {"bundleId": line.bundle_id("SDDC_MANAGER"), "resourceType": "DOMAIN", "resourceUpgradeSpecs": [spec]}
        task = line.post("POST", "upgrades", body)
        line.sim.advance(60)
        going_on = line.info(domain=MANAGEMENT)
        line.sim.advance(1000)
        after = line.info(domain=domain)
    (upgrade,) = going_on["domains"][0]["upgrades"]
    assert (upgrade["component"], upgrade["state"], upgrade["status"]) == ("SDDC_MANAGER", "RUNNING", "INPROGRESS")
    assert upgrade["task_id"] == task["id"]
    assert [(one["id"], one["state"]) for one in going_on["blocking"]] == [(task["id"], "RUNNING")]
    assert [one["id"] for one in going_on["tasks"]] == [task["id"]]
    assert after["domains"][0]["upgrades"][0]["state"] == "SUCCEEDED"
    assert after["domains"][0]["versions"][0]["version"] == NEW
    assert [one["component"] for one in after["domains"][0]["upgradables"]] == ORDER[1:]
    assert after["blocking"] == []


def test_a_workload_domain_is_among_all_where_its_id_is_refused() -> None:
    with sddc(upgradables_of_management_only=True) as line:
        result = line.info(domain=WORKLOAD)
        assert line.sim.count("GET", "v1/system/upgradables") == 1
    (domain,) = result["domains"]
    assert [one["component"] for one in domain["upgradables"]] == ["NSX", "VCENTER", "ESX"]


def test_without_a_target_there_is_nothing_to_wait_for() -> None:
    domains = [{**domain, "selected": False} for domain in DOMAINS]
    with sddc(domains=domains, inventory_cache={"seconds": 1000}) as line:
        result = line.info()
    assert [(one["target_version"], one["upgradables"]) for one in result["domains"]] == [(None, [])] * 2


@pytest.mark.parametrize("status", [408, 409])
def test_the_inventory_is_waited_for(status: int) -> None:
    with sddc(inventory_cache={"seconds": 50, "status": status}) as line:
        result = line.info(domain=MANAGEMENT)
        seconds = line.sim.clock.now()
    assert len(result["domains"][0]["upgradables"]) == 5
    assert 50 <= seconds < 70


def test_an_inventory_that_is_not_known_for_too_long() -> None:
    with sddc(inventory_cache={"seconds": 500}) as line:
        failed = line.info(domain=MANAGEMENT)
    assert failed["failure"]["kind"] == "lost_contact"
    assert "inventory cache is not seeded" in failed["msg"]


def test_the_last_precheck_is_judged_by_what_it_found() -> None:
    findings = [
        {"id": "backup", "severity": "ERROR", "message": "The backup is old."},
        {"id": "nic", "severity": "WARNING", "message": "A driver is not certified."},
    ]
    domains = [{**DOMAINS[0], "checks": {"findings": findings}}, DOMAINS[1]]
    with sddc(domains=domains) as line:
        run = line.check()
        going_on = line.info()
        line.sim.advance(100)
        after = line.info()
    assert going_on["domains"][1]["last_precheck"] is None
    began = going_on["domains"][0]["last_precheck"]
    assert (began["id"], began["state"], began["error_count"], began["warning_count"]) == (run, "RUNNING", None, None)
    ended = after["domains"][0]["last_precheck"]
    assert (ended["state"], ended["error_count"], ended["warning_count"], ended["target_version"]) == (
        "SUCCEEDED",
        1,
        1,
        NEW,
    )


@pytest.mark.parametrize("domain", ["another", "..", "a/b?c"])
def test_a_domain_there_is_not(domain: str) -> None:
    with sddc() as line:
        failed = line.info(domain=domain)
    assert failed["failure"]["kind"] == "not_found"
    assert f"There are {MANAGEMENT}, {WORKLOAD}." in failed["msg"]


def test_another_service_is_refused_before_anything_is_sent() -> None:
    with sddc() as line:
        failed = line.info(service="fleet_lcm")
        assert line.sim.requests == []
    assert failed["failure"]["kind"] == "options"
    assert "Set service to sddc_manager" in failed["msg"]
    assert "Hidden" not in json.dumps(failed)

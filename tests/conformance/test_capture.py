# SPDX-License-Identifier: GPL-3.0-or-later
"""capture, over simulated services: what it has captured plays as the original does."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ansible_collections.vcf.lifecycle.extensions.simulator.fleet_catalog import CATALOG, SYSTEM
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations import capture
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.registry import SERVICES
from ansible_collections.vcf.lifecycle.plugins.plugin_utils.scenario import text_of
from tests.conformance.bench import IDS, Bench, bench
from tests.conformance.capturing import captured, comparable, replayed
from tests.conformance.fleet import FIRST, NEWEST, RELEASE, fleet
from tests.conformance.sddc import MANAGEMENT, NEW, OLD, WORKLOAD, sddc

ALL_OF_VCENTER = {"types": ["com.vmware.vcenter.lcm.update", "com.example.other"]}


def options(line: Bench) -> dict[str, Any]:
    return ALL_OF_VCENTER if line.name == "vcenter" else {}


def test_what_was_captured_is_captured_again(service: Bench) -> None:
    found = captured(service, **options(service))
    going_on = {task["id"] for task in found["tasks"]}
    assert {"running", "strange"} <= {name for name, task_id in IDS.items() if task_id in going_on}
    with replayed(found, service) as second:
        again = captured(second, **options(service))
    assert comparable(again) == comparable(found)


def test_what_has_ended_is_as_it_was_and_can_be_retried(service: Bench) -> None:
    names = ("over", "failed", "hopeless", "elsewhere", "probe")
    seen = {name: service.ask("task_info", name)["tasks"][0] for name in names}
    # Of these a scenario says nothing but what goes without saying, or what only its own service knows.
    left_out = ("raw", "result", "additional_details", "messages", "prechecks", "parent_id", "updated_at")
    with replayed(captured(service, **options(service)), service) as second:
        for name, task in seen.items():
            again = second.ask("task_info", name)["tasks"][0]
            for field in ("state", "status", "name", "type", "duration_seconds", "created_by", "retriable"):
                assert again[field] == task[field], (name, field)
            steps = [(one["name"], one["state"], len(one["stages"])) for one in task["stages"]]
            assert [(one["name"], one["state"], len(one["stages"])) for one in again["stages"]] == steps
            said = [(cause["code"], cause["message"], cause["remediation"]) for cause in task["root_causes"][:1]]
            assert [(one["code"], one["message"], one["remediation"]) for one in again["root_causes"][:1]] == said
            assert set(again) - set(left_out) == set(task) - set(left_out)
        if service.traits.retries:
            assert second.ask("task_retry", "failed", timeout=7200)["tasks"][0]["state"] == "SUCCEEDED"


def test_what_goes_on_goes_on_from_there(service: Bench) -> None:
    service.sim.advance(29)
    found = captured(service, **options(service))
    with replayed(found, service) as second:
        assert second.state("running") == "RUNNING"
        second.sim.advance(1000)
        assert {name: second.state(name) for name in ("running", "over")} == dict.fromkeys(
            ("running", "over"), "SUCCEEDED"
        )
        # Of a word that nobody knows, nobody knows when it ends.
        assert second.state("strange") == service.state("strange")


def test_the_past_is_cut_off(service: Bench) -> None:
    everything = captured(service, **options(service))["services"][service.name]["tasks"]
    few = captured(service, **options(service), limit=1)
    kept = {task["id"] for task in few["services"][service.name]["tasks"]}
    ended = {task["id"] for task in everything} - {task["id"] for task in few["tasks"]}
    assert len(kept & ended) == 1
    none = captured(service, **options(service), days=1800 / 86400)
    left = {task["id"] for task in none["services"][service.name]["tasks"]}
    assert {IDS["over"], IDS["running"]} & left == {IDS["running"]}
    refused = service.run(capture, **options(service), limit=-1)
    assert refused["failure"]["kind"] == "options"


def test_what_is_quiet_is_the_same_however_late() -> None:
    quiet = [{"name": "over", "id": IDS["over"], "start": -7200, "seconds": 60}]
    for name in SERVICES:
        with bench(name, tasks=quiet) as line:
            first = captured(line)
            line.sim.advance(3600)
            assert captured(line)["services"] == first["services"]
            assert captured(line)["captured_at"] == first["captured_at"]
            again = text_of({name: captured(line)})
            assert again == text_of({name: first})


def busy_fleet() -> Any:
    """A fleet in the midst of its upgrade: the depot is through, and what it takes longest for has just failed."""
    return fleet(
        components=[
            {"type": "VCF_FLEET_DEPOT", "seconds": 100},
            {
                "type": "OPS",
                "seconds": 200,
                "depends_on": ["VCF_FLEET_DEPOT"],
                "prechecks": [
                    {"id": "DISK", "name": "Disk", "issue": {"id": "DISK-7", "message": "The disk is full."}}
                ],
                "failures": [{}],
            },
            {"type": "OPS_LOGS", "seconds": 300, "depends_on": ["OPS"], "ineligible": "It has no licence."},
            {"type": "VCF_OPS_CLOUD_PROXY", "id": "p-1", "seconds": 50, "depends_on": ["OPS"]},
            {"type": "VCF_OPS_CLOUD_PROXY", "id": "p-2", "seconds": 50, "depends_on": ["OPS"]},
            {"type": "BRAND_NEW", "version": "1.0.0.1", "versions": ["1.0.0.1"]},
        ],
    )


VERSIONS = {name: CATALOG[name].newest for name in ("VCF_FLEET_DEPOT", "OPS", "OPS_LOGS", "VCF_OPS_CLOUD_PROXY")}


def test_a_plan_without_versions_is_captured_again() -> None:
    with fleet(plans=[{"version": RELEASE, "components": {}, "named": False}]) as line:
        found = captured(line)
        with replayed(found, line) as second:
            assert comparable(captured(second)) == comparable(found)


def apply(line: Any, plan_id: str, *types: str) -> None:
    chosen = [
        {"id": one.id} for one in line.sim.service("fleet_lcm").upgrade.fleet.upgrade.components if one.type in types
    ]
    line.post(f"upgrade-plans/{plan_id}?action=apply", {"componentsFilter": chosen})


def test_a_fleet_in_the_midst_of_its_upgrade_is_captured_again() -> None:
    with busy_fleet() as line:
        plan_id = line.plan(**VERSIONS)
        line.post(f"upgrade-plans/{plan_id}?action=configure")
        line.sim.advance(10)
        line.post(f"upgrade-plans/{plan_id}?action=precheck")
        line.sim.advance(100)
        apply(line, plan_id, "VCF_FLEET_DEPOT")
        line.sim.advance(150)
        apply(line, plan_id, "OPS")
        line.sim.advance(150)
        found = captured(line)
        upgrade = found["services"]["fleet_lcm"]["upgrade"]
        assert [one["type"] for one in upgrade["plans"][0]["executions"]] == ["PRECHECK", "UPGRADE", "UPGRADE"]
        of_types = {one["type"]: one for one in upgrade["components"]}
        assert of_types["VCF_FLEET_DEPOT"]["stages"] == {"prepare": 10.0, "upgrade": 80.0, "verify": 10.0}
        assert of_types["OPS"]["prechecks"][0]["issue"]["message"] == "The disk is full."
        assert of_types["OPS_LOGS"]["ineligible"] == "It has no licence."
        before = line.info()
        with replayed(found, line) as second:
            assert comparable(captured(second)) == comparable(found)
            after = second.info()
            for key in ("system", "releases", "target_releases", "components", "blocking"):
                assert len(after[key]) == len(before[key]), key
            for key in ("system", "releases", "components"):
                assert after[key] == before[key], key
            plan, same = before["plans"][0], after["plans"][0]
            for key in ("id", "status", "version", "software", "bundles"):
                assert same[key] == plan[key], key
            shown = ("id", "name", "version", "target_version", "status", "depends_on", "fqdn")
            assert [[one[key] for key in shown] for one in same["components"]] == [
                [one[key] for key in shown] for one in plan["components"]
            ]
            # What goes on comes to its end there too, and has its effect.
            second.sim.advance(2000)
            running = [task for task in second.info()["tasks"] if task["state"] != "SUCCEEDED"]
            assert running == []
            assert second.versions["OPS"] == NEWEST["OPS"]


def test_a_fresh_fleet_has_what_it_hides() -> None:
    """What Fleet LCM does not show before its own upgrade is there afterwards."""
    with fleet(system={"seconds": 60, "restart": 60}) as line:
        found = captured(line)
        assert "no upgrade plan" in line.context.warnings[0]
        with replayed(found, line) as second:
            assert comparable(captured(second)) == comparable(found)
            second.post("system?action=apply", {"targetVersion": SYSTEM.newest})
            second.sim.advance(102 * 60)
            (release,) = second.info()["target_releases"]
            assert release["version"] == RELEASE
            assert {one["type"]: one["versions"][0] for one in release["components"]} == NEWEST
            assert second.versions["OPS"] == FIRST["OPS"]


def test_a_platform_in_the_midst_of_its_upgrades_is_captured_again() -> None:
    findings = [{"id": "F-1", "message": "The certificate expires soon.", "severity": "WARNING", "component": "NSX"}]
    domains = [
        {
            "name": MANAGEMENT,
            "version": OLD,
            "target": NEW,
            "selected": True,
            "clusters": [{"id": "c-1", "name": "cl01"}],
        }
        | {
            "components": {"DRIFT": None, "SDDC_MANAGER": {"seconds": 60, "restart": 30}},
            "checks": {"findings": findings},
        },
        {"name": WORKLOAD, "type": "VI", "version": OLD, "target": NEW, "hosts": 3, "components": {"NSX": None}},
        {"name": "sfo-w02", "type": "VI", "version": OLD, "target": OLD},
    ]
    with sddc(domains=domains, bundles={"SDDC_MANAGER": {"downloaded": True}, "NSX": {"downloaded": True}}) as line:
        line.check()
        line.download("VCENTER")
        line.sim.advance(100)
        line.post("POST", "upgrades", line.spec("SDDC_MANAGER"))
        line.sim.advance(200)
        line.download("ESX")
        line.post("POST", "upgrades", line.spec("NSX"))
        line.sim.advance(30)
        found = captured(line)
        upgrade = found["services"]["sddc_manager"]["upgrade"]
        assert [one["component"] for one in upgrade["upgrades"]] == ["SDDC_MANAGER", "NSX"]
        assert upgrade["domains"][0]["checks"]["findings"] == findings
        assert upgrade["domains"][0]["components"]["SDDC_MANAGER"]["restart"] == 30
        before = line.info()
        with replayed(found, line) as second:
            assert comparable(captured(second)) == comparable(found)
            after = second.info()
            for ours, theirs in zip(after["domains"], before["domains"], strict=True):
                for key in theirs:
                    if key not in ("upgrades", "last_precheck"):
                        assert ours[key] == theirs[key], key
                assert [one["status"] for one in ours["upgrades"]] == [one["status"] for one in theirs["upgrades"]]
            assert {one["id"]: one["status"] for one in after["bundles"]} == {
                one["id"]: one["status"] for one in before["bundles"]
            }
            assert after["domains"][0]["last_precheck"]["warning_count"] == 1
            second.sim.advance(2000)
            versions = {one["component"]: one["version"] for one in second.info()["domains"][0]["versions"]}
            assert (versions["NSX"], versions["VCENTER"]) == (NEW, OLD)


@pytest.mark.parametrize("status", ["DRAFT", "SCHEDULED"])
def test_what_is_to_begin_later_begins_later(status: str) -> None:
    with sddc(downloaded=True) as line:
        tomorrow = (line.sim.clock.at(line.sim.clock.now()) + timedelta(days=1)).isoformat()
        spec = line.spec("SDDC_MANAGER", scheduledTimestamp=tomorrow)
        line.post("POST", "upgrades", {**spec, "draftMode": status == "DRAFT"})
        found = captured(line)
        assert captured(line)["tasks"] == ([] if status == "DRAFT" else found["tasks"])
        with replayed(found, line) as second:
            assert comparable(captured(second)) == comparable(found)
            (upgrade,) = second.info()["domains"][0]["upgrades"]
            (original,) = line.info()["domains"][0]["upgrades"]
            assert (upgrade["id"], upgrade["status"]) == (original["id"], status)
            second.sim.advance(86400 + 2000)
            assert (
                second.info()["domains"][0]["upgrades"][0]["status"]
                == {
                    "DRAFT": "DRAFT",
                    "SCHEDULED": "COMPLETED_WITH_SUCCESS",
                }[status]
            )


def test_pseudonyms_play_the_same() -> None:
    """Under other names the same things are there, and refer to each other."""
    with busy_fleet() as line:
        plan_id = line.plan(**VERSIONS)
        apply(line, plan_id, "VCF_FLEET_DEPOT")
        line.sim.advance(50)
        found = captured(line)
        with replayed(found, line, pseudonyms=True) as second:
            ours, theirs = (
                [
                    (one["type"], one["version"], one["status"], len(one["depends_on"]), one["upgrade"] is None)
                    for one in each.info()["plans"][0]["components"]
                ]
                for each in (second, line)
            )
            assert ours == theirs
            assert second.info()["plans"][0]["id"] != plan_id
            second.sim.advance(2000)
            assert second.versions["VCF_FLEET_DEPOT"] == NEWEST["VCF_FLEET_DEPOT"]

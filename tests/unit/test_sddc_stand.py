# SPDX-License-Identifier: GPL-3.0-or-later
"""How the upgrade of SDDC Manager's domains stands, from what sddc_upgrade_info returns."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.vcf.lifecycle.plugins.filter.sddc_upgrade import sddc_upgrade
from ansible_collections.vcf.lifecycle.plugins.plugin_utils.sddc_stand import stand
from tests.conformance.sddc import DOMAINS, MANAGEMENT, NEW, OLD, WORKLOAD, Sddc, sddc

FREE: list[dict[str, Any]] = [{**domain, "selected": False} for domain in DOMAINS]
EVERYTHING = ["SDDC_MANAGER", "DRIFT", "NSX", "VCENTER", "ESX"]
ERROR = {"code": "NSX-1", "message": "A node did not come back."}


def of(line: Sddc, *domains: str, **more: Any) -> dict[str, Any]:
    """How the upgrade of the simulated SDDC Manager stands."""
    return stand(line.info(), NEW, domains, **more)


def first(line: Sddc, **more: Any) -> dict[str, Any]:
    """How that of its management domain stands."""
    found: dict[str, Any] = of(line, MANAGEMENT, **more)["domains"][0]
    return found


def start(line: Sddc, kind: str, domain: str = MANAGEMENT) -> str:
    """Have something upgraded by somebody; the id of the task."""
    spec = {
        "bundleId": line.bundle_id(kind),
        "resourceType": "DOMAIN",
        "resourceUpgradeSpecs": [{"resourceId": line.domain_id(domain), "upgradeNow": True}],
    }
    return str(line.post("POST", "upgrades", spec)["id"])


def upgraded(line: Sddc, *kinds: str) -> None:
    """Have these upgraded, to their ends."""
    for kind in kinds:
        start(line, kind)
        line.sim.advance(10_000)


def kinds(left: list[dict[str, Any]]) -> list[str]:
    return [one["name"].partition(" of ")[0] for one in left]


@pytest.mark.parametrize(
    ("wanted", "order"),
    [
        ((), [MANAGEMENT, WORKLOAD, "sfo-w02"]),
        ((WORKLOAD, MANAGEMENT), [MANAGEMENT, WORKLOAD]),
        (("sfo-w02", WORKLOAD, "sfo-w02"), ["sfo-w02", WORKLOAD]),
    ],
)
def test_the_management_domain_comes_first(wanted: tuple[str, ...], order: list[str]) -> None:
    domains = [DOMAINS[1], {**DOMAINS[1], "name": "sfo-w02"}, DOMAINS[0]]
    with sddc(domains=domains) as line:
        assert [one["name"] for one in of(line, *wanted)["domains"]] == order
        by_ids = of(line, *(line.domain_id(name) for name in wanted))
    assert [one["name"] for one in by_ids["domains"]] == order


def test_a_domain_there_is_not() -> None:
    with sddc() as line:
        found = sddc_upgrade(line.info(), NEW, [MANAGEMENT, "sfo-w99"])
    assert ([one["name"] for one in found["domains"]], found["unknown"]) == ([MANAGEMENT], ["sfo-w99"])


def test_one_domain_can_be_read_anew_alone() -> None:
    with sddc(downloaded=True) as line:
        before = sddc_upgrade(line.info(), NEW, [WORKLOAD, MANAGEMENT])
        upgraded(line, "SDDC_MANAGER")
        alone = sddc_upgrade(line.info(domain=MANAGEMENT), NEW, [WORKLOAD, MANAGEMENT], before=before)
        assert alone == of(line, WORKLOAD, MANAGEMENT)
    assert alone["left"] != before["left"]


def test_of_domains_that_are_not_read_anew_counts_what_they_were() -> None:
    with sddc(downloaded=True) as line:
        before = sddc_upgrade(line.info(), NEW, [WORKLOAD, MANAGEMENT, "sfo-w99"])
        upgraded(line, "SDDC_MANAGER")
        alone = sddc_upgrade(line.info(domain=WORKLOAD), NEW, [WORKLOAD, MANAGEMENT, "sfo-w99"], before=before)
    assert alone["domains"][0] == before["domains"][0]
    assert alone["versions"].keys() == before["versions"].keys()
    assert alone["unknown"] == ["sfo-w99"]


@pytest.mark.parametrize("domains", [FREE, DOMAINS], ids=["no release is chosen", "it is chosen"])
def test_what_is_left_is_the_same_before_and_after_the_choice(domains: list[dict[str, Any]]) -> None:
    with sddc(domains=domains) as line:
        found = of(line)
        bundles = [line.bundle_id(kind) for kind in EVERYTHING]
    management, workload = found["domains"]
    assert kinds(management["left"]) == EVERYTHING
    assert kinds(workload["left"]) == EVERYTHING[2:]
    assert found["left"] == management["left"] + workload["left"]
    assert management["bundles"] == bundles
    assert management["left"][0] == {
        "name": f"SDDC_MANAGER of {MANAGEMENT}",
        "version": OLD,
        "target_version": NEW,
    }
    assert management["left"][1]["version"] is None


def test_one_thing_is_next_at_a_time() -> None:
    with sddc(downloaded=True) as line:
        seen = []
        for kind in EVERYTHING:
            found = first(line)
            assert (found["going_on"], found["bundles"], found["failed"]) == (None, [], [])
            seen.append(found["next"]["component"])
            upgraded(line, kind)
        done = first(line, releases={line.domain_id(): dict.fromkeys(EVERYTHING, NEW)})
        other = of(line)["domains"][1]
    assert seen == EVERYTHING
    assert (done["left"], done["next"], done["in_the_way"]) == ([], None, [])
    assert {tuple(sorted(one.items())) for one in done["verified"].values()} == {(("actual", NEW), ("expected", NEW))}
    assert f"{MANAGEMENT} VCENTER" in done["verified"]
    assert len([key for key in done["verified"] if key.startswith(f"{MANAGEMENT} ESX esx")]) == 2
    assert other["next"]["component"] == "NSX"


def test_nothing_of_a_workload_domain_is_next_before_the_management_domain_is_done() -> None:
    with sddc(downloaded=True) as line:
        workload = of(line, WORKLOAD)["domains"][0]
    assert workload["next"] is None
    assert workload["in_the_way"][0] == f"NSX of {WORKLOAD} is PENDING."


def test_what_goes_on_is_next_and_belongs_to_the_upgrade() -> None:
    with sddc(downloaded=True) as line:
        task = start(line, "SDDC_MANAGER")
        line.sim.advance(30)
        found = of(line)
    assert found["domains"][0]["going_on"]["task_id"] == task
    assert found["domains"][0]["next"] == found["domains"][0]["going_on"]
    assert found["own_task_ids"] == [task]


@pytest.mark.parametrize(
    "answer", ["bundles", "upgrades", "upgradables", "releases", "sddc-managers", "hosts", "tasks"]
)
def test_what_ends_while_it_is_looked_at_is_in_nobodys_way(answer: str) -> None:
    """It was going on by one answer and over by the next, and so there seemed to be nothing that could be done."""
    began: list[str] = []
    ended: list[str] = []

    def end(request: dict[str, Any]) -> None:
        if began and not ended and f"/{answer}" in request["path"]:
            ended.append(request["path"])
            line.sim.clock.advance(10_000)

    with sddc(end, downloaded=True) as line:
        began.append(start(line, "SDDC_MANAGER"))
        found = first(line)
    assert ended
    assert found["next"] is not None, found["in_the_way"]


def test_what_has_failed_can_be_retried_and_belongs_to_the_upgrade() -> None:
    domains = [{**DOMAINS[0], "components": {"SDDC_MANAGER": {"runs": [{"fail": "Upgrade", "error": ERROR}, {}]}}}]
    with sddc(downloaded=True, domains=domains) as line:
        upgraded(line, "SDDC_MANAGER")
        found = of(line)
        task = line.info()["domains"][0]["upgrades"][0]["task_id"]
    assert found["domains"][0]["failed"] == found["own_task_ids"] == [task]
    assert found["domains"][0]["next"]["component"] == "SDDC_MANAGER"


def test_what_has_failed_for_good_is_upgraded_anew() -> None:
    part = {"runs": [{"fail": "Upgrade", "error": ERROR}, {}], "retriable": False}
    with sddc(downloaded=True, domains=[{**DOMAINS[0], "components": {"SDDC_MANAGER": part}}]) as line:
        upgraded(line, "SDDC_MANAGER")
        found = first(line)
    assert (found["failed"], found["next"]["component"]) == ([], "SDDC_MANAGER")


def test_what_has_failed_and_is_on_target_is_not_left_but_still_belongs_to_the_upgrade() -> None:
    parts = {"SDDC_MANAGER": {"runs": [{"false_failed": True}]}, **dict.fromkeys(EVERYTHING[1:])}
    with sddc(downloaded=True, domains=[{**DOMAINS[0], "components": parts}]) as line:
        upgraded(line, "SDDC_MANAGER")
        found = of(line)
    assert (found["left"], len(found["own_task_ids"])) == ([], 1)


def test_checks_and_downloads_belong_to_the_upgrade_and_other_work_does_not() -> None:
    with sddc() as line:
        checks, download = line.check(), line.download("NSX")
        line.check(WORKLOAD)
        found = of(line, MANAGEMENT)["own_task_ids"]
    assert set(found) == {checks, download}


def info(**domain: Any) -> dict[str, Any]:
    """A service with one domain of a single component, and a bundle for that."""
    known = {
        "id": "d1",
        "name": None,
        "type": "VI",
        "release": OLD,
        "target_version": NEW,
        "future_releases": [{"version": NEW, "versions": {"ESX": "9.1.0.7"}}],
        "versions": [{"component": "ESX", "id": "h1", "name": None, "version": OLD}],
        "upgradables": [],
        "upgrades": [],
        "last_precheck": None,
        **domain,
    }
    bundle = {"id": "b1", "component": "ESX", "to_version": "9.1.0.7", "downloaded": False}
    return {"domains": [known], "bundles": [bundle], "tasks": [], "blocking": []}


def test_what_the_service_leaves_out_is_left_all_the_same() -> None:
    found = stand(info(), NEW)["domains"][0]
    assert [one["name"] for one in found["left"]] == ["ESX of d1"]
    assert (found["next"], found["bundles"]) == (None, ["b1"])


def test_what_has_a_higher_version_is_on_target() -> None:
    found = stand(info(versions=[{"component": "ESX", "id": "h1", "name": None, "version": "9.1.0.12"}]), NEW)
    assert (found["left"], found["verified"]) == ([], {"d1 ESX": {"expected": "9.1.0.12", "actual": "9.1.0.12"}})


@pytest.mark.parametrize("version", [None, "9.1.0.6", ""])
def test_what_has_none_or_a_lower_one_is_not(version: str | None) -> None:
    found = stand(info(versions=[{"component": "ESX", "id": "h1", "name": None, "version": version}]), NEW)
    assert kinds(found["left"]) == ["ESX"]
    assert found["verified"] == {"d1 ESX": {"expected": "9.1.0.7", "actual": version}}


def test_a_release_of_which_nothing_is_known_is_left() -> None:
    found = stand(info(future_releases=[]), NEW)
    assert ([one["name"] for one in found["left"]], found["verified"]) == ([f"release {NEW} of d1"], {})
    assert stand(info(future_releases=[], release=NEW), NEW)["left"] == []


def test_a_draft_is_nobodys_upgrade() -> None:
    available = {"bundle_id": "b1", "component": "ESX", "status": "AVAILABLE", "errors": []}
    draft = {"id": "u1", "bundle_id": "b1", "state": "PENDING", "status": "DRAFT", "task_id": "t1"}
    found = stand(info(upgradables=[available], upgrades=[draft]), NEW)["domains"][0]
    assert (found["going_on"], found["next"]["task_id"]) == (None, None)


def test_why_something_can_not_be_upgraded_is_said() -> None:
    held = {"bundle_id": "b1", "component": "ESX", "status": "PENDING", "errors": ["The hosts differ."]}
    found = stand(info(upgradables=[held]), NEW)["domains"][0]
    assert (found["next"], found["in_the_way"]) == (None, ["ESX of d1 is PENDING: The hosts differ."])


def test_a_release_that_was_chosen_for_another_one_says_nothing() -> None:
    other = {"bundle_id": "b2", "component": "ESX", "status": "AVAILABLE", "errors": []}
    found = stand(info(target_version="9.2.0.0", upgradables=[other]), NEW)["domains"][0]
    assert found["bundles"] == ["b1"]


def test_the_upgrade_of_something_else_does_not_belong_to_it() -> None:
    upgrade = {"id": "u1", "bundle_id": "b9", "state": "RUNNING", "status": "INPROGRESS", "task_id": "t1"}
    given = info(upgrades=[upgrade]) | {"blocking": [{"id": "t1", "resource": {"id": "h1"}}]}
    given["bundles"].append({"id": "b9", "component": "ESX", "to_version": "9.0.2.5", "downloaded": True})
    found = stand(given, NEW)
    assert (found["own_task_ids"], found["domains"][0]["going_on"]) == ([], None)

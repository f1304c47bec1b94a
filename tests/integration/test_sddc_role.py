# SPDX-License-Identifier: GPL-3.0-or-later
"""The role and the playbook sddc_upgrade where all goes well, in the end."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.conformance.sddc import MANAGEMENT, NEW, OLD, WORKLOAD
from tests.integration.managers import FINDINGS, FOLLOW, PATIENCE, SECONDS, VERIFY, Managers, domain
from tests.integration.test_killed import kill

pytestmark = pytest.mark.timeout(PATIENCE)

VCENTER = f"VCENTER of {MANAGEMENT}"
WARNING = {"id": "esx-nic", "severity": "WARNING", "message": "A driver is not certified."}
TAKEN = {"id": "esx-.*", "reason": "The driver works.", "by": "K. Lindqvist"}
FAILURE = {"code": "VCENTER_UPGRADE_FAILED", "message": "The appliance did not start.", "reference": "8D6KQ1"}
NETWORK = {"vcenterUpgradeUserInputSpecs": [{"temporaryNetwork": {"ipAddress": "10.0.0.20"}, "note": "Hidden-input-1"}]}
EVERYTHING = [
    *(f"{kind} of {MANAGEMENT}" for kind in ("SDDC_MANAGER", "DRIFT", "VCENTER")),
    *(f"{kind} of {WORKLOAD}" for kind in ("VCENTER", "ESX")),
]
DOMAINS = [
    domain(WORKLOAD, "VCENTER", "ESX"),
    domain(
        MANAGEMENT,
        "SDDC_MANAGER",
        "DRIFT",
        "VCENTER",
        # Away for a few requests: whoever waits tries again less and less often.
        changes={"SDDC_MANAGER": {"restart": 3 * SECONDS}},
        checks={"findings": [WARNING]},
    ),
]


def small(changes: dict[str, Any]) -> list[dict[str, Any]]:
    """One domain with one thing to upgrade, of which the scenario says more."""
    return [domain(MANAGEMENT, "VCENTER", selected=True, changes={"VCENTER": changes})]


def test_whole_upgrades_and_again(managers: Managers) -> None:
    whole = managers.add(
        "whole",
        {"acknowledgements": [TAKEN], "change": "CHG0031337", "who": "K. Lindqvist"},
        domains=DOMAINS,
        downloaded=False,
        inventory_cache={"seconds": SECONDS},
    )
    # One that fails in its first run, and one that says it failed, and did not.
    retried = managers.add(
        "retried",
        {"user_input": {MANAGEMENT: {"VCENTER": NETWORK}}},
        domains=small({"runs": [{"fail": "Upgrade", "error": FAILURE}, {}], "needs_input": True}),
    )
    untrue = managers.add(
        "untrue",
        {"accept_failed_but_on_target": True},
        domains=small({"runs": [{"false_failed": True, "error": FAILURE}]}),
    )

    predicted = managers.run("--check", "--diff")
    assert predicted.outcomes == dict.fromkeys(managers.all, "predicted")
    assert predicted.left("whole") == EVERYTHING
    assert [name for name in EVERYTHING if f"{name} would be upgraded" not in predicted.output] == []
    assert [one.writes for one in managers.all.values()] == [{}, {}, {}]
    assert not managers.reports.exists()

    ran = managers.run()
    assert whole.upgrades == EVERYTHING
    # One bundle of vCenter is for both domains.
    assert whole.writes == {"validate": 2, "choose": 2, "download": 4, "check": 2, "upgrade": 5}
    assert (ran.outcome("whole"), ran.left("whole")) == ("succeeded_with_warnings", [])
    assert {(one["expected"], one["actual"]) for one in ran.verified("whole").values()} == {(NEW, NEW)}
    report = whole.report
    assert (report["outcome"], report["failures"]) == ("succeeded_with_warnings", [])
    assert (report["change"], report["who"]) == ("CHG0031337", "K. Lindqvist")
    assert {(one["before"], one["after"], one["on_target"]) for one in report["versions"]} == {(OLD, NEW, True)}
    assert (report["gate"]["passed"], report["gate"]["acknowledgements"]) == (True, [{**TAKEN, "expires": None}])
    assert [one["id"] for one in report["gate"]["findings"]] == ["esx-nic"]
    assert report["outages"]["count"] >= 1
    upgraded = [task["state"] for task in report["tasks"] if task["type"].endswith("_UPGRADE")]
    assert upgraded == ["SUCCEEDED"] * len(EVERYTHING)

    assert "Hidden" not in ran.output + json.dumps(retried.report)
    assert retried.writes == {"check": 1, "upgrade": 1, "retry": 1}
    assert (ran.outcome("retried"), ran.left("retried")) == ("succeeded", [])
    assert [one["code"] for one in retried.report["overcome"]] == [FAILURE["code"]]
    assert [one["action"] for one in retried.report["actions"]] == ["retried"]
    assert untrue.writes == {"check": 1, "upgrade": 1}
    assert (ran.outcome("untrue"), ran.left("untrue")) == ("succeeded", [])

    sent = [one.writes for one in managers.all.values()]
    for options in ((), ("--check", "--diff")):
        again = managers.run(*options)
        assert (again.outcomes, again.changes) == (dict.fromkeys(managers.all, "succeeded"), [])
    assert [one.writes for one in managers.all.values()] == sent


def test_a_window_that_closes_and_the_next_one(managers: Managers) -> None:
    between = managers.add("between", domains=[domain(MANAGEMENT, "VCENTER", "ESX", selected=True)])
    middle, canceled = managers.add("middle"), managers.add("canceled")
    managers.ansible.hosts["canceled"]["change_window_at_end"] = "cancel"
    between.when("upgrade", lambda: between.close_in(seconds=-1))
    for one in (middle, canceled):
        # Time enough for the request; and then the upgrade would take for ever.
        one.when(FINDINGS, lambda one=one: one.close_in(seconds=45))
        one.when("upgrade", one.stand_still)
    canceled.when(r"(DELETE|PATCH) .*/tasks/", lambda: setattr(canceled, "stands_still", False))

    ran = managers.run()
    assert ran.outcomes == {"between": "paused", "middle": "paused", "canceled": "canceled"}
    assert between.upgrades == middle.upgrades == canceled.upgrades == [VCENTER]
    assert ran.left("between") == [f"ESX of {MANAGEMENT}"]
    assert ran.left("middle") == [f"Upgrade vCenter of {MANAGEMENT}", VCENTER]
    assert f"paused. Left: ESX of {MANAGEMENT}." in ran.account("between")
    assert [one.report["outcome"] for one in (between, middle, canceled)] == ["paused", "paused", "canceled"]
    assert [one["action"] for one in canceled.report["actions"]] == ["cancelled"]

    sent = [one.writes for one in managers.all.values()]
    for one in managers.all.values():
        one.close_in(hours=1)
        one.stands_still = True
    predicted = managers.run("--check")
    assert predicted.outcomes == dict.fromkeys(managers.all, "predicted")
    assert predicted.left("middle") == [VCENTER]
    assert [one.writes for one in managers.all.values()] == sent

    for one in managers.all.values():
        one.stands_still = False
    done = managers.run(fail_when_paused=True)
    assert (done.outcomes, done.left("between")) == (dict.fromkeys(managers.all, "succeeded"), [])
    assert between.writes == {"check": 2, "upgrade": 2}
    assert middle.writes == {"check": 1, "upgrade": 1}
    assert canceled.writes["upgrade"] == 2


def test_a_run_that_is_killed_at_each_step_goes_on_where_it_was(managers: Managers) -> None:
    # An upgrade that takes longer than all that a run has to ask before it.
    domains = [domain(MANAGEMENT, "VCENTER", changes={"VCENTER": {"seconds": 200 * SECONDS}})]
    line = managers.add(domains=domains, downloaded=False)
    for moments in (("choose",), ("download",), ("check",), ("upgrade",), (FOLLOW,), (FOLLOW, VERIFY)):
        managers.run_until(line, kill, *moments)
    done = managers.run()
    assert (done.outcome(), done.left(), line.upgrades) == ("succeeded", [], [VCENTER])
    assert {kind: line.writes[kind] for kind in ("choose", "download", "upgrade")} == {
        "choose": 1,
        "download": 1,
        "upgrade": 1,
    }

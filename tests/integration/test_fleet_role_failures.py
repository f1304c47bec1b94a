# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole upgrade in which a step fails: retried by the policy, or stopped with the evidence, and gone on with."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.fleets import DEPOT, NEWEST, PATIENCE, Fleets, applied, components, versions, writes

pytestmark = pytest.mark.timeout(PATIENCE)

ERROR = {"code": "NODE-3", "message": "The node did not answer.", "reference": "AB12CD"}
OTHER = {"code": "NODE-4", "message": "The node is not ready.", "reference": "EF34AB"}
DONE = {DEPOT: NEWEST[DEPOT]}


def alone(**more: Any) -> list[dict[str, Any]]:
    """What a scenario says of a fleet of one component."""
    return components(DEPOT, **{DEPOT: more})


def failing(*errors: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What a scenario says of a fleet, by the step that is to fail with these errors, one a run; in their order."""
    failures = {"failures": [{"error": error} for error in errors]}
    return {
        "depot": {"synced": False, "sync": failures},
        "system": {"system": {"seconds": 20, **failures}},
        "validation": {"validation": failures},
        "configure": {"configuration": failures},
        "precheck": {"precheck_failures": failures["failures"]},
        "apply": {"components": alone(**failures)},
    }


def test_each_step_that_fails_once_is_retried(fleets: Fleets) -> None:
    steps = list(failing())
    upgrade: dict[str, Any] = {}
    for step in steps:
        upgrade |= failing({**ERROR, "code": f"IN-{step.upper()}"})[step]
    sim = fleets.add(**upgrade)
    fleets.run()
    report = fleets.report()
    assert (report["outcome"], versions(sim), applied(sim)) == ("succeeded", DONE, [[DEPOT]])
    assert [action["action"] for action in report["actions"]] == ["retried"] * len(steps)
    assert [cause["code"] for cause in report["overcome"]] == [f"IN-{step.upper()}" for step in steps]
    assert report["root_causes"] == []


def test_each_step_that_goes_on_failing_stops_it_and_the_next_run_goes_on(fleets: Fleets) -> None:
    for name in ("system", "configure", "apply"):
        fleets.add(name, **{"components": alone(), **failing(ERROR, OTHER)[name]})
    # Of the two that may not be begun twice, some can not be retried.
    for_good = {"failures": [{"error": ERROR}], "retriable": False}
    fleets.add("system for good", components=alone(), system={"seconds": 20, **for_good})
    fleets.add("apply for good", components=alone(**for_good))
    # And what the policy leaves alone.
    fleets.add("left", {"fleet_upgrade_recovery": {"retry_on": ["DISK-.*"]}}, **failing(ERROR)["apply"])
    fleets.run(code=2)
    assert set(fleets.outcomes().values()) == {"failed"}
    for name, sim in fleets.sims.items():
        report = fleets.report(name)
        cause = ERROR if name in ("system for good", "apply for good", "left") else OTHER
        assert report["root_causes"][0]["reference"] == cause["reference"], name
        assert report["failures"][-1]["kind"] == "task_failed", name
        assert applied(sim) == ([[DEPOT]] if name in ("apply", "apply for good", "left") else []), name

    for variables in fleets.ansible.hosts.values():
        variables["fleet_upgrade_recovery"] = {"delay": 0.05}
    fleets.run()
    assert set(fleets.outcomes().values()) == {"succeeded"}
    for name, sim in fleets.sims.items():
        # Begun anew is only what can not be retried.
        assert (versions(sim), applied(sim)) == (DONE, [[DEPOT]] * (2 if name == "apply for good" else 1)), name
        systems = [one for one in writes(sim) if one == "POST system?action=apply"]
        assert len(systems) == {"system": 1, "system for good": 2}.get(name, 0), name


def test_a_false_failure_is_good_only_for_whoever_accepts_it(fleets: Fleets) -> None:
    false = alone(false_failed=True, retriable=False)
    fleets.add("accepted", {"fleet_upgrade_accept_failed_but_on_target": True}, components=false)
    fleets.add("refused", components=false)
    # A retry may begin from the start: it is not for what is on target already.
    fleets.add("refused, and could be retried", components=alone(false_failed=True))
    fleets.run(code=2)
    refused = dict.fromkeys(fleets.sims, "failed_but_on_target")
    assert fleets.outcomes() == refused | {"accepted": "succeeded"}
    for name, sim in fleets.sims.items():
        assert (versions(sim), applied(sim)) == (DONE, [[DEPOT]])
        assert sim.count("POST", "action=retry") == 0, name


def test_what_is_not_known_is_not_called_a_failure_of_the_upgrade(fleets: Fleets) -> None:
    endless = {"components": alone(seconds=1e6)}
    fleets.add("late", {"fleet_upgrade_timeout": 3}, **endless)

    def vanish(record: dict[str, Any]) -> None:
        if "action=apply" in record["query"]:
            lost.inject({"kind": "html"})

    def cancel(record: dict[str, Any]) -> None:
        if "action=apply" in record["query"]:
            canceled.inject({"kind": "meanwhile", "method": "GET", "path": "/v1/tasks/"})

    lost = fleets.add("lost", {"vcf_max_outage": 1}, on_request=vanish, **endless)
    # What is cancelled goes on to the end of its stage.
    slow = {"components": alone(seconds=1500)}
    canceled = fleets.add("canceled", on_request=cancel, **slow)
    fleets.add("stranger", {"vcf_password": "wrong"})
    fleets.run(code=2)
    outcomes = {"late": "timeout", "lost": "lost_contact", "canceled": "canceled", "stranger": "failed"}
    assert fleets.outcomes() == outcomes
    for name, kind in {**outcomes, "canceled": "task_canceled", "stranger": "authentication"}.items():
        assert [one["kind"] for one in fleets.report(name)["failures"]] == [kind]


def test_no_secret_is_shown(fleets: Fleets) -> None:
    secret = "Very-hidden-1"
    sim = fleets.add(
        variables={"fleet_upgrade_user_input": {DEPOT: {"fqdn": "depot.example.com", "adminPassword": secret}}},
        components=alone(needs_input=["adminPassword"]),
    )
    ran = fleets.run("-vvv", "--diff", task_report_files=["report.html", "report.md", "report.json", "junit.xml"])
    assert versions(sim) == DONE
    assert secret not in ran.output
    for path in fleets.reports.rglob("*.*"):
        assert secret not in path.read_text(encoding="utf-8")

# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole upgrade in which a step fails: retried by the policy, or stopped with the evidence, and gone on with."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.fleets import DEPOT, NEWEST, OPS, PATIENCE, Fleets, applied, two, versions, writes

pytestmark = pytest.mark.timeout(PATIENCE)

ERROR = {"code": "NODE-3", "message": "The node did not answer.", "reference": "AB12CD"}
OTHER = {"code": "NODE-4", "message": "The node is not ready.", "reference": "EF34AB"}
DONE = {OPS: NEWEST[OPS], DEPOT: NEWEST[DEPOT]}


def failing(*errors: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What a scenario says of fleets, each of which has another step fail with these errors, one a run."""
    failures = {"failures": [{"error": error} for error in errors]}
    return {
        "depot": {"synced": False, "sync": failures},
        "system": {"system": {"seconds": 20, **failures}},
        "validation": {"validation": failures},
        "configure": {"configuration": failures},
        "precheck": {"precheck_failures": failures["failures"]},
        "apply": {"components": two(OPS=failures)},
    }


def test_each_step_that_fails_once_is_retried(fleets: Fleets) -> None:
    for name, upgrade in failing(ERROR).items():
        fleets.add(name, **upgrade)
    fleets.run()
    assert set(fleets.outcomes().values()) == {"succeeded"}
    for name, sim in fleets.sims.items():
        assert (versions(sim), applied(sim)) == (DONE, [[DEPOT], [OPS]])
        report = fleets.report(name)
        assert [action["action"] for action in report["actions"]] == ["retried"], name
        assert [cause["code"] for cause in report["overcome"]] == ["NODE-3"], name
        assert report["root_causes"] == []


def test_each_step_that_goes_on_failing_stops_it_and_the_next_run_goes_on(fleets: Fleets) -> None:
    for name, upgrade in failing(ERROR, OTHER).items():
        fleets.add(name, **upgrade)
    # Of the two that may not be begun twice, some can not be retried.
    retriable = {"failures": [{"error": ERROR}], "retriable": False}
    fleets.add("system for good", system={"seconds": 20, **retriable})
    fleets.add("apply for good", components=two(OPS=retriable))
    # And what the policy leaves alone.
    fleets.add(
        "left",
        {"fleet_upgrade_recovery": {"retry_on": ["DISK-.*"]}},
        components=two(OPS=failing(ERROR)["depot"]["sync"]),
    )
    fleets.run(code=2)
    assert set(fleets.outcomes().values()) == {"failed"}
    for name, sim in fleets.sims.items():
        report = fleets.report(name)
        assert report["root_causes"][0]["reference"] == (
            "AB12CD" if name in ("system for good", "apply for good", "left") else "EF34AB"
        )
        assert report["failures"][-1]["kind"] == "task_failed", name
        assert applied(sim) == ([[DEPOT], [OPS]] if name in ("apply", "apply for good", "left") else []), name

    for variables in fleets.ansible.hosts.values():
        variables["fleet_upgrade_recovery"] = {"delay": 0.05}
    fleets.run()
    assert set(fleets.outcomes().values()) == {"succeeded"}
    for name, sim in fleets.sims.items():
        # Begun anew is only what can not be retried.
        again = [[OPS]] if name == "apply for good" else []
        assert (versions(sim), applied(sim)) == (DONE, [[DEPOT], [OPS], *again]), name
        systems = [one for one in writes(sim) if one == "POST system?action=apply"]
        assert len(systems) == {"system": 1, "system for good": 2}.get(name, 0), name


def test_a_false_failure_is_good_only_for_whoever_accepts_it(fleets: Fleets) -> None:
    false = two(OPS={"false_failed": True, "retriable": False})
    fleets.add("accepted", {"fleet_upgrade_accept_failed_but_on_target": True}, components=false)
    fleets.add("refused", components=false)
    fleets.run(code=2)
    assert fleets.outcomes() == {"accepted": "succeeded", "refused": "failed_but_on_target"}
    for sim in fleets.sims.values():
        assert (versions(sim), applied(sim)) == (DONE, [[DEPOT], [OPS]])


def test_what_is_not_known_is_not_called_a_failure_of_the_upgrade(fleets: Fleets) -> None:
    endless = {"components": two(VCF_FLEET_DEPOT={"seconds": 1e6}), "speed": 300}
    fleets.add("late", {"fleet_upgrade_timeout": 3}, **endless)

    def vanish(record: dict[str, Any]) -> None:
        if "action=apply" in record["query"]:
            lost.inject({"kind": "html"})

    def cancel(record: dict[str, Any]) -> None:
        if "action=apply" in record["query"]:
            canceled.inject({"kind": "meanwhile", "method": "GET", "path": "/v1/tasks/"})

    lost = fleets.add("lost", {"vcf_max_outage": 1}, on_request=vanish, **endless)
    # What is cancelled goes on to the end of its stage.
    slow = {"components": two(VCF_FLEET_DEPOT={"seconds": 1500})}
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
        variables={"fleet_upgrade_user_input": {OPS: {"fqdn": "ops.example.com", "adminPassword": secret}}},
        components=two(OPS={"needs_input": ["adminPassword"]}),
    )
    ran = fleets.run("-vvv", "--diff")
    assert versions(sim) == DONE
    assert secret not in ran.output
    for path in fleets.reports.rglob("*.*"):
        assert secret not in path.read_text(encoding="utf-8")

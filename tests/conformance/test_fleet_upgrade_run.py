# SPDX-License-Identifier: GPL-3.0-or-later
"""fleet_upgrade_run, against the simulated Fleet LCM: what goes well, what is adopted, and what there is not to do."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.vcf.lifecycle.extensions.simulator.fleet_catalog import SYSTEM
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations import fleet_upgrade_run
from tests.conformance.bench import Result
from tests.conformance.fleet import DEPOT, FIRST, LOGS, NEWEST, OPS, Fleet, fleet

ON_TARGET = {name: {"expected": version, "actual": version} for name, version in NEWEST.items()}
PLAN_ACTIONS = ("configure", "precheck", "apply")


def run(line: Fleet, action: str, **options: Any) -> Result:
    return line.run(fleet_upgrade_run, **{"action": action, "poll_interval": 5, "diff": True, **options})


def said(result: Result) -> tuple[Any, ...]:
    """What a playbook decides on."""
    return result["changed"], result["adopted"], result["outcome"], result.get("failure", {}).get("kind")


WELL, AGAIN = (True, False, "succeeded", None), (False, False, "succeeded", None)
ADOPTED = (False, True, "succeeded", None)


def test_a_whole_upgrade_step_by_step_and_again() -> None:
    with fleet(system={"restart": 300}, synced=False) as line:
        steps: list[tuple[str, dict[str, Any]]] = [
            ("sync_depot", {"target_version": SYSTEM.newest}),
            ("system", {"target_version": SYSTEM.newest}),
            *((action, {}) for action in PLAN_ACTIONS),
        ]
        results = []
        for action, options in steps:
            if action == "configure":
                line.plan()
            before = len(line.writes)
            predicted = run(line, action, check=True, **options)
            assert (len(line.writes), predicted["changed"], predicted["outcome"]) == (before, True, None), predicted
            results.append(run(line, action, **options))
        kinds, writes = line.kinds, len(line.writes)
        for action, options in steps:
            assert said(run(line, action, check=True, **options)) == said(run(line, action, **options)) == AGAIN
        assert (len(line.writes), line.kinds) == (writes, kinds)
        assert line.versions == {**NEWEST, "system": SYSTEM.newest}
    assert [said(result) for result in results] == [WELL] * 5
    assert kinds == ["sync", "target", "system", "configure", "precheck", "apply"]
    system, applied = results[1], results[4]
    assert system["verified"] == {"VCF_FLEET_LCM": {"expected": SYSTEM.newest, "actual": SYSTEM.newest}}
    assert (system["outages"], system["diff"]["before"]) == (1, {"VCF_FLEET_LCM": SYSTEM.first})
    assert (applied["verified"], applied["diff"]) == (ON_TARGET, {"before": FIRST, "after": NEWEST})
    assert results[3]["prechecks"] == {"errors": 0, "warnings": 0, "findings": []}
    assert results[3]["verified"] == {}


@pytest.mark.parametrize("action", ["sync_depot", "system", *PLAN_ACTIONS])
def test_an_equal_run_that_is_going_on_is_adopted(action: str) -> None:
    options = {"target_version": SYSTEM.newest} if action == "system" else {}
    with fleet(system={} if action == "system" else {"version": SYSTEM.newest}) as line:
        line.plan() if action in PLAN_ACTIONS else None
        begun = run(line, action, wait=False, **options)
        assert (begun["changed"], begun["outcome"], len(begun["tasks"])) == (True, None, 1)
        writes = len(line.writes)
        predicted = run(line, action, check=True, **options)
        adopted = run(line, action, **options)
        assert len(line.writes) == writes
    assert (predicted["changed"], predicted["adopted"]) == (False, True)
    assert said(adopted) == ADOPTED
    assert [task["id"] for task in adopted["tasks"]] == [task["id"] for task in begun["tasks"]]


def test_a_part_of_the_plan_and_the_rest() -> None:
    with fleet() as line:
        line.plan()
        depot = run(line, "apply", components=["VCF_FLEET_DEPOT"])
        assert line.versions["OPS"] == OPS.first
        rest = run(line, "apply", components=[line.component_id("OPS"), "VCF_FLEET_DEPOT"])
    assert (said(depot), depot["verified"]) == (WELL, {"VCF_FLEET_DEPOT": ON_TARGET["VCF_FLEET_DEPOT"]})
    assert (said(rest), rest["verified"]) == (WELL, ON_TARGET)


def test_a_run_for_other_components_is_not_adopted() -> None:
    with fleet(components=[{"type": "OPS"}, {"type": "OPS_LOGS"}]) as line:
        line.plan(OPS=OPS.newest, OPS_LOGS=LOGS.newest)
        first = run(line, "apply", components=["OPS"], wait=False)["tasks"][0]["id"]
        line.sim.advance(1)
        other = run(line, "apply", components=["OPS_LOGS"])
        same = run(line, "apply", components=["OPS"])
        assert line.kinds == ["apply"]
    assert (other["failure"]["kind"], other["failure"]["task_id"], other["outcome"]) == ("not_allowed", first, None)
    assert said(same) == ADOPTED


def test_another_upgrade_of_the_system_is_not_adopted() -> None:
    older = "9.1.0.0200.25500000"
    with fleet(system={"targets": [older, SYSTEM.newest]}) as line:
        run(line, "system", target_version=older, wait=False)
        failed = run(line, "system", target_version=SYSTEM.newest)
    assert failed["failure"]["kind"] == "not_allowed"
    assert f"is being upgraded to {older} and not to {SYSTEM.newest}" in failed["msg"]


def test_user_input_is_configured_once_and_never_shown() -> None:
    given = {"OPS": {"fqdn": "ops.example.com", "targetVspClusterPassword": "Hidden-input-1"}}
    with fleet(components=[{"type": "OPS", "needs_input": ["fqdn"]}]) as line:
        line.plan(OPS=OPS.newest)
        refused = run(line, "apply")
        results = [run(line, "configure", user_input=json.dumps(given)) for _time in range(2)]
        results.append(run(line, "configure", user_input=json.dumps({"OPS": {"fqdn": "other.example.com"}})))
        results.append(run(line, "apply"))
        assert line.kinds == ["configure", "configure", "apply"]
    assert refused["failure"]["kind"] == "not_allowed"
    assert [said(result) for result in results] == [WELL, AGAIN, WELL, WELL]
    assert "Hidden" not in json.dumps(results)


def test_what_is_not_eligible_is_left_out_and_named_it_is_refused() -> None:
    with fleet(components=[{"type": "OPS"}, {"type": "OPS_LOGS", "ineligible": "It is too old."}]) as line:
        line.plan(OPS=OPS.newest, OPS_LOGS=LOGS.newest)
        named = run(line, "apply", components=["OPS_LOGS"])
        assert line.writes == []
        rest = run(line, "apply")
        assert line.context.warnings == ["Log management is not eligible for the upgrade: It is too old."]
    assert (named["failure"]["kind"], "It is too old." in named["msg"]) == ("not_allowed", True)
    assert (said(rest), rest["verified"]) == (WELL, {"OPS": ON_TARGET["OPS"]})


def test_what_is_higher_than_its_target_stays_so() -> None:
    higher = "9.1.0.0400.99999999"
    with fleet(components=[{"type": "OPS", "version": higher, "versions": [OPS.newest]}]) as line:
        line.plan(OPS=OPS.newest)
        result = run(line, "apply")
    assert (said(result), result["verified"]) == (AGAIN, {"OPS": {"expected": higher, "actual": higher}})


def test_two_components_of_a_type_go_by_their_ids() -> None:
    with fleet(components=[{"type": "OPS", "name": "one"}, {"type": "OPS", "name": "two"}]) as line:
        line.plan(OPS=OPS.newest)
        result = run(line, "apply", components=["OPS"])
    assert said(result) == WELL
    assert len(result["verified"]) == 2
    assert {version["actual"] for version in result["verified"].values()} == {OPS.newest}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"action": "system"}, "target_version is required"),
        ({"action": "system", "target_version": "1.2.3"}, f"On offer: {SYSTEM.newest}"),
        ({"action": "system", "target_version": SYSTEM.newest, "plan_id": "p"}, "plan_id is for action configure"),
        ({"action": "apply", "target_version": "1"}, "target_version is for action system, sync_depot, not for apply"),
        ({"action": "apply", "components": ["OPPS"]}, "has no component OPPS. It has OPS ("),
        ({"action": "apply", "components": []}, "components is empty"),
        ({"action": "apply", "user_input": '{"OPPS": {"a": 1}}'}, "user_input: plan"),
        ({"action": "apply", "user_input": '{"OPS": "x"}'}, "is not a dictionary"),
        ({"action": "apply", "user_input": '"Hidden"'}, "user_input is not a dictionary"),
        (
            {"action": "apply", "components": ["OPS"], "user_input": '{"VCF_FLEET_DEPOT": {}}'},
            "which components leaves",
        ),
    ],
)
def test_options_that_do_not_fit(options: dict[str, Any], message: str) -> None:
    with fleet(system={"targets": [SYSTEM.newest]}, releases=[{"version": "9.1.0.0"}]) as line:
        line.plan(**FIRST)
        failed = run(line, **options)
        assert line.writes == []
    assert failed["failure"]["kind"] == "options"
    assert message in failed["msg"]
    assert (failed["changed"], failed.get("outcome")) == (False, None)


def test_plans_that_are_not_there_or_too_many() -> None:
    with fleet(releases=[{"version": "9.1.0.0"}, {"version": "9.1.0.0100"}]) as line:
        none = run(line, "apply")
        line.plan()
        unknown = run(line, "apply", plan_id="another")
        line.post("upgrade-plans", {"spec": {"desiredSoftware": {"version": "9.1.0.0100"}}})
        several = run(line, "apply")
        assert line.writes == []
    kinds = [result["failure"]["kind"] for result in (none, unknown, several)]
    assert kinds == ["not_found", "not_found", "options"]
    assert "fleet_upgrade_plan makes one" in none["msg"]


def test_a_sync_without_a_version_is_made_each_time() -> None:
    with fleet() as line:
        assert [said(run(line, "sync_depot")) for _time in range(2)] == [WELL, WELL]
        assert said(run(line, "sync_depot", target_version=DEPOT.newest)) == AGAIN
        assert said(run(line, "sync_depot", target_version="9.9.9.9")) == WELL
        assert line.kinds == ["sync"] * 3


def test_another_service() -> None:
    with fleet() as line:
        assert run(line, "apply", service="sddc_manager")["failure"]["kind"] == "options"
        assert line.sim.requests == []

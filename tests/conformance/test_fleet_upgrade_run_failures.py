# SPDX-License-Identifier: GPL-3.0-or-later
"""fleet_upgrade_run, against the simulated Fleet LCM: what fails, what only seems to, and answers that are lost."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.vcf.lifecycle.extensions.simulator.fleet_catalog import SYSTEM
from tests.conformance.fleet import DEPOT, FIRST, NEWEST, OPS, fleet
from tests.conformance.test_fleet_upgrade_run import ON_TARGET, WELL, run, said

SYSTEM_OPTIONS = {"target_version": SYSTEM.newest}
DEPENDING = [
    {"type": "VCF_FLEET_DEPOT", "seconds": 50},
    {"type": "OPS", "seconds": 100, "depends_on": ["VCF_FLEET_DEPOT"], "failures": [{"stage": "upgrade"}]},
]
NOT_YET = {**ON_TARGET, "OPS": {"expected": OPS.newest, "actual": OPS.first}}


def test_a_component_fails_and_stands_in_the_way() -> None:
    with fleet(components=DEPENDING) as line:
        line.plan()
        failed = run(line, "apply")
        again = run(line, "apply")
        assert (line.kinds, len(line.writes)) == (["apply"], 2)
    assert said(failed) == (True, False, "failed", "task_failed")
    assert (failed["verified"], failed["failure"]["code"]) == (NOT_YET, "VCFMS-UPGRADE-COMPONENT-031")
    assert f"After it, OPS has {OPS.first} in place of {OPS.newest}" in failed["msg"]
    assert failed["diff"] == {"before": FIRST, "after": {**NEWEST, "OPS": OPS.first}}
    assert said(again) == (False, False, None, "not_allowed")
    task_id = failed["tasks"][0]["id"]
    assert (again["failure"]["task_id"], again["states"]) == (task_id, {task_id: "FAILED"})
    assert "failed before; see to that first" in again["msg"]


@pytest.mark.parametrize("accept", [False, True])
def test_a_component_that_failed_in_name_alone(accept: bool) -> None:
    with fleet(components=[{"type": "OPS", "false_failed": True}]) as line:
        line.plan(OPS=OPS.newest)
        result = run(line, "apply", accept_failed_but_on_target=accept)
        again = run(line, "apply")
        assert line.kinds == ["apply"]
    assert said(result) == (True, False, "failed_but_on_target", None if accept else "task_failed")
    assert result["verified"] == {"OPS": ON_TARGET["OPS"]}
    assert [task["state"] for task in result["tasks"]] == ["FAILED"]
    assert accept or "Set accept_failed_but_on_target to take that for good" in result["msg"]
    assert said(again) == (False, False, "succeeded", None)


def test_what_is_accepted_is_only_what_is_on_target() -> None:
    with fleet(components=DEPENDING) as line:
        line.plan()
        result = run(line, "apply", accept_failed_but_on_target=True)
    assert said(result) == (True, False, "failed", "task_failed")


def test_a_component_that_succeeded_in_name_alone() -> None:
    with fleet(components=[{"type": "OPS", "false_succeeded": True}]) as line:
        line.plan(OPS=OPS.newest)
        result = run(line, "apply")
        # The list of components may lag behind what has been done: it is read for some seconds.
        assert line.sim.count("GET", "/v1/components") > 5
    assert said(result) == (True, False, "succeeded_but_not_on_target", "task_failed")
    assert f"ended well, but OPS has {OPS.first} in place of {OPS.newest}." in result["msg"]


def test_the_system_fails_in_name_alone_and_in_earnest() -> None:
    with fleet(system={"false_failed": True}) as line:
        false = run(line, "system", accept_failed_but_on_target=True, **SYSTEM_OPTIONS)
    with fleet(system={"failures": [{}]}) as line:
        failed = run(line, "system", **SYSTEM_OPTIONS)
        again = run(line, "system", **SYSTEM_OPTIONS)
        assert line.kinds == ["target", "system"]
    assert said(false) == (True, False, "failed_but_on_target", None)
    assert said(failed) == (True, False, "failed", "task_failed")
    assert failed["verified"]["VCF_FLEET_LCM"]["actual"] == SYSTEM.first
    assert (again["failure"]["kind"], again["failure"]["task_id"]) == ("not_allowed", failed["tasks"][0]["id"])


@pytest.mark.parametrize(("action", "key"), [("sync_depot", "sync"), ("configure", "configuration")])
def test_other_steps_fail_too(action: str, key: str) -> None:
    with fleet(**{key: {"failures": [{}]}}) as line:
        line.plan()
        assert said(run(line, action)) == (True, False, "failed", "task_failed")
        assert said(run(line, action)) == WELL


ERROR = {"id": "DISK-1", "type": "ERROR", "message": "The disk is full.", "resolution": "Free some."}
WARNING = {"id": "CERT-30", "message": "It expires in 30 days."}


@pytest.mark.parametrize("fails", [True, False], ids=["its task fails", "its task succeeds"])
def test_a_precheck_is_judged_by_what_it_has_found(fails: bool) -> None:
    checks = [{"id": "DISK", "issue": {**ERROR, "runs": 1}}, {"id": "CERT", "issue": WARNING}]
    with fleet(components=[{"type": "OPS", "prechecks": checks}], findings_fail_tasks=fails) as line:
        line.plan(OPS=OPS.newest)
        bad, better = run(line, "precheck"), run(line, "precheck")
    assert said(bad) == (True, False, "failed", "task_failed")
    assert (bad["failure"]["code"], bad["failure"]["remediation"]) == ("DISK-1", "Free some.")
    assert [task["state"] for task in bad["tasks"]] == ["FAILED" if fails else "SUCCEEDED"]
    assert (bad["prechecks"]["errors"], bad["prechecks"]["warnings"]) == (1, 1)
    assert [one["id"] for one in bad["prechecks"]["findings"]] == ["DISK-1", "CERT-30"]
    assert said(better) == (True, False, "succeeded_with_warnings", None)
    assert better["prechecks"]["findings"][0]["resource_name"] == OPS.name


def test_a_precheck_that_breaks_off() -> None:
    with fleet(precheck_failures=[{}]) as line:
        line.plan()
        result = run(line, "precheck")
    assert (said(result), result["prechecks"]) == ((True, False, "failed", "task_failed"), None)


def test_what_is_canceled_says_so() -> None:
    with fleet() as line:
        line.plan()
        task_id = run(line, "apply", wait=False)["tasks"][0]["id"]
        tasks = line.sim.service("fleet_lcm").tasks
        line.sim.advance(10)
        tasks.cancel(tasks.get(task_id))
        result = run(line, "apply")
    assert said(result) == (False, True, "canceled", "task_canceled")


@pytest.mark.parametrize(
    ("on_timeout", "kind", "state"),
    [("fail", "timeout", "RUNNING"), ("continue", None, "RUNNING"), ("cancel", "timeout", "CANCELED")],
)
def test_time_runs_out(on_timeout: str, kind: str | None, state: str) -> None:
    with fleet() as line:
        line.plan()
        result = run(line, "apply", timeout=60, on_timeout=on_timeout)
    outcome = "canceled" if on_timeout == "cancel" else "timeout"
    assert said(result) == (True, False, outcome, kind)
    assert (list(result["states"].values()), result["timed_out"]) == ([state], True)
    assert result["verified"]["OPS"]["actual"] == OPS.first


def test_nothing_is_begun_when_time_is_up() -> None:
    with fleet() as line:
        line.plan()
        result = run(line, "apply", timeout=0)
        assert line.writes == []
    assert said(result) == (False, False, "timeout", "timeout")
    assert "was not begun" in result["msg"]


@pytest.mark.parametrize("kind", ["html", "reset_before"])
def test_the_service_restarts_in_its_own_upgrade(kind: str) -> None:
    with fleet(system={"seconds": 600, "restart": 900}, away={"kind": kind}) as line:
        result = run(line, "system", **SYSTEM_OPTIONS)
        assert line.kinds == ["target", "system"]
    assert (said(result), result["outages"]) == (WELL, 1)
    assert result["longest_outage_seconds"] > 600


def test_contact_is_lost_and_the_next_run_goes_on() -> None:
    with fleet(system={"seconds": 600, "restart": 900}) as line:
        lost = run(line, "system", max_outage=60, **SYSTEM_OPTIONS)
        line.sim.advance(900)
        again = run(line, "system", **SYSTEM_OPTIONS)
        assert line.kinds == ["target", "system"]
    assert said(lost) == (True, False, "lost_contact", "lost_contact")
    assert lost["verified"] == {"VCF_FLEET_LCM": {"expected": SYSTEM.newest, "actual": None}}
    assert (lost["lost_contact"], list(lost["states"].values())) == (True, ["RUNNING"])
    assert (again["changed"], again["outcome"]) == (False, "succeeded")


def test_a_component_whose_upgrade_takes_the_service_away() -> None:
    components = [{"type": "VCF_FLEET_DEPOT"}, {"type": "OPS", "restart": 900, "false_failed": True}]
    with fleet(components=components) as line:
        line.plan()
        result = run(line, "apply", accept_failed_but_on_target=True)
    assert (said(result), result["outages"]) == ((True, False, "failed_but_on_target", None), 1)
    assert DEPOT.newest == result["verified"]["VCF_FLEET_DEPOT"]["actual"]


LOST = [
    {"kind": "html", "processed": True},
    {"kind": "reset_after"},
    {"kind": "truncated"},
    {"kind": "reset_before"},
    {"kind": "html"},
    {"kind": "status", "code": 429},
]


@pytest.mark.parametrize("fault", LOST, ids=str)
@pytest.mark.parametrize("action", ["sync_depot", "system", "configure", "precheck", "apply"])
def test_each_step_is_begun_once_whatever_happens_to_the_answer(fault: dict[str, Any], action: str) -> None:
    options = SYSTEM_OPTIONS if action == "system" else {}
    with fleet(system={} if action == "system" else {"version": SYSTEM.newest}) as line:
        if action != "system":
            line.plan()
        line.sim.inject({**fault, "path": "action=", "method": "POST", "times": 1})
        result = run(line, action, **options)
        assert line.sim.unmet_faults() == []
        assert [kind for kind in line.kinds if kind != "target"] == [action.removesuffix("_depot")]
    assert (result["changed"], result["outcome"]) == (True, "succeeded"), result


def test_an_answer_that_stays_out_may_still_come_true_and_is_not_asked_for_again() -> None:
    with fleet() as line:
        line.plan()
        line.sim.inject({"kind": "html", "path": "action=apply"})
        result = run(line, "apply", max_outage=60)
        assert line.kinds == []
    assert said(result) == (True, False, "lost_contact", "lost_contact")
    assert "did not answer the request to apply upgrade plan" in result["msg"]

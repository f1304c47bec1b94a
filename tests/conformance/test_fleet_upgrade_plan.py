# SPDX-License-Identifier: GPL-3.0-or-later
"""fleet_upgrade_plan, against the simulated Fleet LCM."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.vcf.lifecycle.plugins.module_utils.operations import fleet_upgrade_plan
from tests.conformance.bench import Result
from tests.conformance.fleet import DEPOT, NEWEST, OPS, RELEASE, Fleet, fleet

ONE = {"OPS": OPS.newest}
PLANS = "/fleet-lcm/v1/upgrade-plans"


def plan(line: Fleet, **options: Any) -> Result:
    return line.run(fleet_upgrade_plan, **{"version": RELEASE, "diff": True, "poll_interval": 5, **options})


def writes(line: Fleet) -> list[str]:
    return [f"{seen['method']} {seen['path'].removeprefix(PLANS)}".strip() for seen in line.writes]


def test_a_plan_is_validated_and_made_once() -> None:
    with fleet() as line:
        predicted = plan(line, check=True)
        assert (line.writes, line.kinds) == ([], [])
        made = plan(line)
        again = plan(line)
        assert writes(line) == ["POST /validations", "POST"]
    assert (predicted["changed"], predicted["plan_id"], predicted["tasks"]) == (True, None, [])
    after = {"version": RELEASE, "components": NEWEST}
    assert predicted["diff"] == made["diff"] == {"before": {}, "after": after}
    assert (made["changed"], again["changed"]) == (True, False)
    assert made["plan_id"] == again["plan_id"] != ""
    assert {one["type"]: one["target_version"] for one in made["components"]} == NEWEST
    assert [bundle["status"] for bundle in made["bundles"]] == ["REQUIRED", "REQUIRED"]
    assert [task["state"] for task in made["tasks"]] == ["SUCCEEDED"]
    assert (again["tasks"], again["diff"]) == ([], {"before": after, "after": after})
    assert (again["components"], again["bundles"]) == (made["components"], made["bundles"])


def test_a_plan_is_changed_and_stays_the_same_plan() -> None:
    with fleet() as line:
        plan_id = line.plan(OPS=OPS.first)
        predicted = plan(line, components=ONE, check=True)
        changed = plan(line, components=ONE)
        assert writes(line) == ["POST /validations", f"PATCH /{plan_id}"]
    assert predicted["changed"] is changed["changed"] is True
    assert predicted["plan_id"] == changed["plan_id"] == plan_id
    assert changed["diff"] == predicted["diff"]
    assert changed["diff"]["before"]["components"] == {"OPS": OPS.first}
    assert changed["diff"]["after"]["components"] == ONE


def test_latest_is_the_newest_on_offer_of_what_is_installed() -> None:
    older, newest = "9.1.0.0100.25400000", OPS.newest
    components = [{"type": "OPS", "versions": [older, newest]}]
    with fleet(components=components) as line:
        made = plan(line, components={"OPS": "latest"})
        again = plan(line, components="latest")
    assert made["diff"]["after"]["components"] == {"OPS": newest}
    assert again["changed"] is False


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"version": "9.9.0.0"}, "there are 9.1.0.0"),
        ({"components": {"OPS": "1.2.3"}}, f"there are {OPS.newest}, {OPS.first}"),
        ({"components": {"OPPS": "latest"}}, "there are OPS, VCF_FLEET_DEPOT"),
        ({"components": {"OPS": 9.1}}, "Write it as a text"),
    ],
)
def test_what_there_is_not(options: dict[str, Any], said: str) -> None:
    with fleet() as line:
        failed = plan(line, **options)
        assert line.writes == []
    assert failed["failure"]["kind"] == "options"
    assert said in failed["msg"]


def test_a_plan_there_is_not_and_plans_of_which_one_has_to_be_named() -> None:
    with fleet(releases=[{"version": "9.1.0.0"}, {"version": "9.1.0.0100"}]) as line:
        first = line.plan()
        line.post("upgrade-plans", {"spec": {"desiredSoftware": {"version": "9.1.0.0100"}}})
        unknown = plan(line, plan_id="another")
        of_release = plan(line)
        several = plan(line, version="9.1.0.0200")
        assert line.writes == []
    assert unknown["failure"]["kind"] == "not_found"
    assert (of_release["plan_id"], of_release["changed"]) == (first, False)
    assert several["failure"]["kind"] == "options"
    assert f"{first} for 9.1.0.0, DRAFT" in several["msg"]


@pytest.mark.parametrize("fails", [True, False], ids=["its task fails", "its task succeeds"])
def test_a_validation_with_errors_ends_it_before_anything_is_written(fails: bool) -> None:
    lines: list[Fleet] = []

    def withdraw(record: dict[str, Any]) -> None:
        # A version is withdrawn once it has been read that it is on offer.
        if record["path"].endswith("/release-versions"):
            lines[0].sim.service("fleet_lcm").upgrade.fleet.upgrade.releases[0].components["OPS"] = [OPS.first]

    with fleet(withdraw, findings_fail_tasks=fails) as line:
        lines.append(line)
        found = plan(line, components=ONE)
        assert writes(line) == ["POST /validations"]
    assert found["failure"]["kind"] == "task_failed"
    assert f"Release 9.1.0.0 has no OPS {OPS.newest}" in found["msg"]
    assert (found["changed"], found["plan_id"], len(found["tasks"])) == (False, None, 1)


def test_a_validation_that_breaks_off() -> None:
    with fleet(validation={"failures": [{}]}) as line:
        failed = plan(line)
        assert writes(line) == ["POST /validations"]
    assert (failed["failure"]["kind"], failed["failure"]["code"]) == ("task_failed", "VCFMS-UPGRADE-COMPONENT-031")


def test_no_validation_on_request() -> None:
    with fleet() as line:
        assert plan(line, validate=False)["changed"] is True
        assert writes(line) == ["POST"]


def test_time_is_up_before_the_validation_has_ended() -> None:
    with fleet(validation={"seconds": 600}) as line:
        failed = plan(line, timeout=60)
        assert writes(line) == ["POST /validations"]
    assert (failed["failure"]["kind"], failed["timed_out"], failed["changed"]) == ("timeout", True, False)
    assert failed["states"] == {failed["tasks"][0]["id"]: "RUNNING"}


def test_nothing_is_begun_when_time_is_up() -> None:
    with fleet() as line:
        failed = plan(line, timeout=0)
        assert line.writes == []
    assert (failed["failure"]["kind"], failed["timed_out"], failed["changed"]) == ("timeout", True, False)
    assert failed["msg"] == "Time is up, so a plan for 9.1.0.0 was not begun."


def test_a_plan_that_is_busy_is_not_changed() -> None:
    with fleet() as line:
        plan_id = line.plan(**ONE)
        line.post(f"upgrade-plans/{plan_id}?action=precheck")
        failed = plan(line, components=NEWEST, validate=False)
    assert (failed["failure"]["kind"], failed["changed"], failed["plan_id"]) == ("not_allowed", False, plan_id)
    assert "does not accept the request for a plan for 9.1.0.0: Task" in failed["msg"]
    assert failed["diff"]["before"] == failed["diff"]["after"]


LOST = [
    {"kind": "html", "processed": True},
    {"kind": "reset_after"},
    {"kind": "reset_before"},
    {"kind": "html"},
    {"kind": "status", "code": 503, "processed": True},
]


@pytest.mark.parametrize("fault", LOST, ids=str)
@pytest.mark.parametrize("path", ["/validations$", "/upgrade-plans$", "/upgrade-plans/[^/]+$"])
def test_what_was_made_is_made_once_whatever_happens_to_the_answer(fault: dict[str, Any], path: str) -> None:
    with fleet() as line:
        changes = path.endswith("+$")
        if changes:
            line.plan(**ONE)
        line.sim.inject({**fault, "path": path, "method": "PATCH" if changes else "POST", "times": 1})
        made = plan(line)
        assert line.sim.unmet_faults() == []
        assert line.kinds == ["validate"]
        assert len(line.sim.service("fleet_lcm").upgrade.fleet.plans) == 1
    assert (made["changed"], made["diff"]["after"]["components"]) == (True, NEWEST)
    assert DEPOT.newest in made["diff"]["after"]["components"].values()


def test_what_the_plan_is_limited_to_stays() -> None:
    with fleet() as line:
        ops = line.component_id("OPS")
        software = [{"type": "OPS", "version": OPS.first}]
        spec = {"desiredSoftware": {"version": RELEASE, "components": software}, "componentsFilter": [{"id": ops}]}
        line.post("upgrade-plans", {"spec": spec})
        changed = plan(line)
    assert [one["id"] for one in changed["components"]] == [ops]

# SPDX-License-Identifier: GPL-3.0-or-later
"""Which software a plan is to lead to, and which plan that is."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.vcf.lifecycle.plugins.module_utils.errors import OptionsFailure
from ansible_collections.vcf.lifecycle.plugins.module_utils.fleet_upgrade_model import (
    Offer,
    Plan,
    PlanComponent,
    Release,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations import fleet_software
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import State, Task, TaskError

RELEASES = [
    Release(
        version="9.1.0.0",
        components=[
            Offer(type="OPS", versions=["9.1.0.0400.2", "9.1.0.0.1"]),
            Offer(type="SALT", versions=["9.1.0.0.3"]),
            Offer(type="VIDB", versions=[]),
        ],
    )
]


def software(wanted: Any, version: str = "9.1.0.0") -> dict[str, str]:
    return fleet_software.software(version, fleet_software.wanted_versions(wanted), RELEASES, {"OPS", "VIDB", None})


def test_the_word_latest() -> None:
    assert software("latest") == {"OPS": "9.1.0.0400.2"}
    assert software({"SALT": "latest", "OPS": "9.1.0.0.1"}) == {"OPS": "9.1.0.0.1", "SALT": "9.1.0.0.3"}


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"OPS": "8.0"}, "it has no OPS 8.0 (there are 9.1.0.0400.2, 9.1.0.0.1)"),
        ({"OPPS": "latest"}, "OPPS is not one of its types (there are OPS, SALT)"),
        ({"VIDB": "latest"}, "VIDB is not one of its types"),
        ({"A": "1", "B": "2"}, "A is not one of its types (there are OPS, SALT); B is not"),
    ],
)
def test_what_is_not_on_offer_is_answered_with_what_is(wanted: Any, said: str) -> None:
    with pytest.raises(OptionsFailure) as raised:
        software(wanted)
    assert said in raised.value.message


def test_a_release_there_is_not() -> None:
    with pytest.raises(OptionsFailure, match=r"There is no release 9\.2\.0\.0: there are 9\.1\.0\.0\."):
        software("latest", "9.2.0.0")
    with pytest.raises(OptionsFailure, match="there are none"):
        fleet_software.software("9.1", None, [], [])


@pytest.mark.parametrize("wanted", ["newest", "", [], {}, 9.1, {"OPS": 9.1}, {"OPS": ""}, {"OPS": None}])
def test_what_is_no_software(wanted: Any) -> None:
    with pytest.raises(OptionsFailure, match="components"):
        fleet_software.wanted_versions(wanted)


def plan(plan_id: str, version: str, software: dict[str, str] | None = None) -> Plan:
    components = [PlanComponent(id="c1", type="OPS", target_version="2")]
    return Plan(id=plan_id, version=version, status="DRAFT", software=software, components=components)


def test_the_plan_that_is_meant() -> None:
    one, other, third = plan("p1", "9.1"), plan("p2", "9.2"), plan("p3", "9.2")
    assert fleet_software.plan_for([], "9.1") is None
    assert fleet_software.plan_for([one], "9.2") is one
    assert fleet_software.plan_for([one, other], "9.2") is other
    for plans, version in (([one, other], "9.3"), ([one, other, third], "9.2")):
        with pytest.raises(OptionsFailure, match=r"p1 for 9\.1, DRAFT, p2 for 9\.2, DRAFT"):
            fleet_software.plan_for(plans, version)


def test_what_differs() -> None:
    assert fleet_software.differs(None, "9.1", {})
    assert not fleet_software.differs(plan("p1", "9.1"), "9.1", {"OPS": "2"})
    assert not fleet_software.differs(plan("p1", "9.1", {"A": "1", "B": "2"}), "9.1", {"B": "2", "A": "1"})
    assert fleet_software.differs(plan("p1", "9.1"), "9.2", {"OPS": "2"})
    assert fleet_software.differs(plan("p1", "9.1", {"OPS": "1"}), "9.1", {"OPS": "2"})


def test_a_validation_is_judged_by_what_it_has_found() -> None:
    good = Task(id="v1", service="fleet_lcm", state=State.SUCCEEDED, status="SUCCEEDED", done=True)
    bad = good.model_copy(update={"state": State.FAILED, "root_causes": [TaskError(code="X", message="It broke.")]})
    assert fleet_software.validation_failure(good, []) is None
    for task, errors, said in (
        (good, [TaskError(code="Y", message="There is no disk."), TaskError(message="Nor a net.")], "disk; Nor a net."),
        (bad, [], "ended as FAILED: It broke."),
        (bad.model_copy(update={"root_causes": []}), [], "gives no reason"),
    ):
        failure = fleet_software.validation_failure(task, errors)
        assert failure is not None
        assert said in failure.message
        assert failure.kind == "task_failed"

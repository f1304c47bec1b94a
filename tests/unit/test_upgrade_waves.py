# SPDX-License-Identifier: GPL-3.0-or-later
"""The order in which components are upgraded, and the reasons for which there is none."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.vcf.lifecycle.plugins.filter.upgrade_waves import upgrade_waves
from ansible_collections.vcf.lifecycle.plugins.plugin_utils.upgrade_waves import left_out


def component(name: str, *depends_on: str, status: str = "ELIGIBLE", **more: Any) -> dict[str, Any]:
    """A component with an id of its own, and the name and the type in capitals."""
    known = {"id": f"id-{name}", "type": name.upper(), "name": name.title(), "messages": []}
    return {**known, "status": status, "depends_on": list(depends_on), **more}


PLAN = [
    component("logs", "OPS", status="PENDING"),
    component("ops", "id-depot", status="PENDING"),
    component("vsp", "Depot", status="PENDING"),
    component("depot"),
]


def names(components: list[dict[str, Any]], *batches: list[str], **more: Any) -> list[str]:
    order = upgrade_waves(components, batches, **more)
    assert order["problem"] is None
    return [wave["name"] for wave in order["waves"]]


def test_each_comes_as_early_as_its_dependencies_allow() -> None:
    assert names(PLAN) == ["Depot", "Ops, Vsp", "Logs"]
    assert upgrade_waves(PLAN)["waves"][1] == {"name": "Ops, Vsp", "ids": ["id-ops", "id-vsp"], "types": ["OPS", "VSP"]}


@pytest.mark.parametrize("status", ["ON_TARGET", "HIGHER_THAN_TARGET"])
def test_what_is_done_is_in_none_and_holds_up_nothing(status: str) -> None:
    assert names([*PLAN[:3], component("depot", status=status)]) == ["Ops, Vsp", "Logs"]
    assert names([component("depot", status=status)]) == []


def test_what_can_not_be_upgraded_is_left_out_with_all_that_waits_for_it() -> None:
    barred = [component("ops", "DEPOT", status="INELIGIBLE", messages=[{"text": "No licence."}])]
    components = [PLAN[0], *barred, *PLAN[2:]]
    assert names(components) == ["Depot", "Vsp"]
    assert left_out(components) == {
        "id-ops": "Ops is not eligible for the upgrade: No licence.",
        "id-logs": "Logs waits for Ops, which can not be upgraded.",
    }


def test_what_the_plan_leaves_out_may_be_depended_on() -> None:
    assert names([component("ops", "id-depot")], installed=[component("depot")]) == ["Ops"]


def test_a_name_stands_for_all_of_its_type() -> None:
    nodes = [
        component("ops"),
        component("proxy", "OPS"),
        {**component("proxy", "OPS"), "id": "id-other", "name": "Other"},
    ]
    assert names(nodes) == ["Ops", "Proxy, Other"]
    assert names(nodes, ["OPS"], ["PROXY"]) == ["Ops", "Proxy, Other"]
    assert names(nodes, ["OPS"], ["id-other"], ["id-proxy"]) == ["Ops", "Other", "Proxy"]


def test_batches_are_taken_as_they_are() -> None:
    assert names(PLAN, ["DEPOT", "OPS"], ["Logs", "id-vsp"]) == ["Ops, Depot", "Logs, Vsp"]
    # What is done already may still be named.
    done = [*PLAN[:3], component("depot", status="ON_TARGET")]
    assert names(done, ["DEPOT"], ["OPS", "VSP"], ["LOGS"]) == ["Ops, Vsp", "Logs"]


@pytest.mark.parametrize(
    ("batches", "said"),
    [
        ([["OPS", "VSP", "LOGS"], ["DEPOT"]], "break the order: Ops depends on Depot, which comes later"),
        ([["DEPOT"], ["LOGS"], ["OPS", "VSP"]], "break the order: Logs depends on Ops, which comes later"),
        ([["DEPOT"], ["OPS"]], "leave out Logs, Vsp"),
        ([["DEPOT", "OPS"], ["OPS", "VSP", "LOGS"]], "have Ops more than once"),
        (
            [["DEPOT"], ["OPPS", "VSP", "LOGS"]],
            "name OPPS, which the plan does not have. It has DEPOT, LOGS, OPS, VSP.",
        ),
        (["DEPOT", "OPS", "VSP", "LOGS"], "A batch is a list of components, and not 'DEPOT'"),
    ],
)
def test_batches_that_do_not_fit(batches: list[Any], said: str) -> None:
    order = upgrade_waves(PLAN, batches)
    assert order["waves"] == []
    assert said in order["problem"]


def test_dependencies_that_make_no_sense() -> None:
    circle = [component("ops", "VSP"), component("vsp", "OPS"), component("depot")]
    assert "Ops, Vsp depend on each other in a circle" in upgrade_waves(circle)["problem"]
    unknown = [component("ops", "DEPOTT")]
    assert "Ops depends on DEPOTT, which is neither in the plan nor installed" in upgrade_waves(unknown)["problem"]

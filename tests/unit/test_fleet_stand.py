# SPDX-License-Identifier: GPL-3.0-or-later
"""How the upgrade of a fleet stands, from what the service says of it."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.vcf.lifecycle.plugins.plugin_utils.fleet_stand import stand

NOW, NEWER = "9.1.0.0.25371101", "9.1.0.0400.25570101"
SYSTEM = {"version": NEWER, "target_version": None, "available_versions": [], "upgrade": None}


def component(name: str, status: str = "ELIGIBLE", plan_task_id: str | None = None) -> dict[str, Any]:
    """A component of a plan, and in which upgrade it was last."""
    upgrade = {"task_id": f"{plan_task_id}-{name}", "plan_task_id": plan_task_id} if plan_task_id else None
    return {
        "id": name.lower(),
        "type": name,
        "name": name.title(),
        "version": "2" if status in ("ON_TARGET", "HIGHER_THAN_TARGET") else "1",
        "target_version": "2",
        "status": status,
        "depends_on": [],
        "messages": [],
        "upgrade": upgrade,
    }


def execution(task_id: str, state: str, kind: str = "UPGRADE") -> dict[str, Any]:
    return {"task_id": task_id, "type": kind, "state": state}


def task(task_id: str, state: str = "FAILED", retriable: bool | None = True) -> dict[str, Any]:
    return {"id": task_id, "state": state, "retriable": retriable}


def plan(*components: dict[str, Any], executions: Any = (), **more: Any) -> dict[str, Any]:
    known = {"id": "plan", "version": "9.1.0.0", "executions": list(executions), "components": list(components)}
    return {**known, **more}


def info(*plans: dict[str, Any], **more: Any) -> dict[str, Any]:
    parts = [one for plan in plans for one in plan["components"]]
    known = {"system": SYSTEM, "plans": list(plans), "components": parts, "tasks": [], "blocking": []}
    return {**known, **more}


def stood(given: dict[str, Any], **more: Any) -> dict[str, Any]:
    return stand(given, "9.1.0.0", **more)


@pytest.mark.parametrize(
    ("system", "wanted", "target"),
    [
        ({"version": NOW, "available_versions": [NEWER, "9.1.0.0100.1"]}, "", NEWER),
        ({"version": NOW, "available_versions": ["9.1.0.0100.1", NEWER]}, "", NEWER),
        ({"version": NOW, "available_versions": ["9.2.0.0.1", NEWER]}, "", NEWER),
        ({"version": NOW, "available_versions": ["9.2.0.0.1"]}, "", None),
        ({"version": "9.2.0.0.1", "available_versions": [NEWER]}, "", None),
        ({"version": NOW, "available_versions": [NEWER], "target_version": "9.1.0.0100.1"}, "", "9.1.0.0100.1"),
        ({"version": NOW, "available_versions": [NEWER]}, "9.1.0.0100.1", "9.1.0.0100.1"),
        ({"version": NEWER, "available_versions": ["9.1.0.0500.1"]}, NEWER, None),
        ({"version": NEWER, "available_versions": []}, "", None),
    ],
)
def test_what_fleet_lcm_itself_is_upgraded_to(system: dict[str, Any], wanted: str, target: str | None) -> None:
    found = stood(info(system={**SYSTEM, **system}), system_version=wanted)
    assert found["system_target"] == target
    assert ("Fleet LCM itself" in [one["name"] for one in found["left"]]) is (target is not None)


@pytest.mark.parametrize(
    ("tasks", "failed"),
    [([task("up")], ["up"]), ([task("up", retriable=False)], []), ([task("up", "RUNNING")], []), ([], [])],
)
def test_a_failed_upgrade_of_fleet_lcm_itself(tasks: list[dict[str, Any]], failed: list[str]) -> None:
    system = {**SYSTEM, "version": NOW, "target_version": NEWER, "upgrade": {"task_id": "up", "state": "FAILED"}}
    assert stood(info(system=system, tasks=tasks))["system_failed"] == failed


def test_the_plan_is_the_one_that_is_named_or_the_one_for_the_release() -> None:
    other = plan(id="other", version="9.0.0.0")
    assert stood(info(other, plan()))["plan_id"] == "plan"
    assert stood(info(other, plan()), plan_id="other")["plan_id"] == "other"
    assert stood(info(other))["plan_id"] is None
    assert stood(info(plan(), plan(id="second")))["plan_id"] is None
    assert [one["name"] for one in stood(info(other))["left"]] == ["release 9.1.0.0"]


def test_what_goes_on_is_gone_on_with() -> None:
    inside, outside = component("OPS", plan_task_id="run"), component("LOGS")
    found = stood(info(plan(inside, outside, executions=[execution("check", "RUNNING", "PRECHECK")])))
    assert found["going_on"] is None
    found = stood(info(plan(inside, outside, executions=[execution("run", "RUNNING")])))
    assert found["going_on"] == {"task_id": "run", "name": "Ops", "ids": ["ops"], "types": ["OPS"]}
    assert found["failed"] == []


@pytest.mark.parametrize(
    ("status", "tasks", "is_failed"),
    [
        ("ELIGIBLE", [task("run")], True),
        ("ELIGIBLE", [task("run", retriable=None)], True),
        ("ELIGIBLE", [task("run", retriable=False)], False),
        # The plan says of it, too, that it failed.
        ("ELIGIBLE", [task("run", "CANCELED")], False),
        ("ELIGIBLE", [], False),
        ("ON_TARGET", [task("run")], False),
    ],
)
def test_what_has_failed_is_retried_only_if_that_helps(
    status: str, tasks: list[dict[str, Any]], is_failed: bool
) -> None:
    given = plan(component("OPS", status, "run"), executions=[execution("run", "FAILED")])
    assert [one["task_id"] for one in stood(info(given, tasks=tasks))["failed"]] == (["run"] if is_failed else [])


def test_an_upgrade_after_which_another_was_tried_is_history() -> None:
    runs = [execution("old", "FAILED"), execution("new", "FAILED")]
    given = plan(component("OPS", plan_task_id="new"), executions=runs)
    assert [one["task_id"] for one in stood(info(given, tasks=[task("old"), task("new")]))["failed"]] == ["new"]


def test_which_of_the_tasks_in_the_way_are_its_own() -> None:
    blocking = [
        {"id": "run"},
        {"id": "up"},
        {"id": "configure", "resource": {"id": "plan"}},
        {"id": "sync", "name": "sync-depot-metadata", "type": None},
        {"id": "validate", "name": "Check", "type": "UPGRADE_PLAN_VALIDATION"},
        {"id": "other", "name": "upgrade-depot", "type": "COMPONENT_UPGRADE", "resource": {"id": "depot"}},
        {"id": "foreign", "name": None, "type": None, "resource": None},
    ]
    given = info(
        plan(executions=[execution("run", "FAILED")]),
        system={**SYSTEM, "upgrade": {"task_id": "up", "state": "RUNNING"}},
        blocking=blocking,
    )
    assert stood(given)["own_task_ids"] == ["run", "up", "configure", "sync", "validate"]
    given["plans"][0]["version"] = "9.0.0.0"
    assert "run" not in stood(given)["own_task_ids"]


def test_what_is_left_and_what_is_verified() -> None:
    parts = [component("OPS"), component("VSP", "ON_TARGET"), component("LOGS", "INELIGIBLE")]
    found = stood(info(plan(*parts, {**component("SALT", "HIGHER_THAN_TARGET"), "version": "3"})))
    assert [(one["name"], one["why"]) for one in found["left"]] == [
        ("Ops", None),
        ("Logs", "Logs is not eligible for the upgrade, and nothing says why."),
    ]
    assert found["verified"] == {
        "OPS": {"expected": "2", "actual": "1"},
        "VSP": {"expected": "2", "actual": "2"},
        "LOGS": {"expected": "2", "actual": "1"},
        "SALT": {"expected": "3", "actual": "3"},
    }
    assert found["versions"] == {"VCF_FLEET_LCM": NEWER, "LOGS": "1", "OPS": "1", "SALT": "3", "VSP": "2"}


def test_of_two_of_a_type_each_goes_by_its_id() -> None:
    twins = [component("PROXY"), {**component("PROXY"), "id": "second"}]
    assert set(stood(info(plan(*twins)))["versions"]) == {"VCF_FLEET_LCM", "proxy", "second"}

# SPDX-License-Identifier: GPL-3.0-or-later
"""Which components an action is for, what is an equal run, and which task was made of a request."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ansible_collections.vcf.lifecycle.plugins.module_utils.errors import NotAllowedFailure, OptionsFailure
from ansible_collections.vcf.lifecycle.plugins.module_utils.fleet_upgrade_model import Plan, PlanComponent, Run, System
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations import fleet_choice
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.fleet_tasks import newest_about
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import Message, State, Task
from tests.unit.fakes import EPOCH


def component(name: str, status: str = "ELIGIBLE", **fields: Any) -> PlanComponent:
    known = {"id": f"{name}-id", "type": name, "status": status, "version": "1", "target_version": "2"}
    return PlanComponent(**{**known, **fields})


def plan(*components: PlanComponent, **fields: Any) -> Plan:
    return Plan(id="p1", components=list(components), **fields)


def execution(task_id: str, kind: str = "UPGRADE", state: State = State.RUNNING) -> Run:
    return Run(task_id=task_id, type=kind, state=state)


def test_components_by_type_by_id_and_all() -> None:
    ops, salt, other = component("OPS"), component("SALT"), component("SALT", id="SALT-2")
    known = plan(ops, salt, other)
    assert fleet_choice.chosen(known, None) == [ops, salt, other]
    assert fleet_choice.chosen(known, ["SALT", "SALT-2"]) == [salt, other]
    assert fleet_choice.chosen(known, ["SALT-2", "OPS-id"]) == [ops, other]
    assert [fleet_choice.key_of(known, one) for one in known.components] == ["OPS", "SALT-id", "SALT-2"]
    with pytest.raises(OptionsFailure, match=r"components: plan p1 has no component X\. It has OPS \(OPS-id\), SALT"):
        fleet_choice.chosen(known, ["OPS", "X"])


def test_inputs_of_a_type_are_for_all_of_it() -> None:
    one, other = component("SALT"), component("SALT", id="SALT-2")
    given = {"SALT": {"a": 1}, "SALT-2": {"b": 2}}
    assert fleet_choice.inputs(plan(one, other), [one, other], given) == {
        "SALT-id": {"a": 1},
        "SALT-2": {"a": 1, "b": 2},
    }


def test_what_is_left_to_upgrade() -> None:
    barred = component("A", "INELIGIBLE", messages=[Message(text="Too old."), Message()])
    on_target, higher = component("B", "ON_TARGET"), component("C", "HIGHER_THAN_TARGET", version="3")
    pending, unknown = component("D", "PENDING"), component("E", "MEDITATING")
    everything = [barred, on_target, higher, pending, unknown]
    assert fleet_choice.to_upgrade(everything, by_name=False) == [pending, unknown]
    with pytest.raises(NotAllowedFailure, match=r"A is not eligible for the upgrade: Too old\."):
        fleet_choice.to_upgrade(everything, by_name=True)
    assert {name: version for name, (_id, version) in fleet_choice.expected(plan(*everything), everything).items()} == {
        "B": "2",
        "C": "3",
        "D": "2",
        "E": "2",
    }


def test_which_run_is_going_on_and_which_failed_last() -> None:
    strange = execution("t3", state=State.UNKNOWN)
    known = plan(executions=[execution("t1", state=State.FAILED), execution("t2", "PRECHECK"), strange])
    # What is in a status that is not known here may well go on.
    assert fleet_choice.going_on(known, "UPGRADE") is strange
    assert fleet_choice.last_failed(known, "UPGRADE") is None
    assert fleet_choice.last_failed(plan(executions=known.executions[:2]), "UPGRADE") == "t1"
    assert fleet_choice.going_on(plan(executions=known.executions[:1]), "UPGRADE") is None


def test_a_run_covers_what_says_that_it_is_in_it() -> None:
    run = execution("t1")
    inside = component("A", upgrade=Run(task_id="s1", plan_task_id="t1"))
    outside = component("B", upgrade=Run(task_id="s0", plan_task_id="t0"))
    known = plan(inside, outside)
    assert fleet_choice.covers(known, run, [inside])
    assert not fleet_choice.covers(known, run, [inside, outside])
    assert fleet_choice.covers(plan(outside), run, [outside])  # it has just begun, and is not told of


@pytest.mark.parametrize(
    ("status", "given", "is_configured"),
    [
        ("DRAFT", {}, False),
        ("READY", {}, True),
        ("READY", {"OPS-id": {"fqdn": "x"}}, True),
        ("READY", {"OPS-id": {"fqdn": "y"}}, False),
        ("COMPLETED", {"OPS-id": {"fqdn": "y"}}, True),
        (None, {}, False),
    ],
)
def test_what_is_configured(status: str | None, given: dict[str, Any], is_configured: bool) -> None:
    known = plan(component("OPS", user_input={"fqdn": "x"}), status=status)
    assert fleet_choice.is_configured(known, given) is is_configured


def test_a_target_that_was_set_before_is_one_that_there_is() -> None:
    fleet_choice.check_target(System(version="1", target_version="3", available_versions=["2"]), "3")
    with pytest.raises(OptionsFailure, match="On offer: none"):
        fleet_choice.check_target(System(version="1"), "3")


def task(task_id: str, name: str, **fields: Any) -> Task:
    return Task(id=task_id, service="fleet_lcm", name=name, **fields)


def test_a_task_is_known_by_what_it_speaks_of() -> None:
    tasks = [
        task("t1", "Sync", description="Depot metadata", created_at=EPOCH),
        task("t2", "depot-SYNC", created_at=EPOCH + timedelta(seconds=9)),
        task("t3", "sync depot", created_at=EPOCH + timedelta(seconds=99), parent_id="t2"),
        task("t4", "sync", type="CLOCK"),
    ]
    found = newest_about(tasks, "sync", "depot")
    assert found is not None
    assert found.id == "t2"
    found = newest_about(tasks, "sync", besides={"t1", "t2"})
    assert found is not None
    assert found.id == "t4"
    assert newest_about(tasks, "validat") is None

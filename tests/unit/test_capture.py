# SPDX-License-Identifier: GPL-3.0-or-later
"""What a capture reckons: how long each step has lasted, and what upgrades usually take."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from ansible_collections.vcf.lifecycle.extensions.simulator.fleet_scenario import Upgrade
from ansible_collections.vcf.lifecycle.extensions.simulator.scenario import parse
from ansible_collections.vcf.lifecycle.plugins.module_utils.fleet_upgrade_model import Component, Release, System
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations import capture_tasks
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.capture_durations import History, steps_of
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.capture_fleet import FleetState
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import Resource, Stage, State, Task, new_task
from tests.unit.fakes import FakeFleet

NOON = datetime(2026, 11, 21, 12, tzinfo=timezone.utc)


def at(seconds: float | None) -> datetime | None:
    return None if seconds is None else NOON + timedelta(seconds=seconds)


def stage(name: str, start: float | None, end: float | None, state: State = State.SUCCEEDED) -> Stage:
    return Stage(name=name, state=state, started_at=at(start), ended_at=at(end))


def task(start: float, end: float | None, *stages: Stage, **more: Any) -> Task:
    given = {"state": State.SUCCEEDED if end is not None else State.RUNNING, "type": "SYNC", **more}
    times = {"created_at": at(start), "started_at": at(start), "ended_at": at(end)}
    return new_task(id="t1", service="fleet_lcm", stages=list(stages), **times, **given)


def part_of(found: Task, *past: Task) -> dict[str, Any]:
    return capture_tasks.task_of(found, NOON, FakeFleet().service, capture_tasks.Usual(past))


def seconds(found: Task) -> list[float]:
    lasted = capture_tasks.lengths(found, found.ended_at)
    return [lasted[id(one)] for one in found.stages if id(one) in lasted]


@pytest.mark.parametrize(
    ("stages", "lasted"),
    [
        ([stage("a", 0, 10), stage("b", 10, 60)], [10, 50]),
        # A gap belongs to what comes after it, and the end of the task to its last step.
        ([stage("a", 5, 10), stage("b", 20, 50)], [10, 50]),
        # What overlaps shares the time.
        ([stage("a", 0, 50), stage("b", 0, 40), stage("c", 10, 60)], [50, 0, 10]),
        # Where nothing says when steps ended, they share all of it; those that were left out have none.
        ([stage("a", None, None), stage("b", None, None, State.SKIPPED), stage("c", None, None)], [30, 30]),
        ([stage("a", 0, 20), stage("b", None, None, State.SKIPPED), stage("c", 20, 60)], [20, 40]),
    ],
)
def test_the_steps_last_as_long_as_the_task(stages: list[Stage], lasted: list[float]) -> None:
    assert seconds(task(0, 60, *stages)) == lasted


def test_what_is_to_come_lasts_as_long_as_it_has() -> None:
    past = task(-100, -60, stage("a", -100, -90), stage("b", -90, -60))
    steps = [stage("a", -15, -5), stage("b", -5, None, State.RUNNING), stage("c", None, None, State.PENDING)]
    part = part_of(task(-15, None, *steps), past)
    assert part["start"] == -15
    assert [one["seconds"] for one in part["stages"]] == [10, 30, capture_tasks.UNKNOWN_SECONDS]
    # What lasts longer than usual goes on for another minute.
    late = task(-100, None, stage("b", -90, None, State.RUNNING))
    part = part_of(late, past)
    assert [one["seconds"] for one in part["stages"]] == [90 + capture_tasks.UNKNOWN_SECONDS]


def test_a_step_that_failed_is_named_only_where_its_name_tells_it() -> None:
    failed = stage("check", 0, 10, State.FAILED)
    good = part_of(task(0, 10, failed, state=State.FAILED))
    assert good["attempts"][0]["fail"] == "check"
    assert good["attempts"][1] == {}
    twice = task(0, 20, stage("check", 0, 10), stage("check", 10, 20, State.FAILED), state=State.FAILED)
    part = part_of(twice)
    assert "attempts" not in part
    assert [one.get("outcome") for one in part["stages"]] == [None, "failed"]


def test_the_median_is_one_that_has_been() -> None:
    tasks = [task(0, end) for end in (50, 10, 30, 20)]
    history = History(tasks, lambda one: one.type)
    sample = history.median("SYNC")
    assert sample is not None
    assert sample.seconds == 20
    assert history.as_scenario() == {"SYNC": [10, 20, 30, 50]}
    assert history.median("OTHER") is None
    assert history.median("OTHER", "SYNC") is sample


def test_failures_are_no_samples() -> None:
    assert History([task(0, 5, state=State.FAILED), task(0, None)], lambda one: one.type).as_scenario() == {}


def test_steps_lose_what_the_simulator_puts_in_front() -> None:
    def sample(*names: str) -> Any:
        steps = [stage(name, 10 * place, 10 * place + 10) for place, name in enumerate(names)]
        return History([task(0, 10 * len(names), *steps)], lambda one: one.type).median("SYNC")

    assert steps_of(sample("OPS: prepare", "OPS: upgrade"), "OPS") == {"prepare": 10, "upgrade": 10}
    assert steps_of(sample("upgrade", "upgrade"), "OPS") is None
    assert steps_of(sample("upgrade"), "OPS") is None


def test_durations_are_of_the_history_or_else_of_the_field() -> None:
    past = task(-7200, -3600, type="COMPONENT_UPGRADE", resources=[Resource(id="c-1", type="OPS")])
    components = [
        Component(id="c-1", type="OPS", version="9.1.0.0"),
        Component(id="c-2", type="VCF_FLEET_DEPOT", version="9.1.0.0"),
        Component(id="c-3", type="VSP", version="9.1.0.0"),
        Component(id="c-4", type="OPS_LOGS", version="9.1.0.0"),
        Component(id="c-5", type="VIDB"),
    ]
    fleet = FleetState(System(version="9.1.0.0"), [], components, [], [past])
    upgrade, durations, followed = fleet.written(NOON)
    assert upgrade is not None
    assert {one["type"]: (one["seconds"], one.get("restart")) for one in upgrade["components"]} == {
        "OPS": (3600, None),
        "VCF_FLEET_DEPOT": (51 * 60, None),
        "VSP": (101 * 60 - 300, 300),
        "OPS_LOGS": (25 * 60, None),
    }
    assert durations["upgrades"] == {"OPS": [3600]}
    assert followed == set()
    assert [one for one in fleet.missing if "c-5" in one]


def test_a_task_of_which_only_parts_are_known_fails_as_a_whole() -> None:
    inner = new_task(id="t2", service="fleet_lcm", name="inner", state=State.FAILED, stages=[], created_at=NOON)
    part = part_of(task(0, 20, state=State.FAILED, name="outer", subtasks=[inner]))
    assert part["attempts"] == [{"outcome": "failed", "error": {"code": "UNKNOWN", "message": "It failed."}}, {}]
    parse({"services": {"fleet_lcm": {"tasks": [part]}}})


def test_what_can_not_be_compared_is_left_out() -> None:
    components = [Component(id="c-1", type="OPS", version="unknown"), Component(id="c-2", type="VIDB", version="9.1")]
    system = System(version="9.1.0", available_versions=["next", "9.2"])
    fleet = FleetState(system, [Release(version="9.1"), Release(version="none")], components, [], [])
    upgrade, _durations, _followed = fleet.written(NOON)
    assert upgrade is not None
    assert [one["id"] for one in upgrade["components"]] == ["c-2"]
    assert upgrade["system"]["targets"] == ["9.2"]
    assert [one["version"] for one in upgrade["releases"]] == ["9.1"]
    Upgrade.model_validate(upgrade)

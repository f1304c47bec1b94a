# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a simulated task stands, without a server."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from ansible_collections.vcf.lifecycle.extensions.simulator.scenario import (
    Message,
    ScenarioError,
    State,
    Task,
    load,
    parse,
)
from ansible_collections.vcf.lifecycle.extensions.simulator.services import SERVICES
from ansible_collections.vcf.lifecycle.extensions.simulator.timeline import Event, Timeline, View, look

ERROR = {"code": "E-1", "message": "It broke."}


def a_task(**fields: Any) -> Task:
    stages = [{"name": name, "seconds": 10} for name in ("one", "two", "three")]
    return Task.model_validate({"name": "upgrade", "stages": stages, **fields})


def states(view: View) -> list[str]:
    return [child.state.value for child in view.children]


@pytest.mark.parametrize(
    ("now", "state", "stages"),
    [
        (0, "pending", ["pending", "pending", "pending"]),
        (5, "running", ["running", "pending", "pending"]),
        (15, "running", ["succeeded", "running", "pending"]),
        (34.9, "running", ["succeeded", "succeeded", "running"]),
        (35, "succeeded", ["succeeded", "succeeded", "succeeded"]),
    ],
)
def test_stages_run_one_after_the_other(now: float, state: str, stages: list[str]) -> None:
    view = look(a_task(pending=5), now)
    assert (view.state.value, states(view)) == (state, stages)


def test_it_is_the_same_view_until_something_changes_or_is_said() -> None:
    task = a_task()
    task.stages[1].messages = [Message(text="Half of it is done.", after=5)]
    timeline = Timeline(task)
    times = [0, 9, 10, 14, 15, 19, 20, 29, 30, 1000]
    views = [timeline.look(now) for now in times]
    assert views == [look(task, now) for now in times]
    assert [earlier is later for earlier, later in pairwise(views)] == [
        *(True, False),  # the first stage
        *(True, False, True, False),  # the second, and what it says
        *(True, False, True),  # the third, and the end
    ]
    # Who looks back sees what was.
    assert timeline.look(12) == views[2]


def test_times_are_those_of_what_happened() -> None:
    view = look(a_task(start=100), 115)
    assert (view.began, view.ended, view.changed) == (100, None, 110)
    assert [(child.began, child.ended) for child in view.children] == [(100, 110), (110, None), (None, None)]
    done = look(a_task(start=-100), 0)
    assert (done.began, done.ended, done.changed) == (-100, -70, -70)


def test_a_failed_stage_ends_the_run_and_a_retry_goes_on_from_it() -> None:
    task = a_task(attempts=[{"fail": "two", "error": ERROR}, {}])
    failed = look(task, 50)
    assert (failed.state, failed.ended, states(failed)) == (State.FAILED, 20, ["succeeded", "failed", "pending"])
    assert [failure.error.code for failure in failed.failures() if failure.error] == ["E-1"]
    log = (Event("retry", 50),)
    again = look(task, 55, log)
    assert (again.state, states(again)) == (State.RUNNING, ["succeeded", "running", "pending"])
    assert not again.failures()
    assert (look(task, 70, log).state, look(task, 70, log).ended) == (State.SUCCEEDED, 70)


def test_the_last_attempt_stands_for_all_later_ones() -> None:
    task = a_task(attempts=[{"fail": "one", "error": ERROR}])
    assert look(task, 100, (Event("retry", 10), Event("retry", 20))).state is State.FAILED


def test_after_a_cancel_the_running_stage_goes_on_to_its_end() -> None:
    log = (Event("cancel", 12),)
    assert look(a_task(), 15, log).state is State.RUNNING
    view = look(a_task(), 20, log)
    assert (view.state, view.ended, states(view)) == (State.CANCELED, 20, ["succeeded", "succeeded", "canceled"])


def test_a_cancel_in_the_last_stage_comes_too_late() -> None:
    assert look(a_task(), 30, (Event("cancel", 25),)).state is State.SUCCEEDED


def test_a_cancelled_task_whose_running_stage_fails_has_failed() -> None:
    task = a_task(attempts=[{"fail": "two", "error": ERROR}])
    assert look(task, 20, (Event("cancel", 12),)).state is State.FAILED


def test_a_task_that_waits_is_cancelled_at_once() -> None:
    view = look(a_task(pending=100), 7, (Event("cancel", 7),))
    assert (view.state, view.began, view.ended, states(view)) == (State.CANCELED, None, 7, ["canceled"] * 3)


def test_a_retry_may_be_cancelled() -> None:
    task = a_task(attempts=[{"fail": "one", "error": ERROR}, {}])
    view = look(task, 60, (Event("retry", 50), Event("cancel", 55)))
    assert (view.state, states(view)) == (State.CANCELED, ["succeeded", "canceled", "canceled"])


def test_to_give_up_is_to_cancel_what_failed() -> None:
    task = a_task(attempts=[{"fail": "two", "error": ERROR}])
    view = look(task, 60, (Event("give_up", 50),))
    assert (view.state, view.ended, states(view)) == (State.CANCELED, 50, ["succeeded", "failed", "canceled"])
    assert [failure.node.name for failure in view.failures()] == ["two"]


def test_a_cancel_may_be_ignored() -> None:
    log = (Event("cancel", 12),)
    assert look(a_task(ignores_cancel=True), 25, log).state is State.RUNNING
    assert look(a_task(ignores_cancel=True), 30, log).state is State.SUCCEEDED
    assert look(a_task(), 30, log).state is State.CANCELED


def test_a_task_is_blocked_while_what_runs_is() -> None:
    task = a_task(stages=[{"name": "one", "seconds": 10}, {"name": "two", "seconds": 10, "blocked": True}])
    assert [look(task, now).blocked for now in (5, 15, 20)] == [False, True, False]
    assert look(Task(name="t", seconds=10, blocked=True), 5).blocked


def test_leaves_are_what_runs_in_order() -> None:
    inner = [{"name": "a"}, {"name": "b"}]
    task = Task.model_validate({"name": "t", "stages": [{"name": "group", "stages": inner}, {"name": "c"}]})
    assert [leaf.node.name for leaf in look(task, 0).leaves()] == ["a", "b", "c"]
    assert [leaf.node.name for leaf in look(Task(name="alone"), 0).leaves()] == ["alone"]


def test_a_zombie_never_ends() -> None:
    view = look(a_task(zombie=True), 1e9, (Event("cancel", 25),))
    assert (view.state, view.ended, states(view)) == (State.RUNNING, None, ["succeeded", "succeeded", "running"])


def test_a_false_failure_has_only_stages_that_succeeded_and_repeats_the_last() -> None:
    task = a_task(attempts=[{"outcome": "failed", "error": ERROR}, {}])
    view = look(task, 30)
    assert (view.state, states(view)) == (State.FAILED, ["succeeded"] * 3)
    assert [failure.path for failure in view.failures()] == [()]
    log = (Event("retry", 40),)
    assert states(look(task, 45, log)) == ["succeeded", "succeeded", "running"]
    assert look(task, 50, log).state is State.SUCCEEDED


def test_a_task_without_stages_has_a_duration_and_an_outcome() -> None:
    task = Task(name="backup", seconds=10, outcome=State.WARNING)
    assert [look(task, now).state for now in (9, 10)] == [State.RUNNING, State.WARNING]
    assert look(Task(name="b", attempts=[{"fail": "b"}]), 1).state is State.FAILED  # type: ignore[list-item]


def test_what_is_nested_runs_in_order_and_is_as_its_parts_are() -> None:
    inner = [{"name": "a", "seconds": 10}, {"name": "b", "seconds": 10, "outcome": "skipped"}]
    task = Task.model_validate(
        {"name": "t", "stages": [{"name": "group", "stages": inner}, {"name": "c", "seconds": 5}]}
    )
    view = look(task, 15)
    assert (states(view), states(view.children[0])) == (["running", "pending"], ["succeeded", "running"])
    assert states(look(task, 20)) == ["succeeded", "running"]
    assert look(task, 20).children[0].ended == 20


@pytest.mark.parametrize(
    ("task", "where"),
    [
        ({"name": "t", "stages": [{"name": "s", "secnds": 1}]}, "tasks.0.stages.0.secnds"),
        ({"name": "t", "attempts": [{"fail": "nowhere"}]}, "there is no stage 'nowhere'"),
        ({"name": "t", "seconds": -1}, "tasks.0.seconds"),
    ],
)
def test_a_bad_scenario_is_refused_with_the_path_of_what_is_wrong(task: dict[str, Any], where: str) -> None:
    with pytest.raises(ScenarioError, match=where):
        parse({"services": {"fleet_lcm": {"tasks": [task]}}})


@pytest.mark.parametrize(
    ("name", "services"),
    [
        ("demo", {"fleet_lcm", "sddc_manager"}),
        ("tasks", {"fleet_lcm", "sddc_manager"}),
        ("rehearsal", {"fleet_lcm"}),
        ("everything", set(SERVICES)),
    ],
)
def test_the_scenarios_that_come_with_the_project_are_good(name: str, services: set[str]) -> None:
    assert set(load(f"tests/scenarios/{name}.yml").services) == services

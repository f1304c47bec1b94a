# SPDX-License-Identifier: GPL-3.0-or-later
"""What has happened to a task between two looks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.transitions import (
    Kind,
    Seen,
    Transition,
    in_order,
    transitions,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import Stage, State, Task
from tests.unit.data import a_task
from tests.unit.fakes import EPOCH


def at(minutes: float) -> Any:
    return EPOCH + timedelta(minutes=minutes)


def kinds(*looks: Task, stall_after: float = 0.0) -> list[list[str]]:
    """What each look tells; the looks are ten seconds apart."""
    seen: Seen | None = None
    told = []
    for number, task in enumerate(looks):
        seen, found = transitions(seen, task, number * 10.0, stall_after)
        told.append([transition.kind.value for transition in found])
    return told


def in_stage(name: str, **fields: Any) -> Task:
    return a_task(stages=[Stage(name=name, state=State.RUNNING)], **fields)


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        (State.SUCCEEDED, "succeeded"),
        (State.WARNING, "succeeded"),
        (State.SKIPPED, "succeeded"),
        (State.FAILED, "failed"),
        (State.CANCELED, "canceled"),
    ],
)
def test_a_run_starts_once_and_ends_once(state: State, kind: str) -> None:
    looks = [a_task(State.PENDING), a_task(), a_task(State.BLOCKED), a_task(), a_task(state), a_task(state)]
    assert kinds(*looks) == [[], ["started"], [], [], [kind], []]


@pytest.mark.parametrize("state", [State.SUCCEEDED, State.WARNING, State.FAILED])
def test_an_end_that_is_seen_first_has_begun(state: State) -> None:
    assert kinds(a_task(state))[0][0] == "started"
    assert kinds(a_task(State.SCHEDULED), a_task(state))[1][0] == "started"


@pytest.mark.parametrize(("state", "kind"), [(State.CANCELED, "canceled"), (State.SKIPPED, "succeeded")])
def test_what_only_waited_has_not_begun(state: State, kind: str) -> None:
    assert kinds(a_task(State.SCHEDULED), a_task(state)) == [[], [kind]]
    assert kinds(a_task(State.SCHEDULED), a_task(state, started_at=at(1))) == [[], ["started", kind]]


def test_a_change_of_stage_is_told_with_the_one_before() -> None:
    seen, _ = transitions(None, in_stage("prepare"), 0)
    seen, between = transitions(seen, a_task(), 10)
    seen, same = transitions(seen, in_stage("prepare"), 20)
    _, found = transitions(seen, in_stage("deploy"), 30)
    assert (between, same) == ([], [])
    assert [(each.kind, each.previous_stage, each.task.current_stage) for each in found] == [
        (Kind.STAGE_CHANGED, "prepare", "deploy")
    ]


def test_the_first_stage_is_a_change_only_after_the_start() -> None:
    assert kinds(a_task(State.PENDING), in_stage("prepare")) == [[], ["started"]]
    assert kinds(a_task(), in_stage("prepare")) == [["started"], ["stage_changed"]]


def test_an_unknown_status_says_nothing() -> None:
    strange = a_task(State.UNKNOWN)
    assert kinds(strange, strange, a_task(), strange, a_task()) == [[], [], ["started"], [], []]
    assert kinds(a_task(State.FAILED), strange, a_task(State.FAILED)) == [["started", "failed"], [], []]


def test_a_retry_is_another_run() -> None:
    failed = a_task(State.FAILED, ended_at=at(1))
    again = a_task(State.FAILED, ended_at=at(5))
    assert kinds(failed, a_task(State.PENDING), a_task(), again) == [
        ["started", "failed"],
        [],
        ["started"],
        ["failed"],
    ]


def test_a_run_between_two_looks_is_told() -> None:
    failed = a_task(State.FAILED, ended_at=at(1))
    assert kinds(failed, a_task(State.FAILED, ended_at=at(5))) == [["started", "failed"]] * 2
    assert kinds(failed, a_task(State.SUCCEEDED, ended_at=at(5)))[1] == ["started", "succeeded"]
    assert kinds(failed, a_task(State.FAILED)) == [["started", "failed"], []]


def begun(minutes: float, state: State = State.RUNNING, **fields: Any) -> Task:
    """A task whose stage has begun that many minutes after all began, and is in a state; the task began with it all."""
    deploy = Stage(name="deploy", state=state, started_at=at(minutes))
    outer = Stage(name="upgrade", state=State.RUNNING, started_at=at(0), stages=[deploy])
    return a_task(state, started_at=at(0), stages=[outer], **fields)


@pytest.mark.parametrize(
    ("now", "told"),
    [
        (begun(3), ["failed", "started"]),
        (begun(3, State.FAILED, ended_at=at(4)), ["failed", "started", "failed"]),
        (begun(3, State.SUCCEEDED, ended_at=at(4)), ["failed", "started", "succeeded"]),
        (a_task(started_at=at(3)), ["failed", "started"]),
        (a_task(subtasks=[begun(3)]), ["failed", "started"]),
    ],
)
def test_a_failure_that_was_retried_between_two_looks_is_told(now: Task, told: list[str]) -> None:
    before = a_task(subtasks=[begun(1)]) if now.subtasks else begun(1)
    assert kinds(before, now, now) == [["started"], told, []]


def test_a_failure_that_nobody_saw_says_so_and_when() -> None:
    seen, _ = transitions(None, begun(1), 0)
    _, found = transitions(seen, begun(3), 10)
    assert [(each.kind, each.is_inferred, each.happened_at) for each in found] == [
        (Kind.FAILED, True, at(3)),
        (Kind.STARTED, False, at(0)),
    ]
    assert [each.kind.value for each in in_order(found)] == ["failed", "started"]


@pytest.mark.parametrize(
    "now",
    [
        begun(1, progress_percent=5),
        # Not rounded to the second.
        begun(1 + 0.999 / 60),
        # Set back, like a clock.
        begun(0.5),
        # Another stage of the same name.
        a_task(started_at=at(0), stages=[Stage(name="upgrade"), begun(3).stages[0]]),
        # A stage that had not begun before.
        a_task(started_at=at(0), stages=[*begun(1).stages, Stage(name="verify", started_at=at(3))]),
        # One look shows the stages, and one does not.
        a_task(),
    ],
)
def test_what_goes_on_is_no_retry(now: Task) -> None:
    assert kinds(begun(1), now) == [["started"], []]


def test_a_look_that_shows_less_hides_no_retry() -> None:
    assert kinds(begun(1), a_task(State.PENDING), begun(3)) == [["started"], [], ["failed", "started"]]


def test_what_only_waited_has_not_failed_when_it_begins_later() -> None:
    assert kinds(a_task(State.SCHEDULED, started_at=at(1)), a_task(started_at=at(3))) == [[], ["started"]]


def test_a_failed_task_that_is_canceled_has_not_begun_again() -> None:
    assert kinds(a_task(State.FAILED, ended_at=at(1)), a_task(State.CANCELED, ended_at=at(2)))[1] == ["canceled"]


def test_a_list_that_lags_behind_is_no_retry() -> None:
    failed = a_task(State.FAILED, ended_at=at(5))
    assert kinds(failed, a_task(updated_at=at(4)), failed)[1:] == [[], []]
    assert kinds(failed, a_task(updated_at=at(6)))[1] == ["started"]


def test_a_stall_is_told_once_until_something_changes() -> None:
    looks = [a_task(), a_task(), a_task(), a_task(progress_percent=5), *[a_task(progress_percent=5)] * 3]
    told = kinds(*looks, stall_after=20)
    assert told == [["started"], [], ["stalled"], [], [], ["stalled"], []]
    assert "stalled" not in str(kinds(*looks))


def test_a_stall_says_for_how_long() -> None:
    seen, _ = transitions(None, a_task(), 100)
    _, found = transitions(seen, a_task(), 145, stall_after=30)
    assert [(each.kind, each.quiet_seconds) for each in found] == [(Kind.STALLED, 45)]


def test_what_is_scheduled_or_over_does_not_stall() -> None:
    for state in (State.SCHEDULED, State.FAILED):
        assert kinds(*[a_task(state)] * 5, stall_after=10)[1:] == [[]] * 4
    assert kinds(*[a_task(State.PENDING)] * 2, stall_after=10) == [[], ["stalled"]]


def test_what_has_ended_is_remembered_in_short() -> None:
    seen, found = transitions(None, a_task(State.FAILED, stages=[Stage(name="deploy", state=State.FAILED)]), 0)
    assert seen.task.stages == []
    assert found[1].task.stages


def test_tasks_are_told_in_the_order_of_their_times() -> None:
    early, late, undated = (a_task(task_id=task_id) for task_id in ("early", "late", "undated"))
    found = [
        Transition(Kind.STALLED, undated),
        Transition(Kind.STARTED, late, at(1)),
        Transition(Kind.FAILED, late, at(4)),
        Transition(Kind.STARTED, early, at(3)),
        # Its clock was set back.
        Transition(Kind.SUCCEEDED, early, at(0)),
    ]
    assert [(each.task.id, each.kind.value) for each in in_order(found)] == [
        ("late", "started"),
        ("early", "started"),
        ("early", "succeeded"),
        ("late", "failed"),
        ("undated", "stalled"),
    ]

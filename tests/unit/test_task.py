# SPDX-License-Identifier: GPL-3.0-or-later
"""What follows from a task's other fields."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from ansible_collections.vcf.lifecycle.plugins.module_utils.task import (
    Resource,
    Stage,
    State,
    Task,
    failed_stage,
)
from tests.unit.data import a_task

START = datetime(2026, 1, 1, tzinfo=timezone.utc)


def stages(*states: str) -> list[Stage]:
    return [Stage(name=f"s{number}", state=State(state)) for number, state in enumerate(states)]


@pytest.mark.parametrize(
    ("states", "percent"),
    [
        ([], None),
        (["PENDING"], 0),
        (["SUCCEEDED", "RUNNING", "PENDING"], 33),
        (["SUCCEEDED", "SKIPPED", "FAILED"], 100),
        (["UNKNOWN", "CANCELED"], 50),
    ],
)
def test_progress_is_the_share_of_ended_leaves(states: list[str], percent: int | None) -> None:
    assert a_task(stages=stages(*states)).progress_percent == percent


def test_progress_counts_innermost_stages_and_those_of_subtasks() -> None:
    outer = Stage(name="outer", state=State.RUNNING, stages=stages("SUCCEEDED", "RUNNING"))
    subtask = a_task(stages=stages("SUCCEEDED", "SUCCEEDED"))
    task = a_task(stages=[outer], subtasks=[subtask])
    assert (task.progress_percent, task.current_stage) == (75, "s1")


def test_the_services_own_figure_counts() -> None:
    assert a_task(stages=stages("PENDING"), progress_percent=40).progress_percent == 40
    assert a_task(stages=stages("SUCCEEDED"), progress_percent=0).progress_percent == 0


@pytest.mark.parametrize("state", ["RUNNING", "BLOCKED", "CANCELING"])
def test_the_current_stage_has_begun_and_not_ended(state: str) -> None:
    assert a_task(stages=stages("SUCCEEDED", "PENDING", state, "RUNNING")).current_stage == "s2"


def test_a_task_that_ended_has_no_current_stage() -> None:
    assert a_task(State.FAILED, stages=stages("RUNNING")).current_stage is None


@pytest.mark.parametrize(
    ("state", "created", "started", "ended", "seconds"),
    [
        (State.SUCCEEDED, None, 0, 90, 90.0),
        (State.SUCCEEDED, 0, None, 90, 90.0),
        (State.SUCCEEDED, 0, 60, 90, 30.0),
        (State.SUCCEEDED, None, 90, 0, 0.0),
        (State.SUCCEEDED, None, None, 90, None),
        (State.SUCCEEDED, 0, 0, None, None),
        (State.RUNNING, None, 0, 90, None),
        (State.UNKNOWN, None, 0, 90, None),
    ],
)
def test_duration(state: State, created: Any, started: Any, ended: Any, seconds: float | None) -> None:
    times = {"created_at": created, "started_at": started, "ended_at": ended}
    moments = {name: None if after is None else START + timedelta(seconds=after) for name, after in times.items()}
    assert a_task(state, **moments).duration_seconds == seconds


def test_failed_stage_is_a_path() -> None:
    inner = Stage(name="inner", state=State.FAILED)
    outer = Stage(name="outer", state=State.RUNNING, stages=[Stage(name="fine", state=State.SUCCEEDED), inner])
    assert failed_stage([outer], []) == "outer / inner"
    assert failed_stage(stages("SUCCEEDED", "FAILED", "FAILED"), []) == "s1"
    assert failed_stage(stages("SUCCEEDED"), []) is None
    assert failed_stage([], [a_task(State.FAILED, name="proxy", stages=[outer])]) == "proxy / outer / inner"
    assert failed_stage([], [a_task(State.FAILED, "id-1", name=None)]) == "id-1"


def test_resource_is_the_first_of_resources() -> None:
    first, second = Resource(id="1"), Resource(id="2")
    assert a_task(resources=[first, second]).resource == first
    assert a_task().resource is None


@pytest.mark.parametrize(
    ("fields", "label"),
    [
        ({"name": "n", "description": "d"}, "'n' (t1)"),
        ({"name": None, "description": "d"}, "'d' (t1)"),
        ({"name": None, "type": "UPGRADE"}, "'UPGRADE' (t1)"),
        ({"name": None}, "t1"),
    ],
)
def test_label(fields: dict[str, Any], label: str) -> None:
    assert a_task(**fields).label == label


def test_a_stage_has_a_label() -> None:
    assert [Stage(name="n", id="i").label, Stage(description="d").label, Stage(id="i").label, Stage().label] == [
        "n",
        "d",
        "i",
        "unnamed stage",
    ]


def test_the_result_is_plain_and_raw_only_where_asked_for() -> None:
    task = a_task(created_at=START)
    task.raw = {"id": "t1"}
    assert task.as_result()["created_at"] == "2026-01-01T00:00:00Z"
    assert "raw" not in task.as_result()
    assert task.as_result(raw=True)["raw"] == {"id": "t1"}


def test_a_field_that_is_not_in_the_model_is_our_mistake() -> None:
    with pytest.raises(TypeError):
        Task(id="t1", service="x", colour="red")  # type: ignore[call-arg]


@pytest.mark.parametrize("wrong", [{"id": 5}, {"created_at": "today"}, {"stages": [{"name": "s"}]}, {"done": "yes"}])
def test_a_value_of_a_wrong_type_does_not_go_unnoticed(wrong: dict[str, Any]) -> None:
    with pytest.warns(UserWarning, match="serialized value"):
        Task(**{"id": "t1", "service": "x", **wrong}).as_result()

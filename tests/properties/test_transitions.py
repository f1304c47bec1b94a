# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever a task does and whenever it is looked at: every run that was seen is told once, from start to end."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.transitions import (
    ENDS,
    Kind,
    Seen,
    Transition,
    in_order,
    transitions,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import Stage, State, Task
from tests.properties.profile import TRIED
from tests.unit.data import a_task
from tests.unit.fakes import EPOCH

_SECONDS = st.integers(1, 40)
ENDINGS = (Kind.SUCCEEDED, Kind.FAILED, Kind.CANCELED)
_LETTERS = {Kind.STARTED: "s", Kind.STAGE_CHANGED: "c", Kind.STALLED: "q"}


@dataclass(frozen=True)
class Run:
    """One go at a task: it waits, goes through stages, with their seconds, and ends."""

    waits: State
    waiting: int
    stages: tuple[tuple[str, int], ...]
    strange: bool
    end: State


RUNS = st.builds(
    Run,
    st.sampled_from([State.PENDING, State.SCHEDULED]),
    _SECONDS,
    st.lists(st.tuples(st.sampled_from(["a", "b", "c"]), _SECONDS), min_size=1, max_size=3).map(tuple),
    st.booleans(),
    st.sampled_from([State.SUCCEEDED, State.WARNING, State.SKIPPED, State.FAILED, State.CANCELED]),
)


@dataclass(frozen=True)
class Timeline:
    """What a task does in the course of time, in seconds; each run is a retry of the one before."""

    task_id: str
    runs: tuple[Run, ...]

    def at(self, second: int) -> tuple[int, Task]:
        """The number of its run, and how it looks then."""
        clock = 0
        found = (0, a_task(State.PENDING, self.task_id))
        for number, run in enumerate(self.runs):
            if second < clock:
                break
            found = number, self._look(run, clock, second)
            clock += run.waiting + sum(seconds for _name, seconds in run.stages) + 5
        return found

    def _look(self, run: Run, began: int, second: int) -> Task:
        clock = began + run.waiting
        stamps = {"updated_at": EPOCH + timedelta(seconds=second), "created_at": EPOCH}
        if second < clock:
            return a_task(run.waits, self.task_id, **stamps)
        stamps["started_at"] = EPOCH + timedelta(seconds=clock)
        for name, seconds in run.stages:
            if second < clock + seconds:
                state = State.UNKNOWN if run.strange and second % 3 == 0 else State.RUNNING
                return a_task(state, self.task_id, stages=[Stage(name=name, state=State.RUNNING)], **stamps)
            clock += seconds
        stamps["ended_at"] = stamps["updated_at"] = EPOCH + timedelta(seconds=clock)
        return a_task(run.end, self.task_id, **stamps)


TIMELINES = st.lists(st.lists(RUNS, min_size=1, max_size=4).map(tuple), min_size=1, max_size=4).map(
    lambda given: [Timeline(f"t{number}", runs) for number, runs in enumerate(given)]
)
LOOKS = st.lists(st.integers(0, 30), min_size=1, max_size=40)


def told(timelines: list[Timeline], pauses: list[int], stall_after: float = 0.0) -> list[list[Transition]]:
    """What each look at all of them tells."""
    seen: dict[str, Seen] = {}
    second, looks = 0, []
    for pause in pauses:
        second += pause
        found = []
        for timeline in timelines:
            task = timeline.at(second)[1]
            seen[task.id], happened = transitions(seen.get(task.id), task, second, stall_after)
            found += happened
        looks.append(in_order(found))
    return looks


@TRIED
@given(timelines=TIMELINES, pauses=LOOKS, stall_after=st.sampled_from([0.0, 20.0]))
def test_every_run_starts_once_and_ends_once(timelines: list[Timeline], pauses: list[int], stall_after: float) -> None:
    everything = list(chain.from_iterable(told(timelines, pauses, stall_after)))
    for timeline in timelines:
        kinds = [each.kind for each in everything if each.task.id == timeline.task_id]
        course = "".join(_LETTERS.get(kind, "e") for kind in kinds)
        assert re.fullmatch(r"q*(s[cq]*eq*)*(s[cq]*)?", course), course


@TRIED
@given(timelines=TIMELINES, pauses=LOOKS)
def test_what_was_seen_is_told_and_nothing_else(timelines: list[Timeline], pauses: list[int]) -> None:
    everything = list(chain.from_iterable(told(timelines, pauses)))
    seconds = [sum(pauses[: number + 1]) for number in range(len(pauses))]
    for timeline in timelines:
        looks = [timeline.at(second)[1] for second in seconds]
        ends = dict.fromkeys((task.state, task.ended_at) for task in looks if task.done)
        mine = [each for each in everything if each.task.id == timeline.task_id]
        shown = [each for each in mine if each.kind in ENDINGS and not each.is_inferred]
        assert [(each.task.state, each.task.ended_at) for each in shown] == list(ends)
        assert [each.kind for each in shown] == [ENDS.get(state, Kind.SUCCEEDED) for state, _ended_at in ends]


@TRIED
@given(timelines=TIMELINES, pauses=LOOKS)
def test_every_run_that_was_seen_is_told(timelines: list[Timeline], pauses: list[int]) -> None:
    everything = list(chain.from_iterable(told(timelines, pauses)))
    seconds = [sum(pauses[: number + 1]) for number in range(len(pauses))]
    for timeline in timelines:
        looks = [timeline.at(second) for second in seconds]
        begun = {number for number, task in looks if task.state is State.RUNNING or (task.done and task.started_at)}
        kinds = [each.kind for each in everything if each.task.id == timeline.task_id]
        assert kinds.count(Kind.STARTED) == len(begun)
        assert sum(kind in ENDINGS for kind in kinds) >= len(begun) - 1


@TRIED
@given(timelines=TIMELINES, pauses=LOOKS)
def test_what_was_told_last_is_how_the_task_is(timelines: list[Timeline], pauses: list[int]) -> None:
    for timeline in timelines:
        last, second = None, 0
        for pause, look in zip(pauses, told([timeline], pauses), strict=True):
            second += pause
            last = look[-1].kind if look else last
            task = timeline.at(second)[1]
            if task.done:
                assert last is ENDS.get(task.state, Kind.SUCCEEDED)
            elif task.state is State.RUNNING:
                assert last in (Kind.STARTED, Kind.STAGE_CHANGED)


@TRIED
@given(timelines=TIMELINES, pauses=LOOKS)
def test_stages_are_told_in_their_order(timelines: list[Timeline], pauses: list[int]) -> None:
    for timeline in timelines:
        stage = None
        for each in chain.from_iterable(told([timeline], pauses)):
            if each.kind is Kind.STAGE_CHANGED:
                assert each.previous_stage == stage
                assert each.task.current_stage != stage
            stage = each.task.current_stage


@TRIED
@given(timelines=TIMELINES, pauses=LOOKS)
def test_each_look_tells_in_the_order_of_the_times(timelines: list[Timeline], pauses: list[int]) -> None:
    for look in told(timelines, pauses):
        times = [each.happened_at for each in look if each.happened_at]
        assert times == sorted(times)

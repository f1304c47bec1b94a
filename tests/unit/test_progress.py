# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines that a wait prints while it works."""

from __future__ import annotations

import pytest

from ansible_collections.vcf.lifecycle.plugins.module_utils.clock import duration
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import Stage, State, Task
from ansible_collections.vcf.lifecycle.plugins.plugin_utils.progress import MOST_LINES, Progress, line
from tests.unit.data import a_task


class Paper:
    """Keeps what is printed."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def display(self, msg: str) -> None:
        self.lines.append(msg)


def printed(*secrets: str) -> tuple[Paper, Progress]:
    paper = Paper()
    return paper, Progress(paper, "fleet-1", secrets)


def many(count: int, state: State = State.RUNNING) -> list[Task]:
    return [a_task(state, f"{state.value.lower()}-{number}") for number in range(count)]


def test_one_task_has_one_line() -> None:
    paper, progress = printed()
    (task,) = many(1)
    progress.tasks_changed([task], [task], 90.0)
    assert paper.lines == [f"[fleet-1] {line(task, 90.0)}"]


def test_those_that_changed_have_a_line_each_and_the_others_one_together() -> None:
    paper, progress = printed()
    awaited = [*many(3), *many(40, State.PENDING), *many(2, State.SUCCEEDED)]
    awaited[0].estimated_remaining_seconds = 240
    progress.tasks_changed(awaited[:2], awaited, 90.0)
    assert len(paper.lines) == 3
    assert paper.lines[-1] == (
        "[fleet-1] 45 tasks: 40 PENDING, 3 RUNNING, 2 SUCCEEDED, 1m 30s elapsed, "
        "about 4m left for the longest (estimate)"
    )


def test_when_all_change_at_once_only_the_first_have_lines() -> None:
    paper, progress = printed()
    awaited = many(500)
    progress.tasks_changed(awaited, awaited, 1.0)
    assert len(paper.lines) == MOST_LINES + 1
    assert paper.lines[-1] == "[fleet-1] 500 tasks: 500 RUNNING, 1s elapsed"


def test_a_sign_of_life() -> None:
    paper, progress = printed()
    progress.still_waiting([*many(2), *many(1, State.SUCCEEDED)], 600.0)
    assert [text.endswith("(no change)") for text in paper.lines] == [True] * 3
    paper.lines.clear()
    progress.still_waiting(many(500), 600.0)
    assert paper.lines == ["[fleet-1] 500 tasks: 500 RUNNING, 10m elapsed (no change)"]


def test_a_line_says_where_the_task_is_and_that_an_estimate_is_one() -> None:
    stages = [Stage(name="a", state=State.SUCCEEDED), Stage(name="b", state=State.RUNNING)]
    task = a_task(State.RUNNING, stages=stages, estimated_remaining_seconds=61)
    assert line(task, 5.0).endswith("RUNNING, 1/2 stages, 50%, in b, 5s elapsed, about 1m 1s left (estimate)")


def test_a_status_that_is_not_known_is_shown() -> None:
    assert "UNKNOWN (the service says 'Zapping')" in line(a_task(State.UNKNOWN, status="Zapping"), 1.0)


def test_no_secret_and_no_line_break_is_printed() -> None:
    paper, progress = printed("a-long-secret")
    progress.notice("one\ntwo a-long-secret")
    assert paper.lines == ["[fleet-1] one two ********"]


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0s"), (59, "59s"), (60, "1m"), (200, "3m 20s"), (3600, "1h"), (4320, "1h 12m")]
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text

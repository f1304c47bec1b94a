# SPDX-License-Identifier: GPL-3.0-or-later
"""How often a wait looks, and what it expects."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from ansible_collections.vcf.lifecycle.plugins.module_utils.operations import estimate, pace
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import State, Task
from tests.unit.data import a_task

NOW = datetime(2026, 1, 1, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("quiet", "seconds"), [(0, 10), (60, 10), (100, 10), (200, 20), (599, 59.9), (600, 60), (100_000, 60)]
)
def test_the_interval_grows_with_the_quiet(quiet: float, seconds: float) -> None:
    assert pace.interval(10, 60, quiet, 0.0) == pytest.approx(seconds)


def test_the_interval_has_jitter() -> None:
    assert pace.interval(10, 60, 0, 0.0) == pytest.approx(10.0)
    assert pace.interval(10, 60, 0, 1.0) == pytest.approx(9.0)


def test_a_longest_interval_below_the_shortest_does_not_count() -> None:
    assert pace.interval(90, 60, 100_000, 0.0) == pytest.approx(90)


@pytest.mark.parametrize(
    ("pending", "pages", "reads"),
    [(1, None, False), (5, None, False), (6, None, True), (6, 6, True), (6, 7, False), (500, 7, True), (5, 1, False)],
)
def test_a_handful_is_read_one_by_one(pending: int, pages: int | None, reads: bool) -> None:
    assert pace.reads_list(pending, pages) is reads


@pytest.mark.parametrize(("took", "seconds"), [(0.0, 10.0), (3.0, 7.0), (5.0, 5.0), (8.0, 5.0), (60.0, 5.0)])
def test_rounds_begin_an_interval_apart_unless_they_take_long(took: float, seconds: float) -> None:
    assert pace.pause(10.0, took) == seconds


def ended(seconds: float | None, state: State = State.SUCCEEDED) -> Task:
    end = None if seconds is None else NOW + timedelta(seconds=seconds)
    return a_task(state, started_at=NOW, ended_at=end)


def test_the_usual_is_the_median_of_what_went_well() -> None:
    past = [
        ended(10),
        ended(30, State.WARNING),
        ended(1000),
        ended(5, State.FAILED),
        ended(5, State.SKIPPED),
        ended(None),
    ]
    assert estimate.usual_seconds(past) == 30.0
    assert estimate.usual_seconds([ended(5, State.FAILED)]) is None
    assert estimate.usual_seconds([]) is None


@pytest.mark.parametrize(("passed", "left"), [(0, 100), (40.4, 60), (100, None), (1000, None)])
def test_what_is_left(passed: float, left: int | None) -> None:
    now = NOW + timedelta(seconds=passed)
    assert estimate.remaining_seconds(a_task(started_at=NOW), 100.0, now) == left
    assert estimate.remaining_seconds(a_task(created_at=NOW), 100.0, now) == left


def test_nothing_is_known_of_the_rest() -> None:
    assert estimate.remaining_seconds(a_task(started_at=NOW), None, NOW) is None
    assert estimate.remaining_seconds(a_task(), 100.0, NOW) is None
    assert estimate.remaining_seconds(ended(5), 100.0, NOW) is None

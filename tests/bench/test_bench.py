# SPDX-License-Identifier: GPL-3.0-or-later
"""The bench measures what it says, in small."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.bench import calls, many, memory, normalising, rehearsal, soak
from tests.bench.figures import Figure, table


@pytest.mark.parametrize(
    ("figure", "target", "met"),
    [
        (Figure("x", 3.0), "", None),
        (Figure("x", 3.0, most=3), "<= 3", True),
        (Figure("x", 3.1, most=3), "<= 3", False),
        (Figure("x", 9.0, ratio=0.1, most=0.1), "<= 0.1", True),
        (Figure("x", 0.0, ratio=0.2, most=0.1), "<= 0.1", False),
        (Figure("x", 1.0, ratio=5.0, least=5), ">= 5", True),
        (Figure("x", 9.0, ratio=4.9, least=5), ">= 5", False),
        (Figure("x", float("nan"), most=3), "<= 3", False),
    ],
)
def test_a_target_is_compared_with_the_ratio_where_there_is_one(figure: Figure, target: str, met: bool | None) -> None:
    assert (figure.target, figure.met) == (target, met)


def test_the_table_says_what_was_not_met() -> None:
    lines = table([Figure("one", 1234.5, "ms"), Figure("two", 5, "MB", most=1), Figure("three", 2, "s", 0.5, most=1)])
    assert [line.split() for line in lines.splitlines()[1:]] == [
        ["one", "1,234.5", "ms"],
        ["two", "5", "MB", "<=", "1", "NOT", "MET"],
        ["three", "2", "s", "0.50", "<=", "1", "met"],
    ]


def test_calls_are_compared_with_uri() -> None:
    found = calls.figures_of({"uri": [0.2, 0.4, 0.3], "in process": [0.03], "shipped": [0.6]})
    assert [(round(figure.value), figure.met) for figure in found] == [(300, None), (30, True), (600, False)]


def test_headings_are_timed() -> None:
    watch = calls.Stopwatch()
    for printed in (b"PLAY\nTASK [a]\nTA", b"SK [b]\n", b"ok\nTASK [c]\nTASK [d]\n"):
        watch.see(printed)
    assert len(watch.headings) == 4
    assert len(watch.calls()) == 2


def test_growth_is_from_the_first_tenth_to_the_last() -> None:
    assert soak.growth_of([50.0, 90.0, 50.0, *[60.0] * 24, 53.0, 99.0, 53.0]) == 3.0
    assert soak.growth_of([50.0, 50.5]) == 0.5


# What the client's runtime does once, when it is imported.
@pytest.mark.filterwarnings("ignore:(read_binary|open_binary) is deprecated:DeprecationWarning")
def test_both_ways_make_the_same_of_a_page() -> None:
    contents = normalising.bodies(20, 10)
    own, other = normalising.ours(contents), normalising.theirs(contents)
    assert [task.id for task in own] == [task.id for task in other]
    assert len({task.id for task in own}) == 20
    for mine, yours in zip(own, other, strict=True):
        assert (mine.name, mine.status) == (yours.name, yours.status)
        assert [stage.status for stage in mine.stages] == [step.status for step in yours.sub_tasks]
        assert len(mine.stages) == 3
        assert [error.message for error in mine.errors] == [error.message for error in yours.errors]
    assert {task.state.value for task in own} == {"SUCCEEDED", "FAILED", "RUNNING"}


# See above.
@pytest.mark.filterwarnings("ignore:(read_binary|open_binary) is deprecated:DeprecationWarning")
def test_reading_tasks_is_much_less_work_than_with_broadcoms_client() -> None:
    """In calls of functions, which are as many on a busy machine as on one at rest."""
    contents = normalising.bodies(100, 10)
    own, other = (calls_in(way, contents) for way in (normalising.ours, normalising.theirs))
    assert own > 100
    assert other / own >= 3


def calls_in(way: normalising.Way, contents: list[bytes]) -> int:
    events = 0

    def count(_frame: object, _event: str, _argument: object) -> None:
        nonlocal events
        events += 1

    way(normalising.bodies(1, 1))  # What is loaded or cached at the first time is not counted.
    before = sys.getprofile()
    sys.setprofile(count)
    try:
        way(contents)
    finally:
        sys.setprofile(before)
    return events


@pytest.mark.parametrize("service", many.USERS)
def test_a_wait_for_many_tasks_is_watched(service: str) -> None:
    wait = many.wait_here(service, count=120, within=1.0)
    assert wait.latencies is not None
    assert len(wait.latencies) == 120
    assert min(wait.latencies) >= 0
    if service == "fleet_lcm":
        assert 1 <= wait.list_requests <= 12
        assert wait.details == 120
    else:  # One that is left alone may be read by itself, instead of two pages.
        assert 1 <= wait.list_requests + wait.details / wait.polls <= 12
    assert wait.connections <= 4


def test_memory_is_read_while_polling() -> None:
    sizes = soak.soak(300, every=50)
    assert len(sizes) == 6
    assert min(sizes) > 1


def test_memory_of_others_is_read_too() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        below = memory.tree(os.getpid())[1:]
        sizes = [memory.proportional(process) for process in below]
        assert child.pid in below
        child.communicate(b"\n")
    assert max(sizes) > 0
    assert memory.proportional(child.pid) == 0.0


def test_a_large_site_has_waves() -> None:
    services = rehearsal.scenario(8, 3)["endpoints"]
    parts = services["fleet"]["fleet_lcm"]["upgrade"]["components"]
    assert [part["depends_on"] for part in parts[:4]] == [[], [], ["TYPE000"], ["TYPE001"]]
    assert len(services["sddc"]["sddc_manager"]["upgrade"]["domains"]) == 3

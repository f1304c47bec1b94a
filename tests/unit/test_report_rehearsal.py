# SPDX-License-Identifier: GPL-3.0-or-later
"""What the report says of a rehearsal, and its pictures of the runs."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings

from ansible_collections.vcf.lifecycle.plugins.plugin_utils.report import report
from ansible_collections.vcf.lifecycle.plugins.plugin_utils.report_runs import pictures
from ansible_collections.vcf.lifecycle.plugins.plugin_utils.report_suites import suites
from tests.unit.report_facts import anything, run, step

WEAK = {"text": "It fails while fleet_lcm is away.", "runs": 1, "of": 2, "seeds": [4]}
WRONG = [{"rule": "claimed", "host": "fleet", "text": "Success was claimed without the version."}]
SMALL = {"steps": [], "runs": 1, "total": {"p50": 100, "p90": 200}}


def made(*runs: dict[str, Any], **more: Any) -> dict[str, Any]:
    return report({"rehearsal": {"forecast": {}, "runs": list(runs), **more}})


def drawn(*runs: dict[str, Any], **more: Any) -> dict[str, Any]:
    found = pictures(made(*runs, **more))
    assert found
    return found


def window(fits: bool = True, seconds: float = 150) -> dict[str, Any]:
    return {"host": "fleet", "label": "", "seconds": seconds, "fits_p50": True, "fits_p90": fits, "spare_p90": 0}


@given(anything)
@settings(max_examples=150, deadline=None)
def test_nothing_stops_it(value: Any) -> None:
    keys = ("forecast", "runs", "weak_points", "problems", "steps", "window", "wrong", "faults", "outcomes", "seconds")
    given_ = dict.fromkeys(keys, value)
    for rehearsal in (value, given_, {"runs": [given_, value]}, {"forecast": {"steps": [given_], "windows": [given_]}}):
        found = report({"rehearsal": rehearsal})
        json.dumps(found, allow_nan=False)
        suites(found)
        drawing = pictures(found)
        if drawing:
            for one in drawing["runs"]:
                for bar in one["bars"]:
                    assert 0 <= bar["x"] <= 100
                    assert 0 < bar["width"] <= 100.01 - bar["x"]


@pytest.mark.parametrize("nothing", [None, {}, "x", {"runs": [], "forecast": {}, "problems": []}])
def test_where_nothing_was_rehearsed_nothing_is_said(nothing: Any) -> None:
    found = report({"rehearsal": nothing})
    assert (found["rehearsal"], found["runs"], pictures(found), found["outcome"]) == (None, [], None, "unknown")


@pytest.mark.parametrize(
    ("more", "result", "wrong"),
    [
        ({}, "well", []),
        ({"status": 2}, "wrong", ["playbook_failed"]),
        ({"status": 2, "faults": ["A fault."]}, "failed", []),
        ({"status": 2, "faults": ["A fault."], "wrong": WRONG}, "wrong", ["claimed"]),
        ({"wrong": WRONG, "status": 2}, "wrong", ["claimed", "playbook_failed"]),
        # Who has judged it knows better.
        ({"left_running": ["fleet: a"]}, "well", []),
        ({"left_running": ["fleet: a"], "wrong": None}, "well", []),
    ],
)
def test_how_a_run_ended(more: dict[str, Any], result: str, wrong: list[str]) -> None:
    (found,) = made(run(1, **more))["runs"]
    assert (found["result"], [end["rule"] for end in found["wrong"]]) == (result, wrong)


def test_what_nobody_has_judged_may_leave_nothing() -> None:
    (found,) = made({"number": 1, "status": 0, "steps": [step(0, 80), step(0, None)], "left_running": ["fleet: a"]})[
        "runs"
    ]
    assert [end["text"] for end in found["wrong"]] == ["fleet: a goes on after the playbook has ended."]
    assert (found["seed"], found["replay"], found["seconds"]) == (None, None, 80)


def test_a_run_says_how_to_replay_it() -> None:
    found = made(run(1, chaos=True, wrong=WRONG), run(2, wrong=WRONG))["rehearsal"]["wrong_ends"]
    assert [(end["run"], end["replay"]) for end in found] == [
        (1, "-e chaos=1 -e seed=11"),
        (2, "-e runs=1 -e seed=12"),
    ]


@pytest.mark.parametrize(
    ("rehearsal", "outcome"),
    [
        ({"runs": [run(1)]}, "succeeded"),
        ({"runs": [run(1)], "forecast": {**SMALL, "windows": [window()]}}, "succeeded"),
        ({"runs": [run(1)], "forecast": {**SMALL, "windows": [window(fits=False)]}}, "succeeded_with_warnings"),
        ({"runs": [run(1)], "weak_points": [WEAK]}, "succeeded_with_warnings"),
        ({"runs": [run(1, status=2, faults=["A fault."])]}, "succeeded_with_warnings"),
        ({"runs": [run(1), run(2, wrong=WRONG)]}, "failed"),
        ({"runs": [run(1)], "problems": ["Something."]}, "failed"),
        ({"weak_points": [{}], "runs": None}, "succeeded_with_warnings"),
        ({"forecast": SMALL}, "unknown"),
    ],
)
def test_the_outcome_of_a_rehearsal(rehearsal: dict[str, Any], outcome: str) -> None:
    assert report({"rehearsal": rehearsal})["outcome"] == outcome
    assert report({"rehearsal": rehearsal, "outcome": "given"})["outcome"] == "given"


def test_a_rehearsal_has_no_secret() -> None:
    runs = [run(1, output="password=Hidden-1", faults=["of Hidden-known-1"])]
    found = report({"rehearsal": {"runs": runs}, "results": [{"adminPassword": "Hidden-known-1"}]})
    assert "Hidden" not in json.dumps(found)


def test_a_host_may_be_called_like_a_secret() -> None:
    host = {"outcomes": {"secrets01": "succeeded"}, "window": {"secrets01": {"closes": 90}}}
    (one,) = drawn(run(1, step(0, 50, "secrets01"), **host))["runs"]
    assert one["caption"]["outcome"] == "succeeded"
    assert "secrets01" in one["closings"][0]["title"]


def test_all_pictures_are_of_one_scale() -> None:
    found = drawn(run(1, step(0, 50), step(50, 100)), run(2, step(0, 200), seconds=200))
    assert [[(bar["x"], bar["width"]) for bar in one["bars"]] for one in found["runs"]] == [
        [(0, 100)],
        [(0, 25), (25, 25)],
    ]
    assert [(tick["x"], tick["label"]) for tick in found["ticks"]] == [(0, "0s"), (30, "1m"), (60, "2m"), (90, "3m")]


def test_what_goes_on_at_the_same_time_has_lanes_of_its_own() -> None:
    found = drawn(run(1, step(0, 50), step(10, 60), step(50, 90), step(0, 90, "other"), step(20, None)))
    (one,) = found["runs"]
    first, other = [[bar["y"] for bar in one["bars"] if name in bar["title"]] for name in ("fleet", "other")]
    assert (first[0], len(set(first))) == (first[-1], 3)
    assert min(other) > max(first)
    assert [label["host"] for label in found["labels"]] == ["fleet", "other"]
    assert found["plot_height"] > max(bar["y"] for bar in one["bars"]) + found["bar_height"]
    assert [(bar["x"] + bar["width"]) for bar in one["bars"] if bar["is_open"]] == [100]


def test_many_at_the_same_time_are_thin() -> None:
    assert drawn(run(1, *(step(0, 50) for _number in range(200))))["plot_height"] < 700
    assert drawn(run(1, step(0, 50)))["bar_height"] > 10


def test_a_window_ends_with_a_line() -> None:
    closing = {"window": {"fleet": {"opens": 0, "closes": 80}, "other": {"opens": 0, "closes": 80}}}
    found = drawn(run(1, **closing), run(2), forecast={**SMALL, "windows": [window(seconds=160)]})
    assert [[one["x"] for one in each["closings"]] for each in found["runs"]] == [[50], [100]]
    assert found["runs"][0]["closings"][0]["title"] == "The change window of fleet, other ends after 1m 20s."
    assert not found["is_window_beyond"]
    # One that is far away takes no room from the runs.
    found = drawn(run(1), forecast={**SMALL, "windows": [window(seconds=1000)]})
    assert (found["seconds"], found["runs"][0]["closings"], found["is_window_beyond"]) == (100, [], True)


def test_of_many_runs_those_that_ended_wrong_and_the_slowest_are_drawn() -> None:
    runs = [run(number, seconds=1000 - number, wrong=WRONG if number == 150 else []) for number in range(200)]
    found = drawn(*runs)
    assert [one["number"] for one in found["runs"]] == [150, *range(23)]
    assert found["left_out"] == 176
    large = [run(number, *(step(one, one + 1) for one in range(2000))) for number in range(5)]
    assert len(drawn(*large)["runs"]) == 2


def test_a_picture_is_told_in_words() -> None:
    words = {"faults": list("abcde"), "outcomes": {"v": "succeeded", "g": "failed_but_on_target"}}
    (one,) = drawn(run(7, step(0, 50), step(50, None), **words))["runs"]
    assert one["alternative"] == "Run 7, seed 17, 1m 40s: 1 SUCCEEDED, 1 RUNNING."
    assert one["caption"]["faults"] == ["a", "b", "c", "and 2 more"]
    assert one["caption"]["outcome"] == "succeeded: v; failed but on target: g"
    assert drawn(run(1, outcomes={"v": "paused", "g": "paused"}))["runs"][0]["caption"]["outcome"] == "paused"

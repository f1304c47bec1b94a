# SPDX-License-Identifier: GPL-3.0-or-later
"""What the report's files are made from: the geometry of the timeline, test suites, texts for Markdown."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings, strategies

from ansible_collections.vcf.lifecycle.plugins.plugin_utils.report import report
from ansible_collections.vcf.lifecycle.plugins.plugin_utils.report_markdown import markdown
from ansible_collections.vcf.lifecycle.plugins.plugin_utils.report_scale import NARROWEST
from ansible_collections.vcf.lifecycle.plugins.plugin_utils.report_suites import suites
from ansible_collections.vcf.lifecycle.plugins.plugin_utils.report_timeline import timeline
from tests.unit.report_facts import anything, at, error, stage, task

DASH = "\N{EN DASH}"


def drawn(*tasks: dict[str, Any], **facts: Any) -> dict[str, Any]:
    found = timeline(report({"results": list(tasks), **facts}))
    assert found
    return found


def in_ci(*tasks: dict[str, Any], **facts: Any) -> dict[str, Any]:
    return suites(report({"results": list(tasks), **facts}))


@given(anything)
@settings(max_examples=200, deadline=None)
def test_nothing_stops_the_views(value: Any) -> None:
    for facts in ({"results": value}, {"results": [task("t1", "FAILED", stage("s", stages=value))], "window": value}):
        made = report(facts)
        counted = suites(made)
        assert counted["tests"] == sum(len(suite["cases"]) for suite in counted["suites"])
        drawing = timeline(made)
        if drawing:
            for row in (*drawing["rows"], *drawing["ticks"]):
                assert 0 <= row["x"] <= 100
            for row in drawing["rows"]:
                assert NARROWEST <= row["width"] <= 100.01 - row["x"]


def test_no_time_no_timeline() -> None:
    assert timeline(report({})) is None
    assert timeline(report({"results": [task("t1", "PENDING", started_at=None)]})) is None


def test_bars_stand_where_their_times_are() -> None:
    bars = drawn(task("t1", "SUCCEEDED", stage("a", start=0, end=15), stage("b", start=15, end=30)))["rows"]
    assert [(bar["kind"], bar["x"], bar["width"]) for bar in bars] == [
        ("task", 0, 100),
        ("leaf", 0, 50),
        ("leaf", 50, 50),
    ]
    assert [bar["y"] for bar in bars] == sorted({bar["y"] for bar in bars})
    assert "from 2026-11-21 22:15:00 UTC, to 2026-11-21 22:30:00 UTC, 15m" in bars[2]["title"]


def test_every_leaf_has_a_bar_and_what_holds_others_is_a_group() -> None:
    nested = stage("outer", stages=[stage("x"), stage("y", "PENDING", None, None)])
    rows = drawn(task("t1", "SUCCEEDED", nested, subtasks=[task("sub", "SUCCEEDED", stage("z"))]))["rows"]
    assert [(row["kind"], row["depth"]) for row in rows] == [
        *(("task", 0), ("group", 1), ("leaf", 2), ("leaf", 2), ("group", 1), ("leaf", 2)),
    ]


def test_what_goes_on_is_drawn_to_the_last_event() -> None:
    rows = drawn(
        task("t1", "RUNNING", stage("a", start=0, end=10), stage("b", "RUNNING", 10, None), updated_at=at(20))
    )["rows"]
    assert [row["is_open"] for row in rows] == [True, False, True]
    assert (rows[2]["x"], rows[2]["width"]) == (50, 50)


def test_what_has_no_time_stands_behind_its_brother() -> None:
    rows = drawn(task("t1", "FAILED", stage("a", "FAILED", 0, 15), stage("b", "PENDING", None, None)))["rows"]
    assert (rows[2]["x"], rows[2]["width"], rows[2]["has_time"]) == (50, NARROWEST, False)


def test_an_earlier_attempt_is_marked_where_it_failed() -> None:
    failed = task("t1", "FAILED", stage("a", "FAILED", 0, 15))
    over = task("t1", "SUCCEEDED", stage("a", start=45, end=60), ended_at=at(60))
    rows = drawn(failed, over)["rows"]
    assert [len(row["marks"]) for row in rows] == [0, 1]
    assert (rows[1]["marks"][0]["x"], rows[1]["marks"][0]["width"]) == (0, 25)


@pytest.mark.parametrize(
    ("opens", "closes", "part"),
    [
        (at(-0.0), at(60), (0, 100)),
        (at(15), at(20), (50, 16.67)),
        (at(0), "2026-11-23T00:00:00Z", (0, 100)),
        ("2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z", None),
        (at(15), None, None),
    ],
)
def test_the_window_is_shown_as_far_as_there_is_room(opens: str, closes: str, part: Any) -> None:
    found = drawn(task(), window={"start": opens, "end": closes})["window"]
    assert (found and (found["x"], found["width"])) == part


@pytest.mark.parametrize(
    ("end", "labels"),
    [
        ("2026-11-21T22:00:04Z", ["22:00:00", "22:00:01", "22:00:02", "22:00:03", "22:00:04"]),
        (at(60), ["22:00", "22:15", "22:30", "22:45", "23:00"]),
        ("2026-11-23T22:00:00Z", ["11-22", "12:00", "11-23", "12:00"]),
        ("2026-11-25T22:00:00Z", ["2026-11-22", "2026-11-23", "2026-11-24", "2026-11-25"]),
    ],
)
def test_ticks_are_round_times(end: str, labels: list[str]) -> None:
    assert [tick["label"] for tick in drawn(task(ended_at=end))["ticks"]] == labels


@pytest.mark.parametrize(
    ("state", "result"),
    [
        ("SUCCEEDED", None),
        ("WARNING", None),
        ("FAILED", "failure"),
        ("SKIPPED", "skipped"),
        ("PENDING", "skipped"),
        ("CANCELED", "skipped"),
        ("RUNNING", "error"),
        ("UNKNOWN", "error"),
        ("of another world", "error"),
    ],
)
def test_states_as_results_of_test_cases(state: str, result: str | None) -> None:
    (suite,) = in_ci(task("t1", "SUCCEEDED", stage("a", state)))["suites"]
    assert [case["result"] for case in suite["cases"]] == [result]


def test_a_failure_says_what_to_do() -> None:
    known = error("no", code="C1", remediation="do", reference="R1")
    own = task("t1", "FAILED", stage("a", "FAILED", errors=[known]))
    by_path = task("t2", "FAILED", stage("a", "FAILED"), root_causes=[{**known, "where": "a"}])
    for suite in in_ci(own, by_path)["suites"]:
        (case,) = suite["cases"]
        assert (case["type"], case["message"], case["seconds"]) == ("C1", "no", 600)
        assert {"no", "code: C1", "remediation: do", "reference: R1"} <= set(case["text"].splitlines())


@pytest.mark.parametrize(
    ("state", "result"), [("FAILED", "failure"), ("CANCELED", "failure"), ("RUNNING", "error"), ("PENDING", "skipped")]
)
def test_a_task_whose_stages_do_not_tell_is_a_test_case(state: str, result: str) -> None:
    for stages in ([], [stage("fine")]):
        (suite,) = in_ci(task("t1", state, *stages))["suites"]
        assert [case["result"] for case in suite["cases"]] == [None] * len(stages) + [result]


def test_a_run_that_came_to_nothing_fails_its_suite() -> None:
    found = in_ci(failure={"failed": True, "msg": "The disk is full."})
    assert [(suite["name"], suite["failures"]) for suite in found["suites"]] == [("run", 1)]
    assert found["suites"][0]["cases"][0]["message"] == "The disk is full."


def test_findings_of_the_gate_are_test_cases() -> None:
    findings = [
        {"id": "E", "severity": "ERROR", "message": "e"},
        {"id": "W", "severity": "WARNING", "message": "w", "acknowledged": True},
        {"id": "I", "severity": "INFO", "message": "i"},
        {"id": "S", "severity": "SKIPPED", "message": "s"},
        {"id": "F", "severity": "FATAL", "message": "f"},
        {"id": "N", "message": "n"},
    ]
    (suite,) = in_ci(gate={"passed": False, "findings": findings})["suites"]
    failed = {case["name"]: case["result"] for case in suite["cases"]}
    assert failed == {"E": "failure", "W": None, "I": None, "S": None, "F": "failure", "N": "failure"}


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        (None, DASH),
        ("", DASH),
        ("9.1.0.0400", "9.1.0.0400"),
        ("a|b\n| c", r"a\|b \| c"),
        ("<b> & *x* _y_ `z` [l](u) # ~", r"\<b\> \& \*x\* \_y\_ \`z\` \[l\](u) \# \~"),
        ("1. one", r"1\. one"),
        ("- x", r"\- x"),
        ("---", r"\---"),
        ("a\\b", r"a\\b"),
    ],
)
def test_markdown_shows_texts_as_they_are(text: str | None, marked: str) -> None:
    assert markdown(text) == marked


@given(strategies.text(alphabet="ab |<>&*_`\\[]#\n\r\t1.-", min_size=1))
def test_markdown_has_no_markup_left(text: str) -> None:
    marked = markdown(text)
    plain, characters = "", iter(marked)
    for character in characters:
        if character == "\\":
            character = next(characters)
        else:
            assert character not in "|<>&*_`[]#\n\r"
        plain += character
    assert plain == (" ".join(text.split()) if text else DASH)

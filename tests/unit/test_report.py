# SPDX-License-Identifier: GPL-3.0-or-later
"""The report: everything that was seen is in it once, nothing stops it, and no secret gets through."""

from __future__ import annotations

import copy
import json
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings

from ansible_collections.vcf.lifecycle.plugins.plugin_utils.report import SCHEMA, report
from ansible_collections.vcf.lifecycle.plugins.plugin_utils.report_values import DEEPEST, moment, plain_json
from tests.unit.report_facts import anything, at, error, stage, task

KEYS = set(report({}))


@pytest.mark.parametrize("facts", [None, {}, "x", {"results": None, "failure": None, "gate": None, "window": None}])
def test_nothing_known_is_a_report_too(facts: Any) -> None:
    made = report(facts)
    assert made["schema"] == SCHEMA
    assert made["outcome"] == "unknown"
    assert (made["tasks"], made["root_causes"], made["gate"], made["window"]) == ([], [], None, None)


def test_outages_that_make_no_sense_add_up_to_a_number() -> None:
    made = report({"results": [{"outage_seconds": 1e308, "requests": number} for number in range(2)]})
    assert json.loads(json.dumps(made, allow_nan=False))["outages"]["seconds"] > 1e308


@given(anything)
@settings(max_examples=300, deadline=None)
def test_nothing_stops_it(value: Any) -> None:
    for facts in (value, {"results": value}, dict.fromkeys(("window", "gate", "verified", "failure"), value)):
        before = copy.deepcopy(facts)
        made = report(facts)
        assert set(made) == KEYS
        json.dumps(made, allow_nan=False).encode("utf-8")
        assert repr(facts) == repr(before)
        assert report(facts) == made


def test_a_report_of_itself_is_deep_enough() -> None:
    value: Any = stage("innermost")
    for _level in range(3 * DEEPEST):
        value = stage("outer", stages=[value])
    assert report({"results": [task("t1", "FAILED", value)]})["tasks"]


@pytest.mark.parametrize(
    "shape", [lambda t: t, lambda t: [t], lambda t: {"tasks": [t]}, lambda t: {"results": [{"tasks": [t]}]}]
)
def test_tasks_are_found_in_any_registered_variable(shape: Any) -> None:
    assert [found["id"] for found in report({"results": shape(task())})["tasks"]] == ["t1"]


def test_a_task_appears_once_as_it_was_last_seen() -> None:
    failed = task("t1", "FAILED", stage("install", "FAILED", 5, 20), root_causes=[error("no", reference="R1")])
    over = task("t1", "SUCCEEDED", stage("install", start=40, end=50), ended_at=at(50))
    for order in ([failed, over], [over, failed]):
        made = report({"results": [{"tasks": [one]} for one in order]})
        (found,) = made["tasks"]
        assert found["state"] == "SUCCEEDED"
        (attempt,) = found["earlier"]
        assert (attempt["state"], attempt["ended_at"]) == ("FAILED", at(30))
        assert [one["where"] for one in attempt["failed_stages"]] == ["install"]
        assert [cause["reference"] for cause in made["overcome"]] == ["R1"]
        assert made["root_causes"] == []
        assert made["outcome"] == "succeeded"


def test_the_same_sight_twice_is_no_earlier_attempt() -> None:
    (found,) = report({"results": [task("t1", "FAILED"), task("t1", "FAILED")]})["tasks"]
    assert found["earlier"] == []


def test_tasks_of_two_services_may_have_the_same_id() -> None:
    assert len(report({"results": [task(), task(service="sddc_lcm")]})["tasks"]) == 2


def test_tasks_stand_in_the_order_in_which_they_began() -> None:
    tasks = [task("late", started_at=at(9)), task("never", "PENDING", started_at=None), task("early")]
    assert [found["id"] for found in report({"results": tasks})["tasks"]] == ["early", "late", "never"]


def test_what_has_a_failure_inside_says_so_all_the_way() -> None:
    deep = stage("outer", "FAILED", stages=[stage("fine"), stage("bad", "FAILED")])
    (found,) = report({"results": [task("t1", "FAILED", deep, stage("fine"))]})["tasks"]
    assert [found["has_failure"], *(one["has_failure"] for one in found["stages"])] == [True, True, False]
    assert [one["has_failure"] for one in found["stages"][0]["stages"]] == [False, True]


def failed_result(kind: str | None, *tasks: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"failed": True, "tasks": list(tasks), "failure": {"kind": kind, "message": "It failed.", **more}}


@pytest.mark.parametrize(
    ("results", "outcome"),
    [
        ([task()], "succeeded"),
        ([task("t1", "WARNING")], "succeeded_with_warnings"),
        ([task("t1", "SKIPPED")], "succeeded"),
        ([task(), task("t2", "FAILED")], "failed"),
        ([task(), task("t2", "CANCELED")], "canceled"),
        ([task(), task("t2", "RUNNING")], "unfinished"),
        ([task(), task("t2", "NONSENSE")], "unfinished"),
        ([failed_result("timeout", task("t1", "RUNNING"))], "timeout"),
        ([failed_result("lost_contact", task("t1", "RUNNING"))], "lost_contact"),
        ([failed_result("timeout", task("t1", "RUNNING")), task()], "succeeded"),
        ([failed_result("authentication")], "failed"),
        ([{"failed": True, "msg": "The disk is full."}], "failed"),
        ([failed_result("task_failed", task("t1", "FAILED"))], "failed"),
        ([{"skipped": True}], "unknown"),
    ],
)
def test_the_outcome_is_the_worst_that_was_seen(results: Any, outcome: str) -> None:
    assert report({"results": results})["outcome"] == outcome


def test_a_gate_that_blocks_is_the_outcome() -> None:
    blocked = {"gate": {"passed": False}, "failure": {"failed": True, "msg": "The gate is closed."}}
    assert report(blocked)["outcome"] == "blocked"


def test_the_outcome_that_was_given_counts() -> None:
    assert report({"outcome": "paused", "results": [task()]})["outcome"] == "paused"


def test_root_causes_are_those_of_tasks_and_of_what_never_became_one() -> None:
    failed = task("t1", "FAILED", root_causes=[error("no", where="install")])
    results = [failed_result("task_failed", failed, task_id="t1"), failed_result("authentication", code="401")]
    made = report({"results": results})
    assert [(cause["task"], cause["where"], cause["kind"]) for cause in made["root_causes"]] == [
        ("upgrade-t1", "install", None),
        (None, None, "authentication"),
    ]
    assert [failure["kind"] for failure in made["failures"]] == ["task_failed", "authentication"]


def test_a_failed_task_that_gives_no_cause_leaves_the_word_to_the_failure() -> None:
    made = report({"results": [failed_result("task_failed", task("t1", "FAILED"), task_id="t1")]})
    assert [cause["kind"] for cause in made["root_causes"]] == ["task_failed"]


def test_outages_are_added_up_and_a_result_counts_once() -> None:
    wait = {"elapsed": 5, "polls": 2, "outages": 2, "outage_seconds": 3.5, "longest_outage_seconds": 2, "failed": True}
    other = {"elapsed": 6, "polls": 3, "outages": 1, "outage_seconds": 4, "longest_outage_seconds": 4}
    made = report({"results": [wait, other], "failure": {**wait, "attempts": 1}})
    assert made["outages"] == {"count": 3, "seconds": 7.5, "longest_seconds": 4}


def test_what_was_done_about_tasks_has_their_names() -> None:
    made = report({"results": [{"tasks": [task()], "retried": ["t1", "t1"]}, {"cancelled": ["t9"]}]})
    assert made["actions"] == [
        {"action": "retried", "task_id": "t1", "task": "upgrade-t1"},
        {"action": "cancelled", "task_id": "t9", "task": None},
    ]


def test_versions_are_compared_with_what_was_expected() -> None:
    facts = {
        "versions_before": {"a": "1", "b": "1"},
        "versions_after": {"b": "2"},
        "verified": {"a": {"expected": "2", "actual": "1"}, "b": {"expected": "2"}, "c": None},
    }
    assert [tuple(version.values()) for version in report(facts)["versions"]] == [
        ("a", "1", "1", "2", False),
        ("b", "1", "2", "2", True),
        ("c", None, None, None, None),
    ]


@pytest.mark.parametrize(
    ("start", "zone", "utc", "local"),
    [
        ("2026-11-22T01:00:00+01:00", None, "2026-11-22T00:00:00Z", "2026-11-22T01:00:00+01:00"),
        ("2026-11-22 01:00", "Europe/Vienna", "2026-11-22T00:00:00Z", "2026-11-22T01:00:00+01:00"),
        ("2026-06-22 01:00", "Europe/Vienna", "2026-06-21T23:00:00Z", "2026-06-22T01:00:00+02:00"),
        ("2026-11-22T00:00:00Z", "Nowhere/At all", "2026-11-22T00:00:00Z", "2026-11-22T00:00:00Z"),
        ("soon", None, None, "soon"),
        (
            datetime(2026, 11, 22, 1, tzinfo=timezone(timedelta(hours=1))),
            None,
            "2026-11-22T00:00:00Z",
            "2026-11-22T01:00:00+01:00",
        ),
    ],
)
def test_a_window_is_shown_in_utc_and_in_its_zone(start: Any, zone: str | None, utc: str | None, local: str) -> None:
    window = report({"window": {"start": start, "timezone": zone}})["window"]
    assert (window["start"], window["start_local"]) == (utc, local)


def test_acknowledgements_are_kept() -> None:
    gate = {
        "passed": True,
        "findings": [{"id": "W1", "severity": "WARNING", "message": "m", "acknowledged": True}, None],
        "acknowledgements": [{"id": "W.*", "reason": "r", "by": "b", "expires": date(2026, 12, 1)}],
    }
    made = report({"gate": gate})["gate"]
    assert made["acknowledgements"] == [{"id": "W.*", "reason": "r", "by": "b", "expires": "2026-12-01"}]
    assert [finding["acknowledged"] for finding in made["findings"]] == [True]


SECRET = "Hidden-value-1"


@pytest.mark.parametrize(
    "facts",
    [
        {"title": f"password={SECRET}"},
        {"results": [{"tasks": [task(name=f"with {SECRET}")], "invocation": {"module_args": {"password": SECRET}}}]},
        {"results": [{**task(), "raw": {"password": SECRET}}, stage(SECRET)]},
        {"results": [task("t1", "FAILED", stage(f"https://u:{SECRET}@host/"))]},
        {"results": [task(messages=[{"text": json.dumps({"newPassword": SECRET})}])]},
        {"failure": {"failed": True, "msg": f"Authorization: Bearer {SECRET}"}},
        {"gate": {"findings": [{"message": f"api_key: {SECRET}"}]}},
        {"versions_before": {"a": f"token={SECRET}"}},
    ],
)
def test_secrets_are_found_by_name_and_by_look(facts: Any) -> None:
    assert SECRET not in json.dumps(report(facts))


def test_secrets_are_found_by_knowing_them() -> None:
    facts = {"who": SECRET, "versions_before": {SECRET: "1"}, "results": [task(SECRET, "FAILED", stage(f"a {SECRET}"))]}
    made = report(facts, secrets=[f"{SECRET}\x00", None, 5])
    assert SECRET not in json.dumps(made)
    assert "a ********" in json.dumps(made)


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        ("a\x00\x1b[1m\u202eb\r\nc\ufffe", "a[1mb\nc"),
        ("half \ud83d", "half ?"),
        (float("nan"), None),
        ((1, {2}), [1, [2]]),
        ({1: object}, {"1": str(object)}),
    ],
)
def test_values_become_what_every_format_can_hold(value: Any, plain: Any) -> None:
    assert plain_json(value) == plain


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("2026-11-21T22:00:00Z", "2026-11-21T22:00:00+00:00"),
        ("2026-11-21T22:00:00.123456789+0100", "2026-11-21T21:00:00.123456+00:00"),
        ("2026-11-21 22:00+01", "2026-11-21T21:00:00+00:00"),
        ("2026-11-21T22:00.5", "2026-11-21T22:00:00.500000+00:00"),
        ("2026-11-21", "2026-11-21T00:00:00+00:00"),
        ("0001-01-01T00:00:00+14:00", None),
        ("2026-13-41", None),
        ("tomorrow", None),
        (5, None),
    ],
)
def test_times_are_read_in_every_spelling(written: Any, utc: str | None) -> None:
    found = moment(written)
    assert (found.isoformat() if found else None) == utc

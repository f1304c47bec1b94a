# SPDX-License-Identifier: GPL-3.0-or-later
"""extension_task: what is sent, what is refused before anything is sent, and what is not said twice."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest

from ansible_collections.vcf.lifecycle.plugins.module_utils.errors import NotAllowedFailure, OptionsFailure
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.extension import check, news_for, report_of
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.vcenter_extension import ExtensionTask
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import State, Task, new_task

NOTHING: dict[str, Any] = dict.fromkeys(
    ("state", "percent", "description", "error", "result", "start_time", "end_time")
)
BEGUN = datetime(2026, 11, 21, 2, 30, 15, 250000, tzinfo=timezone.utc)


def report(**options: Any) -> ExtensionTask:
    return report_of({**NOTHING, **options})


def task(state: State = State.RUNNING, progress: tuple[int, int] | None = None, **fields: Any) -> Task:
    """Return a task as vCenter's file makes it; progress is what is completed, and of how much."""
    if progress:
        completed, total = progress
        fields["progress_percent"] = 100 * completed // total
        fields["additional_details"] = {"progress": {"total": total, "completed": completed}}
    return new_task(id="t1", service="vcenter", state=state, status=state.value, stages=[], **fields)


def test_every_field_of_the_update_is_sent() -> None:
    # A task that has failed has everything but a result that is still to come; the document allows that as well.
    sent = report(
        state="FAILED",
        percent={"total": 8, "completed": 3},
        description="Backup",
        error="The disk is full",
        result={"archive": "a.tgz"},
        start_time="2026-11-21T03:30:15.250+01:00",
        end_time="2026-11-21T02:31:00",
    ).as_spec()
    assert sent == {
        "status": "FAILED",
        "percent_done": {
            "total": 8,
            "completed": 3,
            "message": {"id": "vcf.lifecycle.extension_task", "default_message": "3 of 8", "args": []},
        },
        "description": {"id": "vcf.lifecycle.extension_task", "default_message": "Backup", "args": []},
        "error": {
            "messages": [{"id": "vcf.lifecycle.extension_task", "default_message": "The disk is full", "args": []}]
        },
        "result": {"archive": "a.tgz"},
        "start_time": "2026-11-21T02:30:15.250Z",
        "end_time": "2026-11-21T02:31:00.000Z",
    }


def test_whole_structures_are_sent_as_they_are() -> None:
    message = {
        "id": "com.example.backup",
        "default_message": "Backup of sfo",
        "args": ["sfo"],
        "localized": "Sicherung von sfo",
        "params": [{"key": "site", "value": {"s": "sfo", "i": 1, "d": 1.5, "precision": 1, "format": "SHORT_DATE"}}],
    }
    error = {"error_type": "UNABLE_TO_ALLOCATE_RESOURCE", "messages": [message]}
    sent = report(state="FAILED", description=message, error=error).as_spec()
    assert (sent["description"], sent["error"]) == (message, error)


def test_what_is_not_given_is_left_as_it_is() -> None:
    assert report(state="RUNNING").as_spec() == {"status": "RUNNING"}


@pytest.mark.parametrize(
    ("options", "option"),
    [
        ({"state": "FAILED"}, "error"),
        ({"state": "RUNNING", "error": "x"}, "error"),
        ({"state": "PENDING", "start_time": "2026-11-21T02:30:00Z"}, "start_time"),
        ({"state": "RUNNING", "end_time": "2026-11-21T02:30:00Z"}, "end_time"),
        ({"state": "BLOCKED", "end_time": "2026-11-21T02:30:00Z"}, "end_time"),
        ({"state": "PENDING", "result": "x"}, "result"),
        ({"percent": {"total": 4, "completed": 5}}, "percent"),
        ({"percent": {"total": 4, "completed": -1}}, "percent"),
        ({"percent": {"total": 0, "completed": 0}}, "percent"),
        ({"description": 7}, "description"),
        ({"error": ["x"], "state": "FAILED"}, "error"),
        ({"start_time": "yesterday"}, "start_time"),
        ({"end_time": "1763762400"}, "end_time"),
    ],
)
def test_what_vcenter_would_refuse_is_refused_by_name(options: dict[str, Any], option: str) -> None:
    with pytest.raises(OptionsFailure, match=rf"^{option}\b"):
        check(report(**options), State(options["state"]) if "state" in options else None)


@pytest.mark.parametrize("state", ["RUNNING", "BLOCKED", "SUCCEEDED"])
def test_a_start_is_for_what_has_begun(state: str) -> None:
    check(report(state=state, start_time="2026-11-21T02:30:00Z", result="x"), State(state))


def test_what_is_known_is_not_said_again() -> None:
    known = task(description="Backup", progress=(2, 4), started_at=BEGUN, result="x")
    told = report(
        state="RUNNING",
        percent={"total": 4, "completed": 2},
        description="Backup",
        result="x",
        start_time="2026-11-21T02:30:15.250Z",
    )
    assert news_for(known, told).as_spec() == {}


def test_only_the_news_is_said() -> None:
    known = task(description="Backup", progress=(2, 4))
    told = report(state="RUNNING", percent={"total": 4, "completed": 3}, description="Backup")
    assert list(news_for(known, told).as_spec()) == ["percent_done"]


def test_a_small_step_of_a_long_way_is_news() -> None:
    told = report(percent={"total": 10_000, "completed": 5_001})
    assert news_for(task(progress=(5_000, 10_000)), told).as_spec()["percent_done"]["completed"] == 5_001


def test_a_failure_that_is_known_is_not_said_again() -> None:
    assert news_for(task(State.FAILED), report(state="FAILED", error="The disk is full")).as_spec() == {}


@pytest.mark.parametrize("state", [State.SUCCEEDED, State.FAILED])
def test_what_has_ended_does_not_go_on(state: State) -> None:
    with pytest.raises(NotAllowedFailure, match="has ended"):
        news_for(task(state), report(state="RUNNING"))


def test_progress_does_not_go_back() -> None:
    with pytest.raises(NotAllowedFailure, match="75%"):
        news_for(task(progress=(3, 4)), report(percent={"total": 4, "completed": 2}))

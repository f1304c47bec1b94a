# SPDX-License-Identifier: GPL-3.0-or-later
"""Watching tasks: what a look tells, and what does not end it."""

from __future__ import annotations

from datetime import timedelta
from itertools import chain
from typing import Any

import pytest

from ansible_collections.vcf.lifecycle.plugins.module_utils.errors import Failure
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.watch import ARGUMENT_SPEC, Event, Watch
from ansible_collections.vcf.lifecycle.plugins.module_utils.transport import Answer, Delivery, Fault
from tests.unit.fakes import EPOCH, FakeFleet, failed_task, fleet_task, not_found, page


class Watcher:
    """A watch over a scripted service, and what it has told."""

    def __init__(self, line: FakeFleet | None = None, **params: Any) -> None:
        self.line = line or FakeFleet()
        defaults = {name: option.get("default") for name, option in ARGUMENT_SPEC.items()}
        self.watch = Watch(self.line.service, {**defaults, **params}, self.line.context)
        self.events: list[Event] = []

    def look(self, after: float = 10.0) -> list[tuple[str, str | None]]:
        """Look once more; return what that told: transitions, and ids of tasks."""
        self.events = []
        self.watch.look(self.events.append)
        self.line.clock.seconds += after
        return [(event.transition.value, event.task.id if event.task else None) for event in self.events]


def ended(task_id: str, seconds: float, status: str = "SUCCEEDED", began: float = -1000.0) -> dict[str, Any]:
    times = {"createTime": began, "startTime": began, "updateTime": seconds, "endTime": seconds}
    stamps = {name: (EPOCH + timedelta(seconds=value)).isoformat() for name, value in times.items()}
    return fleet_task(task_id, status, **stamps)


def test_what_was_there_before_is_not_told() -> None:
    watcher = Watcher()
    watcher.line.tasks = {"over": [ended("over", -60)], "going": [fleet_task("going")]}
    assert watcher.look() == []
    # Only what goes on is read whole.
    assert watcher.line.sent("GET") == ["GET tasks", "GET going"]


def test_what_happens_is_told_once() -> None:
    watcher = Watcher()
    watcher.line.tasks["t1"] = [lambda seconds: fleet_task() if seconds < 15 else failed_task()]
    assert [watcher.look(), watcher.look(), watcher.look(), watcher.look()] == [[], [], [("failed", "t1")], []]
    watcher.line.tasks["t2"] = [fleet_task("t2")]
    assert [watcher.look(), watcher.look()] == [[("started", "t2")], []]


def test_an_event_has_the_task_whole_and_a_sentence() -> None:
    watcher = Watcher()
    watcher.line.tasks["t1"] = [fleet_task()]
    watcher.look()
    watcher.line.tasks["t1"] = [failed_task()]
    watcher.look()
    shown = watcher.events[0].as_result()
    assert shown["task"] == watcher.line.service.task_of(failed_task()).as_result()
    assert shown["task"]["root_causes"][0]["code"] == "LCM_DNS_ERROR"
    assert "failed in deploy: The name does not resolve" in shown["message"]
    assert {name: shown[name] for name in ("transition", "service", "hostname", "seen_at", "reason")} == {
        "transition": "failed",
        "service": "fleet_lcm",
        "hostname": "fleet.example.com",
        "seen_at": "2026-11-21T22:00:10Z",
        "reason": None,
    }


def test_a_stage_is_told_though_the_list_shows_none() -> None:
    def stages(seconds: float) -> dict[str, Any]:
        name = "prepare" if seconds < 5 else "deploy"
        return fleet_task(stages=[{"name": name, "status": "RUNNING"}])

    watcher = Watcher()
    watcher.line.tasks["t1"] = [stages]
    assert [watcher.look(), watcher.look()] == [[], [("stage_changed", "t1")]]
    assert watcher.events[0].previous_stage == "prepare"


def test_a_failure_between_two_looks_is_told_with_the_task_as_it_is() -> None:
    def run(seconds: float) -> dict[str, Any]:
        began = (EPOCH + timedelta(seconds=0 if seconds < 5 else 8)).isoformat()
        return fleet_task(stages=[{"name": "deploy", "status": "RUNNING", "startTime": began}])

    watcher = Watcher()
    watcher.line.tasks["t1"] = [run]
    assert [watcher.look(), watcher.look()] == [[], [("failed", "t1"), ("started", "t1")]]
    failed, started = watcher.events
    assert failed.message == (
        "Task 'upgrade t1' (t1) of fleet_lcm failed, and was retried before anybody looked; it is now RUNNING at 0% in "
        "stage deploy."
    )
    assert failed.task == started.task
    assert failed.task is not None
    assert not failed.task.done


def test_it_catches_up_from_a_time_on() -> None:
    watcher = Watcher(since="2026-11-21T21:00:00Z")
    watcher.line.tasks = {
        "long ago": [ended("long ago", -7200)],
        "late": [ended("late", -60, "FAILED", began=-500)],
        "early": [ended("early", -600, began=-900)],
        "old": [fleet_task("old", startTime="2026-11-21T20:00:00Z")],
        "new": [fleet_task("new", startTime="2026-11-21T21:59:30Z")],
    }
    assert watcher.look() == [
        ("started", "early"),
        ("succeeded", "early"),
        ("started", "late"),
        ("failed", "late"),
        ("started", "new"),
    ]
    assert watcher.look() == []


def test_a_task_that_turns_up_late_and_ended_before_is_no_news() -> None:
    watcher = Watcher()
    watcher.line.tasks = {"over": [ended("over", -60)]}
    watcher.look()
    watcher.line.tasks |= {"hidden": [ended("hidden", -120, "FAILED")], "short": [ended("short", 5, began=3)]}
    assert watcher.look() == [("started", "short"), ("succeeded", "short")]


def test_a_task_that_the_list_does_not_show_is_read_by_itself() -> None:
    watcher = Watcher()
    watcher.line.tasks["t1"] = [fleet_task()]
    watcher.look()
    watcher.line.list = [page()]
    watcher.line.tasks["t1"] = [failed_task()]
    assert watcher.look() == [("failed", "t1")]


def test_a_task_that_was_purged_is_asked_for_once() -> None:
    watcher = Watcher()
    watcher.line.tasks["t1"] = [fleet_task()]
    watcher.look()
    watcher.line.list, watcher.line.tasks = [page()], {}
    assert [watcher.look(), watcher.look(), watcher.look()] == [[], [], []]
    assert watcher.line.sent("GET").count("GET t1") == 2


def test_tasks_given_by_id_are_read_and_need_not_be_there_yet() -> None:
    watcher = Watcher(task_ids=["t1", "later"])
    watcher.line.tasks["t1"] = [fleet_task()]
    assert watcher.look() == []
    watcher.line.tasks["later"] = [fleet_task("later")]
    assert watcher.look() == [("started", "later")]
    assert "GET tasks" not in watcher.line.sent()


def test_a_stall_says_what_else_goes_on() -> None:
    watcher = Watcher(stall_after=15.0)
    watcher.line.tasks = {"t1": [fleet_task()], "t2": [lambda seconds: fleet_task("t2", name=f"at {seconds}")]}
    told = [watcher.look(), watcher.look(), watcher.look()]
    assert told == [[], [], [("stalled", "t1")]]
    assert watcher.events[0].quiet_seconds == 20
    assert "Also going on there: 'at 20.0' (t2) RUNNING." in watcher.events[0].message


def test_an_outage_is_told_and_nothing_is_lost_in_it() -> None:
    watcher = Watcher()
    watcher.line.tasks["t1"] = [lambda seconds: fleet_task() if seconds < 20 else failed_task()]
    watcher.line.away = [(10.0, 60.0)]
    assert watcher.look() == []
    assert watcher.look() == [("outage_began", None), ("outage_ended", None), ("failed", "t1")]
    assert watcher.events[0].reason == "connection refused"
    assert 50 <= (watcher.events[1].outage_seconds or 0) < 70


def test_an_outage_that_is_too_long_ends_nothing() -> None:
    line = FakeFleet(max_outage=30.0)
    watcher = Watcher(line)
    line.tasks["t1"] = [lambda seconds: fleet_task() if seconds < 20 else failed_task()]
    line.away = [(10.0, 200.0)]
    told = list(chain.from_iterable(watcher.look() for _ in range(30)))
    assert told == [("outage_began", None), ("outage_ended", None), ("failed", "t1")]
    # Once, and not at every look.
    assert [warning.split(" for ")[0] for warning in line.context.warnings] == [
        "Lost contact with fleet_lcm at fleet.example.com"
    ]
    assert "goes on being watched" in line.context.warnings[0]


def test_an_outage_in_the_beginning_ends_nothing() -> None:
    line = FakeFleet(max_outage=30.0)
    watcher = Watcher(line)
    line.tasks["t1"] = [fleet_task()]
    line.away = [(0.0, 100.0)]
    told = list(chain.from_iterable(watcher.look() for _ in range(20)))
    assert told == [("outage_began", None), ("outage_ended", None)]


@pytest.mark.parametrize("list_of_tasks", [Answer(400, {}, {"message": "no"}), Answer(422, {}, {"message": "no"})])
def test_an_answer_that_makes_no_sense_is_an_outage(list_of_tasks: Answer) -> None:
    watcher = Watcher()
    watcher.line.tasks["t1"] = [fleet_task()]
    watcher.look()
    usual = watcher.line.list
    watcher.line.list = [list_of_tasks]
    assert [watcher.look(), watcher.look()] == [[("outage_began", None)], []]
    watcher.line.list = usual
    assert [watcher.look(), watcher.look()] == [[("outage_ended", None)], []]


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Answer(400, {}, {"message": "no"}), "invalid_response"),
        (Answer(403, {}, {"message": "no"}), "authorization"),
        (not_found(), "invalid_response"),
        (Fault("the name does not resolve", delivery=Delivery.NONE, first_kind="unreachable"), "unreachable"),
    ],
)
def test_what_was_wrong_from_the_beginning_fails(reply: Any, kind: str) -> None:
    watcher = Watcher()
    watcher.line.list = [reply]
    with pytest.raises(Failure) as caught:
        watcher.look()
    assert caught.value.kind == kind


def test_a_rejected_login_fails_and_is_not_repeated() -> None:
    watcher = Watcher()
    watcher.line.login = [Answer(401, {}, {"message": "wrong"})]
    with pytest.raises(Failure) as caught:
        watcher.look()
    assert (caught.value.kind, len(watcher.line.logins)) == ("authentication", 1)


def test_it_logs_in_again() -> None:
    watcher = Watcher()
    watcher.line.tasks["t1"] = [fleet_task()]
    watcher.look()
    watcher.line.list.insert(0, Answer(401, {}, {"message": "expired"}))
    assert watcher.look() == []
    assert len(watcher.line.logins) == 2


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"since": "yesterday"}, "since 'yesterday' is not an ISO 8601 time"),
        ({"since": "2026-11-21T22:00:00"}, "since '2026-11-21T22:00:00' needs a time zone"),
        ({"poll_interval": 0.0}, "poll_interval 0.0 is not a number of seconds above zero"),
        ({"stall_after": -1.0}, "stall_after -1.0 is not a number of seconds from zero"),
        ({"task_ids": ["t1"], "name": "x"}, "Select by task_ids or by filters"),
    ],
)
def test_wrong_options_are_named(params: dict[str, Any], said: str) -> None:
    with pytest.raises(Failure) as caught:
        Watcher(**params)
    assert caught.value.kind == "options"
    assert said in caught.value.message

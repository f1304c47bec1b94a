# SPDX-License-Identifier: GPL-3.0-or-later
"""task_wait over a scripted service and a clock that jumps."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from ansible_collections.vcf.lifecycle.plugins.module_utils.errors import InvalidResponseFailure
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.wait import run
from ansible_collections.vcf.lifecycle.plugins.module_utils.options import Selection
from ansible_collections.vcf.lifecycle.plugins.module_utils.transport import Answer, Delivery, Fault, Request
from tests.unit.fakes import FakeFleet, failed_task, fleet_task, not_found, page, refusal


def fleet(*replies: Any, **options: Any) -> FakeFleet:
    """A service with one task, t1, that answers so."""
    made = FakeFleet(**{"max_outage": 1800.0, **options})
    made.tasks["t1"] = list(replies)
    return made


def ends_at(seconds: float, task_id: str = "t1", **fields: Any) -> Callable[[float], dict[str, Any]]:
    """A task that succeeds at that time."""

    def reply(now: float) -> dict[str, Any]:
        return fleet_task(task_id, "SUCCEEDED" if now >= seconds else "RUNNING", **fields)

    return reply


ONE = {"task_ids": ["t1"]}


# Ends -----------------------------------------------------------------------------------------------------------------


def test_to_success() -> None:
    line = fleet(fleet_task(status="PENDING"), fleet_task(), ends_at(0))
    result = line.run(run, **ONE)
    assert (result["states"], result["changed"], result["polls"]) == ({"t1": "SUCCEEDED"}, False, 3)
    assert result["tasks"][0]["done"]
    assert (result["timed_out"], result["lost_contact"], result["outages"]) == (False, False, 0)
    # A login and three looks, about ten seconds apart.
    assert result["requests"] == len(line.transport.requests) == 4
    assert 18 <= result["elapsed"] <= 22
    assert [heard for heard in line.listener.heard if heard[0] == "changed"] == [
        ("changed", ["t1"], 1),
        ("changed", ["t1"], 1),
        ("changed", ["t1"], 0),
    ]


def test_a_task_that_has_ended_takes_one_look() -> None:
    line = fleet(ends_at(0))
    assert line.run(run, **ONE)["polls"] == 1
    assert line.clock.sleeps == []


def test_a_failed_task() -> None:
    failure = fleet(fleet_task(), failed_task()).fail(run, **ONE)
    twin = failure.as_failure()
    assert (twin["kind"], twin["task_id"], twin["code"]) == ("task_failed", "t1", "LCM_DNS_ERROR")
    assert (twin["remediation"], twin["reference"]) == ("Check the DNS records.", "REF123")
    assert failure.as_sentence() == (
        "Task 'upgrade t1' (t1) of fleet_lcm failed in deploy: The name does not resolve [LCM_DNS_ERROR]. "
        "Remediation: Check the DNS records. Reference: REF123."
    )
    assert failure.result["states"] == {"t1": "FAILED"}
    assert failure.result["tasks"][0]["root_causes"][0]["where"] == "deploy"


def test_a_canceled_task() -> None:
    failure = fleet(fleet_task(status="CANCELED")).fail(run, **ONE)
    assert failure.kind == "task_canceled"
    assert fleet(fleet_task(status="CANCELED")).run(run, **ONE, accept_states=["CANCELED"])["changed"] is False


def test_an_unknown_status_is_waited_on_and_warned_of_once() -> None:
    line = fleet(*[fleet_task(status="PONDERING")] * 3, ends_at(0))
    assert line.run(run, **ONE)["states"] == {"t1": "SUCCEEDED"}
    assert len(line.context.warnings) == 1
    assert "'PONDERING'" in line.context.warnings[0]


def test_an_unknown_status_that_stays_is_a_timeout() -> None:
    failure = fleet(fleet_task(status="DONE")).fail(run, **ONE, timeout=100.0)
    assert failure.kind == "timeout"
    assert "'DONE'" in failure.message


# Tasks that are not known ---------------------------------------------------------------------------------------------


def test_a_task_that_was_just_created() -> None:
    line = fleet(not_found(), not_found(), ends_at(0))
    assert line.run(run, **ONE)["states"] == {"t1": "SUCCEEDED"}
    assert line.clock.seconds <= 2


def test_a_task_that_never_was() -> None:
    line = fleet(not_found())
    failure = line.fail(run, **ONE)
    assert (failure.kind, failure.task_id, failure.http_status) == ("not_found", "t1", 404)
    assert "another service" in failure.message
    assert 5 <= line.clock.seconds <= 6


def test_a_task_that_was_purged() -> None:
    line = fleet(fleet_task(), not_found())
    failure = line.fail(run, **ONE)
    assert failure.kind == "not_found"
    assert "purged" in failure.message
    # How it was last seen is not lost.
    assert failure.result["states"] == {"t1": "RUNNING"}
    assert line.clock.seconds < 20


def test_a_404_of_a_task_that_was_seen_is_the_services_own_word_only_if_the_list_answers() -> None:
    line = fleet(fleet_task(), not_found())
    assert line.fail(run, **ONE).kind == "not_found"
    assert "GET tasks" in line.sent()
    line = fleet(fleet_task(), lambda now: not_found(), max_outage=100.0)
    line.list = [Answer(503)]
    failure = line.fail(run, **ONE, progress=False)
    assert (failure.kind, failure.result["states"]) == ("lost_contact", {"t1": "RUNNING"})


def test_a_task_that_is_there_again_once_the_list_answers() -> None:
    line = fleet(
        lambda now: not_found() if 5 < now < 300 else fleet_task(status="RUNNING" if now < 600 else "SUCCEEDED")
    )
    line.list = [lambda now: Answer(503) if now < 300 else page()]
    assert line.run(run, **ONE)["states"] == {"t1": "SUCCEEDED"}


def test_a_task_that_was_away_for_a_moment() -> None:
    line = fleet(fleet_task(), not_found(), ends_at(0))
    assert line.run(run, **ONE)["states"] == {"t1": "SUCCEEDED"}


# Time -----------------------------------------------------------------------------------------------------------------


def test_time_runs_out() -> None:
    line = fleet(fleet_task())
    failure = line.fail(run, **ONE, timeout=100.0)
    assert (failure.kind, failure.task_id) == ("timeout", "t1")
    assert "It has not failed." in failure.message
    assert (failure.result["timed_out"], failure.result["elapsed"]) == (True, 100.0)
    assert failure.result["tasks"][0]["state"] == "RUNNING"
    # The last look is made when time is up.
    assert line.transport.times[-1] == 100.0


def test_a_task_that_ends_in_the_last_moment_has_ended() -> None:
    assert fleet(ends_at(100)).run(run, **ONE, timeout=100.0)["states"] == {"t1": "SUCCEEDED"}


def test_going_on_when_time_runs_out() -> None:
    result = fleet(fleet_task()).run(run, **ONE, timeout=100.0, on_timeout="continue")
    assert (result["timed_out"], result["states"]) == (True, {"t1": "RUNNING"})


def test_the_deadline_counts_where_it_is_earlier() -> None:
    line = fleet(fleet_task())
    assert line.fail(run, **ONE, timeout=3600.0, deadline="2026-11-21T23:01:00+01:00").kind == "timeout"
    assert line.clock.seconds == 60.0


def test_a_deadline_in_the_past_leaves_one_look() -> None:
    line = fleet(fleet_task())
    assert line.fail(run, **ONE, deadline="2026-11-21T21:00:00Z").kind == "timeout"
    assert (line.sent(), line.clock.seconds) == (["GET t1"], 0.0)


def test_cancelling_when_time_runs_out() -> None:
    line = fleet(lambda now: fleet_task(status="RUNNING" if now < 100 else "CANCELED", cancellable=True))
    failure = line.fail(run, **ONE, timeout=50.0, on_timeout="cancel")
    assert failure.kind == "timeout"
    assert "was canceled" in failure.message
    assert (failure.result["cancelled"], failure.result["changed"]) == (["t1"], True)
    assert (failure.result["timed_out"], failure.result["states"]) == (True, {"t1": "CANCELED"})
    assert line.writes == ["POST t1 cancel"]


def test_cancelling_what_any_end_was_awaited_of_is_no_success() -> None:
    line = fleet(lambda now: fleet_task(status="RUNNING" if now < 100 else "CANCELED", cancellable=True))
    failure = line.fail(run, **ONE, timeout=50.0, on_timeout="cancel", wait_for="any")
    assert (failure.kind, failure.result["cancelled"]) == ("timeout", ["t1"])
    assert "was canceled" in failure.message


def test_cancelling_reads_each_task_first() -> None:
    line = fleet(fleet_task(cancellable=True))
    line.tasks["t2"] = [fleet_task("t2", cancellable=True)]
    line.fail(run, task_ids=["t1", "t2"], timeout=50.0, on_timeout="cancel")
    begin = line.sent().index("POST t1 cancel")
    assert line.sent()[begin - 2 : begin + 2] == ["GET t1", "GET t2", "POST t1 cancel", "POST t2 cancel"]
    looks = [seconds for request, seconds in zip(line.transport.requests, line.transport.times, strict=True)
             if request.url.endswith("/t1")]  # fmt: skip
    assert looks.count(50.0) >= 2


def test_a_task_that_ended_in_an_outage_is_not_cancelled() -> None:
    line = fleet(ends_at(40, cancellable=True))
    line.away = [(15.0, 60.0)]
    result = line.run(run, **ONE, timeout=50.0, on_timeout="cancel")
    assert (result["finished_first"], result["states"], line.writes) == (["t1"], {"t1": "SUCCEEDED"}, [])
    assert (result["changed"], result["timed_out"]) == (False, True)


def test_time_that_runs_out_while_cancelling_keeps_what_was_sent() -> None:
    line = fleet(fleet_task(cancellable=True))
    line.write = [lambda now: line.away.append((now + 1, 10_000.0)) or None]
    failure = line.fail(run, **ONE, timeout=50.0, on_timeout="cancel")
    assert (failure.kind, failure.result["changed"], failure.result["still_canceling"]) == ("timeout", True, ["t1"])
    assert failure.result["states"] == {"t1": "RUNNING"}


def test_cancelling_a_task_that_finishes_first() -> None:
    line = fleet(ends_at(60))
    result = line.run(run, **ONE, timeout=50.0, on_timeout="cancel")
    assert (result["finished_first"], result["states"]) == (["t1"], {"t1": "SUCCEEDED"})


def test_cancelling_a_task_that_does_not_end_ends_too() -> None:
    line = fleet(fleet_task())
    failure = line.fail(run, **ONE, timeout=50.0, on_timeout="cancel")
    assert (failure.kind, failure.result["still_canceling"]) == ("timeout", ["t1"])
    assert line.clock.seconds == 100.0


def test_what_a_cancel_at_the_end_came_to_is_said_of_every_task() -> None:
    line = fleet(lambda now: fleet_task(status="RUNNING" if now < 55 else "CANCELED", cancellable=True))
    line.tasks["t2"] = [lambda now: fleet_task("t2", "RUNNING" if now < 60 else "SUCCEEDED")]
    line.tasks["t3"] = [fleet_task("t3", cancellable=False)]
    line.tasks["t4"] = [fleet_task("t4", cancellable=True)]
    line.tasks["t5"] = [fleet_task("t5", cancellable=True)]
    line.write = [None, None, None, refusal(400, message="Not at this stage.")]
    failure = line.fail(run, task_ids=list(line.tasks), timeout=50.0, on_timeout="cancel")
    assert failure.kind == "timeout"
    assert failure.message.endswith(
        "How the cancel went: canceled: t1; ended otherwise first: t2; asked for, and not ended yet: t4; "
        "can not be canceled, and goes on: t3, t5 (Not at this stage)."
    )


def test_a_cancel_at_the_end_that_could_not_be_sent_is_said() -> None:
    line = fleet(fleet_task(cancellable=True))
    line.away = [(30.0, 10_000.0)]
    failure = line.fail(run, **ONE, timeout=50.0, on_timeout="cancel")
    assert (failure.kind, failure.result["changed"]) == ("timeout", False)
    assert "How the cancel went: not asked for, and as last seen: t1." in failure.message


def test_time_that_runs_out_before_anything_was_seen_says_why() -> None:
    line = fleet(fleet_task())
    line.away = [(0.0, 10_000.0)]
    failure = line.fail(run, **ONE, timeout=50.0)
    assert failure.message == (
        "Time ran out: task t1 has not been seen. The service is out of contact (connection refused). "
        "Run again with the same ids to go on waiting."
    )


# Looking --------------------------------------------------------------------------------------------------------------


def gaps(line: FakeFleet) -> list[float]:
    looks = line.transport.times[1:]
    return [later - earlier for earlier, later in itertools.pairwise(looks)]


def test_looks_grow_rare_while_nothing_changes() -> None:
    line = fleet(ends_at(3000))
    line.run(run, **ONE, progress=False)
    assert all(9 <= gap <= 11 for gap in gaps(line)[:5])
    assert all(54 <= gap <= 66 for gap in gaps(line)[-5:])
    assert len(line.sent()) < 100


def test_a_change_makes_looks_frequent_again() -> None:
    line = fleet(
        lambda now: fleet_task(status="RUNNING" if now < 1000 else "SUCCEEDED", updateTime=1 if now < 900 else 2)
    )
    line.run(run, **ONE, progress=False)
    after = [gap for gap, begin in zip(gaps(line), line.transport.times[1:], strict=False) if begin >= 900]
    assert after[0] < 12


def test_a_sign_of_life_while_nothing_changes() -> None:
    line = fleet(ends_at(1000))
    line.run(run, **ONE)
    assert 3 <= line.listener.heard.count(("waiting", ["t1"])) <= 6


def test_a_stall_is_warned_of_once() -> None:
    line = fleet(ends_at(2000, stages=[{"name": "deploy", "status": "RUNNING"}]))
    line.run(run, **ONE, stall_after=300.0)
    assert len(line.context.warnings) == 1
    assert "Nothing has changed in task 'upgrade t1' (t1)" in line.context.warnings[0]
    assert "stage: deploy" in line.context.warnings[0]


def test_any_change_ends_a_stall() -> None:
    line = fleet(lambda now: fleet_task(status="RUNNING" if now < 1000 else "SUCCEEDED", updateTime=int(now // 100)))
    line.run(run, **ONE, stall_after=300.0)
    assert line.context.warnings == []


def test_an_estimate_by_earlier_tasks() -> None:
    times = {"startTime": "2026-11-21T20:00:00Z", "endTime": "2026-11-21T20:10:00Z"}
    line = fleet(fleet_task(type="UPGRADE", startTime="2026-11-21T21:59:00Z"))
    line.list = [page(fleet_task("past", "SUCCEEDED", type="UPGRADE", **times))]
    result = line.run(run, **ONE, timeout=0.0, on_timeout="continue")
    assert result["tasks"][0]["estimated_remaining_seconds"] == 540


@pytest.mark.parametrize(
    "odd",
    [
        Fault("connection refused", delivery=Delivery.NONE),
        Fault("its name does not resolve", delivery=Delivery.NONE, first_kind="unreachable"),
        Answer(503),
        Answer(401, body={}),
        Answer(403, body={}),
        Answer(404, body={}),
        Answer(200, foreign=True),
        Answer(200),
        {"not": "a list"},
        InvalidResponseFailure("It is too large."),
    ],
    ids=str,
)
def test_an_estimate_that_can_not_be_had_costs_one_request_and_nothing_else(odd: Any) -> None:
    line = fleet(lambda now: fleet_task(status="RUNNING" if now < 50 else "SUCCEEDED", type="UPGRADE"))
    line.list = [odd]
    result = line.run(run, **ONE)
    assert (result["states"], result["outages"]) == ({"t1": "SUCCEEDED"}, 0)
    assert (line.sent().count("GET tasks"), len(line.logins)) == (1, 1)
    assert all(9 <= gap <= 11 for gap in gaps(line)[1:])
    # It counts as a request all the same.
    assert result["requests"] == len(line.transport.requests)


def test_an_estimate_is_not_worth_a_login_nor_an_outage() -> None:
    line = fleet(fleet_task())
    assert line.service.sample(Selection(type="UPGRADE")) == []
    assert line.transport.requests == []
    line.service.get_task("t1")
    assert [task.id for task in line.service.sample(Selection())] == ["t1"]
    sent = len(line.sent())
    line.contact.began = 0.0
    assert line.service.sample(Selection(type="UPGRADE")) == []
    assert len(line.sent()) == sent


# Many tasks -----------------------------------------------------------------------------------------------------------


def many(count: int, **options: Any) -> FakeFleet:
    line = fleet(**options)
    line.tasks = {f"t{number}": [ends_at(30, f"t{number}")] for number in range(count)}
    return line


def test_many_tasks_cost_one_request_a_round() -> None:
    line = many(50)
    result = line.run(run, task_ids=list(line.tasks))
    assert set(result["states"].values()) == {"SUCCEEDED"}
    gets = line.sent()
    # While they run the list answers for all; the end of each is read once.
    assert gets.count("GET tasks") == result["polls"] >= 3
    assert len(gets) == result["polls"] + 50
    assert list(result["states"]) == list(line.tasks)


def test_a_service_whose_list_shows_all_needs_no_single_requests() -> None:
    line = FakeFleet("sddc_manager")
    line.tasks = {f"t{number}": [{"id": f"t{number}", "status": "Successful"}] for number in range(6)}
    assert line.run(run, task_ids=list(line.tasks))["requests"] == 2
    assert line.sent() == ["GET tasks"]


def test_a_task_that_the_list_does_not_show_is_read() -> None:
    line = many(6)
    line.list = [page(*(fleet_task(f"t{number}") for number in range(5)))]
    line.run(run, task_ids=list(line.tasks), timeout=0.0, on_timeout="continue")
    assert line.sent() == ["GET tasks", "GET t5"]


@pytest.mark.parametrize("service", ["fleet_lcm", "sddc_manager"])
def test_ids_that_differ_only_in_case_are_never_confused(service: str) -> None:
    good, bad = ("SUCCEEDED", "FAILED") if service == "fleet_lcm" else ("Successful", "Failed")
    line = FakeFleet(service)
    line.tasks = {task_id: [fleet_task(task_id, good)] for task_id in ("a", "b", "c", "d", "e", "t1", "T1")}
    line.tasks["T1"] = [fleet_task("T1", bad)]
    failure = line.fail(run, task_ids=list(line.tasks))
    assert (failure.kind, failure.task_id) == ("task_failed", "T1")
    assert (failure.result["states"]["t1"], failure.result["states"]["T1"]) == ("SUCCEEDED", "FAILED")
    # What the list shows of one of the two says nothing about the other.
    del line.tasks["T1"]
    assert line.fail(run, task_ids=[*line.tasks, "T1"]).kind == "not_found"


def test_two_ids_that_differ_only_in_case_are_two_tasks() -> None:
    line = FakeFleet()
    line.tasks = {"t1": [fleet_task("t1", "SUCCEEDED")], "T1": [fleet_task("T1", "FAILED")]}
    assert line.fail(run, task_ids=["t1", "T1"]).result["states"] == {"t1": "SUCCEEDED", "T1": "FAILED"}


def test_a_handful_is_read_one_by_one() -> None:
    line = many(5)
    line.run(run, task_ids=list(line.tasks))
    assert "GET tasks" not in line.sent()


def test_all_have_to_end() -> None:
    line = fleet(ends_at(10))
    line.tasks["t2"] = [ends_at(200, "t2")]
    line.run(run, task_ids=["t1", "t2"])
    assert line.clock.seconds >= 200


def test_what_has_ended_is_not_read_again() -> None:
    line = fleet(ends_at(0))
    line.tasks["t2"] = [ends_at(200, "t2")]
    line.run(run, task_ids=["t1", "t2"])
    assert line.sent().count("GET t1") == 1


def test_all_are_waited_for_although_one_failed() -> None:
    line = fleet(failed_task())
    line.tasks["t2"] = [ends_at(200, "t2")]
    failure = line.fail(run, task_ids=["t1", "t2"])
    assert (failure.kind, failure.result["states"]) == ("task_failed", {"t1": "FAILED", "t2": "SUCCEEDED"})


def test_any_one_will_do() -> None:
    line = fleet(failed_task())
    line.tasks |= {"t2": [ends_at(200, "t2")], "t3": [fleet_task("t3")]}
    result = line.run(run, task_ids=["t1", "t2", "t3"], wait_for="any")
    assert result["states"] == {"t1": "FAILED", "t2": "SUCCEEDED", "t3": "RUNNING"}


def test_none_will_do() -> None:
    line = fleet(failed_task())
    line.tasks["t2"] = [failed_task("t2")]
    assert line.fail(run, task_ids=["t1", "t2"], wait_for="any").kind == "task_failed"


def test_tasks_found_by_filters() -> None:
    line = fleet(ends_at(50))
    line.tasks["t2"] = [fleet_task("t2", "SUCCEEDED")]
    assert line.run(run, states=["RUNNING"])["states"] == {"t1": "SUCCEEDED"}


def test_a_filter_that_finds_nothing_has_nothing_to_wait_for() -> None:
    result = fleet(ends_at(0)).run(run, name="nothing like it")
    assert (result["tasks"], result["states"], result["timed_out"]) == ([], {}, False)


def test_failing_while_selecting_returns_every_key_too() -> None:
    every = set(fleet(ends_at(0)).run(run, **ONE))
    line = fleet(ends_at(0))
    line.list = [refusal(403)]
    assert set(line.fail(run, states=["RUNNING"]).result) == every
    line.away = [(0.0, 10_000.0)]
    failure = line.fail(run, states=["RUNNING"], timeout=10.0)
    assert (failure.kind, set(failure.result)) == ("timeout", every)


def test_no_selection_is_refused_before_anything_is_sent() -> None:
    line = fleet(ends_at(0))
    assert line.fail(run).kind == "options"
    assert line.transport.requests == []


# Outages --------------------------------------------------------------------------------------------------------------


def test_an_outage_is_ridden_out() -> None:
    line = fleet(ends_at(900))
    line.away = [(100, 800)]
    result = line.run(run, **ONE)
    assert (result["states"], result["outages"], result["lost_contact"]) == ({"t1": "SUCCEEDED"}, 1, False)
    assert 640 <= result["outage_seconds"] == result["longest_outage_seconds"] <= 720
    assert ("out", "connection refused") in line.listener.heard
    assert [heard[0] for heard in line.listener.heard].count("back") == 1


def test_an_outage_that_is_too_long_is_a_lost_contact() -> None:
    line = fleet(ends_at(9000), max_outage=300.0)
    line.away = [(100, 8000)]
    failure = line.fail(run, **ONE, timeout=10000.0)
    assert failure.kind == "lost_contact"
    assert "they may well go on" in failure.message
    assert (failure.result["lost_contact"], failure.result["outages"]) == (True, 1)
    assert failure.result["outage_seconds"] == 300.0
    assert failure.result["states"] == {"t1": "RUNNING"}


def test_a_service_that_never_answers_is_unreachable() -> None:
    line = fleet(ends_at(0), max_outage=300.0)
    line.away = [(0, 8000)]
    failure = line.fail(run, **ONE)
    assert (failure.kind, line.clock.seconds) == ("unreachable", 300.0)


def test_time_that_runs_out_in_an_outage_is_a_timeout() -> None:
    line = fleet(ends_at(9000))
    line.away = [(50, 8000)]
    failure = line.fail(run, **ONE, timeout=200.0)
    assert (failure.kind, line.clock.seconds) == ("timeout", 200.0)
    assert "out of contact" in failure.message
    assert (failure.result["timed_out"], failure.result["lost_contact"]) == (True, True)
    # It is noticed at the first look after it began, at most eleven seconds later.
    assert failure.result["outage_seconds"] >= 139


@pytest.mark.parametrize(
    "odd",
    [
        Answer(502, foreign=True),
        Answer(200, foreign=True),
        Answer(429, {"Retry-After": "20"}),
        Answer(500, body={"message": "restarting"}),
        Fault("the answer was cut off"),
        Fault("its certificate does not verify", delivery=Delivery.NONE, first_kind="unreachable"),
        {"not": "a task"},
        refusal(409),
    ],
    ids=str,
)
def test_what_counts_as_an_outage_once_there_was_an_answer(odd: Any) -> None:
    line = fleet(fleet_task(), odd, odd, ends_at(0))
    result = line.run(run, **ONE)
    assert (result["states"], result["outages"]) == ({"t1": "SUCCEEDED"}, 1)


def test_retry_after_is_obeyed() -> None:
    line = fleet(fleet_task(), Answer(429, {"Retry-After": "40"}), ends_at(0))
    line.run(run, **ONE)
    assert line.transport.times[-1] - line.transport.times[-2] == 40.0


def test_a_service_that_comes_back_as_another_version_is_met_anew() -> None:
    line = FakeFleet("vcenter", max_outage=1800.0)
    came_back = 100.0
    asked: list[str] = []

    def serve(request: Request) -> Any:
        path = urlsplit(request.url).path
        is_new = line.clock.seconds >= came_back
        if line.clock.seconds > 20.0 and not is_new:
            return Fault("connection refused", delivery=Delivery.NONE)
        asked.append(path)
        if path.startswith("/api/") != is_new:
            # The older one has no /api, the newer one no /rest.
            return Answer(404, body={"messages": []})
        if path.endswith("session"):
            return "a-session" if is_new else {"value": "a-session"}
        info = {"status": "SUCCEEDED" if is_new else "RUNNING"}
        return info if is_new else {"value": info}

    line.transport.serve = serve
    result = line.run(run, **ONE)
    assert result["states"] == {"t1": "SUCCEEDED"}
    assert asked[-1] == "/api/cis/tasks/t1"
    assert asked.count("/api/session") == 2


def test_an_outage_in_which_a_gateway_knows_nothing_is_counted() -> None:
    line = fleet(fleet_task(), lambda seconds: not_found() if seconds < 60 else fleet_task(status="SUCCEEDED"))
    line.list = [lambda seconds: not_found() if seconds < 60 else page()]
    result = line.run(run, **ONE)
    assert (result["states"], result["outages"]) == ({"t1": "SUCCEEDED"}, 1)
    assert result["outage_seconds"] == pytest.approx(50, abs=3)


def test_a_gateway_that_knows_nothing_for_too_long_is_lost_contact() -> None:
    line = fleet(fleet_task(), not_found(), max_outage=60.0)
    line.list = [not_found()]
    failure = line.fail(run, **ONE)
    assert (failure.kind, failure.result["lost_contact"], failure.result["outages"]) == ("lost_contact", True, 1)
    assert failure.result["outage_seconds"] == pytest.approx(60, abs=2)
    assert [heard[0] for heard in line.listener.heard if heard[0] in ("out", "back")].count("back") == 0


def test_a_status_that_is_not_known_is_told_once_whatever_the_task_is_called_meanwhile() -> None:
    line = fleet(*(fleet_task(status="Zapping", name=f"phase {number}") for number in range(5)), ends_at(0))
    line.run(run, **ONE)
    assert len(line.context.warnings) == 1


def test_a_missing_status_is_called_missing() -> None:
    line = fleet(fleet_task(status=None), ends_at(0))
    line.run(run, **ONE)
    (warning,) = line.context.warnings
    assert "says nothing of the status of task 'upgrade t1' (t1)" in warning


# Logins ---------------------------------------------------------------------------------------------------------------


def test_a_token_that_expires_is_renewed() -> None:
    line = fleet(fleet_task(), Answer(401, body={}), ends_at(0))
    assert line.run(run, **ONE)["states"] == {"t1": "SUCCEEDED"}
    assert len(line.logins) == 2


def test_a_wrong_password_is_tried_once() -> None:
    line = fleet(ends_at(0))
    line.login = [refusal(401)]
    assert line.fail(run, **ONE).kind == "authentication"
    assert (line.logins, line.clock.seconds) == ([0.0], 0.0)


def test_a_password_that_was_good_is_tried_at_most_twice_again() -> None:
    line = fleet(fleet_task(), Answer(401, body={}))
    line.login = [line.login[0], refusal(401)]
    failure = line.fail(run, **ONE)
    assert failure.kind == "authentication"
    begin = line.logins[1]
    assert line.logins == pytest.approx([0.0, begin, begin + 60, begin + 120])
    assert failure.result["states"] == {"t1": "RUNNING"}


def test_a_password_that_is_good_again_goes_on() -> None:
    line = fleet(fleet_task(), Answer(401, body={}), ends_at(0))
    line.login = [line.login[0], refusal(401), refusal(401), line.login[0]]
    assert line.run(run, **ONE)["states"] == {"t1": "SUCCEEDED"}


def test_waiting_to_log_in_again_ends_with_the_time() -> None:
    line = fleet(fleet_task(), Answer(401, body={}))
    line.login = [line.login[0], refusal(401)]
    failure = line.fail(run, **ONE, timeout=30.0)
    assert (failure.kind, line.clock.seconds, len(line.logins)) == ("timeout", 30.0, 2)


def test_not_allowed_fails_at_once() -> None:
    line = fleet(fleet_task(), refusal(403))
    failure = line.fail(run, **ONE)
    assert (failure.kind, failure.http_status, len(line.sent())) == ("authorization", 403, 2)
    assert failure.result["states"] == {"t1": "RUNNING"}


# Check mode -----------------------------------------------------------------------------------------------------------


def test_check_mode_looks_once() -> None:
    line = fleet(fleet_task())
    line.context.check_mode = True
    result = line.run(run, **ONE, on_timeout="cancel")
    assert (result["states"], result["polls"], result["changed"]) == ({"t1": "RUNNING"}, 1, False)
    assert (line.sent(), line.clock.seconds) == (["GET t1"], 0.0)


def test_check_mode_never_cancels() -> None:
    line = fleet(fleet_task(cancellable=True))
    line.away = [(0.0, 60.0)]
    line.context.check_mode = True
    failure = line.fail(run, **ONE, timeout=50.0, on_timeout="cancel")
    assert (failure.kind, line.writes, line.clock.seconds) == ("timeout", [], 50.0)


@pytest.mark.parametrize("on_timeout", ["fail", "continue"])
def test_check_mode_that_has_seen_nothing_is_no_success(on_timeout: str) -> None:
    line = fleet(fleet_task())
    line.away = [(0.0, 60.0)]
    line.context.check_mode = True
    assert line.fail(run, **ONE, timeout=50.0, on_timeout=on_timeout).kind == "timeout"


def test_check_mode_fails_for_a_task_that_is_not_known() -> None:
    line = fleet(not_found())
    line.context.check_mode = True
    assert line.fail(run, **ONE).kind == "not_found"


# What is known is kept ------------------------------------------------------------------------------------------------


def test_what_the_list_showed_is_kept_when_the_details_of_one_can_not_be_read() -> None:
    line = fleet(fleet_task(status="SUCCEEDED"), max_outage=10.0)
    line.tasks |= {f"t{number}": [fleet_task(f"t{number}")] for number in range(2, 8)}
    line.list = [page(*(fleet_task(f"t{n}", "SUCCEEDED" if n == 1 else "RUNNING") for n in range(1, 8)))]
    line.tasks["t1"] = [Fault("connection refused", delivery=Delivery.NONE)]
    failure = line.fail(run, task_ids=list(line.tasks))
    assert failure.kind == "lost_contact"
    assert set(failure.result["states"]) >= {"t2", "t3", "t4", "t5", "t6", "t7"}


def test_a_login_rejected_before_the_time_ran_out_is_not_tried_again_at_once_to_cancel() -> None:
    line = fleet(lambda now: fleet_task(cancellable=True) if now < 15 or now >= 1000 else refusal(401))
    line.login = [*line.login, refusal(401)]
    line.fail(run, **ONE, timeout=50.0, on_timeout="cancel")
    first, *rejected = line.logins
    assert first == 0.0
    assert all(later - earlier >= 60.0 for earlier, later in itertools.pairwise(rejected))

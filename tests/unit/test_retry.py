# SPDX-License-Identifier: GPL-3.0-or-later
"""task_retry over a scripted service and a clock that jumps."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.retry import (
    run,
    successor,
    took_effect,
    ways_of_failure,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import Resource, State, Task
from ansible_collections.vcf.lifecycle.plugins.module_utils.transport import Answer, Delivery, Fault
from tests.unit.data import a_task, read
from tests.unit.fakes import FakeFleet, failed_task, fleet_task, not_found, refusal

ONE = {"task_ids": ["t1"]}
LOST = Fault("the connection broke", delivery=Delivery.BROKEN)
GOOD = fleet_task(status="SUCCEEDED")


def fleet(*replies: Any, **options: Any) -> FakeFleet:
    made = FakeFleet(**{"max_outage": 1800.0, **options})
    made.tasks["t1"] = list(replies)
    return made


def looked_before_each(sent: list[str], write: str = "POST t1 retry") -> bool:
    """Whether the task was read before each time that something was sent."""
    looked = False
    for request in sent:
        if request == write and not looked:
            return False
        looked = request == "GET t1" or (looked and request != write)
    return True


def again(number: int) -> dict[str, Any]:
    """A task that has failed once more."""
    return failed_task(endTime=f"2026-11-21T23:00:{number:02}Z")


def test_a_failed_task_is_retried_and_followed_to_its_end() -> None:
    line = fleet(failed_task(), fleet_task(), GOOD)
    result = line.run(run, **ONE)
    assert line.writes == ["POST t1 retry"]
    assert (result["changed"], result["states"], result["attempts_made"]) == (True, {"t1": "SUCCEEDED"}, 1)
    assert (result["retried"], result["not_retriable"]) == (["t1"], [])


def test_not_waiting() -> None:
    line = fleet(failed_task(), fleet_task())
    result = line.run(run, **ONE, wait=False)
    assert (result["states"], result["changed"], line.clock.seconds) == ({"t1": "RUNNING"}, True, 0.0)


def test_not_waiting_for_a_service_that_has_not_caught_up() -> None:
    line = fleet(failed_task())
    assert line.run(run, **ONE, wait=False)["retried"] == ["t1"]


@pytest.mark.parametrize("status", ["SUCCEEDED", "SKIPPED"])
def test_what_has_ended_well_is_left_alone(status: str) -> None:
    line = fleet(fleet_task(status=status))
    result = line.run(run, **ONE)
    assert (result["changed"], result["retried"], line.writes) == (False, [], [])


@pytest.mark.parametrize("status", ["RUNNING", "PENDING", "ODD"])
def test_what_goes_on_is_followed(status: str) -> None:
    line = fleet(fleet_task(status=status), GOOD)
    result = line.run(run, **ONE)
    assert (result["changed"], result["attempts_made"], line.writes) == (False, 0, [])
    assert result["states"] == {"t1": "SUCCEEDED"}


@pytest.mark.parametrize(
    ("task", "why"),
    [(failed_task(retriable=False), "not retriable"), (fleet_task(status="CANCELED"), "only a failed task can be")],
)
def test_what_is_not_retriable_is_a_failure_that_says_so(task: dict[str, Any], why: str) -> None:
    line = fleet(task)
    failure = line.fail(run, **ONE)
    assert (failure.kind, failure.result["not_retriable"], line.writes) == ("not_allowed", ["t1"], [])
    assert why in failure.message


def test_without_a_word_about_it_it_is_tried() -> None:
    assert fleet(failed_task(retriable=None), GOOD).run(run, **ONE)["retried"] == ["t1"]


def test_a_refusal_of_a_task_that_is_as_it_was() -> None:
    line = fleet(failed_task())
    line.write = [refusal(409, "TA_TASK_CAN_NOT_BE_RETRIED", "Not now")]
    failure = line.fail(run, **ONE)
    assert (failure.kind, failure.code, len(line.writes)) == ("not_allowed", "TA_TASK_CAN_NOT_BE_RETRIED", 1)
    assert (failure.result["not_retriable"], failure.result["retried"]) == (["t1"], [])
    assert failure.result["changed"] is False


def test_a_refusal_of_a_task_that_somebody_else_has_retried() -> None:
    line = fleet(failed_task(), fleet_task(), GOOD)
    line.write = [refusal(409)]
    result = line.run(run, **ONE)
    assert result["states"] == {"t1": "SUCCEEDED"}
    assert (result["changed"], result["retried"], result["attempts_made"]) == (False, [], 0)
    assert len(line.writes) == 1


@pytest.mark.parametrize(
    ("now", "kind", "state"),
    [
        (fleet_task(status="CANCELED"), "task_canceled", "CANCELED"),
        (failed_task(endTime="2026-11-21T23:00:01Z"), "task_failed", "FAILED"),
    ],
)
@pytest.mark.parametrize("status", [400, 409])
def test_a_refusal_of_a_task_that_ended_anew_between_read_and_request(
    status: int, now: dict[str, Any], kind: str, state: str
) -> None:
    line = fleet(failed_task(), now)
    line.write = [refusal(status)]
    failure = line.fail(run, **ONE, attempts=3)
    assert (failure.kind, failure.result["states"], len(line.writes)) == (kind, {"t1": state}, 1)
    # Somebody else's retry is none of ours, nor is it ours to make another attempt of.
    assert (failure.result["retried"], failure.result["attempts_made"], failure.result["changed"]) == ([], 0, False)
    assert "before the retry" not in failure.message


def test_a_refusal_of_a_task_that_went_well_meanwhile() -> None:
    line = fleet(failed_task(), GOOD)
    line.write = [refusal(409)]
    result = line.run(run, **ONE)
    assert (result["states"], result["changed"], result["retried"]) == ({"t1": "SUCCEEDED"}, False, [])


# Attempts -------------------------------------------------------------------------------------------------------------


def test_it_fails_again_in_the_same_stage() -> None:
    line = fleet(failed_task(), fleet_task(), again(1))
    failure = line.fail(run, **ONE)
    assert (failure.kind, failure.code, failure.reference) == ("task_failed", "LCM_DNS_ERROR", "REF123")
    assert "the stage in which it had failed before the retry (deploy)" in failure.message
    assert (failure.result["attempts_made"], failure.result["changed"]) == (1, True)


def test_it_fails_again_in_another_stage() -> None:
    elsewhere = fleet_task(status="FAILED", stages=[{"name": "tidy up", "status": "FAILED"}])
    assert "had failed before" not in fleet(failed_task(), fleet_task(), elsewhere).fail(run, **ONE).message


def test_as_many_attempts_as_told() -> None:
    line = fleet(
        failed_task(), fleet_task(), again(1), again(1), fleet_task(), again(2), again(2), fleet_task(), again(3)
    )
    failure = line.fail(run, **ONE, attempts=3, delay=100.0)
    assert (failure.kind, failure.result["attempts_made"], len(line.writes)) == ("task_failed", 3, 3)
    assert failure.result["retried"] == ["t1"]
    sent = [seconds for request, seconds in zip(line.transport.requests, line.transport.times, strict=True)
            if request.method == "POST" and request.query]  # fmt: skip
    assert sent[1] - sent[0] >= 100
    assert sent[2] - sent[1] >= 100


def test_no_more_attempts_than_needed() -> None:
    line = fleet(failed_task(), fleet_task(), again(1), again(1), GOOD)
    assert line.run(run, **ONE, attempts=5)["attempts_made"] == 2


def test_what_somebody_else_retries_during_the_delay_is_followed() -> None:
    line = fleet(failed_task(), fleet_task(), again(1), fleet_task(), GOOD)
    result = line.run(run, **ONE, attempts=5)
    assert (result["attempts_made"], len(line.writes)) == (1, 1)


def test_the_delay_ends_with_the_time() -> None:
    line = fleet(failed_task(), fleet_task(), again(1))
    failure = line.fail(run, **ONE, attempts=5, delay=1000.0, timeout=100.0)
    assert (failure.kind, line.clock.seconds, len(line.writes)) == ("task_failed", 100.0, 1)
    assert failure.result["timed_out"]


def test_only_while_what_failed_matches() -> None:
    other = fleet_task(
        status="FAILED", messages=[{"level": "ERROR", "message": {"id": "LCM_DISK", "defaultMessage": "full"}}]
    )
    line = fleet(failed_task(), fleet_task(), other)
    failure = line.fail(run, **ONE, attempts=5, retry_on=["DNS"])
    assert (failure.code, failure.result["attempts_made"], len(line.writes)) == ("LCM_DISK", 1, 1)


def test_what_does_not_match_is_not_retried_at_all() -> None:
    line = fleet(failed_task())
    failure = line.fail(run, **ONE, retry_on=["DISK"])
    assert (failure.kind, failure.code, line.writes) == ("task_failed", "LCM_DNS_ERROR", [])
    assert "no error matches retry_on" in failure.message
    assert failure.result["not_retriable"] == []


@pytest.mark.parametrize("pattern", ["^LCM_DNS", "does not resolve$"])
def test_codes_and_messages_match(pattern: str) -> None:
    assert fleet(failed_task(), GOOD).run(run, **ONE, retry_on=["nothing", pattern])["retried"] == ["t1"]


def failing(where: str = "deploy", code: str = "LCM_DNS_ERROR", text: str = "It failed.", number: int = 1) -> Any:
    """A task that has failed, in a stage, with a code, or for want of one with a text."""
    error = {"id": code, "localizedMessage": text} if code else {"localizedMessage": text}
    stage = {"name": where, "status": "FAILED", "messages": [{"level": "ERROR", "message": error}]}
    return fleet_task(status="FAILED", retriable=True, stages=[stage], endTime=f"2026-11-21T23:00:{number:02}Z")


@pytest.mark.parametrize(
    ("ends", "attempts"),
    [
        # Twice in the same way; that the text is another one does not matter where there is a code.
        ([failing(), failing(text="It failed at 23:00.")], 1),
        ([failing(code="", text="full"), failing(code="", text="full")], 1),
        # In the way of the first time once more, after another one.
        ([failing(), failing(code="LCM_DISK"), failing()], 2),
        # Another code, another text without a code, another stage: each may be mended by a retry.
        ([failing(), failing(code="LCM_DISK"), GOOD], 2),
        ([failing(code="", text="full"), failing(code="", text="slow"), GOOD], 2),
        ([failing(), failing("verify"), GOOD], 2),
        ([failing(), failing("verify"), failing(code="LCM_DISK"), failing("tidy up")], 3),
    ],
)
def test_no_attempt_after_the_same_failure(ends: list[Any], attempts: int) -> None:
    states = [{**end, "endTime": f"2026-11-21T23:00:{number:02}Z"} for number, end in enumerate(ends)]
    line = fleet(lambda now: states[min(len(line.writes), len(states) - 1)])
    options = {**ONE, "attempts": 3, "stop_on_repeat": True}
    if ends[-1] is GOOD:
        assert line.run(run, **options)["attempts_made"] == attempts
        return
    failure = line.fail(run, **options)
    assert (failure.kind, failure.result["attempts_made"], len(line.writes)) == ("task_failed", attempts, attempts)


def test_it_is_said_that_it_failed_in_the_same_way() -> None:
    line = fleet(failed_task(), fleet_task(), again(1))
    failure = line.fail(run, **ONE, attempts=3, stop_on_repeat=True)
    assert failure.message.endswith(
        "(deploy). It has failed there in the same way, so that it is not retried once more."
    )


def test_ways_of_failure() -> None:
    way = ways_of_failure(read("fleet_lcm", failed_task()))
    assert way == {("deploy", "LCM_DNS_ERROR")}
    assert ways_of_failure(read("fleet_lcm", fleet_task(status="FAILED"))) == {(None, None)}


# Time -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("wait", "check_mode"), [(True, False), (False, False), (True, True)])
@pytest.mark.parametrize("late", [{"deadline": "2026-11-21T22:00:00Z"}, {"timeout": 0.0}])
def test_nothing_is_begun_when_time_is_up(wait: bool, check_mode: bool, late: dict[str, Any]) -> None:
    line = fleet(failed_task())
    line.context.check_mode = check_mode
    failure = line.fail(run, **ONE, wait=wait, **late)
    assert (failure.kind, failure.code, line.writes) == ("task_failed", "LCM_DNS_ERROR", [])
    assert "It was not retried, since time was up." in failure.message
    result = failure.result
    assert (result["timed_out"], result["retried"], result["changed"]) == (True, [], False)


def test_what_goes_on_when_time_is_up_has_not_failed() -> None:
    failure = fleet(fleet_task()).fail(run, **ONE, deadline="2026-11-21T22:00:00Z")
    assert failure.kind == "timeout"


# Never two for one failure --------------------------------------------------------------------------------------------


def test_an_answer_that_was_lost_after_it_took_effect() -> None:
    line = fleet(failed_task(), fleet_task(), GOOD)
    line.write = [LOST]
    assert line.run(run, **ONE)["states"] == {"t1": "SUCCEEDED"}
    assert len(line.writes) == 1


def test_an_answer_that_was_lost_and_a_service_that_is_slow_to_show_it() -> None:
    line = fleet(lambda now: failed_task() if now < 4 else fleet_task() if now < 60 else GOOD)
    line.write = [LOST]
    assert line.run(run, **ONE)["states"] == {"t1": "SUCCEEDED"}
    assert len(line.writes) == 1


def test_an_answer_that_was_lost_and_a_task_that_failed_again_meanwhile() -> None:
    line = fleet(failed_task(), again(1))
    line.write = [LOST]
    assert line.fail(run, **ONE).kind == "task_failed"
    assert len(line.writes) == 1


def failed_stage(**fields: Any) -> list[dict[str, Any]]:
    return [{"name": "prepare", "status": "SUCCEEDED"}, {"name": "deploy", "status": "FAILED", **fields}]


def said(reference: str, text: str = "The name does not resolve") -> dict[str, Any]:
    message = {"id": "LCM_DNS_ERROR", "localizedMessage": text, "args": {"referenceId": reference}}
    return {"messages": [{"level": "ERROR", "message": message}]}


FIRST, SECOND = "2026-11-21T21:00:00Z", "2026-11-21T22:00:03Z"


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ({"endTime": FIRST}, {"endTime": SECOND}),
        ({"startTime": FIRST}, {"startTime": SECOND}),
        ({"stages": failed_stage(endTime=FIRST)}, {"stages": failed_stage(endTime=SECOND)}),
        ({"stages": failed_stage(startTime=FIRST)}, {"stages": failed_stage(startTime=SECOND)}),
        ({"stages": failed_stage()}, {"stages": failed_stage(status="RUNNING")}),
        ({"stages": failed_stage()}, {"stages": [*failed_stage(), {"name": "deploy", "status": "FAILED"}]}),
        ({"stages": failed_stage(**said("REF1"))}, {"stages": failed_stage(**said("REF2"))}),
        (
            {"subTasks": [{"id": "s", "status": "FAILED", "stages": failed_stage(endTime=FIRST)}]},
            {"subTasks": [{"id": "s", "status": "FAILED", "stages": failed_stage(endTime=SECOND)}]},
        ),
        ({}, {"status": "RUNNING"}),
    ],
)
def test_what_shows_that_a_task_has_run_again(before: dict[str, Any], now: dict[str, Any]) -> None:
    failed = fleet_task(status="FAILED", endTime=FIRST, updateTime=FIRST)
    earlier, later = (read("fleet_lcm", {**failed, **fields}) for fields in (before, now))
    assert took_effect(earlier, later)
    assert not took_effect(earlier, earlier)


def test_a_service_without_stamps_that_failed_again_meanwhile() -> None:
    line = fleet(fleet_task(status="FAILED", **said("REF1")), fleet_task(status="FAILED", **said("REF2")))
    line.write = [LOST]
    failure = line.fail(run, **ONE)
    assert (failure.kind, failure.reference, len(line.writes)) == ("task_failed", "REF2", 1)
    assert failure.result["retried"] == ["t1"]


@pytest.mark.parametrize(
    "touched",
    [
        {"updateTime": SECOND},
        {"retriable": False},
        {"progress": 40},
        {"additionalDetails": {"resolutionStatus": "RESOLVED"}},
        {"messages": [{"level": "INFO", "message": {"id": "note", "localizedMessage": "Seen by the night shift"}}]},
        {"stages": failed_stage(**said("REF1", "The name esx-1 does not resolve"), updateTime=SECOND)},
        {"stages": failed_stage()},
    ],
)
def test_a_task_that_was_only_touched_has_not_run_again(touched: dict[str, Any]) -> None:
    before = {"status": "FAILED", "endTime": FIRST, "updateTime": FIRST, "stages": failed_stage(**said("REF1"))}
    now = {**before, **touched}
    assert not took_effect(read("fleet_lcm", fleet_task(**before)), read("fleet_lcm", fleet_task(**now)))


def test_a_request_that_was_lost_is_sent_again_once() -> None:
    line = fleet(lambda now: failed_task() if len(line.writes) < 2 else GOOD)
    line.write = [LOST, fleet_task()]
    assert line.run(run, **ONE)["states"] == {"t1": "SUCCEEDED"}
    assert len(line.writes) == 2


@pytest.mark.parametrize("wait", [True, False])
def test_a_request_whose_connection_broke_twice(wait: bool) -> None:
    line = fleet(failed_task())
    line.write = [LOST]
    failure = line.fail(run, **ONE, wait=wait)
    assert (failure.kind, failure.task_id, len(line.writes)) == ("lost_contact", "t1", 2)
    assert (failure.result["states"], failure.result["changed"]) == ({"t1": "FAILED"}, True)
    assert failure.result["retried"] == ["t1"]
    assert looked_before_each(line.sent())


@pytest.mark.parametrize("wait", [True, False])
def test_a_request_that_may_still_be_under_way_is_never_sent_again(wait: bool) -> None:
    line = fleet(failed_task())
    line.write = [Fault("no complete answer within the request time-out", delivery=Delivery.LATE), fleet_task()]
    failure = line.fail(run, **ONE, wait=wait)
    assert (failure.kind, failure.task_id, line.writes) == ("lost_contact", "t1", ["POST t1 retry"])
    assert "may still be carried out" in failure.message
    assert (failure.result["retried"], failure.result["changed"]) == (["t1"], True)
    # It was looked for before that was said.
    assert line.clock.seconds >= 5.0


def test_a_late_answer_after_the_request_took_effect() -> None:
    line = fleet(lambda now: failed_task() if now < 3 else GOOD)
    line.write = [Fault("no complete answer within the request time-out", delivery=Delivery.LATE)]
    result = line.run(run, **ONE)
    assert (result["retried"], result["changed"], len(line.writes)) == (["t1"], True, 1)


CERTAIN = [
    Fault("connection refused", delivery=Delivery.NONE),
    Fault("it said something odd", delivery=Delivery.ANSWERED),
    Answer(429),
    Answer(503),
    Answer(502, foreign=True),
    Answer(404, foreign=True),
]
"""What shows that a request was not, or most likely not, carried out."""


@pytest.mark.parametrize("lost", CERTAIN, ids=str)
def test_what_was_not_carried_out_is_sent_again_once_the_task_was_looked_at(lost: Any) -> None:
    line = fleet(lambda now: failed_task() if len(line.writes) < 5 else GOOD)
    line.write = [lost, lost, lost, lost, fleet_task()]
    result = line.run(run, **ONE)
    assert (result["states"], len(line.writes), result["attempts_made"]) == ({"t1": "SUCCEEDED"}, 5, 1)
    assert looked_before_each(line.sent())


@pytest.mark.parametrize("lost", CERTAIN, ids=str)
@pytest.mark.parametrize("wait", [True, False])
def test_what_is_not_carried_out_for_longer_than_an_outage_may_last(wait: bool, lost: Any) -> None:
    line = fleet(failed_task(), max_outage=100.0)
    line.write = [lost]
    failure = line.fail(run, **ONE, wait=wait)
    assert failure.kind == "lost_contact"
    assert 100.0 <= line.clock.seconds < 110.0
    assert looked_before_each(line.sent())


def test_a_broken_connection_among_refused_ones_counts_once() -> None:
    refused = Fault("connection refused", delivery=Delivery.NONE)
    line = fleet(failed_task())
    line.write = [refused, LOST, refused, LOST, fleet_task()]
    assert line.fail(run, **ONE).kind == "lost_contact"
    assert len(line.writes) == 4


def test_a_request_that_was_not_delivered_and_somebody_else_was_first() -> None:
    line = fleet(failed_task(), fleet_task(), GOOD)
    line.write = [Fault("connection refused", delivery=Delivery.NONE)]
    result = line.run(run, **ONE)
    assert (result["states"], result["changed"], result["retried"]) == ({"t1": "SUCCEEDED"}, False, [])
    assert len(line.writes) == 1


def test_a_refusal_of_a_second_request_means_that_the_first_arrived() -> None:
    line = fleet(lambda now: failed_task() if len(line.writes) < 2 else GOOD)
    line.write = [LOST, refusal(409)]
    result = line.run(run, **ONE)
    assert (result["changed"], result["retried"], len(line.writes)) == (True, ["t1"], 2)


def test_a_refusal_of_a_second_request_for_a_task_that_looks_untouched_may_mean_that_the_first_arrived() -> None:
    line = fleet(failed_task())
    line.write = [LOST, refusal(409, message="It is being retried.")]
    failure = line.fail(run, **ONE)
    assert (failure.kind, failure.http_status) == ("lost_contact", 409)
    assert "refuses another one: It is being retried. The task looks" in failure.message
    assert (failure.result["changed"], failure.result["not_retriable"]) == (True, [])


def test_a_refusal_after_requests_that_were_not_delivered_means_that_somebody_else_was_first() -> None:
    line = fleet(lambda now: failed_task() if len(line.writes) < 2 else GOOD)
    line.write = [Fault("connection refused", delivery=Delivery.NONE), refusal(409)]
    result = line.run(run, **ONE)
    assert (result["changed"], result["retried"], len(line.writes)) == (False, [], 2)


def test_a_refusal_of_a_later_attempt_does_not_unsay_the_earlier_one() -> None:
    line = fleet(failed_task(), fleet_task(), again(1))
    line.write = [fleet_task(), refusal(409)]
    failure = line.fail(run, **ONE, attempts=3)
    assert (failure.kind, len(line.writes)) == ("not_allowed", 2)
    assert (failure.result["retried"], failure.result["not_retriable"]) == (["t1"], ["t1"])
    assert (failure.result["changed"], failure.result["attempts_made"]) == (True, 1)


@pytest.mark.parametrize("wait", [True, False])
def test_who_may_not_retry(wait: bool) -> None:
    line = fleet(failed_task())
    line.write = [refusal(403)]
    failure = line.fail(run, **ONE, wait=wait)
    assert (failure.kind, failure.http_status, len(line.writes)) == ("authorization", 403, 1)
    assert (failure.result["changed"], failure.result["retried"]) == (False, [])


def test_time_runs_out_after_something_was_sent() -> None:
    line = fleet(failed_task(), fleet_task())
    line.write = [lambda now: line.away.append((now + 1, 10_000.0)) or fleet_task()]
    failure = line.fail(run, **ONE, timeout=100.0)
    assert (failure.kind, failure.result["changed"], failure.result["timed_out"]) == ("timeout", True, True)
    assert (failure.result["retried"], failure.result["attempts_made"]) == (["t1"], 1)
    assert (failure.result["states"], failure.result["lost_contact"]) == ({"t1": "RUNNING"}, True)


@pytest.mark.parametrize("wait", [True, False])
def test_time_runs_out_while_the_answer_is_lost(wait: bool) -> None:
    line = fleet(failed_task())
    line.write = [lambda now: line.away.append((now, 10_000.0)) or LOST]
    failure = line.fail(run, **ONE, wait=wait, timeout=100.0)
    # It may be going on again: how it was before is no verdict.
    assert (failure.kind, failure.result["changed"], failure.result["retried"]) == ("timeout", True, ["t1"])
    assert failure.result["states"] == {"t1": "FAILED"}


@pytest.mark.parametrize("wait", [True, False])
@pytest.mark.parametrize("check_mode", [True, False])
def test_time_runs_out_before_anything_was_read(check_mode: bool, wait: bool) -> None:
    line = fleet(failed_task())
    line.away = [(0.0, 10_000.0)]
    line.context.check_mode = check_mode
    failure = line.fail(run, **ONE, wait=wait, timeout=100.0)
    assert (failure.kind, failure.result["changed"], failure.result["tasks"]) == ("timeout", False, [])


def test_a_service_that_has_not_caught_up_is_no_new_failure() -> None:
    line = fleet(lambda now: failed_task() if now < 8 else fleet_task() if now < 60 else GOOD)
    result = line.run(run, **ONE, attempts=3, poll_interval=1.0)
    assert (result["states"], result["attempts_made"], len(line.writes)) == ({"t1": "SUCCEEDED"}, 1, 1)


def test_a_task_that_stays_as_it_was_has_failed_in_the_end() -> None:
    line = fleet(failed_task())
    assert line.fail(run, **ONE).kind == "task_failed"
    assert 10 <= line.clock.seconds <= 25


# Others ---------------------------------------------------------------------------------------------------------------


def test_a_retry_with_another_id_is_followed_by_it() -> None:
    line = fleet(failed_task())
    line.tasks["t9"] = [fleet_task("t9"), fleet_task("t9", "SUCCEEDED")]
    line.write = [fleet_task("t9")]
    result = line.run(run, **ONE)
    assert (result["retried"], result["states"]) == (["t1"], {"t9": "SUCCEEDED"})


def test_several_tasks() -> None:
    line = fleet(failed_task(), fleet_task(), GOOD)
    line.tasks |= {
        "t2": [fleet_task("t2", "SUCCEEDED")],
        "t3": [failed_task("t3", retriable=False)],
        "t4": [fleet_task("t4"), fleet_task("t4", "SUCCEEDED")],
    }
    failure = line.fail(run, task_ids=["t1", "t2", "t3", "t4"])
    assert (failure.kind, failure.task_id, line.writes) == ("not_allowed", "t3", ["POST t1 retry"])
    assert failure.result["states"] == {"t1": "SUCCEEDED", "t2": "SUCCEEDED", "t3": "FAILED", "t4": "SUCCEEDED"}
    assert (failure.result["retried"], failure.result["not_retriable"]) == (["t1"], ["t3"])


def test_only_what_failed_again_is_retried_again() -> None:
    line = fleet(failed_task(), fleet_task(), GOOD)
    line.tasks["t2"] = [
        failed_task("t2"), fleet_task("t2"), failed_task("t2", endTime=1), failed_task("t2", endTime=1),
        fleet_task("t2", "SUCCEEDED"),
    ]  # fmt: skip
    result = line.run(run, task_ids=["t1", "t2"], attempts=3)
    assert line.writes == ["POST t1 retry", "POST t2 retry", "POST t2 retry"]
    assert set(result["states"].values()) == {"SUCCEEDED"}


def test_the_verdict_of_several_attempts_is_over_all_tasks() -> None:
    other = fleet_task(
        status="FAILED", messages=[{"level": "ERROR", "message": {"id": "LCM_DISK", "defaultMessage": "full"}}]
    )
    # The first task fails for good in the first attempt, the second one goes well in the second.
    line = fleet(failed_task(), fleet_task(), other)
    line.tasks["t2"] = [
        failed_task("t2"), fleet_task("t2"), failed_task("t2", endTime=1), failed_task("t2", endTime=1),
        fleet_task("t2", "SUCCEEDED"),
    ]  # fmt: skip
    failure = line.fail(run, task_ids=["t1", "t2"], attempts=3, retry_on=["DNS"])
    assert (failure.kind, failure.task_id, failure.code) == ("task_failed", "t1", "LCM_DISK")
    assert failure.result["states"] == {"t1": "FAILED", "t2": "SUCCEEDED"}
    assert failure.result["attempts_made"] == 2


def test_the_verdict_is_over_tasks_that_were_only_followed_too() -> None:
    line = fleet(failed_task(), fleet_task(), GOOD)
    line.tasks["t2"] = [fleet_task("t2"), fleet_task("t2", "CANCELED")]
    failure = line.fail(run, task_ids=["t1", "t2"], attempts=3)
    assert (failure.kind, failure.task_id, failure.result["retried"]) == ("task_canceled", "t2", ["t1"])


def test_failing_while_selecting_returns_every_key_too() -> None:
    every = set(fleet(GOOD).run(run, **ONE))
    line = fleet(failed_task())
    assert set(line.fail(run, task_ids=["t1", "nobody"]).result) == every
    line.list = [refusal(403)]
    assert set(line.fail(run, states=["FAILED"]).result) == every
    line.away = [(0.0, 10_000.0)]
    assert set(line.fail(run, states=["FAILED"], timeout=10.0).result) == every


def test_no_selection_and_unknown_ids() -> None:
    line = fleet(not_found())
    assert line.fail(run).kind == "options"
    assert line.transport.requests == []
    assert line.fail(run, **ONE).kind == "not_found"


@pytest.mark.parametrize("option", ["credentials_spec", "spec"])
def test_a_specification_that_the_service_does_not_take(option: str) -> None:
    line = fleet(failed_task())
    failure = line.fail(run, **ONE, **{option: '{"elements": []}'})
    assert (failure.kind, line.transport.requests) == ("unsupported", [])
    assert option in failure.message


def test_cancelling_when_time_runs_out() -> None:
    line = fleet(failed_task(), lambda now: fleet_task(status="RUNNING" if now < 100 else "CANCELED"))
    failure = line.fail(run, **ONE, timeout=50.0, on_timeout="cancel")
    assert (failure.kind, failure.result["cancelled"]) == ("timeout", ["t1"])
    assert "was canceled" in failure.message
    assert line.writes == ["POST t1 retry", "POST t1 cancel"]


@pytest.mark.parametrize(
    ("task", "changed", "after"),
    [(failed_task(), True, "RUNNING"), (GOOD, False, "SUCCEEDED"), (fleet_task(), False, "RUNNING")],
)
def test_check_mode_predicts(task: dict[str, Any], changed: bool, after: str) -> None:
    line = fleet(task)
    line.context.check_mode = line.context.diff = True
    result = line.run(run, **ONE)
    assert (result["changed"], line.sent(), result["attempts_made"]) == (changed, ["GET t1"], 0)
    assert result["diff"] == {"before": {"t1": task["status"]}, "after": {"t1": after}}


def test_check_mode_predicts_the_failure() -> None:
    line = fleet(failed_task(retriable=False))
    line.context.check_mode = True
    assert (line.fail(run, **ONE).kind, line.writes) == ("not_allowed", [])


def test_sddc_manager() -> None:
    line = FakeFleet("sddc_manager")
    line.tasks["t1"] = [{"id": "t1", "status": status} for status in ("Failed", "In Progress", "Successful")]
    line.write = [Answer(200)]
    assert line.run(run, **ONE)["states"] == {"t1": "SUCCEEDED"}
    assert line.writes == ["PATCH t1"]


# A retry that the service gives an id of its own -------------------------------------------------------------------

NOW = datetime(2026, 11, 21, 22, 0, tzinfo=timezone.utc)


def later(minutes: float, state: State = State.RUNNING, **fields: Any) -> Task:
    """A task like the one that failed, created that long after the retry was asked for."""
    return a_task(state, "t2", **{"created_at": NOW + timedelta(minutes=minutes), **fields})


@pytest.mark.parametrize(
    ("task", "is_it"),
    [
        (later(0.1), True),
        (later(-5), True),
        (later(-20), False),
        (later(0.1, State.SUCCEEDED), True),
        (later(-5, State.FAILED), False),
        (later(0.1, name="another"), False),
        (later(0.1, type="another"), False),
        (later(0.1, resources=[Resource(id="r2")]), False),
        (later(0.1, created_at=None), False),
    ],
    ids=repr,
)
def test_what_goes_on_in_place_of_a_failed_task(task: Task, is_it: bool) -> None:
    failed = a_task(State.FAILED, ended_at=NOW - timedelta(minutes=10))
    assert (successor(failed, NOW, [failed, task]) is task) is is_it


def test_the_newest_of_several_goes_on() -> None:
    first, second = later(-5), later(-2)
    assert successor(a_task(State.FAILED, ended_at=NOW - timedelta(minutes=10)), NOW, [second, first]) is second


@pytest.mark.parametrize("fault", [Fault("reset", delivery=Delivery.BROKEN), Answer(502, foreign=True)], ids=repr)
def test_a_lost_answer_that_held_the_new_id(fault: Any) -> None:
    line = FakeFleet(max_outage=60.0)
    line.tasks["t1"] = [failed_task(endTime="2026-11-21T21:00:00Z")]
    again = {"name": "upgrade t1", "createTime": "2026-11-21T22:00:00Z"}
    line.tasks["t2"] = [fleet_task("t2", **again), fleet_task("t2", "SUCCEEDED", **again)]
    line.write = [fault]
    result = line.run(run, task_ids=["t1"])
    assert (result["retried"], result["attempts_made"], result["states"]) == (["t1"], 1, {"t2": "SUCCEEDED"})
    assert len(line.writes) == 1


def test_what_was_read_is_kept_when_the_next_task_can_not_be() -> None:
    line = fleet(failed_task(), max_outage=10.0)
    line.tasks["t2"] = [Fault("connection refused", delivery=Delivery.NONE)]
    failure = line.fail(run, task_ids=["t1", "t2"])
    assert (failure.kind, failure.result["states"]) == ("lost_contact", {"t1": "FAILED"})

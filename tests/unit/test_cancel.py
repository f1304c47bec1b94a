# SPDX-License-Identifier: GPL-3.0-or-later
"""task_cancel over a scripted service and a clock that jumps."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.cancel import Step, run, step_for
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import State
from ansible_collections.vcf.lifecycle.plugins.module_utils.transport import Answer, Delivery, Fault
from tests.unit.data import a_task
from tests.unit.fakes import FakeFleet, failed_task, fleet_task, not_found, refusal

ONE = {"task_ids": ["t1"]}
LOST = Fault("the connection broke", delivery=Delivery.BROKEN)
NOWHERE: dict[str, list[str]] = {"cancelled": [], "finished_first": [], "still_canceling": [], "not_cancellable": []}


def fleet(*replies: Any, **options: Any) -> FakeFleet:
    made = FakeFleet(**{"max_outage": 1800.0, **options})
    made.tasks["t1"] = list(replies)
    return made


def running(task_id: str = "t1", **fields: Any) -> dict[str, Any]:
    return fleet_task(task_id, **{"cancellable": True, **fields})


def canceled(task_id: str = "t1") -> dict[str, Any]:
    return fleet_task(task_id, "CANCELED", cancellable=False)


def looked_before_each(sent: list[str], write: str = "POST t1 cancel") -> bool:
    """Whether the task was read before each time that something was sent."""
    return all(sent[place - 1] == "GET t1" for place, request in enumerate(sent) if request == write)


def lists(result: dict[str, Any]) -> dict[str, list[str]]:
    return {name: result[name] for name in NOWHERE}


def test_a_running_task_is_canceled_and_followed_to_its_end() -> None:
    line = fleet(running(), running(cancellable=False), canceled())
    result = line.run(run, **ONE)
    assert line.writes == ["POST t1 cancel"]
    assert (result["changed"], result["states"]) == (True, {"t1": "CANCELED"})
    assert lists(result) == {**NOWHERE, "cancelled": ["t1"]}


def test_the_running_stage_may_end_well() -> None:
    line = fleet(running(), fleet_task(status="SUCCEEDED"))
    result = line.run(run, **ONE)
    assert lists(result) == {**NOWHERE, "finished_first": ["t1"]}
    assert result["changed"]


@pytest.mark.parametrize(
    ("task", "where"),
    [(canceled(), "cancelled"), (fleet_task(status="SUCCEEDED"), "finished_first"), (failed_task(), "finished_first")],
)
def test_what_has_ended_is_left_alone(task: dict[str, Any], where: str) -> None:
    line = fleet(task)
    result = line.run(run, **ONE)
    assert (line.writes, result["changed"]) == ([], False)
    assert lists(result) == {**NOWHERE, where: ["t1"]}


def test_what_is_not_cancellable_is_a_failure_that_says_so() -> None:
    line = fleet(running(cancellable=False))
    failure = line.fail(run, **ONE)
    assert (failure.kind, failure.task_id, line.writes) == ("not_allowed", "t1", [])
    assert "not cancellable" in failure.message
    assert lists(failure.result) == {**NOWHERE, "not_cancellable": ["t1"]}
    assert failure.result["changed"] is False


def test_without_a_word_about_it_it_is_tried() -> None:
    line = fleet(fleet_task(), canceled())
    assert line.run(run, **ONE)["cancelled"] == ["t1"]


def test_not_waiting() -> None:
    line = fleet(running())
    result = line.run(run, **ONE, wait=False)
    assert lists(result) == {**NOWHERE, "still_canceling": ["t1"]}
    assert (result["changed"], result["polls"], line.clock.seconds) == (True, 0, 0.0)


def test_time_runs_out() -> None:
    line = fleet(running())
    failure = line.fail(run, **ONE, timeout=60.0)
    assert (failure.kind, failure.result["changed"], failure.result["timed_out"]) == ("timeout", True, True)
    assert lists(failure.result) == {**NOWHERE, "still_canceling": ["t1"]}
    line = fleet(running())
    assert line.run(run, **ONE, timeout=60.0, on_timeout="continue")["still_canceling"] == ["t1"]


# A cancel that was asked for before, maybe ----------------------------------------------------------------------------

STUBBORN = running(cancellable=False)


@pytest.mark.parametrize(
    ("state", "step"),
    [
        (State.PENDING, Step.REFUSAL),
        (State.SCHEDULED, Step.REFUSAL),
        (State.RUNNING, Step.DOUBT),
        (State.BLOCKED, Step.DOUBT),
        (State.UNKNOWN, Step.DOUBT),
        (State.CANCELING, Step.FOLLOWING),
        (State.SUCCEEDED, Step.NOTHING),
    ],
)
def test_only_what_has_begun_can_be_waiting_for_its_cancel_to_take_effect(state: State, step: Step) -> None:
    assert step_for(a_task(state, cancellable=False)) is step


@pytest.mark.parametrize(
    ("end", "where"),
    [(canceled(), "cancelled"), (fleet_task(status="SUCCEEDED"), "finished_first"), (failed_task(), "finished_first")],
)
@pytest.mark.parametrize("poll_interval", [1.0, 60.0])
def test_a_doubt_that_ends(poll_interval: float, end: dict[str, Any], where: str) -> None:
    line = fleet(lambda now: STUBBORN if now < 8 else end)
    result = line.run(run, **ONE, poll_interval=poll_interval)
    assert lists(result) == {**NOWHERE, where: ["t1"]}
    assert (line.writes, result["changed"], result["timed_out"]) == ([], False, False)
    assert 8 <= line.clock.seconds <= 10


@pytest.mark.parametrize("poll_interval", [1.0, 60.0])
def test_a_doubt_that_stays_is_a_refusal_which_says_what_it_may_be(poll_interval: float) -> None:
    line = fleet(STUBBORN)
    failure = line.fail(run, **ONE, poll_interval=poll_interval)
    assert (failure.kind, line.writes, line.clock.seconds) == ("not_allowed", [], 10.0)
    assert lists(failure.result) == {**NOWHERE, "not_cancellable": ["t1"]}
    assert not failure.result["timed_out"]
    assert "at the end of the running stage" in failure.message
    assert "task_wait with accept_states [CANCELED, " in failure.message


def test_a_refusal_of_what_has_not_begun_says_nothing_of_a_cancel_before() -> None:
    line = fleet(fleet_task(status="PENDING", cancellable=False))
    failure = line.fail(run, **ONE)
    assert (failure.kind, line.clock.seconds, line.writes) == ("not_allowed", 0.0, [])
    assert "requested before" not in failure.message


def test_a_doubt_is_not_watched_without_waiting() -> None:
    line = fleet(STUBBORN)
    failure = line.fail(run, **ONE, wait=False)
    assert (failure.kind, line.writes, line.clock.seconds) == ("not_allowed", [], 0.0)
    assert "at the end of the running stage" in failure.message


@pytest.mark.parametrize("on_timeout", ["fail", "continue"])
def test_time_that_runs_out_does_not_hide_a_refusal(on_timeout: str) -> None:
    line = fleet(STUBBORN)
    failure = line.fail(run, **ONE, timeout=3.0, on_timeout=on_timeout)
    assert (failure.kind, failure.result["timed_out"], line.clock.seconds) == ("not_allowed", True, 3.0)
    assert lists(failure.result) == {**NOWHERE, "not_cancellable": ["t1"]}


def test_an_outage_that_lasts_to_the_deadline_does_not_hide_a_refusal() -> None:
    line = fleet(STUBBORN)
    line.away = [(1.0, 10_000.0)]
    failure = line.fail(run, **ONE, timeout=100.0, poll_interval=1.0)
    assert (failure.kind, failure.result["timed_out"], failure.result["lost_contact"]) == ("not_allowed", True, True)
    assert line.clock.seconds == 100.0


def test_a_doubt_is_watched_through_an_outage() -> None:
    line = fleet(lambda now: STUBBORN if now < 60 else canceled())
    line.away = [(1.0, 61.0)]
    assert line.run(run, **ONE, poll_interval=1.0)["cancelled"] == ["t1"]


def test_what_turns_out_to_be_cancellable_is_asked_for() -> None:
    line = fleet(lambda now: STUBBORN if now < 5 else canceled() if line.writes else running())
    result = line.run(run, **ONE, poll_interval=1.0)
    assert (result["cancelled"], result["changed"], line.writes) == (["t1"], True, ["POST t1 cancel"])


def test_nobody_waits_for_the_doubts_about_others() -> None:
    line = fleet(STUBBORN)
    line.tasks["t2"] = [running("t2"), running("t2", cancellable=False), canceled("t2")]
    line.tasks["t3"] = [lambda now: running("t3", cancellable=False) if now < 6 else canceled("t3")]
    failure = line.fail(run, task_ids=["t1", "t2", "t3"], poll_interval=2.0)
    assert line.sent()[:4] == ["GET t1", "GET t2", "GET t3", "POST t2 cancel"]
    assert (failure.kind, failure.task_id, len(line.writes)) == ("not_allowed", "t1", 1)
    assert lists(failure.result) == {**NOWHERE, "cancelled": ["t2", "t3"], "not_cancellable": ["t1"]}
    assert line.clock.seconds == 10.0


def test_many_doubts_are_watched_together() -> None:
    line = fleet()
    del line.tasks["t1"]
    line.tasks |= {f"t{n}": [running(f"t{n}", cancellable=False)] for n in range(50)}
    failure = line.fail(run, task_ids=list(line.tasks), poll_interval=1.0)
    assert len(failure.result["not_cancellable"]) == 50
    # Each is read once to begin with; then the list answers for all.
    assert len(line.sent()) <= 50 + 13


def test_check_mode_predicts_the_refusal_of_a_doubt() -> None:
    line = fleet(STUBBORN)
    line.context.check_mode = True
    failure = line.fail(run, **ONE)
    assert (failure.kind, line.sent()) == ("not_allowed", ["GET t1"])
    assert "at the end of the running stage" in failure.message


@pytest.mark.parametrize("status", ["IN_PROGRESS", "INCONSISTENT"])
def test_a_credentials_task_is_never_in_doubt(status: str) -> None:
    line = FakeFleet("sddc_manager_credentials")
    line.tasks["t1"] = [{"id": "t1", "status": status}]
    failure = line.fail(run, **ONE)
    assert (failure.kind, line.sent(), line.clock.seconds) == ("not_allowed", ["GET t1"], 0.0)
    assert failure.result["not_cancellable"] == ["t1"]
    assert "requested before" not in failure.message


# Refusals -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [400, 409])
def test_a_refusal_of_a_task_that_has_just_ended(status: int) -> None:
    line = fleet(running(), fleet_task(status="SUCCEEDED"))
    line.write = [refusal(status)]
    result = line.run(run, **ONE)
    assert lists(result) == {**NOWHERE, "finished_first": ["t1"]}
    assert (len(line.writes), result["changed"]) == (1, False)


def test_a_refusal_of_a_task_that_somebody_else_cancels() -> None:
    line = fleet(running(), fleet_task(status="RUNNING", cancellable=False), canceled())
    line.write = [refusal(409)]
    result = line.run(run, **ONE)
    assert lists(result) == {**NOWHERE, "cancelled": ["t1"]}
    assert (len(line.writes), result["changed"]) == (1, False)


@pytest.mark.parametrize("status", [400, 409, 404])
def test_a_refusal_of_a_task_that_goes_on(status: int) -> None:
    line = fleet(running())
    line.write = [refusal(status, "LCM_NO", "Not in this stage")]
    failure = line.fail(run, **ONE)
    assert (failure.kind, failure.code) == ("not_allowed", "LCM_NO")
    assert "Not in this stage" in failure.message
    assert lists(failure.result) == {**NOWHERE, "not_cancellable": ["t1"]}
    assert (failure.result["changed"], len(line.writes)) == (False, 1)


def test_who_may_not_cancel() -> None:
    line = fleet(running())
    line.write = [refusal(403)]
    failure = line.fail(run, **ONE)
    assert (failure.kind, len(line.writes)) == ("authorization", 1)


# Lost answers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lost", [LOST, Answer(502, foreign=True), Answer(200, foreign=True)])
def test_an_answer_that_was_lost_after_it_took_effect(lost: Any) -> None:
    line = fleet(running(), running(cancellable=False), canceled())
    line.write = [lost]
    assert line.run(run, **ONE)["cancelled"] == ["t1"]
    assert len(line.writes) == 1


def test_a_request_that_was_lost_is_sent_again_once_the_task_was_looked_at() -> None:
    line = fleet(lambda now: running() if len(line.writes) < 2 else canceled())
    line.write = [LOST, running()]
    assert line.run(run, **ONE)["cancelled"] == ["t1"]
    assert len(line.writes) == 2
    between = line.sent()[line.sent().index("POST t1 cancel") + 1 :]
    assert between[0] == "GET t1"


CERTAIN = [Fault("away", delivery=Delivery.NONE), Fault("odd", delivery=Delivery.ANSWERED), Answer(429), Answer(503),
           Answer(404, foreign=True)]  # fmt: skip
"""What shows that a request was not, or most likely not, carried out."""
UNHEARD = [LOST, Fault("no complete answer within the request time-out", delivery=Delivery.LATE)]
"""What leaves open whether it was."""


@pytest.mark.parametrize("lost", CERTAIN, ids=str)
def test_what_was_not_carried_out_is_sent_again_once_the_task_was_looked_at(lost: Any) -> None:
    line = fleet(lambda now: running() if len(line.writes) < 4 else canceled())
    line.write = [lost, lost, lost, running()]
    result = line.run(run, **ONE)
    assert (result["cancelled"], result["changed"], len(line.writes)) == (["t1"], True, 4)
    assert looked_before_each(line.sent())


@pytest.mark.parametrize("lost", CERTAIN, ids=str)
def test_what_is_not_carried_out_for_longer_than_an_outage_may_last(lost: Any) -> None:
    line = fleet(running(), max_outage=100.0)
    line.write = [lost]
    failure = line.fail(run, **ONE)
    assert (failure.kind, failure.result["changed"]) == ("lost_contact", True)
    assert 100.0 <= line.clock.seconds < 110.0
    assert failure.result["states"] == {"t1": "RUNNING"}
    assert lists(failure.result) == {**NOWHERE, "still_canceling": ["t1"]}
    assert looked_before_each(line.sent())


@pytest.mark.parametrize(
    ("end", "where"), [(canceled(), "cancelled"), (fleet_task(status="SUCCEEDED"), "finished_first")]
)
@pytest.mark.parametrize("lost", UNHEARD, ids=str)
def test_what_may_have_been_heard_is_sent_again_once_and_then_followed(
    lost: Fault, end: dict[str, Any], where: str
) -> None:
    line = fleet(lambda now: running() if now < 600 else end)
    line.write = [lost]
    result = line.run(run, **ONE)
    assert lists(result) == {**NOWHERE, where: ["t1"]}
    assert (result["changed"], len(line.writes)) == (True, 2)
    assert looked_before_each(line.sent())
    assert len(line.context.warnings) == 1
    assert "may have been heard" in line.context.warnings[0]


@pytest.mark.parametrize("lost", UNHEARD, ids=str)
def test_what_may_have_been_heard_can_not_be_followed_without_waiting(lost: Fault) -> None:
    line = fleet(running())
    line.write = [lost]
    failure = line.fail(run, **ONE, wait=False)
    assert (failure.kind, failure.task_id, len(line.writes)) == ("lost_contact", "t1", 2)
    assert "may still be carried out" in failure.message
    assert lists(failure.result) == {**NOWHERE, "still_canceling": ["t1"]}
    assert (failure.result["changed"], line.context.warnings) == (True, [])


def test_a_failed_task_has_no_end_to_follow() -> None:
    line = FakeFleet("sddc_manager_credentials", max_outage=1800.0)
    line.tasks["t1"] = [{"id": "t1", "status": "FAILED"}]
    line.write = [LOST]
    failure = line.fail(run, **ONE)
    assert (failure.kind, line.writes, failure.result["still_canceling"]) == ("lost_contact", ["DELETE t1"] * 2, ["t1"])


def test_the_others_are_asked_for_whatever_was_heard_of_the_first() -> None:
    line = fleet(lambda now: running() if now < 60 else canceled())
    line.tasks["t2"] = [running("t2"), canceled("t2")]
    line.write = [LOST, LOST, None]
    result = line.run(run, task_ids=["t1", "t2"])
    assert (result["cancelled"], line.writes) == (["t1", "t2"], ["POST t1 cancel"] * 2 + ["POST t2 cancel"])


def test_what_may_have_been_heard_counts_however_often_it_was_not_carried_out_besides() -> None:
    line = fleet(lambda now: running() if now < 600 else canceled())
    line.write = [CERTAIN[0], LOST, CERTAIN[1], CERTAIN[0], UNHEARD[1]]
    assert line.run(run, **ONE)["cancelled"] == ["t1"]
    assert len(line.writes) == 5


def test_a_request_that_was_not_delivered_and_a_task_that_ends_on_its_own() -> None:
    line = fleet(running(), fleet_task(status="SUCCEEDED"))
    line.write = [Fault("connection refused", delivery=Delivery.NONE)]
    result = line.run(run, **ONE)
    assert (result["finished_first"], result["changed"], len(line.writes)) == (["t1"], False, 1)


def test_time_runs_out_after_something_was_sent() -> None:
    line = fleet(running(), running())
    line.write = [lambda now: line.away.append((now + 1, 10_000.0)) or running()]
    failure = line.fail(run, **ONE, timeout=100.0)
    assert (failure.kind, failure.result["changed"], failure.result["timed_out"]) == ("timeout", True, True)
    assert (failure.result["lost_contact"], failure.result["states"]) == (True, {"t1": "RUNNING"})
    assert lists(failure.result) == {**NOWHERE, "still_canceling": ["t1"]}


def test_time_runs_out_while_the_answer_is_lost() -> None:
    line = fleet(running())
    line.write = [lambda now: line.away.append((now, 10_000.0)) or LOST]
    failure = line.fail(run, **ONE, timeout=100.0)
    # It may have arrived.
    assert (failure.kind, failure.result["changed"], failure.result["states"]) == ("timeout", True, {"t1": "RUNNING"})
    assert lists(failure.result) == {**NOWHERE, "still_canceling": ["t1"]}


@pytest.mark.parametrize("check_mode", [False, True])
def test_not_waiting_for_the_end_is_still_no_success_when_nothing_could_be_read(check_mode: bool) -> None:
    line = fleet(running())
    line.away = [(0.0, 10_000.0)]
    line.context.check_mode = check_mode
    failure = line.fail(run, **ONE, wait=False, timeout=100.0)
    assert (failure.kind, failure.result["tasks"], failure.result["timed_out"]) == ("timeout", [], True)


def test_time_runs_out_while_the_answer_is_lost_without_waiting() -> None:
    line = fleet(running())
    line.write = [lambda now: line.away.append((now, 10_000.0)) or LOST]
    failure = line.fail(run, **ONE, wait=False, timeout=100.0)
    assert (failure.kind, failure.result["changed"]) == ("timeout", True)


def test_not_waiting_does_not_hide_what_went_wrong() -> None:
    line = fleet(running(), max_outage=10.0)
    line.write = [LOST]
    assert line.fail(run, **ONE, wait=False).kind == "lost_contact"
    line = fleet(running())
    line.write = [refusal(403)]
    failure = line.fail(run, **ONE, wait=False)
    assert (failure.kind, failure.result["changed"], lists(failure.result)) == ("authorization", False, NOWHERE)


def test_an_outage_after_a_lost_answer_is_ridden_out_before_anything_is_sent() -> None:
    line = fleet(running(), canceled())
    line.write = [lambda now: line.away.append((now, now + 600)) or LOST]
    assert line.run(run, **ONE)["cancelled"] == ["t1"]
    assert len(line.writes) == 1


def test_a_refusal_of_the_second_request_means_that_the_first_arrived() -> None:
    line = fleet(lambda now: running() if len(line.writes) < 2 else canceled())
    line.write = [LOST, refusal(400)]
    assert line.run(run, **ONE)["cancelled"] == ["t1"]


@pytest.mark.parametrize("lost", [LOST, Answer(502, foreign=True)], ids=repr)
def test_a_refusal_of_the_second_request_for_a_task_that_looks_untouched_may_mean_that_the_first_arrived(
    lost: Any,
) -> None:
    line = fleet(lambda now: running() if now < 30 else canceled())
    line.write = [lost, refusal(400, message="It was asked for already.")]
    result = line.run(run, **ONE)
    assert (result["changed"], lists(result)) == (True, {**NOWHERE, "cancelled": ["t1"]})
    assert line.writes == ["POST t1 cancel"] * 2
    [warning] = line.context.warnings
    assert "may have been heard" in warning


def test_a_refusal_after_requests_that_were_not_delivered_means_that_somebody_else_was_first() -> None:
    line = fleet(lambda now: running() if len(line.writes) < 2 else canceled())
    line.write = [Fault("connection refused", delivery=Delivery.NONE), refusal(400)]
    result = line.run(run, **ONE)
    assert (result["cancelled"], result["changed"]) == (["t1"], False)


def test_a_login_that_is_rejected_after_a_lost_answer_does_not_unsay_the_request() -> None:
    line = fleet(running(), Answer(401))
    line.write = [LOST]
    line.login = [line.login[0], Answer(401)]
    failure = line.fail(run, **ONE)
    assert (failure.kind, failure.result["changed"]) == ("authentication", True)


# Several tasks --------------------------------------------------------------------------------------------------------


def several() -> FakeFleet:
    line = fleet(running(), running(), canceled())
    line.tasks |= {
        "t2": [fleet_task("t2", "SUCCEEDED")],
        "t3": [running("t3", cancellable=False)],
        "t4": [running("t4"), fleet_task("t4", "SUCCEEDED")],
    }
    return line


def test_every_task_is_in_exactly_one_list() -> None:
    line = several()
    failure = line.fail(run, task_ids=["t1", "t2", "t3", "t4"])
    assert failure.kind == "not_allowed"
    assert lists(failure.result) == {
        "cancelled": ["t1"],
        "finished_first": ["t2", "t4"],
        "still_canceling": [],
        "not_cancellable": ["t3"],
    }
    assert line.writes == ["POST t1 cancel", "POST t4 cancel"]
    assert [task["id"] for task in failure.result["tasks"]] == ["t1", "t2", "t3", "t4"]


def test_one_unknown_id_and_nothing_is_sent() -> None:
    line = several()
    assert line.fail(run, task_ids=["t1", "nobody"]).kind == "not_found"
    assert line.writes == []


def test_a_filter_that_matches_several() -> None:
    line = several()
    failure = line.fail(run, states=["RUNNING"])
    assert (failure.kind, line.writes) == ("options", [])
    assert "allow_multiple" in failure.message
    line.tasks["t3"] = [running("t3"), canceled("t3")]
    line.tasks["t4"] = [running("t4"), canceled("t4")]
    line.tasks["t1"] = [running(), canceled()]
    assert sorted(line.run(run, states=["RUNNING"], allow_multiple=True)["cancelled"]) == ["t1", "t3", "t4"]


def test_failing_while_selecting_returns_every_key_too() -> None:
    every = set(fleet(canceled()).run(run, **ONE))
    line = fleet(running())
    assert set(line.fail(run, task_ids=["t1", "nobody"]).result) == every
    assert set(line.fail(run, states=["RUNNING"], timeout=0.0, deadline="2026-11-21T22:00:00Z").result) == every
    line.list = [refusal(403)]
    assert set(line.fail(run, states=["RUNNING"]).result) == every


def test_no_selection() -> None:
    line = fleet(running())
    assert line.fail(run).kind == "options"
    assert line.transport.requests == []


def test_an_unknown_id() -> None:
    line = fleet(not_found())
    assert line.fail(run, **ONE).kind == "not_found"


# Check mode and diff --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("task", "changed"), [(running(), True), (fleet_task(), True), (canceled(), False), (failed_task(), False)]
)
def test_check_mode_predicts(task: dict[str, Any], changed: bool) -> None:
    line = fleet(task)
    line.context.check_mode = line.context.diff = True
    result = line.run(run, **ONE)
    before = task["status"]
    assert (result["changed"], line.sent()) == (changed, ["GET t1"])
    assert result["diff"] == {"before": {"t1": before}, "after": {"t1": "CANCELED" if changed else before}}


def test_check_mode_predicts_the_failure() -> None:
    line = fleet(running(cancellable=False))
    line.context.check_mode = True
    assert (line.fail(run, **ONE).kind, line.writes) == ("not_allowed", [])


def test_diff_mode_shows_before_and_after() -> None:
    line = fleet(running(), canceled())
    line.context.diff = True
    assert line.run(run, **ONE)["diff"] == {"before": {"t1": "RUNNING"}, "after": {"t1": "CANCELED"}}


# One that is refused and ends all the same ----------------------------------------------------------------------------


def test_what_was_refused_and_ends_while_the_others_are_followed_has_finished_first() -> None:
    line = fleet(running(), lambda now: running(cancellable=False) if now < 100 else canceled())
    line.tasks["t2"] = [lambda now: fleet_task("t2", "PENDING" if now < 50 else "SUCCEEDED", cancellable=False)]
    result = line.run(run, task_ids=["t1", "t2"])
    assert lists(result) == {**NOWHERE, "cancelled": ["t1"], "finished_first": ["t2"]}


# SDDC Manager ---------------------------------------------------------------------------------------------------------


def test_sddc_manager() -> None:
    line = FakeFleet("sddc_manager")
    line.tasks["t1"] = [
        {"id": "t1", "status": "In Progress", "isCancellable": True},
        {"id": "t1", "status": "Cancelled"},
    ]
    line.write = [Answer(200)]
    assert line.run(run, **ONE)["cancelled"] == ["t1"]
    assert line.writes == ["DELETE t1"]

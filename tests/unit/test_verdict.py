# SPDX-License-Identifier: GPL-3.0-or-later
"""What a wait comes to, and how it is said."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.vcf.lifecycle.plugins.module_utils.errors import Failure, LostContactFailure
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations import verdict
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.follow import Course, Watched
from ansible_collections.vcf.lifecycle.plugins.module_utils.options import Waiting
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import Stage, State, Task, TaskError
from tests.unit.data import a_task

DONE = a_task(State.SUCCEEDED, "good")
GOING_ON = a_task(State.RUNNING, "on")
CAUSE = TaskError(code="E1", message="The disk is full.", remediation="Empty it.", reference="R1", where="deploy")
BAD = a_task(State.FAILED, "bad", root_causes=[CAUSE])
CANCELED = a_task(State.CANCELED, "gone")


def course(*tasks: Task, timed_out: bool = False, **fields: Any) -> Course:
    return Course(
        {task.id: Watched(task.id, task.id, task, is_over=task.done) for task in tasks}, timed_out=timed_out, **fields
    )


def timeout(found: Course) -> Failure:
    failure = verdict.timeout_of(found, Waiting())
    assert failure is not None
    return failure


def kind(found: Course, **options: Any) -> str | None:
    failure = verdict.failure_of(found, Waiting.of({"accept_states": ["SUCCEEDED"], **options}))
    return failure.kind if failure else None


@pytest.mark.parametrize(
    ("tasks", "options", "enough"),
    [
        ([DONE, BAD], {}, True),
        ([DONE, GOING_ON], {}, False),
        ([DONE, GOING_ON], {"wait_for": "any"}, True),
        ([BAD, GOING_ON], {"wait_for": "any"}, False),
        ([BAD, GOING_ON], {"wait_for": "any", "accept_states": ["FAILED"]}, True),
        ([BAD, CANCELED], {"wait_for": "any"}, True),
    ],
)
def test_enough(tasks: list[Task], options: dict[str, Any], enough: bool) -> None:
    assert verdict.is_enough(course(*tasks), Waiting.of({"accept_states": ["SUCCEEDED"], **options})) is enough


@pytest.mark.parametrize(
    ("tasks", "timed_out", "options", "expected"),
    [
        ([DONE], False, {}, None),
        ([DONE, BAD], False, {}, "task_failed"),
        ([DONE, CANCELED], False, {}, "task_canceled"),
        ([CANCELED, BAD], False, {}, "task_failed"),
        ([BAD], False, {"accept_states": ["FAILED"]}, None),
        ([DONE], False, {"accept_states": []}, "task_failed"),
        ([DONE, BAD, GOING_ON], False, {"wait_for": "any"}, None),
        ([BAD, CANCELED], False, {"wait_for": "any"}, "task_failed"),
        ([GOING_ON], True, {}, "timeout"),
        ([GOING_ON], True, {"on_timeout": "continue"}, None),
        ([GOING_ON], True, {"on_timeout": "cancel"}, "timeout"),
        ([BAD, GOING_ON], True, {}, "task_failed"),
        ([BAD, GOING_ON], True, {"on_timeout": "continue"}, "task_failed"),
        ([BAD, GOING_ON], True, {"wait_for": "any"}, "timeout"),
        ([BAD, CANCELED], True, {"wait_for": "any"}, "task_failed"),
        ([CANCELED], True, {"wait_for": "any", "on_timeout": "cancel"}, "timeout"),
        ([DONE], True, {}, None),
    ],
)
def test_failures(tasks: list[Task], timed_out: bool, options: dict[str, Any], expected: str | None) -> None:
    assert kind(course(*tasks, timed_out=timed_out), **options) == expected


def test_what_broke_the_wait_comes_first() -> None:
    assert kind(course(BAD, failure=LostContactFailure("away"))) == "lost_contact"


def test_a_failed_task_speaks_with_its_root_cause() -> None:
    failure = verdict.failure_of_tasks([CANCELED, BAD])
    assert (failure.task_id, failure.code, failure.remediation, failure.reference) == ("bad", "E1", "Empty it.", "R1")
    assert failure.as_sentence() == (
        "Task 'upgrade' (bad) of fleet_lcm failed in deploy: The disk is full. 1 more ended otherwise: gone (CANCELED) "
        "[E1]. Remediation: Empty it. Reference: R1."
    )


def test_what_goes_for_others_is_said_of_those_that_ended_alike() -> None:
    failure = verdict.failure_of_tasks([BAD, CANCELED, a_task(State.FAILED, "worse")])
    assert failure.message.endswith(" The same goes for 1 more: worse. 1 more ended otherwise: gone (CANCELED).")


@pytest.mark.parametrize(
    ("task", "sentence"),
    [
        (
            a_task(State.FAILED, root_causes=[CAUSE.model_copy(update={"cause": "ENOSPC."})]),
            "Task 'upgrade' (t1) of fleet_lcm failed in deploy: The disk is full (ENOSPC).",
        ),
        (
            a_task(State.FAILED, stages=[Stage(name="deploy", state=State.FAILED)]),
            "Task 'upgrade' (t1) of fleet_lcm failed in deploy; the service gives no reason.",
        ),
        (
            a_task(State.FAILED, status="Timed Out"),
            "Task 'upgrade' (t1) of fleet_lcm failed (status Timed Out); the service gives no reason.",
        ),
        (
            a_task(State.CANCELED, status="CANCELLED", stages=[Stage(name="deploy", state=State.FAILED)]),
            "Task 'upgrade' (t1) of fleet_lcm was canceled (status CANCELLED).",
        ),
        (a_task(State.WARNING), "Task 'upgrade' (t1) of fleet_lcm ended as WARNING."),
    ],
)
def test_sentence_of_an_end(task: Task, sentence: str) -> None:
    assert verdict.sentence_of_end(task) == sentence


def test_a_timeout_never_says_that_a_task_failed() -> None:
    on = a_task(State.RUNNING, "on", stages=[Stage(name="one", state=State.RUNNING)])
    odd = a_task(State.UNKNOWN, "odd", status="ODD")
    found = course(DONE, on, odd, timed_out=True)
    found.watched["unseen"] = Watched("unseen", "unseen")
    failure = timeout(found)
    assert (failure.kind, failure.task_id) == ("timeout", "on")
    assert failure.as_sentence() == (
        "Time ran out: task 'upgrade' (on) is RUNNING at 0% in stage one; task 'upgrade' (odd) is in the unknown "
        "status 'ODD'; task unseen has not been seen (is that its id, and this its service?). "
        "They have not failed. Run again with the same ids to go on waiting."
    )


def test_a_timeout_out_of_contact_says_so() -> None:
    assert "how it was last seen" in timeout(course(GOING_ON, timed_out=True, lost_contact=True)).message


def test_a_timeout_of_many_tasks_stays_short() -> None:
    failure = timeout(course(*(a_task(task_id=f"t{number}") for number in range(50)), timed_out=True))
    assert "and 45 more" in failure.message
    assert len(failure.message) < 400

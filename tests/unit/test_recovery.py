# SPDX-License-Identifier: GPL-3.0-or-later
"""What waiting and retrying has come to."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.vcf.lifecycle.plugins.module_utils.operations import retry, wait
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import of_result
from ansible_collections.vcf.lifecycle.plugins.plugin_utils.recovery import recovery
from tests.unit.data import a_task, read
from tests.unit.fakes import FakeFleet, failed_task, fleet_task

GOING_ON, GOOD = fleet_task(), fleet_task(status="SUCCEEDED")


def result_of(operation: Any, *tasks: dict[str, Any], check_mode: bool = False, **options: Any) -> dict[str, Any]:
    """What a module returns that sees those tasks, well or not."""
    line = FakeFleet(max_outage=1800.0)
    line.tasks = {task["id"]: [task] for task in tasks}
    line.context.check_mode = check_mode
    try:
        return line.run(operation.run, task_ids=list(line.tasks), **options)
    except retry.Failure as failure:
        return {**failure.result, "failed": True, "msg": failure.as_sentence(), "failure": failure.as_failure()}


def waited(*tasks: dict[str, Any], **options: Any) -> dict[str, Any]:
    return result_of(wait, *tasks, **options)


def tried(*tasks: dict[str, Any], **instead: Any) -> dict[str, Any]:
    """What a retry returns that made one attempt for each of the tasks, which have ended as they are here."""
    ended = waited(*tasks)
    return {**ended, "retried": [task["id"] for task in tasks], "attempts_made": 1, "not_retriable": [], **instead}


SAME = fleet_task("t2", status="SUCCEEDED")
FINAL = failed_task("t2", retriable=False)
CANCELED = fleet_task("t2", status="CANCELED")
SKIPPED = {"skipped": True, "changed": False}


@pytest.mark.parametrize(
    ("results", "recovered", "kind", "said"),
    [
        ([waited(GOOD)], True, None, ""),
        ([waited(GOOD), SKIPPED], True, None, ""),
        ([waited(failed_task()), tried(GOOD)], True, None, ""),
        # By a new id.
        ([waited(failed_task()), tried(SAME, retried=["t1"])], True, None, ""),
        ([waited(failed_task()), tried(failed_task())], False, "task_failed", "Reference: REF123. Retried once."),
        ([waited(failed_task()), tried(failed_task(), attempts_made=3)], False, "task_failed", "Retried 3 times."),
        ([waited(failed_task()), SKIPPED], False, "task_failed", "It was not to be retried."),
        ([waited(failed_task(retriable=False)), SKIPPED], False, "task_failed", "says that it can not be."),
        ([waited(CANCELED), SKIPPED], False, "task_canceled", "was canceled."),
        ([waited(GOING_ON)], False, "timeout", "Time ran out: task"),
        ([waited(GOING_ON, FINAL)], False, "task_failed", "can not be."),
        ([waited(GOING_ON, failed_task("t2"))], False, "task_failed", "It was not retried, since time was up."),
        ([waited(failed_task()), tried(GOING_ON)], False, "timeout", "Retried once."),
        # One was mended, and the other is as it was.
        ([waited(failed_task(), SAME), tried(GOOD)], True, None, ""),
        ([waited(failed_task(), FINAL), tried(GOOD)], False, "task_failed", "says that it can not be."),
        ([waited(failed_task(), CANCELED), tried(GOOD)], False, "task_canceled", "(t2) of fleet_lcm was canceled"),
        # The retry itself did not come to it.
        (
            [waited(failed_task()), result_of(retry, failed_task(), retry_on=["DISK"])],
            False,
            "task_failed",
            "It was not retried, since no error matches retry_on",
        ),
        (
            [waited(failed_task()), {"failed": True, "msg": "It has no retry.", "failure": {"kind": "unsupported"}}],
            False,
            "task_failed",
            "It was not retried: It has no retry.",
        ),
        (
            [waited(failed_task()), {"failed": True, "msg": "Out.", "failure": {"kind": "lost_contact"}, "tasks": []}],
            False,
            "lost_contact",
            "Out.",
        ),
        # No result is none that is good.
        ([], False, "invalid_response", "There is no result of any wait."),
        ([SKIPPED], False, "invalid_response", "There is no result of any wait."),
        ([{"failed": True, "msg": "It broke."}], False, "invalid_response", "It broke."),
        ([waited(failed_task()), {"failed": True, "msg": "It broke."}], False, "task_failed", "It broke."),
    ],
)
def test_what_it_has_come_to(results: list[Any], recovered: bool, kind: str | None, said: str) -> None:
    account = recovery(results)
    assert (account["recovered"], account["failure"].get("kind")) == (recovered, kind), account
    assert said in account["message"]
    assert bool(account["message"]) == (not recovered)


def test_the_evidence() -> None:
    account = recovery([waited(failed_task()), tried(failed_task())])
    for part in (
        "(t1) of fleet_lcm",
        "in deploy",
        "LCM_DNS_ERROR",
        "Check the DNS records.",
        "REF123",
        "Retried once.",
    ):
        assert part in account["message"]
    failure = account["failure"]
    assert (failure["task_id"], failure["code"], failure["reference"]) == ("t1", "LCM_DNS_ERROR", "REF123")
    assert account["retried"] == ["t1"]


def test_time_that_ran_out_is_said() -> None:
    assert recovery([waited(GOING_ON)])["timed_out"]
    assert recovery([waited(failed_task()), tried(GOING_ON)])["timed_out"]
    assert not recovery([waited(failed_task()), tried(GOOD)])["timed_out"]


@pytest.mark.parametrize(
    ("tasks", "recovered", "retried"),
    [
        ([GOOD], True, []),
        ([GOING_ON], True, []),
        ([failed_task()], True, ["t1"]),
        ([failed_task(), FINAL], False, ["t1"]),
        ([CANCELED], False, []),
    ],
)
def test_check_mode_predicts(tasks: list[dict[str, Any]], recovered: bool, retried: list[str]) -> None:
    failed = [task for task in tasks if task["status"] == "FAILED" and task["retriable"]]
    results = [waited(*tasks, check_mode=True)]
    results += [result_of(retry, *failed, check_mode=True)] if failed else []
    account = recovery(results, check_mode=True)
    assert (account["recovered"], account["retried"]) == (recovered, retried)
    assert bool(account["failure"]) == (not recovered)


@pytest.mark.parametrize("task", [failed_task(), GOING_ON, GOOD])
def test_a_result_can_be_read_again(task: dict[str, Any]) -> None:
    known = read("fleet_lcm", task)
    assert of_result(known.as_result()) == known
    assert of_result(a_task().as_result()) == a_task()


STATES = {"SUCCEEDED": GOOD, "FAILED": failed_task(), "CANCELED": fleet_task(status="CANCELED"), "RUNNING": GOING_ON}


@given(st.lists(st.sampled_from(sorted(STATES)), min_size=1, max_size=3), st.data())
def test_only_what_has_ended_well_is_recovered(states: list[str], data: st.DataObject) -> None:
    before = [{**STATES[state], "id": f"t{number}"} for number, state in enumerate(states)]
    first = waited(*before)
    failed = [task for task in before if task["status"] == "FAILED"]
    results, after = [first], {task["id"]: task["status"] for task in before}
    if failed and not first["timed_out"]:
        ends = data.draw(st.lists(st.sampled_from(sorted(STATES)), min_size=len(failed), max_size=len(failed)))
        again = [{**STATES[end], "id": task["id"]} for task, end in zip(failed, ends, strict=True)]
        results.append(tried(*again))
        after.update({task["id"]: task["status"] for task in again})
    assert recovery(results)["recovered"] == ({*after.values()} <= {"SUCCEEDED"})

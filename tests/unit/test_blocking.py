# SPDX-License-Identifier: GPL-3.0-or-later
"""Which tasks block an upgrade, and what is said of them."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.blocking import as_result, blocking, reason_of
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import Resource, Stage, State, Task, TaskError
from tests.unit.data import a_task, read

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=timezone.utc)
ONE = Resource(id="r-1", type="NODE")
OTHER = Resource(id="r-2", type="NODE")


def task(state: State, task_id: str, hour: float | None, **fields: Any) -> Task:
    """A task that was created so many hours after noon, and took half an hour if it has ended."""
    created = None if hour is None else NOON + timedelta(hours=hour)
    ended = created + timedelta(minutes=30) if created and state.is_terminal else None
    return a_task(
        state, task_id, **{"type": "UPGRADE", "resources": [ONE], "created_at": created, "ended_at": ended} | fields
    )


def failed(hour: float | None = 0, **fields: Any) -> Task:
    return task(State.FAILED, "failed", hour, **fields)


def good(hour: float | None = 1, state: State = State.SUCCEEDED, task_id: str = "good", **fields: Any) -> Task:
    return task(state, task_id, hour, **fields)


def ids(*tasks: Task) -> list[str]:
    found = [found.id for found in blocking(list(tasks))]
    assert found == [found.id for found in blocking(list(reversed(tasks)))]
    return found


@pytest.mark.parametrize(
    ("state", "blocks"),
    [(state, not state.is_terminal or state is State.FAILED) for state in State],
    ids=lambda value: str(value),
)
def test_what_blocks_by_its_state_alone(state: State, blocks: bool) -> None:
    assert ids(task(state, "t1", 0)) == (["t1"] if blocks else [])


def test_what_goes_on_is_not_resolved_by_anything() -> None:
    assert ids(task(State.RUNNING, "on", 0), task(State.UNKNOWN, "odd", 0.1), good()) == ["odd", "on"]


@pytest.mark.parametrize(
    ("name", "tasks", "blocks"),
    [
        ("a success", [failed(), good()], False),
        ("a success with warnings", [failed(), good(state=State.WARNING)], False),
        ("a task that was skipped", [failed(), good(state=State.SKIPPED)], True),
        ("a cancel", [failed(), good(state=State.CANCELED)], True),
        ("another failure after it", [failed(), task(State.FAILED, "again", 1)], True),
        ("an earlier success", [failed(), good(-1)], True),
        ("a success created together with it", [failed(), good(0)], True),
        ("a success before it failed once more", [failed(ended_at=NOON + timedelta(hours=3)), good(1)], True),
        ("a success after it failed once more", [failed(ended_at=NOON + timedelta(hours=3)), good(4)], False),
        ("an old success and a new one", [failed(), good(-1), good(1, task_id="new")], False),
        ("no end of the failure", [failed(ended_at=None), good(0.1)], False),
        ("no time of the failure", [failed(None), good()], True),
        ("no time of the success", [failed(), good(None)], True),
        ("a time of its start alone", [failed(), good(None, started_at=NOON + timedelta(hours=1))], False),
        ("another type", [failed(), good(type="PRECHECK")], True),
        ("no type", [failed(type=None), good(type=None)], True),
        ("another operation", [failed(operation="install"), good(operation="precheck")], True),
        ("the same operation", [failed(operation="install"), good(operation="install")], False),
        ("another name", [failed(), good(name="another")], False),
        ("another resource", [failed(), good(resources=[OTHER])], True),
        ("the same id of another type", [failed(), good(resources=[Resource(id="r-1", type="HOST")])], True),
        ("more resources", [failed(), good(resources=[OTHER, ONE])], False),
        ("less resources", [failed(resources=[ONE, OTHER]), good()], True),
        (
            "one resource after the other",
            [failed(resources=[ONE, OTHER]), good(), good(2, resources=[OTHER], task_id="rest")],
            False,
        ),
        ("a renamed resource", [failed(), good(resources=[ONE.model_copy(update={"name": "new"})])], False),
        ("a resource by name", [failed(resources=[Resource(name="a")]), good(resources=[Resource(name="a")])], False),
        ("another by name", [failed(resources=[Resource(name="a")]), good(resources=[Resource(name="b")])], True),
        ("no resource", [failed(resources=[]), good(resources=[])], False),
        ("no resource, another name", [failed(resources=[]), good(resources=[], name="another")], True),
        ("no resource, no name", [failed(resources=[], name=None), good(resources=[], name=None)], True),
        (
            "types of resources alone",
            [failed(resources=[Resource(type="N")]), good(resources=[Resource(type="N")])],
            False,
        ),
        (
            "types of resources alone, another name",
            [failed(resources=[Resource(type="N")]), good(resources=[Resource(type="N")], name="another")],
            True,
        ),
        ("a word of the service: resolved", [failed(resolved=True)], False),
        ("a word of the service: unresolved", [failed(resolved=False), good()], True),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_resolves_a_failure(name: str, tasks: list[Task], blocks: bool) -> None:
    assert ("failed" in ids(*tasks)) is blocks, name


def test_the_newest_come_first() -> None:
    tasks = [task(State.RUNNING, f"t{hour}", hour) for hour in (2, 5, 1)]
    assert ids(*tasks, task(State.PENDING, "undated", None)) == ["t5", "t2", "t1", "undated"]


CAUSE = TaskError(code="E1", message="The disk is full.", remediation="Empty it.")


@pytest.mark.parametrize(
    ("task", "reason"),
    [
        (a_task(State.PENDING), "It is PENDING."),
        (
            a_task(State.RUNNING, stages=[Stage(name="deploy", state=State.RUNNING)]),
            "It is RUNNING, in stage deploy.",
        ),
        (
            a_task(State.UNKNOWN, status="Zapping"),
            "It is in a status that is not known here ('Zapping'); until it ends take it for running.",
        ),
        (a_task(State.FAILED), "It failed and is not resolved."),
        (a_task(State.FAILED, root_causes=[CAUSE]), "It failed and is not resolved: The disk is full (E1)."),
        (
            a_task(State.FAILED, root_causes=[TaskError(message="E1: it is full!", code="E1"), CAUSE]),
            "It failed and is not resolved: E1: it is full!",
        ),
        (a_task(State.FAILED, root_causes=[TaskError(code="E1")]), "It failed and is not resolved (E1)."),
    ],
)
def test_reasons(task: Task, reason: str) -> None:
    assert reason_of(task) == reason


def test_what_is_shown() -> None:
    shown = as_result(failed(status="TIMED_OUT"))
    assert shown == {
        "id": "failed",
        "name": "upgrade",
        "type": "UPGRADE",
        "state": "FAILED",
        "status": "TIMED_OUT",
        "resource": {"id": "r-1", "type": "NODE", "name": None},
        "reason": "It failed and is not resolved.",
    }
    assert type(shown["state"]) is str
    assert as_result(a_task())["resource"] is None


# What the services' own tasks come to


def sddc(task_id: str, status: str, hour: int, **fields: Any) -> Task:
    created = f"2026-11-21T{hour:02}:00:00Z"
    resources = [{"resourceId": "d-1", "type": "DOMAIN"}]
    body = {"id": task_id, "status": status, "type": "T", "creationTimestamp": created, "resources": resources}
    return read("sddc_manager", {**body, **fields})


def test_sddc_manager_says_what_is_resolved() -> None:
    later = sddc("later", "Successful", 3)
    assert ids(sddc("t1", "Failed", 1, resolutionStatus="UNRESOLVED"), later) == ["t1"]
    assert ids(sddc("t1", "FAILED", 1, resolutionStatus="Unresolved"), later) == ["t1"]
    assert ids(sddc("t1", "Failed", 1, resolutionStatus="RESOLVED")) == []
    assert ids(sddc("t1", "TIMED_OUT", 1), later) == []
    assert ids(sddc("t1", "Failed", 1, resolutionStatus="SOMEHOW")) == ["t1"]
    assert ids(sddc("t1", "Cancelled", 1, resolutionStatus="UNRESOLVED")) == []


@pytest.mark.parametrize("status", ["FAILED", "INCONSISTENT", "PREVALIDATION_FAILED"])
def test_a_change_of_passwords_blocks_until_a_later_one_goes_well(status: str) -> None:
    def change(task_id: str, status: str, hour: int) -> Task:
        steps = [{"resourceName": "esxi-1", "entityType": "ESXI", "status": status}]
        created = f"2026-11-21T{hour:02}:00:00Z"
        body = {"id": task_id, "status": status, "type": "ROTATE", "creationTimestamp": created, "subTasks": steps}
        return read("sddc_manager_credentials", body)

    assert ids(change("t1", status, 1)) == ["t1"]
    assert ids(change("t1", status, 1), change("t2", "SUCCESSFUL", 2)) == []
    assert ids(change("t1", "USER_CANCELLED", 1)) == []


def test_vcenter_does_different_things_in_one_service() -> None:
    def run(task_id: str, operation: str, status: str, hour: int) -> Task:
        info = {"service": "com.vmware.lcm", "operation": operation, "status": status, "target": {"id": "vc-1"}}
        return read("vcenter", {"id": task_id, "start_time": f"2026-11-21T{hour:02}:00:00Z", **info})

    broken = run("t1", "install", "FAILED", 1)
    assert ids(broken, run("t2", "precheck", "SUCCEEDED", 2)) == ["t1"]
    assert ids(broken, run("t2", "install", "SUCCEEDED", 2)) == []


# What it costs


def test_the_cost_is_linear() -> None:
    def seconds(number: int) -> float:
        states = (State.FAILED, State.SUCCEEDED, State.RUNNING)
        tasks = [task(states[place % 3], f"t{place}", -place / 60) for place in range(number)]
        best = float("inf")
        for _try in range(3):
            begun = time.process_time()
            assert blocking(tasks)
            best = min(best, time.process_time() - begun)
        return best

    # Ten times as many tasks: ten times as long, where each compared with all others would be a hundred times.
    assert seconds(20_000) < 30 * seconds(2_000)

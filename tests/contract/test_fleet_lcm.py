# SPDX-License-Identifier: GPL-3.0-or-later
"""Broadcom's client for Fleet LCM, against the simulator: it accepts every answer, and so does the comparison."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests
import vcf.fleet_lcm.model_client as model
from vcf.fleet_lcm.v1_client import Tasks
from vmware.vapi.bindings.error import UnresolvedError

from ansible_collections.vcf.lifecycle.extensions.simulator.simulator import Simulator
from tests.contract.bindings import differences
from tests.contract.clients import TIMEOUT, Wire, configuration

USER, PASSWORD = "admin@vsp.local", "secret"
UPGRADE = "019aa000-0000-7000-8000-000000000001"
FAILING = "019aa000-0000-7000-8000-000000000002"
DONE = "019aa000-0000-7000-8000-000000000003"
UNKNOWN = "019aa000-0000-7000-8000-00000000ffff"
ERROR = {
    "code": "VCFMS-UPGRADE-COMPONENT-031",
    "message": "The node did not come back.",
    "remediation": "Power it on.",
    "reference": "REF-1",
    "generic_first": True,
    "nested": [{"code": "INNER-1", "message": "No route to host."}],
}
STAGES = [{"name": name, "description": name.title(), "seconds": 10} for name in ("prepare", "upgrade", "verify")]
LOCALIZED = {"id": "check", "defaultMessage": "A check", "localizedMessage": "A check", "args": {}}
CHECK = {
    "id": "HEALTH",
    "name": LOCALIZED,
    "status": "SUCCEEDED",
    "startTime": "2026-01-23T04:56:07.000Z",
    "endTime": "2026-01-23T04:56:08.000Z",
}
SCENARIO: dict[str, Any] = {
    "services": {
        "fleet_lcm": {
            "users": {USER: PASSWORD},
            "tasks": [
                {
                    "id": UPGRADE,
                    "name": "upgrade-ops",
                    "description": "Upgrade VCF Operations",
                    "type": "UPGRADE",
                    "created_by": "alice",
                    "correlation_id": "c-1",
                    "resource": {"id": "r-1", "type": "OPS", "name": "VCF Operations"},
                    "stages": [*STAGES[:2], STAGES[2] | {"messages": [{"text": "Looking", "level": "WARN"}]}],
                    "subtasks": [
                        {"name": "upgrade-proxy", "stages": STAGES, "subtasks": [{"name": "x", "seconds": 5}]}
                    ],
                    "additional_details": {"targetVersion": "9.1.0.0400"},
                },
                {
                    "id": FAILING,
                    "name": "upgrade-logs",
                    "type": "UPGRADE",
                    "start": -100,
                    "stages": STAGES,
                    "attempts": [{"fail": "upgrade", "error": ERROR}, {}],
                },
                {
                    "id": DONE,
                    "name": "precheck-vidb",
                    "description": "Precheck",
                    "type": "PRECHECK",
                    "created_by": "bob",
                    "resource": {"id": "r-2", "type": "VIDB"},
                    "start": -1000,
                    "seconds": 10,
                    "result": {
                        "type": "PRECHECK",
                        "status": "SUCCEEDED",
                        "precheckGroups": [
                            CHECK
                            | {
                                "prechecks": [
                                    CHECK
                                    | {
                                        "issue": {
                                            "id": "W-1",
                                            "type": "WARN",
                                            "message": LOCALIZED,
                                            "resolution": LOCALIZED,
                                        }
                                    }
                                ]
                            }
                        ],
                    },
                },
                {"name": "housekeeping", "system": True, "start": -50, "seconds": 1},
            ],
        }
    }
}


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with Simulator.from_dict(SCENARIO) as running:
        yield running


@pytest.fixture
def session(sim: Simulator, session_for: Callable[[Simulator], requests.Session]) -> requests.Session:
    return session_for(sim)


@pytest.fixture
def wire(session: requests.Session) -> Wire:
    return Wire(session)


@pytest.fixture
def tasks(sim: Simulator, session: requests.Session, wire: Wire) -> Tasks:
    answer = log_in(sim, session)
    return Tasks(configuration(session, sim.url + "/fleet-lcm", answer.json()["access_token"]))


def log_in(sim: Simulator, session: requests.Session, password: str = PASSWORD) -> requests.Response:
    form = {"grant_type": "password", "username": USER, "password": password}
    return session.post(sim.url + "/api/v1/identity/token", data=form, timeout=TIMEOUT)


def names(page: Any) -> list[str]:
    return [element.name for element in page.elements]


def test_login(sim: Simulator, session: requests.Session) -> None:
    answer = log_in(sim, session)
    assert answer.status_code == 200
    assert answer.json() == {"access_token": answer.json()["access_token"], "token_type": "Bearer", "expires_in": 14400}


def test_rejected_login(sim: Simulator, session: requests.Session) -> None:
    answer = log_in(sim, session, "wrong")
    assert answer.status_code == 401
    assert differences(answer.json(), model.ErrorResponse) == []


def test_get(tasks: Tasks, wire: Wire, sim: Simulator) -> None:
    for moment in (0, 15, 28, 100):
        sim.clock.advance(max(0, moment - sim.clock.now()))
        task = tasks.get_task(UPGRADE)
        assert differences(wire.body, model.Task) == []
        assert (task.id, task.type, task.created_by) == (UPGRADE, "UPGRADE", "alice")
    assert (task.status, task.task_summary.total_sub_tasks, task.task_summary.total_steps) == ("SUCCEEDED", 2, 7)
    assert [stage.status for stage in task.stages] == ["SUCCEEDED"] * 3
    assert [sub.parent_task_id for sub in task.sub_tasks] == [UPGRADE]
    assert task.end_time - task.start_time == timedelta(seconds=65)


def test_get_sub_task(tasks: Tasks, wire: Wire) -> None:
    sub = tasks.get_task(UPGRADE).sub_tasks[0]
    inner = tasks.get_task(sub.id)
    assert differences(wire.body, model.Task) == []
    assert (inner.name, inner.parent_task_id) == ("upgrade-proxy", UPGRADE)
    assert inner.sub_tasks[0].parent_task_id == sub.id


def test_get_failed_says_what_went_wrong(tasks: Tasks, wire: Wire) -> None:
    task = tasks.get_task(FAILING)
    assert differences(wire.body, model.Task) == []
    assert (task.status, [stage.status for stage in task.stages]) == ("FAILED", ["SUCCEEDED", "FAILED", "PENDING"])
    errors = [said.message for said in task.stages[1].messages if said.level == "ERROR"]
    assert [said.id for said in errors] == ["LCM_INTERNAL_ERROR", ERROR["code"], "INNER-1"]
    assert errors[1].args == {"resolution": "Power it on.", "referenceId": "REF-1"}
    assert [said.message.id for said in task.messages] == ["LCM_INTERNAL_ERROR"]
    assert differences(wire.body["additionalDetails"]["error"], model.ErrorResponse) == []


def test_get_with_prechecks(tasks: Tasks, wire: Wire) -> None:
    tasks.get_task(DONE)
    assert differences(wire.body, model.Task) == []
    assert wire.body["result"]["precheckGroups"][0]["prechecks"][0]["issue"]["type"] == "WARN"


def test_list_is_newest_first_and_hides_system_tasks(tasks: Tasks, wire: Wire) -> None:
    page = tasks.get_tasks()
    assert differences(wire.body, model.PageOfTaskSummary) == []
    assert names(page) == ["upgrade-ops", "upgrade-logs", "precheck-vidb"]
    assert not any("stages" in element for element in wire.body["elements"])


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"status": "FAILED"}, ["upgrade-logs"]),
        ({"status": "failed"}, []),
        ({"type": "UPGRADE"}, ["upgrade-ops", "upgrade-logs"]),
        ({"created_by": "bob"}, ["precheck-vidb"]),
        ({"name": "upgrade-ops"}, ["upgrade-ops"]),
        ({"name": "upgrade"}, []),
        ({"description": "Precheck"}, ["precheck-vidb"]),
        ({"resource_id": "r-1"}, ["upgrade-ops"]),
        ({"resource_type": "VIDB"}, ["precheck-vidb"]),
        ({"include_system_tasks": True}, ["upgrade-ops", "housekeeping", "upgrade-logs", "precheck-vidb"]),
        ({"include_system_tasks": False, "type": "PRECHECK"}, ["precheck-vidb"]),
    ],
)
def test_list_filters(tasks: Tasks, wire: Wire, wanted: dict[str, Any], found: list[str]) -> None:
    assert names(tasks.get_tasks(**wanted)) == found
    assert differences(wire.body, model.PageOfTaskSummary) == []


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"start_time_gt": -500}, ["upgrade-ops", "upgrade-logs"]),
        ({"start_time_lt": -500}, ["precheck-vidb"]),
        ({"end_time_gt": -500}, ["upgrade-logs"]),
        ({"end_time_lt": -500}, ["precheck-vidb"]),
        ({"update_time_gt": -500}, ["upgrade-ops", "upgrade-logs"]),
        ({"update_time_lt": -500}, ["precheck-vidb"]),
    ],
)
def test_list_filters_by_time(tasks: Tasks, sim: Simulator, wanted: dict[str, float], found: list[str]) -> None:
    # The clients write times without a zone, and mean UTC.
    limits = {name: sim.clock.at(seconds).replace(tzinfo=None) for name, seconds in wanted.items()}
    assert names(tasks.get_tasks(**limits)) == found


def test_list_in_pages(tasks: Tasks, wire: Wire) -> None:
    pages = [tasks.get_tasks(page_number=number, page_size=2) for number in (1, 2, 3)]
    assert [names(page) for page in pages] == [["upgrade-ops", "upgrade-logs"], ["precheck-vidb"], []]
    metadata = pages[1].page_metadata
    assert (metadata.page_number, metadata.page_size) == (2, 2)
    assert (metadata.total_elements, metadata.total_pages) == (3, 2)


def test_cancel_lets_the_running_stage_end(tasks: Tasks, wire: Wire, sim: Simulator) -> None:
    sim.clock.advance(5)
    task = tasks.cancel_task(UPGRADE)
    assert differences(wire.body, model.Task) == []
    assert (task.status, task.cancellable) == ("RUNNING", False)
    sim.clock.advance(10)
    task = tasks.get_task(UPGRADE)
    assert differences(wire.body, model.Task) == []
    assert (task.status, [stage.status for stage in task.stages]) == ("CANCELED", ["SUCCEEDED", "CANCELED", "CANCELED"])


def test_cancel_of_what_ended(tasks: Tasks, wire: Wire) -> None:
    with pytest.raises(model.ErrorResponse):
        tasks.cancel_task(DONE)
    assert (wire.status, differences(wire.body, model.ErrorResponse)) == (400, [])


def test_retry_goes_on_from_the_failed_stage(tasks: Tasks, wire: Wire, sim: Simulator) -> None:
    task = tasks.retry_task(FAILING)
    assert differences(wire.body, model.Task) == []
    assert (task.id, task.status) == (FAILING, "RUNNING")
    assert [stage.status for stage in task.stages] == ["SUCCEEDED", "RUNNING", "PENDING"]
    sim.clock.advance(20)
    assert tasks.get_task(FAILING).status == "SUCCEEDED"


def test_retry_of_what_did_not_fail(tasks: Tasks, wire: Wire) -> None:
    with pytest.raises(model.ErrorResponse):
        tasks.retry_task(DONE)
    assert (wire.status, differences(wire.body, model.ErrorResponse)) == (400, [])


@pytest.mark.parametrize("call", ["get_task", "cancel_task", "retry_task"])
def test_unknown_id(tasks: Tasks, wire: Wire, call: str) -> None:
    with pytest.raises(model.ErrorResponse):
        getattr(tasks, call)(UNKNOWN)
    assert (wire.status, differences(wire.body, model.ErrorResponse)) == (404, [])


def test_expired_token(tasks: Tasks, wire: Wire, sim: Simulator) -> None:
    sim.clock.advance(14400)
    with pytest.raises(UnresolvedError):  # the clients' word for an answer that is not in the specification
        tasks.get_task(DONE)
    assert (wire.status, differences(wire.body, model.ErrorResponse)) == (401, [])


def test_internal_error(tasks: Tasks, wire: Wire, sim: Simulator) -> None:
    text = {"id": "E", "defaultMessage": "Broken", "localizedMessage": "Broken", "args": {}}
    body = {
        "code": "E",
        "message": text,
        "resolution": text,
        "referenceId": "R",
        "timestamp": "2026-01-23T04:56:07.000Z",
    }
    sim.inject({"kind": "status", "code": 500, "body": body, "method": "GET", "path": "/v1/tasks/", "times": 1})
    with pytest.raises(model.ErrorResponse):
        tasks.get_task(DONE)
    assert (wire.status, differences(wire.body, model.ErrorResponse)) == (500, [])
    assert tasks.get_task(DONE).status == "SUCCEEDED"


def test_generated_ids_are_uuids_of_version_7(sim: Simulator) -> None:
    made = uuid.UUID(sim.task_id("housekeeping"))
    assert made.version == 7
    assert abs((made.int >> 80) / 1000 - sim.clock.at(-50).timestamp()) < 1

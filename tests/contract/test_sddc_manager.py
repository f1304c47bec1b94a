# SPDX-License-Identifier: GPL-3.0-or-later
"""Broadcom's client for SDDC Manager, against the simulator: it accepts every answer, and so does the comparison."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
import vmware.sddc_manager.model_client as model
from vmware.sddc_manager.v1.tokens.access_token_client import Refresh
from vmware.sddc_manager.v1.tokens_client import RefreshToken
from vmware.sddc_manager.v1_client import Tasks, Tokens
from vmware.vapi.bindings.error import UnresolvedError

from ansible_collections.vcf.lifecycle.extensions.simulator.simulator import Simulator
from tests.contract.bindings import differences
from tests.contract.clients import TIMEOUT, Wire, configuration

USER, PASSWORD, API_KEY = "administrator@vsphere.local", "secret", "key-1"
RUNNING, FAILED, DONE = "run-1", "fail-1", "done-1"
ERROR = {
    "code": "ESX_UPGRADE_FAILED",
    "message": "The host did not come back.",
    "remediation": "Power it on.",
    "reference": "8D6KQ1",
    "generic_first": True,
    "nested": [{"code": "INNER", "message": "No route to host."}],
    "causes": [{"type": "TimedOut", "message": "Timed out."}],
}
STAGES = [
    {"name": "Check", "type": "CHECK", "stages": [{"name": "vSAN", "seconds": 10}, {"name": "DRS", "seconds": 10}]},
    {"name": "Upgrade", "type": "UPGRADE", "seconds": 10},
]
SCENARIO: dict[str, Any] = {
    "services": {
        "sddc_manager": {
            "users": {USER: PASSWORD},
            "api_keys": [API_KEY],
            "tasks": [
                {
                    "id": RUNNING,
                    "name": "Rotate passwords",
                    "type": "PASSWORD_ROTATE",
                    "status_spelling": {"running": "In Progress"},
                    "resource": {"id": "r-1", "type": "ESXI", "fqdn": "esx01.example.com"},
                    "stages": STAGES,
                },
                {
                    "id": FAILED,
                    "name": "Upgrade hosts",
                    "type": "HOST_UPGRADE",
                    "start": -100,
                    "stages": STAGES,
                    "subtasks": [{"name": "Deep", "subtasks": [{"name": "Deeper", "seconds": 1}]}],
                    "attempts": [{"fail": "DRS", "error": ERROR}, {}],
                },
                {
                    "id": DONE,
                    "name": "Upgrade all",
                    "type": "HOST_UPGRADE",
                    "start": -1000,
                    "seconds": 10,
                    "resource": {"id": "r-2", "type": "VCENTER"},
                },
                {"name": "Waits", "start": -2000, "pending": 1e6},
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
    pair = Tokens(configuration(session, sim.url)).create_token(
        model.TokenCreationSpec(username=USER, password=PASSWORD)
    )
    return Tasks(configuration(session, sim.url, pair.access_token))


def names(page: Any) -> list[str]:
    return [element.name for element in page.elements]


@pytest.mark.parametrize("login", [{"username": USER, "password": PASSWORD}, {"api_key": API_KEY}])
def test_login(sim: Simulator, session: requests.Session, wire: Wire, login: dict[str, str]) -> None:
    pair = Tokens(configuration(session, sim.url)).create_token(model.TokenCreationSpec(**login))
    assert (wire.status, differences(wire.body, model.TokenPair)) == (201, [])
    assert Tasks(configuration(session, sim.url, pair.access_token)).get_task(DONE).id == DONE


def test_rejected_login(sim: Simulator, session: requests.Session, wire: Wire) -> None:
    with pytest.raises(model.Error):
        Tokens(configuration(session, sim.url)).create_token(model.TokenCreationSpec(username=USER, password="wrong"))
    assert (wire.status, differences(wire.body, model.Error)) == (400, [])
    assert wire.body["errorCode"] == "IDENTITY_UNAUTHORIZED_ENTITY"


def test_refreshed_token(sim: Simulator, session: requests.Session, wire: Wire) -> None:
    pair = Tokens(configuration(session, sim.url)).create_token(model.TokenCreationSpec(api_key=API_KEY))
    sim.clock.advance(3600)
    token = Refresh(configuration(session, sim.url)).refresh_access_token(pair.refresh_token.id)
    assert Tasks(configuration(session, sim.url, token)).get_task(DONE).id == DONE
    RefreshToken(configuration(session, sim.url)).invalidate_refresh_token(pair.refresh_token.id)
    with pytest.raises(model.Error):
        Refresh(configuration(session, sim.url)).refresh_access_token(pair.refresh_token.id)
    assert (wire.status, differences(wire.body, model.Error)) == (404, [])


def test_get(tasks: Tasks, wire: Wire, sim: Simulator) -> None:
    for moment in (0, 15, 100):
        sim.clock.advance(max(0, moment - sim.clock.now()))
        task = tasks.get_task(RUNNING)
        assert differences(wire.body, model.Task) == []
        if moment == 15:
            assert (task.status, task.is_cancellable) == ("In Progress", True)
            assert [sub.status for sub in task.sub_tasks] == ["IN_PROGRESS", "PENDING"]
            assert [stage.status for stage in task.sub_tasks[0].stages] == ["SUCCESSFUL", "IN_PROGRESS"]
    assert (task.status, task.is_cancellable) == ("SUCCESSFUL", False)


def test_get_failed_says_what_went_wrong(tasks: Tasks, wire: Wire) -> None:
    task = tasks.get_task(FAILED)
    assert differences(wire.body, model.Task) == []
    assert (task.status, task.resolution_status, task.is_retryable) == ("FAILED", "UNRESOLVED", True)
    assert task.errors[0].error_code == "TASK_EXECUTION_FAILED"
    real = task.errors[0].nested_errors[0]
    assert (real.error_code, real.remediation_message, real.reference_token) == (
        "ESX_UPGRADE_FAILED",
        "Power it on.",
        "8D6KQ1",
    )
    assert real.nested_errors[0].error_code == "INNER"
    assert task.sub_tasks[0].stages[1].errors[0].error_code == "ESX_UPGRADE_FAILED"
    assert task.sub_tasks[2].sub_tasks[0].status == "PENDING"


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, ["Rotate passwords", "Upgrade hosts", "Upgrade all", "Waits"]),
        ({"task_status": "FAILED"}, ["Upgrade hosts"]),
        ({"task_status": "IN_PROGRESS"}, []),
        ({"task_type": "HOST_UPGRADE"}, ["Upgrade hosts", "Upgrade all"]),
        ({"resource_id": "r-1"}, ["Rotate passwords"]),
        ({"resource_type": "VCENTER"}, ["Upgrade all"]),
        ({"task_name": "Upgrade"}, ["Upgrade hosts", "Upgrade all"]),
        ({"limit": 1}, ["Rotate passwords"]),
        ({"order_by": "name", "order_direction": "ASC"}, ["Rotate passwords", "Upgrade all", "Upgrade hosts", "Waits"]),
        ({"order_by": "name", "order_direction": "DESC", "limit": 1}, ["Waits"]),
        ({"do_live_refresh": True, "task_type": "PASSWORD_ROTATE"}, ["Rotate passwords"]),
    ],
)
def test_list_filters(tasks: Tasks, wire: Wire, wanted: dict[str, Any], found: list[str]) -> None:
    assert names(tasks.get_tasks(**wanted)) == found
    assert differences(wire.body, model.PageOfTask) == []


def test_list_of_what_completed_after_a_time(tasks: Tasks, sim: Simulator) -> None:
    after = int(sim.clock.at(-500).timestamp() * 1000)
    assert names(tasks.get_tasks(completed_after=after)) == ["Upgrade hosts"]


def test_list_in_pages(tasks: Tasks) -> None:
    pages = [tasks.get_tasks(page_number=number, page_size=3) for number in (1, 2)]
    assert [len(page.elements) for page in pages] == [3, 1]
    metadata = pages[1].page_metadata
    assert (metadata.page_number, metadata.page_size) == (2, 1)
    assert (metadata.total_elements, metadata.total_pages) == (4, 2)


def test_parameters_it_does_not_know_change_nothing(sim: Simulator, session: requests.Session, tasks: Tasks) -> None:
    token = session.post(sim.url + "/v1/tokens", json={"apiKey": API_KEY}, timeout=TIMEOUT).json()["accessToken"]
    answer = session.get(
        sim.url + "/v1/tasks",
        params={"status": "FAILED", "page": 2},
        headers={"Authorization": f"Bearer {token}"},
        timeout=TIMEOUT,
    )
    assert len(answer.json()["elements"]) == 4


def test_cancel_lets_the_running_sub_task_end(tasks: Tasks, wire: Wire, sim: Simulator) -> None:
    sim.clock.advance(5)
    tasks.cancel_task(RUNNING)
    assert (wire.status, wire.body) == (200, None)
    assert tasks.get_task(RUNNING).status == "In Progress"
    sim.clock.advance(10)
    assert tasks.get_task(RUNNING).status == "CANCELLED"
    assert differences(wire.body, model.Task) == []


@pytest.mark.parametrize("name", ["Upgrade all", "Waits"])
def test_cancel_of_what_is_not_in_progress(tasks: Tasks, wire: Wire, sim: Simulator, name: str) -> None:
    with pytest.raises(model.Error):
        tasks.cancel_task(sim.task_id(name))
    assert (wire.status, differences(wire.body, model.Error)) == (409, [])


def test_retry_keeps_the_id(tasks: Tasks, wire: Wire, sim: Simulator) -> None:
    tasks.retry_task(FAILED)
    assert (wire.status, wire.body) == (200, None)
    task = tasks.get_task(FAILED)
    assert (task.status, task.errors) == ("IN_PROGRESS", [])
    sim.clock.advance(30)
    assert tasks.get_task(FAILED).status == "SUCCESSFUL"


def test_retry_of_what_did_not_fail(tasks: Tasks, wire: Wire) -> None:
    with pytest.raises(model.Error):
        tasks.retry_task(DONE)
    assert (wire.status, differences(wire.body, model.Error)) == (409, [])
    assert wire.body["errorCode"] == "TA_TASK_CAN_NOT_BE_RETRIED"


@pytest.mark.parametrize("call", ["get_task", "cancel_task", "retry_task"])
def test_unknown_id(tasks: Tasks, wire: Wire, call: str) -> None:
    with pytest.raises(model.Error):
        getattr(tasks, call)(str(uuid.uuid4()))
    assert (wire.status, differences(wire.body, model.Error)) == (404, [])


def test_expired_token(tasks: Tasks, wire: Wire, sim: Simulator) -> None:
    sim.clock.advance(3600)
    with pytest.raises(UnresolvedError):  # the clients' word for an answer that is not in the specification
        tasks.get_task(DONE)
    assert (wire.status, differences(wire.body, model.Error)) == (401, [])


def test_internal_error(tasks: Tasks, wire: Wire, sim: Simulator) -> None:
    sim.inject({"kind": "status", "code": 500, "body": {"errorCode": "E", "message": "Broken"}, "times": 1})
    with pytest.raises(model.Error):
        tasks.get_task(DONE)
    assert (wire.status, differences(wire.body, model.Error)) == (500, [])

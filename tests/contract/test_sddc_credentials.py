# SPDX-License-Identifier: GPL-3.0-or-later
"""Broadcom's client for SDDC Manager's credentials tasks, against the simulator: it accepts every answer, and so does
the comparison."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
import vmware.sddc_manager.model_client as model
from vmware.sddc_manager.v1.credentials_client import Tasks
from vmware.sddc_manager.v1_client import Tasks as OtherTasks
from vmware.sddc_manager.v1_client import Tokens
from vmware.vapi.bindings.error import UnresolvedError

from ansible_collections.vcf.lifecycle.extensions.simulator.simulator import Simulator
from tests.contract.bindings import differences
from tests.contract.clients import TIMEOUT, Wire, configuration

USER, PASSWORD = "administrator@vsphere.local", "secret"
ERROR = {"code": "HOST_UNREACHABLE", "message": "No answer.", "remediation": "Connect it.", "reference": "8D6KQ1"}
STAGES = [
    {
        "name": f"Change esx0{i}",
        "resource": {"id": f"r-{i}", "type": "ESXI", "fqdn": f"esx0{i}.example.com"},
        "extra": {"username": "root", "credentialType": "SSH", "oldPassword": f"old-{i}", "newPassword": f"new-{i}"},
        "stages": [{"name": "Change", "seconds": 10}, {"name": "Test", "seconds": 10}],
    }
    for i in (1, 2)
]
SCENARIO: dict[str, Any] = {
    "services": {
        "sddc_manager": {"users": {USER: PASSWORD}, "tasks": [{"id": "other", "name": "Other"}]},
        "sddc_manager_credentials": {
            "users": {"rotator": "secret"},
            "tasks": [
                {"id": "run", "name": "Rotate", "type": "ROTATE", "stages": STAGES},
                {
                    "id": "fail",
                    "name": "Update",
                    "type": "UPDATE",
                    "start": -100,
                    "stages": [{"name": "One", "seconds": 5}, {"name": "Two", "seconds": 5}, {"name": "Three"}],
                    "attempts": [{"fail": "Two", "error": ERROR}, {}],
                },
                {
                    "id": "odd",
                    "name": "Remediate",
                    "start": -200,
                    "outcome": "failed",
                    "error": ERROR,
                    "status_spelling": {"failed": "INCONSISTENT"},
                },
                {"id": "done", "name": "Policy", "type": "UPDATE_AUTO_ROTATE_POLICY", "start": -300},
                {"id": "wait", "name": "Waits", "start": -400, "pending": 1e6},
            ],
        },
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
def token(sim: Simulator, session: requests.Session) -> str:
    spec = model.TokenCreationSpec(username=USER, password=PASSWORD)
    return str(Tokens(configuration(session, sim.url)).create_token(spec).access_token)


@pytest.fixture
def tasks(sim: Simulator, session: requests.Session, wire: Wire, token: str) -> Tasks:
    return Tasks(configuration(session, sim.url, token))


def update_spec() -> Any:
    credential = model.BaseCredential(credential_type="SSH", username="root", password="better")
    element = model.ResourceCredentials(resource_name="esx", resource_type="ESXI", credentials=[credential])
    return model.CredentialsUpdateSpec(operation_type="UPDATE", elements=[element])


def test_tokens_are_those_of_sddc_manager(sim: Simulator, session: requests.Session, token: str) -> None:
    spec = model.TokenCreationSpec(username="rotator", password="secret")
    other = Tokens(configuration(session, sim.url)).create_token(spec).access_token
    for each in (token, other):
        assert Tasks(configuration(session, sim.url, each)).get_credentials_task("done").status == "SUCCESSFUL"
        assert OtherTasks(configuration(session, sim.url, each)).get_task("other").status == "SUCCESSFUL"


def test_get_shows_passwords_in_clear(tasks: Tasks, wire: Wire, sim: Simulator) -> None:
    sim.clock.advance(15)
    task = tasks.get_credentials_task("run")
    assert differences(wire.body, model.CredentialsTask) == []
    assert (task.type, task.status) == ("ROTATE", "IN_PROGRESS")
    first = task.sub_tasks[0]
    assert (first.old_password, first.new_password, first.username) == ("old-1", "new-1", "root")
    assert (first.resource_name, first.entity_type) == ("esx01.example.com", "ESXI")
    assert [inner.status for inner in first.dependent_sub_tasks] == ["SUCCESSFUL", "IN_PROGRESS"]
    assert task.sub_tasks[1].status == "PENDING"


def test_get_failed_says_what_went_wrong(tasks: Tasks, wire: Wire) -> None:
    task = tasks.get_credentials_task("fail")
    assert differences(wire.body, model.CredentialsTask) == []
    assert [sub.status for sub in task.sub_tasks] == ["SUCCESSFUL", "FAILED", "PENDING"]
    assert [said.error_code for said in (*task.errors, *task.sub_tasks[1].errors)] == ["HOST_UNREACHABLE"] * 2


def test_list_knows_only_a_limit(
    tasks: Tasks, wire: Wire, sim: Simulator, session: requests.Session, token: str
) -> None:
    page = tasks.get_credentials_tasks()
    assert differences(wire.body, model.PageOfCredentialsTask) == []
    assert [(found.id, found.status) for found in page.elements] == [
        ("run", "IN_PROGRESS"),
        ("fail", "FAILED"),
        ("odd", "INCONSISTENT"),
        ("done", "SUCCESSFUL"),
        ("wait", "PENDING"),
    ]
    assert [found.id for found in tasks.get_credentials_tasks(limit=2).elements] == ["run", "fail"]
    answer = session.get(
        sim.url + "/v1/credentials/tasks",
        params={"pageNumber": 2, "pageSize": 1, "status": "FAILED"},
        headers={"Authorization": f"Bearer {token}"},
        timeout=TIMEOUT,
    )
    assert len(answer.json()["elements"]) == 5


def test_cancel_is_for_what_failed(tasks: Tasks, wire: Wire) -> None:
    assert tasks.cancel_credentials_task("fail").id == "fail"
    assert (wire.status, differences(wire.body, model.Task)) == (202, [])
    task = tasks.get_credentials_task("fail")
    assert differences(wire.body, model.CredentialsTask) == []
    assert task.status == "USER_CANCELLED"
    assert [sub.status for sub in task.sub_tasks] == ["SUCCESSFUL", "FAILED", "USER_CANCELLED"]


@pytest.mark.parametrize("task_id", ["run", "odd", "done", "wait"])
def test_cancel_of_what_did_not_fail(tasks: Tasks, wire: Wire, task_id: str) -> None:
    with pytest.raises(model.Error):
        tasks.cancel_credentials_task(task_id)
    assert (wire.status, differences(wire.body, model.Error)) == (400, [])


def test_retry_needs_a_specification(tasks: Tasks, wire: Wire, sim: Simulator) -> None:
    assert tasks.retry_credentials_task("fail", update_spec()).id == "fail"
    assert (wire.status, differences(wire.body, model.Task)) == (202, [])
    assert tasks.get_credentials_task("fail").status == "IN_PROGRESS"
    sim.clock.advance(10)
    assert tasks.get_credentials_task("fail").status == "SUCCESSFUL"


@pytest.mark.parametrize(
    "body",
    [
        None,
        {},
        {"operationType": "UPDATE"},
        {"operationType": "CHANGE", "elements": [{}]},
        {"operationType": "UPDATE", "elements": []},
        {"operationType": "UPDATE", "elements": [{"resourceType": "ESXI"}]},
        {"operationType": "UPDATE", "elements": [{"resourceType": "ESXI", "credentials": [{"password": "x"}]}]},
    ],
)
def test_retry_without_a_good_one(
    tasks: Tasks, sim: Simulator, session: requests.Session, token: str, body: Any
) -> None:
    answer = session.patch(
        sim.url + "/v1/credentials/tasks/fail",
        json=body,
        headers={"Authorization": f"Bearer {token}"},
        timeout=TIMEOUT,
    )
    assert (answer.status_code, differences(answer.json(), model.Error)) == (400, [])
    assert tasks.get_credentials_task("fail").status == "FAILED"


@pytest.mark.parametrize("task_id", ["run", "odd", "done"])
def test_retry_of_what_did_not_fail(tasks: Tasks, wire: Wire, task_id: str) -> None:
    with pytest.raises(model.Error):
        tasks.retry_credentials_task(task_id, update_spec())
    assert (wire.status, differences(wire.body, model.Error)) == (400, [])


def test_unknown_id(tasks: Tasks, wire: Wire) -> None:
    for call in (tasks.get_credentials_task, tasks.cancel_credentials_task):
        with pytest.raises(UnresolvedError):  # the specification has no 404
            call("nobody")
        assert (wire.status, differences(wire.body, model.Error)) == (404, [])


def test_unknown_id_as_the_specification_has_it(session_for: Callable[[Simulator], requests.Session]) -> None:
    with Simulator.from_dict({"services": {"sddc_manager_credentials": {"not_found_status": 400}}}) as sim:
        session = session_for(sim)
        wire = Wire(session)
        spec = model.TokenCreationSpec(username=USER, password="VMware123!")
        pair = Tokens(configuration(session, sim.url)).create_token(spec)
        with pytest.raises(model.Error):
            Tasks(configuration(session, sim.url, pair.access_token)).get_credentials_task("nobody")
        assert (wire.status, differences(wire.body, model.Error)) == (400, [])


def test_expired_token(tasks: Tasks, wire: Wire, sim: Simulator) -> None:
    sim.clock.advance(3600)
    with pytest.raises(model.Error):  # retryCredentialsTask documents it
        tasks.retry_credentials_task("fail", update_spec())
    assert (wire.status, differences(wire.body, model.Error)) == (401, [])

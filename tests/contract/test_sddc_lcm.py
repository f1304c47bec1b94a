# SPDX-License-Identifier: GPL-3.0-or-later
"""Broadcom's client for SDDC LCM, against the simulator: it accepts every answer, and so does the comparison."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
import vcf.sddc_lcm.model_client as model
from vcf.sddc_lcm.v1_client import Tasks
from vmware.vapi.bindings.error import UnresolvedError

from ansible_collections.vcf.lifecycle.extensions.simulator.simulator import Simulator
from tests.contract.bindings import differences
from tests.contract.clients import TIMEOUT, Wire, configuration

UPGRADE = "019aa000-0000-7000-8000-000000000001"
FAILING = "019aa000-0000-7000-8000-000000000002"
UNKNOWN = "019aa000-0000-7000-8000-00000000ffff"
STAGES = [{"name": name, "seconds": 10} for name in ("prepare", "upgrade", "verify")]
ERROR = {"code": "E-1", "message": "It broke.", "remediation": "Mend it.", "reference": "R-1"}
SCENARIO: dict[str, Any] = {
    "services": {
        "fleet_lcm": {"users": {"fleet": "f"}, "tasks": [{"id": "fleet-task", "name": "fleet"}]},
        "sddc_lcm": {
            "users": {"sddc": "s"},
            "tasks": [
                {"id": UPGRADE, "name": "upgrade-vsp", "type": "UPGRADE", "created_by": "alice", "stages": STAGES},
                {
                    "id": FAILING,
                    "name": "upgrade-salt",
                    "start": -100,
                    "stages": STAGES,
                    "attempts": [{"fail": "upgrade", "error": ERROR}, {}],
                },
                *({"name": f"history-{i}", "start": -1000 - i, "seconds": 1} for i in range(60)),
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
def tasks(sim: Simulator, session: requests.Session, wire: Wire) -> Tasks:
    answer = log_in(sim, session, "sddc", "s")
    return Tasks(configuration(session, sim.url + "/sddc-lcm", answer.json()["access_token"]))


def log_in(sim: Simulator, session: requests.Session, user: str, password: str) -> requests.Response:
    form = {"grant_type": "password", "username": user, "password": password}
    return session.post(sim.url + "/api/v1/identity/token", data=form, timeout=TIMEOUT)


def test_both_services_of_the_runtime_log_in_at_one_place(sim: Simulator, session: requests.Session) -> None:
    for user, password in (("fleet", "f"), ("sddc", "s")):
        token = log_in(sim, session, user, password).json()["access_token"]
        for path in (f"/sddc-lcm/v1/tasks/{UPGRADE}", "/fleet-lcm/v1/tasks/fleet-task"):
            answer = session.get(sim.url + path, headers={"Authorization": f"Bearer {token}"}, timeout=TIMEOUT)
            assert answer.status_code == 200
    assert log_in(sim, session, "fleet", "s").status_code == 401


def test_ids_do_not_cross(tasks: Tasks) -> None:
    with pytest.raises(model.ErrorResponse):
        tasks.get_task("fleet-task")


def test_get(tasks: Tasks, wire: Wire, sim: Simulator) -> None:
    for status in ("RUNNING", "SUCCEEDED"):
        task = tasks.get_task(UPGRADE)
        assert differences(wire.body, model.Task) == []
        assert (task.status, task.created_by, len(task.stages)) == (status, "alice", 3)
        sim.clock.advance(30)


def test_list_in_pages_of_50_at_most(tasks: Tasks, wire: Wire) -> None:
    pages = [tasks.get_tasks(page_number=number, page_size=50) for number in (1, 2)]
    assert [len(page.elements) for page in pages] == [50, 12]
    assert differences(wire.body, model.PageOfTaskSummary) == []
    with pytest.raises(UnresolvedError):  # getTasks documents no 400
        tasks.get_tasks(page_size=51)
    assert (wire.status, differences(wire.body, model.ErrorResponse)) == (400, [])


def test_list_filters(tasks: Tasks) -> None:
    assert [found.name for found in tasks.get_tasks(status="FAILED").elements] == ["upgrade-salt"]


def test_cancel(tasks: Tasks, wire: Wire, sim: Simulator) -> None:
    tasks.cancel_task(UPGRADE)
    assert differences(wire.body, model.Task) == []
    sim.clock.advance(10)
    assert tasks.get_task(UPGRADE).status == "CANCELED"
    with pytest.raises(model.ErrorResponse):
        tasks.cancel_task(UPGRADE)
    assert (wire.status, differences(wire.body, model.ErrorResponse)) == (400, [])


def test_retry(tasks: Tasks, wire: Wire, sim: Simulator) -> None:
    task = tasks.get_task(FAILING)
    assert [said.message.id for said in task.messages] == ["E-1"]
    tasks.retry_task(FAILING)
    assert differences(wire.body, model.Task) == []
    sim.clock.advance(20)
    assert tasks.get_task(FAILING).status == "SUCCEEDED"


@pytest.mark.parametrize("call", ["get_task", "cancel_task", "retry_task"])
def test_unknown_id(tasks: Tasks, wire: Wire, call: str) -> None:
    with pytest.raises(model.ErrorResponse):
        getattr(tasks, call)(UNKNOWN)
    assert (wire.status, differences(wire.body, model.ErrorResponse)) == (404, [])


def test_expired_token(tasks: Tasks, wire: Wire, sim: Simulator) -> None:
    sim.clock.advance(14400)
    with pytest.raises(UnresolvedError):
        tasks.get_task(UPGRADE)
    assert (wire.status, differences(wire.body, model.ErrorResponse)) == (401, [])

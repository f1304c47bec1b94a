# SPDX-License-Identifier: GPL-3.0-or-later
"""One simulator serves all services at once, each with its own tasks, tokens and time-outs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from ansible_collections.vcf.lifecycle.extensions.simulator.program import describe
from ansible_collections.vcf.lifecycle.extensions.simulator.scenario import ScenarioError, load
from ansible_collections.vcf.lifecycle.extensions.simulator.services import SERVICES
from ansible_collections.vcf.lifecycle.extensions.simulator.simulator import Simulator
from tests.contract.clients import TIMEOUT

ORG = "1d1c83ee-e0b7-4de9-b660-9a9ca1d22f32"
PATHS = {
    "fleet_lcm": "/fleet-lcm/v1/tasks/",
    "sddc_lcm": "/sddc-lcm/v1/tasks/",
    "sddc_manager": "/v1/tasks/",
    "sddc_manager_credentials": "/v1/credentials/tasks/",
    "vcf_installer": "/installer/v1/sddcs/",
    "vcenter": "/api/cis/tasks/",
    "vmc": f"/vmc/api/orgs/{ORG}/tasks/",
}
STATUSES = {
    "fleet_lcm": ["RUNNING", "FAILED"],
    "sddc_lcm": ["RUNNING", "FAILED"],
    "sddc_manager": ["IN_PROGRESS", "COMPLETED_WITH_WARNING"],
    "sddc_manager_credentials": ["FAILED", "INCONSISTENT"],
    "vcf_installer": ["COMPLETED_WITH_FAILURE", "ROLLBACK_SUCCESS"],
    "vcenter": ["RUNNING", "SUCCEEDED"],
    "vmc": ["STARTED", "FAILED"],
}


@pytest.fixture(scope="module")
def sim() -> Iterator[Simulator]:
    scenario = load("tests/scenarios/everything.yml")
    scenario.speed = 1  # what runs goes on running while the tests do
    with Simulator(scenario) as running:
        yield running


def log_in(sim: Simulator, session: requests.Session, name: str) -> dict[str, str]:
    """Log in the way that service does; the answer is the header of a token."""
    service = sim.service(name)
    url = sim.url + service.login_url
    user, password = next(iter(service.users.items()), ("", ""))
    if name == "vmc":
        answer = session.post(url, data={"refresh_token": service.api_keys[0]}, timeout=TIMEOUT)
        return {"csp-auth-token": answer.json()["access_token"]}
    if name == "vcenter":
        return {"vmware-api-session-id": session.post(url, auth=(user, password), timeout=TIMEOUT).json()}
    if name in ("fleet_lcm", "sddc_lcm"):
        form = {"grant_type": "password", "username": user, "password": password}
        return {"Authorization": "Bearer " + session.post(url, data=form, timeout=TIMEOUT).json()["access_token"]}
    answer = session.post(url, json={"username": user, "password": password}, timeout=TIMEOUT)
    return {"Authorization": "Bearer " + answer.json()["accessToken"]}


def test_the_list_names_every_service_and_task(sim: Simulator) -> None:
    text = describe(sim)
    for service in sim.services:
        assert f"{service.name}: {len(STATUSES[service.name])} tasks" in text
        assert f"login  POST {service.login_url}" in text
        for task_id, task_name in service.tasks.names().items():
            assert f"{task_id}  {task_name}" in text


@pytest.mark.parametrize("name", SERVICES)
def test_each_answers_beside_the_others(
    sim: Simulator, session_for: Callable[[Simulator], requests.Session], name: str
) -> None:
    session = session_for(sim)
    headers = log_in(sim, session, name)
    seen = []
    for task_id in sim.service(name).tasks.names():
        answer = session.get(sim.url + PATHS[name] + task_id, headers=headers, timeout=TIMEOUT)
        assert (answer.status_code, sim.requests[-1]["service"]) == (200, name)
        seen.append(answer.json()["status"])
    assert seen == STATUSES[name]


def test_a_token_is_good_in_its_realm_alone(
    sim: Simulator, session_for: Callable[[Simulator], requests.Session]
) -> None:
    session = session_for(sim)
    headers = log_in(sim, session, "sddc_manager")
    seen = {
        name: session.get(
            sim.url + path + next(iter(sim.service(name).tasks.names())), headers=headers, timeout=TIMEOUT
        ).status_code
        for name, path in PATHS.items()
    }
    assert {name for name, status in seen.items() if status == 200} == {"sddc_manager", "sddc_manager_credentials"}
    assert set(seen.values()) == {200, 401}


@pytest.mark.parametrize("name", SERVICES)
def test_each_may_meet_a_fault_and_may_forget_its_tokens(
    session_for: Callable[[Simulator], requests.Session], name: str
) -> None:
    task: dict[str, Any] = {"id": "task-1", "name": "t"}
    spec: dict[str, Any] = {"tasks": [task], "api_keys": ["k"], "org_id": ORG}
    with Simulator.from_dict({"services": {name: spec}}) as sim:
        session = session_for(sim)
        headers = log_in(sim, session, name)
        url = sim.url + PATHS[name].replace("/installer", "") + "task-1"

        def get() -> int:
            return session.get(url, headers=headers, timeout=TIMEOUT).status_code

        sim.inject({"kind": "html", "task": "t", "service": name, "times": 1})
        assert [get(), get()] == [502, 200]
        sim.forget_tokens()
        assert get() == 401
        headers = log_in(sim, session, name)
        assert get() == 200


def test_services_without_a_realm_in_common_do_not_share_paths() -> None:
    with pytest.raises(ScenarioError, match=r"vcf_installer: /v1/tokens is sddc_manager's already"):
        Simulator.from_dict({"services": {"sddc_manager": {}, "vcf_installer": {}}})

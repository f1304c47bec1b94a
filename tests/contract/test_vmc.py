# SPDX-License-Identifier: GPL-3.0-or-later
"""VMC on AWS, as simulated, against the published reference of "Update Tasks": no client of Broadcom's can be built, so
the reference's example is compared field by field."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
import requests

from ansible_collections.vcf.lifecycle.extensions.simulator.simulator import Simulator
from tests.contract.clients import TIMEOUT

ORG = "1d1c83ee-e0b7-4de9-b660-9a9ca1d22f32"
RUNNING, STUBBORN, FAILED, DONE = (str(uuid.UUID(int=i)) for i in (1, 2, 3, 4))
ERROR = {"code": "vmc.capacity", "message": "No capacity.", "remediation": "Choose another region."}
STAGES = [{"name": "Request", "seconds": 60}, {"name": "Configure", "seconds": 180}]
SCENARIO: dict[str, Any] = {
    "services": {
        "vmc": {
            "api_keys": ["refresh-1"],
            "org_id": ORG,
            "tasks": [
                {
                    "id": RUNNING,
                    "name": "Add hosts",
                    "type": "ESX-PROVISION",
                    "created_by": "alice@example.com",
                    "correlation_id": "c-1",
                    "resource": {"id": "sddc-1", "type": "Sddc"},
                    "stages": STAGES,
                    "extra": {"params": {"clusterName": "c1", "password": "Secret-1!"}},
                },
                {"id": STUBBORN, "name": "Remove hosts", "start": -10, "stages": STAGES, "ignores_cancel": True},
                {
                    "id": FAILED,
                    "name": "Create",
                    "start": -1000,
                    "stages": STAGES,
                    "attempts": [{"fail": "Request", "error": ERROR}],
                },
                {"id": DONE, "name": "Delete", "type": "SDDC-DELETE", "start": -2000, "seconds": 10},
            ],
        }
    }
}

# The example of the reference: what each field holds. All are optional there.
TASK: dict[str, type] = {
    **dict.fromkeys(("updated", "user_id", "updated_by_user_id", "created", "updated_by_user_name", "user_name"), str),
    **dict.fromkeys(("id", "status", "localized_error_message", "resource_id", "parent_task_id"), str),
    **dict.fromkeys(("task_version", "correlation_id", "customer_error_message", "sub_status", "task_type"), str),
    **dict.fromkeys(("start_time", "error_message", "org_id", "org_type", "phase_in_progress"), str),
    **dict.fromkeys(("resource_type", "end_time"), str),
    **dict.fromkeys(("version", "start_resource_entity_version", "end_resource_entity_version"), int),
    **dict.fromkeys(("estimated_remaining_minutes", "progress_percent"), int),
    **dict.fromkeys(("task_progress_phases", "service_errors"), list),
}
PHASE = {"id": str, "name": str, "progress_percent": int}
SERVICE_ERROR = dict.fromkeys(
    ("default_message", "original_service", "localized_message", "original_service_error_code"), str
)
NEVER_NULL = {"updated", "user_id", "created", "version", "id", "status"}
TIMES = ("updated", "created", "start_time", "end_time")
PARAMS = "params"  # seen in the field; the reference does not show it


def odd(body: dict[str, Any]) -> list[str]:
    """Where a body is not what the reference shows."""
    lines = [f"{name}: unknown field" for name in sorted(body.keys() - TASK.keys() - {PARAMS})]
    lines += [f"{name}: missing" for name in sorted(TASK.keys() - body.keys())]
    for name in sorted(TASK.keys() & body.keys()):
        if body[name] is None:
            lines += [f"{name}: null"] if name in NEVER_NULL else []
        elif type(body[name]) is not TASK[name]:
            lines.append(f"{name}: {body[name]!r}")
    for name in TIMES:
        if body.get(name):
            datetime.fromisoformat(body[name].replace("Z", "+00:00"))
    for name, fields in (("task_progress_phases", PHASE), ("service_errors", SERVICE_ERROR)):
        for inner in body.get(name) or []:
            if {key: type(value) for key, value in inner.items()} != fields:
                lines.append(f"{name}: {inner!r}")
    return lines


class Client:
    def __init__(self, sim: Simulator, session: requests.Session) -> None:
        self.sim, self.session = sim, session
        self.log_in()

    def log_in(self, token: str = "refresh-1") -> requests.Response:
        path = "/csp/gateway/am/api/auth/api-tokens/authorize"
        answer = self.session.post(self.sim.url + path, data={"refresh_token": token}, timeout=TIMEOUT)
        if answer.ok:
            self.session.headers["csp-auth-token"] = answer.json()["access_token"]
        return answer

    def send(self, method: str = "GET", path: str = "", org: str = ORG, **options: Any) -> requests.Response:
        url = f"{self.sim.url}/vmc/api/orgs/{org}/tasks{path}"
        return self.session.request(method, url, timeout=TIMEOUT, **options)

    def get(self, task_id: str) -> Any:
        body = self.send(path=f"/{task_id}").json()
        assert odd(body) == []
        return body

    def ids(self, wanted: str) -> list[str]:
        return [body["id"] for body in self.send(params={"$filter": wanted}).json()]


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with Simulator.from_dict(SCENARIO) as running:
        yield running


@pytest.fixture
def client(sim: Simulator, session_for: Callable[[Simulator], requests.Session]) -> Client:
    return Client(sim, session_for(sim))


def is_error(answer: requests.Response, status: int) -> bool:
    body = answer.json()
    kinds = {"status": int, "path": str, "retryable": bool, "error_code": str, "error_messages": list}
    assert {name: type(value) for name, value in body.items()} == kinds
    assert all(isinstance(line, str) for line in body["error_messages"])
    assert (body["status"], body["path"]) == (status, requests.utils.urlparse(answer.url).path)
    return answer.status_code == status


def test_the_comparison_notices(client: Client) -> None:
    body = client.get(RUNNING)
    phases = [{"id": "1", "name": "n"}]
    for change, line in (
        ({"colour": "red"}, "colour: unknown field"),
        ({"progress_percent": "5"}, "progress_percent: '5'"),
        ({"progress_percent": True}, "progress_percent: True"),
        ({"id": None}, "id: null"),
        ({"task_progress_phases": phases}, f"task_progress_phases: {phases[0]!r}"),
    ):
        assert odd(body | change) == [line]
    assert odd({name: body[name] for name in body if name != "version"}) == ["version: missing"]


def test_login(client: Client) -> None:
    body = client.log_in().json()
    assert (body["expires_in"], body["token_type"], body["refresh_token"]) == (1800, "bearer", "refresh-1")
    assert client.log_in("wrong").status_code == 400


def test_get(client: Client, sim: Simulator) -> None:
    sim.clock.advance(90)
    body = client.get(RUNNING)
    assert (body["status"], body["sub_status"], body["phase_in_progress"]) == ("STARTED", "Configure", "Configure")
    assert [phase["progress_percent"] for phase in body["task_progress_phases"]] == [100, 16]
    assert (body["progress_percent"], body["estimated_remaining_minutes"]) == (58, 3)
    assert (body["task_type"], body["user_name"], body["resource_id"]) == (
        "ESX-PROVISION",
        "alice@example.com",
        "sddc-1",
    )
    assert body["params"]["password"] == "Secret-1!"
    sim.clock.advance(150)
    body = client.get(RUNNING)
    assert (body["status"], body["progress_percent"], body["estimated_remaining_minutes"]) == ("FINISHED", 100, 0)


def test_get_failed_says_what_went_wrong(client: Client) -> None:
    body = client.get(FAILED)
    assert (body["status"], body["customer_error_message"]) == ("FAILED", "Choose another region.")
    assert body["error_message"] == "vmc.capacity: No capacity."
    assert [said["original_service_error_code"] for said in body["service_errors"]] == ["vmc.capacity"]


def test_list_is_a_bare_array(client: Client) -> None:
    found = client.send().json()
    assert [body["id"] for body in found] == [RUNNING, STUBBORN, FAILED, DONE]
    assert [line for body in found for line in odd(body)] == []


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("(status eq FINISHED)", [DONE]),
        ("status eq 'FINISHED'", [DONE]),
        ("(status ne 'STARTED')", [FAILED, DONE]),
        ("(status eq STARTED) and (task_type eq ESX-PROVISION)", [RUNNING]),
        ("((task_type eq 'SDDC-DELETE') and (progress_percent ge 100))", [DONE]),
        ("nothing eq 1", []),
    ],
)
def test_list_filters(client: Client, wanted: str, found: list[str]) -> None:
    assert client.ids(wanted) == found


def test_a_filter_nobody_can_read(client: Client) -> None:
    assert is_error(client.send(params={"$filter": "status is FINISHED"}), 400)


def test_a_filter_may_be_ignored(session_for: Callable[[Simulator], requests.Session]) -> None:
    with Simulator.from_dict({"services": {"vmc": SCENARIO["services"]["vmc"] | {"ignores_filter": True}}}) as sim:
        assert len(Client(sim, session_for(sim)).ids("status eq FINISHED")) == 4


def test_cancel_is_followed_by_canceling(client: Client, sim: Simulator) -> None:
    sim.clock.advance(30)
    answer = client.send("POST", f"/{RUNNING}", params={"action": "cancel"})
    assert (answer.status_code, odd(answer.json()), answer.json()["status"]) == (200, [], "CANCELING")
    assert client.get(RUNNING)["status"] == "CANCELING"
    sim.clock.advance(30)
    assert client.get(RUNNING)["status"] == "CANCELED"


def test_cancel_is_advisory_only(client: Client, sim: Simulator) -> None:
    assert client.send("POST", f"/{STUBBORN}", params={"action": "cancel"}).json()["status"] == "CANCELING"
    sim.clock.advance(100)
    assert client.get(STUBBORN)["status"] == "CANCELING"
    sim.clock.advance(200)
    assert client.get(STUBBORN)["status"] == "FINISHED"


def test_cancel_of_what_ended(client: Client) -> None:
    assert is_error(client.send("POST", f"/{DONE}", params={"action": "cancel"}), 400)


def test_there_is_no_other_action(client: Client) -> None:
    assert is_error(client.send("POST", f"/{FAILED}", params={"action": "retry"}), 400)
    assert is_error(client.send("POST", f"/{RUNNING}"), 400)


def test_unknown_id(client: Client) -> None:
    assert is_error(client.send(path=f"/{ORG}"), 404)
    assert is_error(client.send("POST", f"/{ORG}", params={"action": "cancel"}), 404)


@pytest.mark.parametrize("path", ["", f"/{DONE}"])
def test_401_and_403_have_no_body(client: Client, sim: Simulator, path: str) -> None:
    answer = client.send(path=path, org="another")
    assert (answer.status_code, answer.content) == (403, b"")
    sim.clock.advance(1800)
    answer = client.send(path=path)
    assert (answer.status_code, answer.content) == (401, b"")


def test_a_bearer_token_is_none(client: Client) -> None:
    token = client.session.headers.pop("csp-auth-token")
    assert client.send(headers={"Authorization": f"Bearer {token!s}"}).status_code == 401

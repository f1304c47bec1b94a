# SPDX-License-Identifier: GPL-3.0-or-later
"""Broadcom's client for vCenter, against the simulator, over its REST binding; and /api, whose bodies have the same
fields. The client accepts every answer, and so does the comparison."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from com.vmware.cis.task_client import Info
from com.vmware.cis_client import Session, Tasks
from com.vmware.vapi.std.errors_client import (
    InvalidArgument,
    NotAllowedInCurrentState,
    NotFound,
    Unauthenticated,
    Unsupported,
)
from requests.adapters import HTTPAdapter
from vmware.vapi.bindings.stub import StubConfiguration
from vmware.vapi.lib.connect import get_requests_connector
from vmware.vapi.security.session import create_session_security_context
from vmware.vapi.security.user_password import create_user_password_security_context

from ansible_collections.vcf.lifecycle.extensions.simulator.simulator import Simulator
from tests.contract.bindings import differences
from tests.contract.clients import TIMEOUT, Wire

USER, PASSWORD = "administrator@vsphere.local", "sécret:with a colon"
RUNNING, FAILED, DONE, FIXED = "run:update", "fail:update", "done:backup", "fixed:update"
ERROR = {
    "code": "com.vmware.update.failed",
    "message": "No space.",
    "nested": [{"code": "inner", "message": "/storage"}],
}
SCENARIO: dict[str, Any] = {
    "services": {
        "vcenter": {
            "users": {USER: PASSWORD},
            "tasks": [
                {
                    "id": RUNNING,
                    "name": "Update",
                    "pending": 5,
                    "resource": {"id": "vc-1", "type": "VCENTER"},
                    "stages": [
                        {"name": "Download", "seconds": 10},
                        {"name": "Wait", "seconds": 10, "blocked": True},
                        {"name": "Install", "seconds": 10},
                    ],
                },
                {
                    "id": FAILED,
                    "name": "Stage",
                    "start": -100,
                    "stages": [{"name": "s"}],
                    "attempts": [{"fail": "s", "error": ERROR}],
                },
                {
                    "id": DONE,
                    "name": "Back up",
                    "start": -1000,
                    "seconds": 10,
                    "result": {"location": "nfs://backup"},
                    "extra": {"service": "com.vmware.appliance.recovery.backup", "user": "backup"},
                },
                {"id": FIXED, "name": "Migrate", "seconds": 1e6, "cancellable": False},
            ],
        }
    }
}

INFO = {  # as little as there may be, to hold an error
    "description": {"id": "i", "default_message": "d", "args": []},
    "service": "s",
    "operation": "o",
    "status": "FAILED",
    "cancelable": False,
}


class Completed(HTTPAdapter):
    """The generated stub leaves the action out of a cancel, and the service does not guess: write it in on the way."""

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        if request.method == "POST" and "/cis/tasks/" in str(request.url):
            request.prepare_url(request.url, {"action": "cancel"})
        return super().send(request, *args, **options)


class Api:
    """Plain requests with a session of /api."""

    def __init__(self, sim: Simulator, session: requests.Session) -> None:
        self.url, self.session = sim.url, session
        self.id = self.send("POST", "/api/session", auth=(USER.encode(), PASSWORD.encode())).json()

    def send(self, method: str, path: str, **options: Any) -> requests.Response:
        headers = {"vmware-api-session-id": getattr(self, "id", "")}
        return self.session.request(method, self.url + path, headers=headers, timeout=TIMEOUT, **options)


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with Simulator.from_dict(SCENARIO) as running:
        yield running


@pytest.fixture
def session(sim: Simulator, session_for: Callable[[Simulator], requests.Session]) -> requests.Session:
    made = session_for(sim)
    made.mount(sim.url, Completed())  # the clients mount their own for all of https
    return made


@pytest.fixture
def wire(session: requests.Session) -> Wire:
    return Wire(session)


def client(sim: Simulator, session: requests.Session, context: Any) -> StubConfiguration:
    connector = get_requests_connector(session=session, msg_protocol="rest", url=sim.url + "/rest", timeout=TIMEOUT)
    connector.set_security_context(context)
    return StubConfiguration(connector)


@pytest.fixture
def tasks(sim: Simulator, session: requests.Session, wire: Wire) -> Tasks:
    made = Session(client(sim, session, create_user_password_security_context(USER, PASSWORD))).create()
    return Tasks(client(sim, session, create_session_security_context(made)))


@pytest.fixture
def api(sim: Simulator, session_for: Callable[[Simulator], requests.Session]) -> Api:
    return Api(sim, session_for(sim))


def sessions(sim: Simulator) -> tuple[list[str], list[str]]:
    tokens: Any = sim.service("vcenter").tokens
    return tokens.opened, tokens.closed


def test_sessions_are_listed_as_they_open_and_close(sim: Simulator, session: requests.Session, wire: Wire) -> None:
    logins = client(sim, session, create_user_password_security_context(USER, PASSWORD))
    made = Session(logins).create()
    assert (wire.status, wire.body) == (200, {"value": made})
    assert sessions(sim) == ([made], [])
    with_session = Session(client(sim, session, create_session_security_context(made)))
    assert differences(with_session.get() and wire.body["value"], Session.Info) == []
    with_session.delete()
    assert sessions(sim) == ([made], [made])
    with pytest.raises(Unauthenticated):
        with_session.get()


def test_sessions_of_api(sim: Simulator, api: Api) -> None:
    made = api.id
    assert isinstance(made, str)
    assert api.send("GET", f"/api/cis/tasks/{DONE}").status_code == 200
    answer = api.send("DELETE", "/api/session")
    assert (answer.status_code, answer.content) == (204, b"")
    assert sessions(sim) == ([made], [made])
    answer = api.send("GET", f"/api/cis/tasks/{DONE}")
    assert (answer.status_code, answer.json()["error_type"]) == (401, "UNAUTHENTICATED")


def test_a_session_of_api_is_created(sim: Simulator, session: requests.Session) -> None:
    answer = session.post(sim.url + "/api/session", auth=(USER.encode(), PASSWORD.encode()), timeout=TIMEOUT)
    assert (answer.status_code, answer.headers["content-type"], type(answer.json())) == (201, "application/json", str)
    answer = session.post(
        sim.url + "/rest/com/vmware/cis/session", auth=(USER.encode(), PASSWORD.encode()), timeout=TIMEOUT
    )
    assert (answer.status_code, answer.json().keys()) == (200, {"value"})
    assert len(sessions(sim)[0]) == 2


def test_rejected_login(sim: Simulator, session: requests.Session, wire: Wire) -> None:
    with pytest.raises(Unauthenticated):
        Session(client(sim, session, create_user_password_security_context(USER, "wrong"))).create()
    assert wire.status == 401
    for header in ({}, {"Authorization": "Basic ???"}, {"Authorization": "Bearer x"}):
        answer = session.post(sim.url + "/api/session", headers=header, timeout=TIMEOUT)
        assert (answer.status_code, differences(INFO | {"error": answer.json()}, Info)) == (401, [])
    assert sessions(sim) == ([], [])


def test_a_session_ends_when_nobody_uses_it(sim: Simulator, api: Api) -> None:
    for idle, status in ((1700, 200), (1700, 200), (1801, 401)):
        sim.clock.advance(idle)
        assert api.send("GET", f"/api/cis/tasks/{DONE}").status_code == status


def test_get(tasks: Tasks, wire: Wire, sim: Simulator, api: Api) -> None:
    seen = []
    for moment in (0, 6, 16, 26, 100):
        sim.clock.advance(max(0, moment - sim.clock.now()))
        info = tasks.get(RUNNING)
        assert differences(wire.body["value"], Info) == []
        assert differences(api.send("GET", f"/api/cis/tasks/{RUNNING}").json(), Info) == []
        progress = info.progress and (
            info.progress.completed,
            info.progress.total,
            info.progress.message.default_message,
        )
        seen.append((info.status, progress, info.cancelable))
    assert seen == [
        ("PENDING", None, True),
        ("RUNNING", (0, 3, "Download"), True),
        ("BLOCKED", (1, 3, "Wait"), True),
        ("RUNNING", (2, 3, "Install"), True),
        ("SUCCEEDED", (3, 3, "Update"), False),
    ]
    assert (info.target.type, info.target.id) == ("VCENTER", "vc-1")


def test_get_failed_says_what_went_wrong(tasks: Tasks, wire: Wire, api: Api) -> None:
    assert tasks.get(FAILED).status == "FAILED"
    assert differences(wire.body["value"], Info) == []
    assert wire.body["value"]["error"]["type"] == "com.vmware.vapi.std.errors.error"
    said = api.send("GET", f"/api/cis/tasks/{FAILED}").json()["error"]
    assert (said["error_type"], [line["default_message"] for line in said["messages"]]) == (
        "ERROR",
        ["No space.", "/storage"],
    )


def test_list_answers_a_map(tasks: Tasks, wire: Wire, api: Api) -> None:
    found = tasks.list(Tasks.FilterSpec(tasks={DONE, FAILED, "nobody:x"}))
    assert set(found) == {DONE, FAILED}
    assert {pair["key"] for pair in wire.body["value"]} == {DONE, FAILED}
    assert [line for pair in wire.body["value"] for line in differences(pair["value"], Info)] == []
    answer = api.send("GET", "/api/cis/tasks", params={"tasks": [DONE, FAILED]}).json()
    assert set(answer) == {DONE, FAILED}
    assert [line for info in answer.values() for line in differences(info, Info)] == []


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"services": {"com.vmware.appliance.recovery.backup"}}, {DONE}),
        ({"services": {"com.vmware.vcenter.lcm.update"}, "status": {"FAILED"}}, {FAILED}),
        ({"tasks": {DONE, FAILED}, "users": {"backup"}}, {DONE}),
        ({"tasks": {DONE}, "operations": {"stage"}}, set()),
    ],
)
def test_list_filters(tasks: Tasks, api: Api, wanted: dict[str, set[str]], found: set[str]) -> None:
    assert set(tasks.list(Tasks.FilterSpec(**wanted))) == found
    lists = {name: sorted(values) for name, values in wanted.items()}
    assert set(api.send("GET", "/api/cis/tasks", params=lists).json()) == found
    assert set(api.send("POST", "/api/cis/tasks?action=list", json={"filter_spec": lists}).json()) == found
    numbered = {f"filter_spec.{name}.{i}": value for name in lists for i, value in enumerate(lists[name], 1)}
    for path in ("/rest/cis/tasks", "/rest/com/vmware/cis/tasks"):
        assert {pair["key"] for pair in api.send("GET", path, params=numbered).json()["value"]} == found


def test_list_needs_tasks_or_services(tasks: Tasks, wire: Wire, api: Api) -> None:
    with pytest.raises(InvalidArgument):
        tasks.list(Tasks.FilterSpec(status={"FAILED"}))
    assert wire.status == 400
    answer = api.send("GET", "/api/cis/tasks")
    assert (answer.status_code, answer.json()["error_type"]) == (400, "INVALID_ARGUMENT")


def test_what_was_cancelled_has_failed(tasks: Tasks, wire: Wire, sim: Simulator, api: Api) -> None:
    sim.clock.advance(6)
    tasks.cancel(RUNNING)
    assert tasks.get(RUNNING).status == "RUNNING"
    sim.clock.advance(10)
    assert tasks.get(RUNNING).status == "FAILED"
    assert differences(wire.body["value"], Info) == []
    assert wire.body["value"]["error"]["type"] == "com.vmware.vapi.std.errors.canceled"
    assert api.send("GET", f"/api/cis/tasks/{RUNNING}").json()["error"]["error_type"] == "CANCELED"
    with pytest.raises(NotAllowedInCurrentState):
        tasks.cancel(RUNNING)
    assert wire.status == 400


def test_cancel_before_the_beginning(tasks: Tasks, wire: Wire) -> None:
    tasks.cancel(RUNNING)
    assert tasks.get(RUNNING).status == "FAILED"
    assert differences(wire.body["value"], Info) == []


def test_cancel_of_what_is_not_cancelable(tasks: Tasks, api: Api) -> None:
    with pytest.raises(Unsupported):
        tasks.cancel(FIXED)
    answer = api.send("POST", f"/api/cis/tasks/{FIXED}?action=cancel")
    assert (answer.status_code, answer.json()["error_type"]) == (400, "UNSUPPORTED")
    assert api.send("POST", f"/api/cis/tasks/{RUNNING}").status_code == 400
    assert api.send("POST", f"/api/cis/tasks/{RUNNING}?action=cancel").status_code == 204


@pytest.mark.parametrize("call", ["get", "cancel"])
def test_unknown_id(tasks: Tasks, wire: Wire, call: str) -> None:
    with pytest.raises(NotFound):
        getattr(tasks, call)("nobody:x")
    assert wire.status == 404


def test_rest_only(session_for: Callable[[Simulator], requests.Session]) -> None:
    with Simulator.from_dict({"services": {"vcenter": {"users": {"u": "p"}, "rest_only": True}}}) as sim:
        session = session_for(sim)
        seen = [
            session.post(sim.url + path, auth=("u", "p"), timeout=TIMEOUT).status_code
            for path in ("/api/session", "/rest/com/vmware/cis/session")
        ]
        assert seen == [404, 200]


def test_api_only(session_for: Callable[[Simulator], requests.Session]) -> None:
    with Simulator.from_dict({"services": {"vcenter": {"users": {"u": "p"}, "api_only": True}}}) as sim:
        session = session_for(sim)
        seen = [
            session.post(sim.url + path, auth=("u", "p"), timeout=TIMEOUT).status_code
            for path in ("/api/session", "/rest/com/vmware/cis/session", "/rest/vcenter/extension/tasks")
        ]
        assert seen == [201, 404, 404]

# SPDX-License-Identifier: GPL-3.0-or-later
"""vCenter's extension tasks, against the simulator. No client has them: the published reference of their update is the
contract, and what was reported is read back as a task, whose model a client has."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from com.vmware.cis.task_client import Info
from com.vmware.cis_client import Tasks
from vmware.vapi.bindings.stub import StubConfiguration
from vmware.vapi.lib.connect import get_requests_connector
from vmware.vapi.security.session import create_session_security_context

from ansible_collections.vcf.lifecycle.extensions.simulator.simulator import Simulator
from tests.contract.bindings import differences
from tests.contract.clients import TIMEOUT

PATH = "/rest/vcenter/extension/tasks"
START, END = "2015-01-01T22:13:05.651Z", "2015-01-01T23:13:05.651Z"
# What the reference shows, every field of it. Over /rest, maps are lists of keys and values.
NESTED = {"id": "n", "params": [{"key": "inner", "value": {"s": "deep"}}]}
PARAMETER = {"dt": START, "s": "string", "d": 1.5, "precision": 1, "format": "SHORT_DATE", "i": 1, "l": NESTED}
MESSAGE = {
    "args": ["string", "string"],
    "default_message": "Half of it",
    "localized": "La moitié",
    "id": "message",
    "params": [{"key": "share", "value": PARAMETER}],
}
ERROR = {
    "type": "com.vmware.vapi.std.errors.error",
    "value": {"messages": [{"id": "e", "default_message": "It broke.", "args": []}]},
}


class Reporter:
    def __init__(self, sim: Simulator, session: requests.Session) -> None:
        self.sim, self.session = sim, session
        answer = session.post(sim.url + "/rest/com/vmware/cis/session", auth=("u", "p"), timeout=TIMEOUT)
        session.headers["vmware-api-session-id"] = self.id = answer.json()["value"]

    def create(self, **spec: Any) -> requests.Response:
        return self.session.post(self.sim.url + PATH, json={"spec": spec}, timeout=TIMEOUT)

    def update(self, task_id: str, **spec: Any) -> requests.Response:
        return self.session.patch(f"{self.sim.url}{PATH}/{task_id}", json={"spec": spec}, timeout=TIMEOUT)

    def api(self, task_id: str) -> Any:
        info = self.session.get(f"{self.sim.url}/api/cis/tasks/{task_id}", timeout=TIMEOUT).json()
        assert differences(info, Info) == []
        return info

    def rest(self, task_id: str) -> Any:
        return self.session.get(f"{self.sim.url}/rest/cis/tasks/{task_id}", timeout=TIMEOUT).json()["value"]

    def client(self) -> Tasks:
        connector = get_requests_connector(
            session=self.session, msg_protocol="rest", url=self.sim.url + "/rest", timeout=TIMEOUT
        )
        connector.set_security_context(create_session_security_context(self.id))
        return Tasks(StubConfiguration(connector))


@pytest.fixture
def reporter(session_for: Callable[[Simulator], requests.Session]) -> Iterator[Reporter]:
    with Simulator.from_dict({"services": {"vcenter": {"users": {"u": "p"}}}}) as sim:
        yield Reporter(sim, session_for(sim))


def made(reporter: Reporter, **spec: Any) -> str:
    answer = reporter.create(**spec)
    assert answer.status_code == 200, answer.text
    assert answer.json().keys() == {"value"}
    return str(answer.json()["value"])


def progress(completed: int, total: int = 10, message: dict[str, Any] = MESSAGE) -> dict[str, Any]:
    return {"total": total, "completed": completed, "message": message}


def kind(answer: requests.Response) -> str:
    """Which error an answer is, after a look at its shape."""
    assert answer.status_code >= 400
    body = answer.json()
    assert body.keys() == {"type", "value"}
    assert body["value"]["messages"][0].keys() == {"id", "default_message", "args"}
    return str(body["type"]).removeprefix("com.vmware.vapi.std.errors.")


def test_every_field_is_kept(reporter: Reporter) -> None:
    task_id = made(reporter, status="RUNNING", description=MESSAGE, start_time=START)
    answer = reporter.update(task_id, percent_done=progress(5), result="opaque_string_value")
    assert (answer.status_code, answer.content) == (200, b"")
    answer = reporter.update(task_id, status="FAILED", error=ERROR, end_time=END)
    assert (answer.status_code, answer.content) == (200, b"")
    told = reporter.rest(task_id)
    assert told["progress"] == progress(5)
    assert told["description"] == MESSAGE
    assert told["error"] == ERROR
    assert (told["status"], told["result"]) == ("FAILED", "opaque_string_value")
    assert (told["start_time"], told["end_time"]) == (START, END)
    info = reporter.api(task_id)
    assert info["description"]["params"]["share"]["l"]["params"] == {"inner": {"s": "deep"}}
    assert info["error"]["error_type"] == "ERROR"


def test_the_client_reads_them(reporter: Reporter) -> None:
    task_id = made(reporter, status="RUNNING", percent_done=progress(3))
    info = reporter.client().get(task_id)
    assert (info.status, info.progress.completed, info.description.id) == ("RUNNING", 3, info.service)
    assert task_id in reporter.client().list(Tasks.FilterSpec(services={info.service}))


def test_one_goes_from_the_beginning_to_the_end(reporter: Reporter) -> None:
    task_id = made(reporter)
    info = reporter.api(task_id)
    assert (info["status"], "start_time" in info, info["cancelable"]) == ("PENDING", False, False)
    for status in ("RUNNING", "BLOCKED", "RUNNING", "SUCCEEDED"):
        assert reporter.update(task_id, status=status).status_code == 200
        info = reporter.api(task_id)
        assert (info["status"], "start_time" in info, "end_time" in info) == (status, True, status == "SUCCEEDED")


@pytest.mark.parametrize(
    ("before", "change", "expected"),
    [
        ({}, {"percent_done": progress(1)}, "not_allowed_in_current_state"),
        ({"status": "BLOCKED"}, {"percent_done": progress(1)}, "not_allowed_in_current_state"),
        ({"status": "SUCCEEDED"}, {"status": "RUNNING"}, "not_allowed_in_current_state"),
        ({"status": "FAILED", "error": ERROR}, {"status": "SUCCEEDED"}, "not_allowed_in_current_state"),
        ({"status": "SUCCEEDED"}, {"percent_done": progress(1)}, "not_allowed_in_current_state"),
        ({}, {"start_time": START}, "not_allowed_in_current_state"),
        ({"status": "RUNNING"}, {"end_time": END}, "not_allowed_in_current_state"),
        ({"status": "RUNNING"}, {"percent_done": progress(-1)}, "invalid_argument"),
        ({"status": "RUNNING"}, {"percent_done": progress(11)}, "invalid_argument"),
        ({"status": "RUNNING", "percent_done": progress(5)}, {"percent_done": progress(4)}, "invalid_argument"),
        ({"status": "RUNNING"}, {"percent_done": {"total": 1, "completed": 1}}, "invalid_argument"),
        ({"status": "RUNNING"}, {"status": "FAILED"}, "invalid_argument"),
        ({"status": "RUNNING"}, {"status": "CANCELED"}, "invalid_argument"),
        ({"status": "RUNNING"}, {"start_time": "yesterday"}, "invalid_argument"),
        ({"status": "RUNNING", "start_time": END}, {"status": "SUCCEEDED", "end_time": START}, "invalid_argument"),
        ({"status": "RUNNING"}, {"colour": "red"}, "invalid_argument"),
    ],
)
def test_what_is_not_allowed_changes_nothing(
    reporter: Reporter, before: dict[str, Any], change: dict[str, Any], expected: str
) -> None:
    task_id = made(reporter, **before)
    told = reporter.rest(task_id)
    answer = reporter.update(task_id, **change)
    assert (answer.status_code, kind(answer)) == (400, expected)
    assert reporter.rest(task_id) == told


def test_a_bad_one_is_not_created(reporter: Reporter) -> None:
    assert kind(reporter.create(status="FAILED")) == "invalid_argument"
    answer = reporter.session.post(reporter.sim.url + PATH, json={"status": "RUNNING"}, timeout=TIMEOUT)
    assert kind(answer) == "invalid_argument"


def test_unknown_id(reporter: Reporter) -> None:
    answer = reporter.update("nobody:x", status="RUNNING")
    assert (answer.status_code, kind(answer)) == (404, "not_found")


def test_they_need_a_session(reporter: Reporter) -> None:
    reporter.sim.forget_tokens()
    answer = reporter.create()
    assert (answer.status_code, kind(answer)) == (401, "unauthenticated")

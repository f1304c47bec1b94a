# SPDX-License-Identifier: GPL-3.0-or-later
"""A task of another service at the same address is said to be one."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest

from ansible_collections.vcf.lifecycle.plugins.module_utils.operations import cancel, info, retry, wait
from ansible_collections.vcf.lifecycle.plugins.module_utils.transport import Answer, Fault, Request
from tests.unit.fakes import FakeFleet, fleet_task, is_login, not_found

SAID = "knows no task '{task_id}'. It is a task of {name}, which is at the same address: set service to {name}."
IDS = [f"t{number}" for number in range(9)]
OTHER = {
    "fleet_lcm": ("sddc_lcm", "/sddc-lcm/v1/tasks/"),
    "sddc_lcm": ("fleet_lcm", "/fleet-lcm/v1/tasks/"),
    "sddc_manager": ("sddc_manager_credentials", "/v1/credentials/tasks/"),
    "sddc_manager_credentials": ("sddc_manager", "/v1/tasks/"),
    "vcf_installer": ("sddc_manager", "/v1/tasks/"),
}


class Neighbours(FakeFleet):
    """A service that knows no task, and one below another path whose answer is given."""

    def __init__(self, service: str, path: str, reply: Any, **options: Any) -> None:
        super().__init__(service, **options)
        self.path, self.reply = path, reply

    def _serve(self, request: Request) -> Any:
        path = urlsplit(request.url).path
        if path.startswith(self.path) and request.method == "GET":
            return self.reply(path.rsplit("/", 1)[-1]) if callable(self.reply) else self.reply
        return super()._serve(request)

    @property
    def asked(self) -> list[str]:
        """The paths of the GETs below other paths than the service's own."""
        own = urlsplit(self.service.task_url("")).path
        paths = [urlsplit(request.url).path for request in self.transport.requests if request.method == "GET"]
        return [path for path in paths if not path.startswith(own) and not path.endswith(own.rstrip("/"))]


@pytest.mark.parametrize(
    ("service", "verb"),
    [*((service, wait) for service in OTHER), ("fleet_lcm", cancel), ("sddc_manager", retry)],
)
def test_it_is_said_whose_task_it_is(service: str, verb: Any) -> None:
    name, path = OTHER[service]
    failure = Neighbours(service, path, fleet_task).fail(verb.run, task_ids=["t1"])
    assert (failure.kind, failure.task_id, failure.http_status) == ("not_found", "t1", 404)
    assert failure.message.endswith(SAID.format(task_id="t1", name=name))


def test_task_info_warns_of_it_and_asks_for_a_handful() -> None:
    line = Neighbours("fleet_lcm", "/sddc-lcm/v1/tasks/", lambda task_id: fleet_task(task_id))
    assert line.run(info.run, task_ids=IDS)["missing"] == IDS
    assert line.asked == [f"/sddc-lcm/v1/tasks/{task_id}" for task_id in IDS[:5]]
    assert len(line.context.warnings) == 5
    assert line.context.warnings[0].endswith(SAID.format(task_id="t0", name="sddc_lcm"))


@pytest.mark.parametrize(
    "reply",
    [
        not_found(),
        Answer(401, {}, {}),
        Answer(403, {}, {"message": "No."}),
        Answer(503, {}, None, foreign=True),
        Answer(200, {}, "<html>", foreign=True),
        Answer(200, {}, None),
        Answer(200, {}, ["no", "task"]),
        Answer(200, {}, {"id": "another"}),
        Fault("connection refused"),
    ],
    ids=repr,
)
def test_what_the_other_says_instead_changes_nothing(reply: Any) -> None:
    line = Neighbours("fleet_lcm", "/sddc-lcm/v1/tasks/", reply)
    failure = line.fail(wait.run, task_ids=["t1"])
    assert failure.kind == "not_found"
    assert "Is it the id of another service" in failure.message
    assert failure.result["outages"] == 0
    assert line.asked == ["/sddc-lcm/v1/tasks/t1"]
    assert len(line.logins) == 1


def test_only_the_host_that_was_asked_is_asked_and_with_the_same_token() -> None:
    line = Neighbours("sddc_manager", "/v1/credentials/tasks/", not_found())
    line.fail(wait.run, task_ids=["t1"])
    seen = line.transport.requests
    assert {urlsplit(request.url).netloc for request in seen} == {"fleet.example.com"}
    assert len({request.headers.get("Authorization") for request in seen if not is_login(request)}) == 1
    assert line.asked == ["/v1/credentials/tasks/t1", "/v1/sddcs/t1"]


@pytest.mark.parametrize(
    ("service", "options", "task_id"),
    [
        ("vcenter", {}, "t1"),
        ("vmc", {}, "t1"),
        ("fleet_lcm", {"base_path": "/moved"}, "t1"),
        ("fleet_lcm", {}, ".."),
    ],
)
def test_nobody_else_is_asked(service: str, options: dict[str, Any], task_id: str) -> None:
    line = Neighbours(service, "/sddc-lcm", fleet_task, **options)
    assert "Is it the id of another service" in line.fail(wait.run, task_ids=[task_id]).message
    assert not any("/sddc-lcm" in request.url for request in line.transport.requests)


def test_what_was_there_before_is_not_looked_for_elsewhere() -> None:
    line = Neighbours("fleet_lcm", "/sddc-lcm/v1/tasks/", fleet_task)
    line.tasks["t1"] = [fleet_task(), not_found()]
    assert "purged" in line.fail(wait.run, task_ids=["t1"]).message
    assert line.asked == []

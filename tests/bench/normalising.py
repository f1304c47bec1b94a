# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure what it takes to make tasks of what SDDC Manager sends, against Broadcom's own client for Python.

Method: the same bytes, as the simulator writes lists of tasks with three sub-tasks each, once in pages of a hundred and
once in one body. Ours parses them, masks secrets and reads the tasks, on the objects that a module works with; the
client gets them from a provider that sends nothing, as the text that its HTTP library would hand over. Each way has a
process of its own, and keeps all that it made. CPU time is the least of the runs, without loading; memory is the peak
(VmHWM) above what the process held with the bytes in hand (VmRSS), so that the bytes themselves are not in it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from ansible_collections.vcf.lifecycle.extensions.simulator.clock import Clock
from ansible_collections.vcf.lifecycle.extensions.simulator.scenario import Task
from ansible_collections.vcf.lifecycle.extensions.simulator.services import sddc_bodies
from ansible_collections.vcf.lifecycle.extensions.simulator.tasks import TaskBook
from tests.bench import fresh, tasks
from tests.bench.figures import Figure
from tests.bench.memory import megabytes

TASKS = 10_000
PAGE = 100
RUNS = 2
MOST_MEGABYTES = 150.0
LEAST_RATIO = 5.0

Way = Callable[[list[bytes]], list[Any]]


def measure() -> list[Figure]:
    """Measure ten thousand tasks, in pages and in one body."""
    found = []
    for shape, size in (("in pages of 100", PAGE), ("in one body", TASKS)):
        contents = bodies(TASKS, size)
        # In turn, so that what else the machine does is the same for both.
        runs = [(cost(ours, contents), cost(theirs, contents)) for _run in range(RUNS)]
        own, other = (min(run[way][0] for run in runs) for way in (0, 1))
        peak = max(run[0][1] for run in runs)
        found += [
            Figure(f"{TASKS} tasks {shape}, Broadcom's client", other, "s CPU"),
            Figure(f"{TASKS} tasks {shape}, ours", own, "s CPU", other / own, least=LEAST_RATIO),
            Figure(f"{TASKS} tasks {shape}, ours, at most above the bytes", peak, "MB", most=MOST_MEGABYTES),
        ]
    return found


def bodies(count: int, size: int) -> list[bytes]:
    """Answers to getTasks, with that many tasks in pages of ``size``."""
    clock = Clock()
    book = TaskBook([Task.model_validate(task) for task in tasks.mixed(count)], clock, lambda _created: "")
    now = clock.now()
    elements = [sddc_bodies.task(entry, entry.look(now), clock) for entry in book.entries()]
    pages = [elements[first : first + size] for first in range(0, count, size)]
    return [
        json.dumps(
            {
                "elements": page,
                "pageMetadata": {
                    "pageNumber": number,
                    "pageSize": len(page),
                    "totalElements": count,
                    "totalPages": len(pages),
                },
            }
        ).encode()
        for number, page in enumerate(pages, start=1)
    ]


def ours(contents: list[bytes]) -> list[Any]:
    """The tasks that a module would work with."""
    from ansible_collections.vcf.lifecycle.plugins.module_utils import runner
    from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.context import Context
    from ansible_collections.vcf.lifecycle.plugins.module_utils.options import Connection
    from ansible_collections.vcf.lifecycle.plugins.module_utils.redaction import parse
    from ansible_collections.vcf.lifecycle.plugins.module_utils.transport import Answer

    options = {"service": "sddc_manager", "hostname": "localhost", "username": "user", "password": "a-secret-password"}
    with runner.opened(Connection.of(options), Context()) as service:
        service.redactor.learn("the-token-that-a-login-would-have-given")
        found: list[Any] = []
        for content in contents:
            found += service.page_of(Answer(200, body=service.redactor.body(parse(content)))).tasks
        return found


def theirs(contents: list[bytes]) -> list[Any]:
    """The objects of Broadcom's client."""
    from vmware.sddc_manager.v1_client import Tasks
    from vmware.vapi.bindings.stub import StubConfiguration
    from vmware.vapi.protocol.client.http_lib import HTTPResponse
    from vmware.vapi.protocol.client.msg.rest_connector import get_protocol_connector
    from vmware.vapi.protocol.client.rpc.provider import HTTPProvider

    waiting = iter(contents)

    class Provider(HTTPProvider):  # type: ignore[misc]
        def connect(self) -> None:
            """Nothing to connect to."""

        def disconnect(self) -> None:
            """Nothing to end."""

        def do_request(self, _request: Any) -> Any:
            return HTTPResponse(200, {"content-type": "application/json"}, next(waiting).decode())

    client = Tasks(StubConfiguration(get_protocol_connector(Provider())))
    found: list[Any] = []
    for _content in contents:
        found += client.get_tasks(page_size=PAGE).elements
    return found


def cost(way: Way, contents: list[bytes]) -> tuple[float, float]:
    """CPU seconds, and megabytes at most above the bytes, of one run in a process of its own."""
    return fresh.call(_cost, way, contents)


def _cost(way: Way, contents: list[bytes]) -> tuple[float, float]:
    # Loading is not measured; a body of one task makes sure that everything has been loaded.
    way(bodies(1, 1))
    before = megabytes("VmRSS")
    started = time.process_time()
    found = way(contents)
    seconds = time.process_time() - started
    assert found
    return seconds, megabytes("VmHWM") - before

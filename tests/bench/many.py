# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure a wait for 500 tasks that end at random within 30 seconds, looking every second.

Method: the simulator, in a process of its own, has the tasks of SDDC Manager. They are waited for once by a playbook
with task_wait, once by a playbook with ansible.builtin.uri, and once by task_wait's code in this process, where it can
be asked when it knows that a task has ended: latency is from the task's simulated end until then. Requests and
connections are what the simulator has counted. A round's list requests are told apart from the details that Fleet LCM,
whose list does not show tasks whole, gives of those that have ended: it is waited for as well.

CPU is user and system time of ansible-playbook and all its children, less what a playbook takes that only pauses for as
long: Ansible looks a thousand times a second whether a task has come to its end. uri looks as often as task_wait does:
five hosts at once, each with one task that reads a page of 100 with until, once a second, until all tasks on that page
have ended. It is given a token. (A uri for each of the 500 tasks would take many times as much.)
"""

from __future__ import annotations

import json
import math
import re
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from tests.bench import tasks
from tests.bench.figures import Figure
from tests.bench.server import Server, served
from tests.demo import playbook

TASKS = 500
PAGE = 100
WITHIN = 30.0  # seconds in which they end
AHEAD = 5.0  # seconds until the first one may: a playbook has to start
INTERVAL = 1
PAUSE = 10.0
LONGEST = 120.0  # seconds that a play may take
USERS = {
    "sddc_manager": ("administrator@vsphere.local", "a-secret-password"),
    "fleet_lcm": ("admin@vsp.local", "a-secret-password"),
}
TOKEN_PATH, TASKS_PATH = "/v1/tokens", "/v1/tasks"


@dataclass(frozen=True)
class Play:
    """A playbook that has been played, and what it took. Times in seconds."""

    printed: str
    seconds: float
    cpu: float


@dataclass
class Wait:
    """What a wait came to. Times in seconds."""

    polls: int
    seen: list[dict[str, Any]]
    play: Play = Play("", 0.0, 0.0)
    latencies: list[float] | None = None

    @property
    def list_requests(self) -> float:
        """Requests for pages of the list, in each round."""
        return sum(is_list(request) for request in self.seen) / self.polls

    @property
    def details(self) -> int:
        """Requests for one task."""
        return sum(request["method"] == "GET" and not is_list(request) for request in self.seen)

    @property
    def connections(self) -> int:
        """How many there were in all."""
        return len({request["connection"] for request in self.seen})


def measure() -> list[Figure]:
    """Wait with task_wait, with uri and in this process, one after the other."""
    nothing, second = idle_cpu()
    module, uri = wait_with_module(), wait_with_uri()
    here, fleet = wait_here("sddc_manager"), wait_here("fleet_lcm", within=WITHIN / 3)
    own, other = (play.cpu - nothing - second * play.seconds for play in (module.play, uri))
    return [
        Figure("500 tasks, requests in each round", len(module.seen) / module.polls, most=12),
        Figure("500 tasks, connections in all", module.connections, most=4),
        Figure("500 tasks of Fleet LCM, list requests in each round", fleet.list_requests, most=12),
        Figure("500 tasks of Fleet LCM, details in all", fleet.details),
        *_latency("500 tasks", here),
        Figure("a playbook that does nothing", nothing, "s CPU"),
        Figure("a second of a playbook that pauses", second, "s CPU"),
        Figure("500 tasks, uri and until, beyond that", other, "s CPU"),
        Figure("500 tasks, task_wait, beyond that", own, "s CPU", own / other, most=0.1),
    ]


def _latency(what: str, wait: Wait) -> list[Figure]:
    late = wait.latencies or [math.nan]
    middle, longest = statistics.median(late), max(late)
    return [
        Figure(f"{what}, median from the end to knowing it", middle, "s", middle / INTERVAL, most=0.6),
        Figure(f"{what}, longest from the end to knowing it", longest, "s", longest / INTERVAL, most=1.5),
    ]


def scenario(service: str, ahead: float, count: int = TASKS, within: float = WITHIN) -> dict[str, Any]:
    """What the simulator plays."""
    username, password = USERS[service]
    spec = {"users": {username: password}, "tasks": tasks.many(count, ahead, ahead + within)}
    return {"services": {service: spec}}


def options(service: str, server: Server, spec: Mapping[str, Any]) -> dict[str, Any]:
    """How to ask task_wait for all tasks of a scenario."""
    username, password = USERS[service]
    return {
        "service": service,
        "hostname": server.host,
        "port": server.port,
        "ca_path": server.ca_path,
        "username": username,
        "password": password,
        "task_ids": [task["id"] for task in spec["services"][service]["tasks"]],
        "poll_interval": INTERVAL,
        "timeout": round(LONGEST),
    }


def idle_cpu() -> tuple[float, float]:
    """The seconds of CPU of a playbook that does nothing, and of each second that one pauses."""
    with tempfile.TemporaryDirectory(prefix="vcf-lifecycle-bench-") as folder:
        nothing = min(_play([_message("nothing")], Path(folder)).cpu for _turn in range(3))
        pause = _play([{"ansible.builtin.pause": {"seconds": round(PAUSE)}}], Path(folder)).cpu
        return nothing, max(0.0, pause - nothing) / PAUSE


def wait_with_module() -> Wait:
    """Play task_wait."""
    spec = scenario("sddc_manager", AHEAD)
    with served(spec) as server:
        book = [
            {"vcf.lifecycle.task_wait": options("sddc_manager", server, spec), "register": "waited"},
            _message("polls={{ waited.polls }}"),
        ]
        play = _play(book, server.folder)
        polls = int(play.printed.partition("polls=")[2].partition('"')[0])
        return Wait(polls, server.seen(), play)


def wait_with_uri() -> Play:
    """Play uri."""
    with served(scenario("sddc_manager", AHEAD)) as server:
        call = {
            "ansible.builtin.uri": {
                "url": f"{server.url}{TASKS_PATH}?pageSize={PAGE}&pageNumber={{{{ inventory_hostname }}}}",
                "headers": {"Authorization": f"Bearer {_token(server)}"},
                "ca_path": server.ca_path,
            },
            "register": "read",
            "until": "read.json.elements | rejectattr('status', 'in', ['SUCCESSFUL', 'FAILED']) | length == 0",
            "retries": round(LONGEST),
            "delay": INTERVAL,
            "no_log": True,
        }
        return _play([call], server.folder, hosts=[str(page) for page in range(1, TASKS // PAGE + 1)])


def wait_here(service: str, count: int = TASKS, within: float = WITHIN) -> Wait:
    """Wait in this process, and listen."""
    from ansible_collections.vcf.lifecycle.plugins.module_utils import runner
    from ansible_collections.vcf.lifecycle.plugins.module_utils.operations import wait
    from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.context import Context, Observer
    from ansible_collections.vcf.lifecycle.plugins.module_utils.task import Task

    late: dict[str, float] = {}

    class Listener(Observer):
        def tasks_changed(self, changed: list[Task], going_on: int, elapsed: float) -> None:
            now = time.time()
            for task in changed:
                if task.done and task.ended_at is not None:
                    late.setdefault(task.id, now - task.ended_at.timestamp())

    spec = scenario(service, 1.0, count, within)
    with served(spec) as server:
        context = Context(observer=Listener())
        params = {**defaults(wait.ARGUMENT_SPEC), **options(service, server, spec)}
        result = runner.perform(wait.run, params, context)
        assert len(late) == count
        return Wait(result["polls"], server.seen(), latencies=list(late.values()))


def is_list(request: Mapping[str, Any]) -> bool:
    """Whether a request was for a page of the list."""
    return request["method"] == "GET" and re.search(r"/v1/tasks/?$", request["path"]) is not None


def defaults(spec: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """What Ansible makes of options that are not given."""
    return {name: option.get("default") for name, option in spec.items()}


def _token(server: Server) -> str:
    username, password = USERS["sddc_manager"]
    with requests.Session() as session:
        session.trust_env = False
        answer = session.post(
            server.url + TOKEN_PATH,
            json={"username": username, "password": password},
            verify=server.ca_path,
            timeout=30,
        )
    answer.raise_for_status()
    token: str = answer.json()["accessToken"]
    return token


def _message(text: str) -> dict[str, Any]:
    return {"ansible.builtin.debug": {"msg": text}}


def _play(book: list[dict[str, Any]], folder: Path, hosts: Sequence[str] = ("localhost",)) -> Play:
    path = folder / "bench.yml"
    play = {"hosts": "all", "connection": "local", "gather_facts": False, "tasks": book}
    path.write_text(json.dumps([play]), encoding="utf-8")
    (folder / "ansible.cfg").touch()
    output: list[bytes] = []
    began, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    status = playbook.play(
        [
            *playbook.command(path, {"ansible_python_interpreter": sys.executable}, folder),
            f"--inventory={','.join(hosts)},",
        ],
        playbook.environment(folder, folder / "ansible.cfg"),
        LONGEST,
        output.append,
    )
    ended, after = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    printed = b"".join(output).decode()
    if status:
        raise SystemExit(f"A play went wrong, so there is nothing to measure:\n{printed}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Play(printed, ended - began, cpu)

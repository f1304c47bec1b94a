# SPDX-License-Identifier: GPL-3.0-or-later
"""A run that is killed in the middle, and the same playbook again: it ends as if nothing had happened, and nothing is
asked of a service twice.

What C(kill -9) leaves behind is Ansible's affair. The controller forks a worker for each task, and with ansible-core
2.19 a worker leads a session of its own: the group of the controller is not the whole run. A verb that runs in process
runs in the worker; a module that is shipped runs in a child of it. Nothing tells them that the controller is gone, so
what survives goes on to its end, sends what it would have sent, and reports to nobody. Both are tested: that everything
dies at once, as with a machine or a container, and that only the group does, as with C(kill) and a process list.

For the service there is no moment between two requests: what counts is which of them it has seen. So a run is killed
while the simulator holds a request, either before it is processed, which is as if it had never been sent, or after
that and before the answer is out. Simulated time stands still but for one second a request: nothing here is a race.
"""

from __future__ import annotations

import json
import os
import random
import select
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest

from ansible_collections.vcf.lifecycle.extensions.simulator.simulator import Simulator
from tests.conformance.bench import CREDENTIALS_SPEC
from tests.integration.conftest import Simulate
from tests.integration.runs import SHIPPED, TOO_LONG, Ansible, Run, call, defaults

TASK_ID, OTHER_ID = "019aa000-0000-7000-8000-000000000001", "019aa000-0000-7000-8000-000000000002"
LISTS = ("cancelled", "finished_first", "still_canceling", "not_cancellable", "not_retriable")
ERROR = {"code": "NODE-3", "message": "The node did not answer.", "reference": "AB12CD"}

RUNNING = {"stages": [{"name": "download", "seconds": 30}, {"name": "install", "seconds": 5}]}
FAILED = {
    "start": -600,
    "stages": [{"name": "download", "seconds": 5}, {"name": "install", "seconds": 5}],
    "attempts": [{"fail": "install", "error": ERROR}, {"seconds": {"install": 30}}],
}


@dataclass(frozen=True)
class Case:
    """A verb at a service."""

    service: str
    verb: Literal["wait", "cancel", "retry"]
    shipped: bool = False

    @property
    def task(self) -> dict[str, Any]:
        """The task that the verb is for."""
        is_failed = self.verb == "retry" or (self.verb == "cancel" and self.service == "sddc_manager_credentials")
        return {"name": "upgrade", **(FAILED if is_failed else RUNNING)}

    @property
    def options(self) -> dict[str, Any]:
        """What to call the verb with."""
        spec = {"credentials_spec": json.dumps(CREDENTIALS_SPEC)} if self.verb == "retry" else {}
        return {
            "task_id": TASK_ID,
            "poll_interval": 0.02,
            "timeout": 60,
            **(spec if self.service == "sddc_manager_credentials" else {}),
        }

    @property
    def carried_out(self) -> list[str]:
        """What the simulator notes when the verb was carried out once."""
        if self.verb == "wait":
            return []
        return ["give_up" if self.service == "sddc_manager_credentials" and self.verb == "cancel" else self.verb]

    def __str__(self) -> str:
        return f"{self.verb}-{self.service}{'-shipped' if self.shipped else ''}"


CASES = [
    Case("fleet_lcm", "wait"),
    *(Case(service, "cancel") for service in ("fleet_lcm", "sddc_manager", "vmc", "vcenter")),
    Case("sddc_manager_credentials", "cancel"),
    *(Case(service, "retry") for service in ("fleet_lcm", "sddc_manager", "sddc_manager_credentials")),
]
SHIPPED_CASES = [Case("fleet_lcm", "cancel", shipped=True), Case("sddc_manager", "retry", shipped=True)]


@dataclass(frozen=True)
class Moment:
    """When a run is killed: while its n-th request is held, C(before) or C(after) that is processed."""

    when: Literal["before", "after"]
    number: int

    def __str__(self) -> str:
        return f"{self.when}-{self.number}"


LOGIN, READ, WRITE = 1, 2, 3
"""The first requests of a verb that writes. Whatever comes later is following."""

MOMENTS = [
    Moment("before", LOGIN),
    Moment("before", READ),
    Moment("before", WRITE),
    Moment("after", WRITE),
    Moment("before", WRITE + 1),
]


class Scene:
    """Two tasks alike at a simulated service, a playbook that calls a verb for one of them, and runs of that."""

    def __init__(self, case: Case, ansible: Ansible, simulate: Simulate, **task: Any) -> None:
        self.case, self.ansible = case, ansible
        tasks = [{**case.task, **task, "id": task_id} for task_id in (TASK_ID, OTHER_ID)]
        users = {} if case.service == "vmc" else {"users": {"somebody": "a long password"}}
        service = {"tasks": tasks, **users}
        self.sim: Simulator = simulate({"services": {case.service: service}}, on_request=self._seen)
        self.sim.clock.speed = 0
        # What starts at 0 has begun.
        self.sim.clock.advance(1)
        self.survivors: list[int] = []
        self.wrote = threading.Event()
        self._count = self._kill_at = 0
        self._only_group = False
        self._process: Future[subprocess.Popen[str]] = Future()

    def playbook(self, **options: Any) -> str:
        """Write the playbook, and return its path."""
        keywords = {"environment": SHIPPED} if self.case.shipped else {}
        it = {
            **call("it", f"task_{self.case.verb}", {**self.case.options, **options}, **keywords),
            "ignore_errors": False,
        }
        return self.ansible.written([it], module_defaults=defaults(self.sim, self.case.service))

    def play(self, playbook: str, moment: Moment | None = None, *, only_group: bool = False) -> Run:
        """Run the playbook to its end, or to a moment if it comes to that."""
        self._process, self._count, self._only_group = Future(), 0, only_group
        self._kill_at = moment.number if moment else 0
        self.sim.clear_faults()
        if moment and not only_group:
            self.sim.inject({"kind": f"reset_{moment.when}", "skip": moment.number - 1, "times": 1})
        with self._start(playbook) as process:
            self._process.set_result(process)
            return self.ansible.finish(process)

    def play_until(self, playbook: str, text: str) -> None:
        """Run the playbook until it prints a text, and kill it then."""
        # Ansible leaves flushing to Python, which does that line by line on a terminal only.
        with self._start(playbook, variables={"PYTHONUNBUFFERED": "1"}) as process:
            # Reading a line waits for it: the one that never comes must not keep us.
            guard = threading.Timer(TOO_LONG, process.kill)
            guard.start()
            assert process.stdout is not None
            heard = any(text in line for line in process.stdout)
            guard.cancel()
            kill(process)
        assert heard, f"it did not say {text!r}"

    def _start(self, playbook: str, **options: Any) -> subprocess.Popen[str]:
        """Start a run, as the first of a session and group of its own."""
        return self.ansible.start("playbook", playbook, start_new_session=True, **options)

    def _seen(self, record: dict[str, Any]) -> None:
        """Let time pass, and kill the run if this is its moment. The simulator waits meanwhile."""
        self.sim.clock.advance(1)
        if record["method"] != "GET" and TASK_ID in record["path"]:
            self.wrote.set()
        self._count += 1
        if self._count == self._kill_at:
            self.survivors = kill(self._process.result(TOO_LONG), only_group=self._only_group)

    def carried_out(self, task_id: str = TASK_ID) -> list[str]:
        """What was asked of a task, and accepted."""
        entry = self.sim.service(self.case.service).tasks.get(task_id)
        assert entry is not None
        return [event.kind for event in entry.log]

    def sent(self, task_id: str = TASK_ID) -> int:
        """How many requests that change a task have come to the service."""
        writes = [seen for seen in self.sim.requests if seen["method"] != "GET" and task_id in seen["path"]]
        return len([seen for seen in writes if seen["fault"] != "reset_before"])

    def outlast(self) -> None:
        """Return when what has survived its group has ended by itself."""
        ended(self.survivors)
        self.survivors = []

    def close(self) -> None:
        """Leave no process behind, whatever a test has come to."""
        for handle in self.survivors:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(handle, signal.SIGKILL)
        self.outlast()


def verdict(run: Run) -> dict[str, Any]:
    """What a run comes to: all that is about the tasks, and nothing of who has asked for what."""
    result = run["it"]
    said = {name: result[name] for name in (*LISTS, "states", "timed_out", "lost_contact") if name in result}
    return {"code": run.code, "failure": result.get("failure", {}).get("kind"), **said}


# Killing --------------------------------------------------------------------------------------------------------------


def family(pid: int) -> list[int]:
    """A process and all that descend from it, the elders first."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parents[int(stat.parent.name)] = int(stat.read_bytes().rpartition(b")")[2].split()[1])
    found = [pid]
    for known in found:
        found += [child for child, parent in parents.items() if parent == known]
    return found


def kill(process: subprocess.Popen[str], *, only_group: bool = False) -> list[int]:
    """Kill a run and return when it is dead; what survives the group too, unless told to leave it.

    :return: handles of the survivors; C(ended) waits for them.
    """
    handles, elsewhere = [], []
    for pid in family(process.pid):
        # A worker whose task is over may end while we look.
        with suppress(ProcessLookupError):
            is_of_group = os.getpgid(pid) == process.pid
            handles.append(os.pidfd_open(pid))
            elsewhere += [] if is_of_group else handles[-1:]
    os.killpg(process.pid, signal.SIGKILL)
    for handle in [] if only_group else elsewhere:
        # What has lost its child, or its parent, may have ended by itself.
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(handle, signal.SIGKILL)
    ended([handle for handle in handles if not only_group or handle not in elsewhere])
    return elsewhere if only_group else []


def ended(handles: list[int]) -> None:
    """Return when all these processes have ended, and close the handles."""
    for handle in handles:
        assert select.select([handle], [], [], TOO_LONG)[0], "a process did not end"
        os.close(handle)


Set = Callable[..., Scene]


@pytest.fixture
def scene(ansible: Ansible, simulate: Simulate) -> Iterator[Set]:
    """Set a scene for a case."""
    with ExitStack() as scenes:
        yield lambda case, **task: scenes.enter_context(closing(Scene(case, ansible, simulate, **task)))


@pytest.mark.parametrize("case", [*CASES, *SHIPPED_CASES], ids=str)
def test_a_run_that_is_killed_again_and_again(case: Case, scene: Set) -> None:
    undisturbed = scene(case)
    expected = verdict(undisturbed.play(undisturbed.playbook()))
    assert (expected["code"], undisturbed.carried_out()) == (0, case.carried_out)

    disturbed = scene(case)
    playbook = disturbed.playbook()
    killed = []
    for moment in MOMENTS:
        run = disturbed.play(playbook, moment)
        if run.code != -signal.SIGKILL:
            # A verb that has nothing left to do ends before the moment comes.
            break
        assert run.records == []
        killed.append(moment)
    else:
        run = disturbed.play(playbook)
    assert killed[:4] == MOMENTS[:4]
    assert verdict(run) == expected, run.output
    assert (disturbed.carried_out(), disturbed.sent()) == (case.carried_out, len(case.carried_out))


# Seeded: other moments for another number, the same ones each time.
ANY = random.Random(20261121).sample(
    [(case, Moment(when, number)) for case in CASES for when in ("before", "after") for number in range(1, 9)], 6
)


@pytest.mark.parametrize(("case", "moment"), ANY, ids=str)
def test_a_run_that_is_killed_at_any_moment(case: Case, moment: Moment, scene: Set) -> None:
    disturbed = scene(case)
    playbook = disturbed.playbook()
    run = disturbed.play(playbook, moment)
    if run.code == -signal.SIGKILL:
        run = disturbed.play(playbook)
    else:
        # The moment is later than all that this verb has to send.
        assert len(disturbed.sim.requests) < moment.number
    end = "CANCELED" if case.verb == "cancel" else "SUCCEEDED"
    assert (run.code, run["it"]["states"]) == (0, {TASK_ID: end}), run.output
    assert (disturbed.carried_out(), disturbed.sent()) == (case.carried_out, len(case.carried_out))


def test_a_run_that_is_killed_between_its_requests_for_two_tasks(scene: Set) -> None:
    two = scene(Case("fleet_lcm", "cancel"))
    playbook = two.playbook(task_id=[TASK_ID, OTHER_ID])
    # A login, two reads, and two requests, of which the second is never sent.
    assert two.play(playbook, Moment("before", 5)).code == -signal.SIGKILL
    assert (two.carried_out(), two.carried_out(OTHER_ID)) == (["cancel"], [])
    run = two.play(playbook)
    assert (run.code, run["it"]["cancelled"], run["it"]["changed"]) == (0, [TASK_ID, OTHER_ID], True), run.output
    for task_id in (TASK_ID, OTHER_ID):
        assert (two.carried_out(task_id), two.sent(task_id)) == (["cancel"], 1)


@pytest.mark.parametrize("number", [READ, WRITE + 1], ids=["it has read", "it follows"])
@pytest.mark.parametrize("shipped", [False, True], ids=["in process", "shipped"])
def test_what_survives_the_group_and_the_next_run_do_not_get_in_each_others_way(
    shipped: bool, number: int, scene: Set
) -> None:
    case = Case("fleet_lcm", "cancel", shipped)
    both = scene(case)
    playbook = both.playbook()
    assert both.play(playbook, Moment("after", number), only_group=True).code == -signal.SIGKILL
    # What has read goes on to its request, though nobody is left to tell.
    assert not both.survivors or both.wrote.wait(TOO_LONG)
    run = both.play(playbook)
    both.outlast()
    assert (run.code, run["it"]["cancelled"]) == (0, [TASK_ID]), run.output
    assert (both.carried_out(), both.sent()) == (["cancel"], 1)


def test_a_retry_that_is_killed_between_two_attempts(scene: Set) -> None:
    fails = {"fail": "install", "error": ERROR}
    twice = scene(Case("fleet_lcm", "retry"), attempts=[fails, fails, {}])
    playbook = twice.playbook(attempts=2, delay=3600, timeout=7200)
    twice.play_until(playbook, "the next attempt is in 1h")
    assert (twice.carried_out(), twice.sent()) == (["retry"], 1)
    run = twice.play(playbook)
    assert (run.code, run["it"]["states"], run["it"]["retried"]) == (0, {TASK_ID: "SUCCEEDED"}, [TASK_ID])
    # Two failures, and a retry for each: as without the interruption.
    assert (twice.carried_out(), twice.sent()) == (["retry", "retry"], 2)


def test_a_wait_that_is_killed_during_an_outage(scene: Set) -> None:
    away = scene(Case("fleet_lcm", "wait"))
    playbook = away.playbook()
    away.sim.inject({"kind": "html", "method": "GET", "skip": 2})
    away.play_until(playbook, "out of contact")
    requests = len(away.sim.requests)
    away.sim.clear_faults()
    run = away.play(playbook)
    assert (run.code, run["it"]["states"]) == (0, {TASK_ID: "SUCCEEDED"}), run.output
    assert len(away.sim.requests) > requests

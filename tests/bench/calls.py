# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure what one call of task_info costs, against ansible.builtin.uri doing one GET of the same task.

Method: plays of many tasks that each make the same call, one play for each way to call, in turn, for some rounds. A
call is the time from the heading of its task to the heading of the next one: all that one more task costs. The start of
a play is not in it, nor is its first call, which pays for loading. Medians are over the calls of all rounds. task_info
logs in, reads and closes each time; uri is given a token that is ready. All talk to one simulator, over TLS with
verification on.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import requests

from ansible_collections.vcf.lifecycle.extensions.simulator.simulator import Simulator
from tests.bench.figures import Figure
from tests.demo import playbook

SCENARIO = playbook.ROOT / "tests" / "scenarios" / "tasks.yml"
TASK = "upgrade-vcfa"
LONGEST = 120.0  # seconds that one play may take

HEADING = b"TASK ["

YARDSTICK = "uri"
TARGETS = {"in process": 0.25, "shipped": 1.6}  # of the yardstick


class Stopwatch:
    """Notes when each task's heading comes."""

    def __init__(self) -> None:
        self.headings: list[float] = []
        self.output = b""

    def see(self, printed: bytes) -> None:
        """Take what has just been printed."""
        now = time.perf_counter()
        self.output += printed
        self.headings += [now] * (self.output.count(HEADING) - len(self.headings))

    def calls(self) -> list[float]:
        """Seconds of each call but the first."""
        return [after - before for before, after in zip(self.headings[1:], self.headings[2:], strict=False)]


def measure(calls: int = 20, rounds: int = 4) -> list[Figure]:
    """Measure ``rounds`` plays of each kind, of so many ``calls`` each."""
    with (
        tempfile.TemporaryDirectory(prefix="vcf-lifecycle-bench-") as folder,
        Simulator.from_file(SCENARIO, directory=Path(folder)) as simulator,
    ):
        return figures_of(_measure(simulator, Path(folder), calls, rounds))


def _measure(simulator: Simulator, folder: Path, calls: int, rounds: int) -> dict[str, list[float]]:
    """The seconds of each call, by the way of calling."""
    ways = _ways(simulator)
    times: dict[str, list[float]] = {way: [] for way in ways}
    (folder / "ansible.cfg").touch()
    for turn in range(rounds):
        for way, call in ways.items():
            if sys.stderr.isatty():
                print(f"\rRound {turn + 1} of {rounds}: {way:<12}\r", end="", file=sys.stderr, flush=True)
            times[way] += _timed(call, folder, calls)
    return times


def _timed(call: Mapping[str, Any], folder: Path, calls: int) -> list[float]:
    """Play the call once for loading, as often as told, and once more for its heading, which ends the last one."""
    book = folder / "bench.yml"
    tasks = [{"name": "Call", **call} for _each in range(calls + 2)]
    book.write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]), encoding="utf-8")
    stopwatch = Stopwatch()
    status = playbook.play(
        playbook.command(book, {"ansible_python_interpreter": sys.executable}, folder),
        playbook.environment(folder, folder / "ansible.cfg"),
        LONGEST,
        stopwatch.see,
    )
    measured = stopwatch.calls()
    if status or len(measured) != calls:
        raise SystemExit(f"A play went wrong, so there is nothing to measure:\n{stopwatch.output.decode()}")
    return measured


def _ways(simulator: Simulator) -> dict[str, Mapping[str, Any]]:
    """The tasks to compare."""
    fleet = next(service for service in simulator.services if service.name == "fleet_lcm")
    username, password = next(iter(fleet.users.items()))
    task_id = simulator.task_id(TASK, fleet.name)
    connection = {"hostname": simulator.host, "port": simulator.port, "ca_path": str(simulator.ca_path)}
    info = {
        "vcf.lifecycle.task_info": {
            **connection,
            "service": fleet.name,
            "username": username,
            "password": password,
            "task_id": task_id,
        },
        # A task that the service did not know would be no failure.
        "register": "read",
        "failed_when": "read.tasks | default([]) | length != 1",
    }
    uri = {
        "ansible.builtin.uri": {
            "url": f"{simulator.url}{fleet.base_path}/v1/tasks/{task_id}",
            "headers": {"Authorization": f"Bearer {_token(simulator, fleet.login_path, username, password)}"},
            "ca_path": connection["ca_path"],
        },
        "register": "read",
        "failed_when": "read.json is not defined",
    }
    # Any environment asks for a process of its own.
    return {YARDSTICK: uri, "in process": info, "shipped": {**info, "environment": {"OWN_PROCESS": "please"}}}


def _token(simulator: Simulator, path: str, username: str, password: str) -> str:
    form = {"grant_type": "password", "username": username, "password": password}
    with requests.Session() as session:
        session.trust_env = False
        answer = session.post(simulator.url + path, data=form, verify=str(simulator.ca_path), timeout=30)
    answer.raise_for_status()
    token: str = answer.json()["access_token"]
    return token


def figures_of(times: Mapping[str, list[float]]) -> list[Figure]:
    """The median of each way to call, in milliseconds, and its ratio to the yardstick's."""
    medians = {way: 1000 * statistics.median(seconds) for way, seconds in times.items()}
    found = [Figure("one GET with uri", medians.pop(YARDSTICK), "ms")]
    yardstick = found[0].value
    return found + [
        Figure(f"one call of task_info, {way}", median, "ms", median / yardstick, most=TARGETS[way])
        for way, median in medians.items()
    ]

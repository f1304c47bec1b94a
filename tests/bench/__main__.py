# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure what one call of task_info costs, against ansible.builtin.uri doing one GET of the same task.

Method: plays of many tasks that each make the same call, one play for each way to call, in turn, for some rounds. A
call is the time from the heading of its task to the heading of the next one: all that one more task costs. The start of
a play is not in it, nor is its first call, which pays for loading. Medians are over the calls of all rounds. task_info
logs in, reads and closes each time; uri is given a token that is ready. All talk to one simulator, over TLS with
verification on.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import requests

from tests.demo import playbook
from tests.simulator import Simulator

SCENARIO = playbook.ROOT / "tests" / "scenarios" / "demo.yml"
TASK = "upgrade-vcfa"
LONGEST = 120.0  # seconds that one play may take

HEADING = b"TASK ["

YARDSTICK = "uri"
TARGETS = {"in process": 0.25, "shipped": 1.6}  # of the yardstick


@dataclass(frozen=True)
class Row:
    """What was measured of one way to call. Times in milliseconds."""

    way: str
    calls: int
    median_ms: float
    ratio: float
    target: float | None

    @property
    def verdict(self) -> str:
        """Whether the target was met."""
        if self.target is None:
            return ""
        return "met" if self.ratio <= self.target else "NOT MET"


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


def main() -> int:
    """Measure, and print a table. The targets are goals, no conditions: not to meet one is no error."""
    options = _options()
    if not playbook.is_set_up():
        print("The collection is not set up here yet: run `make setup` first.", file=sys.stderr)
        return 2
    with (
        tempfile.TemporaryDirectory(prefix="vcf-lifecycle-bench-") as folder,
        Simulator.from_file(SCENARIO, directory=Path(folder)) as simulator,
    ):
        times = _measure(simulator, Path(folder), options.calls, options.rounds)
    rows = _rows(times)
    print(_table(rows, options))
    if options.json:
        options.json.write_text(json.dumps([asdict(row) for row in rows], indent=2) + "\n", encoding="utf-8")
    return 0


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


def _rows(times: Mapping[str, list[float]]) -> list[Row]:
    medians = {way: 1000 * statistics.median(seconds) for way, seconds in times.items()}
    return [
        Row(way, len(times[way]), round(median, 1), round(median / medians[YARDSTICK], 3), TARGETS.get(way))
        for way, median in medians.items()
    ]


def _table(rows: list[Row], options: argparse.Namespace) -> str:
    heading = __doc__.partition("\n\n")
    lines = [heading[0], "", heading[2].rstrip(), ""]
    lines += [f"{options.rounds} rounds of {options.calls} calls each.", ""]
    lines += [f"{'':<24}{'median ms':>10}{'of uri':>8}{'target':>9}"]
    for row in rows:
        name = row.way if row.way == YARDSTICK else f"task_info, {row.way}"
        target = "" if row.target is None else f"<= {row.target:g}"
        lines.append(f"{name:<24}{row.median_ms:>10.1f}{row.ratio:>8.2f}{target:>9}  {row.verdict}".rstrip())
    return "\n".join(lines)


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__.partition("\n")[0])
    parser.add_argument("--calls", type=_count, default=20, help="calls in each play (20)")
    parser.add_argument("--rounds", type=_count, default=4, help="plays of each kind (4)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

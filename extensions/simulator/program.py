# SPDX-License-Identifier: GPL-3.0-or-later
"""The command that serves a scenario: see `__main__`."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Any

from .fault_check import check
from .scenario import ScenarioError, load
from .simulator import Simulator

WATCH = 0.5  # real seconds between two looks at the parent


def main() -> int:
    """Serve until a signal, or until the parent is gone."""
    options = _options()
    try:
        scenario = check(load(options.scenario), str(options.scenario))
        if options.endpoint:
            scenario = scenario.at(options.endpoint)
        if options.speed:
            scenario.speed = options.speed
        simulator = Simulator(
            scenario,
            port=options.port,
            directory=options.directory,
            on_request=_log if options.log else None,
        )
    except (ScenarioError, OSError) as problem:
        print(problem, file=sys.stderr)
        return 2
    ended = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        ended.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    with simulator:
        print(describe(simulator), flush=True)
        if options.ready_file:
            _say_ready(options.ready_file, simulator)
        while not ended.wait(WATCH if options.parent else None):
            if not alive(options.parent):
                break
    return 0


def describe(simulator: Simulator) -> str:
    """What is served, for a reader."""
    lines = [
        f"Serving at {simulator.url}, {simulator.clock.speed:g} simulated seconds a second",
        f"CA {simulator.ca_path}",
    ]
    for service in simulator.services:
        names = service.tasks.names()
        lines += ["", f"{service.name}: {len(names)} tasks"]
        lines += [f"  login  POST {service.login_url}"]
        lines += [f"  user   {user} with password {password}" for user, password in service.users.items()]
        lines += [f"  key    {key}" for key in service.api_keys]
        lines += [f"  task   {task_id}  {name}" for task_id, name in names.items()]
    return "\n".join(lines)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m ansible_collections.vcf.lifecycle.extensions.simulator",
        description="Serve a scenario to the clients of the services of VMware Cloud Foundation.",
    )
    parser.add_argument("--scenario", required=True, type=Path, help="YAML file to play")
    parser.add_argument("--endpoint", help="the endpoint to play, of a scenario that has several of a service")
    parser.add_argument("--port", type=int, default=0, help="port to serve at (any free one)")
    parser.add_argument("--speed", type=float, help="simulated seconds per real second (the scenario's)")
    parser.add_argument("--directory", type=Path, help="where to write ca.pem (a temporary folder)")
    parser.add_argument("--ready-file", type=Path, help="written when the port answers: URL and CA path, a line each")
    parser.add_argument("--parent", type=int, help="end when this process does")
    parser.add_argument("--log", action="store_true", help="print each request")
    return parser.parse_args()


def _say_ready(path: Path, simulator: Simulator) -> None:
    # Whoever waits for the file must never see half of it.
    unfinished = path.with_name(path.name + ".part")
    unfinished.write_text(f"{simulator.url}\n{simulator.ca_path}\n", encoding="utf-8")
    unfinished.replace(path)


def alive(process: int | None) -> bool:
    """Whether there is a process of that id; of none, that is taken for granted."""
    if process is None:
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _log(seen: dict[str, Any]) -> None:
    target = seen["path"] + (f"?{seen['query']}" if seen["query"] else "")
    result = seen["status"] or "broken off"
    fault = f" ({seen['fault']})" if seen["fault"] else ""
    print(f"{seen['at']:9.2f}s {seen['method']} {target} -> {result}{fault}", flush=True)

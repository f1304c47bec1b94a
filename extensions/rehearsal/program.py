# SPDX-License-Identifier: GPL-3.0-or-later
"""The rehearsal itself: run after run, each with services as they are in the scenario."""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from random import Random
from types import FrameType
from typing import Any

from pydantic import ValidationError

from ..simulator.clock import Clock
from ..simulator.program import alive
from ..simulator.scenario import Scenario, ScenarioError, load
from . import course, forecast, lengths, playbook, stage
from .course import Course, Step
from .order import Order
from .wire import say

TICK = 0.2  # real seconds between two looks at how far a run is
SHOWN = 40  # lines of what a run has printed that are told where it has failed


class Ended(Exception):
    """Who has asked for the rehearsal is gone, or wants no more of it."""


def main() -> int:
    """Rehearse what standard input asks for, until it is closed."""
    gone = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        gone.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    text = sys.stdin.readline()
    threading.Thread(target=_until_closed, args=(gone,), daemon=True).start()
    try:
        order = Order.model_validate_json(text)
        say(result=rehearse(order, gone))
    except ValidationError as problem:
        wrong = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in problem.errors()]
        say(refused=f"The rehearsal is not described well: {'; '.join(wrong)}")
    except (ScenarioError, OSError) as problem:
        say(refused=str(problem))
    except Ended:
        return 1
    return 0


def rehearse(order: Order, gone: threading.Event) -> dict[str, Any]:
    """All runs, and the forecast. Raises Ended as soon as ``gone`` is set."""
    scenario = stage.with_faults(load(order.scenario), order.faults, order.hosts)
    if order.directory is not None:
        order.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    courses = []
    for number in range(1, order.runs + 1):
        say(say=f"run {number} of {order.runs} begins, seed {order.seed + number - 1}")
        courses.append(run(order, scenario, number, gone))
    return {
        "runs": [{**asdict(one), "seconds": one.seconds, "left_running": one.left_running} for one in courses],
        # A run that went wrong says nothing of how long it takes if it goes well.
        "forecast": forecast.forecast([one for one in courses if not problems(one)], order.windows),
        "problems": [text for one in courses for text in problems(one)],
    }


def problems(one: Course) -> list[str]:
    """What has gone wrong in a run, in sentences."""
    found = [f"Run {one.number}: the playbook has failed (status {one.status})."] if one.status else []
    return [*found, *(f"Run {one.number}: {name} goes on after the playbook has ended." for name in one.left_running)]


def run(order: Order, scenario: Scenario, number: int, gone: threading.Event) -> Course:
    """One run."""
    chance = Random(order.seed + number - 1)
    endpoints = {name: lengths.drawn(scenario.at(name), chance).services for name in scenario.endpoints}
    drawn = lengths.drawn(scenario, chance).model_copy(update={"endpoints": endpoints})
    clock = Clock(order.speed)
    with tempfile.TemporaryDirectory(prefix="rehearsal-") as made:
        folder = Path(made)
        printed = (order.directory or folder) / f"run-{number}.log"
        with stage.serving(drawn, order.hosts, clock, folder) as served, _private(printed) as output:
            playbook.write(
                folder / "variables.json",
                {**order.variables, **_reports(order, number), **stage.variables(served, order.hosts)},
            )
            before, began, at = course.marks(served), time.monotonic(), clock.now()
            with playbook.playing(playbook.command(order, folder / "variables.json"), output) as process:
                _watch(process, served, before, clock, lambda: gone.wait(TICK) or not alive(order.parent))
            took, now = time.monotonic() - began, clock.now()
            steps = tuple(_since(step, at) for step in course.steps(served, before, now))
        # While a step goes on, the playbook waits for it.
        around = max(0.0, took - course.busy(steps) / order.speed)
        shown = (
            printed.read_text(encoding="utf-8", errors="replace").splitlines()[-SHOWN:] if process.returncode else []
        )
    return Course(number, process.returncode, steps, around, "\n".join(shown))


def _watch(
    process: subprocess.Popen[bytes],
    served: dict[str, Any],
    before: course.Marks,
    clock: Clock,
    is_over: Callable[[], bool],
) -> None:
    """Tell which steps begin and end, until the playbook has ended. Raises Ended when it is over before."""
    told: dict[tuple[str, str, float], bool] = {}
    while process.poll() is None:
        if is_over():
            raise Ended
        for step in course.steps(served, before, clock.now()):
            key, ended = (step.host, step.name, step.began), step.ended is not None
            if told.get(key) != ended:
                told[key] = ended
                say(say=_line(step))


def _line(step: Step) -> str:
    if step.ended is None:
        return f"{step.host}: {step.name}"
    return f"{step.host}: {step.name}: {step.state} after {(step.ended - step.began) / 60:.1f} minutes"


def _since(step: Step, at: float) -> Step:
    return replace(step, began=max(0.0, step.began - at), ended=None if step.ended is None else step.ended - at)


def _reports(order: Order, number: int) -> dict[str, Any]:
    """Where the playbook is to write its reports: not among those of the real fleet."""
    return {"vcf_report_directory": str(order.directory / f"run-{number}") if order.directory else ""}


def _private(path: Path) -> Any:
    path.touch(mode=0o600)
    return path.open("wb")


def _until_closed(gone: threading.Event) -> None:
    while sys.stdin.readline():
        pass
    gone.set()

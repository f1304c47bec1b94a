# SPDX-License-Identifier: GPL-3.0-or-later
"""The rehearsal itself: run after run, each with services as they are in the scenario."""

from __future__ import annotations

import os
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from types import FrameType
from typing import Any

from pydantic import ValidationError

from ..simulator.scenario import Scenario, ScenarioError, complaints, load
from . import stage
from .course import Course
from .forecast import forecast
from .order import Order
from .run import Ended, Plan, play
from .weak import weak_points
from .wire import say

SIDE_BY_SIDE = 4  # the most runs at a time


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
        say(refused=f"The rehearsal is not described well: {'; '.join(complaints(problem))}")
    except (ScenarioError, OSError) as problem:
        say(refused=str(problem))
    except Ended:
        return 1
    return 0


def rehearse(order: Order, gone: threading.Event) -> dict[str, Any]:
    """All runs, the forecast, and what chance has found. Raises Ended as soon as ``gone`` is set."""
    scenario = stage.with_faults(load(order.scenario), order.faults, order.hosts)
    if order.directory is not None:
        order.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    good = [_told(order, scenario, Plan(number, order.seed + number - 1), gone) for number in range(1, order.runs + 1)]
    count = scenario.chaos if order.chaos is None else order.chaos
    plans = [Plan(number, order.seed + number - 1, chaos=True) for number in range(1, count + 1)]
    # Beside each other, which would spoil what is told of how long the playbook takes itself.
    with ThreadPoolExecutor(min(os.cpu_count() or 1, SIDE_BY_SIDE)) as pool:
        broken = list(pool.map(lambda plan: _broken(order, scenario, plan, count, gone), plans))
    runs = [one.result() for one in (*good, *broken)]
    return {
        "runs": runs,
        # A run that went wrong says nothing of how long it takes if it goes well.
        "forecast": forecast([one for one in good if not problems(one)], order.windows),
        "weak_points": weak_points(runs),
        "problems": [text for one in (*good, *broken) for text in problems(one)],
    }


def problems(one: Course) -> list[str]:
    """What has gone wrong in a run, in sentences. That it failed is wrong only where chance has not broken it."""
    if one.chaos:
        replay = f"To see it again, add -e chaos=1 -e seed={one.seed}."
        return [f"Chaos with seed {one.seed}: {found['host']}: {found['text']} {replay}" for found in one.wrong]
    found = [f"Run {one.number}: the playbook has failed (status {one.status})."] if one.status else []
    found += [f"Run {one.number}: {name} goes on after the playbook has ended." for name in one.left_running]
    return found + [
        f"Run {one.number}: {each['host']}: {each['text']}" for each in one.wrong if each["rule"] != "left_running"
    ]


def _told(order: Order, scenario: Scenario, plan: Plan, gone: threading.Event) -> Course:
    say(say=f"run {plan.number} of {order.runs} begins, seed {plan.seed}")
    return play(order, scenario, plan, gone, lambda line: say(say=line))


def _broken(order: Order, scenario: Scenario, plan: Plan, count: int, gone: threading.Event) -> Course:
    done = play(order, scenario, plan, gone, lambda _line: None)
    ends = ", ".join(sorted(set(done.outcomes.values()))) or f"status {done.status}"
    wrong = "".join(f" WRONG: {found['text']}" for found in done.wrong)
    say(say=f"chaos {plan.number} of {count}, seed {plan.seed}: {ends}. {' '.join(done.faults)}{wrong}")
    return done


def _until_closed(gone: threading.Event) -> None:
    while sys.stdin.readline():
        pass
    gone.set()

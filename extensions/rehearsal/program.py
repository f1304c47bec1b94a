# SPDX-License-Identifier: GPL-3.0-or-later
"""The rehearsal itself: run after run, each with services as they are in the scenario."""

from __future__ import annotations

import signal
import sys
import threading
from types import FrameType
from typing import Any

from pydantic import ValidationError

from ..simulator.scenario import ScenarioError, load
from .course import Course
from .forecast import forecast
from .order import Order
from .run import Ended, Plan, play
from .wire import say


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
    scenario = load(order.scenario)
    if order.directory is not None:
        order.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    courses = []
    for plan in (Plan(number, order.seed + number - 1) for number in range(1, order.runs + 1)):
        say(say=f"run {plan.number} of {order.runs} begins, seed {plan.seed}")
        courses.append(play(order, scenario, plan, gone, lambda line: say(say=line)))
    return {
        "runs": [one.result() for one in courses],
        # A run that went wrong says nothing of how long it takes if it goes well.
        "forecast": forecast([one for one in courses if not problems(one)], order.windows),
        "problems": [text for one in courses for text in problems(one)],
    }


def problems(one: Course) -> list[str]:
    """What has gone wrong in a run, in sentences."""
    found = [f"Run {one.number}: the playbook has failed (status {one.status})."] if one.status else []
    return [*found, *(f"Run {one.number}: {name} goes on after the playbook has ended." for name in one.left_running)]


def _until_closed(gone: threading.Event) -> None:
    while sys.stdin.readline():
        pass
    gone.set()

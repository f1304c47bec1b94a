# SPDX-License-Identifier: GPL-3.0-or-later
"""One run of the playbook, against services as they are in the scenario."""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import IO, Any

from ...plugins.module_utils.clock import duration
from ..simulator.fault_words import in_words
from ..simulator.faults import Fault
from ..simulator.program import alive
from ..simulator.scenario import Scenario
from ..simulator.simulator import Simulator
from . import chaos, claims, course, facts, lengths, playbook, stage
from .claims import Claim
from .clock import SharedClock
from .course import Course, Step
from .judge import Closing, judge, outcome_of
from .order import Order, Window

TICK = 0.2  # real seconds between two looks at how far a run is, at least
SHARE = 0.05  # of the time that looking may take: it takes it from the simulators
IDLE = 5.0  # real seconds without a request after which a playbook is taken to wait in its own way
IDLE_SPEED = 60.0  # simulated seconds that pass in a real one from then on, at most: it may be busy after all
SHOWN = 40  # lines of what a run has printed that are told where it has failed

Tell = Callable[[str], None]


class Ended(Exception):
    """Who has asked for the rehearsal is gone, or wants no more of it."""


@dataclass(frozen=True)
class Plan:
    """Which run it is: its number among those of its kind, what its chance depends on, and whether chance breaks it,
    in the window of tonight; else it is as good a run as the scenario allows, which no window cuts off."""

    number: int
    seed: int
    chaos: bool = False

    @property
    def name(self) -> str:
        """What its files are called."""
        return f"chaos-{self.seed}" if self.chaos else f"run-{self.number}"


@dataclass(frozen=True)
class _Ran:
    """What has happened in a run. Times in seconds of its clock."""

    began: float
    ended: float
    status: int
    steps: tuple[Step, ...]
    printed: str
    claims: dict[str, Claim]


def play(order: Order, scenario: Scenario, plan: Plan, gone: threading.Event, tell: Tell) -> Course:
    """Play it, and return what it came to.

    :param gone: raises Ended as soon as it is set.
    :param tell: is given what happens, a line each.
    """
    chance = Random(plan.seed)
    drawn = _drawn(scenario, chance)
    if plan.chaos:
        drawn = _broken(drawn, order.hosts, chance)
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="rehearsal-")))
        clock = SharedClock(folder / "clock", _begin(order.windows), order.speed)
        served = opened.enter_context(stage.serving(drawn, order.hosts, clock, folder))
        before = {host: facts.before(one) for host, one in served.items()}
        ran = _run(order, plan, served, clock, folder, lambda: gone.is_set() or not alive(order.parent), tell)
        windows = {host: _within(window, clock) for host, window in order.windows.items()}
        wrong = _judged(ran, served, before, windows if plan.chaos else {})
    return Course(
        number=plan.number,
        seed=plan.seed,
        chaos=plan.chaos,
        faults=tuple(in_words(fault) for fault in drawn.faults),
        status=ran.status,
        outcomes={host: outcome_of(claim) for host, claim in ran.claims.items()},
        window={
            host: {"opens": one.opens - ran.began, "closes": one.closes - ran.began} for host, one in windows.items()
        },
        steps=tuple(_since(step, ran.began) for step in ran.steps),
        seconds=ran.ended - ran.began,
        wrong=wrong,
        output="\n".join(ran.printed.splitlines()[-SHOWN:]) if ran.status or wrong else "",
    )


def _run(
    order: Order,
    plan: Plan,
    served: dict[str, Simulator],
    clock: SharedClock,
    folder: Path,
    is_over: Callable[[], bool],
    tell: Tell,
) -> _Ran:
    """Run the playbook until it has ended, and see what it has done and said."""
    printed, claimed = (order.directory or folder) / f"{plan.name}.log", folder / "claims"
    variables = folder / "variables.json"
    playbook.write(variables, _variables(order, plan, served))
    environment = {**playbook.environment(os.environ, clock.path), **claims.environment(claimed)}
    marks, began = course.marks(served), clock.now()
    with (
        _private(printed) as output,
        playbook.playing(playbook.command(order, variables), environment, output, order.vault) as process,
    ):
        _watch(process, served, _Told(marks, clock, tell), is_over)
    ended, text = clock.now(), printed.read_text(encoding="utf-8", errors="replace")
    steps = tuple(course.steps(served, marks, ended))
    return _Ran(began, ended, process.returncode, steps, text, claims.read(claimed, process.returncode, text))


def _judged(
    ran: _Ran, served: dict[str, Simulator], before: dict[str, facts.Before], windows: dict[str, Closing]
) -> tuple[dict[str, str], ...]:
    """What is wrong with what each host says of itself, by what its services know."""
    # Of whom nothing is said at the end, nothing else is than what was printed.
    silent = Claim(failed=ran.status != 0, output=ran.printed)
    wrong: list[dict[str, str]] = []
    for host, one in served.items():
        claim = ran.claims.get(host, silent)
        wrong += judge(facts.read(host, one, before[host], claim.release), claim, windows.get(host))
    return tuple(wrong)


def _drawn(scenario: Scenario, chance: Random) -> Scenario:
    """The scenario with durations of this run."""
    endpoints = {name: lengths.drawn(scenario.at(name), chance).services for name in scenario.endpoints}
    return lengths.drawn(scenario, chance).model_copy(update={"endpoints": endpoints})


def _broken(scenario: Scenario, hosts: dict[str, str], chance: Random) -> Scenario:
    """The scenario with faults by chance."""
    faults = [Fault.model_validate(one) for one in chaos.faults(scenario, hosts, chance)]
    return stage.with_faults(chaos.accepting_again(scenario), faults, hosts)


def _within(window: Window, clock: SharedClock) -> Closing:
    """The change window on the clock of the simulators."""
    opens = window.opens - clock.epoch.timestamp()
    return Closing(opens, opens + window.minutes * 60, window.at_end)


def _begin(windows: dict[str, Window]) -> float:
    """When it begins, in seconds since 1970: when all windows are open, by their openings; now, if there are none."""
    return max((window.opens for window in windows.values()), default=time.time())


def _variables(order: Order, plan: Plan, served: dict[str, Simulator]) -> dict[str, Any]:
    # Not among the reports of the real fleet.
    reports = str(order.directory / plan.name) if order.directory and not plan.chaos else ""
    given = {**order.variables, "vcf_report_directory": reports, **stage.variables(served, order.hosts)}
    return given if plan.chaos and order.windows else {**given, **stage.ALWAYS_OPEN}


class _Told:
    """Tells which steps begin and end, once each."""

    def __init__(self, before: course.Marks, clock: SharedClock, tell: Tell) -> None:
        self._before, self.clock, self._tell = before, clock, tell
        self._told: dict[tuple[str, str, float], bool] = {}

    def look(self, served: dict[str, Simulator]) -> bool:
        """Tell what is new; return whether any goes on."""
        found = course.steps(served, self._before, self.clock.now())
        for step in found:
            key, ended = (step.host, step.name, step.began), step.ended is not None
            if self._told.get(key) != ended:
                self._told[key] = ended
                self._tell(_line(step))
        return any(step.ended is None for step in found)


def _watch(
    process: subprocess.Popen[bytes], served: dict[str, Simulator], told: _Told, is_over: Callable[[], bool]
) -> None:
    """Wait until the playbook has ended, and tell what happens. Raises Ended when it is over before.

    A playbook may also wait in Ansible's own ways, as with ``until`` and ``delay``, of which the clock knows nothing:
    where a step goes on and nobody asks for it, time passes faster.
    """
    seen, since = -1, time.monotonic()
    tick = TICK
    while not _has_ended(process, tick):
        if is_over():
            raise Ended
        looked = time.monotonic()
        goes_on, asked = told.look(served), sum(len(one.requests) for one in served.values())
        tick = max(TICK, (time.monotonic() - looked) / SHARE)
        if asked != seen or not goes_on:
            seen, since = asked, time.monotonic()
        elif time.monotonic() - since > IDLE:
            told.clock.advance(tick * min(told.clock.speed, IDLE_SPEED))
    told.look(served)


def _has_ended(process: subprocess.Popen[bytes], wait: float) -> bool:
    try:
        process.wait(wait)
    except subprocess.TimeoutExpired:
        return False
    return True


def _line(step: Step) -> str:
    if step.ended is None:
        return f"{step.host}: {step.name}"
    return f"{step.host}: {step.name}: {step.state} after {duration(step.ended - step.began)}"


def _since(step: Step, at: float) -> Step:
    return replace(step, began=max(0.0, step.began - at), ended=None if step.ended is None else step.ended - at)


def _private(path: Path) -> IO[bytes]:
    path.touch(mode=0o600)
    return path.open("wb")

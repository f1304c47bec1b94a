# SPDX-License-Identifier: GPL-3.0-or-later
"""How a run of a rehearsal is followed until its playbook has ended."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.vcf.lifecycle.extensions.rehearsal import course, program, run
from ansible_collections.vcf.lifecycle.extensions.rehearsal.clock import SharedClock
from ansible_collections.vcf.lifecycle.extensions.rehearsal.order import Order, Window
from ansible_collections.vcf.lifecycle.extensions.simulator.simulator import Simulator

HOUR = 3600.0
BEGAN = 1_800_000_000.0


@pytest.fixture
def clock(tmp_path: Path) -> SharedClock:
    return SharedClock(tmp_path / "clock", BEGAN, 1_000_000)


@pytest.fixture
def playbook() -> Iterator[subprocess.Popen[bytes]]:
    """One that waits in its own way, until its standard input is closed."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL) as one:
        yield one
        one.kill()


def test_a_playbook_that_waits_in_its_own_way_waits_no_longer(
    clock: SharedClock, playbook: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "TICK", 0.01)
    monkeypatch.setattr(run, "IDLE", 0.0)
    monkeypatch.setattr(run, "IDLE_SPEED", 100_000.0)
    told: list[str] = []

    def tell(line: str) -> None:
        told.append(line)
        if "SUCCEEDED" in line:
            playbook.kill()

    sim = Simulator.from_dict({"services": {"fleet_lcm": {"tasks": [{"name": "apply", "seconds": HOUR}]}}}, clock=clock)
    try:
        run._watch(playbook, {"fleet": sim}, run._Told({"fleet": {}}, clock, tell), lambda: False)
    finally:
        sim.stop()
    assert told == ["fleet: apply", "fleet: apply: SUCCEEDED after 1h"]
    assert clock.now() > HOUR


def test_it_is_over_with_whoever_asked_for_it(clock: SharedClock, playbook: subprocess.Popen[bytes]) -> None:
    gone = threading.Event()
    gone.set()
    with pytest.raises(run.Ended):
        run._watch(playbook, {}, run._Told(course.marks({}), clock, lambda _line: None), gone.is_set)


def test_it_begins_when_all_windows_are_open() -> None:
    windows = {"a": Window(opens=100, minutes=60), "b": Window(opens=200, minutes=60)}
    assert run._begin(windows) == 200
    assert run._begin({}) > BEGAN - 10 * 365 * 24 * HOUR


def test_the_scenario_may_say_how_many_runs_chance_breaks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def played(_order: Order, _scenario: Any, plan: run.Plan, *_more: Any) -> course.Course:
        return course.Course(plan.number, plan.seed, 0, (), 1.0, chaos=plan.chaos)

    monkeypatch.setattr(program, "play", played)
    (tmp_path / "tonight.yml").write_text("{services: {fleet_lcm: {}}, chaos: 3}")
    order = Order(scenario=tmp_path / "tonight.yml", playbook="p", inventory=[], hosts={"vienna": "fleet_lcm"}, seed=5)
    for asked, found in ((None, [5, 6, 7]), (1, [5]), (0, [])):
        runs = program.rehearse(order.model_copy(update={"chaos": asked}), threading.Event())["runs"]
        assert [one["seed"] for one in runs if one["chaos"]] == found
        assert [one["seed"] for one in runs if not one["chaos"]] == [5]

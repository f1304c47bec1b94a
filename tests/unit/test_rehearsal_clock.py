# SPDX-License-Identifier: GPL-3.0-or-later
"""The time of a rehearsal: as real time while somebody works, faster while somebody sleeps, the same for all."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from ansible_collections.vcf.lifecycle.plugins.module_utils import rehearsal_clock
from ansible_collections.vcf.lifecycle.plugins.module_utils.clock import Clock
from ansible_collections.vcf.lifecycle.plugins.module_utils.rehearsal_clock import VARIABLE, SharedTime, clock

BEGAN = 1_800_000_000.0
HOUR = 3600


@pytest.fixture
def shared(tmp_path: Path) -> SharedTime:
    return SharedTime.begin(tmp_path / "clock", BEGAN, 100_000)


def test_it_is_the_machines_clock_but_for_a_rehearsal(tmp_path: Path, shared: SharedTime) -> None:
    assert type(clock({})) is Clock
    rehearsed = clock({VARIABLE: str(tmp_path / "clock")})
    assert rehearsed.now().timestamp() == pytest.approx(BEGAN, abs=30)
    assert rehearsed.monotonic() == pytest.approx(BEGAN, abs=30)
    rehearsed.sleep(-1)
    assert shared.now() < BEGAN + 30


def test_time_passes_as_real_time_does_while_nobody_sleeps(shared: SharedTime) -> None:
    before, first, after = time.monotonic(), shared.now(), time.monotonic()
    while time.monotonic() - after < 0.02:
        pass
    passed = shared.now() - first
    assert 0.02 <= passed <= time.monotonic() - before


def test_a_sleep_is_as_long_as_it_is_asked_for_and_takes_less(shared: SharedTime) -> None:
    began, first = time.monotonic(), shared.now()
    shared.sleep(HOUR)
    real, passed = time.monotonic() - began, shared.now() - first
    assert real < 30
    # However late the machine has woken it.
    assert HOUR <= passed <= HOUR + real


def test_of_two_who_sleep_none_wakes_late(shared: SharedTime, tmp_path: Path) -> None:
    woke: dict[str, float] = {}

    def sleep(name: str, seconds: float) -> None:
        own = SharedTime(tmp_path / "clock")
        own.sleep(seconds)
        woke[name] = own.now() - BEGAN

    sleepers = [threading.Thread(target=sleep, args=(name, hours * HOUR)) for name, hours in (("a", 1), ("b", 2))]
    began = time.monotonic()
    for one in sleepers:
        one.start()
    for one in sleepers:
        one.join(60)
    real = time.monotonic() - began
    # While b sleeps on, what a does after it woke counts as much as b's sleep goes on.
    assert HOUR <= woke["a"] <= 2 * HOUR + real
    assert 2 * HOUR <= woke["b"] <= 3 * HOUR + real


def test_it_never_goes_back_and_can_be_advanced(shared: SharedTime) -> None:
    with shared.sleeping(10):
        shared.advance(HOUR)
        seen = [shared.now() for _ in range(50)]
    assert seen == sorted(seen)
    assert seen[0] >= BEGAN + HOUR
    assert shared.now() >= seen[-1]


def test_it_can_be_held(shared: SharedTime) -> None:
    release = shared.hold(BEGAN + 600)
    sleeper = threading.Thread(target=shared.sleep, args=(HOUR,))
    sleeper.start()
    while shared.now() < BEGAN + 600:
        time.sleep(0.001)
    assert sleeper.is_alive()
    assert shared.now() == BEGAN + 600
    release()
    sleeper.join(60)
    assert HOUR <= shared.now() - BEGAN < HOUR + 600


def test_who_has_died_in_its_sleep_is_not_waited_for(
    shared: SharedTime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = (
        "import os, sys, signal; from pathlib import Path;"
        "from ansible_collections.vcf.lifecycle.plugins.module_utils.rehearsal_clock import SharedTime\n"
        "with SharedTime(Path(sys.argv[1])).sleeping(10): os.kill(os.getpid(), signal.SIGKILL)"
    )
    path = str(Path(rehearsal_clock.__file__).parents[5])
    gone = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "clock")], env={"PYTHONPATH": path}, check=False
    )
    assert gone.returncode == -9
    monkeypatch.setattr(rehearsal_clock, "_DEAD_AFTER", 0.0)
    shared.sleep(HOUR)
    assert shared.now() >= BEGAN + HOUR

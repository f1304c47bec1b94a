# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure whether the memory of a wait of 20,000 polls stays flat.

Method: task_wait's code, in a process of its own, looks at six tasks of SDDC Manager in the simulator, over TLS, and
does not sleep in between; its token expires every few seconds, so that it logs in again and again. What the process
holds (VmRSS) is read every hundred polls. Growth is from the median of the first tenth after the warm-up to the median
of the last tenth.
"""

from __future__ import annotations

import statistics
import time

from tests.bench import fresh, many, tasks
from tests.bench.figures import Figure
from tests.bench.memory import megabytes
from tests.bench.server import served

POLLS = 20_000
WARM_UP = 2_000
EVERY = 100
MOST_MEGABYTES = 1.0  # of growth, from the warm-up to the end
TOKEN_SECONDS = 5.0
SERVICE = "sddc_manager"


def measure() -> list[Figure]:
    """Poll twenty thousand times."""
    started = time.monotonic()
    sizes = fresh.call(soak, POLLS)
    seconds = time.monotonic() - started
    growth = growth_of(sizes[WARM_UP // EVERY :])
    return [
        Figure(f"{POLLS} polls, at the end", sizes[-1], "MB"),
        Figure(f"{POLLS} polls, a second", POLLS / seconds),
        Figure(f"{POLLS} polls, growth in each 1,000", 1000 * growth / (POLLS - WARM_UP), "MB"),
        Figure(f"{POLLS} polls, growth after the first {WARM_UP}", growth, "MB", most=MOST_MEGABYTES),
    ]


def growth_of(sizes: list[float]) -> float:
    """From the first tenth to the last one, by their medians: a single size may be off by what is being read."""
    tenth = max(1, len(sizes) // 10)
    return statistics.median(sizes[-tenth:]) - statistics.median(sizes[:tenth])


def soak(polls: int, every: int = EVERY) -> list[float]:
    """Look so many times; return the megabytes that this process held, one figure for each ``every`` polls."""
    from ansible_collections.vcf.lifecycle.plugins.module_utils import runner
    from ansible_collections.vcf.lifecycle.plugins.module_utils.clock import Clock
    from ansible_collections.vcf.lifecycle.plugins.module_utils.operations import wait
    from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.context import Context

    sizes: list[float] = []

    class Hasty(Clock):
        """Counts how often the wait would sleep, and says that time is up when that is often enough."""

        count = 0

        def monotonic(self) -> float:
            return super().monotonic() + (many.LONGEST * 1000 if self.count >= polls else 0)

        def sleep(self, seconds: float) -> None:
            self.count += 1
            if self.count % every == 0:
                sizes.append(megabytes("VmRSS"))

    spec = {"token_lifetime": TOKEN_SECONDS, "tasks": tasks.many(6, 1e6, 2e6)}
    scenario = many.scenario(SERVICE, 0.0)
    scenario["services"][SERVICE].update(spec)
    with served(scenario) as server:
        options = {**many.options(SERVICE, server, scenario), "timeout": round(many.LONGEST * 100)}
        outcome = runner.outcome(wait.run, {**many.defaults(wait.ARGUMENT_SPEC), **options}, Context(clock=Hasty()))
    assert outcome["failure"]["kind"] == "timeout"
    assert outcome["polls"] >= polls
    return sizes

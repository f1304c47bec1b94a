# SPDX-License-Identifier: GPL-3.0-or-later
"""Scenarios of many tasks."""

from __future__ import annotations

import random
from typing import Any

STEPS = ("Validate", "Apply", "Verify")
SEED = 7  # the same tasks in every run


def many(count: int, shortest: float, longest: float) -> list[dict[str, Any]]:
    """Tasks of three stages each that begin when the simulator does, and end at random in between. In seconds."""
    chance = random.Random(SEED)
    return [_task(number, chance.uniform(shortest, longest)) for number in range(count)]


def mixed(count: int) -> list[dict[str, Any]]:
    """Tasks of three stages each; of ten, eight have succeeded, one has failed, and one goes on."""
    tasks = [_task(number, 600.0, start=-100_000.0 - number) for number in range(count)]
    for number, task in enumerate(tasks):
        if number % 10 == 3:
            task["attempts"] = [{"fail": STEPS[1], "error": _ERROR}]
        elif number % 10 == 7:
            task["start"] += 100_000.0 - 300.0 + number
    random.Random(SEED).shuffle(tasks)
    return tasks


_ERROR = {
    "code": "HOST_UPGRADE_FAILED",
    "message": "The host did not come back within 30 minutes.",
    "remediation": "Power the host on, then retry.",
    "reference": "8D6KQ1",
}


def _task(number: int, seconds: float, start: float = 0.0) -> dict[str, Any]:
    host = f"esx{number:05}.example.com"
    return {
        "id": f"00000000-0000-4000-8000-{number:012}",
        "name": f"Upgrade host {host}",
        "description": f"Upgrade of host {host} to 9.1.0",
        "type": "HOST_UPGRADE",
        "start": start,
        "resource": {"id": f"10000000-0000-4000-8000-{number:012}", "type": "ESXI", "fqdn": host},
        "stages": [
            {
                "name": step,
                "description": f"{step} the upgrade of {host}",
                "type": f"HOST_{step.upper()}",
                "seconds": seconds / len(STEPS),
            }
            for step in STEPS
        ],
    }

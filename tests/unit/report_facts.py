# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks and results as modules return them, for tests of the report."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies

KEYS = [
    *("title", "host", "who", "change", "outcome", "window", "start", "end", "timezone", "gate", "findings", "passed"),
    *("acknowledgements", "versions_before", "versions_after", "verified", "expected", "actual", "results", "failure"),
    *("failed", "msg", "tasks", "id", "name", "state", "service", "stages", "subtasks", "errors", "root_causes"),
    *("messages", "text", "message", "code", "where", "started_at", "ended_at", "duration_seconds", "prechecks"),
    *(
        "rehearsal",
        "forecast",
        "runs",
        "weak_points",
        "problems",
        "windows",
        "steps",
        "parts",
        "p90",
        "seconds",
        "faults",
    ),
    *("number", "seed", "outcomes", "status", "began", "ended", "wrong", "rule", "left_running", "seeds", "spare_p90"),
    *("groups", "issue", "resources", "retried", "outages", "outage_seconds", "kind", "task_id", "a", "password"),
]
WORDS = ["FAILED", "SUCCEEDED", "RUNNING", "2026-11-21T22:00:00Z", "2026-11-21T23:30:00+01:00", "Europe/Vienna", "t1"]

texts = strategies.sampled_from(WORDS) | strategies.text(max_size=12)
anything = strategies.recursive(
    strategies.none() | strategies.booleans() | strategies.integers() | strategies.floats() | texts,
    lambda inner: (
        strategies.lists(inner, max_size=4) | strategies.dictionaries(strategies.sampled_from(KEYS), inner, max_size=6)
    ),
    max_leaves=30,
)
"""What a playbook may give by mistake, or because a run came to nothing."""


def at(minute: float) -> str:
    """Return a time that many minutes after 22:00 UTC."""
    return f"2026-11-21T{22 + int(minute) // 60:02}:{int(minute) % 60:02}:{round(minute % 1 * 60):02}Z"


def stage(
    name: str, state: str = "SUCCEEDED", start: float | None = 0, end: float | None = 10, **more: Any
) -> dict[str, Any]:
    """Return a stage, with times in minutes after 22:00."""
    times = {"started_at": None if start is None else at(start), "ended_at": None if end is None else at(end)}
    return {"id": None, "name": name, "state": state, **times, "errors": [], "messages": [], "stages": [], **more}


def task(task_id: str = "t1", state: str = "SUCCEEDED", *stages: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a task that began at 22:00."""
    ended = {} if state in ("RUNNING", "PENDING") else {"ended_at": at(30)}
    return {
        "id": task_id,
        "name": f"upgrade-{task_id}",
        "service": "fleet_lcm",
        "state": state,
        "started_at": at(0),
        **ended,
        "stages": list(stages),
        "subtasks": [],
        "root_causes": [],
        **more,
    }


def error(message: str, **more: Any) -> dict[str, Any]:
    """Return an error of a task."""
    return {**dict.fromkeys(("code", "remediation", "reference", "cause", "where")), "message": message, **more}


def step(began: float, ended: float | None, host: str = "fleet", **more: Any) -> dict[str, Any]:
    """Return a step of a rehearsed run, with times in seconds since its beginning."""
    state = "RUNNING" if ended is None else "SUCCEEDED"
    return {"host": host, "name": "Upgrade", "state": state, "began": began, "ended": ended, "parts": [], **more}


def run(number: int, *steps: dict[str, Any], seconds: float = 100, **more: Any) -> dict[str, Any]:
    """Return a rehearsed run that went well."""
    known = {"number": number, "seed": 10 + number, "chaos": False, "faults": [], "status": 0, "wrong": []}
    return {**known, "steps": list(steps), "seconds": seconds, "around": 1, "left_running": [], **more}

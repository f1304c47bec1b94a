# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples of the services' documents, and tasks that are made for a test."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ansible_collections.vcf.lifecycle.plugins.module_utils.task import State, Task, new_task
from tests.unit.fakes import FakeFleet

_FOLDER = Path(__file__).parents[1] / "data"


def example(name: str) -> Any:
    """A body from tests/data."""
    return json.loads((_FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def read(service: str, body: dict[str, Any]) -> Task:
    """The task that a service's file makes of a body."""
    return FakeFleet(service).service.task_of(body)


def a_task(state: State = State.RUNNING, task_id: str = "t1", **fields: Any) -> Task:
    """A task of the model."""
    given = {"service": "fleet_lcm", "status": state.value, "name": "upgrade", "stages": [], **fields}
    return new_task(id=task_id, state=state, **given)


EMPTY_TASK: dict[str, Any] = {
    "name": None,
    "type": None,
    "description": None,
    "state": "UNKNOWN",
    "status": None,
    "done": False,
    "progress_percent": None,
    "created_at": None,
    "started_at": None,
    "updated_at": None,
    "ended_at": None,
    "duration_seconds": None,
    "created_by": None,
    "resource": None,
    "resources": [],
    "parent_id": None,
    "correlation_id": None,
    "cancellable": None,
    "retriable": None,
    "current_stage": None,
    "stages": [],
    "subtasks": [],
    "messages": [],
    "errors": [],
    "root_causes": [],
    "prechecks": None,
    "result": None,
    "additional_details": None,
    "estimated_remaining_seconds": None,
}
"""Every key of a task but id and service, of which nothing is known."""

EMPTY_STAGE: dict[str, Any] = {
    "id": None,
    "name": None,
    "description": None,
    "state": "UNKNOWN",
    "status": None,
    "started_at": None,
    "ended_at": None,
    "messages": [],
    "errors": [],
    "stages": [],
}

EMPTY_ERROR: dict[str, Any] = dict.fromkeys(("code", "message", "remediation", "reference", "cause", "where"))

# SPDX-License-Identifier: GPL-3.0-or-later
"""task_info: what tasks there are, and how they are.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.context import Context
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.select import listed
from ansible_collections.vcf.lifecycle.plugins.module_utils.options import (
    SELECTION_SPEC,
    ArgumentSpec,
    Selection,
    connection_spec,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.base import Service
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import Task

ARGUMENT_SPEC: ArgumentSpec = {
    **connection_spec(max_outage=60.0),
    **SELECTION_SPEC,
    "details": {"type": "bool", "default": False},
    "raw": {"type": "bool", "default": False},
}


def run(service: Service, params: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Return the tasks that were asked for; an id that the service does not know is no failure."""
    selection = Selection.of(params)
    service.check_selection(selection)
    service.keep_raw = params["raw"]
    tasks, missing = _by_id(service, selection) if selection.task_ids is not None else ([], [])
    if selection.task_ids is None:
        tasks = _by_filter(service, selection, whole=params["details"])
    return {
        "changed": False,
        "tasks": [task.as_result(raw=params["raw"]) for task in tasks],
        "summary": {"total": len(tasks), "by_state": dict(Counter(task.state.value for task in tasks))},
        "missing": missing,
    }


def _by_id(service: Service, selection: Selection) -> tuple[list[Task], list[str]]:
    found: list[Task] = []
    missing: list[str] = []
    for task_id in selection.task_ids or ():
        task = service.get_task(task_id)
        if task is None:
            missing.append(task_id)
        else:
            found.append(task)
    return found[: selection.limit], missing


def _by_filter(service: Service, selection: Selection, *, whole: bool) -> list[Task]:
    tasks = listed(service, selection)
    if not whole or service.list_has_stages:
        return tasks
    # A task that was purged since it was listed is no longer one.
    return [task for task in (service.get_task(task.id) for task in tasks) if task is not None]

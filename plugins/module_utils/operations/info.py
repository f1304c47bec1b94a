# SPDX-License-Identifier: GPL-3.0-or-later
"""task_info: what tasks there are, and how they are.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from ansible_collections.vcf.lifecycle.plugins.module_utils.errors import OptionsFailure, UnsupportedFailure
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations import blocking, elsewhere, pace
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.context import Context
from ansible_collections.vcf.lifecycle.plugins.module_utils.options import (
    SELECTION_SPEC,
    ArgumentSpec,
    Selection,
    connection_spec,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.selection import choose
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.base import Service
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import State, Task

ARGUMENT_SPEC: ArgumentSpec = {
    **connection_spec(max_outage=60.0),
    **SELECTION_SPEC,
    "details": {"type": "bool", "default": False},
    "raw": {"type": "bool", "default": False},
    "blocking": {"type": "bool"},
}


def run(service: Service, params: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Return the tasks that were asked for; an id that the service does not know is no failure."""
    selection = Selection.of(params)
    service.check_selection(selection)
    everything = _everything(service, selection, asked=params["blocking"])
    service.keep_raw = params["raw"]
    read: dict[str, Task | None] = {}
    if selection.task_ids is None:
        # What is found by filters is in the list of everything too: one list is enough for both.
        listed = service.list_tasks(everything or selection)
        tasks = choose(listed, selection)
        if params["details"] and not service.list_has_stages:
            read = _read(service, (task.id for task in tasks))
            tasks = _as_read(tasks, read)
    else:
        listed = service.list_tasks(everything) if everything else []
        read = _read(service, selection.task_ids)
        tasks = [task for task in read.values() if task is not None][: selection.limit]
    missing = [task_id for task_id in selection.task_ids or () if read[task_id] is None]
    for task_id in missing[: pace.HANDFUL]:
        hint = elsewhere.hint(service, task_id)
        if hint:
            context.warn(f"{service.name} at {service.contact.address} knows no task {task_id!r}. {hint}")
    return {
        "changed": False,
        "tasks": [task.as_result(raw=params["raw"]) for task in tasks],
        "summary": {"total": len(tasks), "by_state": dict(Counter(task.state.value for task in tasks))},
        "missing": missing,
        "blocking": what_blocks(service, listed, read) if everything else None,
    }


def _read(service: Service, task_ids: Iterable[str]) -> dict[str, Task | None]:
    """Read tasks one by one; None for those that the service does not know."""
    return {task_id: service.get_task(task_id) for task_id in task_ids}


def _as_read(listed: list[Task], read: Mapping[str, Task | None]) -> list[Task]:
    """Return the tasks of a list as they were read since; one that was purged since is no longer one."""
    return [task for task in (read.get(task.id, task) for task in listed) if task is not None]


def _everything(service: Service, selection: Selection, *, asked: bool | None) -> Selection | None:
    """Return the selection of all tasks that could block; None where what blocks is not asked for.

    :param asked: the option C(blocking).
    :raises UnsupportedFailure: when it can not be known.
    """
    everything = Selection(include_system_tasks=selection.include_system_tasks)
    narrowed = selection.task_ids is not None or service.server_filters(selection) != service.server_filters(everything)
    if asked is False or (asked is None and narrowed):
        return None
    with suppress(OptionsFailure):
        service.check_selection(everything)
        return everything
    # Where there is no list of everything, the type says what there is a list of.
    if selection.type:
        return replace(everything, type=selection.type)
    raise UnsupportedFailure(
        f"{service.name} has no list of all its tasks, so with task_ids it can not say which of them block. "
        "Leave blocking out, or select by type.",
        service=service.name,
    )


def what_blocks(service: Service, listed: list[Task], read: Mapping[str, Task | None]) -> list[dict[str, Any]]:
    """Return the tasks that block, with the causes of the newest failures also where the list does not show them.

    :param listed: all tasks of the service.
    :param read: those that were read one by one already.
    """
    found = blocking.blocking(_as_read(listed, read))
    if not service.list_has_stages:
        failed = [task.id for task in found if task.state is State.FAILED and task.id not in read]
        # One that was retried or purged since it was listed may block no longer.
        causes = _read(service, failed[: pace.HANDFUL])
        found = blocking.blocking(_as_read(listed, {**read, **causes}))
    return [blocking.as_result(task) for task in found]

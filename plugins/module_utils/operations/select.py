# SPDX-License-Identifier: GPL-3.0-or-later
"""Finding the tasks that a verb is to work on.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.vcf.lifecycle.plugins.module_utils.errors import NotFoundFailure, OptionsFailure
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations import elsewhere
from ansible_collections.vcf.lifecycle.plugins.module_utils.options import Selection
from ansible_collections.vcf.lifecycle.plugins.module_utils.selection import choose
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.base import Service
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import Task


def listed(service: Service, selection: Selection) -> list[Task]:
    """Return the tasks that pass the filters, as the service's list shows them, the newest first."""
    return choose(service.list_tasks(selection), selection)


def targets(service: Service, selection: Selection, *, allow_multiple: bool) -> Iterator[tuple[str, Task]]:
    """Yield the tasks to write to, whole, with the ids they were asked for by.

    :raises OptionsFailure: when a filter matches several tasks and that is not allowed.
    :raises NotFoundFailure: when the service does not know one of the ids; nothing has been sent by then.
    """
    if selection.task_ids:
        ids = list(selection.task_ids)
    else:
        found = listed(service, selection)
        if len(found) > 1 and not allow_multiple:
            shown = ", ".join(task.label for task in found[:5]) + (", ..." if len(found) > 5 else "")
            raise OptionsFailure(
                f"The filters match {len(found)} tasks ({shown}). Narrow them, give task_ids, "
                "or set allow_multiple to true.",
                service=service.name,
            )
        ids = [task.id for task in found]
    for task_id in ids:
        yield task_id, _known(service, task_id)


def _known(service: Service, task_id: str) -> Task:
    task = service.get_task(task_id)
    if task is None:
        raise not_found(service, task_id)
    return task


def not_found(service: Service, task_id: str, seen_before: bool = False) -> NotFoundFailure:
    """Return the failure for an id that the service does not know, with the hints that help.

    :param seen_before: whether the service had known it a moment ago.
    """
    if seen_before:
        why = "It was there before: it may have been purged, by retention or by somebody, or the service restored."
    else:
        why = elsewhere.hint(service, task_id) or (
            "Is it the id of another service (their ids do not cross), or of a task that retention has purged? "
            "task_info without ids lists the tasks that there are."
        )
    return NotFoundFailure(
        f"{service.name} at {service.contact.address} knows no task {task_id!r}. {why}",
        service=service.name,
        task_id=task_id,
        http_status=404,
    )

# SPDX-License-Identifier: GPL-3.0-or-later
"""The tasks of a report: as the modules return them, each once, with what became of its earlier attempts.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from ansible_collections.vcf.lifecycle.plugins.module_utils.services.wire import mapping, mappings, number
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import TERMINAL_STATES, State
from ansible_collections.vcf.lifecycle.plugins.plugin_utils.report_values import moment, seconds_between, stamp, text

Item = dict[str, Any]
"""A task, a stage or an error of a report, as plain JSON types."""

STATES = {state.value for state in State}
ENDED = {state.value for state in TERMINAL_STATES}
ENDED_WELL = {State.SUCCEEDED.value, State.WARNING.value, State.SKIPPED.value}
FAILED, CANCELED, UNKNOWN = State.FAILED.value, State.CANCELED.value, State.UNKNOWN.value

_ERROR = ("code", "message", "remediation", "reference", "cause", "where")
_TIMES = ("created_at", "started_at", "updated_at", "ended_at")


def task_of(body: Item) -> Item:
    """Return a task as a report has it: every key there, null where nothing is known, whatever the body is like."""
    stages = [_stage(stage) for stage in mappings(body.get("stages"))]
    subtasks = [task_of(subtask) for subtask in mappings(body.get("subtasks"))]
    state = _state(body)
    task_id, name, description, kind = (text(body.get(key)) for key in ("id", "name", "description", "type"))
    started, ended = moment(body.get("started_at")), moment(body.get("ended_at"))
    created = moment(body.get("created_at"))
    duration = number(body.get("duration_seconds"))
    if duration is None and state in ENDED:
        duration = seconds_between(started or created, ended)
    return {
        "id": task_id,
        "service": text(body.get("service")),
        "name": name,
        "label": name or description or kind or task_id or "unnamed task",
        "description": description,
        "type": kind,
        "state": state,
        "status": text(body.get("status")),
        "progress_percent": number(body.get("progress_percent")),
        "created_at": stamp(created),
        "started_at": stamp(started),
        "updated_at": stamp(moment(body.get("updated_at"))),
        "ended_at": stamp(ended),
        "duration_seconds": duration,
        "created_by": text(body.get("created_by")),
        "correlation_id": text(body.get("correlation_id")),
        "current_stage": text(body.get("current_stage")),
        "resources": [
            {key: text(resource.get(key)) for key in ("id", "type", "name")}
            for resource in mappings(body.get("resources")) or mappings([body.get("resource")])
        ],
        "has_failure": state == FAILED or any(inner["has_failure"] for inner in (*stages, *subtasks)),
        "root_causes": errors_of(body, "root_causes") or (errors_of(body, "errors") if state == FAILED else []),
        "messages": _messages(body),
        "precheck_issues": _precheck_issues(mapping(body.get("prechecks"))),
        "stages": stages,
        "subtasks": subtasks,
        "earlier": [],
    }


def gather(bodies: Iterable[Item]) -> list[Item]:
    """Return the tasks in the order in which they began, each as it was last seen.

    :param bodies: tasks as the modules return them, in the order in which they were seen.
    """
    tasks: dict[Any, Item] = {}
    for number_, task in enumerate(task_of(body) for body in bodies):
        # Without an id nobody can tell whether it is the same one.
        key = (task["service"], task["id"]) if task["id"] else number_
        tasks[key] = _later(tasks[key], task) if key in tasks else task
    # Those whose begin nobody knows come last.
    return sorted(tasks.values(), key=lambda task: began(task) or "~")


def began(item: Item) -> str | None:
    """Return when a task or a stage began; of a task that has not, when it was created."""
    return item["started_at"] or item.get("created_at")


def times(items: Iterable[Item]) -> Iterator[datetime]:
    """Yield every time that is known of tasks, of their stages and of their earlier attempts."""
    for item in items:
        for name in _TIMES:
            when = moment(item.get(name))
            if when:
                yield when
        for inside in ("stages", "subtasks", "earlier", "failed_stages"):
            yield from times(item.get(inside, ()))


def children(item: Item) -> list[Item]:
    """Return what runs inside of a task or a stage: stages, then sub-tasks."""
    return [*item["stages"], *item.get("subtasks", ())]


def leaves(item: Item, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Item]]:
    """Yield the innermost stages of a task, each with its path: the labels that lead to it, its own last."""
    for child in children(item):
        here = (*path, child["label"])
        if children(child):
            yield from leaves(child, here)
        else:
            yield here, child


def errors_of(body: Item, *names: str) -> list[Item]:
    """Return the errors under these names, without those that say nothing."""
    found = [{key: text(error.get(key)) for key in _ERROR} for name in names for error in mappings(body.get(name))]
    return [error for error in found if any(error.values())]


def _later(one: Item, other: Item) -> Item:
    """Return the later of two sights of a task, with what is worth keeping of the earlier one."""
    seen = [_last_time(task) for task in (one, other)]
    before, after = (other, one) if seen[0] and seen[1] and seen[1] < seen[0] else (one, other)
    earlier = [*before["earlier"], *after["earlier"]]
    if before["state"] in (FAILED, CANCELED) and (before["state"], before["ended_at"]) != (
        after["state"],
        after["ended_at"],
    ):
        attempt = {key: before[key] for key in ("state", "started_at", "ended_at", "root_causes")}
        attempt["failed_stages"] = [
            {"where": " / ".join(path), "started_at": leaf["started_at"], "ended_at": leaf["ended_at"]}
            for path, leaf in leaves(before)
            if leaf["state"] in (FAILED, CANCELED)
        ]
        earlier += [attempt] if attempt not in earlier else []
    return {**after, "earlier": earlier}


def _last_time(task: Item) -> datetime | None:
    return max(filter(None, map(moment, (task[name] for name in _TIMES))), default=None)


def _stage(body: Item) -> Item:
    stages = [_stage(stage) for stage in mappings(body.get("stages"))]
    state = _state(body)
    stage_id, name, description = (text(body.get(key)) for key in ("id", "name", "description"))
    started, ended = moment(body.get("started_at")), moment(body.get("ended_at"))
    return {
        "id": stage_id,
        "name": name,
        # As the modules call it in the path to an error.
        "label": name or description or stage_id or "unnamed stage",
        "description": description,
        "state": state,
        "status": text(body.get("status")),
        "started_at": stamp(started),
        "ended_at": stamp(ended),
        "duration_seconds": seconds_between(started, ended),
        "has_failure": state == FAILED or any(inner["has_failure"] for inner in stages),
        "errors": errors_of(body, "errors"),
        "messages": _messages(body),
        "stages": stages,
    }


def _state(body: Item) -> str:
    state = text(body.get("state")) or UNKNOWN
    return state if state in STATES else UNKNOWN


def _messages(body: Item) -> list[Item]:
    return [
        {
            "level": text(message.get("level")),
            "timestamp": stamp(moment(message.get("timestamp"))),
            "text": text(message.get("text")),
            "code": text(message.get("code")),
        }
        for message in mappings(body.get("messages"))
        if text(message.get("text"))
    ]


def _precheck_issues(prechecks: Item) -> list[Item]:
    return [
        {
            "group": text(group.get("name")),
            "precheck": text(precheck.get("name")),
            "resource": text(precheck.get("resource_name")),
            **{key: text(precheck["issue"].get(key)) for key in ("id", "severity", "message", "resolution")},
        }
        for group in mappings(prechecks.get("groups"))
        for precheck in mappings(group.get("prechecks"))
        if mapping(precheck.get("issue"))
    ]

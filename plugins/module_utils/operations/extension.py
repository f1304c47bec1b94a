# SPDX-License-Identifier: GPL-3.0-or-later
"""extension_task: report in vCenter on a task that is done elsewhere.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.vcf.lifecycle.plugins.module_utils.errors import (
    LostContactFailure,
    NotAllowedFailure,
    NotFoundFailure,
    OptionsFailure,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.context import Context
from ansible_collections.vcf.lifecycle.plugins.module_utils.options import ArgumentSpec, connection_spec, time_of
from ansible_collections.vcf.lifecycle.plugins.module_utils.services import vcenter_extension
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.base import Refused, Service
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.vcenter import VCenter
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.vcenter_extension import ExtensionTask
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import State, Task
from ansible_collections.vcf.lifecycle.plugins.module_utils.transport import Fault

_STATES = (State.PENDING, State.RUNNING, State.BLOCKED, State.SUCCEEDED, State.FAILED)
_ENDED = (State.SUCCEEDED, State.FAILED)

ARGUMENT_SPEC: ArgumentSpec = {
    **connection_spec(max_outage=60.0),
    "service": {"type": "str", "default": "vcenter", "choices": ["vcenter"]},
    "task_id": {"type": "str"},
    "state": {"type": "str", "choices": [state.value for state in _STATES]},
    "percent": {
        "type": "dict",
        "options": {
            "total": {"type": "int", "required": True},
            "completed": {"type": "int", "required": True},
        },
    },
    "description": {"type": "raw"},
    "error": {"type": "raw"},
    "result": {"type": "raw"},
    "start_time": {"type": "str"},
    "end_time": {"type": "str"},
}


def run(service: Service, params: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Create a task, or report on one; say nothing that vCenter knows already."""
    if not isinstance(service, VCenter):
        raise OptionsFailure(f"extension tasks are vCenter's: {service.name} has none.", service=service.name)
    report = report_of(params)
    task_id = params["task_id"]
    current = service.get_task(task_id) if task_id else None
    news = report if current is None else news_for(current, report)
    changed = task_id is None or bool(news.as_spec())
    check(news, report.state or (current.state if current else None))
    result: dict[str, Any] = {"changed": changed, "task_id": task_id, "tasks": []}
    if context.diff:
        result["diff"] = {"before": _shown(current), "after": {**_shown(current), **news.as_spec()}}
    if changed and not context.check_mode:
        result["task_id"] = task_id = _send(service, task_id, news, report)
        current = service.get_task(task_id)
    result["tasks"] = [current.as_result()] if current else []
    return result


def report_of(params: Mapping[str, Any]) -> ExtensionTask:
    """Read the report from the module's options.

    :raises OptionsFailure: naming the option that is wrong.
    """
    percent = params["percent"] or {}
    if percent and percent["total"] < 1:
        raise OptionsFailure(f"percent: total {percent['total']} is not at least 1.")
    if percent and not 0 <= percent["completed"] <= percent["total"]:
        raise OptionsFailure(
            f"percent: completed {percent['completed']} is not between 0 and total {percent['total']}."
        )
    for name in ("description", "error"):
        if params[name] is not None and (not isinstance(params[name], (str, dict)) or not params[name]):
            raise OptionsFailure(f"{name} is neither a text nor a structure.")
    return ExtensionTask(
        state=State(params["state"]) if params["state"] else None,
        completed=percent.get("completed"),
        total=percent.get("total"),
        description=params["description"],
        error=params["error"],
        result=params["result"],
        start_time=time_of(params["start_time"], "start_time"),
        end_time=time_of(params["end_time"], "end_time"),
    )


def check(report: ExtensionTask, state: State | None) -> None:
    """Refuse what vCenter would refuse, before anything is sent.

    :param state: the state that the task will have; None where it can not be known.
    :raises OptionsFailure: naming the option that is wrong.
    """
    if report.state is State.FAILED and report.error is None:
        raise OptionsFailure("error is required with state FAILED.")
    if report.error is not None and state not in (State.FAILED, None):
        raise OptionsFailure(f"error is for state FAILED, not for {state.value}.")
    for name, allowed in (("start_time", _STATES[1:]), ("end_time", _ENDED), ("result", _STATES[1:])):
        if getattr(report, name) is not None and state is not None and state not in allowed:
            raise OptionsFailure(f"{name} is for {', '.join(s.value for s in allowed)}, not for {state.value}.")


def news_for(current: Task, report: ExtensionTask) -> ExtensionTask:
    """Return what of a report vCenter does not know yet.

    :raises NotAllowedFailure: when a task that has ended, or its progress, would have to go back.
    """
    same_text = isinstance(report.description, str) and report.description == current.description
    progress = (current.additional_details or {}).get("progress") or {}
    same_progress = (progress.get("total"), progress.get("completed")) == (report.total, report.completed)
    news = ExtensionTask(
        state=None if report.state is current.state else report.state,
        completed=None if same_progress else report.completed,
        total=None if same_progress else report.total,
        description=None if same_text else report.description,
        error=None if current.state is State.FAILED else report.error,
        result=None if report.result == current.result else report.result,
        start_time=None if report.start_time == current.started_at else report.start_time,
        end_time=None if report.end_time == current.ended_at else report.end_time,
    )
    if current.done and news.state is not None:
        raise NotAllowedFailure(
            f"Task {current.label} has ended as {current.state.value}; it can not become {news.state.value} any more.",
            service=current.service,
            task_id=current.id,
        )
    percent = None if news.total is None else 100 * (news.completed or 0) // news.total
    if percent is not None and current.progress_percent is not None and percent < current.progress_percent:
        raise NotAllowedFailure(
            f"Task {current.label} is at {current.progress_percent}%; vCenter lets progress grow only, so not back to "
            f"{percent}%.",
            service=current.service,
            task_id=current.id,
        )
    return news


def _send(service: VCenter, task_id: str | None, news: ExtensionTask, report: ExtensionTask) -> str:
    try:
        if task_id is None:
            return vcenter_extension.create(service, news)
        return vcenter_extension.update(service, task_id, news)
    except Refused as refused:
        raise _refusal(service, task_id, refused) from refused
    except Fault as fault:
        current = service.get_task(task_id) if task_id else None
        if task_id and current is not None and not news_for(current, report).as_spec():
            return task_id
        what = f"whether the report on task {task_id} arrived" if task_id else "whether the task was created"
        raise LostContactFailure(
            f"The answer of {service.name} at {service.contact.address} was lost ({fault.reason}), "
            f"so it is not known {what}. Look before you try again.",
            service=service.name,
            task_id=task_id,
        ) from fault


def _refusal(service: VCenter, task_id: str | None, refused: Refused) -> NotAllowedFailure | NotFoundFailure:
    kind = NotFoundFailure if refused.status == 404 else NotAllowedFailure
    return kind.of_error(
        f"{service.name} at {service.contact.address} does not accept the report: {refused}",
        refused.error,
        service=service.name,
        task_id=task_id,
        http_status=refused.status,
    )


def _shown(current: Task | None) -> dict[str, Any]:
    if current is None:
        return {}
    return {"status": current.state.value, "percent_done": current.progress_percent, "description": current.description}

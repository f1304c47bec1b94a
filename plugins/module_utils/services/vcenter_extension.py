# SPDX-License-Identifier: GPL-3.0-or-later
"""vCenter's extension tasks: what a task looks like that somebody else than vCenter reports on.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
Source of the wire facts: "vSphere Automation API", operations vcenter/extension/tasks create and update, structure
UpdateSpec. The API calls itself a feature in development.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from ansible_collections.vcf.lifecycle.plugins.module_utils.services.base import ANY_STATUS
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.vcenter import VCenter, unwrapped
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.wire import word
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import State
from ansible_collections.vcf.lifecycle.plugins.module_utils.transport import Answer, Fault, Request

# Ids of messages that are given as plain text; a message has to have one.
_TEXT_ID = "vcf.lifecycle.extension_task"


@dataclass(frozen=True)
class ExtensionTask:
    """What is to be reported; None leaves a thing as it is.

    C(description) and C(error) are texts, or the structures LocalizableMessage and Error themselves.
    """

    state: State | None = None
    completed: int | None = None
    total: int | None = None
    description: str | dict[str, Any] | None = None
    error: str | dict[str, Any] | None = None
    result: Any = None
    start_time: datetime | None = None
    end_time: datetime | None = None

    def as_spec(self) -> dict[str, Any]:
        """Return the report as the operations want it."""
        spec: dict[str, Any] = {}
        if self.state is not None:
            spec["status"] = self.state.value
        if self.total is not None:
            # The service ignores the message, and yet wants one.
            progress = f"{self.completed} of {self.total}"
            spec["percent_done"] = {"total": self.total, "completed": self.completed, "message": message_of(progress)}
        if self.description is not None:
            spec["description"] = message_of(self.description)
        if self.error is not None:
            spec["error"] = self.error if isinstance(self.error, dict) else {"messages": [message_of(self.error)]}
        if self.result is not None:
            spec["result"] = self.result
        for name in ("start_time", "end_time"):
            when = getattr(self, name)
            if when is not None:
                spec[name] = stamp(when)
        return spec


def message_of(value: str | dict[str, Any]) -> dict[str, Any]:
    """Return a LocalizableMessage, from a text or from one."""
    return value if isinstance(value, dict) else {"id": _TEXT_ID, "default_message": value, "args": []}


def stamp(when: datetime) -> str:
    """Return a time as the operations want it: in UTC, with milliseconds."""
    return when.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.") + f"{when.microsecond // 1000:03d}Z"


def create(service: VCenter, task: ExtensionTask) -> str:
    """Create a task, once, and return its id.

    :raises Refused: when the service says no.
    :raises Fault: when the answer was lost; the task may have been created.
    """

    def read(answer: Answer) -> str:
        task_id = word(unwrapped(service.accepted(answer).body))
        if task_id is None:
            raise Fault("it creates a task and does not say its id")
        return task_id

    request = Request("POST", service.extension_url(), json={"spec": task.as_spec()})
    return service.call(request, read, also=ANY_STATUS, repeatable=False)


def update(service: VCenter, task_id: str, task: ExtensionTask) -> str:
    """Report on a task; return its id.

    :raises Refused: when the service says no.
    :raises Fault: when the answer was lost; the report may have arrived.
    """
    request = Request("PATCH", service.extension_url(task_id), json={"spec": task.as_spec()})
    service.call(request, service.accepted, also=ANY_STATUS, repeatable=False)
    return task_id

# SPDX-License-Identifier: GPL-3.0-or-later
"""vCenter's extension tasks: what others do, and report here. They have no timeline but the reports.

The published reference of the update (its fields, what is relevant when, and the two kinds of 400) is all that is
known; the creation takes the same fields.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timezone
from typing import Any

from ..clock import Clock
from .vcenter_bodies import message

SERVICE = "com.vmware.vcenter.extension.tasks"
FIELDS = {"status", "result", "start_time", "end_time", "percent_done", "description", "error"}
STATUSES = ("PENDING", "RUNNING", "BLOCKED", "SUCCEEDED", "FAILED")
ENDED = ("SUCCEEDED", "FAILED")


class Rejected(Exception):
    """A 400: which of the two kinds, and why."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind


class ExtensionTasks:
    """Those that were created, as com.vmware.cis.task.info, by their ids."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.infos: dict[str, dict[str, Any]] = {}

    def create(self, spec: Any) -> str:
        """A new one, or Rejected."""
        info: dict[str, Any] = {
            "description": message(SERVICE, "Extension task"),
            "service": SERVICE,
            "operation": "create",
            "status": "PENDING",
            "cancelable": False,
        }
        self._apply(info, spec)
        task_id = f"{uuid.uuid4()}:{SERVICE}"
        self.infos[task_id] = info
        return task_id

    def update(self, task_id: str, spec: Any) -> None:
        """Change one, or Rejected, or KeyError. What is rejected changes nothing."""
        info = dict(self.infos[task_id])
        self._apply(info, spec)
        self.infos[task_id] = info

    def _apply(self, info: dict[str, Any], spec: Any) -> None:
        if not isinstance(spec, dict) or spec.keys() - FIELDS:
            unknown = sorted(spec.keys() - FIELDS) if isinstance(spec, dict) else "spec"
            raise Rejected("INVALID_ARGUMENT", f"There is no such field: {unknown}.")
        before, after = info["status"], spec.get("status") or info["status"]
        if after not in STATUSES:
            raise Rejected("INVALID_ARGUMENT", f"The status {after!r} is not one of {', '.join(STATUSES)}.")
        if before in ENDED and after != before:
            raise Rejected("NOT_ALLOWED_IN_CURRENT_STATE", f"The task is {before}; its status can not change.")
        if spec.get("percent_done") is not None:
            _check_progress(spec["percent_done"], info.get("progress"), running="RUNNING" in (before, after))
            info["progress"] = spec["percent_done"]
        if after == "FAILED" and spec.get("error") is None and "error" not in info:
            raise Rejected("INVALID_ARGUMENT", "A task that FAILED needs an error.")
        _check_times(info, spec, after)
        info["status"] = after
        for name in ("description", "start_time", "end_time"):
            if spec.get(name) is not None:
                info[name] = spec[name]
        if spec.get("error") is not None and after == "FAILED":
            info["error"] = spec["error"]
        if spec.get("result") is not None and after != "PENDING":
            info["result"] = spec["result"]
        if after != "PENDING":
            info.setdefault("start_time", self._clock.iso(self._clock.now()))
            info.setdefault("progress", {"total": 1, "completed": 0, "message": message(SERVICE, "")})
        if after in ENDED:
            info.setdefault("end_time", self._clock.iso(self._clock.now()))


def _check_progress(wanted: Any, known: dict[str, Any] | None, *, running: bool) -> None:
    if not running:
        raise Rejected("NOT_ALLOWED_IN_CURRENT_STATE", "The task is not running; its percentDone can not change.")
    if not isinstance(wanted, dict) or wanted.keys() != {"total", "completed", "message"}:
        raise Rejected("INVALID_ARGUMENT", "percentDone needs total, completed and message, and nothing else.")
    total, completed = wanted["total"], wanted["completed"]
    if not all(isinstance(value, int) and not isinstance(value, bool) for value in (total, completed)):
        raise Rejected("INVALID_ARGUMENT", "total and completed must be whole numbers.")
    if not 0 <= completed <= total:
        raise Rejected("INVALID_ARGUMENT", "completed must be from 0 to total.")
    if known is not None and completed < known["completed"]:
        raise Rejected("INVALID_ARGUMENT", "completed can only grow.")


def _check_times(info: dict[str, Any], spec: dict[str, Any], status: str) -> None:
    if spec.get("start_time") is not None and status == "PENDING":
        raise Rejected("NOT_ALLOWED_IN_CURRENT_STATE", "The task is not running; it has no startTime.")
    if spec.get("end_time") is not None and status not in ENDED:
        raise Rejected("NOT_ALLOWED_IN_CURRENT_STATE", "The task is not completed; it has no endTime.")
    merged = {name: spec.get(name) or info.get(name) for name in ("start_time", "end_time")}
    times = {name: _moment(name, value) for name, value in merged.items() if value is not None}
    if len(times) == 2 and times["end_time"] < times["start_time"]:
        raise Rejected("INVALID_ARGUMENT", "endTime is before startTime.")


def _moment(name: str, text: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except (AttributeError, ValueError) as problem:
        raise Rejected("INVALID_ARGUMENT", f"{name} is not an ISO 8601 timestamp.") from problem
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)

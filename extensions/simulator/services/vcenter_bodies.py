# SPDX-License-Identifier: GPL-3.0-or-later
"""How vCenter writes tasks and errors (com.vmware.cis.task.info and com.vmware.vapi.std.errors), as /api does.

/rest says the same in other words, which `as_rest` knows: results are wrapped, maps are lists of keys and values, and
errors have their full names.
"""

from __future__ import annotations

from typing import Any

from ..clock import Clock
from ..scenario import State
from ..tasks import Entry
from ..timeline import GOING_ON, View
from .base import without_none

ERRORS = "com.vmware.vapi.std.errors."
# There is no status for what was cancelled: it FAILED, and its error says so.
STATUSES = dict.fromkeys(State, "PENDING") | {
    State.RUNNING: "RUNNING",
    State.SUCCEEDED: "SUCCEEDED",
    State.WARNING: "SUCCEEDED",
    State.SKIPPED: "SUCCEEDED",
    State.NOT_APPLICABLE: "SUCCEEDED",
    State.FAILED: "FAILED",
    State.TIMED_OUT: "FAILED",
    State.CANCELED: "FAILED",
}


def info(entry: Entry, view: View, clock: Clock) -> dict[str, Any]:
    """com.vmware.cis.task.info."""
    spec = entry.task
    if spec.raw is not None:
        return spec.raw
    resource = spec.resources[0] if spec.resources else None
    leaves = view.leaves()
    ended = [leaf for leaf in leaves if leaf.state not in GOING_ON]
    running = next((leaf for leaf in leaves if leaf.state is State.RUNNING), view)
    waits = view.state in GOING_ON and view.state is not State.RUNNING
    body = without_none(
        description=message("com.vmware.vcenter.task", spec.description or spec.name),
        service=spec.owner or "com.vmware.vcenter.lcm.update",
        operation=spec.type or "apply",
        parent=entry.ids[entry.at[:-1]] if entry.at else None,
        target={"type": resource.type, "id": resource.id} if resource else None,
        status="BLOCKED" if view.blocked else spec.word(view.state, STATUSES),
        cancelable=entry.cancellable(view),
        error=_error(view),
        # The clients insist on these times for every status they are for.
        start_time=None if waits else clock.iso(entry.start if view.began is None else view.began),
        end_time=clock.iso(view.ended),
        user=spec.created_by or "VSPHERE.LOCAL\\Administrator",
        progress=None
        if waits
        else {
            "total": len(leaves),
            "completed": len(ended),
            "message": message("com.vmware.vcenter.task.progress", running.node.description or running.node.name),
        },
        result=spec.result if view.state not in GOING_ON else None,
    )
    return body | spec.extra


def message(key: str, text: str, *args: str) -> dict[str, Any]:
    """com.vmware.vapi.std.localizable_message."""
    return {"id": key, "default_message": text, "args": list(args)}


def error(kind: str, *messages: dict[str, Any]) -> dict[str, Any]:
    """One of com.vmware.vapi.std.errors, by the name of /api: NOT_FOUND."""
    return {"error_type": kind, "messages": list(messages)}


def _error(view: View) -> dict[str, Any] | None:
    if view.state is State.CANCELED:
        return error("CANCELED", message("com.vmware.vcenter.task.canceled", "The task was canceled."))
    said = [failure.error for failure in view.failures() if failure.error]
    if view.state in GOING_ON or not said:
        return None
    return error("ERROR", *(message(one.code, one.message) for found in said for one in (found, *found.nested)))


def as_rest(body: Any) -> Any:
    """A result as /rest sends it, without the wrapper. Of what /api sends, ``params`` and lists of tasks are maps."""
    if isinstance(body, list):
        return [as_rest(item) for item in body]
    if not isinstance(body, dict):
        return body
    if "error_type" in body:
        fields = {name: as_rest(value) for name, value in body.items() if name != "error_type"}
        return {"type": ERRORS + body["error_type"].lower(), "value": fields}
    return {
        name: as_pairs(value) if name == "params" and isinstance(value, dict) else as_rest(value)
        for name, value in body.items()
    }


def as_pairs(values: dict[str, Any]) -> list[dict[str, Any]]:
    """A map as /rest sends it."""
    return [{"key": key, "value": as_rest(value)} for key, value in values.items()]


def from_rest(body: Any) -> Any:
    """What a client sent to /rest, as /api would have it."""
    if isinstance(body, list):
        return [from_rest(item) for item in body]
    if not isinstance(body, dict):
        return body
    if isinstance(body.get("type"), str) and body["type"].startswith(ERRORS) and isinstance(body.get("value"), dict):
        return {"error_type": body["type"][len(ERRORS) :].upper()} | from_rest(body["value"])
    result = {}
    for name, value in body.items():
        pairs = isinstance(value, list) and all(isinstance(pair, dict) and "key" in pair for pair in value)
        result[name] = (
            {p["key"]: from_rest(p.get("value")) for p in value} if name == "params" and pairs else from_rest(value)
        )
    return result

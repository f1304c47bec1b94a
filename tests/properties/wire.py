# SPDX-License-Identifier: GPL-3.0-or-later
"""How each service would say it: the words, bodies and answers of the simulated world."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import unquote, urlsplit

from ansible_collections.vcf.lifecycle.plugins.module_utils.task import State
from ansible_collections.vcf.lifecycle.plugins.module_utils.transport import Answer, Request
from tests.properties.tasks import Look, Phase
from tests.unit.fakes import EPOCH, is_login

_FLEET = {
    Phase.PENDING: "PENDING",
    Phase.SCHEDULED: "SCHEDULED",
    Phase.RUNNING: "RUNNING",
    Phase.BLOCKED: "RUNNING",
    Phase.CANCELING: "RUNNING",
    Phase.STRANGE: "ZAPPING",
    Phase.SUCCEEDED: "SUCCEEDED",
    Phase.WARNING: "SUCCEEDED",
    Phase.SKIPPED: "SKIPPED",
    Phase.FAILED: "FAILED",
    Phase.CANCELED: "CANCELED",
}
_SDDC_MANAGER = {
    Phase.PENDING: "Pending",
    Phase.SCHEDULED: "SCHEDULED",
    Phase.RUNNING: "In Progress",
    Phase.BLOCKED: "IN_PROGRESS",
    Phase.CANCELING: "IN_PROGRESS",
    Phase.STRANGE: "Finishing",
    Phase.SUCCEEDED: "Successful",
    Phase.WARNING: "COMPLETED_WITH_WARNING",
    Phase.SKIPPED: "SKIPPED",
    Phase.FAILED: "Failed",
    Phase.CANCELED: "CANCELLED",
}
_VMC = {
    Phase.PENDING: "STARTED",
    Phase.SCHEDULED: "STARTED",
    Phase.RUNNING: "STARTED",
    Phase.BLOCKED: "STARTED",
    Phase.CANCELING: "CANCELING",
    Phase.STRANGE: "DONE",
    Phase.SUCCEEDED: "FINISHED",
    Phase.WARNING: "FINISHED",
    Phase.SKIPPED: "FINISHED",
    Phase.FAILED: "FAILED",
    Phase.CANCELED: "CANCELED",
}
_VCENTER = {
    Phase.PENDING: "PENDING",
    Phase.SCHEDULED: "PENDING",
    Phase.RUNNING: "RUNNING",
    Phase.BLOCKED: "BLOCKED",
    Phase.CANCELING: "RUNNING",
    Phase.STRANGE: "COMPLETE",
    Phase.SUCCEEDED: "SUCCEEDED",
    Phase.WARNING: "SUCCEEDED",
    Phase.SKIPPED: "SUCCEEDED",
    Phase.FAILED: "FAILED",
    # The error that goes with it says the rest.
    Phase.CANCELED: "FAILED",
}
WORDS = {"fleet_lcm": _FLEET, "sddc_manager": _SDDC_MANAGER, "vmc": _VMC, "vcenter": _VCENTER}
"""The status that each service has for a phase; one that it does not tell from another has that one's."""

SERVICES_WITH_RETRY = ("fleet_lcm", "sddc_manager")

# Written down here once more, and not read from the services' own tables, which are what is tested.
_MEANINGS = {
    "PENDING": State.PENDING,
    "Pending": State.PENDING,
    "SCHEDULED": State.SCHEDULED,
    "RUNNING": State.RUNNING,
    "In Progress": State.RUNNING,
    "IN_PROGRESS": State.RUNNING,
    "STARTED": State.RUNNING,
    "BLOCKED": State.BLOCKED,
    "CANCELING": State.CANCELING,
    "SUCCEEDED": State.SUCCEEDED,
    "Successful": State.SUCCEEDED,
    "FINISHED": State.SUCCEEDED,
    "COMPLETED_WITH_WARNING": State.WARNING,
    "SKIPPED": State.SKIPPED,
    "FAILED": State.FAILED,
    "Failed": State.FAILED,
    "CANCELED": State.CANCELED,
    "CANCELLED": State.CANCELED,
}


def meaning(service: str, phase: Phase) -> State:
    """Return what the service says of a task in a phase, in our vocabulary."""
    if phase is Phase.CANCELED:
        return State.CANCELED
    return _MEANINGS.get(WORDS[service][phase], State.UNKNOWN)


@dataclass(frozen=True)
class Question:
    """What a request asks for, whatever the service."""

    sort: str
    """One of C(login), C(logout), C(list), C(task), C(cancel) and C(retry)."""
    task_id: str = ""
    task_ids: tuple[str, ...] | None = None
    page: int = 1
    size: int = 1000
    is_aside: bool = False
    """Whether it is not about the tasks: whether the service is up, or how long earlier tasks took."""


def question(service: str, request: Request) -> Question:
    """Return what a request asks for."""
    if is_login(request):
        return Question("login" if request.method == "POST" else "logout")
    last = unquote(urlsplit(request.url).path.rsplit("/", 1)[-1])
    if last == "tasks":
        if service == "vcenter":
            # One way of asking where there is a /api, and the other where that is not understood.
            wanted = request.json["filter_spec"]["tasks"] if request.json else request.query["tasks"]
            return Question("list", task_ids=tuple(wanted))
        size = int(request.query.get("pageSize", 1000))
        is_aside = size == 1 or bool({"type", "taskType"} & set(request.query))
        return Question("list", page=int(request.query.get("pageNumber", 1)), size=size, is_aside=is_aside)
    if request.method == "GET":
        return Question("task", last)
    if request.method == "DELETE" or request.query.get("action") == "cancel":
        return Question("cancel", last)
    return Question("retry", last)


def token_in(request: Request) -> str:
    """Return the token that a request carries."""
    headers = request.headers
    bearer = headers.get("csp-auth-token") or headers.get("vmware-api-session-id") or headers.get("Authorization", "")
    return bearer.removeprefix("Bearer ")


def login(service: str, token: str) -> Answer:
    """Return the answer that gives a token."""
    if service == "vcenter":
        return Answer(201, {}, token)
    return Answer(200, {}, {"accessToken": token, "access_token": token})


def task(service: str, look: Look) -> dict[str, Any]:
    """Return the body of one task, whole."""
    word = WORDS[service][look.phase]
    created, ended = _stamp(look.created), None if look.ended is None else _stamp(look.ended)
    name = f"upgrade {look.task_id}"
    if service == "fleet_lcm":
        error = {"level": "ERROR", "message": {"id": look.error, "defaultMessage": "The node did not answer"}}
        return {
            "id": look.task_id,
            "name": name,
            "type": "UPGRADE",
            "status": word,
            "createTime": created,
            "endTime": ended,
            "cancellable": look.cancellable,
            "retriable": look.retriable,
            "messages": [error] if look.error else [],
        }
    if service == "sddc_manager":
        error = {"errorCode": look.error, "message": "The node did not answer"}
        return {
            "id": look.task_id,
            "name": name,
            "type": "UPGRADE",
            "status": word,
            "creationTimestamp": created,
            "completionTimestamp": ended,
            "isCancellable": look.cancellable,
            "isRetryable": look.retriable,
            "errors": [error] if look.error else [],
        }
    if service == "vmc":
        return {
            "id": look.task_id,
            "task_type": name,
            "status": word,
            "created": created,
            "start_time": created,
            "end_time": ended,
            "error_message": f"{look.error}: the node did not answer" if look.error else None,
        }
    is_canceled = look.phase is Phase.CANCELED
    error_type = {"error_type": "CANCELED" if is_canceled else "ERROR", "messages": []}
    return {
        "description": {"id": "upgrade", "default_message": name, "args": []},
        "service": "com.vmware.upgrade",
        "operation": "upgrade",
        "status": word,
        "cancelable": look.cancellable,
        "start_time": created,
        "end_time": ended,
        "error": error_type if word == "FAILED" else None,
    }


def task_list(service: str, looks: list[Look], asked: Question, largest_page: int) -> tuple[Answer, list[Look]]:
    """Return the answer to a question for a list, and the tasks that it shows.

    :param largest_page: how many tasks the service puts into a page, whatever it is asked for.
    """
    bodies = {look.task_id: task(service, look) for look in looks}
    if service == "vcenter":
        looks = [look for look in looks if look.task_id in (asked.task_ids or ())]
        return Answer(200, {}, {look.task_id: bodies[look.task_id] for look in looks}), looks
    if service == "vmc":
        return Answer(200, {}, list(bodies.values())), looks
    size = min(asked.size, largest_page)
    shown = looks[(asked.page - 1) * size : asked.page * size]
    metadata = {
        "pageNumber": asked.page,
        "pageSize": size,
        "totalElements": len(looks),
        "totalPages": -(-len(looks) // size),
    }
    return Answer(200, {}, {"elements": [bodies[look.task_id] for look in shown], "pageMetadata": metadata}), shown


def accepted(service: str, look: Look) -> Answer:
    """Return the answer to a cancel or a retry that is carried out."""
    return Answer(200, {}, task(service, look)) if service in ("fleet_lcm", "vmc") else Answer(200)


def error(service: str, status: int, code: str, message: str) -> Answer:
    """Return how the service says no."""
    if service == "vcenter":
        return Answer(status, {}, {"error_type": code, "messages": [{"id": code, "default_message": message}]})
    if service == "vmc":
        return Answer(status, {}, {"status": status, "error_code": code, "error_messages": [message]})
    return Answer(status, {}, {"code": code, "errorCode": code, "message": message, "referenceId": "R-1"})


def refused(service: str) -> Answer:
    """Return how the service refuses a cancel or a retry."""
    return error(service, 409 if service == "sddc_manager" else 400, "NOT_ALLOWED", "That can not be done now")


def _stamp(seconds: float) -> str:
    return (EPOCH + timedelta(seconds=seconds)).isoformat()

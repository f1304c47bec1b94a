# SPDX-License-Identifier: GPL-3.0-or-later
"""Stand-ins for what is outside: a clock that jumps, a service that is a script, somebody who listens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import unquote, urlsplit

from ansible_collections.vcf.lifecycle.plugins.module_utils.clock import Clock
from ansible_collections.vcf.lifecycle.plugins.module_utils.contact import Contact
from ansible_collections.vcf.lifecycle.plugins.module_utils.errors import Failure
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.context import Context, Observer
from ansible_collections.vcf.lifecycle.plugins.module_utils.options import Connection
from ansible_collections.vcf.lifecycle.plugins.module_utils.redaction import Redactor
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.base import Service
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.registry import SERVICES
from ansible_collections.vcf.lifecycle.plugins.module_utils.transport import Answer, Delivery, Fault, Request

EPOCH = datetime(2026, 11, 21, 22, 0, tzinfo=timezone.utc)

Reply = Any
"""What a scripted service does with a request: a body (HTTP 200), an Answer, or an exception to raise."""


class FakeClock(Clock):
    """Time that passes only in sleep(), and then at once. Starts at 0 seconds, which is 22:00 UTC."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.sleeps: list[float] = []

    def monotonic(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return EPOCH + timedelta(seconds=self.seconds)

    def sleep(self, seconds: float) -> None:
        # A wait that goes wrong must end the test rather than go on for ever.
        assert len(self.sleeps) < 10_000, "too many sleeps"
        self.sleeps.append(seconds)
        self.seconds += max(0.0, seconds)


class Listener(Observer):
    """Writes down what an operation tells."""

    def __init__(self) -> None:
        self.heard: list[tuple[Any, ...]] = []

    def tasks_changed(self, changed: list[Any], awaited: list[Any], elapsed: float) -> None:
        self.heard.append(("changed", [task.id for task in changed], sum(not task.done for task in awaited)))

    def still_waiting(self, awaited: list[Any], elapsed: float) -> None:
        self.heard.append(("waiting", [task.id for task in awaited if not task.done]))

    def out_of_contact(self, reason: str, seconds: float) -> None:
        self.heard.append(("out", reason))

    def back_in_contact(self, seconds: float) -> None:
        self.heard.append(("back", seconds))

    def notice(self, text: str) -> None:
        self.heard.append(("notice", text))


class FakeTransport:
    """Answers requests with what a function says, and remembers them with their times."""

    def __init__(self, clock: FakeClock, serve: Callable[[Request], Reply]) -> None:
        self.clock = clock
        self.serve = serve
        self.requests: list[Request] = []
        self.times: list[float] = []
        self.limits: list[float | None] = []

    def exchange(self, request: Request, seconds: float | None = None) -> Answer:
        self.requests.append(request)
        self.times.append(self.clock.seconds)
        self.limits.append(seconds)
        return answered(self.serve(request), request)

    def close(self) -> None:
        """Nothing to close."""


def answered(reply: Reply, request: Request) -> Answer:
    """What a reply is as an answer."""
    if isinstance(reply, Exception):
        raise reply
    return reply if isinstance(reply, Answer) else Answer(200, {}, reply, url=request.url)


LOGINS: dict[str, dict[str, str]] = {
    name: {"api_token": "an-api-token", "org_id": "o1"}
    if name == "vmc"
    else {"username": "admin", "password": "a-secret-password"}
    for name in SERVICES
}
"""What each service wants to be told of who is asking."""

_LOGIN_PATHS = ("/identity/token", "/v1/tokens", "/authorize", "/api/session", "/rest/com/vmware/cis/session")


class FakeFleet:
    """Fleet LCM, or another service, as a script: each task is a list of replies to its GETs; the last one stays.

    A reply may also be a function of the clock's seconds. C(list) answers the list of tasks, C(write) cancels and
    retries, C(login) logins; each is a list of the same kind.
    """

    def __init__(self, service: str = "fleet_lcm", **options: Any) -> None:
        self.clock = FakeClock()
        self.tasks: dict[str, list[Reply]] = {}
        self.list: list[Reply] = [lambda seconds: LISTS.get(service, page)(*self._shown(seconds))]
        self.write: list[Reply] = [None]
        token = "a-token-of-the-fake"
        self.login: list[Reply] = [token if service == "vcenter" else {"access_token": token, "accessToken": token}]
        self.away: list[tuple[float, float]] = []
        self.listener = Listener()
        self.context = Context(clock=self.clock, observer=self.listener)
        self.transport = FakeTransport(self.clock, self._serve)
        settings: dict[str, Any] = {**LOGINS[service], **options}
        self.connection = Connection(service=service, hostname="fleet.example.com", **settings)
        self.contact = Contact(
            address="fleet.example.com", service=service, max_outage=self.connection.max_outage, clock=self.clock
        )
        self.redactor = Redactor((self.connection.password,))
        kind = SERVICES[service]
        self.service: Service = kind(self.connection, self.transport, self.contact, self.redactor)  # type: ignore[arg-type]

    def run(self, operation: Callable[..., dict[str, Any]], **params: Any) -> dict[str, Any]:
        """Run an operation with these options and the defaults of the others."""
        return operation(self.service, {**defaults(operation), **params}, self.context)

    def fail(self, operation: Callable[..., dict[str, Any]], **params: Any) -> Failure:
        """Run an operation that has to fail, and return the failure."""
        try:
            result = self.run(operation, **params)
        except Failure as failure:
            return failure
        raise AssertionError(f"it did not fail: {result}")

    def sent(self, *methods: str) -> list[str]:
        """Method, path and action of the requests so far, without logins; of some methods only, if any are named."""
        return [
            shown(request)
            for request in self.transport.requests
            if not is_login(request) and (not methods or request.method in methods)
        ]

    @property
    def writes(self) -> list[str]:
        """The requests so far that change something."""
        return self.sent("POST", "PUT", "PATCH", "DELETE")

    @property
    def logins(self) -> list[float]:
        """When it was asked for a token."""
        pairs = zip(self.transport.requests, self.transport.times, strict=True)
        return [seconds for request, seconds in pairs if is_login(request)]

    def _serve(self, request: Request) -> Reply:
        if any(begin <= self.clock.seconds < end for begin, end in self.away):
            return Fault("connection refused", delivery=Delivery.NONE)
        if is_login(request):
            return self._next(self.login) if request.method == "POST" else None
        if request.method != "GET":
            return self._next(self.write)
        last = unquote(urlsplit(request.url).path.rsplit("/", 1)[-1])
        if last == self.service.collection[-1]:
            return self._next(self.list)
        return self._next(self.tasks[last]) if last in self.tasks else not_found()

    def _next(self, replies: list[Reply]) -> Reply:
        reply = replies.pop(0) if len(replies) > 1 else replies[0]
        return reply(self.clock.seconds) if callable(reply) else reply

    def _shown(self, seconds: float) -> list[dict[str, Any]]:
        """The tasks of a list: as they are now, without their stages."""
        now = [replies[0](seconds) if callable(replies[0]) else replies[0] for replies in self.tasks.values()]
        return [{**body, "stages": None} for body in now if isinstance(body, dict)]


def defaults(operation: Callable[..., Any]) -> dict[str, Any]:
    """The options of an operation's module, as Ansible hands them over when none is given."""
    spec: Mapping[str, Mapping[str, Any]] = operation.__globals__["ARGUMENT_SPEC"]
    return {name: option.get("default") for name, option in spec.items()}


def is_login(request: Request) -> bool:
    return request.url.endswith(_LOGIN_PATHS)


def shown(request: Request) -> str:
    action = request.query.get("action")
    return f"{request.method} {urlsplit(request.url).path.rsplit('/', 1)[-1]}{f' {action}' if action else ''}"


def fleet_task(task_id: str = "t1", status: str = "RUNNING", **fields: Any) -> dict[str, Any]:
    """A task as Fleet LCM sends it."""
    return {"id": task_id, "name": f"upgrade {task_id}", "status": status, **fields}


def failed_task(task_id: str = "t1", **fields: Any) -> dict[str, Any]:
    """A task that failed in its second stage, as Fleet LCM sends it."""
    arguments = {"resolution": "Check the DNS records.", "referenceId": "REF123"}
    message = {"id": "LCM_DNS_ERROR", "localizedMessage": "The name does not resolve", "args": arguments}
    stages = [
        {"id": "s1", "name": "prepare", "status": "SUCCEEDED"},
        {"id": "s2", "name": "deploy", "status": "FAILED", "messages": [{"level": "ERROR", "message": message}]},
        {"id": "s3", "name": "tidy up", "status": "PENDING"},
    ]
    return fleet_task(task_id, "FAILED", **{"stages": stages, "retriable": True, **fields})


def page(*tasks: dict[str, Any], number: int = 1, of: int = 1) -> dict[str, Any]:
    """A page of a list of tasks."""
    metadata = {"pageNumber": number, "pageSize": 100, "totalElements": len(tasks), "totalPages": of}
    return {"elements": list(tasks), "pageMetadata": metadata}


LISTS: dict[str, Callable[..., Any]] = {
    "vcenter": lambda *tasks: {task["id"]: task for task in tasks},
    "vmc": lambda *tasks: list(tasks),
}
"""The lists of the services that have no pages."""


def not_found() -> Answer:
    return refusal(404, "TASK_NOT_FOUND", "There is no such task")


def refusal(status: int, code: str = "LCM_REFUSED", message: str = "That can not be done") -> Answer:
    """What Fleet LCM and SDDC Manager say when they say no."""
    body = {"code": code, "errorCode": code, "message": message, "resolution": None, "referenceId": "R-1"}
    return Answer(status, {}, body)

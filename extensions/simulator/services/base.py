# SPDX-License-Identifier: GPL-3.0-or-later
"""What all services have in common: a table of routes, bearer tokens, and pages."""

from __future__ import annotations

import json as jsonlib
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import parse_qs, unquote

from starlette.responses import JSONResponse, Response

from ..clock import Clock
from ..fault_targets import Target
from ..faults import Fault
from ..scenario import ScenarioError, ServiceSpec, Task, changed
from ..tasks import TaskBook
from ..tokens import Tokens


@dataclass(frozen=True)
class Call:
    """One request, read to its end. ``path`` and ``query`` are as sent, percent-encoded."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes

    @property
    def target(self) -> str:
        """Path and query, as sent."""
        return f"{self.path}?{self.query}" if self.query else self.path

    @property
    def parameters(self) -> dict[str, str]:
        """The query, decoded; of a parameter sent twice, the last."""
        return {name: values[-1] for name, values in parse_qs(self.query, keep_blank_values=True).items()}

    @property
    def bearer(self) -> str:
        """The bearer token, or an empty string."""
        kind, _space, token = self.headers.get("authorization", "").partition(" ")
        return token if kind.lower() == "bearer" else ""


Handler = Callable[..., Response]


@dataclass(frozen=True)
class Route:
    """A method, a path with ``{names}``, and who answers. The values of the names are decoded after matching, so an id
    may hold an encoded slash."""

    method: str
    template: str
    handler: Handler
    open: bool = False  # no token needed: logins

    def match(self, method: str, path: str) -> dict[str, str] | None:
        """The values of the names, or None."""
        found = re.fullmatch(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.template), path)
        if method != self.method or found is None:
            return None
        return {name: unquote(value) for name, value in found.groupdict().items()}


class BadRequest(Exception):
    """A parameter the service can not read; the text says which."""


class Service(ABC):
    """One service. A subclass says how it logs in, which paths it has, and how it writes tasks and errors."""

    name: ClassVar[str]
    # Where the scenario says nothing
    base_path: str = ""
    users: Mapping[str, str] = {}
    token_lifetime: float  # simulated seconds
    api_keys: list[str] = []
    login_status: int = 401
    login_path: ClassVar[str]
    plays_upgrades: ClassVar[bool] = False
    realm: ClassVar[str] = ""  # services of one realm log in at the same place; empty: a place of its own
    tokens: Tokens

    def __init__(self, spec: ServiceSpec, clock: Clock, faults: Sequence[Fault] = ()) -> None:
        self.spec, self.clock = spec, clock
        self.faults = [fault for fault in faults if fault.service in (None, self.name)]
        self.base_path = self.base_path if spec.base_path is None else spec.base_path.rstrip("/")
        self.users = self.users if spec.users is None else spec.users
        self.api_keys = spec.api_keys or self.api_keys
        self.login_status = spec.login_status or self.login_status
        self.tokens = self.issuer(spec.token_lifetime or self.token_lifetime)
        for task in spec.tasks:
            self.check(task)
        self.tasks = TaskBook(spec.tasks, clock, self.new_id)
        if spec.upgrade is not None:
            if not self.plays_upgrades:
                raise ScenarioError(f"scenario: services.{self.name}.upgrade: this service plays none")
            self.play(spec.upgrade, ("services", self.name, "upgrade"))
        self.routes = self.table()

    @property
    def login_url(self) -> str:
        """The path of the login, as a request has it."""
        return next(route.template for route in self.routes if route.open and route.template.endswith(self.login_path))

    @abstractmethod
    def table(self) -> list[Route]:
        """The paths of the service."""

    @abstractmethod
    def new_id(self, created: float) -> str:
        """An id for a task created at that simulated time."""

    @abstractmethod
    def error(self, status: int, code: str, text: str, remedy: str = "") -> Response:
        """An answer in the service's own shape of errors."""

    def issuer(self, lifetime: float) -> Tokens:
        """What issues the service's tokens."""
        return Tokens(self.clock, lifetime)

    def join(self, first: Service) -> None:
        """Log in where another service of the realm does: it issues the tokens of both, to the users of both."""
        first.users = self.users = {**self.users, **first.users}
        first.api_keys = self.api_keys = [*first.api_keys, *self.api_keys]
        self.tokens = first.tokens

    def token(self, call: Call) -> str:
        """The token that comes with a request, or an empty string."""
        return call.bearer

    def check(self, task: Task) -> None:
        """Raise ValueError for a task this service has no way to show."""
        return

    def play(self, upgrade: dict[str, Any], path: tuple[str, ...]) -> None:
        """Make ready what the scenario says of upgrades, found in it at ``path``, for the `table`; ScenarioError for
        what is wrong with it. Only a service that `plays_upgrades` is asked to."""
        raise NotImplementedError

    @classmethod
    def targets(cls, upgrade: dict[str, Any], path: tuple[str, ...]) -> list[Target]:
        """What a fault can name of the upgrades of a scenario, found in it at ``path``; ScenarioError for what is wrong
        with them."""
        return []

    def began(self, fault: Fault) -> float | None:
        """When the upgrade that a fault is tied to, or the stage of it, first began, in simulated seconds; None before
        that. What began before the start of the server does not count."""
        return None

    def become(self, settings: dict[str, Any], of_tasks: dict[str, Any]) -> None:
        """Come back from a restart as another version: with other settings, and showing its tasks in another way."""
        self.spec = changed(self.spec, settings)
        self.tasks.change(of_tasks)
        self.routes = self.table()

    def forget_tokens(self) -> None:
        """Forget all tokens, as a restart of the service does."""
        self.tokens.forget()

    def away(self) -> Fault | None:
        """What meets every request now because the service restarts; None while it is there."""
        return None

    def password_accepted(self, username: Any, password: Any) -> bool:
        """Whether that is one of the service's users."""
        return username in self.users and self.users[username] == password

    def answer(self, call: Call, route: Route, values: dict[str, str]) -> Response:
        """Answer a request one of `routes` is for."""
        return self.finish(call, self._answer(call, route, values))

    def finish(self, call: Call, answer: Response) -> Response:
        """The last touch to an answer, for what depends on the request and not on who answers it."""
        return answer

    def _answer(self, call: Call, route: Route, values: dict[str, str]) -> Response:
        if self.clock.now() < self.spec.accept_after:
            return self.error(503, "SERVICE_UNAVAILABLE", "The service is starting.")
        if not route.open and not self.tokens.valid(self.token(call)):
            return self.error(401, "UNAUTHORIZED", "The access token is missing, unknown or expired.", "Log in again.")
        try:
            return route.handler(call, **values)
        except BadRequest as problem:
            return self.error(400, "INVALID_PARAMETER", str(problem))


def read_json(call: Call) -> Any:
    """The body, or BadRequest."""
    # A missing content type broke the refresh in the field: the real services insist on it.
    if not call.headers.get("content-type", "").startswith("application/json"):
        raise BadRequest("the content type must be application/json")
    try:
        return jsonlib.loads(call.body)
    except ValueError as error:
        raise BadRequest("the body is not JSON") from error


def read_form(call: Call) -> dict[str, str]:
    """The fields of a form; of a field sent twice, the last."""
    return {name: values[-1] for name, values in parse_qs(call.body.decode("utf-8", "replace")).items()}


def number(parameters: dict[str, str], name: str, default: int, least: int, most: int | None = None) -> int:
    """A whole number of the query, or BadRequest."""
    text = parameters.get(name)
    if text is None or text == "":
        return default
    if not re.fullmatch(r"-?\d{1,18}", text) or int(text) < least or (most is not None and int(text) > most):
        raise BadRequest(f"{name} must be a number from {least}" + ("" if most is None else f" to {most}"))
    return int(text)


def page(elements: list[Any], page_number: int, page_size: int) -> tuple[list[Any], dict[str, int]]:
    """One page, counted from 1, and the metadata both Fleet and SDDC Manager send with it."""
    chosen = elements[(page_number - 1) * page_size :][:page_size]
    pages = -(-len(elements) // page_size)
    return chosen, {
        "pageNumber": page_number,
        "pageSize": page_size,
        "totalElements": len(elements),
        "totalPages": pages,
    }


def without_none(**fields: Any) -> dict[str, Any]:
    """A body without the fields that have no value: the services leave those out."""
    return {name: value for name, value in fields.items() if value is not None}


class Json(JSONResponse):
    """An answer with a JSON body, which it keeps as the structure it was."""

    def __init__(self, plain: Any, status: int = 200) -> None:
        self.plain = plain
        super().__init__(plain, status)


def json(body: Any, status: int = 200) -> Response:
    """An answer with a JSON body."""
    return Json(body, status)

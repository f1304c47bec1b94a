# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator as programs use it: a scenario, served on a thread of this process."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from . import misbehave
from .clock import Clock
from .fault_book import FaultBook
from .fault_check import check
from .faults import CLOSING, OF_COMPONENTS, Fault
from .scenario import Scenario, ScenarioError, load, parse
from .server import Server, write_ca
from .services import SERVICES
from .services.base import Call, Route, Service


class Simulator:
    """Serves a scenario between ``with`` and the end of it, at ``https://localhost:<port>``.

    Each request is in `requests`: a dict of ``at`` (simulated seconds since the start), ``method``, ``path`` and
    ``query`` (as sent, percent-encoded), ``status`` (None where the connection was broken or is still waiting),
    ``service`` (None: no service has such a path), ``connection`` (requests on one connection have the same) and
    ``fault`` (its kind, or None).
    """

    host = "localhost"

    def __init__(
        self,
        scenario: Scenario,
        *,
        port: int = 0,
        directory: str | Path | None = None,
        address: str = "127.0.0.1",
        on_request: Callable[[dict[str, Any]], None] | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.clock = clock or Clock(scenario.speed)
        self.requests: list[dict[str, Any]] = []
        self._on_request = on_request
        self._faults = FaultBook(self._began)
        # The others are for endpoints that are not played here.
        faults = [fault for fault in scenario.faults if fault.endpoint is None]
        self.services = _services(scenario, self.clock, faults)
        for fault in faults:
            if fault.kind not in OF_COMPONENTS:
                self._faults.add(fault, 0)
        self._server = Server(self._app, port, address, self._tick)
        self.ca_path, self._temporary = write_ca(Path(directory) if directory else None)

    @classmethod
    def from_dict(cls, data: dict[str, Any], **options: Any) -> Simulator:
        """A simulator for a scenario in a plain structure. Raises ScenarioError, with the path of what is wrong."""
        return cls(check(parse(data)), **options)

    @classmethod
    def from_file(cls, path: str | Path, **options: Any) -> Simulator:
        """A simulator for a scenario in a YAML file."""
        return cls(check(load(path), str(path)), **options)

    @property
    def port(self) -> int:
        """The port, known before the start."""
        return self._server.port

    @property
    def url(self) -> str:
        """Where it serves, without a slash at the end."""
        return f"https://{self.host}:{self.port}"

    def start(self) -> None:
        """Serve, on a thread. Returns when the port answers."""
        self._server.start()

    def stop(self) -> None:
        """Serve no more. Returns when thread, connections and port are gone; may be called twice."""
        self._server.stop()
        if self._temporary is not None:
            self._temporary.cleanup()

    def __enter__(self) -> Simulator:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def inject(self, fault: Fault | dict[str, Any]) -> None:
        """Set a fault from now on. One that closes the port for no request in particular has closed it on return.

        Raises ScenarioError for what only the faults of the scenario can be: how an upgrade goes is settled before.
        """
        if isinstance(fault, dict):
            fault = Fault.model_validate(fault)
        if fault.kind in OF_COMPONENTS:
            raise ScenarioError(f"A fault of the kind {fault.kind} belongs among the faults of the scenario.")
        if fault.by_itself and not fault.after and fault.component is None:
            self._close(fault)
        else:
            self._faults.add(fault, self.clock.now())

    def unmet_faults(self) -> list[Fault]:
        """Those of the faults of requests that have not happened yet."""
        return self._faults.unmet()

    def advance(self, seconds: float) -> None:
        """Jump ``seconds`` of simulated time ahead. Returns when all that is due by then has happened."""
        self.clock.advance(seconds)
        self._server.settle()

    def clear_faults(self) -> None:
        """Forget all faults, the scenario's too. A port that is closed opens when its time is over."""
        self._faults.clear()

    def service(self, name: str) -> Service:
        """One of the services it serves; KeyError if there is none of that name."""
        return {service.name: service for service in self.services}[name]

    def forget_tokens(self) -> None:
        """Forget all tokens of all services."""
        for service in self.services:
            service.forget_tokens()

    def count(self, method: str = "", pattern: str = "") -> int:
        """How many requests so far had that method (empty: any) and a target that matches the regular expression."""
        return len(
            [
                seen
                for seen in list(self.requests)
                if method in ("", seen["method"]) and re.search(pattern, f"{seen['path']}?{seen['query']}")
            ]
        )

    def task_id(self, name: str, service: str | None = None) -> str:
        """The id of the last created task with that name; KeyError if there is none."""
        found = [
            task_id
            for candidate in self.services
            if service in (None, candidate.name)
            for task_id, task_name in candidate.tasks.names().items()
            if task_name == name
        ]
        if not found:
            raise KeyError(name)
        return found[-1]

    def _began(self, fault: Fault) -> float | None:
        begun = [at for service in self.services if (at := service.began(fault)) is not None]
        return min(begun, default=None)

    def _tick(self) -> None:
        refusal = self._faults.refusal(self.clock.now())
        if refusal is not None:
            self._close(*refusal)

    def _close(self, fault: Fault, since: float | None = None) -> None:
        """Close the port; ``for`` counts from a simulated time (None: from now)."""
        if fault.kind == "restart":
            for service in self.services:
                service.forget_tokens()
                service.become(fault.becomes, fault.tasks_become)
        now = time.monotonic if fault.lasts is None else self.clock.now
        began = now() if since is None or fault.lasts is None else since
        ends = began + (fault.seconds if fault.lasts is None else fault.lasts)
        # It is open again as soon as it is said to be, however fast time passes.
        opened = self.clock.hold(ends) if fault.lasts is not None else lambda: None
        self._server.refuse(lambda: now() >= ends, opened, fault.certificate)

    async def _app(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._serve(scope, receive, send)
        except (ClientDisconnect, asyncio.CancelledError):
            return  # the client is gone, or the simulator ends: nobody is left to answer

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        path, query = scope["raw_path"].decode("ascii"), scope["query_string"].decode("ascii")
        call = Call(request.method, path, query, dict(request.headers), await request.body())
        service, route, values = self._find(call)
        # A port that is to be closed by now is, however fast time has passed since anybody looked.
        refusal = self._faults.refusal(self.clock.now())
        fault, since = refusal or (self._meet(call, service, values), None)
        record = {
            "at": self.clock.now(),
            "method": call.method,
            "path": path,
            "query": query,
            "status": None,
            "service": service.name if service else None,
            "connection": scope["state"]["connection"],
            "fault": fault.kind if fault else None,
        }
        self.requests.append(record)
        response = None
        if fault is not None:
            self._before(fault, service, values)
        if fault is None or fault.kind not in ("reset_before", *CLOSING):
            response = await self._respond(call, fault, service, route, values)
        broken = fault is not None and fault.kind in misbehave.BROKEN_CONNECTION
        record["status"] = response.status_code if response is not None and not broken else None
        if self._on_request:
            self._on_request(record)
        if fault is not None and broken:
            self._break(fault, scope["state"]["transport"], response, since)
            await misbehave.until_gone(receive)
        elif fault is not None and fault.kind == "slow" and response is not None:
            await misbehave.drip(response, fault.seconds, scope, send)
        elif response is not None:
            await response(scope, receive, send)

    async def _respond(
        self, call: Call, fault: Fault | None, service: Service | None, route: Route | None, values: dict[str, str]
    ) -> Response:
        if fault is not None and fault.kind == "stall":
            await asyncio.sleep(fault.seconds)
        instead = misbehave.replacement(fault) if fault is not None else None
        if instead is not None and fault is not None and not fault.processed:
            return instead
        if service is None or route is None:
            return instead or JSONResponse({"error": "Not Found", "path": call.path, "status": 404}, status_code=404)
        answer = service.answer(call, route, values)
        if fault is not None and fault.kind == "mislabeled":
            return misbehave.mislabeled(answer)
        return instead or answer

    def _before(self, fault: Fault, service: Service | None, values: dict[str, str]) -> None:
        """What happens between the sending of a request and its processing."""
        entry = service.tasks.get(values["task_id"]) if service and "task_id" in values else None
        if fault.kind == "unauthorized":
            self.forget_tokens()
        elif fault.kind == "jump":
            self.clock.advance(fault.seconds)
        elif fault.kind == "meanwhile" and service is not None and entry is not None:
            getattr(service.tasks, fault.request)(entry)

    def _break(self, fault: Fault, transport: Any, response: Response | None, since: float | None) -> None:
        if fault.kind == "truncated" and response is not None:
            misbehave.truncate(transport, response)
        else:
            misbehave.reset(transport)
        if fault.kind in CLOSING:
            self._close(fault, since)

    def _find(self, call: Call) -> tuple[Service | None, Route | None, dict[str, str]]:
        for service in self.services:
            for route in service.routes:
                values = route.match(call.method, call.path)
                if values is not None:
                    return service, route, values
        return None, None, {}

    def _meet(self, call: Call, service: Service | None, values: dict[str, str]) -> Fault | None:
        task_id = values.get("task_id")
        entry = service.tasks.get(task_id) if service and task_id else None
        names = frozenset([task_id or "", entry.task.name if entry else ""]) - {""}
        away = self._away(service) if service else None
        name = service.name if service else None
        return self._faults.hit(self.clock.now(), name, call.method, call.target, names) or away

    def _away(self, service: Service) -> Fault | None:
        """What a restart makes of a request for a service. Those of one realm are one machine."""
        beside = [other for other in self.services if service.realm and other.realm == service.realm]
        return next(filter(None, [other.away() for other in beside or [service]]), None)


def _services(scenario: Scenario, clock: Clock, faults: list[Fault]) -> list[Service]:
    services = []
    for name, spec in scenario.services.items():
        if name not in SERVICES:
            raise ScenarioError(f"scenario: services.{name}: no such service (there are {', '.join(SERVICES)})")
        try:
            services.append(SERVICES[name](spec, clock, faults))
        except ScenarioError:
            raise
        except ValueError as problem:
            raise ScenarioError(f"scenario: services.{name}.tasks: {problem}") from problem
    for service in services:
        first = next(other for other in services if other.realm == service.realm)
        if service.realm and first is not service:
            service.join(first)
    _check_paths(services)
    return services


def _check_paths(services: list[Service]) -> None:
    """Raise ScenarioError where two services have a path in common, but for the login of a realm."""
    taken: dict[tuple[str, str], tuple[Service, Route]] = {}
    for service in services:
        for route in service.routes:
            other, first = taken.setdefault((route.method, route.template), (service, route))
            if other is not service and not (
                route.open and first.open and service.realm and service.realm == other.realm
            ):
                raise ScenarioError(
                    f"scenario: services.{service.name}: {route.template} is {other.name}'s already; "
                    "give one a base_path"
                )

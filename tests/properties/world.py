# SPDX-License-Identifier: GPL-3.0-or-later
"""A service in a simulated time, with all that can befall it, and a log of what was true.

Nothing in here is taken from the operations that are tested: what the service said, did and was asked is written down
by the service itself.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ansible_collections.vcf.lifecycle.plugins.module_utils.clock import Clock
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import State
from ansible_collections.vcf.lifecycle.plugins.module_utils.transport import Answer, Delivery, Fault, Request
from tests.properties import wire
from tests.properties.tasks import Look, Plan, Refused, SimulatedTask
from tests.properties.weather import NEVER_CARRIED_OUT, Kind, Trouble
from tests.unit.fakes import EPOCH

_SHORTEST_TIMEOUT = 0.1
_MOST_REQUESTS = 20_000


class Killed(BaseException):
    """The run ends here, as by kill -9: nothing may catch it."""


class WorldClock(Clock):
    """Time that passes in sleeps and in requests, at once."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return EPOCH + timedelta(seconds=self.seconds)

    def sleep(self, seconds: float) -> None:
        self.seconds += max(0.0, seconds)


@dataclass(frozen=True)
class Setup:
    """All that is decided about a world beforehand. Seconds for all times."""

    service: str
    plans: tuple[Plan, ...]
    troubles: tuple[Trouble, ...] = ()
    token_lifetime: float = math.inf
    restarts: tuple[float, ...] = ()
    """When the service forgets all tokens."""
    is_password_wrong: bool = False
    rejection: int = 401
    """How a login is rejected."""
    latency: float = 0.0
    largest_page: int = 100
    list_lag: float = 0.0
    """By how much the list is behind what single reads say."""


@dataclass(frozen=True)
class Saying:
    """What an answer that arrived whole said of a task."""

    said_at: float
    as_of: float
    state: State
    phase_ended: float | None


@dataclass(frozen=True)
class Login:
    """One login that the service heard of. C(outcome) is C(given), C(rejected) or C(lost)."""

    sent_at: float
    at: float
    outcome: str


@dataclass(frozen=True)
class Write:
    """A cancel or a retry. C(cause) is the run of the task that it is meant for."""

    verb: str
    plan_id: str
    cause: int
    at: float


@dataclass
class World:
    """The service. It is asked as a transport is."""

    setup: Setup
    clock: WorldClock = field(default_factory=WorldClock)
    said: dict[str, list[Saying]] = field(default_factory=dict)
    logins: list[Login] = field(default_factory=list)
    carried_out: list[Write] = field(default_factory=list)
    received: list[Write] = field(default_factory=list)
    requests: int = 0
    request_timeout: float = 30.0
    cut_at: int | None = None
    """The request at which the run is killed; counted from zero."""

    def __post_init__(self) -> None:
        """Set up the tasks."""
        self.tasks = [SimulatedTask(plan) for plan in self.setup.plans]
        self._tokens: dict[str, float] = {}
        self._numbers: dict[str, int] = {}
        self._later: list[tuple[float, wire.Question, int]] = []
        self._sayings: list[tuple[str, Saying]] = []

    # The transport's side ------------------------------------------------------------------------------------------

    def exchange(self, request: Request, seconds: float | None = None) -> Answer:
        """Answer a request, or raise what becomes of it."""
        if self.cut_at is not None and self.requests >= self.cut_at:
            raise Killed
        self.requests += 1
        assert self.requests < _MOST_REQUESTS, "too many requests"
        asked = wire.question(self.setup.service, request)
        limit = self.request_timeout if seconds is None else max(min(self.request_timeout, seconds), _SHORTEST_TIMEOUT)
        sent_at = self.clock.seconds
        self._sayings = []
        outcome = "lost"
        try:
            answer = self._befall(asked, request, limit)
            if not answer.foreign and answer.status in _MEANT:
                outcome = _MEANT[answer.status]
        finally:
            if asked.sort == "login":
                self.logins.append(Login(sent_at, self.clock.seconds, outcome))
        for task_id, saying in self._sayings:
            self.said.setdefault(task_id, []).append(saying)
        return answer

    def close(self) -> None:
        """Nothing to close."""

    def last_said(self, task_id: str) -> set[State]:
        """Return the state that was said last. A list may be behind what a single read said before: then it is both."""
        sayings = self.said.get(task_id, [])
        if not sayings:
            return set()
        return {sayings[-1].state, max(sayings, key=lambda saying: saying.as_of).state}

    def ever_said(self, task_id: str) -> set[State]:
        """Return all states that were ever said of a task."""
        return {saying.state for saying in self.said.get(task_id, [])}

    # On the way ----------------------------------------------------------------------------------------------------

    def _befall(self, asked: wire.Question, request: Request, limit: float) -> Answer:
        number = self._numbers.get(asked.sort, 0)
        self._numbers[asked.sort] = number + 1
        now = self.clock.seconds
        trouble = next((t for t in self.setup.troubles if t.befalls(asked.sort, now, number)), None)
        kind = trouble.kind if trouble else None
        if kind is Kind.REFUSED:
            raise Fault("connection refused", delivery=Delivery.NONE)
        if self.setup.latency >= limit:
            self.clock.seconds += limit
            self._put_off(asked, 0.0)
            raise Fault("no complete answer within the request time-out", delivery=Delivery.LATE)
        self.clock.seconds += self.setup.latency
        if trouble is None or kind is None:
            return self._answer(asked, request)
        if kind not in NEVER_CARRIED_OUT and trouble.carried_out_after is not None:
            self._put_off(asked, trouble.carried_out_after)
        if kind is Kind.BROKEN:
            raise Fault("connection reset by peer", delivery=Delivery.BROKEN)
        if kind is Kind.LATE:
            self.clock.seconds += limit - self.setup.latency
            raise Fault("no complete answer within the request time-out", delivery=Delivery.LATE)
        return self._troubled(kind, asked, trouble.retry_after, request)

    def _troubled(self, kind: Kind, asked: wire.Question, retry_after: str | None, request: Request) -> Answer:
        service = self.setup.service
        if kind is Kind.UNAUTHORIZED:
            self._tokens.pop(wire.token_in(request), None)
            return wire.error(service, 401, "UNAUTHORIZED", "Log in")
        headers = {"Retry-After": retry_after} if retry_after else {}
        if kind is Kind.PUT_OFF:
            return Answer(429, headers, {"message": "Come back later"})
        if kind is Kind.BUSY:
            return Answer(503, headers, {"message": "Starting"})
        if kind is Kind.REJECTED:
            return wire.error(service, self.setup.rejection, "UNAUTHORIZED", "Wrong user name or password")
        if kind in _STATUSES:
            return wire.error(service, _STATUSES[kind], kind.name, "Not so")
        return Answer(_FOREIGN_STATUSES[kind], {}, foreign=True)

    # The service's side --------------------------------------------------------------------------------------------

    def _answer(self, asked: wire.Question, request: Request) -> Answer:
        self._catch_up()
        service, now = self.setup.service, self.clock.seconds
        if asked.sort == "login":
            return self._log_in()
        if not self._is_known(wire.token_in(request)):
            return wire.error(service, 401, "UNAUTHORIZED", "Log in")
        if asked.sort == "logout":
            return Answer(204)
        if asked.sort == "list":
            as_of = now - self.setup.list_lag
            answer, shown = wire.task_list(service, self._looks(as_of), asked, self.setup.largest_page)
            if not asked.is_aside:
                self._say(shown, as_of)
            return answer
        task = self._find(asked.task_id)
        if asked.sort in ("cancel", "retry"):
            self.received.append(Write(asked.sort, asked.task_id, self._cause(asked), now))
        look = task.look(asked.task_id, now) if task else None
        if task is None or look is None:
            return wire.error(service, 404, "NOT_FOUND", "There is no such task")
        if asked.sort == "task":
            self._say([look], now)
            return Answer(200, {}, wire.task(service, look))
        try:
            new_id = self._carry_out(asked, task, now, self._cause(asked))
        except Refused:
            return wire.refused(service)
        later = now if new_id == asked.task_id else now + task.plan.shows_after
        return wire.accepted(service, task.look(new_id, later) or look)

    def _log_in(self) -> Answer:
        if self.setup.is_password_wrong:
            return wire.error(self.setup.service, self.setup.rejection, "UNAUTHORIZED", "Wrong password")
        token = f"token-{len(self._tokens)}-of-the-world"
        self._tokens[token] = self.clock.seconds
        return wire.login(self.setup.service, token)

    def _is_known(self, token: str) -> bool:
        given_at, now = self._tokens.get(token), self.clock.seconds
        if given_at is None or now >= given_at + self.setup.token_lifetime:
            return False
        return not any(given_at <= restart < now for restart in self.setup.restarts)

    def _looks(self, as_of: float) -> list[Look]:
        """The tasks that the list shows, the newest first."""
        found = [(look, task) for task in self.tasks for i in sorted(task.ids) if (look := task.look(i, as_of))]
        found.sort(key=lambda pair: (pair[0].created, pair[0].task_id), reverse=True)
        return [look for look, _task in found]

    def _say(self, looks: list[Look], as_of: float) -> None:
        self._sayings += [
            (
                look.task_id,
                Saying(self.clock.seconds, as_of, wire.meaning(self.setup.service, look.phase), look.ended),
            )
            for look in looks
        ]

    def _find(self, task_id: str) -> SimulatedTask | None:
        return next((task for task in self.tasks if task_id in task.ids), None)

    def _put_off(self, asked: wire.Question, seconds: float) -> None:
        """Take a request that is carried out later, and whose answer nobody hears.

        Whether a task can be retried is looked at now; by then it may long be going on again, and is retried all the
        same.
        """
        task = self._find(asked.task_id)
        look = task.look(asked.task_id, self.clock.seconds) if task else None
        if look and (asked.sort == "cancel" or (asked.sort == "retry" and look.retriable)):
            self._later.append((self.clock.seconds + seconds, asked, self._cause(asked)))

    def _catch_up(self) -> None:
        """Carry out what was under way."""
        now = self.clock.seconds
        due = sorted((pair for pair in self._later if pair[0] <= now), key=lambda pair: pair[0])
        self._later = [pair for pair in self._later if pair[0] > now]
        for at, asked, cause in due:
            task = self._find(asked.task_id)
            if task is not None:
                try:
                    self._carry_out(asked, task, at, cause)
                except Refused:
                    if asked.sort == "retry":
                        self.carried_out.append(Write("retry", task.plan.task_id, cause, at))

    def _cause(self, asked: wire.Question) -> int:
        """The number of the run that a request is about."""
        task = self._find(asked.task_id)
        look = task.look(asked.task_id, self.clock.seconds) if task else None
        return look.run if look else 0

    def _carry_out(self, asked: wire.Question, task: SimulatedTask, at: float, cause: int) -> str:
        """Do what is asked of a task, and return the id that it has from now on.

        :raises Refused: when it is not accepted.
        """
        write = Write(asked.sort, task.plan.task_id, cause, at)
        if asked.sort == "cancel":
            self.carried_out += [write] * task.cancel(asked.task_id, at)
            return asked.task_id
        new_id = task.retry(asked.task_id, at, new_ids=self.setup.service == "fleet_lcm")
        self.carried_out.append(write)
        return new_id

    def finish(self) -> None:
        """Let all that is under way be carried out."""
        if self._later:
            self.clock.seconds = max(self.clock.seconds, max(at for at, _asked, _cause in self._later))
            self._catch_up()


_MEANT = {200: "given", 201: "given", 400: "rejected", 401: "rejected", 403: "rejected"}
_STATUSES = {Kind.SLOW: 408, Kind.CONFLICT: 409, Kind.FORBIDDEN: 403, Kind.UNKNOWN_TASK: 404}
_FOREIGN_STATUSES = {Kind.PROXY: 502, Kind.PORTAL: 200, Kind.PROXY_UNKNOWN: 404}

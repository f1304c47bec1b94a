# SPDX-License-Identifier: GPL-3.0-or-later
"""What a fault is: what it does, to which requests or upgrades, and when. `fault_book` knows which request meets which
fault, `misbehave` what that does to the connection, and `fault_words` how to say it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from .basis import Error

Kind = Literal[
    "status",  # any `code`, with `headers` and `body` (a structure is sent as JSON, a string as it is)
    "html",  # the page of a proxy whose backend is down
    "reset_before",  # TCP reset; the request is not processed
    "reset_after",  # processed, then TCP reset before the answer
    "truncated",  # processed; the connection closes in the middle of the body
    "slow",  # processed; the body drips over `seconds` real seconds
    "stall",  # processed after `seconds` real seconds of silence
    "not_json",  # 200, said to be JSON, and is none
    "huge",  # 200 with `megabytes` of valid JSON
    "deep",  # 200 with `levels` nested arrays
    "redirect",  # 307 to `location`
    "unauthorized",  # all tokens are forgotten, then processed
    "refuse",  # the port is closed for `seconds` real seconds, or `for` simulated ones
    "restart",  # the same, and then all tokens are forgotten; what comes back may be another version
    "jump",  # processed after `seconds` simulated seconds, which pass at once
    "meanwhile",  # processed after somebody else's `request` for the task, which is accepted
    "mislabeled",  # processed, and the answer is said to be HTML
    "shape",  # 200 with `body`: valid JSON of a wrong shape
    "fail",  # the upgrade of `component` fails, in `stage`
    "false_failed",  # it is said to have failed, and the version has changed
    "false_succeeded",  # it is said to have succeeded, and the version has not changed
    "finding",  # the prechecks of `component` find something
]
Certificate = Literal[
    "usual",
    "renewed",  # another one, of the same authority
    "unknown",  # of an authority that nobody trusts
    "elsewhere",  # for the name of another host
    "expired",
]
CLOSING = frozenset({"refuse", "restart"})
ONCE = CLOSING | {"unauthorized", "jump", "meanwhile"}
OF_RUNS = frozenset({"fail", "false_failed", "false_succeeded"})
OF_COMPONENTS = OF_RUNS | {"finding"}
_OF_REQUESTS = {"method", "path", "task", "after", "lasts", "skip"}  # what makes no sense of an upgrade itself


class Fault(BaseModel):
    """One fault: what it does, the requests it is for, and when.

    The window of ``after`` and ``for`` counts in simulated seconds from the moment the fault is set (a scenario's: the
    start of the server), or, with a ``component``, from when the upgrade of that first begins; with a ``stage``, that
    stage of it. Of the requests in it, ``skip`` are let through and then ``times`` are hit (None: all). For a closed
    port ``for`` is how long it stays closed.

    The kinds of `OF_COMPONENTS` are for no requests but for the upgrades of ``component``, or its prechecks: the first
    ``times`` runs of them (None: one, and of ``finding`` all), before whatever else the scenario says of these.
    Without a ``kind``, a fault with a component is ``fail``.
    """

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    kind: Kind = "fail"
    endpoint: str | None = Field(None, description="its name in the inventory, and in a scenario's ``endpoints``")
    service: str | None = None
    component: str | None = Field(None, description="its type (of SDDC Manager its kind), name, id or FQDN")
    stage: str | None = Field(None, description="of its upgrade; of ``fail``, the one that fails (None: the last)")
    method: str | None = Field(None, description="regular expression for the whole of it")
    path: str | None = Field(None, description="regular expression, searched in the raw path with its query")
    task: str | None = Field(None, description="the id of a task, or its name")

    after: float = 0
    lasts: float | None = Field(None, alias="for")
    skip: int = 0
    times: int | None = Field(None, ge=1)

    processed: bool = Field(False, description="whether one that is answered in the service's place is processed")
    code: int = 503
    headers: dict[str, str] = {}
    body: Any = None
    seconds: float = Field(1.0, description="real seconds, for slow, stall and a closed port; simulated ones for jump")
    request: Literal["cancel", "retry", "give_up"] = "cancel"
    certificate: Certificate | None = Field(None, description="what a restart comes back with; None: what it had")
    becomes: dict[str, Any] = Field({}, description="after a restart, in place of what the scenario says of a service")
    tasks_become: dict[str, Any] = Field({}, description="after a restart, in place of what it says of each task")
    megabytes: float = 32
    levels: int = 100_000
    location: str = ""
    error: Error | None = Field(None, description="what an upgrade fails with")
    severity: Literal["ERROR", "WARNING"] = Field("ERROR", description="of a finding")
    message: str = Field("The component is not healthy.", description="of a finding")

    @model_validator(mode="after")
    def _makes_sense(self) -> Fault:
        given = self.model_fields_set
        if self.component is None:
            if "kind" not in given:
                raise ValueError("say which kind it is, or the component whose upgrade is to fail")
            if self.kind in OF_COMPONENTS or self.stage is not None:
                raise ValueError(f"{f'the kind {self.kind}' if self.stage is None else 'a stage'} needs a component")
        if self.kind in OF_COMPONENTS and (wrong := sorted(given & _OF_REQUESTS)):
            names = ", ".join("for" if name == "lasts" else name for name in wrong)
            raise ValueError(f"the kind {self.kind} counts runs of the component, and so goes without {names}")
        if self.kind in OF_COMPONENTS - {"fail"} and self.stage is not None:
            raise ValueError(f"the kind {self.kind} is for the whole of a component, and goes without stage")
        return self

    @property
    def once(self) -> bool:
        """Kinds that make no sense for ever are for one request unless told otherwise."""
        return self.kind in ONCE and self.times is None

    @property
    def by_itself(self) -> bool:
        """A closed port for no request in particular happens at its time, without waiting for a request."""
        return self.kind in CLOSING and not (self.service or self.method or self.path or self.task or self.skip)

    @property
    def runs(self) -> int | None:
        """How many runs of an upgrade or its prechecks it is for; None for all."""
        return self.times or (1 if self.kind in OF_RUNS else None)

    def at(self, endpoint: str) -> bool:
        """Whether it is for an endpoint."""
        return self.endpoint in (None, endpoint)

    def names(self, names: Iterable[str]) -> bool:
        """Whether the component it is for has one of these names. Upper and lower case are the same."""
        return self.component is not None and self.component.casefold() in {name.casefold() for name in names}

    def wants(self, service: str | None, method: str, target: str, task: frozenset[str]) -> bool:
        """Whether a request is one of those this fault is for, its window aside. ``task`` holds its id and name."""
        return (
            self.service in (None, service)
            and (self.method is None or re.fullmatch(self.method, method, re.IGNORECASE) is not None)
            and (self.path is None or re.search(self.path, target) is not None)
            and (self.task is None or self.task in task)
        )

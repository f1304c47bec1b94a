# SPDX-License-Identifier: GPL-3.0-or-later
"""What the parts of SDDC Manager's upgrade flow have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import datetime
from typing import Any

from starlette.responses import Response

from ..clock import Clock
from ..sddc_scenario import Domain
from ..tasks import Entry
from . import sddc_bodies as bodies
from .base import BadRequest, Call, Route, json, read_json
from .sddc_platform import Platform
from .sddc_tokens import SddcTokens


class Desk(ABC):
    """Answers some of SDDC Manager's paths, on behalf of ``service`` and from what ``platform`` knows."""

    def __init__(self, service: SddcTokens, platform: Platform) -> None:
        self.service, self.platform = service, platform
        self.base = f"{service.base_path}/v1"

    @abstractmethod
    def routes(self) -> list[Route]:
        """Its paths."""

    @property
    def now(self) -> float:
        """Simulated seconds since the start."""
        return self.platform.now

    def domain(self, domain_id: Any) -> Domain | None:
        """The domain with that id."""
        return self.platform.domains.get(domain_id) if isinstance(domain_id, str) else None

    def refuse(self, status: int, code: str, text: str, remedy: str = "") -> Response:
        """An error."""
        return self.service.error(status, code, text, remedy)

    def no_domain(self, domain_id: Any) -> Response:
        """The answer for a domain nobody knows."""
        return self.refuse(404, "DOMAIN_NOT_FOUND", f"Domain {domain_id} is not found.")

    def started(self, entry: Entry) -> Response:
        """The answer to what has started a task: 202 with the Task."""
        clock = self.platform.clock
        return json(bodies.task(entry, entry.look(clock.now()), clock), 202)


def body(call: Call) -> dict[str, Any]:
    """The body, which must be an object; BadRequest."""
    found = read_json(call)
    if not isinstance(found, dict):
        raise BadRequest("the body must be an object")
    return found


def moment(value: Any, clock: Clock) -> float:
    """A timestamp of a body as simulated seconds since the start; BadRequest for what is none or past."""
    try:
        found = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
        seconds = (found - clock.epoch).total_seconds()
    except (ValueError, TypeError) as problem:
        raise BadRequest(f"scheduledTimestamp must be a time with its zone, and not {value!r}") from problem
    if seconds < clock.now():
        raise BadRequest("scheduledTimestamp must be a time to come")
    return seconds

# SPDX-License-Identifier: GPL-3.0-or-later
"""What can befall a request on its way, and when."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto


class Kind(Enum):
    """What becomes of a request and its answer."""

    REFUSED = auto()
    """There is nobody to connect to."""
    BROKEN = auto()
    """The connection breaks before an answer."""
    LATE = auto()
    """No answer comes in time."""
    BUSY = auto()
    """503, in the service's own voice."""
    PROXY = auto()
    """502, with a proxy's page."""
    PORTAL = auto()
    """200, with what is not JSON: a page for people, or half an answer."""
    PUT_OFF = auto()
    """429."""
    SLOW = auto()
    """408."""
    CONFLICT = auto()
    """409, also to a read."""
    UNAUTHORIZED = auto()
    """401, and the token is void."""
    FORBIDDEN = auto()
    """403."""
    UNKNOWN_TASK = auto()
    """404, in the service's own voice."""
    PROXY_UNKNOWN = auto()
    """404, with a proxy's page."""
    REJECTED = auto()
    """A login is rejected, whatever the password."""


NEVER_CARRIED_OUT = (
    Kind.REFUSED,
    Kind.PUT_OFF,
    Kind.SLOW,
    Kind.CONFLICT,
    Kind.UNAUTHORIZED,
    Kind.FORBIDDEN,
    Kind.UNKNOWN_TASK,
    Kind.PROXY_UNKNOWN,
    Kind.REJECTED,
)
"""What is certainly said before anything is done."""


@dataclass(frozen=True)
class Trouble:
    """One thing that befalls some requests."""

    kind: Kind
    sorts: frozenset[str]
    """The requests that it befalls, by what they ask for."""
    begins: float = 0.0
    """Seconds since the beginning of the world."""
    lasts: float = 0.0
    """Seconds; zero for a trouble that comes by number."""
    number: int = 0
    """The first request of these sorts that it befalls, counted from zero, where it does not come by time."""
    times: int = 1
    """How many requests in a row it befalls, where it does not come by time."""
    carried_out_after: float | None = None
    """Seconds after which the request is carried out all the same; None where it never is."""
    retry_after: str | None = None

    def befalls(self, sort: str, at: float, number: int) -> bool:
        """Tell whether it befalls a request.

        :param at: when that arrives.
        :param number: how many of the same sort there were before it.
        """
        if sort not in self.sorts:
            return False
        if self.lasts:
            return self.begins <= at < self.begins + self.lasts
        return self.number <= number < self.number + self.times

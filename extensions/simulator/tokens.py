# SPDX-License-Identifier: GPL-3.0-or-later
"""The access tokens a service has issued. They end in simulated time, or when a test says so."""

from __future__ import annotations

import secrets

from .clock import Clock


class Tokens:
    """Tokens that live ``lifetime`` simulated seconds."""

    def __init__(self, clock: Clock, lifetime: float) -> None:
        self._clock, self.lifetime = clock, lifetime
        self._ends: dict[str, float] = {}

    def issue(self) -> str:
        """A new token."""
        token = secrets.token_urlsafe(24)
        self._ends[token] = self._clock.now() + self.lifetime
        return token

    def valid(self, token: str) -> bool:
        """Whether a token was issued, has not expired, and is not forgotten."""
        return self._clock.now() < self._ends.get(token, float("-inf"))

    def forget(self, token: str | None = None) -> None:
        """Forget one token, or all of them."""
        if token is None:
            self._ends.clear()
        else:
            self._ends.pop(token, None)


class Sessions(Tokens):
    """Sessions, which end when nobody has used them for ``lifetime`` simulated seconds. ``opened`` and ``closed`` hold
    the ids of all that were, so that a test can prove that each was closed."""

    def __init__(self, clock: Clock, lifetime: float) -> None:
        super().__init__(clock, lifetime)
        self.opened: list[str] = []
        self.closed: list[str] = []

    def issue(self) -> str:
        self.opened.append(super().issue())
        return self.opened[-1]

    def valid(self, token: str) -> bool:
        if not super().valid(token):
            return False
        self._ends[token] = self._clock.now() + self.lifetime
        return True

    def close(self, token: str) -> None:
        """End one, as who opened it asked."""
        self.forget(token)
        self.closed.append(token)

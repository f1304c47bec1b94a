# SPDX-License-Identifier: GPL-3.0-or-later
"""Taking secrets out of what services say, before anything else can see it.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from typing import Any

MASK = "********"
MAX_DEPTH = 100
"""How many levels of nesting a body may have. A task of the deepest known shape has fewer than thirty."""

# The shortest secret that is searched for in other texts: shorter ones would be found in everything.
_SHORTEST_SECRET = 8

_SECRET_NAME = re.compile(
    r"""passw(or)?d | passphrase | passcode | secret | private_?key | api_?key | credential_?value | authorization
      | ((access|refresh|auth|bearer|session|id|api|csp)_?token$) | ^token$ | ^pwd$""",
    re.IGNORECASE | re.VERBOSE,
)
# Names that look like a secret's and hold something about one.
_HARMLESS_NAME = re.compile(
    r"(type|status|state|policy|expiry|expiration|expires?|enabled|required|id|name|count|length|date|time|at|url)$",
    re.IGNORECASE,
)
_SESSION_NAME = re.compile(r"session_?id$", re.IGNORECASE)
# What every secret that a text may show has near it: a quick look, since nearly all texts have none.
_HINT = re.compile(r"passw|passphrase|secret|api.?key|token|bearer|basic|eyJ|@", re.IGNORECASE)
_SECRET_TEXT = re.compile(
    r"""(?P<before>
          \b(?:bearer|basic)\s+(?=\S*\d)(?=[\w+/.=~-]{12})
        | (?:passw(?:or)?d|passphrase|secret|api[ _-]?key
            |(?:access|refresh|auth|api|csp)[ _-]?token|(?<![\w-])token(?==))
          \\*["']?\s*[:=]\s*\\*["']?
        )
        (?P<secret>(?<=")[^"]+|(?<=')[^']+|\S+)
      | (?<![\w-])eyJ[\w-]{8,8192}\.[\w-]{8,8192}\.[\w-]*    # a JSON web token
      | (?<=://)[^/\s:@]+:[^/\s@]+(?=@)     # user and password in a URL
    """,
    re.IGNORECASE | re.VERBOSE,
)


def parse(content: str | bytes) -> Any:
    """Return what JSON says. A number that no JSON could hold again (NaN, an infinity) becomes None.

    :raises ValueError: when it is not JSON.
    :raises RecursionError: when it is nested too deeply to be read.
    """
    return json.loads(content, parse_constant=lambda _name: None, parse_float=_finite)


def _finite(digits: str) -> float | None:
    value = float(digits)
    return value if math.isfinite(value) else None


class TooDeep(ValueError):
    """A body is nested deeper than C(MAX_DEPTH)."""


class Redactor:
    """Masks secrets by the name of the field, by the look of the text, and by knowing them."""

    def __init__(self, secrets: Iterable[str | None] = ()) -> None:
        self._known: re.Pattern[str] | None = None
        self._secrets: set[str] = set()
        for secret in secrets:
            self.learn(secret)

    def learn(self, secret: str | None) -> None:
        """Mask this text from now on, wherever it appears."""
        if secret and len(secret) >= _SHORTEST_SECRET and secret not in self._secrets:
            self._secrets.add(secret)
            # Longest first, so that a secret that contains another one is masked whole.
            longest_first = sorted(self._secrets, key=len, reverse=True)
            self._known = re.compile("|".join(re.escape(known) for known in longest_first))

    def learn_from(self, value: Any) -> None:
        """Mask from now on every text that stands in a field with a secret's name, at whatever depth."""
        if isinstance(value, dict):
            for key, item in value.items():
                if isinstance(item, str) and is_secret_name(str(key)):
                    self.learn(item)
                self.learn_from(item)
        elif isinstance(value, list):
            for item in value:
                self.learn_from(item)

    def text(self, value: str) -> str:
        """Return a text without secrets, and without half characters, which could not be printed."""
        value = _printable(value)
        if self._known is not None:
            value = self._known.sub(MASK, value)
        if value.lstrip()[:1] in ("{", "[") and len(value) > 2:
            return self._json_text(value)
        return _SECRET_TEXT.sub(_masked, value) if _HINT.search(value) else value

    def _json_text(self, value: str) -> str:
        """Return JSON inside a text without secrets, unchanged to the letter if there are none."""
        try:
            masked = self.body(parse(value))
            return value if masked == parse(value) else json.dumps(masked)
        except (ValueError, RecursionError):
            return _SECRET_TEXT.sub(_masked, value)

    def body(self, value: Any, depth: int = 0) -> Any:
        """Return a JSON value without secrets. Objects and arrays are changed in place: a body may be large.

        :raises TooDeep: when it is nested deeper than C(MAX_DEPTH).
        """
        if depth > MAX_DEPTH:
            raise TooDeep(f"nested deeper than {MAX_DEPTH} levels")
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            self._object(value, depth)
        elif isinstance(value, list):
            for place, item in enumerate(value):
                value[place] = self.body(item, depth + 1)
        return value

    def _object(self, value: dict[str, Any], depth: int) -> None:
        for key in list(value):
            item = value.pop(key)
            secret = is_secret_name(key) and _holds_something(item)
            value[_printable(key)] = MASK if secret else self.body(item, depth + 1)
        # A list of properties names each of them in one field and has what it is in another.
        title = value.get("key") or value.get("name")
        if isinstance(title, str) and _holds_something(value.get("value")) and is_secret_name(title):
            value["value"] = MASK


def is_secret_name(name: str) -> bool:
    """Tell whether a field of that name holds a secret."""
    if _SESSION_NAME.search(name):
        return True
    return bool(_SECRET_NAME.search(name)) and not _HARMLESS_NAME.search(name)


def _printable(value: str) -> str:
    return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")


def _holds_something(value: Any) -> bool:
    return value not in (None, "") and not isinstance(value, bool)


def _masked(match: re.Match[str]) -> str:
    return (match.group("before") or "") + MASK

# SPDX-License-Identifier: GPL-3.0-or-later
"""Taking secrets out of what services say, before anything else can see it.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

import functools
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
# In small letters, what a text must hold to show a secret, or to be JSON that may: nearly all texts hold none of it.
_SIGNS: tuple[str, ...] = ("passw", "passphrase", "secret", "key", "token", "bearer", "basic", "eyj", "@", "{", "[")
_SECRET_TEXT = re.compile(
    r"""(?P<before>
          \b(?:bearer|basic)\s+(?=\S*\d)(?=[\w+/.=~-]{12})
        | (?:passw(?:or)?d|passphrase|secret|api[ _-]?key
            |(?:access|refresh|auth|api|csp)[ _-]?token|(?<![\w-])token(?==))
          \\*["']?\s*[:=]\s*\\*["']?
        )
        (?P<secret>(?<=")[^"]+|(?<=')[^']+|\S+)
      | -----BEGIN[ ][A-Z0-9 ]*PRIVATE[ ]KEY-----[\s\S]*?(?:-----END[ ][A-Z0-9 ]*PRIVATE[ ]KEY-----|\Z)
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
        self._signs = _SIGNS
        for secret in secrets:
            self.learn(secret)

    @property
    def known(self) -> int:
        """How many secrets it knows. What was masked when it knew fewer may hold one of the others."""
        return len(self._secrets)

    def learn(self, secret: str | None) -> None:
        """Mask this text from now on, wherever it appears."""
        if secret and len(secret) >= _SHORTEST_SECRET and secret not in self._secrets:
            self._secrets.add(secret)
            # Longest first, so that a secret that contains another one is masked whole.
            longest_first = sorted(self._secrets, key=len, reverse=True)
            self._known = re.compile("|".join(re.escape(known) for known in longest_first))
            self._signs = (*_SIGNS, *(known.lower() for known in longest_first))

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
        if self._is_harmless(value):
            return value
        value = _printable(value)
        if self._known is not None:
            value = self._known.sub(MASK, value)
        if value.lstrip()[:1] in ("{", "[") and len(value) > 2:
            return self._json_text(value)
        return _SECRET_TEXT.sub(_masked, value)

    def _is_harmless(self, value: str) -> bool:
        """Tell at a glance that there is nothing to mask: True is certain, False only says to look closer.

        What is true of several texts in one is true of each.
        """
        # Beyond ASCII, other letters than small and capital ones may count as the same.
        if not value.isascii():
            return False
        small = value.lower()
        for sign in self._signs:  # noqa: SIM110
            if sign in small:
                return False
        return True

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
        if isinstance(value, str):
            return self.text(value)
        if value and isinstance(value, (dict, list)):
            if depth >= MAX_DEPTH:
                raise TooDeep(f"nested deeper than {MAX_DEPTH} levels")
            if isinstance(value, dict):
                self._object(value, depth)
            else:
                self._array(value, depth)
        return value

    def _array(self, value: list[Any], depth: int) -> None:
        for place, item in enumerate(value):
            if isinstance(item, str):
                value[place] = self.text(item)
            elif isinstance(item, (dict, list)):
                self.body(item, depth + 1)

    def _object(self, value: dict[str, Any], depth: int) -> None:
        if not "".join(value).isascii():
            for key in list(value):
                value[_printable(key)] = value.pop(key)
        for key in _secret_names(tuple(value)):
            if _holds_something(value[key]):
                value[key] = MASK
        texts = []
        for item in value.values():
            if isinstance(item, str):
                texts.append(item)
            elif item and isinstance(item, (dict, list)):
                self.body(item, depth + 1)
        # One look at all texts of an object is a good deal quicker than a look at each.
        if not self._is_harmless("\n".join(texts)):
            for key, item in value.items():
                if isinstance(item, str):
                    value[key] = self.text(item)
        # A list of properties names each of them in one field and has what it is in another.
        if "value" in value and _holds_something(value["value"]):
            title = value.get("key") or value.get("name")
            if isinstance(title, str) and is_secret_name(title):
                value["value"] = MASK


def is_secret_name(name: str) -> bool:
    """Tell whether a field of that name holds a secret."""
    if _SESSION_NAME.search(name):
        return True
    return bool(_SECRET_NAME.search(name)) and not _HARMLESS_NAME.search(name)


@functools.lru_cache(maxsize=256)
def _secret_names(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return those of an object's names under which secrets stand: most objects are of a few shapes."""
    return tuple(name for name in names if is_secret_name(name))


def _printable(value: str) -> str:
    return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")


def _holds_something(value: Any) -> bool:
    return value not in (None, "") and not isinstance(value, bool)


def _masked(match: re.Match[str]) -> str:
    return (match.group("before") or "") + MASK

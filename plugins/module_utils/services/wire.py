# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading what services send: tolerant of nulls, wrong types and odd spellings, never of a missing meaning.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
Each reader returns None (or an empty list) for what is absent or of a type that makes no sense there.
"""

from __future__ import annotations

import html
import math
import re
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from ansible_collections.vcf.lifecycle.plugins.module_utils.libraries import TypeAdapter, ValidationError
from ansible_collections.vcf.lifecycle.plugins.module_utils.redaction import Redactor, parse
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import State

_DATETIME = TypeAdapter(datetime)
# What moves the cursor or changes colours on a terminal; line breaks and tabs may stay.
_CONTROL_CHARACTERS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_ESCAPED_CHARACTER = re.compile(r"\\u([0-9a-fA-F]{4})")


def mapping(value: Any) -> dict[str, Any]:
    """Return a JSON object, or an empty one."""
    return value if isinstance(value, dict) else {}


def mappings(value: Any) -> list[dict[str, Any]]:
    """Return the JSON objects of an array; nulls and everything else in it are left out."""
    if not value or not isinstance(value, list):
        return []
    return [item for item in value if isinstance(item, dict)]


def word(value: Any) -> str | None:
    """Return an identifier, status or code exactly as sent, as text; None for nothing, objects and arrays."""
    if isinstance(value, str):
        return value or None
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    return None


def text(value: Any) -> str | None:
    """Return a text for people: HTML entities and double escapes undone, no control characters or outer blanks."""
    plain = value if isinstance(value, str) else word(value)
    if not plain:
        return None
    if "\\u" in plain:
        plain = _ESCAPED_CHARACTER.sub(_unescape, plain)
    if "&" in plain:
        plain = html.unescape(plain)
    if plain.isprintable():
        return plain.strip() or None
    return _CONTROL_CHARACTERS.sub("", plain).strip() or None


def _unescape(match: re.Match[str]) -> str:
    character = chr(int(match.group(1), 16))
    # Half of a surrogate pair is no character, and could not be written as UTF-8.
    return match.group(0) if "\ud800" <= character <= "\udfff" else character


def number(value: Any) -> float | None:
    """Return a number, also one sent as text."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def flag(value: Any) -> bool | None:
    """Return a boolean, also one sent as text."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    return None


def moment(value: Any) -> datetime | None:
    """Return a point in time, in UTC: from ISO 8601 text (UTC if it names no zone) or (milli)seconds since 1970."""
    if value is None or value == "" or isinstance(value, bool):
        return None
    if isinstance(value, str) and value[10:11] == "T" and value[-1:] == "Z":
        # As nearly all services write it; pydantic reads it as well, and takes ten times as long.
        try:
            return datetime.fromisoformat(value[:-1] + "+00:00")
        except ValueError:
            pass
    try:
        when: datetime = _DATETIME.validate_python(value)
        if when.tzinfo is None:
            return when.replace(tzinfo=timezone.utc)
        return when.astimezone(timezone.utc)
    except (ValidationError, OverflowError):
        return None


def structure(value: Any) -> Any:
    """Return an object or array that may have been sent as JSON inside a text; other texts stay as they are."""
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            # The transport saw a text, whatever is in it: only now can it be held to the rules of a body.
            return Redactor().body(parse(value))
        except (ValueError, RecursionError):
            return value
    return value


def fold(status: str) -> str:
    """Return a status as the keys of the status tables are written: C("In Progress") -> C(IN_PROGRESS)."""
    return re.sub(r"[\s_-]+", "_", status.strip()).upper()


def state_of(status: str | None, table: Mapping[str, State]) -> State:
    """Look a status up, in any case and spelling; one that the table does not know is C(UNKNOWN)."""
    if not status:
        return State.UNKNOWN
    # Most services spell it as the table does.
    return table.get(status) or table.get(fold(status), State.UNKNOWN)

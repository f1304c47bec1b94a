# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading what a playbook gives to a report: nulls, odd types and odd characters never stop it.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date, datetime, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

DEEPEST = 60
"""How many levels of nesting are read; what lies deeper is left out. Tasks have fewer than thirty."""

# What no XML may hold, what moves the cursor of a terminal, and what turns the direction of writing around.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef\ufffe\uffff]")
_TIME = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)"
    r"(?:[T ](?P<time>\d\d:\d\d(?::\d\d)?)(?:[.,](?P<fraction>\d+))?\s*(?P<zone>Z|[+-]\d\d(?::?\d\d)?)?)?",
    re.ASCII | re.IGNORECASE,
)


def plain_json(value: Any, depth: int = 0) -> Any:
    """Return a copy that JSON, XML and HTML can hold: texts without control characters, times in ISO 8601."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, Mapping):
        below = value.items() if depth < DEEPEST else ()
        return {printable(str(key)): plain_json(item, depth + 1) for key, item in below}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain_json(item, depth + 1) for item in value] if depth < DEEPEST else []
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    # YAML makes times of what looks like one.
    return value.isoformat() if isinstance(value, date) else printable(str(value))


def printable(value: str) -> str:
    """Return a text without what can not be shown, its lines separated by line feeds."""
    whole = value.encode("utf-8", "replace").decode("utf-8")
    return _UNPRINTABLE.sub("", whole.replace("\r\n", "\n").replace("\r", "\n"))


def text(value: Any) -> str | None:
    """Return a text or a number as text, without outer blanks; None for nothing and everything else."""
    if isinstance(value, (str, int, float)) and not isinstance(value, bool):
        return str(value).strip() or None
    return None


def texts(value: Any) -> list[str]:
    """Return the texts of a list, each once; a single text counts as a list of one."""
    found = [text(item) for item in (value if isinstance(value, list) else [value])]
    return list(dict.fromkeys(item for item in found if item))


def moment(value: Any, zone: tzinfo = timezone.utc) -> datetime | None:
    """Return a point in time in UTC.

    :param value: ISO 8601 text.
    :param zone: where a text that names no zone was written.
    """
    found = _TIME.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found:
        return None
    # What Python before 3.11 reads: six digits of a second, and the offset with a colon.
    offset = (found["zone"] or "").upper().replace("Z", "+00:00")
    if offset and ":" not in offset:
        offset = f"{offset[:3]}:{offset[3:] or '00'}"
    fraction = f".{found['fraction'][:6]:0<6}" if found["fraction"] else ""
    time = found["time"] or "00:00"
    seconds = ":00" if fraction and len(time) == 5 else ""
    try:
        when = datetime.fromisoformat(f"{found['day']}T{time}{seconds}{fraction}{offset}")
        return (when if when.tzinfo else when.replace(tzinfo=zone)).astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return None


def stamp(when: datetime | None) -> str | None:
    """Return a time as ISO 8601 in UTC: C(2026-11-21T22:00:00Z)."""
    return when.isoformat().replace("+00:00", "Z") if when else None


def seconds_between(start: datetime | None, end: datetime | None) -> float | None:
    """Return how many seconds lie between two times, never fewer than none; None where one is not known."""
    return max(0.0, (end - start).total_seconds()) if start and end else None


def zone_of(name: Any) -> tzinfo | None:
    """Return the time zone of that name (C(Europe/Vienna)); None for one that this machine does not know."""
    try:
        return ZoneInfo(name) if isinstance(name, str) and name else None
    except (KeyError, ValueError, OSError):
        return None

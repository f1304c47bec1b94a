# SPDX-License-Identifier: GPL-3.0-or-later
"""Change windows: when one opens and closes, and how much of it is left. Decisions only; no I/O but the zones' rules.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from ansible_collections.vcf.lifecycle.plugins.module_utils.rehearsal_clock import clock

KEYS = ("start", "end", "zone", "days")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_TIME_OF_DAY = re.compile(r"(\d{1,2}):(\d\d)(?::(\d\d))?")
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:[.,]\d+)?\s?(Z|[+-]\d\d:?\d\d)?", re.IGNORECASE)
_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)")

# A window that opened the day before yesterday may still be open where a zone skipped a day. Ahead, two of each day of
# the week are enough: of two in a row, a clock change takes one away at most.
_DAYS_AROUND = range(-2, 16)


class WindowError(ValueError):
    """The definition of a change window is wrong; the text says what about it, and what would be right."""


@dataclass(frozen=True)
class Window:
    """From when to when a window is open, in UTC, and what a person would call it. The end is not a part of it."""

    opens: datetime
    closes: datetime
    label: str

    def contains(self, now: datetime) -> bool:
        """Tell whether the window is open at that moment."""
        return self.opens <= now < self.closes


def change_window(definition: Mapping[str, Any] | None, now: Any = None) -> dict[str, Any]:
    """Return how a change window stands, as plain JSON types.

    :param definition: C(start), C(end), C(zone) and C(days). Nothing in it is a window that is always open.
    :param now: the moment to judge by, as an aware datetime or in ISO 8601 with a zone; without one it is now.
    :return: C(opens_at), C(closes_at), C(deadline) and C(now) in ISO 8601, in UTC; C(minutes_left), rounded down;
        C(inside); C(label). Outside it is about the next window, or about the last one if there is none to come.
    :raises WindowError: naming what is wrong with the definition.
    """
    try:
        moment = clock().now() if now is None else _moment("now", now, None)
        window = _window(definition, moment) if definition else None
    except OverflowError as error:
        raise WindowError("No calendar goes as far as the times of the change window: check their years.") from error
    inside = window is None or window.contains(moment)
    return {
        "now": _utc(moment),
        "opens_at": _utc(window.opens) if window else None,
        "closes_at": _utc(window.closes) if window else None,
        "deadline": _utc(window.closes) if window else None,
        "minutes_left": (int((window.closes - moment).total_seconds() // 60) if inside else 0) if window else None,
        "inside": inside,
        "label": window.label if window else "always open",
    }


def _window(definition: Mapping[str, Any], now: datetime) -> Window:
    """Return the window that is open, else the next one, else the last one."""
    if not isinstance(definition, Mapping):
        raise WindowError(f"A change window is a dictionary with start and end, and not {definition!r}.")
    unknown = [str(key) for key in definition if key not in KEYS]
    if unknown:
        raise WindowError(f"A change window has no {', '.join(unknown)}; it has {', '.join(KEYS)}.")
    missing = [key for key in ("start", "end") if definition.get(key) in (None, "")]
    if missing:
        raise WindowError(f"The change window has no {' and no '.join(missing)}.")
    for key in ("start", "end"):
        _check_text(key, definition[key])
    zone = _zone(definition.get("zone"))
    start, end = (_TIME_OF_DAY.fullmatch(str(definition[key]).strip()) for key in ("start", "end"))
    if start and end:
        return _recurring(_time_of_day(start), _time_of_day(end), definition, zone, now)
    if start or end:
        raise WindowError(
            f"start {definition['start']} and end {definition['end']} of the change window do not go together: "
            "give both as times of day, or both as ISO 8601 times."
        )
    return _absolute(definition, zone)


def _absolute(definition: Mapping[str, Any], zone: tzinfo | None) -> Window:
    if definition.get("days"):
        raise WindowError("days belongs to a change window that recurs, whose start and end are times of day.")
    opens, closes = (_moment(key, definition[key], zone) for key in ("start", "end"))
    if closes <= opens:
        raise WindowError(f"The change window ends ({closes.isoformat()}) before it has begun ({opens.isoformat()}).")
    return _labelled(opens, closes, zone, definition.get("zone"))


def _recurring(start: time, end: time, definition: Mapping[str, Any], zone: tzinfo | None, now: datetime) -> Window:
    if zone is None:
        raise WindowError("The change window recurs by times of day, so it needs a zone, such as Europe/Berlin.")
    if start == end:
        raise WindowError(f"The change window starts and ends at the same time of day, {start:%H:%M}.")
    days = _days(definition.get("days"))
    around = now.astimezone(zone).date()
    opens, closes = next(
        (opens, closes) for opens, closes in _occurrences(start, end, days, zone, around) if now < closes
    )
    return _labelled(opens, closes, zone, definition.get("zone"))


def _occurrences(
    start: time, end: time, days: frozenset[int], zone: tzinfo, around: date
) -> Iterator[tuple[datetime, datetime]]:
    """Yield when the window opens and closes around a day, in order, in UTC.

    An end that comes before the start is on the next day. A window all of which is in an hour that a clock change
    leaves out does not open that day.
    """
    for day in (around + timedelta(days=number) for number in _DAYS_AROUND):
        if day.weekday() in days:
            opens = _instant(datetime.combine(day, start), zone)
            closes = _instant(datetime.combine(day + timedelta(days=int(end < start)), end), zone)
            if opens < closes:
                yield opens, closes


def _instant(local: datetime, zone: tzinfo) -> datetime:
    """Return the moment, in UTC, at which the clocks of a zone show a time.

    Of a time that they show twice it is the first, so that a window never closes too late. A time that they leave out
    is the moment at which they go forward.
    """
    first, second = (local.replace(tzinfo=zone, fold=fold).astimezone(timezone.utc) for fold in (0, 1))
    if first <= second:
        return first
    # Left out: read with the offset from before the change it is too late, with the one from after it too early.
    before = second.astimezone(zone).utcoffset()
    seconds = range(int((first - second).total_seconds()))
    passed = bisect_left(
        seconds, True, key=lambda number: (second + timedelta(seconds=number)).astimezone(zone).utcoffset() != before
    )
    return second + timedelta(seconds=passed)


def _time_of_day(found: re.Match[str]) -> time:
    try:
        return time(int(found[1]), int(found[2]), int(found[3] or 0))
    except ValueError as error:
        raise WindowError(f"{found[0]} is not a time of day: {error}.") from error


def _moment(key: str, value: Any, zone: tzinfo | None) -> datetime:
    """Return the moment, in UTC, that a datetime or a text in ISO 8601 tells; the zone is for texts that have none."""
    _check_text(key, value)
    if isinstance(value, datetime):
        return value.astimezone(timezone.utc).replace(microsecond=0)
    found = _MOMENT.fullmatch(value.strip())
    try:
        local = datetime.fromisoformat(f"{found[1]}T{found[2]}") if found else None
    except ValueError:
        local = None
    if found is None or local is None:
        raise WindowError(
            f"{key} {value!r} is not a time in ISO 8601, such as 2026-11-21T22:00:00+01:00 "
            "(start and end may also be times of day, such as 22:00)."
        )
    if found[3]:
        return local.replace(tzinfo=_offset(found[3])).astimezone(timezone.utc)
    if zone is None:
        raise WindowError(f"{key} {value!r} needs a zone: end it with an offset such as +01:00 or with Z.")
    return _instant(local, zone)


def _check_text(key: str, value: Any) -> None:
    """Refuse what YAML makes of times without quotes: of 22:00 the number 1320, of a time without a zone a naive one.

    One with a zone it reads as we do.
    """
    if not isinstance(value, str) and (not isinstance(value, datetime) or value.tzinfo is None):
        raise WindowError(f'{key} {value} is not a text: put quotes around the time, as in {key}: "22:00".')


def _zone(name: Any) -> tzinfo | None:
    if name in (None, ""):
        return None
    if not isinstance(name, str):
        raise WindowError(f'zone {name!r} is not a text: put quotes around it, as in zone: "+10:00".')
    zone = _offset(name.strip())
    if zone is not None:
        return zone
    try:
        return ZoneInfo(name.strip())
    # What ZoneInfo raises for a name that is not there, is no name, or is one of a folder.
    except (KeyError, ValueError, OSError) as error:
        raise WindowError(
            f"The time zone {name!r} is not in this machine's time zone database. Give a name such as Europe/Berlin, "
            "or an offset such as +01:00; if the name is right, install the system's package tzdata."
        ) from error


def _offset(text: str) -> timezone | None:
    """Return the zone with an offset such as C(+01:00) or C(Z); None for everything else.

    :raises WindowError: when the offset is one that no zone has.
    """
    if text.upper() in ("Z", "UTC"):
        return timezone.utc
    found = _OFFSET.fullmatch(text)
    if not found:
        return None
    hours, minutes = int(found[2]), int(found[3])
    if hours > 23 or minutes > 59:
        raise WindowError(f"The offset {text!r} is none: hours go to 23, and minutes to 59.")
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(-offset if found[1] == "-" else offset)


def _days(value: Any) -> frozenset[int]:
    """Return the days of the week on which a window opens, Monday being 0; all of them where none is given."""
    if value is None:
        return frozenset(range(7))
    names = [str(name).strip().lower() for name in value] if isinstance(value, (list, tuple)) else []
    if not names or not set(names) <= set(DAYS):
        raise WindowError(f"days {value!r} of the change window is not a list of some of {', '.join(DAYS)}.")
    return frozenset(DAYS.index(name) for name in names)


def _labelled(opens: datetime, closes: datetime, zone: tzinfo | None, name: Any) -> Window:
    """Return the window with its times as people on the spot read them."""
    start, end = (when.astimezone(zone or timezone.utc).isoformat(" ", "minutes") for when in (opens, closes))
    return Window(opens, closes, f"{start} to {end} ({name if zone else 'UTC'})")


def _utc(when: datetime) -> str:
    return when.isoformat(timespec="seconds").replace("+00:00", "Z")

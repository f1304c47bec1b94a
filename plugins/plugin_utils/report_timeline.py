# SPDX-License-Identifier: GPL-3.0-or-later
"""The geometry of a report's timeline: across in percent, so that it fits any screen; down in pixels.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from ansible_collections.vcf.lifecycle.plugins.module_utils.clock import duration
from ansible_collections.vcf.lifecycle.plugins.plugin_utils.report_scale import Scale, anchor_of, step_of
from ansible_collections.vcf.lifecycle.plugins.plugin_utils.report_tasks import ENDED, Item, began, children
from ansible_collections.vcf.lifecycle.plugins.plugin_utils.report_values import moment

AXIS_HEIGHT = 30
ROW_HEIGHT = 32
_MOST_TICKS = 5


def timeline(report: dict[str, Any]) -> dict[str, Any] | None:
    """Return axis, window and rows of the timeline of a report; None where no task has a time."""
    start, end = moment(report["began_at"]), moment(report["last_event_at"])
    if start is None or end is None:
        return None
    scale = _scale(start, end, report["window"])
    rows = [row for task in report["tasks"] for row in _rows(task, scale, scale.start, end)]
    for place, row in enumerate(rows):
        row["y"] = AXIS_HEIGHT + place * ROW_HEIGHT
    return {
        "start": _shown(scale.start),
        "end": _shown(scale.end),
        "height": AXIS_HEIGHT + len(rows) * ROW_HEIGHT,
        "axis_height": AXIS_HEIGHT,
        "row_height": ROW_HEIGHT,
        "ticks": _ticks(scale),
        "window": _window(report["window"], scale),
        "rows": rows,
    }


def _scale(start: datetime, end: datetime, window: Item | None) -> Scale[datetime]:
    """Return a scale for all events, and for the whole window where that leaves enough room for them."""
    opens, closes = (moment(window[key]) for key in ("start", "end")) if window else (None, None)
    if opens and closes and opens <= end and start <= closes:
        wide = Scale(min(start, opens), max(end, closes))
        if wide.end - wide.start <= 4 * (end - start):
            start, end = wide.start, wide.end
    return Scale(start, max(end, start + timedelta(seconds=1)))


def _rows(
    item: Item,
    scale: Scale[datetime],
    cursor: datetime,
    now: datetime,
    path: tuple[str, ...] = (),
    earlier: Sequence[Item] = (),
) -> Iterator[Item]:
    """Yield the row of a task or a stage, then those of what is inside of it.

    :param cursor: where to put it when nobody knows when it began.
    :param now: the last time that anything is known of; what goes on is drawn up to it.
    :param path: the labels that lead to a stage, its own last; nothing for a task.
    :param earlier: the earlier attempts of the task.
    """
    start, end = moment(began(item)), moment(item["ended_at"])
    is_open = bool(start) and not end and item["state"] not in ENDED
    from_ = start or cursor
    to = end or (now if is_open else from_)
    inside = children(item)
    yield {
        "kind": "group" if path and inside else "leaf" if path else "task",
        "depth": len(path),
        "label": item["label"],
        "state": item["state"],
        "is_open": is_open,
        "has_time": bool(start),
        **scale.span(from_, to),
        "seconds": item["duration_seconds"],
        "title": _title(item, start, end),
        "marks": list(_marks(earlier or item.get("earlier", ()), scale, " / ".join(path))),
    }
    cursor = from_
    for child in inside:
        yield from _rows(child, scale, cursor, now, (*path, child["label"]), earlier or item.get("earlier", ()))
        cursor = moment(child["ended_at"]) or moment(began(child)) or cursor


def _marks(earlier: Sequence[Item], scale: Scale[datetime], where: str) -> Iterator[Item]:
    """Yield what earlier attempts left on a row: on that of a stage in which they failed, else on the task's."""
    for attempt in earlier:
        stages = attempt["failed_stages"]
        for one in [stage for stage in stages if stage["where"] == where] if where or stages else [attempt]:
            end = moment(one["ended_at"])
            if end:
                start = (moment(one["started_at"]) if where else None) or end
                yield {**scale.span(start, end), "title": f"An earlier attempt: {attempt['state']}, {_shown(end)}"}


def _title(item: Item, start: datetime | None, end: datetime | None) -> str:
    parts = [f"{item['label']}: {item['state']}"]
    if start:
        parts.append(f"from {_shown(start)}")
    if end:
        parts.append(f"to {_shown(end)}")
    if item["duration_seconds"] is not None:
        parts.append(duration(item["duration_seconds"]))
    return ", ".join(parts)


def _ticks(scale: Scale[datetime]) -> list[Item]:
    length = (scale.end - scale.start).total_seconds()
    step = step_of(length, _MOST_TICKS)
    form = "%H:%M:%S" if step < 60 else "%H:%M" if step < 86400 else "%Y-%m-%d"
    # Midnight is as good a time as any within a day, and where the next day begins within several.
    midnight = "%m-%d" if 3600 <= step < 86400 and length > 86400 else form
    first = -(-scale.start.timestamp() // step) * step
    ticks = []
    # A few at most, however many years lie between two tasks.
    for number in range(2 * _MOST_TICKS):
        seconds = first + number * step
        if seconds > scale.end.timestamp():
            break
        when = datetime.fromtimestamp(seconds, timezone.utc)
        x = scale.percent(when)
        ticks.append(
            {
                "x": x,
                "label": when.strftime(form if seconds % 86400 else midnight),
                "anchor": anchor_of(x),
            }
        )
    return ticks


def _window(window: Item | None, scale: Scale[datetime]) -> Item | None:
    """Return which part of the timeline lies in the window; None where there is none, or it is elsewhere."""
    opens, closes = (moment(window[key]) for key in ("start", "end")) if window else (None, None)
    if not opens or not closes or closes < scale.start or scale.end < opens:
        return None
    x = scale.percent(opens)
    return {
        "x": x,
        "width": round(scale.percent(closes) - x, 2),
        "title": f"Change window, {_shown(opens)} to {_shown(closes)}",
    }


def _shown(when: datetime) -> str:
    return when.strftime("%Y-%m-%d %H:%M:%S UTC")

# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks as a table of plain text, a line each.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ansible_collections.vcf.lifecycle.plugins.plugin_utils.report_tasks import ENDED, Item, began
from ansible_collections.vcf.lifecycle.plugins.plugin_utils.task_text import (
    NO_TASKS,
    WIDTH,
    columns,
    cut,
    moment_of,
    one_line,
    shown_error,
    shown_state,
    shown_time,
    tasks_in,
    unknown_status,
    width_of,
)

STATE, ID, NAME, BEGAN, TIME, DETAIL = "STATE", "ID", "NAME", "BEGAN (UTC)", "TIME", "STAGE/ERROR"

_SPARED = (BEGAN, DETAIL)
"""Which columns are left out, one after the other, where there is too little room for all."""

_SHRINKING = ((NAME, DETAIL), (ID,))
"""Which columns are cut where there is too little room; the id, which is there to be copied, as a last resort."""

_GAP = "  "
_NARROWEST = 12
"""Columns; nothing is cut to less."""

Row = dict[str, str]


def table(value: Any, width: Any = WIDTH, now: Any = None) -> str:
    """Return tasks as a table.

    :param value: the result of a module, its tasks, or one task.
    :param width: how many columns it may take.
    :param now: until when what is going on has taken its time, in ISO 8601.
    :raises TextError: naming what is wrong with any of them.
    """
    tasks, room, moment = tasks_in(value), width_of(width), moment_of(now)
    if not tasks:
        return NO_TASKS
    rows = [{name: name for name in _row(tasks[0], moment)}, *(_row(task, moment) for task in tasks)]
    widths = _fitting({name: max(columns(row[name]) for row in rows) for name in rows[0]}, room)
    return "\n".join(cut(_line(row, widths), room) for row in rows)


def _row(task: Item, now: datetime) -> Row:
    return {
        STATE: shown_state(task),
        ID: one_line(task["id"]),
        NAME: one_line(task["label"]),
        BEGAN: (began(task) or "")[:16].replace("T", " "),
        TIME: shown_time(task, now),
        DETAIL: one_line(_detail(task)),
    }


def _detail(task: Item) -> str:
    """Return what is most worth knowing besides: where it is, or why it failed."""
    if task["state"] in ENDED:
        return shown_error(task["root_causes"][0]) if task["root_causes"] else ""
    return unknown_status(task) or task["current_stage"] or ""


def _fitting(natural: dict[str, int], room: int) -> dict[str, int]:
    """Return the columns that there is room for, with their widths, given how wide they would like to be."""
    widths = dict(natural)
    for name in _SPARED:
        shrunk = {name: min(width, _NARROWEST) if name in _SHRINKING[0] else width for name, width in widths.items()}
        if _total(shrunk) > room:
            del widths[name]
    for names in _SHRINKING:
        shrinking = [name for name in names if name in widths]
        while _total(widths) > room:
            widest = max(shrinking, key=lambda name: widths[name])
            if widths[widest] <= _NARROWEST:
                break
            widths[widest] -= 1
    return widths


def _total(widths: dict[str, int]) -> int:
    return sum(widths.values()) + len(_GAP) * (len(widths) - 1)


def _line(row: Row, widths: dict[str, int]) -> str:
    cells = {name: cut(row[name], width) for name, width in widths.items()}
    return _GAP.join(cell + " " * (widths[name] - columns(cell)) for name, cell in cells.items()).rstrip()

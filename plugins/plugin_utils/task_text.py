# SPDX-License-Identifier: GPL-3.0-or-later
"""What tables and trees of tasks have in common: which tasks, and how each part of one is put into words.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ansible_collections.vcf.lifecycle.plugins.module_utils.clock import duration
from ansible_collections.vcf.lifecycle.plugins.module_utils.rehearsal_clock import clock
from ansible_collections.vcf.lifecycle.plugins.plugin_utils.report_tasks import ENDED, UNKNOWN, Item, began, task_of
from ansible_collections.vcf.lifecycle.plugins.plugin_utils.report_values import (
    moment,
    plain_json,
    seconds_between,
    text,
)

WIDTH = 120
"""How many columns of a terminal are used, unless somebody says otherwise."""

NO_TASKS = "No tasks."

_NARROWEST = 80
_CUT = "…"


class TextError(ValueError):
    """What is given can not be shown; the message says what is wrong with it."""


def tasks_in(value: Any) -> list[Item]:
    """Return the tasks of a module's result, of a list of tasks, or a single task, as a report has them.

    :raises TextError: for anything else.
    """
    given = plain_json(value)
    if isinstance(given, dict):
        given = given["tasks"] if isinstance(given.get("tasks"), list) else [given]
    if not isinstance(given, list):
        raise TextError("this is no list of tasks; give it the result of a module of vcf.lifecycle, or its tasks")
    for place, item in enumerate(given, start=1):
        if not isinstance(item, dict) or not text(item.get("id")) or "state" not in item:
            raise TextError(f"item {place} is no task: a task of vcf.lifecycle has an id and a state")
    return [task_of(item) for item in given]


def width_of(value: Any) -> int:
    """Return how many columns there are.

    :raises TextError: for what is no number, or too few.
    """
    if isinstance(value, bool) or not str(value).isdecimal() or int(value) < _NARROWEST:
        raise TextError(f"width {value!r} is not a number of columns, at least {_NARROWEST}")
    return int(value)


def moment_of(value: Any) -> datetime:
    """Return the moment to reckon durations by: the one that is given, else now.

    :raises TextError: for what is no time.
    """
    if value is None:
        return clock().now()
    when = moment(plain_json(value))
    if when is None:
        raise TextError(f"now {value!r} is not an ISO 8601 time such as 2026-11-21T22:00:00+01:00")
    return when


def shown_state(item: Mapping[str, Any]) -> str:
    """Return the state of a task or stage, with the percentage of one that is going on."""
    percent = item.get("progress_percent")
    if percent is None or item["state"] in ENDED:
        return str(item["state"])
    return f"{item['state']} {percent:.0f}%"


def unknown_status(item: Mapping[str, Any]) -> str | None:
    """Return what the service says, where that is a word that the collection does not know."""
    if item["state"] != UNKNOWN or not item["status"]:
        return None
    return f"the service says {item['status']!r}"


def shown_time(item: Item, now: datetime) -> str:
    """Return how long a task or stage took, or has been going on; nothing where that is not known."""
    seconds = item["duration_seconds"]
    if seconds is None and item["state"] not in ENDED:
        seconds = seconds_between(moment(began(item)), now)
    return "" if seconds is None else duration(max(0.0, seconds))


def shown_error(error: Mapping[str, Any]) -> str:
    """Return code and message of an error, as far as it has them."""
    parts = [error["code"], error["message"] or error["cause"]]
    return ": ".join(part for part in parts if part) or "an error without a message"


def one_line(words: str) -> str:
    """Return a text without line breaks."""
    return " ".join(words.split())


def columns(words: str) -> int:
    """Return how many columns of a terminal a text takes."""
    return len(words) if words.isascii() else sum(map(_columns_of, words))


def cut(words: str, width: int) -> str:
    """Return a text that takes no more than so many columns; where something is left out, it ends with a mark."""
    if columns(words) <= width:
        return words
    kept = words[: max(width, 0)]
    while kept and columns(kept) >= width:
        kept = kept[:-1]
    return kept.rstrip() + _CUT


def _columns_of(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1

# SPDX-License-Identifier: GPL-3.0-or-later
"""A task with its stages and sub-tasks as a tree of plain text.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ansible_collections.vcf.lifecycle.plugins.plugin_utils.report_tasks import FAILED, Item, children
from ansible_collections.vcf.lifecycle.plugins.plugin_utils.task_text import (
    NO_TASKS,
    WIDTH,
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

_MARK = "  <-- failed here"
_NARROWEST = 40
"""Columns that a line has to itself, however deep down it is; what goes beyond the width is cut."""


@dataclass
class _Tree:
    """What is the same for all lines of one tree; C(causes) are the root causes by the identity of their places."""

    width: int
    now: datetime
    causes: dict[int, list[Item]] = field(default_factory=dict)


def tree(value: Any, width: Any = WIDTH, now: Any = None) -> str:
    """Return tasks as trees, with an empty line between them.

    :param value: the result of a module, its tasks, or one task.
    :param width: how many columns they may take.
    :param now: until when what is going on has taken its time, in ISO 8601.
    :raises TextError: naming what is wrong with any of them.
    """
    tasks, room, moment = tasks_in(value), width_of(width), moment_of(now)
    trees = [_lines(task, _Tree(room, moment, _placed(task))) for task in tasks]
    return "\n\n".join("\n".join(cut(line, room) for line in lines) for lines in trees) or NO_TASKS


def _lines(item: Item, its: _Tree, indent: str = "", is_inside: bool = False) -> list[str]:
    """Return the lines of a task or stage: itself, why it failed, and all that is in it.

    :param indent: what stands before the lines that follow the first one.
    """
    inside = children(item)
    failed_here = item["state"] == FAILED and not any(child["has_failure"] for child in inside)
    mark = _MARK if failed_here and is_inside else ""
    room = max(its.width - len(indent), _NARROWEST)
    lines = [cut(_title(item, its.now), room - len(mark)) + mark]
    lead = "│  " if inside else "   "
    for reason in _reasons(item, its.causes.get(id(item), []), failed_here):
        lines += [lead + line for line in textwrap.wrap(one_line(reason), room - len(lead), subsequent_indent="  ")]
    for place, child in enumerate(inside, start=1):
        branch, stem = ("└─ ", "   ") if place == len(inside) else ("├─ ", "│  ")
        first, *others = _lines(child, its, indent + stem, is_inside=True)
        lines += [branch + first, *(stem + line for line in others)]
    return lines


def _title(item: Item, now: datetime) -> str:
    # A sub-task is a task of its own, which one may have to look at by its id.
    name = f"{item['label']} ({item['id']})" if item["id"] and "service" in item else item["label"]
    parts = [shown_state(item), unknown_status(item), shown_time(item, now)]
    return one_line(f"{name}: {', '.join(part for part in parts if part)}")


def _reasons(item: Item, causes: list[Item], failed_here: bool) -> Iterator[str]:
    errors = causes or ((item.get("root_causes") or item.get("errors") or []) if failed_here else [])
    for error in errors:
        yield shown_error(error)
        if error["remediation"]:
            yield f"Remediation: {error['remediation']}"
        if error["reference"]:
            yield f"Reference: {error['reference']}"


def _placed(task: Item) -> dict[int, list[Item]]:
    """Return the root causes of a task by what they belong to; those of which that is not known belong to itself."""
    owners: dict[str, Item] = {}
    for path, item in _walk(task, ()):
        where = " / ".join(path)
        # Of two with one name, it is the one that failed.
        if where not in owners or (item["state"] == FAILED and owners[where]["state"] != FAILED):
            owners[where] = item
    placed: dict[int, list[Item]] = {}
    for error in task["root_causes"]:
        placed.setdefault(id(owners.get(error["where"] or "", task)), []).append(error)
    return placed


def _walk(item: Item, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Item]]:
    """Yield all that runs inside of a task or a stage, with the path that errors name it by."""
    for child in children(item):
        # As root causes call it: a sub-task by its name or id, a stage by its label.
        name = (child["name"] or child["id"] or "") if "service" in child else child["label"]
        yield (*path, name), child
        yield from _walk(child, (*path, name))

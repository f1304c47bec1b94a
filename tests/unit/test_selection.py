# SPDX-License-Identifier: GPL-3.0-or-later
"""Each filter, the order, and the limit."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest

from ansible_collections.vcf.lifecycle.plugins.module_utils.options import Selection
from ansible_collections.vcf.lifecycle.plugins.module_utils.selection import choose, matches
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import Resource, State
from tests.unit.data import a_task


def at(hour: int) -> datetime:
    return datetime(2026, 11, 21, hour, tzinfo=timezone.utc)


TASK = a_task(
    State.FAILED,
    name="Upgrade of STRASSE",
    type="UPGRADE",
    resources=[Resource(id="r1", type="HOST"), Resource(id="r2", type="CLUSTER")],
    created_by="admin",
    correlation_id="c1",
    created_at=at(12),
    ended_at=at(14),
)


@pytest.mark.parametrize(
    ("option", "passes", "fails"),
    [
        ("states", ["FAILED"], ["SUCCEEDED"]),
        ("states", ["SUCCEEDED", "FAILED"], ["RUNNING", "UNKNOWN"]),
        ("name", "upgrade", "downgrade"),
        ("name", "straße", "upgrade*"),
        ("type", "UPGRADE", "upgrade"),
        ("resource_id", "r2", "r"),
        ("resource_type", "CLUSTER", "cluster"),
        ("created_by", "admin", "Admin"),
        ("correlation_id", "c1", "c"),
        ("created_after", "2026-11-21T11:59:59Z", "2026-11-21T12:00:00Z"),
        ("created_after", "2026-11-21T12:30:00+01:00", "2026-11-21T12:30:00-01:00"),
        ("created_before", "2026-11-21T12:00:01Z", "2026-11-21T12:00:00Z"),
        ("ended_after", "2026-11-21T13:59:59Z", "2026-11-21T14:00:00Z"),
    ],
)
def test_each_filter(option: str, passes: Any, fails: Any) -> None:
    assert matches(TASK, Selection.of({option: passes}))
    assert not matches(TASK, Selection.of({option: fails}))


@pytest.mark.parametrize(
    "option",
    [
        {"name": "a"},
        {"type": "UPGRADE"},
        {"resource_id": "r1"},
        {"resource_type": "HOST"},
        {"created_by": "admin"},
        {"correlation_id": "c1"},
        {"created_after": "2000-01-01"},
        {"created_before": "2100-01-01"},
        {"ended_after": "2000-01-01"},
    ],
)
def test_what_a_task_does_not_say_passes_no_filter_on_it(option: dict[str, Any]) -> None:
    assert not matches(a_task(name=None), Selection.of(option))


def test_all_filters_together() -> None:
    assert matches(TASK, Selection.of({"states": ["FAILED"], "name": "upgrade", "type": "UPGRADE"}))
    assert not matches(TASK, Selection.of({"states": ["FAILED"], "name": "upgrade", "type": "other"}))
    assert matches(TASK, Selection())


def test_the_newest_first_and_at_most_so_many() -> None:
    old, new = a_task(task_id="old", created_at=at(1)), a_task(task_id="new", created_at=at(3))
    started, unknown = a_task(task_id="started", started_at=at(2)), a_task(task_id="unknown")
    tasks = [unknown, old, new, started]
    assert [task.id for task in choose(tasks, Selection())] == ["new", "started", "old", "unknown"]
    assert [task.id for task in choose(tasks, Selection(limit=2))] == ["new", "started"]
    assert [task.id for task in choose(list(reversed(tasks)), Selection(limit=9))] == [
        "new",
        "started",
        "old",
        "unknown",
    ]


def test_the_order_of_equals_does_not_depend_on_the_service() -> None:
    tasks = [a_task(task_id=task_id, created_at=at(1)) for task_id in ("b", "a", "c")]
    assert [task.id for task in choose(tasks, Selection())] == ["c", "b", "a"]

# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of a task that stands still."""

from __future__ import annotations

from datetime import datetime, timezone

from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.stall import diagnosis
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.wait import run
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import Stage, State
from tests.unit.data import a_task
from tests.unit.fakes import FakeFleet, fleet_task, page

NOW = datetime(2026, 1, 1, tzinfo=timezone.utc)


def test_all_that_is_known_is_said() -> None:
    task = a_task(
        State.RUNNING,
        status="IN_PROGRESS",
        stages=[Stage(name="deploy", state=State.RUNNING)],
        cancellable=False,
        retriable=False,
        additional_details={"resolutionStatus": "UNRESOLVED"},
        updated_at=NOW,
    )
    said = diagnosis(task, 600.4, NOW, [])
    assert said.startswith(f"Nothing has changed in task {task.label} for 10m (state: RUNNING, status 'IN_PROGRESS', ")
    assert "last change: 2026-01-01T00:00:00Z, stage: deploy, cancellable: False, retriable: False, " in said
    assert said.endswith("resolutionStatus: UNRESOLVED).")


def test_what_is_not_known_is_left_out() -> None:
    said = diagnosis(a_task(State.RUNNING, status="RUNNING"), 60.0, NOW, [])
    assert said.endswith("(state: RUNNING, last change: 2026-01-01T00:00:00Z).")


def test_what_else_goes_on_is_named() -> None:
    others = [a_task(State.PENDING, f"o{number}", name=f"n{number}") for number in range(5)]
    said = diagnosis(a_task(State.RUNNING), 60.0, NOW, others)
    assert said.endswith(" Also going on there: 'n0' (o0) PENDING, 'n1' (o1) PENDING, 'n2' (o2) PENDING and 2 more.")


def test_a_wait_warns_of_a_stall_once_and_names_what_else_goes_on() -> None:
    line = FakeFleet()
    line.tasks["t1"] = [fleet_task("t1")]
    line.list = [page(fleet_task("t1"), fleet_task("t2", "RUNNING"), fleet_task("t3", "SUCCEEDED"))]
    line.fail(run, task_ids=["t1"], timeout=300.0, stall_after=60.0, progress=False)
    (warning,) = line.context.warnings
    assert "Also going on there: 'upgrade t2' (t2) RUNNING." in warning
    assert [heard for heard in line.listener.heard if heard[0] == "notice"] == [("notice", warning)]


def test_of_many_that_stall_at_once_a_handful_is_told_in_full() -> None:
    line = FakeFleet()
    ids = [f"t{number}" for number in range(20)]
    line.tasks.update({task_id: [fleet_task(task_id)] for task_id in ids})
    line.fail(run, task_ids=ids, timeout=300.0, stall_after=60.0, progress=False)
    assert len(line.context.warnings) == 6
    assert line.context.warnings[-1] == "Nothing has changed either in 15 more tasks: t5, t6, t7, t8, t9, and others."

# SPDX-License-Identifier: GPL-3.0-or-later
"""task_info over a scripted service."""

from __future__ import annotations

from typing import Any

from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.info import run
from tests.unit.fakes import FakeFleet, failed_task, fleet_task, not_found, page


def fleet() -> FakeFleet:
    line = FakeFleet()
    line.tasks = {
        "t1": [failed_task(createTime="2026-01-01T00:00:00Z")],
        "t2": [fleet_task("t2", createTime="2026-01-03T00:00:00Z")],
        "t3": [fleet_task("t3", createTime="2026-01-02T00:00:00Z")],
    }
    return line


def ids(result: dict[str, Any]) -> list[str]:
    return [task["id"] for task in result["tasks"]]


def test_all_tasks_the_newest_first() -> None:
    line = fleet()
    result = line.run(run)
    assert ids(result) == ["t2", "t3", "t1"]
    assert result["summary"] == {"total": 3, "by_state": {"RUNNING": 2, "FAILED": 1}}
    assert (result["changed"], result["missing"], line.sent()) == (False, [], ["GET tasks"])


def test_filters_and_limit() -> None:
    assert ids(fleet().run(run, states=["RUNNING"])) == ["t2", "t3"]
    assert ids(fleet().run(run, states=["RUNNING"], limit=1)) == ["t2"]
    assert ids(fleet().run(run, name="T1")) == ["t1"]


def test_by_id_in_the_order_given_and_whole() -> None:
    line = fleet()
    result = line.run(run, task_ids=["t3", "t1"])
    assert ids(result) == ["t3", "t1"]
    assert len(result["tasks"][1]["stages"]) == 3
    assert line.sent() == ["GET t3", "GET t1"]


def test_what_is_missing_is_no_failure() -> None:
    result = fleet().run(run, task_ids=["t1", "nobody", ".."])
    assert (ids(result), result["missing"]) == (["t1"], ["nobody", ".."])
    assert result["summary"]["total"] == 1


def test_no_ids_are_no_tasks() -> None:
    line = fleet()
    assert line.run(run, task_ids=[])["tasks"] == []
    assert line.sent() == []


def test_details_of_tasks_found_by_filters() -> None:
    line = fleet()
    assert line.run(run, states=["FAILED"])["tasks"][0]["stages"] == []
    result = line.run(run, states=["FAILED"], details=True)
    assert len(result["tasks"][0]["stages"]) == 3
    assert line.sent() == ["GET tasks", "GET tasks", "GET t1"]


def test_a_task_that_was_purged_since_it_was_listed() -> None:
    line = fleet()
    line.list = [page(fleet_task("t2"), fleet_task("gone"))]
    assert ids(line.run(run, details=True)) == ["t2"]


def test_a_list_that_shows_all_is_enough_for_details() -> None:
    line = FakeFleet("sddc_manager")
    line.tasks["t1"] = [{"id": "t1", "status": "Failed"}]
    line.run(run, details=True)
    assert line.sent() == ["GET tasks"]


def test_raw_is_the_services_own_body() -> None:
    line = fleet()
    assert "raw" not in line.run(run, task_ids=["t2"])["tasks"][0]
    assert line.run(run, task_ids=["t2"], raw=True)["tasks"][0]["raw"] == line.tasks["t2"][0]
    assert line.run(run, states=["FAILED"], raw=True)["tasks"][0]["raw"]["id"] == "t1"


def test_a_service_that_is_away_for_a_moment() -> None:
    line = fleet()
    line.away = [(0, 30)]
    assert len(ids(line.run(run))) == 3


def test_failures() -> None:
    line = fleet()
    line.away = [(0, 1000)]
    assert (line.fail(run).kind, line.clock.seconds) == ("unreachable", 60.0)
    line = fleet()
    line.login = [not_found()]
    assert line.fail(run).kind == "invalid_response"
    assert fleet().fail(run, task_ids=["t1"], name="n").kind == "options"

# SPDX-License-Identifier: GPL-3.0-or-later
"""task_info over a scripted service."""

from __future__ import annotations

from typing import Any

from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.info import run
from tests.unit.fakes import FakeFleet, failed_task, fleet_task, not_found, page, refusal


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
    assert (result["changed"], result["missing"], line.sent()) == (False, [], ["GET tasks", "GET t1"])


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
    assert line.sent() == ["GET tasks", "GET t1", "GET tasks", "GET t1"]


def test_a_task_that_was_purged_since_it_was_listed() -> None:
    line = fleet()
    line.list = [page(fleet_task("t2"), fleet_task("gone"), fleet_task("gone too", "FAILED"))]
    result = line.run(run, details=True)
    assert ids(result) == ["t2"]
    assert [task["id"] for task in result["blocking"]] == ["t2"]


# What blocks


def blocking(result: dict[str, Any]) -> dict[str, str]:
    """The reasons of what blocks."""
    return {task["id"]: task["reason"] for task in result["blocking"]}


DNS = "It failed and is not resolved: The name does not resolve (LCM_DNS_ERROR)."


def test_what_blocks_is_about_everything_whatever_is_selected() -> None:
    expected = {"t2": "It is RUNNING.", "t3": "It is RUNNING.", "t1": DNS}
    narrow = {"name": "nothing", "type": "X", "resource_id": "r", "blocking": True}
    for selected in ({}, narrow, {"limit": 1}, {"states": ["RUNNING"]}):
        line = fleet()
        result = line.run(run, **selected)
        assert list(blocking(result).items()) == list(expected.items())
        # One list is enough, and the filters that it would have been narrowed by are applied here.
        assert line.sent() == ["GET tasks", "GET t1"]
        assert set(line.transport.requests[-2].query) == {"pageNumber", "pageSize"}
        assert result["summary"]["total"] == len(result["tasks"])
    assert result["blocking"][2] == {
        "id": "t1",
        "name": "upgrade t1",
        "type": None,
        "state": "FAILED",
        "status": "FAILED",
        "resource": None,
        "reason": DNS,
    }


def test_what_blocks_by_ids_is_asked_for() -> None:
    line = fleet()
    assert line.run(run, task_ids=["t3"])["blocking"] is None
    assert line.sent() == ["GET t3"]
    line = fleet()
    result = line.run(run, task_ids=["t1", "nobody"], blocking=True)
    assert (ids(result), result["missing"]) == (["t1"], ["nobody"])
    assert blocking(result) == {"t2": "It is RUNNING.", "t3": "It is RUNNING.", "t1": DNS}
    # What was read already is not read again; who is not known is looked for at SDDC LCM too.
    assert line.sent() == ["GET tasks", "GET t1", "GET nobody", "GET nobody"]


def test_what_blocks_is_not_looked_for_where_it_is_not_wanted() -> None:
    line = fleet()
    assert line.run(run, blocking=False)["blocking"] is None
    assert line.sent() == ["GET tasks"]


def test_a_list_that_the_service_narrows_stays_narrow_unless_it_is_asked_what_blocks() -> None:
    for asked in (None, False):
        line = fleet()
        assert line.run(run, type="UPGRADE", blocking=asked)["blocking"] is None
        assert line.sent() == ["GET tasks"]
        assert line.transport.requests[-1].query["type"] == "UPGRADE"


def test_system_tasks_block_only_where_they_are_looked_at() -> None:
    for wanted in (False, True):
        line = fleet()
        line.run(run, created_by="me", include_system_tasks=wanted, blocking=True)
        assert ("includeSystemTasks" in line.transport.requests[1].query) is wanted


def test_the_causes_of_a_handful_of_failures_are_read() -> None:
    line = FakeFleet()
    line.tasks = {f"t{day}": [failed_task(f"t{day}", createTime=f"2026-01-0{day}T00:00:00Z")] for day in range(1, 9)}
    said = blocking(line.run(run))
    assert list(said.values()) == [DNS] * 5 + ["It failed and is not resolved."] * 3
    assert line.sent() == ["GET tasks", "GET t8", "GET t7", "GET t6", "GET t5", "GET t4"]


def test_a_failure_that_is_retried_meanwhile() -> None:
    line = FakeFleet()
    line.list = [page(fleet_task("t1", "FAILED"), fleet_task("t2", "FAILED"), fleet_task("t3", "FAILED"))]
    stages = [{"name": "deploy", "status": "RUNNING"}]
    line.tasks = {"t1": [fleet_task("t1", "RUNNING", stages=stages)], "t2": [fleet_task("t2", "SUCCEEDED")]}
    assert blocking(line.run(run)) == {"t1": "It is RUNNING, in stage deploy."}


def test_vcenter_knows_what_blocks_by_service_alone() -> None:
    line = FakeFleet("vcenter")
    line.write = [{"t1": {"service": "s", "operation": "o", "status": "RUNNING"}}]
    assert blocking(line.run(run, type="s", name="nothing")) == {"t1": "It is RUNNING."}
    assert [request.json for request in line.transport.requests[1:]] == [{"filter_spec": {"services": ["s"]}}]
    line = FakeFleet("vcenter")
    line.tasks["t1"] = [{"service": "s", "operation": "o", "status": "RUNNING"}]
    assert line.run(run, task_ids=["t1"])["blocking"] is None
    line = FakeFleet("vcenter")
    failure = line.fail(run, task_ids=["t1"], blocking=True)
    assert (failure.kind, line.transport.requests) == ("unsupported", [])
    assert "type" in failure.message


def test_a_list_that_can_not_be_read() -> None:
    line = fleet()
    line.list = [refusal(403)]
    assert line.run(run, task_ids=["t1"])["blocking"] is None
    assert line.fail(run, task_ids=["t1"], blocking=True).kind == "authorization"


# The rest


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

# SPDX-License-Identifier: GPL-3.0-or-later
"""In check mode nothing leaves the machine but reads and the login."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.conftest import Play, Simulate
from tests.integration.runs import SHIPPED, VERBS, call, defaults

NAMES = ("over", "failed", "endless", "stubborn", "stopped", "strange")
SHIPPED_TOO = ", shipped"
WAYS: dict[str, dict[str, Any]] = {"": {}, ", with a diff": {"diff": True}, SHIPPED_TOO: {"environment": SHIPPED}}
LOGINS = ("/api/v1/identity/token", "/v1/tokens")


@pytest.mark.parametrize("service", ["fleet_lcm", "sddc_manager"])
def test_no_module_writes(play: Play, simulate: Simulate, service: str) -> None:
    sim = simulate("two_ways")
    tasks = [
        call(f"{module} {name}{mark}", module, {"task_id": sim.task_id(name, service)}, **keywords)
        for module in VERBS
        for name in NAMES
        for mark, keywords in WAYS.items()
        if mark != SHIPPED_TOO or name == "failed"
    ]
    ran = play(
        tasks,
        "--check",
        module_defaults=defaults(sim, service),
        warnings=("a status that is not known here",),
    )
    assert {record["outcome"] for record in ran.records} == {"ok", "failed"}
    writes = [seen for seen in sim.requests if seen["method"] != "GET" and seen["path"] not in LOGINS]
    assert not writes
    assert sim.count("GET") >= len(tasks)
    # What would have been a change is said to be one: check mode got as far as to decide that.
    changes = {record["task"] for record in ran.records if record["result"]["changed"]}
    assert changes == {
        *(f"task_cancel {name}{mark}" for name in ("endless", "strange") for mark in ("", ", with a diff")),
        *(f"task_retry failed{mark}" for mark in WAYS),
    }


def test_no_extension_task_is_created_or_reported_on(play: Play, simulate: Simulate) -> None:
    sim = simulate("two_ways")
    vcenter = sim.service("vcenter")
    known = {"task_id": sim.task_id("over", "vcenter")}
    calls = {
        "created": {"state": "RUNNING", "description": "Backup"},
        "reported": {**known, "description": "Backup"},
        "known already": {**known, "state": "SUCCEEDED"},
        "impossible": {**known, "state": "RUNNING"},
    }
    tasks = [
        call(f"{name}{mark}", "extension_task", options, **keywords)
        for name, options in calls.items()
        for mark, keywords in WAYS.items()
    ]
    ran = play(tasks, "--check", module_defaults=defaults(sim, "vcenter"))
    assert not [seen for seen in sim.requests if seen["method"] != "GET" and seen["path"] != vcenter.login_url]
    assert vcenter.extension.infos == {}
    changes = {record["task"] for record in ran.records if record["result"]["changed"]}
    assert changes == {f"{name}{mark}" for name in ("created", "reported") for mark in WAYS}
    assert {ran[f"impossible{mark}"]["failure"]["kind"] for mark in WAYS} == {"not_allowed"}
    assert {ran[f"created{mark}"]["task_id"] for mark in WAYS} == {None}

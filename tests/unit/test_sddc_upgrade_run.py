# SPDX-License-Identifier: GPL-3.0-or-later
"""sddc_upgrade_run: upgrades and tasks that contradict each other, come late, or are not to be seen."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from ansible_collections.vcf.lifecycle.plugins.module_utils.operations import sddc_upgrade_run
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.sddc_upgrading import due_at
from ansible_collections.vcf.lifecycle.plugins.module_utils.sddc_upgrade_model import Upgrade
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import State
from ansible_collections.vcf.lifecycle.plugins.module_utils.transport import Request
from tests.unit.fakes import EPOCH, FakeFleet, Reply, is_login, not_found

OLD, NEW = "9.0", "9.1"
GOOD, BAD, GOING = "COMPLETED_WITH_SUCCESS", "COMPLETED_WITH_FAILURE", "INPROGRESS"
BUNDLE = {
    "id": "b1",
    "downloadStatus": "SUCCESSFUL",
    "components": [{"type": "NSX_T_MANAGER", "toVersion": NEW}],
}
OFFER = {"bundleId": "b1", "status": "AVAILABLE", "resource": {"resourceId": "d1"}}


def elements(*found: Any) -> dict[str, Any]:
    return {"elements": list(found)}


class Manager(FakeFleet):
    """SDDC Manager as a script: C(upgrade) and C(version) are words, or functions of the clock's seconds.

    The upgrade u1 is carried out by the task t1, and there as soon as it was asked for; C(listed) is from when on.
    """

    def __init__(self, upgrade: Any = GOOD, task: Any = "SUCCESSFUL", version: Any = NEW, listed: float = 0.0) -> None:
        super().__init__("sddc_manager", max_outage=60.0)
        self.upgrade, self.version, self.listed = upgrade, version, listed
        self.asked = False
        self.at: datetime | None = None
        self.usual = self.transport.serve
        self.transport.serve = self.answer
        self.tasks["t1"] = [lambda seconds: {"id": "t1", "name": "Upgrade", "status": self.of(task, seconds)}]

    def of(self, value: Any, seconds: float) -> Any:
        return value(seconds) if callable(value) else value

    def shown(self) -> dict[str, Any]:
        status = self.of(self.upgrade, self.clock.seconds)
        resource = {"resourceId": "d1", "scheduledTimestamp": self.at.isoformat() if self.at else None}
        return {
            "id": "u1",
            "bundleId": "b1",
            "status": status,
            "taskId": "t1",
            "resourceUpgradeSpecs": [resource],
        }

    def answer(self, request: Request) -> Reply:
        name = f"{request.method} {urlsplit(request.url).path.partition('/v1/')[2]}"
        if is_login(request) or "tasks" in name:
            return self.usual(request)
        if name == "POST upgrades":
            self.asked = True
            return {"id": "t1"}
        is_listed = self.asked and self.clock.seconds >= self.listed
        if name == "GET upgrades/u1":
            return self.shown() if self.upgrade and is_listed else not_found()
        nsx = {"id": "n1", "version": self.of(self.version, self.clock.seconds) if self.asked else OLD}
        bodies = {
            "GET domains": elements({"id": "d1", "name": "sfo-m01"}),
            "GET bundles": elements(BUNDLE),
            "GET upgrades": elements(*([self.shown()] if self.upgrade and is_listed else [])),
            "GET nsxt-clusters": elements(nsx),
            "GET upgradables/domains/d1": elements(OFFER),
            "GET releases/domains/d1": {"domainId": "d1", "targetVersion": "9.1"},
        }
        return bodies.get(name, elements())


OPTIONS = {"domain": "d1", "component": "NSX", "version": NEW, "poll_interval": 5.0}


def upgraded(fake: Manager, **options: Any) -> Any:
    return fake.run(sddc_upgrade_run.run, **OPTIONS, **options)


def failed(fake: Manager, **options: Any) -> Any:
    return fake.fail(sddc_upgrade_run.run, **OPTIONS, **options)


def test_both_agree() -> None:
    fake = Manager()
    result = upgraded(fake)
    assert (result["outcome"], result["upgrade"]["id"], result["states"]) == ("succeeded", "u1", {"t1": "SUCCEEDED"})
    assert fake.context.warnings == []


@pytest.mark.parametrize(("version", "outcome"), [(NEW, "failed_but_on_target"), (OLD, "failed")])
@pytest.mark.parametrize(("upgrade", "task"), [(BAD, "SUCCESSFUL"), (GOOD, "FAILED"), ("FAILED", "SUCCESSFUL")])
def test_a_failure_of_either_is_one(upgrade: str, task: str, version: str, outcome: str) -> None:
    failure = failed(Manager(upgrade, task, version))
    assert (failure.kind, failure.result["outcome"], failure.task_id) == ("task_failed", outcome, "t1")
    if upgrade != GOOD:
        assert f"Upgrade u1 ended as {upgrade}, and its task 'Upgrade' (t1) is SUCCEEDED. After it, " in failure.message
    assert ("accept_failed_but_on_target" in failure.message) == (version == NEW)
    assert ("NSX has 9.0 in place of 9.1" in failure.message) == (version == OLD)


@pytest.mark.parametrize(("upgrade", "task"), [(BAD, "SUCCESSFUL"), (GOOD, "FAILED")])
def test_a_failure_of_either_may_be_accepted(upgrade: str, task: str) -> None:
    result = upgraded(Manager(upgrade, task), accept_failed_but_on_target=True)
    assert result["outcome"] == "failed_but_on_target"
    assert failed(Manager(upgrade, task, OLD), accept_failed_but_on_target=True).kind == "task_failed"


def test_a_cancel_of_either_is_one() -> None:
    failure = failed(Manager("CANCELLED", "SUCCESSFUL", OLD))
    assert (failure.kind, failure.result["outcome"]) == ("task_canceled", "canceled")
    assert failed(Manager(GOOD, "CANCELLED", OLD)).kind == "task_canceled"


@pytest.mark.parametrize(
    ("upgrade", "task", "text"),
    [
        (GOOD, "IN_PROGRESS", f"Upgrade u1 is {GOOD}, and its task is RUNNING."),
        (GOING, "SUCCESSFUL", f"Upgrade u1 is {GOING}, and its task is SUCCEEDED."),
        ("DREAMING", "SUCCESSFUL", "Upgrade u1 is DREAMING, and its task is SUCCEEDED."),
    ],
)
def test_the_one_that_has_ended_is_believed_after_a_while(upgrade: str, task: str, text: str) -> None:
    fake = Manager(upgrade, task)
    result = upgraded(fake, max_poll_interval=5.0)
    assert result["outcome"] == "succeeded"
    assert 60 <= fake.clock.seconds < 80
    assert [warning.startswith(text) for warning in fake.context.warnings] == [True]


def test_an_upgrade_that_fails_beside_a_task_that_goes_on() -> None:
    failure = failed(Manager(BAD, "IN_PROGRESS", OLD), max_poll_interval=5.0)
    assert (failure.kind, failure.result["outcome"]) == ("task_failed", "failed")
    assert "its task 'Upgrade' (t1) is RUNNING" in failure.message


def test_the_one_that_is_behind_may_catch_up() -> None:
    fake = Manager(lambda seconds: GOING if seconds < 40 else GOOD)
    assert upgraded(fake)["outcome"] == "succeeded"
    assert 40 <= fake.clock.seconds < 60
    assert fake.context.warnings == []


def test_an_upgrade_that_is_never_to_be_seen() -> None:
    result = upgraded(Manager(upgrade=None))
    assert (result["outcome"], result["upgrade"], result["states"]) == ("succeeded", None, {"t1": "SUCCEEDED"})


def test_an_upgrade_that_shows_late() -> None:
    fake = Manager(listed=20.0, task=lambda seconds: "IN_PROGRESS" if seconds < 30 else "SUCCESSFUL")
    result = upgraded(fake)
    assert (result["outcome"], result["upgrade"]["id"]) == ("succeeded", "u1")
    assert fake.writes == ["POST upgrades"]


@pytest.mark.parametrize(("after", "outcome"), [(4.0, "succeeded"), (60.0, "succeeded_but_not_on_target")])
def test_versions_may_be_a_moment_behind(after: float, outcome: str) -> None:
    fake = Manager(version=lambda seconds: NEW if seconds >= after else OLD)
    result = upgraded(fake) if outcome == "succeeded" else failed(fake).result
    assert result["outcome"] == outcome


def test_time_runs_out_while_both_go_on() -> None:
    failure = failed(Manager(GOING, "IN_PROGRESS", OLD), timeout=30.0)
    assert (failure.kind, failure.result["outcome"], failure.result["timed_out"]) == ("timeout", "timeout", True)


def test_a_draft_of_what_is_done_is_left_alone() -> None:
    fake = Manager(upgrade="DRAFT")
    fake.asked = True
    result = upgraded(fake)
    assert (result["outcome"], result["changed"], fake.writes) == ("succeeded", False, [])


def test_what_is_scheduled_need_not_have_a_task_yet() -> None:
    fake = Manager(
        upgrade=lambda seconds: "SCHEDULED" if seconds < 3600 else GOOD,
        version=lambda seconds: OLD if seconds < 3600 else NEW,
    )
    fake.asked = True
    fake.at = EPOCH + timedelta(seconds=3600)
    done = fake.tasks["t1"][0]
    fake.tasks["t1"] = [lambda seconds: not_found() if seconds < 3600 else done(seconds)]
    result = upgraded(fake, timeout=60.0)
    assert (result["outcome"], result["adopted"], result["changed"], fake.writes) == ("succeeded", True, False, [])
    assert result["polls"] < 5
    assert 3600 <= fake.clock.seconds < 3660
    assert ["is scheduled already, for 2026-11-21T23:00:00+00:00" in text for text in fake.context.warnings] == [True]


def test_what_is_scheduled_may_be_canceled_meanwhile() -> None:
    fake = Manager(
        upgrade=lambda seconds: "SCHEDULED" if seconds < 1800 else "CANCELLED", task="CANCELLED", version=OLD
    )
    fake.asked = True
    fake.at = EPOCH + timedelta(seconds=3600)
    failure = failed(fake, timeout=60.0)
    assert (failure.kind, failure.result["outcome"]) == ("task_canceled", "canceled")
    assert 1800 <= fake.clock.seconds < 1900


def test_what_waits_for_its_time() -> None:
    later, now = EPOCH + timedelta(hours=1), EPOCH
    scheduled = Upgrade(id="u1", state=State.SCHEDULED, scheduled_for=later)
    assert due_at(scheduled, None, now) == later
    assert due_at(scheduled, None, later) is None
    assert due_at(Upgrade(id="u1", state=State.SCHEDULED), later, now) == later
    assert due_at(Upgrade(id="u1", state=State.SCHEDULED), None, now) is None
    assert due_at(Upgrade(id="u1", state=State.RUNNING, scheduled_for=later), None, now) is None
    assert due_at(None, later, now) is None

# SPDX-License-Identifier: GPL-3.0-or-later
"""sddc_bundle: what a bundle and the task of its download say when they do not agree, or say little."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.vcf.lifecycle.plugins.module_utils.operations import sddc_bundle
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.pace import STALE_SECONDS
from ansible_collections.vcf.lifecycle.plugins.module_utils.transport import Request
from tests.unit.fakes import FakeFleet, Reply

TASK = {"id": "t1", "name": "Download", "resources": [{"resourceId": "b1", "type": "BUNDLE"}]}


def manager(status: Any, task: Any = "SUCCESSFUL", *, listed: bool = True) -> FakeFleet:
    """SDDC Manager as a script.

    :param status: of the bundle, or a function of the clock's seconds and of whether the download was asked for.
    :param task: the same of the task, without the second.
    :param listed: whether the list of tasks shows it.
    """
    fake = FakeFleet("sddc_manager", max_outage=60.0)
    usual = fake.transport.serve

    def of_task(seconds: float) -> Reply:
        return {**TASK, "status": task(seconds) if callable(task) else task}

    def serve(request: Request) -> Reply:
        if "/bundles/" in request.url and request.method == "GET":
            now = status(fake.clock.seconds, bool(fake.writes)) if callable(status) else status
            return {"id": "b1", "downloadStatus": now, "components": []}
        return usual(request)

    fake.transport.serve = serve
    fake.tasks["t1"] = [of_task]
    fake.write = [TASK]
    if not listed:
        fake.list = [{"elements": [], "pageMetadata": {"totalPages": 1}}]
    return fake


def test_a_bundle_that_is_behind_its_task_is_waited_for() -> None:
    fake = manager(lambda seconds, asked: "SUCCESSFUL" if seconds > 8 else "IN_PROGRESS" if asked else "PENDING")
    result = fake.run(sddc_bundle.run, bundle_id="b1", poll_interval=3.0)
    assert (result["changed"], result["bundle"]["downloaded"]) == (True, True)
    assert fake.clock.seconds > 8


def test_a_task_that_went_well_is_not_enough() -> None:
    fake = manager("PENDING")
    failure = fake.fail(sddc_bundle.run, bundle_id="b1", poll_interval=3.0)
    assert failure.kind == "task_failed"
    assert "not downloaded although its download has ended; it is PENDING" in failure.message
    assert STALE_SECONDS <= fake.clock.seconds < 3 * STALE_SECONDS
    assert len(fake.writes) == 1


def test_how_an_earlier_download_ended_is_not_taken_for_this_one() -> None:
    def status(seconds: float, asked: bool) -> str:
        return "SUCCESSFUL" if seconds > 20 else "FAILED"

    fake = manager(status, lambda seconds: "SUCCESSFUL" if seconds > 15 else "IN_PROGRESS")
    assert fake.run(sddc_bundle.run, bundle_id="b1", poll_interval=3.0)["bundle"]["downloaded"]


def test_a_bundle_that_is_here_is_here_whatever_its_task_says() -> None:
    fake = manager(lambda seconds, asked: "SUCCESSFUL" if asked else "PENDING", "FAILED")
    result = fake.run(sddc_bundle.run, bundle_id="b1")
    assert (result["changed"], result["states"]) == (True, {"t1": "FAILED"})


def test_the_task_is_shown_as_it_has_ended() -> None:
    fake = manager(lambda seconds, asked: "SUCCESSFUL" if asked else "PENDING")
    # The download ends between the look at its task and the one at the bundle.
    fake.tasks["t1"] = [{**TASK, "status": "IN_PROGRESS"}, {**TASK, "status": "SUCCESSFUL"}]
    assert fake.run(sddc_bundle.run, bundle_id="b1")["states"] == {"t1": "SUCCEEDED"}


def test_a_download_without_a_task_to_be_seen_is_followed_by_the_bundle() -> None:
    fake = manager(lambda seconds, asked: "SUCCESSFUL" if seconds > 40 else "IN_PROGRESS", listed=False)
    result = fake.run(sddc_bundle.run, bundle_id="b1")
    assert (result["changed"], result["adopted"], result["tasks"], fake.writes) == (False, True, [], [])
    assert fake.clock.seconds > 40


@pytest.mark.parametrize("status", ["DREAMING", None])
def test_a_status_that_is_not_known_is_neither_success_nor_failure(status: str | None) -> None:
    fake = manager(lambda seconds, asked: status if asked else "PENDING")
    failure = fake.fail(sddc_bundle.run, bundle_id="b1", timeout=100.0)
    assert (failure.kind, failure.result["timed_out"]) == ("timeout", True)
    assert fake.clock.seconds == pytest.approx(100.0, abs=1)


def test_the_task_of_another_bundle_is_not_taken_for_the_download() -> None:
    fake = manager(lambda seconds, asked: "SUCCESSFUL" if seconds > 40 else "IN_PROGRESS", "IN_PROGRESS")
    fake.tasks["t1"] = [{**TASK, "status": "IN_PROGRESS", "resources": [{"resourceId": "b2"}]}]
    assert fake.run(sddc_bundle.run, bundle_id="b1")["tasks"] == []

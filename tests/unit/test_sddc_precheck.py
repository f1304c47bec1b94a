# SPDX-License-Identifier: GPL-3.0-or-later
"""sddc_precheck: what is made of results that say little, come late, or contradict themselves."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest

from ansible_collections.vcf.lifecycle.plugins.module_utils.operations import sddc_precheck
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.pace import STALE_SECONDS
from ansible_collections.vcf.lifecycle.plugins.module_utils.transport import Answer, Request
from tests.unit.fakes import FakeFleet, Reply, is_login

SUCCESS, FAILURE = "COMPLETED_WITH_SUCCESS", "COMPLETED_WITH_FAILURE"
RESOURCE = {"resourceType": "VCENTER", "checkSets": [{"checkSetId": "c1"}]}
MISSING = Answer(404, {}, {"message": "no such run"})


def result(status: str | None, errors: float | None = 0.0, **more: Any) -> dict[str, Any]:
    """A result of checks; without a number of errors, one that does not say what it found."""
    counts = {"errorValidationsCount": errors, "warningGapsCount": 0.0}
    artifacts = {} if errors is None else {"validation-domain-summary": [counts]}
    return {"status": status, "presentedArtifactsMap": artifacts, **more}


def manager(found: Any, task: str = "SUCCESSFUL", last: Any = ()) -> FakeFleet:
    """SDDC Manager as a script.

    :param found: the result of the run r1, or a function of the clock's seconds.
    :param task: the status of its task.
    :param last: the last runs, before the checks are run.
    """
    fake = FakeFleet("sddc_manager", max_outage=60.0)
    usual = fake.transport.serve
    bodies: dict[str, Any] = {
        "GET domains": {"elements": [{"id": "d1", "name": "sfo-m01"}]},
        "GET releases/domains/d1/future-releases": {"elements": []},
        "GET system/check-sets": list(last),
        "POST system/check-sets/queries": {"queryId": "q1", "resources": [RESOURCE]},
        "POST system/check-sets": {"id": "r1"},
        "PATCH system/check-sets/r1": {"id": "r1"},
        "GET system/check-sets/r1": found,
    }

    def serve(request: Request) -> Reply:
        name = f"{request.method} {urlsplit(request.url).path.partition('/v1/')[2]}"
        if is_login(request) or name not in bodies:
            return usual(request)
        return bodies[name](fake.clock.seconds) if callable(bodies[name]) else bodies[name]

    fake.transport.serve = serve
    fake.tasks["r1"] = [{"id": "r1", "name": "Check", "status": task}]
    return fake


def checked(fake: FakeFleet, **options: Any) -> Any:
    return fake.run(sddc_precheck.run, domain="d1", target_version="9.1", poll_interval=3.0, **options)


def failed(fake: FakeFleet, **options: Any) -> Any:
    given = {"domain": "d1", "target_version": "9.1", "poll_interval": 3.0, "timeout": 200.0, **options}
    return fake.fail(sddc_precheck.run, **given)


def test_a_result_that_is_behind_its_task_is_waited_for() -> None:
    fake = manager(lambda seconds: result(SUCCESS if seconds > 40 else "IN_PROGRESS"))
    assert checked(fake)["error_count"] == 0
    assert fake.clock.seconds > 40


@pytest.mark.parametrize("gate", [True, False])
@pytest.mark.parametrize(
    ("found", "kind"),
    [
        (result(SUCCESS, None), "invalid_response"),
        (result(FAILURE, None), "task_failed"),
        (result(FAILURE, 0.0), "task_failed"),
        (result("DREAMING", 0.0), "invalid_response"),
        (result(None, None, validationResult={"message": "x"}), "invalid_response"),
        (MISSING, "invalid_response"),
        (result("IN_PROGRESS", 0.0), "timeout"),
    ],
)
def test_only_what_says_that_it_found_nothing_is_good(found: Any, kind: str, gate: bool) -> None:
    assert failed(manager(found), fail_on_errors=gate).kind == kind


@pytest.mark.parametrize("found", [result("DREAMING"), MISSING], ids=str)
def test_what_makes_no_sense_is_given_a_moment(found: Any) -> None:
    fake = manager(lambda seconds: found if seconds < STALE_SECONDS / 2 else result(SUCCESS))
    assert checked(fake)["error_count"] == 0


@pytest.mark.parametrize("status", [SUCCESS, FAILURE])
def test_errors_count_whatever_the_status(status: str) -> None:
    failure = failed(manager(result(status, 2.0)))
    assert (failure.kind, failure.message) == ("task_failed", "The checks of domain d1 found 2 errors.")
    assert checked(manager(result(status, 2.0)), fail_on_errors=False)["error_count"] == 2


def test_a_task_that_failed_is_no_leave() -> None:
    assert failed(manager(result(SUCCESS, 0.0), "FAILED")).kind == "task_failed"


@pytest.mark.parametrize(("task", "adopted"), [("IN_PROGRESS", True), ("SUCCESSFUL", False)])
def test_where_the_state_of_the_last_run_is_not_known_its_task_tells(task: str, adopted: bool) -> None:
    last = [{"id": "r1", "state": "DREAMING", "timestamp": 1, "domainInputs": [{"domainId": "d1"}]}]
    fake = manager(result(SUCCESS), task, last)
    fake.tasks["r1"] = [*fake.tasks["r1"], {"id": "r1", "name": "Check", "status": "SUCCESSFUL"}]
    found = checked(fake)
    assert (found["adopted"], found["changed"]) == (adopted, not adopted)


def test_nothing_is_run_again_by_the_ids_of_a_result_that_has_none() -> None:
    last = [{"id": "r1", "state": SUCCESS, "timestamp": 1, "domainInputs": [{"domainId": "d1"}]}]
    fake = manager(result(SUCCESS, 1.0), last=last)
    checked(fake, rerun_failed=True, fail_on_errors=False)
    assert fake.writes == ["POST queries", "POST queries", "POST check-sets"]


def test_a_domain_that_nothing_can_be_checked_in() -> None:
    fake = manager(result(SUCCESS))
    usual = fake.transport.serve
    empty = {"queryId": "q1", "resources": []}
    fake.transport.serve = lambda request: empty if request.url.endswith("/queries") else usual(request)
    failure = failed(fake)
    assert (failure.kind, fake.writes) == ("not_allowed", ["POST queries"])
    assert "has no checks for an upgrade of domain sfo-m01 to 9.1" in failure.message

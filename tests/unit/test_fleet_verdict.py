# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run of an upgrade comes to, and how that is said."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.vcf.lifecycle.plugins.module_utils.errors import (
    AuthorizationFailure,
    Failure,
    LostContactFailure,
    UnreachableFailure,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations import fleet_verdict
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.follow import Course
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.outcome import Outcome, Verified
from ansible_collections.vcf.lifecycle.plugins.module_utils.options import Waiting
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import State, Task
from tests.unit.data import read
from tests.unit.fakes import fleet_task


def course(state: State | None = State.SUCCEEDED, **fields: Any) -> Course:
    made = Course(**fields)
    if state is not None:
        made.watch("t1", Task(id="t1", service="fleet_lcm", state=state, done=state.is_terminal))
    return made


def checked(*checks: dict[str, Any]) -> Task:
    group = {"id": "OPS", "name": {"defaultMessage": "VCF Operations"}, "prechecks": list(checks)}
    result = {"type": "PRECHECK", "status": "SUCCEEDED", "precheckGroups": [group]}
    return read("fleet_lcm", fleet_task(status="SUCCEEDED", result=result))


def check(severity: str | None = None, status: str = "SUCCEEDED") -> dict[str, Any]:
    issue = {"issue": {"id": f"{severity}-1", "type": severity, "message": "x"}} if severity else {}
    return {"id": "DISK", "status": status, **issue}


@pytest.mark.parametrize(
    ("checks", "errors", "warnings"),
    [
        ([check()], 0, 0),
        ([check("WARN"), check("WARN"), check("SKIPPED", "SKIPPED")], 0, 2),
        ([check("ERROR"), check("WARN")], 1, 1),
        ([check("CRITICAL")], 1, 0),  # a word that is not known here is not taken for harmless
        ([check(status="FAILED")], 1, 0),
    ],
)
def test_prechecks_are_judged_by_their_issues(checks: list[dict[str, Any]], errors: int, warnings: int) -> None:
    found = fleet_verdict.findings_of([checked(*checks)])
    assert found is not None
    assert (found["errors"], found["warnings"]) == (errors, warnings)
    assert all(one["group"] == "VCF Operations" for one in found["findings"])


@pytest.mark.parametrize("state", [State.SUCCEEDED, State.WARNING, State.SKIPPED])
def test_prechecks_without_a_result_are_not_passed(state: State) -> None:
    assert fleet_verdict.findings_of([]) is None
    assert fleet_verdict.findings_of([checked()]) is None
    found = fleet_verdict.outcome(course(state), None, None, is_precheck=True)
    assert found is Outcome.FAILED
    failure = said(course(state), found, None, is_precheck=True)
    assert failure is not None
    assert failure.message == "Task t1 has ended and shows no result of any precheck."


def said(
    made: Course, found: Outcome | None, verified: dict[str, Verified] | None, *, is_precheck: bool = False
) -> Failure | None:
    return fleet_verdict.failure(
        made, Waiting(), found, verified, None, is_precheck=is_precheck, accept_failed_but_on_target=False
    )


@pytest.mark.parametrize(
    ("failure", "found"),
    [
        (LostContactFailure("x"), Outcome.LOST_CONTACT),
        (UnreachableFailure("x"), Outcome.LOST_CONTACT),
        (AuthorizationFailure("x"), None),
    ],
)
def test_a_run_that_could_not_be_followed(failure: Failure, found: Outcome | None) -> None:
    made = course(State.RUNNING, failure=failure)
    assert fleet_verdict.outcome(made, {}, None, is_precheck=False) is found
    assert said(made, found, {}) is failure


def test_a_task_that_ended_as_time_ran_out_has_ended() -> None:
    verified = {"OPS": Verified("2", "2")}
    made = course(timed_out=True)
    assert fleet_verdict.outcome(made, verified, None, is_precheck=False) is Outcome.SUCCEEDED
    late = course(State.RUNNING, timed_out=True)
    assert fleet_verdict.outcome(late, verified, None, is_precheck=False) is Outcome.TIMEOUT
    never_begun = course(None, timed_out=True)
    assert fleet_verdict.outcome(never_begun, None, None, is_precheck=False) is Outcome.TIMEOUT


def test_contact_that_is_lost_in_the_end_is_a_failure() -> None:
    made = course(lost_contact=True)
    found = fleet_verdict.outcome(made, {"OPS": Verified("2", None)}, None, is_precheck=False)
    failure = said(made, found, {})
    assert failure is not None
    assert (found, failure.kind) == (Outcome.LOST_CONTACT, "lost_contact")


def test_nothing_left_to_do_and_yet_not_on_target() -> None:
    verified = {"OPS": Verified("2", "1"), "SALT": Verified("2", None), "VSP": Verified("2", "2")}
    made = course(None)
    found = fleet_verdict.outcome(made, verified, None, is_precheck=False)
    failure = said(made, found, verified)
    assert found is Outcome.SUCCEEDED_BUT_NOT_ON_TARGET
    assert failure is not None
    assert failure.message == (
        "There is nothing left to be done, but OPS has 1 in place of 2; "
        "SALT has a version that could not be read in place of 2."
    )

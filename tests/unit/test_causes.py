# SPDX-License-Identifier: GPL-3.0-or-later
"""Which errors are shown as the root causes."""

from __future__ import annotations

import pytest

from ansible_collections.vcf.lifecycle.plugins.module_utils import causes
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import Stage, State, TaskError
from tests.unit.data import a_task


def error(message: str | None = None, **fields: str) -> TaskError:
    return TaskError(message=message, **fields)


def shown(errors: list[TaskError]) -> list[str | None]:
    return [found.message for found in errors]


@pytest.mark.parametrize(
    "text",
    [
        "Internal error occurred. Please retry",
        "An internal error has occurred.",
        "internal server error",
        "An unexpected error occurred",
        "Unknown exception",
        "Task failed",
        "The workflow has failed.",
        "Subtask failed",
        "Something went wrong. Please try again later. See the logs.",
        "",
        None,
    ],
)
def test_generic(text: str | None) -> None:
    assert causes.is_generic(error(text))


@pytest.mark.parametrize(
    "text",
    [
        "Internal error occurred in the depot",
        "Task failed: the disk is full",
        "Upgrade failed for nsx.example.com",
        "The disk is full",
        "Unknown host",
    ],
)
def test_not_generic(text: str) -> None:
    assert not causes.is_generic(error(text))


def test_wrappers_go_where_something_better_exists() -> None:
    assert shown(causes.choose([error("Task failed"), error("The disk is full"), error(None, code="E")])) == [
        "The disk is full"
    ]


def test_wrappers_stay_where_there_is_nothing_better() -> None:
    assert shown(causes.choose([error("Task failed"), error("Internal error")])) == ["Task failed", "Internal error"]
    assert causes.choose([]) == []


def test_the_same_error_is_one_that_knows_what_any_knew() -> None:
    one = error("Broken", code="E", remediation="Mend it", where="a")
    other = error("Broken", code="E", reference="R", remediation="Leave it", cause="Age")
    merged = TaskError(code="E", message="Broken", remediation="Mend it", reference="R", cause="Age", where="a")
    assert causes.choose([one, other]) == [merged]


def test_other_codes_are_other_errors() -> None:
    assert len(causes.choose([error("Broken", code="E1"), error("Broken", code="E2")])) == 2


def test_a_retried_stage_that_went_well_is_history() -> None:
    stages = [
        Stage(name="one", state=State.SUCCEEDED, errors=[error("First try")]),
        Stage(name="two", state=State.FAILED, errors=[error("Second stage")]),
    ]
    assert shown(causes.gather(State.FAILED, [], stages, [])) == ["Second stage"]


def test_history_is_better_than_nothing() -> None:
    stages = [
        Stage(name="one", state=State.SUCCEEDED, errors=[error("First try")]),
        Stage(name="two", state=State.FAILED, errors=[error("Stage failed")]),
    ]
    assert shown(causes.gather(State.FAILED, [], stages, [])) == ["First try"]


@pytest.mark.parametrize("state", [State.RUNNING, State.PENDING, State.UNKNOWN])
def test_errors_of_a_task_that_goes_on_are_history(state: State) -> None:
    stages = [Stage(name="one", state=State.RUNNING, errors=[error("First try")])]
    assert causes.gather(state, [error("Earlier")], stages, []) == []


@pytest.mark.parametrize("state", [State.SUCCEEDED, State.SKIPPED])
def test_success_has_no_causes(state: State) -> None:
    failed = Stage(name="one", state=State.FAILED, errors=[error("Broken")])
    assert causes.gather(state, [error("Earlier")], [failed], []) == []


def test_a_failed_stage_of_a_running_task_counts() -> None:
    failed = Stage(name="one", state=State.FAILED, errors=[error("Broken")])
    assert shown(causes.gather(State.RUNNING, [], [failed], [])) == ["Broken"]


def test_where_is_the_whole_path() -> None:
    inner = Stage(name="inner", state=State.FAILED, errors=[error("Broken")])
    outer = Stage(id="7", state=State.FAILED, stages=[inner])
    subtask = a_task(State.FAILED, "s", name=None, root_causes=[error("Also broken", where="deep / deeper")])
    found = causes.gather(State.FAILED, [error("At the top")], [outer], [subtask])
    assert [cause.where for cause in found] == [None, "7 / inner", "s / deep / deeper"]

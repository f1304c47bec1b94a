# SPDX-License-Identifier: GPL-3.0-or-later
"""What an upgrade comes to: the word of its tasks, and the versions that there really are."""

from __future__ import annotations

import pytest

from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.outcome import (
    Outcome,
    Verified,
    is_good,
    outcome_of,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import State

ON_TARGET = {"OPS": Verified("9.1.1", "9.1.1"), "VSP": Verified("9.1.1", "9.1.1")}
HALF = {**ON_TARGET, "VSP": Verified("9.1.1", "9.1.0")}
UNREAD = {**ON_TARGET, "VSP": Verified("9.1.1", None)}

DONE, WARNED, FAILED, CANCELED, RUNNING = (
    State.SUCCEEDED,
    State.WARNING,
    State.FAILED,
    State.CANCELED,
    State.RUNNING,
)


@pytest.mark.parametrize(
    ("states", "verified", "outcome"),
    [
        ([DONE], ON_TARGET, Outcome.SUCCEEDED),
        ([], ON_TARGET, Outcome.SUCCEEDED),
        ([DONE, State.SKIPPED], ON_TARGET, Outcome.SUCCEEDED),
        ([DONE, WARNED], ON_TARGET, Outcome.SUCCEEDED_WITH_WARNINGS),
        ([DONE], HALF, Outcome.SUCCEEDED_BUT_NOT_ON_TARGET),
        ([DONE], UNREAD, Outcome.SUCCEEDED_BUT_NOT_ON_TARGET),
        ([DONE], {}, Outcome.SUCCEEDED_BUT_NOT_ON_TARGET),
        ([WARNED], HALF, Outcome.SUCCEEDED_BUT_NOT_ON_TARGET),
        ([FAILED], ON_TARGET, Outcome.FAILED_BUT_ON_TARGET),
        ([FAILED], HALF, Outcome.FAILED),
        ([FAILED], {}, Outcome.FAILED),
        ([FAILED, CANCELED], HALF, Outcome.FAILED),
        ([CANCELED], HALF, Outcome.CANCELED),
        ([CANCELED], ON_TARGET, Outcome.CANCELED),
        ([RUNNING, FAILED], HALF, Outcome.TIMEOUT),
        ([State.UNKNOWN], ON_TARGET, Outcome.TIMEOUT),
    ],
)
def test_outcomes(states: list[State], verified: dict[str, Verified], outcome: Outcome) -> None:
    assert outcome_of(states, verified) is outcome


def test_time_and_contact_go_before_all_else() -> None:
    assert outcome_of([FAILED], ON_TARGET, timed_out=True) is Outcome.TIMEOUT
    assert outcome_of([DONE], ON_TARGET, timed_out=True, lost_contact=True) is Outcome.LOST_CONTACT


@pytest.mark.parametrize("accept", [True, False])
def test_a_false_failure_is_good_only_for_who_accepts_it(accept: bool) -> None:
    good = {outcome for outcome in Outcome if is_good(outcome, accept_failed_but_on_target=accept)}
    always = {Outcome.SUCCEEDED, Outcome.SUCCEEDED_WITH_WARNINGS}
    assert good == (always | {Outcome.FAILED_BUT_ON_TARGET} if accept else always)


@pytest.mark.parametrize(
    ("state", "found"),
    [
        (State.SUCCEEDED, Outcome.SUCCEEDED),
        (State.WARNING, Outcome.SUCCEEDED_WITH_WARNINGS),
        (State.FAILED, Outcome.FAILED),
        (State.CANCELED, Outcome.CANCELED),
        (State.RUNNING, Outcome.TIMEOUT),
    ],
)
def test_what_changes_no_version_is_judged_by_its_task(state: State, found: Outcome) -> None:
    assert outcome_of([state], None) is found

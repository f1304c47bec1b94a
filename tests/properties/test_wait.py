# SPDX-License-Identifier: GPL-3.0-or-later
"""task_wait says of the tasks what the service said, whatever befalls the requests."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.vcf.lifecycle.plugins.module_utils.task import State
from tests.properties import strategies
from tests.properties.profile import TRIED
from tests.properties.tries import tried

pytestmark = pytest.mark.parametrize("service", strategies.WAIT_SERVICES)

_ENDS = {State.SUCCEEDED, State.WARNING, State.SKIPPED, State.FAILED, State.CANCELED}
# vCenter has no other word for what was canceled, and it is shown.
_SAYS_FAILED = re.compile(r"(?<!not )\bfailed\b|(?<!\(status )\bFAILED\b")


@TRIED
@given(data=st.data())
def test_success_is_what_the_service_said_last(service: str, data: st.DataObject) -> None:
    """A wait succeeds only if the last thing that the service said of every task was an end that is accepted.

    With C(wait_for) any, of one task; with C(on_timeout) continue it may also have run out of time, and says so.
    """
    world, options, outcome = tried("wait", service, data)
    if outcome.failure is not None or (options["on_timeout"] == "continue" and outcome.result["timed_out"]):
        return
    accepted = {State(state) for state in options["accept_states"]}
    ended_well = [bool(world.last_said(task_id) & accepted) for task_id in options["task_ids"]]
    assert any(ended_well) if options["wait_for"] == "any" else all(ended_well)


@TRIED
@given(data=st.data())
def test_a_bad_end_is_what_the_service_said(service: str, data: st.DataObject) -> None:
    """A wait says that a task failed, or was canceled, only if the service did; and otherwise not a word of it."""
    world, options, outcome = tried("wait", service, data)
    if outcome.failure is None:
        return
    said = world.ever_said(outcome.failure.task_id or "")
    bad = _ENDS - {State(state) for state in options["accept_states"]}
    if outcome.kind == "task_failed":
        assert said & (bad - {State.CANCELED})
    elif outcome.kind == "task_canceled":
        assert said & (bad & {State.CANCELED})
    elif outcome.kind in ("timeout", "lost_contact", "unreachable"):
        assert not _SAYS_FAILED.search(outcome.failure.message)

# SPDX-License-Identifier: GPL-3.0-or-later
"""A run that ended too early, and the same once more, come to what one run comes to.

The service is one that shows what it has accepted: a task that is tried again goes on, and one that is being canceled
says so, or is not cancellable until its running stage has ended, within the seconds for which such a task is watched.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.vcf.lifecycle.plugins.module_utils.operations import pace
from tests.properties import strategies
from tests.properties.profile import TRIED
from tests.properties.runs import Outcome, run
from tests.properties.tasks import OnCancel, OnRetry, Phase, Plan, Run
from tests.properties.tries import VERBS_OF_SERVICES
from tests.properties.world import Killed, Setup, World

LONG = {
    "timeout": 10_000.0,
    "poll_interval": 1.0,
    "max_poll_interval": 5.0,
    "max_outage": 1800.0,
    "request_timeout": 30.0,
}


@pytest.mark.parametrize(("verb", "service"), VERBS_OF_SERVICES)
@TRIED
@given(data=st.data())
def test_a_run_that_was_killed(verb: str, service: str, data: st.DataObject) -> None:
    """Killed at any request, and run again, a verb ends as it would have, and nothing is sent twice."""
    setup = data.draw(calm(service, verb), label="world")
    in_one = World(setup)
    expected = run(in_one, verb, {**LONG, "task_ids": ids(setup)})
    world = World(setup, cut_at=data.draw(st.integers(0, in_one.requests), label="killed at request"))
    with suppress(Killed):
        run(world, verb, {**LONG, "task_ids": ids(setup)})
    world.cut_at = None
    compare(world, expected, again(world, verb, data))


@pytest.mark.parametrize(("verb", "service"), VERBS_OF_SERVICES)
@TRIED
@given(data=st.data())
def test_a_run_that_ran_out_of_time(verb: str, service: str, data: st.DataObject) -> None:
    """Ended by its timeout, and run again, a verb ends as it would have, and nothing is sent twice."""
    setup = data.draw(calm(service, verb), label="world")
    expected = run(World(setup), verb, {**LONG, "task_ids": ids(setup)})
    world = World(setup)
    timeout = data.draw(st.sampled_from([0.0, 1.0, 5.0, 20.0, 60.0]), label="timeout")
    run(world, verb, {**LONG, "timeout": timeout, "task_ids": ids(setup)})
    compare(world, expected, again(world, verb, data))


def again(world: World, verb: str, data: st.DataObject) -> Outcome:
    """Run the verb once more, some time later."""
    world.clock.sleep(data.draw(st.sampled_from([0.0, 3.0, 40.0]), label="pause"))
    return run(world, verb, {**LONG, "task_ids": ids(world.setup)})


def compare(world: World, expected: Outcome, last: Outcome) -> None:
    """Hold two runs in a world against one run in another."""
    assert (last.kind, last.result["states"]) == (expected.kind, expected.result["states"])
    for name in ("cancelled", "finished_first", "still_canceling", "not_cancellable", "not_retriable"):
        assert last.result.get(name) == expected.result.get(name)
    sent = [(write.verb, write.plan_id) for write in world.received]
    assert len(sent) == len(set(sent))


def ids(setup: Setup) -> list[str]:
    """Return the ids of all tasks."""
    return [plan.task_id for plan in setup.plans]


@st.composite
def calm(draw: st.DrawFn, service: str, verb: str) -> Setup:
    """A world in which nothing befalls a request, and what is done comes to an end of its own."""
    setup: Setup = draw(strategies.setups(service, verb, st.just(())))
    plans = tuple(_ending(plan, verb, service) for plan in setup.plans)
    return replace(setup, plans=plans, is_password_wrong=False, latency=min(setup.latency, 2.0))


def _ending(plan: Plan, verb: str, service: str) -> Plan:
    """Return the plan without what would come out differently for who looks later."""
    fields: dict[str, Any] = {"created": min(plan.created, 0.0), "shows_after": 0.0, "helped_after": None}
    first = replace(plan.runs[0], end=plan.runs[0].end or Phase.SUCCEEDED)
    if verb == "retry":
        # A failure that comes later would be another one, and be retried by a second run.
        first = first if not first.phases else replace(first, end=Phase.SUCCEEDED)
        second = replace(plan.runs[-1], end=Phase.SUCCEEDED)
        return replace(plan, runs=(first, second), on_retry=OnRetry.SAME_ID, **fields)
    if verb == "cancel":
        # Whether it is canceled at all depends on when it is asked for, but for what lasts.
        lasting = Run(((Phase.RUNNING, 10_000.0),), Phase.SUCCEEDED)
        is_over = not first.phases
        # VMC alone has a word for a task that is being canceled; with the others that shows when it ends.
        longest = plan.cancel_seconds if service == "vmc" else pace.DOUBT / 2
        fields["cancel_seconds"] = min(plan.cancel_seconds, longest)
        return replace(plan, runs=(first if is_over else lasting,), on_cancel=OnCancel.TAKES, **fields)
    return replace(plan, runs=(first,), **fields)

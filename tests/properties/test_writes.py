# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked for once is carried out once, whatever happens to requests and answers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.properties.profile import TRIED
from tests.properties.strategies import TROUBLED_WRITES
from tests.properties.tries import VERBS_OF_SERVICES, tried
from tests.properties.world import World


@pytest.mark.parametrize(("verb", "service"), VERBS_OF_SERVICES)
@TRIED
@given(data=st.data())
def test_nothing_is_carried_out_twice(verb: str, service: str, data: st.DataObject) -> None:
    """No task is cancelled twice, and none is retried twice for one failure, also by what was still under way."""
    world, options, _outcome = tried(verb, service, data, TROUBLED_WRITES)
    world.finish()
    done = causes(world)
    assert len(done) == len(set(done))
    if options["on_timeout"] != "cancel":
        assert {verb_done for verb_done, _plan, _cause in done} <= {verb}


@pytest.mark.parametrize(("verb", "service"), [pair for pair in VERBS_OF_SERVICES if pair[0] != "wait"])
@TRIED
@given(data=st.data())
def test_what_was_carried_out_is_said(verb: str, service: str, data: st.DataObject) -> None:
    """A verb whose request was carried out never says that nothing has changed, with success or without."""
    world, _options, outcome = tried(verb, service, data, TROUBLED_WRITES)
    if world.carried_out:
        assert outcome.result["changed"] is True


def causes(world: World) -> list[tuple[str, str, int]]:
    """Return what each write was that the service carried out, to which task, and for which run of it."""
    return [(write.verb, write.plan_id, write.cause if write.verb == "retry" else 0) for write in world.carried_out]

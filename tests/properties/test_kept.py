# SPDX-License-Identifier: GPL-3.0-or-later
"""Nothing that was seen of a task is lost, however a verb ends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.properties.profile import TRIED
from tests.properties.strategies import TROUBLED_READS
from tests.properties.tries import VERBS_OF_SERVICES, tried


@pytest.mark.parametrize(("verb", "service"), VERBS_OF_SERVICES)
@TRIED
@given(data=st.data())
def test_every_task_that_was_seen_is_in_the_result(verb: str, service: str, data: st.DataObject) -> None:
    """A result, of a failure too, has every task that the service showed, in the state that it said last."""
    world, _options, outcome = tried(verb, service, data, TROUBLED_READS)
    for task in world.tasks:
        ids = [task_id for task_id in sorted(task.ids) if world.said.get(task_id)]
        if ids:
            shown = {found["id"]: found["state"] for found in outcome.result["tasks"] if found["id"] in ids}
            assert shown, f"{ids} are lost"
            for task_id, state in shown.items():
                assert state in {said.value for said in world.last_said(task_id)}

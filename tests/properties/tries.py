# SPDX-License-Identifier: GPL-3.0-or-later
"""A verb in a random world, with random options."""

from __future__ import annotations

from typing import Any

from hypothesis import event
from hypothesis import strategies as st

from tests.properties import strategies, wire
from tests.properties.runs import Outcome, run
from tests.properties.weather import Trouble
from tests.properties.world import World

VERBS_OF_SERVICES = [
    (verb, service)
    for verb in ("wait", "cancel", "retry")
    for service in (wire.SERVICES_WITH_RETRY if verb == "retry" else strategies.WAIT_SERVICES)
]


def tried(
    verb: str,
    service: str,
    data: st.DataObject,
    befalling: st.SearchStrategy[tuple[Trouble, ...]] = strategies.ANY_TROUBLES,
) -> tuple[World, dict[str, Any], Outcome]:
    """Run a verb on all tasks of a random world; return the world, the options and what came of it.

    :param befalling: what befalls the requests.
    """
    world = World(data.draw(strategies.setups(service, verb, befalling), label="world"))
    options = data.draw(strategies.OPTIONS[verb], label="options")
    options["task_ids"] = [plan.task_id for plan in world.setup.plans]
    outcome = run(world, verb, options)
    event(f"{verb}: {outcome.kind or 'success'}")
    return world, options, outcome

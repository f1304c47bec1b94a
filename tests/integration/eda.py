# SPDX-License-Identifier: GPL-3.0-or-later
"""The event source as ansible-rulebook runs it: by its file, on a loop of asyncio, with a queue."""

from __future__ import annotations

import asyncio
import logging
import runpy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from ansible_collections.vcf.lifecycle.extensions.simulator.simulator import Simulator
from tests.integration.runs import COLLECTIONS, connection

COLLECTION = COLLECTIONS / "ansible_collections/vcf/lifecycle"
SOURCE = COLLECTION / "extensions/eda/plugins/event_source/tasks.py"
TOO_LONG = 60  # seconds for one thing to happen

Event = dict[str, Any]


class Listening:
    """A source that runs against a simulator, and what it has told so far."""

    def __init__(self, sim: Simulator, running: asyncio.Task[None], queue: asyncio.Queue[Event]) -> None:
        self.sim = sim
        self.running = running
        self.events: list[Event] = []
        self.has_looked = asyncio.Event()
        self.has_warned = asyncio.Event()
        self._queue = queue

    async def until(self, last: str) -> list[str]:
        """Wait for an event; return, in words, it and all that came since the one that was waited for before."""
        told: list[str] = []
        while last not in told:
            getting = asyncio.ensure_future(self._queue.get())
            await asyncio.wait({getting, self.running}, timeout=TOO_LONG, return_when=asyncio.FIRST_COMPLETED)
            assert getting.done(), f"the source ended, or told nothing for too long: {self.running} {told}"
            self.events.append(getting.result())
            told.append(word(getting.result()))
        return told

    async def look(self) -> None:
        """Wait until the source has looked at all tasks as they are now."""
        # The first look may have begun before.
        for _ in range(3):
            self.has_looked.clear()
            await asyncio.wait_for(self.has_looked.wait(), TOO_LONG)

    async def until_warned(self) -> None:
        """Wait until the source has warned, which it does of an outage that is longer than it rides out at one go."""
        await asyncio.wait_for(self.has_warned.wait(), TOO_LONG)

    async def advance(self, seconds: float) -> None:
        """Let simulated time pass, and wait until the source has looked."""
        await asyncio.to_thread(self.sim.advance, seconds)
        await self.look()


def word(event: Event) -> str:
    """An event as a test names it: what happened, and to which task."""
    return f"{event['transition']} {event['task']['name']}" if event["task"] else event["transition"]


@asynccontextmanager
async def listening(
    scenario: dict[str, Any], service: str = "fleet_lcm", /, *, room: int = 0, **options: Any
) -> AsyncIterator[Listening]:
    """Run the source against a simulated service whose time stands still, and cancel it in the end.

    :param room: for how many events the queue has room; 0 for any number.
    """
    loop = asyncio.get_running_loop()

    def asked(request: dict[str, Any]) -> None:
        if request["path"].endswith(("/tasks", "/sddcs")):
            loop.call_soon_threadsafe(source.has_looked.set)

    class Warned(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            loop.call_soon_threadsafe(source.has_warned.set)

    logger, handler = logging.getLogger("vcf.lifecycle.tasks"), Warned(logging.WARNING)
    main = runpy.run_path(str(SOURCE))["main"]
    queue: asyncio.Queue[Event] = asyncio.Queue(room)
    with Simulator.from_dict(scenario, on_request=asked) as sim:
        sim.clock.speed = 0
        running = asyncio.create_task(main(queue, {**connection(sim, service), "poll_interval": 0.02, **options}))
        source = Listening(sim, running, queue)
        logger.addHandler(handler)
        try:
            await source.look()
            yield source
        finally:
            logger.removeHandler(handler)
            running.cancel()
            done, _ = await asyncio.wait({running}, timeout=TOO_LONG)
            assert done, "the source does not end when it is canceled"
    assert running.cancelled()

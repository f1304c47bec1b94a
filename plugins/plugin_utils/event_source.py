# SPDX-License-Identifier: GPL-3.0-or-later
"""The event source of ansible-rulebook: options in, events out, and a thread for what would keep others waiting.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

import asyncio
import logging
import random
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.parameters import remove_values

from ansible_collections.vcf.lifecycle.plugins.module_utils import runner
from ansible_collections.vcf.lifecycle.plugins.module_utils.clock import Clock
from ansible_collections.vcf.lifecycle.plugins.module_utils.errors import OptionsFailure
from ansible_collections.vcf.lifecycle.plugins.module_utils.libraries import MISSING
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations import pace
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.context import Context
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.watch import ARGUMENT_SPEC, Event, Watch
from ansible_collections.vcf.lifecycle.plugins.module_utils.options import Connection
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.registry import SERVICES

_NOT_OPTIONS = ("eda_feedback_queue",)
"""What ansible-rulebook hands over besides the options, where a rulebook asks for it."""

_LOGGER = logging.getLogger("vcf.lifecycle.tasks")


class Listener(Protocol):
    """What takes the events; the queue of ansible-rulebook does."""

    async def put(self, item: dict[str, Any]) -> None:
        """Take an event, as soon as there is room for it."""


class Stopped(Exception):
    """Nobody listens any more."""


class StoppableClock(Clock):
    """A clock whose sleepers can be woken for good."""

    def __init__(self) -> None:
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Let nobody sleep any more."""
        self._stopped.set()

    def sleep(self, seconds: float) -> None:
        """Let that many seconds pass.

        :raises Stopped: as soon as the clock is stopped.
        """
        if self._stopped.wait(max(0.0, seconds)):
            raise Stopped


async def listen(queue: Listener, args: Mapping[str, Any]) -> None:
    """Put what happens to tasks into a queue, until it is canceled.

    :param args: the options, as a rulebook has them.
    :raises Failure: when an option is wrong, or going on would be of no use.
    """
    params, secrets = checked(args)
    clock = StoppableClock()
    with watching(params, Context(clock=clock)) as watch:
        looking: asyncio.Task[None] | None = None
        try:
            while True:
                began = clock.monotonic()
                told: asyncio.Queue[Event | None] = asyncio.Queue()
                looking = asyncio.create_task(_look(watch, told))
                while (event := await told.get()) is not None:
                    await queue.put(remove_values(event.as_result(), secrets))
                await looking
                for warning in watch.context.warnings:
                    _LOGGER.warning("%s", remove_values(warning, secrets))
                watch.context.warnings.clear()
                steady = pace.interval(watch.poll_interval, watch.poll_interval, 0.0, random.random())
                await asyncio.sleep(pace.pause(steady, clock.monotonic() - began))
        finally:
            clock.stop()
            watch.stop()
            if looking is not None:
                # A request that is under way comes to its end before the line is closed.
                await asyncio.gather(looking, return_exceptions=True)


async def _look(watch: Watch, told: asyncio.Queue[Event | None]) -> None:
    """Look once, in a thread, and pass on what is told there; None when there is no more to come."""
    loop = asyncio.get_running_loop()

    def tell(event: Event) -> None:
        loop.call_soon_threadsafe(told.put_nowait, event)

    try:
        await asyncio.to_thread(watch.look, tell)
    finally:
        told.put_nowait(None)


def checked(args: Mapping[str, Any]) -> tuple[dict[str, Any], frozenset[str]]:
    """Return the options with their types and defaults, and the secrets that are in them.

    One that is null or empty counts as not set, so that a variable of the rulebook may leave it to the environment.

    :raises OptionsFailure: naming the option that is wrong.
    """
    if MISSING:
        raise OptionsFailure(f"vcf.lifecycle.tasks can not run. {runner.missing_library()}")
    given = {name: value for name, value in args.items() if value not in (None, "") and name not in _NOT_OPTIONS}
    validation = ArgumentSpecValidator(ARGUMENT_SPEC).validate(given)
    secrets = frozenset(validation._no_log_values)
    if validation.error_messages:
        message = remove_values(runner.complaint(validation, "vcf.lifecycle.tasks").rstrip("."), secrets)
        raise OptionsFailure(f"The options of the event source vcf.lifecycle.tasks are wrong: {message}.")
    return validation.validated_parameters, secrets


@contextmanager
def watching(params: Mapping[str, Any], context: Context) -> Iterator[Watch]:
    """Open the line to the service of the options, and close it whatever happens.

    :raises Failure: of the kinds options and unsupported, when the options are wrong.
    """
    connection = Connection.of(params)
    SERVICES[connection.service].check_connection(connection)
    with runner.connected(connection, context) as service:
        yield Watch(service, params, context)

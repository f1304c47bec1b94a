# SPDX-License-Identifier: GPL-3.0-or-later
"""Watching tasks for events, at every service."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.context import Context
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.watch import ARGUMENT_SPEC, Event, Watch
from ansible_collections.vcf.lifecycle.plugins.plugin_utils.event_source import watching
from tests.conformance.bench import IDS, Bench, JumpingClock
from tests.conformance.traits import TRAITS

NAMES = {task_id: name for name, task_id in IDS.items()}
RETRIES = [name for name, traits in TRAITS.items() if traits.retries]


class Watcher:
    """A watch over one service, and what its last look has told."""

    def __init__(self, service: Bench, watch: Watch) -> None:
        self.service = service
        self.watch = watch
        self.events: list[Event] = []

    def look(self, after: float = 0.0) -> list[tuple[str, str]]:
        """Let seconds pass and look; return what that told: the names of tasks, and what happened to them."""
        self.service.sim.advance(after)
        self.events = []
        self.watch.look(self.events.append)
        return [(NAMES[event.task.id], event.transition.value) for event in self.events if event.task]


@contextmanager
def watcher(service: Bench, **options: Any) -> Iterator[Watcher]:
    given = service.options(**{**(service.traits.list_needs or {}), **options})
    validation = ArgumentSpecValidator(ARGUMENT_SPEC).validate(given)
    assert not validation.error_messages, validation.error_messages
    with watching(validation.validated_parameters, Context(clock=JumpingClock(service.sim))) as watch:
        yield Watcher(service, watch)


def test_it_catches_up_from_a_time_on_and_goes_on_from_there(service: Bench) -> None:
    with watcher(service, since=service.sim.clock.at(-3000).isoformat()) as watch:
        told = watch.look()
        assert [event for event in told if event[0] in ("over", "probe", "failed", "running")] == [
            ("failed", "started"),
            ("failed", "failed"),
            ("running", "started"),
        ]
        times = [event.task.ended_at for event in watch.events if event.task and event.task.ended_at]
        assert times == sorted(times)
        assert watch.look() == []
        assert [event for event in watch.look(150) if event[0] in ("running", "doomed")] == [
            ("running", "succeeded"),
            ("doomed", "failed"),
        ]
        assert watch.look() == []


def test_without_a_time_it_tells_what_happens_from_now_on(service: Bench) -> None:
    with watcher(service) as watch:
        assert watch.look() == []
        told = watch.look(150)
    assert {"running", "doomed", "steadfast"} <= {name for name, _kind in told}
    assert not {"over", "probe", "failed", "elsewhere"} & {name for name, _kind in told}


@pytest.mark.parametrize("service", RETRIES, indirect=True)
def test_a_failure_that_was_retried_between_two_looks(service: Bench) -> None:
    with watcher(service, task_ids=[IDS["doomed"]]) as watch:
        watch.look(70)
        entry = service.service.tasks.get(IDS["doomed"])
        assert entry is not None
        service.sim.advance(60)
        service.service.tasks.retry(entry)
        assert watch.look(10) == [("doomed", "failed"), ("doomed", "started")]
        assert watch.look(60) == [("doomed", "failed")]

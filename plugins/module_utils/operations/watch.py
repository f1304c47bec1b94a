# SPDX-License-Identifier: GPL-3.0-or-later
"""Watching tasks for as long as anybody listens: each look tells what has happened since the one before.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from ansible_collections.vcf.lifecycle.plugins.module_utils.clock import duration
from ansible_collections.vcf.lifecycle.plugins.module_utils.errors import (
    Failure,
    InvalidResponseFailure,
    LostContactFailure,
    UnreachableFailure,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.context import Context
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.stall import diagnosis
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.transitions import (
    Kind,
    Seen,
    Transition,
    in_order,
    transitions,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.verdict import as_is, sentence_of_end
from ansible_collections.vcf.lifecycle.plugins.module_utils.options import (
    PACE_SPEC,
    SELECTION_SPEC,
    ArgumentSpec,
    Selection,
    Waiting,
    connection_spec,
    time_of,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.selection import choose
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.base import Service
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import Task, plain

_OF_ONE_LOOK = ("states", "ended_after", "limit")
"""Filters that a task passes now and not later: what happens to a task is for the rules to judge."""

ARGUMENT_SPEC: ArgumentSpec = {
    **connection_spec(max_outage=1800.0),
    **{name: option for name, option in SELECTION_SPEC.items() if name not in _OF_ONE_LOOK},
    "poll_interval": PACE_SPEC["poll_interval"],
    "stall_after": PACE_SPEC["stall_after"],
    "since": {"type": "str"},
}


@dataclass(kw_only=True)
class Event:
    """One thing that has happened, as a rule sees it. What does not apply is None.

    C(outage_seconds) is how long an outage lasted, C(reason) why it began.
    """

    transition: Kind
    service: str
    hostname: str
    seen_at: datetime
    message: str
    task: Task | None = None
    previous_stage: str | None = None
    quiet_seconds: float | None = None
    outage_seconds: float | None = None
    reason: str | None = None

    def as_result(self) -> dict[str, Any]:
        """Return the event as plain JSON types, with the task as the modules return it."""
        shown = {field.name: plain(getattr(self, field.name)) for field in fields(self) if field.name != "task"}
        return {**shown, "task": self.task.as_result() if self.task else None}


class Watch:
    """Looks at the tasks of one service, again and again, and tells what has happened.

    Nothing is told twice, and what could not be seen in an outage is told after it.
    """

    def __init__(self, service: Service, params: Mapping[str, Any], context: Context) -> None:
        """Prepare to look; nothing is sent yet.

        :raises Failure: of the kinds options and unsupported, when the options are wrong.
        """
        self.service = service
        self.context = context
        self.selection = Selection.of(params)
        waiting = Waiting.of(params)
        self.poll_interval, self.stall_after = waiting.poll_interval, waiting.stall_after
        self._since = time_of(params["since"], "since", zone_needed=True)
        service.check_selection(self.selection)
        self._seen: dict[str, Seen] = {}
        self._purged: set[str] = set()
        self._has_looked = False
        self._is_out = False
        self._has_warned = False
        self._tell: Callable[[Event], None] = lambda event: None
        service.login.patient = True
        service.contact.on_lost, service.contact.on_back = self._lost, self._back

    def look(self, tell: Callable[[Event], None]) -> None:
        """Look at the tasks once, through an outage, and tell what has happened.

        An outage that is too long to be ridden out at one go ends the look, with a warning, and not the watch.

        :param tell: is given each event as soon as it is known.
        :raises Failure: when looking again would be of no use: a login that is rejected, an address that is wrong.
        """
        self._tell = tell
        try:
            tasks = list(self._read())
        except (UnreachableFailure, LostContactFailure, InvalidResponseFailure) as failure:
            self._go_on_after(failure)
            return
        self.service.contact.trust()
        for transition in in_order(self._news(tasks)):
            tell(self._event(transition))
        self._has_looked = True

    def stop(self) -> None:
        """Begin no more requests, from whatever thread that is asked for."""
        self.service.contact.limit = self.context.clock.monotonic()

    def _go_on_after(self, failure: Failure) -> None:
        contact = self.service.contact
        if not self._has_looked and not contact.is_out:
            # Nothing has ever come of it: where it is looked for is wrong.
            raise failure
        if not self._has_warned:
            self._has_warned = True
            self.context.warn(f"{failure.as_sentence()} It goes on being watched all the same.")
        if not contact.is_out:
            contact.suspect(failure.message.rstrip(".?!"), contact.clock.monotonic())

    # Reading ---------------------------------------------------------------------------------------------------

    def _read(self) -> Iterator[Task]:
        """Yield the tasks as they are now, the oldest first, whole where something may have happened to them."""
        if self.selection.task_ids is not None:
            shown = map(self.service.get_task, self.selection.task_ids)
            yield from (task for task in shown if task is not None)
            return
        listed = choose(self.service.list_tasks(self.selection), self.selection)
        for task in reversed(listed):
            yield self._whole(task)
        # That the list does not show a task says nothing about it.
        self._purged -= {task.id for task in listed}
        known = {task.id for task in listed} | self._purged
        for task_id in [task_id for task_id, seen in self._seen.items() if not seen.is_over and task_id not in known]:
            task_by_itself = self.service.get_task(task_id)
            if task_by_itself is None:
                self._purged.add(task_id)
            else:
                yield task_by_itself

    def _whole(self, task: Task) -> Task:
        if self.service.list_has_stages:
            return task
        before = self._seen.get(task.id)
        may_tell = not task.done or (self._is_news(before, task) and transitions(before, task, 0.0)[1])
        return (self.service.get_task(task.id) or task) if may_tell else task

    # Telling ---------------------------------------------------------------------------------------------------

    def _news(self, tasks: list[Task]) -> list[Transition]:
        """Remember the tasks, and return what has happened to them."""
        now = self.context.clock.monotonic()
        found = []
        for task in tasks:
            before = self._seen.get(task.id)
            self._seen[task.id], happened = transitions(before, task, now, self.stall_after)
            found += happened if self._is_news(before, task) else []
        if self._since is None and not self._has_looked:
            # From now on, by the clock that stamps the tasks.
            stamps = [stamp for task in tasks for stamp in (task.created_at, task.updated_at, task.ended_at) if stamp]
            self._since = max(stamps, default=None)
        return found

    def _is_news(self, before: Seen | None, task: Task) -> bool:
        """Tell whether what a look shows of a task happened in the time that is watched.

        That of a task seen before always did. One that is first seen late and goes on has begun since, as far as anyone
        knows; one that had ended before the watch began has nothing to tell whenever it turns up.
        """
        if before is not None or (self._has_looked and not task.done):
            return True
        if self._since is None:
            return self._has_looked
        when = (task.ended_at or task.updated_at) if task.done else (task.started_at or task.created_at)
        return when is not None and when > self._since

    def _event(self, transition: Transition) -> Event:
        task = transition.task
        return self._new(
            transition.kind,
            self._sentence(transition),
            task=task,
            previous_stage=transition.previous_stage,
            quiet_seconds=transition.quiet_seconds,
        )

    def _sentence(self, transition: Transition) -> str:
        task = transition.task
        if transition.kind is Kind.STARTED:
            return f"Task {task.label} of {task.service} has begun."
        if transition.kind is Kind.STAGE_CHANGED:
            return f"Task {task.label} of {task.service} is {as_is(task)}."
        if transition.kind is Kind.STALLED:
            quiet = transition.quiet_seconds or 0.0
            changed_at = self.context.clock.now() - timedelta(seconds=quiet)
            others = [seen.task for seen in self._seen.values() if not seen.is_over and seen.task.id != task.id]
            return diagnosis(task, quiet, changed_at, others)
        if transition.is_inferred:
            who = f"Task {task.label} of {task.service}"
            return f"{who} failed, and was retried before anybody looked; it is now {as_is(task)}."
        return sentence_of_end(task)

    def _lost(self, reason: str, seconds: float) -> None:
        if not self._is_out:
            self._is_out = True
            self._tell(self._new(Kind.OUTAGE_BEGAN, f"{self._who} is out of contact: {reason}.", reason=reason))

    def _back(self, seconds: float) -> None:
        self._is_out = self._has_warned = False
        message = f"{self._who} is back in contact after {duration(seconds)}."
        self._tell(self._new(Kind.OUTAGE_ENDED, message, outage_seconds=seconds))

    @property
    def _who(self) -> str:
        return f"{self.service.name} at {self.service.contact.address}"

    def _new(self, kind: Kind, message: str, **more: Any) -> Event:
        return Event(
            transition=kind,
            service=self.service.name,
            hostname=self.service.contact.address,
            seen_at=self.context.clock.now(),
            message=message,
            **more,
        )

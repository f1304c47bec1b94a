# SPDX-License-Identifier: GPL-3.0-or-later
"""Following tasks to their ends: the loop that task_wait, task_cancel and task_retry share.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from ansible_collections.vcf.lifecycle.plugins.module_utils.contact import DeadlinePassed
from ansible_collections.vcf.lifecycle.plugins.module_utils.errors import Failure, LostContactFailure, TimeoutFailure
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations import estimate, pace
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.context import Context
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.rounds import Rounds
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.select import not_found, targets
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.stall import diagnosis
from ansible_collections.vcf.lifecycle.plugins.module_utils.options import Selection, Waiting
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.base import Service
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import State, Task

_MOST_ESTIMATED_TYPES = 3


@dataclass
class Watched:
    """One task that a verb looks after. Times are of the monotonic clock.

    C(asked_id) is what it was asked for by, C(task_id) what the service knows it by now: a retry may give a new id.
    """

    asked_id: str
    task_id: str
    task: Task | None = None
    is_over: bool = False
    changed_at: float = 0.0
    missing_since: float | None = None
    warned_stalled: bool = False
    warned_statuses: set[str | None] = field(default_factory=set)
    stale: Task | None = None
    stale_until: float = 0.0

    def see(self, task: Task, now: float) -> None:
        """Take what the service says of the task for the present."""
        self.task = task
        self.missing_since = None
        self.is_over = task.done and (self.stale is None or task != self.stale or now >= self.stale_until)

    def expect_news(self, now: float) -> None:
        """For a while, take a task that looks exactly as it does now for one whose service has not caught up yet."""
        self.stale, self.stale_until, self.is_over = self.task, now + pace.STALE_SECONDS, False


@dataclass
class Course:
    """How the tasks of a verb have fared. Nothing in it says more than the service did."""

    watched: dict[str, Watched] = field(default_factory=dict)
    timed_out: bool = False
    lost_contact: bool = False
    lost_because: str | None = None
    failure: Failure | None = None

    def watch(self, task_id: str, task: Task | None = None) -> None:
        """Look after a task, from now on."""
        self.watched[task_id] = Watched(task_id, task_id, task, is_over=task is not None and task.done)

    @property
    def tasks(self) -> list[Task]:
        """The tasks as last seen, in the order in which they were asked for."""
        return [watched.task for watched in self.watched.values() if watched.task is not None]

    @property
    def going_on(self) -> list[Watched]:
        """The tasks that have not ended, or have not been seen."""
        return [watched for watched in self.watched.values() if not watched.is_over]


@dataclass
class Follower:
    """Follows tasks of one service until a deadline that stays the same over several calls."""

    service: Service
    waiting: Waiting
    context: Context
    rounds: Rounds = field(init=False)
    started: float = field(init=False)
    deadline: float = field(init=False)
    _usual: dict[str, float | None] = field(default_factory=dict)
    _shown_at: float = field(init=False)

    def __post_init__(self) -> None:
        """Start the clock."""
        clock, contact = self.context.clock, self.service.contact
        self.rounds = Rounds(self.service)
        self.started = self._shown_at = clock.monotonic()
        self.service.login.patient = True
        contact.on_lost = self.context.observer.out_of_contact
        contact.on_back = self.context.observer.back_in_contact
        self.extend(self.waiting.seconds_left(clock.now()))

    def extend(self, seconds: float) -> None:
        """Set a new deadline, that many seconds from now."""
        self.deadline = self.context.clock.monotonic() + seconds
        self.service.contact.deadline = self.deadline
        # A request that is under way at the deadline may come to its end.
        self.service.contact.limit = self.deadline + self.service.connection.request_timeout

    @property
    def is_time_up(self) -> bool:
        """Whether nothing may be begun any more."""
        return self.context.clock.monotonic() >= self.deadline

    @property
    def elapsed(self) -> float:
        """Seconds since the following began."""
        return self.context.clock.monotonic() - self.started

    @contextmanager
    def keeping(self, course: Course) -> Iterator[None]:
        """Whatever ends what is done in here becomes part of the course, so that nothing that is known is lost."""
        try:
            yield
        except DeadlinePassed:
            course.timed_out = True
        except Failure as failure:
            course.failure = failure
        course.lost_contact = self.service.contact.is_out or isinstance(course.failure, LostContactFailure)
        course.lost_because = self.service.contact.reason if course.lost_contact else None

    def require_time(self, course: Course, what: str) -> None:
        """Refuse to begin something when time is up already.

        :param what: what is not begun, for the message.
        :raises TimeoutFailure: when it is.
        """
        if self.is_time_up:
            course.timed_out = True
            raise TimeoutFailure(f"Time is up, so {what} was not begun.", service=self.service.name)

    def watch_targets(self, course: Course, selection: Selection, *, allow_multiple: bool) -> dict[str, State]:
        """Look after the tasks that a verb is to write to; return the states that they are in.

        :raises OptionsFailure: when a filter matches several tasks and that is not allowed.
        :raises NotFoundFailure: when the service does not know one of the ids.
        """
        for task_id, task in targets(self.service, selection, allow_multiple=allow_multiple):
            course.watch(task_id, task)
        return {task.id: task.state for task in course.tasks}

    def follow(self, course: Course, enough: Callable[[Course], bool]) -> None:
        """Look at the tasks, again and again, until it is enough or time is up.

        :param enough: tells whether to stop, given the course so far.
        :raises Failure: when there is no going on.
        :raises DeadlinePassed: when time is up during an outage.
        """
        clock = self.context.clock
        while True:
            began = clock.monotonic()
            self._look(course)
            if enough(course):
                return
            now = clock.monotonic()
            if now >= self.deadline:
                course.timed_out = True
                return
            clock.sleep(min(pace.pause(self._next_interval(course), now - began), self.deadline - now))

    def look_once(self, course: Course) -> None:
        """Look at the tasks one time.

        :raises NotFoundFailure: when the service does not know one of them.
        """
        self._look(course)
        for watched in course.watched.values():
            if watched.missing_since is not None:
                raise not_found(self.service, watched.task_id)

    def refresh(self, course: Course) -> None:
        """See how the tasks are now, if that can be seen: what was to be done is done already."""
        try:
            for watched in course.going_on:
                task = self.service.get_task(watched.task_id)
                if task is not None:
                    watched.see(task, self.context.clock.monotonic())
        except (Failure, DeadlinePassed):
            return

    def pause(self, seconds: float) -> bool:
        """Let time pass, no longer than to the deadline; return whether there is any left."""
        clock = self.context.clock
        clock.sleep(min(seconds, self.deadline - clock.monotonic()))
        return clock.monotonic() < self.deadline

    def _look(self, course: Course) -> None:
        """Read all tasks that have not ended, and tell what has changed.

        :raises NotFoundFailure: when the service has not known a task for longer than the grace.
        """
        pending: dict[str, list[Watched]] = {}
        for watched in course.going_on:
            pending.setdefault(watched.task_id, []).append(watched)
        changed: dict[str, Task] = {}
        for task_id, task in self.rounds.read({task_id: group[0].task for task_id, group in pending.items()}):
            for watched in pending[task_id]:
                if self._take(watched, task) and task is not None:
                    changed[task_id] = task
        self._estimate(course)
        self._tell(course, list(changed.values()))
        self._look_for_stalls(course)

    def _take(self, watched: Watched, task: Task | None) -> bool:
        """Take note of what the service says of a task; return whether it is news for a person."""
        now = self.context.clock.monotonic()
        if task is None:
            watched.missing_since = now if watched.missing_since is None else watched.missing_since
            self._look_into_absence(watched, now - watched.missing_since)
            return False
        if watched.missing_since is not None:
            self.service.contact.trust()
        if task.state is State.UNKNOWN and task.status not in watched.warned_statuses:
            watched.warned_statuses.add(task.status)
            said = f"says {task.status!r} of task {task.label}, a status that is not known here"
            if task.status is None:
                said = f"says nothing of the status of task {task.label}"
            self.context.warn(f"{self.service.name} {said}. It is neither success nor failure; waiting goes on.")
        before = watched.task
        watched.see(task, now)
        if before == task:
            return False
        watched.changed_at, watched.warned_stalled = now, False
        return before is None or _appearance(before) != _appearance(task)

    def _look_into_absence(self, watched: Watched, missing: float) -> None:
        """Return while a task that the service does not know may still turn up.

        Of a task that was there a moment ago a gateway may say the same while the service is away.

        :param missing: seconds for which the service has not known it.
        :raises NotFoundFailure: when it is the service itself that does not know it.
        :raises LostContactFailure: when the service is away for longer than an outage may last.
        """
        contact = self.service.contact
        if missing < pace.GRACE:
            return
        if watched.task is None or self.service.is_up(watched.task_id):
            contact.trust()
            raise not_found(self.service, watched.task_id, seen_before=watched.task is not None)
        contact.suspect("it does not know what it has to know", contact.clock.monotonic() - missing)
        if missing >= contact.max_outage:
            raise LostContactFailure(
                f"{self.service.name} at {contact.address} has not known task {watched.task.label} for "
                f"{missing:.0f} s, nor answered what it has to know. This says nothing about the task.",
                service=self.service.name,
                task_id=watched.task_id,
                http_status=404,
            )
        # It may have come back as another version, which has to be met anew.
        self.service.login.renew()

    def _next_interval(self, course: Course) -> float:
        now = self.context.clock.monotonic()
        quiet = now - max([self.started, *(watched.changed_at for watched in course.watched.values())])
        seconds = pace.interval(self.waiting.poll_interval, self.waiting.max_poll_interval, quiet, random.random())
        if any(watched.missing_since is not None for watched in course.watched.values()):
            seconds = min(seconds, 1.0)
        return seconds

    def _estimate(self, course: Course) -> None:
        """Say of tasks that are going on how long they may still take."""
        if not self.waiting.progress or self.context.check_mode:
            return
        for watched in course.going_on:
            task = watched.task
            if task is None or not task.type or task.done or task.estimated_remaining_seconds is not None:
                continue
            if task.type not in self._usual and len(self._usual) < _MOST_ESTIMATED_TYPES:
                past = self.service.sample(Selection(type=task.type, include_system_tasks=True))
                self._usual[task.type] = estimate.usual_seconds([old for old in past if old.type == task.type])
            usual = self._usual.get(task.type)
            task.estimated_remaining_seconds = estimate.remaining_seconds(task, usual, self.context.clock.now())

    def _tell(self, course: Course, changed: list[Task]) -> None:
        now = self.context.clock.monotonic()
        if changed:
            self.context.observer.tasks_changed(changed, course.tasks, self.elapsed)
            self._shown_at = now
        elif now - self._shown_at >= pace.HEARTBEAT:
            self.context.observer.still_waiting(course.tasks, self.elapsed)
            self._shown_at = now

    def _look_for_stalls(self, course: Course) -> None:
        now = self.context.clock.monotonic()
        stalled = [watched for watched in course.going_on if self._has_stalled(watched, now)]
        if not stalled:
            return
        others = self._others(course)
        for watched in stalled[: pace.HANDFUL]:
            if watched.task is not None:
                quiet = now - max(watched.changed_at, self.started)
                changed_at = self.context.clock.now() - timedelta(seconds=quiet)
                self._warn_live(diagnosis(watched.task, quiet, changed_at, others))
        for watched in stalled:
            watched.warned_stalled = True
        more = [watched.task_id for watched in stalled[pace.HANDFUL :]]
        if more:
            named = ", ".join(more[: pace.HANDFUL]) + (", and others" if len(more) > pace.HANDFUL else "")
            self._warn_live(f"Nothing has changed either in {len(more)} more tasks: {named}.")

    def _has_stalled(self, watched: Watched, now: float) -> bool:
        """Tell whether a task has stood still for long enough to say so, once."""
        if not self.waiting.stall_after or watched.task is None or watched.warned_stalled:
            return False
        return now - max(watched.changed_at, self.started) >= self.waiting.stall_after

    def _others(self, course: Course) -> list[Task]:
        """Return other tasks that are going on at the service, as far as one try shows them."""
        awaited = {watched.task_id for watched in course.watched.values()}
        seen = self.service.sample(Selection(include_system_tasks=True))
        return [task for task in seen if not task.done and task.id not in awaited]

    def _warn_live(self, text: str) -> None:
        """Give a warning that somebody who looks on sees at once."""
        self.context.warn(text)
        self.context.observer.notice(text)


def _appearance(task: Task) -> tuple[object, ...]:
    """Return what a progress line shows of a task."""
    return task.state, task.status, task.progress_percent, task.current_stage

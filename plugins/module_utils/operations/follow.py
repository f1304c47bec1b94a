# SPDX-License-Identifier: GPL-3.0-or-later
"""Following tasks to their ends: the loop that task_wait, task_cancel and task_retry share.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from ansible_collections.vcf.lifecycle.plugins.module_utils.contact import DeadlinePassed
from ansible_collections.vcf.lifecycle.plugins.module_utils.errors import Failure
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations import estimate, pace
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.context import Context
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.select import not_found
from ansible_collections.vcf.lifecycle.plugins.module_utils.options import Selection, Waiting
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.base import Service
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import State, Task

# For how many seconds a task that was just retried, and still looks exactly as it did when it failed, is taken to be
# one whose service has not caught up yet.
_STALE_SECONDS = 10.0
_MOST_ESTIMATED_TYPES = 3


@dataclass
class Watched:
    """One task that is being followed. Times are of the monotonic clock."""

    task_id: str
    task: Task | None = None
    missing_since: float | None = None
    changed_at: float = 0.0
    warned_stalled: bool = False
    stale: Task | None = None

    def is_over(self, elapsed: float) -> bool:
        """Tell whether the task has ended, as the service said last."""
        if self.task is None or not self.task.done:
            return False
        return self.stale is None or self.task != self.stale or elapsed >= _STALE_SECONDS


@dataclass
class Course:
    """How following went. Nothing in it says more than the service did."""

    watched: dict[str, Watched]
    elapsed: float = 0.0
    """Seconds since this following began, when the tasks were last looked at."""
    timed_out: bool = False
    failure: Failure | None = None
    lost_contact: bool = False

    @property
    def tasks(self) -> list[Task]:
        """The tasks as last seen, in the order in which they were asked for."""
        return [watched.task for watched in self.watched.values() if watched.task is not None]

    @property
    def all_over(self) -> bool:
        """Whether every task has ended."""
        return all(watched.is_over(self.elapsed) for watched in self.watched.values())


@dataclass
class Follower:
    """Follows tasks of one service until a deadline that stays the same over several calls."""

    service: Service
    waiting: Waiting
    context: Context
    polls: int = 0
    started: float = field(init=False)
    deadline: float = field(init=False)
    _pages: int | None = None
    _usual: dict[str, float | None] = field(default_factory=dict)
    _shown_at: float = field(init=False)

    def __post_init__(self) -> None:
        """Start the clock."""
        clock, contact = self.context.clock, self.service.contact
        self.started = self._shown_at = clock.monotonic()
        self.deadline = self.started + self.waiting.seconds_left(clock.now())
        self.service.patient = True
        contact.deadline = self.deadline
        contact.on_lost = self.context.observer.out_of_contact
        contact.on_back = self.context.observer.back_in_contact

    def extend(self, seconds: float) -> None:
        """Set a new deadline, that many seconds from now."""
        self.deadline = self.context.clock.monotonic() + seconds
        self.service.contact.deadline = self.deadline

    @property
    def elapsed(self) -> float:
        """Seconds since the following began."""
        return self.context.clock.monotonic() - self.started

    def follow(
        self,
        task_ids: Iterable[str],
        enough: Callable[[Course], bool],
        *,
        known: Iterable[Task] = (),
        stale: Iterable[Task] = (),
    ) -> Course:
        """Look at the tasks, again and again, until it is enough, time is up, or there is no going on.

        :param enough: tells whether to stop, given the course so far.
        :param known: tasks as they were a moment ago.
        :param stale: how tasks looked when they were retried; for a while, looking like that is not news.
        """
        begun = self.context.clock.monotonic()
        course = Course({task_id: Watched(task_id, changed_at=begun) for task_id in task_ids})
        for task in known:
            course.watched[task.id].task = task
        for task in stale:
            course.watched[task.id].stale = task
        while True:
            try:
                course.elapsed = self.context.clock.monotonic() - begun
                self._look(course)
            except DeadlinePassed:
                course.timed_out, course.lost_contact = True, self.service.contact.is_out
                return course
            except Failure as failure:
                course.failure, course.lost_contact = failure, failure.kind in ("lost_contact", "unreachable")
                return course
            if enough(course):
                return course
            if self.context.clock.monotonic() >= self.deadline:
                course.timed_out = True
                return course
            self.context.clock.sleep(self._next_interval(course))

    def look_once(self, task_ids: Iterable[str], stale: Iterable[Task] = ()) -> Course:
        """Look at the tasks one time.

        :raises NotFoundFailure: when the service does not know one of them.
        """
        course = self.follow(task_ids, lambda _course: True, stale=stale)
        unknown = next((watched for watched in course.watched.values() if watched.missing_since is not None), None)
        if unknown is not None and course.failure is None:
            course.failure = not_found(self.service, unknown.task_id)
        return course

    def pause(self, seconds: float) -> bool:
        """Let time pass, no longer than to the deadline; return whether there is any left."""
        clock = self.context.clock
        clock.sleep(min(seconds, self.deadline - clock.monotonic()))
        return clock.monotonic() < self.deadline

    def _look(self, course: Course) -> None:
        """Read all tasks that have not ended, and tell what has changed.

        :raises NotFoundFailure: when the service has not known a task for longer than the grace.
        """
        pending = [watched for watched in course.watched.values() if not watched.is_over(course.elapsed)]
        self.polls += 1
        changed = []
        shown = self._listed(pending) if pace.reads_list(len(pending), self._pages) else {}
        for watched in pending:
            task = shown.get(watched.task_id.lower())
            if task is None or (task.done and not self.service.list_has_stages):
                task = self.service.get_task(watched.task_id)
            if self._take(watched, task):
                changed.append(watched.task)
        self._estimate(course)
        self._tell(course, [task for task in changed if task is not None])
        self._look_for_stalls(course)

    def _listed(self, pending: list[Watched]) -> dict[str, Task]:
        wanted = tuple(watched.task_id for watched in pending)
        tasks = self.service.list_tasks(Selection(task_ids=wanted, include_system_tasks=True))
        self._pages = -(-len(tasks) // self.service.page_size)
        return {task.id.lower(): task for task in tasks}

    def _take(self, watched: Watched, task: Task | None) -> bool:
        """Take note of what the service says of a task; return whether it is news."""
        now = self.context.clock.monotonic()
        if task is None:
            watched.missing_since = now if watched.missing_since is None else watched.missing_since
            if now - watched.missing_since >= pace.GRACE:
                raise not_found(self.service, watched.task_id, seen_before=watched.task is not None)
            return False
        watched.missing_since = None
        if task.state is State.UNKNOWN:
            self.context.warn(
                f"{self.service.name} says {task.status!r} of task {task.label}, a status that is not known here. "
                "It is neither success nor failure; waiting goes on."
            )
        before, watched.task = watched.task, task
        if before is not None and _without_estimate(before) == _without_estimate(task):
            return False
        watched.changed_at, watched.warned_stalled = now, False
        return before is None or _appearance(before) != _appearance(task)

    def _next_interval(self, course: Course) -> float:
        now = self.context.clock.monotonic()
        quiet = now - max(watched.changed_at for watched in course.watched.values())
        seconds = pace.interval(self.waiting.poll_interval, self.waiting.max_poll_interval, quiet, random.random())
        if any(watched.missing_since is not None for watched in course.watched.values()):
            seconds = min(seconds, 1.0)
        return min(seconds, max(0.0, self.deadline - now))

    def _estimate(self, course: Course) -> None:
        """Say of tasks that are going on how long they may still take."""
        if not self.waiting.progress:
            return
        for task in course.tasks:
            if task.done or not task.type or task.estimated_remaining_seconds is not None:
                continue
            if task.type not in self._usual and len(self._usual) < _MOST_ESTIMATED_TYPES:
                self._usual[task.type] = self._usual_seconds(task.type)
            usual = self._usual.get(task.type)
            task.estimated_remaining_seconds = estimate.remaining_seconds(task, usual, self.context.clock.now())

    def _usual_seconds(self, task_type: str) -> float | None:
        selection = Selection(type=task_type, include_system_tasks=True)
        try:
            past = self.service.list_tasks(selection, most_pages=1)
        except Failure:
            # An estimate is not worth failing for; if the service is away, the next look says so.
            return None
        return estimate.usual_seconds([task for task in past if task.type == task_type])

    def _tell(self, course: Course, changed: list[Task]) -> None:
        going_on = [task for task in course.tasks if not task.done]
        now = self.context.clock.monotonic()
        if changed:
            self.context.observer.tasks_changed(changed, len(going_on), self.elapsed)
            self._shown_at = now
        elif now - self._shown_at >= pace.HEARTBEAT:
            self.context.observer.still_waiting(going_on, self.elapsed)
            self._shown_at = now

    def _look_for_stalls(self, course: Course) -> None:
        now = self.context.clock.monotonic()
        for watched in course.watched.values():
            quiet, task = now - watched.changed_at, watched.task
            if not self.waiting.stall_after or quiet < self.waiting.stall_after or watched.warned_stalled:
                continue
            if task is not None and not task.done:
                watched.warned_stalled = True
                diagnosis = _diagnosis(task, quiet)
                self.context.warn(diagnosis)
                self.context.observer.notice(diagnosis)


def _appearance(task: Task) -> tuple[object, ...]:
    """Return what a progress line shows of a task."""
    return task.state, task.status, task.progress_percent, task.current_stage


def _without_estimate(task: Task) -> Task:
    """Return the task as the service described it."""
    return task.model_copy(update={"estimated_remaining_seconds": None})


def _diagnosis(task: Task, quiet: float) -> str:
    details = task.additional_details if isinstance(task.additional_details, dict) else {}
    facts = {
        "state": task.state.value,
        "stage": task.current_stage,
        "last update": task.updated_at.isoformat() if task.updated_at else None,
        "cancellable": task.cancellable,
        "retriable": task.retriable,
        "resolutionStatus": details.get("resolutionStatus"),
    }
    shown = ", ".join(f"{name}: {value}" for name, value in facts.items() if value is not None)
    return f"Nothing has changed in task {task.label} for {quiet:.0f} s ({shown})."

# SPDX-License-Identifier: GPL-3.0-or-later
"""The tasks of one service: which exist now, and which requests are accepted for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from starlette.responses import Response

from .clock import Clock
from .scenario import State, Task, changed
from .timeline import GOING_ON, Event, Path, Timeline, View, look


class Refused(Exception):
    """The task is not in a state for what was asked; the text says why."""


class Entry:
    """A task, the requests accepted for it, and the ids of its sub-tasks by their paths."""

    def __init__(
        self, task: Task, ids: dict[Path, str], start: float, run: int = 0, above: Entry | None = None, at: Path = ()
    ) -> None:
        self.task, self.start, self.run = task, start, run
        self.above, self.at = above, at
        self.ids = ids
        self.hidden = False  # of what is only a draft, the service does not tell
        self.log: tuple[Event, ...] = ()
        self.written: tuple[View, Response] | None = None  # what the service answers as long as it is seen so
        self._made: tuple[tuple[Any, ...], Timeline] | None = None

    @property
    def id(self) -> str:
        """The task's own id."""
        return self.ids[self.at]

    def asked(self, kind: str) -> bool:
        """Whether that was accepted since the last retry."""
        return bool(self.log) and self.log[-1].kind == kind

    def exists(self, now: float) -> bool:
        """Whether the service knows the task yet, and still."""
        top = self.above or self
        appears = top.start if top.task.appears_after is None or top.run else top.task.appears_after
        if top.hidden:
            return False
        return appears <= now and (top.task.purged_after is None or now < top.task.purged_after)

    def look(self, now: float) -> View:
        """The task at simulated time ``now``; a sub-task is a part of the view of the task above."""
        if self.above is None:
            return self._timeline().look(now)
        view = self.above.look(now)
        for index in self.at:
            view = view.children[index]
        return view

    def _timeline(self) -> Timeline:
        parts = (self.task, self.log, self.start, self.run)
        if self._made is None or any(new is not old for new, old in zip(parts, self._made[0], strict=True)):
            self._made = (parts, Timeline(*parts))
        return self._made[1]

    def run_ends(self, now: float) -> list[View]:
        """The task at the end of each of its runs, and now. A retry is accepted only when a run has failed."""
        retries = [index for index, event in enumerate(self.log) if event.kind == "retry"]
        ended = [look(self.task, self.log[i].at, self.log[:i], self.start, self.run) for i in retries]
        return [*ended, self.look(now)]

    def cancellable(self, view: View) -> bool:
        """Whether a cancel would be accepted now."""
        return self.above is None and self.task.cancellable and view.state in GOING_ON and not self.asked("cancel")

    def retriable(self, view: View) -> bool:
        """Whether a retry would be accepted now."""
        return self.above is None and self.task.retriable and view.state in (State.FAILED, State.TIMED_OUT)


class TaskBook:
    """All tasks of a service. ``new_id`` makes the id of a task created at a simulated time."""

    def __init__(self, tasks: list[Task], clock: Clock, new_id: Callable[[float], str]) -> None:
        self._clock, self._new_id = clock, new_id
        self._entries: dict[str, Entry] = {}
        for task in tasks:
            self._add(task, task.start, 0, task.id or (task.raw or {}).get("id"))

    def _add(self, task: Task, start: float, run: int, task_id: str | None) -> Entry:
        ids: dict[Path, str] = {(): task_id or self._new_id(start)}
        entry = Entry(task, ids, start, run)
        self._entries[entry.id] = entry
        for path, subtask in subtasks(task):
            ids[path] = (not run and subtask.id) or self._new_id(start)
            self._entries[ids[path]] = Entry(subtask, ids, start, run, above=entry, at=path)
        return entry

    def create(self, task: Task, run: int = 0, task_id: str | None = None) -> Entry:
        """A task that a request asked for, from now on; ``run`` says how many runs of the same were before it."""
        return self._add(task, self._clock.now(), run, task_id)

    def get(self, task_id: str) -> Entry | None:
        """The task or sub-task with that id, if it exists now."""
        entry = self._entries.get(task_id)
        return entry if entry is not None and entry.exists(self._clock.now()) else None

    def entries(self) -> list[Entry]:
        """All tasks and sub-tasks, of the past and the future too."""
        return list(self._entries.values())

    def all(self) -> list[Entry]:
        """The tasks that exist now, newest first; sub-tasks are not listed but inside their task."""
        now = self._clock.now()
        found = [entry for entry in list(self._entries.values()) if entry.above is None and entry.exists(now)]
        return sorted(found, key=lambda entry: entry.start, reverse=True)

    def names(self) -> dict[str, str]:
        """The names of all tasks, of the past and the future too, by id."""
        return {entry.id: entry.task.name for entry in list(self._entries.values()) if entry.above is None}

    def change(self, settings: dict[str, Any]) -> None:
        """Define all tasks otherwise, as far as the settings say; they stand where they stood."""
        for entry in self.entries():
            entry.task = changed(entry.task, settings)

    def cancel(self, entry: Entry, states: frozenset[State] = GOING_ON) -> Entry:
        """Accept a cancel of a task in one of ``states``, or raise Refused."""
        now = self._clock.now()
        view = entry.look(now)
        if not entry.cancellable(view) or view.state not in states:
            reason = "it is " + view.state.value if view.state not in states else "it can not be cancelled"
            raise Refused("cancellation was requested before" if entry.asked("cancel") else reason)
        entry.log += (Event("cancel", now),)
        return entry

    def give_up(self, entry: Entry) -> Entry:
        """Accept a cancel of a task that failed, or raise Refused."""
        now = self._clock.now()
        view = entry.look(now)
        if view.state is not State.FAILED or not entry.task.cancellable:
            raise Refused("it can not be cancelled" if view.state is State.FAILED else "it is " + view.state.value)
        entry.log += (Event("give_up", now),)
        return entry

    def retry(self, entry: Entry) -> Entry:
        """Accept a retry, or raise Refused. The answer is the task that runs now, a new one if the scenario says so."""
        now = self._clock.now()
        view = entry.look(now)
        if not entry.retriable(view):
            failed = view.state in (State.FAILED, State.TIMED_OUT)
            raise Refused("it is not retriable" if failed else "it is " + view.state.value)
        if entry.task.retry_new_id:
            return self._add(entry.task, now, entry.run + 1, None)
        entry.log += (Event("retry", now),)
        return entry


def subtasks(task: Task, path: Path = ()) -> Iterator[tuple[Path, Task]]:
    """All tasks inside a task, each with its path among its `children`."""
    for index, subtask in enumerate(task.subtasks, start=len(task.stages)):
        yield (*path, index), subtask
        yield from subtasks(subtask, (*path, index))

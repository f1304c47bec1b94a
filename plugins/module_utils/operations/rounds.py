# SPDX-License-Identifier: GPL-3.0-or-later
"""One round of a wait: how all tasks that are going on are read with few requests.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
That a list does not show a task says nothing about the task: it is then read by itself. So a list that is narrowed, or
whose pages shift while it is read, may cost requests, and never the truth.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from ansible_collections.vcf.lifecycle.plugins.module_utils.errors import InvalidResponseFailure
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations import pace
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.base import Service
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import Task
from ansible_collections.vcf.lifecycle.plugins.module_utils.transport import Fault

_ROUNDS_REMEMBERED = 20
"""For how many rounds it is remembered what the narrowed list has cost: both lists change while tasks come and go."""

_LIKELY_CHEAPER = 1.5
"""How many times as much as the narrowed list is expected to cost the whole one must have cost to try the former."""


@dataclass(frozen=True)
class Cost:
    """What a look through a list has taken: its pages, and the tasks that were on them."""

    pages: int = 0
    tasks: int = 0

    @property
    def total(self) -> float:
        """What to compare it with others by: a request weighs as much as a hundred tasks in it."""
        return self.pages + self.tasks / 100


@dataclass
class Rounds:
    """Reads the tasks of one service, round after round, by whatever has been cheapest.

    What a round took is remembered without the details of tasks that have ended, which any way of reading needs.
    """

    service: Service
    count: int = 0
    _whole: Cost | None = None
    _narrowed: float | None = None
    _newest: datetime | None = None
    _forget_at: int = _ROUNDS_REMEMBERED

    def read(self, pending: Mapping[str, Task | None]) -> Iterator[tuple[str, Task | None]]:
        """Yield each task with its id, as the service shows it now; None for one that it does not know.

        A task comes as soon as it is known, so that nothing is lost if the next request fails; it may come twice, as
        the list shows it and whole.

        :param pending: the tasks to look at, by id, as they were last seen; None for one not seen yet.
        """
        self.count += 1
        queries = self._queries(pending)
        shown: dict[str, Task] = {}
        for listed in self._listed(pending, queries):
            shown[listed.id] = listed
            yield listed.id, listed
        self._note(shown.values())
        for task_id in pending:
            is_whole = task_id in shown and (self.service.list_has_stages or not shown[task_id].done)
            if is_whole:
                continue
            task = self.service.get_task(task_id)
            if queries and task_id not in shown and not (task and task.done):
                # The narrowed list ought to have shown it.
                self._narrowed = (self._narrowed or 0.0) + 1
            self._note([task] if task else [])
            yield task_id, task

    def _note(self, tasks: Iterable[Task]) -> None:
        """Remember the newest time that the service has stamped: what happens from now on is stamped later."""
        stamps = [stamp for task in tasks for stamp in (task.created_at, task.updated_at, task.ended_at) if stamp]
        self._newest = max([*stamps, self._newest] if self._newest else stamps, default=None)

    def _queries(self, pending: Mapping[str, Task | None]) -> list[dict[str, str]]:
        """Return how to ask for a narrowed list, if that is likely to be cheaper than the whole one."""
        if self.count >= self._forget_at:
            self._narrowed, self._forget_at = None, self.count + _ROUNDS_REMEMBERED
        seen = [task for task in pending.values() if task is not None]
        if self._whole is None or len(seen) <= pace.HANDFUL:
            return []
        queries = self.service.narrowed(seen, self._newest)
        untried = (len(queries) + len(seen) / 100) * _LIKELY_CHEAPER
        return queries if (untried if self._narrowed is None else self._narrowed) < self._whole.total else []

    def _listed(self, pending: Mapping[str, Task | None], queries: list[dict[str, str]]) -> Iterator[Task]:
        """Yield those of the tasks that lists show; nothing where a list would not pay."""
        if len(pending) <= pace.HANDFUL:
            return
        unseen = set(pending)
        if queries:
            yield from self._narrowly(queries, unseen)
        if pace.reads_list(len(unseen), self._whole.pages if self._whole else None):
            cost = yield from self._found(unseen)
            if queries:
                self._narrowed = (self._narrowed or 0.0) + cost.total
            else:
                self._whole = cost

    def _narrowly(self, queries: list[dict[str, str]], unseen: set[str]) -> Iterator[Task]:
        """Yield what the narrowed lists show, until the service does not understand, or does not answer."""
        self._narrowed = 0.0
        for query in queries:
            if not unseen:
                return
            try:
                cost = yield from self._found(unseen, query, repeatable=False)
            except (Fault, InvalidResponseFailure):
                # If it is an outage, the whole list rides it out; if it is the query, it is not sent again soon.
                self._narrowed = math.inf
                return
            self._narrowed += cost.total

    def _found(
        self, unseen: set[str], query: Mapping[str, str] | None = None, *, repeatable: bool = True
    ) -> Generator[Task, None, Cost]:
        """Yield those of the tasks that a list shows, and take them out of the unseen; return what it has taken.

        Pages after the one that shows the last of them are not read.
        """
        pages = tasks = 0
        for page in self.service.pages_with(unseen, query, repeatable=repeatable):
            pages, tasks = pages + 1, tasks + len(page.tasks)
            for task in page.tasks:
                if task.id in unseen:
                    unseen.remove(task.id)
                    yield task
            if not unseen:
                break
        return Cost(pages, tasks)

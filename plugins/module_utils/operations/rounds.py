# SPDX-License-Identifier: GPL-3.0-or-later
"""One round of a wait: how all tasks that are going on are read with few requests.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
That a list does not show a task says nothing about the task: it is then read by itself. So a list that is narrowed, or
whose pages shift while it is read, may cost requests, and never the truth.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from ansible_collections.vcf.lifecycle.plugins.module_utils.errors import InvalidResponseFailure
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations import pace
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.base import Service
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.lists import Found
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import Task
from ansible_collections.vcf.lifecycle.plugins.module_utils.transport import Fault

_ROUNDS_REMEMBERED = 20
"""For how many rounds it is remembered what the narrowed list has cost: both lists change while tasks come and go."""

_LIKELY_CHEAPER = 1.5
"""How many times as much as the narrowed list is expected to cost the whole one must have cost to try the former."""


@dataclass
class Rounds:
    """Reads the tasks of one service, round after round, by whatever has been cheapest.

    What a round took is remembered without the details of tasks that have ended, which any way of reading needs.
    """

    service: Service
    count: int = 0
    _whole: Found | None = None
    _narrowed: float | None = None
    _newest: datetime | None = None
    _forget_at: int = _ROUNDS_REMEMBERED

    def read(self, pending: Mapping[str, Task | None]) -> Iterator[tuple[str, Task | None]]:
        """Yield each task with its id, as the service shows it now; None for one that it does not know.

        A task may come twice: what the list says of it is not kept back while its details are read.

        :param pending: the tasks to look at, by id, as they were last seen; None for one not seen yet.
        """
        self.count += 1
        queries = self._queries(pending)
        shown = self._listed(pending, queries)
        self._note(shown.values())
        yield from shown.items()
        for task_id in pending:
            listed = shown.get(task_id)
            if listed is None or (listed.done and not self.service.list_has_stages):
                task = self.service.get_task(task_id)
                if queries and listed is None and not (task and task.done):
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
        return queries if (untried if self._narrowed is None else self._narrowed) < self._whole.cost else []

    def _listed(self, pending: Mapping[str, Task | None], queries: list[dict[str, str]]) -> dict[str, Task]:
        """Return what lists show of the tasks; nothing where a list would not pay."""
        if len(pending) <= pace.HANDFUL:
            return {}
        shown = self._narrowly(queries, set(pending)) if queries else {}
        unseen = set(pending) - shown.keys()
        if pace.reads_list(len(unseen), self._whole.pages if self._whole else None):
            found = self.service.find_tasks(unseen)
            shown.update(found.tasks)
            if queries:
                self._narrowed = (self._narrowed or 0.0) + found.cost
            else:
                self._whole = found
        return shown

    def _narrowly(self, queries: list[dict[str, str]], wanted: set[str]) -> dict[str, Task]:
        """Return what the narrowed lists show; nothing where the service does not understand, or does not answer."""
        shown: dict[str, Task] = {}
        self._narrowed = 0.0
        for query in queries:
            if len(shown) == len(wanted):
                break
            try:
                found = self.service.find_tasks(wanted - shown.keys(), query, repeatable=False)
            except (Fault, InvalidResponseFailure):
                # If it is an outage, the whole list rides it out; if it is the query, it is not sent again soon.
                self._narrowed = math.inf
                break
            shown.update(found.tasks)
            self._narrowed += found.cost
        return shown

# SPDX-License-Identifier: GPL-3.0-or-later
"""One row of the table: a fault, what has to come of it, and how to see what does.

Each row runs a verb in this process against a simulated service, over TLS with a certificate that is verified. Time is
the simulator's, and passes when the verb sleeps; only what is slow on the wire takes real time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from ansible_collections.vcf.lifecycle.extensions.simulator.simulator import Simulator
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.registry import SERVICES
from tests.conformance.bench import IDS, TASKS, Bench, scenario
from tests.conformance.traits import TRAITS

ALL = tuple(SERVICES)
CANCEL_RUNNING = tuple(name for name, traits in TRAITS.items() if traits.cancels == "running")
RETRY = tuple(name for name, traits in TRAITS.items() if traits.retries)

TASK_PATHS = r"/(tasks|sddcs)\b"
"""Where tasks are read and written, at any service."""
READ = {"method": "GET", "path": TASK_PATHS}
"""The requests for a fault that is for reads of tasks."""
WRITE = {"method": "POST|PATCH|DELETE", "path": TASK_PATHS + "/"}
"""The requests for a fault that is for cancels and retries."""
LOGIN_PATHS = r"/(session|identity/token|v1/tokens|api-tokens/authorize)\b"
"""Where one logs in."""

_LISTS = ("cancelled", "finished_first", "still_canceling", "not_cancellable", "retried", "not_retriable")


class Seconds(float):
    """Seconds that were measured: the same as a span in which they lie, and shown as what they are."""

    def __eq__(self, other: object) -> bool:
        """Tell whether they lie in a span, or are as many."""
        if isinstance(other, tuple):
            least, most = other
            return bool(least <= self <= most)
        return super().__eq__(other)

    __hash__ = float.__hash__


@dataclass(frozen=True)
class Outcome:
    """What comes of a row, as far as it is asked: None is not asked. Spans are in seconds, at least and at most."""

    ends: str
    """C(success), or the kind of the failure."""
    states: str | None = None
    """How the result says that the tasks stand, C(UNSEEN) for those that it does not name."""
    truth: str | None = None
    """How the service says that the tasks stand, once all is over."""
    lists: str | None = None
    """Which lists of the result hold a task."""
    changed: bool | None = None
    lost_contact: bool | None = None
    timed_out: bool | None = None
    outages: int | None = None
    outage_seconds: tuple[float, float] | Seconds | None = None
    elapsed: tuple[float, float] | Seconds | None = None
    logins: int | None = None
    """Requests to log in, whatever became of them."""
    reads: int | None = None
    """Requests that read tasks, whatever became of them."""
    sent: int | None = None
    """Cancels and retries that arrived, whatever became of them."""
    done: str | None = None
    """The cancels and retries that the service accepted, from whomever."""
    negative_durations: int | None = None
    warnings: int | None = None
    says: str | None = None
    """A part of the message."""

    def __str__(self) -> str:
        """As a line of text."""
        asked = {each.name: getattr(self, each.name) for each in fields(self)[1:]}
        return ", ".join(
            [self.ends, *(f"{name} {_shown(value)}" for name, value in asked.items() if value is not None)]
        )


@dataclass(frozen=True)
class Row:
    """A fault that a verb meets at a service.

    C(task) is the name of one of the usual tasks of the conformance tests, which may be C(but) a little different.
    C(tasks) are others in place of those, and the verb is for all of them; C(beside) are tasks that it is not for.
    C(service_is) is what is special about the service, and C(faults) are those of the simulator.
    """

    name: str
    scenario: str
    expected: Outcome
    service: str = ""
    verb: str = "task_wait"
    task: str = "running"
    but: Mapping[str, Any] = field(default_factory=dict)
    tasks: tuple[Mapping[str, Any], ...] = ()
    beside: tuple[Mapping[str, Any], ...] = ()
    service_is: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    faults: tuple[Mapping[str, Any], ...] = ()

    @property
    def id(self) -> str:
        """What names the row."""
        return f"{self.name}-{self.service}"

    def at(self, *services: str) -> list[Row]:
        """Return the row for each of several services."""
        return [replace(self, service=service) for service in services]

    def run(self) -> Outcome:
        """Let it happen, and return what is seen of it."""
        usual = [{"name": name, "id": IDS[name], **task} for name, task in TASKS.items()]
        tasks = [*self.tasks, *self.beside] or [
            {**task, **(self.but if task["name"] == self.task else {})} for task in usual
        ]
        with Simulator.from_dict(scenario(self.service, **{"tasks": tasks, **self.service_is})) as sim:
            bench = Bench(self.service, sim)
            for fault in self.faults:
                sim.inject(dict(fault))
            sim.advance(0)
            ids = [task["id"] for task in self.tasks] or [IDS[self.task]]
            options = {"task_ids": ids, "request_timeout": 10, "max_outage": 60, **self.options}
            seen = self._seen(bench, ids, bench.ask(self.verb, **options))
            unmet = sim.unmet_faults()
            return replace(seen, ends=f"{unmet[0].kind} has not happened") if unmet else seen

    def _seen(self, bench: Bench, ids: list[str], result: Mapping[str, Any]) -> Outcome:
        entries = {entry.id: entry for entry in bench.service.tasks.entries()}
        logins = [seen for seen in bench.sim.requests if re.search(LOGIN_PATHS, seen["path"])]
        writes = [seen for seen in bench.sim.requests if _is_write(seen)]
        reads = [seen for seen in bench.sim.requests if re.search(TASK_PATHS, seen["path"]) and seen not in writes]
        states = [task["state"] for task in result["tasks"]]
        durations = [task["duration_seconds"] for task in result["tasks"]]
        seen = {
            **{name: result.get(name) for name in ("changed", "lost_contact", "timed_out", "outages")},
            "ends": result["failure"]["kind"] if "failure" in result else "success",
            "states": _words(states + ["UNSEEN"] * (len(ids) - len(states))),
            "truth": _words(entries[task_id].look(bench.sim.clock.now()).state.name for task_id in ids),
            "lists": _words(name for name in _LISTS if result.get(name)),
            "outage_seconds": result.get("outage_seconds", -1.0),
            "elapsed": result.get("elapsed", -1.0),
            "logins": len([login for login in logins if login["method"] == "POST"]),
            "reads": len(reads),
            "sent": len(writes),
            "done": " ".join(event.kind for task_id in ids for event in entries[task_id].log) or "nothing",
            "negative_durations": len([duration for duration in durations if duration is not None and duration < 0]),
            "warnings": len(bench.context.warnings),
            "says": result.get("msg", ""),
        }
        return Outcome(**{name: _as_asked(getattr(self.expected, name), value) for name, value in seen.items()})


def outcome(row: Row) -> Outcome:
    """Return what comes of a row, whatever that is."""
    try:
        return row.run()
    except Exception as error:
        return Outcome(f"{type(error).__name__}: {error}")


def _is_write(seen: Mapping[str, Any]) -> bool:
    return seen["method"] != "GET" and bool(re.search(TASK_PATHS + "/", seen["path"]))


def _words(words: Iterable[str]) -> str:
    return "+".join(dict.fromkeys(words)) or "none"


def _as_asked(expected: Any, seen: Any) -> Any:
    """Return what is seen in the words of what is expected; None where nothing is."""
    if expected is None:
        return None
    if isinstance(expected, tuple):
        return Seconds(seen)
    # Only a message may hold more than is asked for.
    return expected if isinstance(expected, str) and " " in expected and expected in str(seen) else seen


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return f"{value[0]:g}-{value[1]:g} s"
    if isinstance(value, Seconds):
        return f"{value:.1f} s"
    return str(value)

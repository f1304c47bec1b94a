# SPDX-License-Identifier: GPL-3.0-or-later
"""A task of the simulated world: what it does in the course of time, and what a cancel and a retry do to it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import Enum, auto


class Phase(Enum):
    """What a task is doing."""

    PENDING = auto()
    SCHEDULED = auto()
    RUNNING = auto()
    BLOCKED = auto()
    CANCELING = auto()
    STRANGE = auto()
    """The service has a word for it that nobody has heard of."""
    SUCCEEDED = auto()
    WARNING = auto()
    SKIPPED = auto()
    FAILED = auto()
    CANCELED = auto()


ENDS = (Phase.SUCCEEDED, Phase.WARNING, Phase.SKIPPED, Phase.FAILED, Phase.CANCELED)


@dataclass(frozen=True)
class Run:
    """One go at a task: phases with their seconds, and how it ends; None where it never does."""

    phases: tuple[tuple[Phase, float], ...] = ()
    end: Phase | None = Phase.SUCCEEDED
    error: str = "LCM_NODE"


class OnCancel(Enum):
    """What becomes of a cancel."""

    TAKES = auto()
    """The running stage goes on to its end, and then it is canceled, unless it has ended before."""
    IGNORES = auto()
    """The service says yes, and goes on."""
    REFUSES = auto()
    """The service says no, and said so before."""


class OnRetry(Enum):
    """What becomes of a retry."""

    SAME_ID = auto()
    NEW_ID = auto()
    """The next run is a task of its own; the old one stays as it failed, and can not be retried any more."""
    REFUSES = auto()


@dataclass(frozen=True)
class Plan:
    """What will happen to a task. Seconds since the beginning of the world for all times."""

    task_id: str
    created: float = 0.0
    runs: tuple[Run, ...] = (Run(),)
    on_cancel: OnCancel = OnCancel.TAKES
    cancel_seconds: float = 0.0
    """How long the stage that runs goes on after a cancel."""
    on_retry: OnRetry = OnRetry.SAME_ID
    shows_after: float = 0.0
    """How long it takes until a cancel or a retry that was accepted shows."""
    helped_after: float | None = None
    """How long after the first failure somebody else has it tried again."""


@dataclass(frozen=True)
class Look:
    """How a task is at one moment."""

    task_id: str
    phase: Phase
    created: float
    ended: float | None
    run: int
    cancellable: bool
    retriable: bool
    error: str = ""


class Refused(Exception):
    """The task does not let that be done now."""


@dataclass
class _Begun:
    """One run that has begun, or will when what asked for it shows."""

    run: int
    at: float
    task_id: str
    canceled_at: float = math.inf


@dataclass
class SimulatedTask:
    """A plan, and what was asked of it so far."""

    plan: Plan
    begun: list[_Begun] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin the first run, and the second where somebody else sees to it."""
        self.begun.append(_Begun(0, self.plan.created, self.plan.task_id))
        if self.plan.helped_after is not None:
            phase, ended = self._played(self.begun[0], math.inf)
            if phase is Phase.FAILED:
                self.begun.append(_Begun(1, ended + self.plan.helped_after, self.plan.task_id))

    @property
    def ids(self) -> set[str]:
        """All ids that it has had."""
        return {begun.task_id for begun in self.begun}

    def look(self, task_id: str, at: float) -> Look | None:
        """Return how it is; None before it is there."""
        of_id = [begun for begun in self.begun if begun.task_id == task_id and begun.at <= at]
        if not of_id:
            return None
        begun = of_id[-1]
        phase, ended = self._played(begun, at)
        is_over = phase in ENDS
        is_asked = begun.canceled_at + self.plan.shows_after <= at
        if is_asked and not is_over:
            phase = Phase.CANCELING
        followed_by_other_id = any(other.task_id != task_id and begun.at < other.at <= at for other in self.begun)
        return Look(
            task_id=task_id,
            phase=phase,
            created=self.plan.created,
            ended=ended if is_over else None,
            run=begun.run,
            cancellable=not is_over and not is_asked and self.plan.on_cancel is not OnCancel.REFUSES,
            retriable=phase is Phase.FAILED and not followed_by_other_id and self.plan.on_retry is not OnRetry.REFUSES,
            error=self._run(begun).error if phase is Phase.FAILED else "",
        )

    def cancel(self, task_id: str, at: float) -> bool:
        """Take a cancel; return whether it is carried out.

        :raises Refused: when it is not accepted.
        """
        look = self.look(task_id, at)
        begun = self._latest(at)
        if look is None or not look.cancellable or begun.canceled_at <= at:
            raise Refused
        if self.plan.on_cancel is OnCancel.IGNORES:
            return False
        begun.canceled_at = at
        return True

    def retry(self, task_id: str, at: float, *, new_ids: bool) -> str:
        """Take a retry, also a second one before the first one shows; return the id of what runs next.

        :raises Refused: when it is not accepted.
        """
        look = self.look(task_id, at)
        if look is None or not look.retriable:
            raise Refused
        new_id = task_id
        if self.plan.on_retry is OnRetry.NEW_ID and new_ids:
            new_id = f"{self.plan.task_id}-{len(self.begun)}"
        # What has been accepted and does not show yet comes to nothing: there is but one next run.
        self.begun = [begun for begun in self.begun if begun.at <= at]
        self.begun.append(_Begun(look.run + 1, at + self.plan.shows_after, new_id))
        return new_id

    def _latest(self, at: float) -> _Begun:
        return [begun for begun in self.begun if begun.at <= at][-1]

    def _run(self, begun: _Begun) -> Run:
        return self.plan.runs[min(begun.run, len(self.plan.runs) - 1)]

    def _played(self, begun: _Begun, at: float) -> tuple[Phase, float]:
        """Return the phase that a run is in, and when that began."""
        run = self._run(begun)
        stops_at = begun.canceled_at + self.plan.cancel_seconds
        clock = begun.at
        for phase, seconds in run.phases:
            if stops_at <= clock + seconds and stops_at <= at:
                return Phase.CANCELED, stops_at
            if at < clock + seconds:
                return phase, clock
            clock += seconds
        if run.end is not None:
            return run.end, clock
        if stops_at <= at:
            return Phase.CANCELED, max(stops_at, clock)
        return Phase.RUNNING, clock

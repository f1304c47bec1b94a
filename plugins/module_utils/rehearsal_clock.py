# SPDX-License-Identifier: GPL-3.0-or-later
"""The time of a rehearsal, which simulated services and the modules that look at them have in common, by a file.

It passes as real time does while they work, and faster while somebody sleeps: so a night takes a minute, and yet each
timeout, token and change window lasts as long, by this clock, as it will tonight.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

import fcntl
import itertools
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from pathlib import Path

from ansible_collections.vcf.lifecycle.plugins.module_utils.clock import Clock

VARIABLE = "VCF_REHEARSAL_CLOCK"
"""The environment variable with the file's path. A rehearsal sets it; nobody else should."""

_DEAD_AFTER = 0.5  # real seconds after which a sleeper who should be awake may be gone
_SHORTEST = 0.00001  # real seconds; less is no sleep
_numbers = itertools.count()


@dataclass
class _State:
    """``at`` is the simulated time, in seconds since 1970, at ``since`` on the machine's monotonic clock. Of each who
    sleeps (its process, and a number within) it is told until when, and so of each who holds the time."""

    at: float
    since: float
    speed: float
    sleepers: dict[str, float] = field(default_factory=dict)
    holders: dict[str, float] = field(default_factory=dict)

    def now(self, real: float) -> float:
        """Return the simulated time: no later than when the first of the sleepers is to wake, and than it is held."""
        passed = max(0.0, real - self.since) * (self.speed if self.sleepers else 1)
        return max(self.at, min([self.at + passed, *self.sleepers.values(), *self.holders.values()]))

    def seem_dead(self, real: float) -> list[str]:
        """Return those who should have woken long ago: as long as they are waited for, time stands still."""
        passed = real - self.since - _DEAD_AFTER
        return [key for key, until in self.sleepers.items() if self.at + passed * self.speed > until]

    def living(self, real: float) -> dict[str, float]:
        """Return the sleepers without those of processes that are gone."""
        dead = [key for key in self.seem_dead(real) if not _is_alive(int(key.partition(".")[0]))]
        return {key: until for key, until in self.sleepers.items() if key not in dead}


class SharedTime:
    """Simulated time in a file. Everything takes and gives seconds of simulated time, since 1970 where it is a moment.

    :param path: the file, which `begin` makes.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    @classmethod
    def begin(cls, path: Path, at: float, speed: float) -> SharedTime:
        """Make the file: it is ``at`` now, and ``speed`` seconds pass in a real one while somebody sleeps."""
        path.write_text(json.dumps(asdict(_State(at, time.monotonic(), speed))), encoding="utf-8")
        return cls(path)

    def now(self) -> float:
        """Return the time."""
        return self._look()[0]

    def advance(self, seconds: float) -> None:
        """Let time pass at once."""
        with self._change() as state:
            state.at += seconds

    def sleep(self, seconds: float) -> None:
        """Return when that much time has passed."""
        with self.sleeping(seconds) as until:
            while True:
                now, speed = self._look()
                if now >= until:
                    return
                time.sleep(max((until - now) / speed, _SHORTEST))

    @contextmanager
    def sleeping(self, seconds: float) -> Iterator[float]:
        """Be one who sleeps, in the block and for that long at most; give until when."""
        key = _key()
        with self._change() as state:
            until = state.at + seconds
            state.sleepers[key] = until
        try:
            yield until
        finally:
            with self._change() as state:
                state.sleepers.pop(key, None)

    def hold(self, moment: float) -> Callable[[], None]:
        """Let no time pass beyond a moment before the function that is returned has been called."""
        key = _key()
        with self._change() as state:
            state.holders[key] = moment

        def release() -> None:
            with self._change() as state:
                state.holders.pop(key, None)

        return release

    def _look(self) -> tuple[float, float]:
        """Return the time, and the speed."""
        with open(self._path, "rb", buffering=0) as file:
            fcntl.flock(file, fcntl.LOCK_SH)
            state, real = _State(**json.loads(file.read())), time.monotonic()
        if state.seem_dead(real):
            with self._change() as state:
                return state.at, state.speed
        return state.now(real), state.speed

    @contextmanager
    def _change(self) -> Iterator[_State]:
        """Give the state as it is now, and write what the block makes of it."""
        with self._path.open("r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            state, real = _State(**json.load(file)), time.monotonic()
            state.at, state.since, state.sleepers = state.now(real), real, state.living(real)
            yield state
            text = json.dumps(asdict(state)).encode()
            file.seek(0)
            file.write(text)
            file.truncate()


class RehearsalClock(Clock):
    """The clock of a module that is rehearsed."""

    def __init__(self, shared: SharedTime) -> None:
        self._shared = shared

    def monotonic(self) -> float:
        """Return simulated seconds."""
        return self._shared.now()

    def now(self) -> datetime:
        """Return the simulated time of day, in UTC."""
        return datetime.fromtimestamp(self._shared.now(), timezone.utc)

    def sleep(self, seconds: float) -> None:
        """Let that many simulated seconds pass; nothing for zero or less."""
        if seconds > 0:
            self._shared.sleep(seconds)


def clock(environment: Mapping[str, str] | None = None) -> Clock:
    """Return the clock to go by, by the environment: the machine's, but for a rehearsal."""
    path = (os.environ if environment is None else environment).get(VARIABLE)
    return RehearsalClock(SharedTime(Path(path))) if path else Clock()


def _key() -> str:
    return f"{os.getpid()}.{next(_numbers)}"


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True

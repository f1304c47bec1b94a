# SPDX-License-Identifier: GPL-3.0-or-later
"""How often a wait looks.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

HANDFUL = 5
"""Up to how many tasks are read one by one; for more, the list answers for all."""

GRACE = 5.0
"""Seconds for which a task that the service does not know is looked for again: it may just have been created."""

SETTLING = 5.0
"""Seconds for which a task is looked at after the answer to a cancel or a retry was lost, until it is untouched."""

DOUBT = 10.0
"""Seconds for which a task that can not be cancelled is watched: somebody may have asked for its cancel before."""

STALE_SECONDS = 10.0
"""For how long a task that was just retried, and still looks as it did when it failed, is not taken to have failed."""

HEARTBEAT = 180.0
"""Seconds without a change after which a wait says that it is still there."""

_JITTER = 0.1


def interval(poll_interval: float, max_poll_interval: float, quiet: float, chance: float) -> float:
    """Return how many seconds to let pass before looking again.

    A tenth of the time for which nothing has changed, within the two limits: what has been quiet for ten minutes need
    not be looked at every ten seconds, and what has just changed may change again.

    :param quiet: seconds since anything changed.
    :param chance: a random number between 0 and 1, so that many waits do not look at the same instant.
    """
    longest = max(poll_interval, max_poll_interval)
    steady = min(max(poll_interval, quiet / 10.0), longest)
    return steady * (1.0 - _JITTER * chance)


def pause(interval: float, took: float) -> float:
    """Return how many seconds to let pass after a round, so that rounds begin an interval apart.

    A service that takes long to answer is left alone for half an interval at least.

    :param took: seconds that the round took.
    """
    return max(interval - took, interval / 2.0)


def reads_list(pending: int, pages: int | None) -> bool:
    """Tell whether the next round reads the list rather than the tasks one by one.

    :param pending: how many tasks have not ended.
    :param pages: how many requests the list took the last time; None if it was not read yet.
    """
    return pending > HANDFUL and (pages is None or pages <= pending)

# SPDX-License-Identifier: GPL-3.0-or-later
"""What an upgrade comes to, once the versions that there really are have been read. Decisions only; no I/O.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
The word of a task is not enough: services have called upgrades failed that were done, and the other way round.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from ansible_collections.vcf.lifecycle.plugins.module_utils.task import State


class Outcome(str, Enum):
    """How an upgrade has gone, by its task and by the versions that were read afterwards."""

    SUCCEEDED = "succeeded"
    SUCCEEDED_WITH_WARNINGS = "succeeded_with_warnings"
    FAILED = "failed"
    FAILED_BUT_ON_TARGET = "failed_but_on_target"
    SUCCEEDED_BUT_NOT_ON_TARGET = "succeeded_but_not_on_target"
    CANCELED = "canceled"
    TIMEOUT = "timeout"
    LOST_CONTACT = "lost_contact"


@dataclass(frozen=True)
class Verified:
    """The version that something should have, and the one that it has; None where it could not be read."""

    expected: str
    actual: str | None

    @property
    def is_on_target(self) -> bool:
        """Whether it has the version that it should have."""
        return self.actual == self.expected


def outcome_of(
    states: list[State],
    verified: Mapping[str, Verified] | None,
    *,
    timed_out: bool = False,
    lost_contact: bool = False,
) -> Outcome:
    """Return how an upgrade has gone.

    :param states: those of its tasks, as last seen; none where nothing had to be done.
    :param verified: by component, what was read after the tasks had ended. Nothing read is nothing on target. None for
        what changes no version, where the tasks have the last word.
    :param timed_out: whether time ran out before they ended.
    :param lost_contact: whether the service was out of reach in the end.
    """
    if lost_contact:
        return Outcome.LOST_CONTACT
    if timed_out or any(not state.is_terminal for state in states):
        return Outcome.TIMEOUT
    versions = list((verified or {}).values())
    is_on_target = bool(versions) and all(version.is_on_target for version in versions)
    if State.FAILED in states:
        return Outcome.FAILED_BUT_ON_TARGET if is_on_target else Outcome.FAILED
    if State.CANCELED in states:
        return Outcome.CANCELED
    if not is_on_target and verified is not None:
        return Outcome.SUCCEEDED_BUT_NOT_ON_TARGET
    return Outcome.SUCCEEDED_WITH_WARNINGS if State.WARNING in states else Outcome.SUCCEEDED


def is_good(outcome: Outcome, *, accept_failed_but_on_target: bool) -> bool:
    """Tell whether an upgrade may be called done.

    :param accept_failed_but_on_target: whether the user takes a failed task for good if the version is reached.
    """
    if outcome is Outcome.FAILED_BUT_ON_TARGET:
        return accept_failed_but_on_target
    return outcome in (Outcome.SUCCEEDED, Outcome.SUCCEEDED_WITH_WARNINGS)

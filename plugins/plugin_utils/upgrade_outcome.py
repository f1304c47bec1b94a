# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run of a whole upgrade comes to, in one word. Decisions only; no I/O.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.outcome import Outcome

GOOD = (Outcome.SUCCEEDED.value, Outcome.SUCCEEDED_WITH_WARNINGS.value)
BLOCKED, PREDICTED = "blocked", "predicted"

_BY_KIND = {
    "timeout": Outcome.TIMEOUT.value,
    "lost_contact": Outcome.LOST_CONTACT.value,
    "unreachable": Outcome.LOST_CONTACT.value,
    "task_canceled": Outcome.CANCELED.value,
}


def upgrade_outcome(
    results: Sequence[Mapping[str, Any]],
    failure: Mapping[str, Any] | None = None,
    gate: Mapping[str, Any] | None = None,
    left: Sequence[Mapping[str, Any]] = (),
    check_mode: bool = False,
) -> str:
    """Return what a run has come to.

    :param results: what the modules of its steps have returned, in order.
    :param failure: what stopped it: a C(failure) of a module, or anything with a C(message).
    :param gate: the verdict on its prechecks.
    :param left: what is left to be upgraded though nothing has failed; with C(why), if that can not be done.
    :param check_mode: whether it was only predicted.
    """
    if failure:
        return _of_failure(results, failure, gate or {})
    if check_mode:
        is_left = any(not one.get("why") for one in left)
        return PREDICTED if is_left or any(result.get("changed") for result in results) else Outcome.SUCCEEDED.value
    has_warned = bool(left) or bool((gate or {}).get("warnings"))
    has_warned |= any(result.get("outcome") == Outcome.SUCCEEDED_WITH_WARNINGS.value for result in results)
    return (Outcome.SUCCEEDED_WITH_WARNINGS if has_warned else Outcome.SUCCEEDED).value


def _of_failure(results: Sequence[Mapping[str, Any]], failure: Mapping[str, Any], gate: Mapping[str, Any]) -> str:
    kind = failure.get("kind")
    if kind in _BY_KIND:
        return _BY_KIND[kind]
    if gate.get("passed") is False or (kind is None and not results):
        return BLOCKED
    # A retry that did not help says nothing of versions: the step before it has.
    said = next((result["outcome"] for result in reversed(results) if result.get("outcome")), None)
    return said if said and said not in GOOD else Outcome.FAILED.value

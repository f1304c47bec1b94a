# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a run has ended wrong: an upgrade applied twice, success claimed without the version, a task left running
of which nothing is said. Decisions only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .claims import Claim
from .facts import Component, Facts, GoingOn, Upgrading

SUCCESS = frozenset({"succeeded", "succeeded_with_warnings", "finished", "nothing_to_do"})
"""The outcomes which say that all is done; with warnings, all but what is named."""
OPEN = frozenset({"lost_contact", "timeout"})
"""The outcomes which say that something may be going on."""
_GOING_ON = frozenset({"PENDING", "SCHEDULED", "QUEUED", "RUNNING"})


@dataclass(frozen=True)
class Closing:
    """A change window, in simulated seconds on the clock of the facts, and what was to become of the task that goes on
    when it closes: C(finish) or C(cancel)."""

    opens: float
    closes: float
    at_end: str = "finish"


def judge(facts: Facts, claim: Claim, closing: Closing | None = None) -> list[dict[str, str]]:
    """What is wrong with how a run has ended for a host: rule, host and a sentence for each; nothing if all is well."""
    found = [
        *(("applied_twice", text) for text in _applied_twice(facts)),
        *(("claimed", text) for text in _claimed(facts, claim)),
        *(("left_running", text) for text in _left_running(facts, claim, closing)),
    ]
    return [{"rule": rule, "host": facts.host, "text": text} for rule, text in found]


def outcome_of(claim: Claim) -> str:
    """What the playbook says of a host, in one word."""
    return claim.outcome or ("failed" if claim.failed else "succeeded")


def is_success(claim: Claim) -> bool:
    """Whether the playbook says of a host that all went well."""
    return claim.outcome in SUCCESS if claim.outcome else not claim.failed


def _applied_twice(facts: Facts) -> Iterator[str]:
    upgrades = [(each, "upgrade") for each in facts.components]
    for one, verb in [*upgrades, *((each, "download") for each in facts.downloads)]:
        for number, again in enumerate(one.upgradings):
            if again.ours and (why := _why_not(one.upgradings[:number], again)):
                asked = "retried" if again.is_retry else "begun again"
                yield f"The {verb} of {one.name} was {asked} at {again.at:.0f} s, although {why}."


def _why_not(earlier: tuple[Upgrading, ...], again: Upgrading) -> str:
    """Why an upgrade should not have been begun; nothing if it was right to."""
    going_on = next((one for one in earlier if one.ended is None or one.ended > again.at), None)
    if going_on is not None:
        return f"the one begun at {going_on.at:.0f} s was still going on"
    if again.had == again.target and not again.for_others:
        return f"it had {again.had} already"
    return ""


def _claimed(facts: Facts, claim: Claim) -> Iterator[str]:
    if not is_success(claim):
        return
    said = claim.outcome or "success"
    for one in facts.components:
        # Who leaves no outcome says nothing of what it was to do, and so only what it has begun counts.
        if (claim.outcome or one.is_begun) and not one.is_on_target and not _is_named_left(one, claim):
            yield f"The playbook says {said}, and {one.name} has {one.version} instead of {one.wanted}."


def _is_named_left(component: Component, claim: Claim) -> bool:
    """Whether the playbook says that a component is left. What is said of many may have been cut."""
    return claim.outcome == "succeeded_with_warnings" and (claim.names(component.name) or claim.is_cut)


def _left_running(facts: Facts, claim: Claim, closing: Closing | None) -> Iterator[str]:
    for task in facts.going_on:
        if is_success(claim):
            yield f"The playbook says {claim.outcome or 'success'}, and {task.name} ({task.id}) is {task.state}."
        elif not _is_told(task, claim):
            yield f"{task.name} ({task.id}) is {task.state}, and the playbook, {_ended(claim)}, does not say so."
        elif closing and facts.at >= closing.closes and _should_be_cancelled(task, claim, closing):
            yield (
                f"{task.name} ({task.id}) is {task.state} after the change window, which was to cancel it, and nobody "
                "has asked for that."
            )


def _should_be_cancelled(task: GoingOn, claim: Claim, closing: Closing) -> bool:
    # Who has lost contact can not cancel anything, and says so.
    return closing.at_end == "cancel" and task.could_be_cancelled and claim.outcome not in OPEN


def _is_told(task: GoingOn, claim: Claim) -> bool:
    """Whether the playbook says of a task that it goes on, or that it may."""
    if claim.outcome in OPEN or any(claim.names(name) for name in (task.id, task.name, *task.about)):
        return True
    return task.id in claim.task_ids and any(claim.states.get(state) for state in _GOING_ON)


def _ended(claim: Claim) -> str:
    return f"which ended {claim.outcome}" if claim.outcome else "which failed"

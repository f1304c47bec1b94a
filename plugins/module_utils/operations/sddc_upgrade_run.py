# SPDX-License-Identifier: GPL-3.0-or-later
"""sddc_upgrade_run: one upgrade of a domain, begun once, followed and verified.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from ansible_collections.vcf.lifecycle.plugins.module_utils.errors import NotAllowedFailure, OptionsFailure
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations import pace, sddc_verdict, verify
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.cancel import cancel_rest
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.context import Context
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.follow import Course, Follower
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.outcome import Outcome, Verified
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.report import concluded, waited
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.sddc_choice import Wish
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.sddc_reading import check_service
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.sddc_upgrading import Upgrading, due_at
from ansible_collections.vcf.lifecycle.plugins.module_utils.options import (
    ON_TIMEOUT_SPEC,
    PACE_SPEC,
    ArgumentSpec,
    Waiting,
    connection_spec,
    json_object,
    time_of,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.sddc_upgrade_model import Upgrade
from ansible_collections.vcf.lifecycle.plugins.module_utils.services import sddc_upgrade
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.base import Service
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import State, plain

ARGUMENT_SPEC: ArgumentSpec = {
    **connection_spec(max_outage=1800.0, service="sddc_manager"),
    "domain": {"type": "str", "required": True},
    "bundle_id": {"type": "str"},
    "component": {"type": "str"},
    "version": {"type": "str"},
    "target_version": {"type": "str"},
    "schedule_at": {"type": "str"},
    "draft": {"type": "bool", "default": False},
    # As JSON, and not as a dictionary: of that Ansible would take every word and number for a secret.
    "user_input": {"type": "json", "no_log": True},
    "accept_failed_but_on_target": {"type": "bool", "default": False},
    "wait": {"type": "bool", "default": True},
    **ON_TIMEOUT_SPEC,
    **PACE_SPEC,
}

_SECONDS_APART = 60.0
"""For how long an upgrade and its task may contradict each other before the one that has ended is believed."""

_SECONDS_BETWEEN_LOOKS = 0.5

_A_NEW_UPGRADE = "a new upgrade"
_A_NEW_DRAFT = "a new draft"


def run(service: Service, params: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Have something of a domain upgraded, unless it is or is being so, and return what it has come to."""
    check_service(service)
    wish, waiting = wish_of(params), Waiting.of(params)
    follower, course = Follower(service, waiting, context), Course()
    step = _Step(follower, course, Upgrading(service, wish))
    is_followed = params["wait"] and not context.check_mode and not wish.draft
    with follower.keeping(course):
        step.take()
        if is_followed and not step.upgrading.is_done:
            step.await_turn()
            follower.follow(course, step.is_over)
        else:
            follower.refresh(course)
    if isinstance(course.failure, NotAllowedFailure):
        verify.explain(follower, course, course.failure, step.upgrading.blocked_by)
    canceled: dict[str, Any] = {}
    account = ""
    if is_followed and course.timed_out and course.watched and waiting.on_timeout == "cancel":
        called_off = step.call_off()
        canceled, account = cancel_rest(follower, course)
        canceled["changed"] = canceled["changed"] or called_off
    outcome: Outcome | None = None
    failure = None
    if is_followed or step.upgrading.is_done or course.failure is not None or course.timed_out:
        step.verify()
        upgrade, verified = step.upgrading.upgrade, step.verified or None
        outcome = sddc_verdict.outcome(course, upgrade, verified)
        failure = sddc_verdict.failure(
            course,
            waiting,
            upgrade,
            outcome,
            verified,
            accept_failed_but_on_target=params["accept_failed_but_on_target"],
        )
    result = {
        **waited(follower, course),
        **canceled,
        "changed": step.changed or bool(canceled.get("changed")),
        "adopted": step.adopted,
        "outcome": outcome.value if outcome else None,
        "verified": {name: {"expected": one.expected, "actual": one.actual} for name, one in step.verified.items()},
        "upgrade": plain(step.upgrading.upgrade),
    }
    if context.diff:
        result["diff"] = step.difference()
    return concluded(result, failure, account)


def wish_of(params: Mapping[str, Any]) -> Wish:
    """Return what is to be upgraded, and how.

    :raises OptionsFailure: when an option is missing, malformed, or contradicts another.
    """
    component = (params["component"] or "").strip()
    return Wish(
        domain=params["domain"],
        bundle_id=params["bundle_id"] or None,
        component=sddc_upgrade.component_of(component.upper()) if component else None,
        version=params["version"] or None,
        target_version=params["target_version"] or None,
        schedule_at=time_of(params["schedule_at"], "schedule_at", zone_needed=True),
        draft=params["draft"],
        user_input=json_object(params["user_input"], "user_input") if params["user_input"] else {},
    )


@dataclass
class _Step:
    """One upgrade, and how far it has come. C(had) is the upgrade as it was found."""

    follower: Follower
    course: Course
    upgrading: Upgrading
    had: Upgrade | None = None
    begun_id: str | None = None
    adopted: bool = False
    changed: bool = False
    verified: dict[str, Verified] = field(default_factory=dict)
    apart_since: float | None = None

    def take(self) -> None:
        """Adopt an equal upgrade, or begin one, or find that there is nothing to do."""
        upgrading, context, wish = self.upgrading, self.follower.context, self.upgrading.wish
        upgrading.look()
        self.had = upgrading.upgrade
        if upgrading.is_done:
            return
        if upgrading.is_going_on:
            self._adopt()
            return
        if upgrading.is_draft and wish.draft:
            self.adopted = True
            return
        upgrading.check()
        self._check_time()
        if context.check_mode:
            self.changed = True
            return
        self.follower.require_time(self.course, f"the request {upgrading.what}")
        self._begin()

    def _adopt(self) -> None:
        upgrade, wish, context = self.upgrading.upgrade, self.upgrading.wish, self.follower.context
        if upgrade is None:
            return
        self.adopted = True
        self.course.watch(upgrade.task_id or upgrade.id)
        context.observer.notice(f"It is going on already, as upgrade {upgrade.id}.")
        if upgrade.state is State.SCHEDULED and _shown(upgrade.scheduled_for) != _shown(wish.schedule_at):
            context.warn(
                f"Upgrade {upgrade.id} is scheduled already, for {_shown(upgrade.scheduled_for)}. It is left as it is: "
                "cancel it first to have it begin at another time."
            )

    def _begin(self) -> None:
        upgrading = self.upgrading
        if upgrading.is_draft and upgrading.wish.user_input:
            self.follower.context.warn(
                f"Upgrade {upgrading.upgrade.id if upgrading.upgrade else ''} is a draft already, and begins with the "
                "user_input that it was made with."
            )
        try:
            self.begun_id = upgrading.begin()
        finally:
            self.changed = upgrading.is_asked
        self.adopted = not upgrading.is_asked
        self._watch()

    def _watch(self) -> None:
        """Look after the task of the upgrade, once that is known, and until then after what the request has said."""
        upgrade = self.upgrading.upgrade
        task_id = upgrade.task_id or upgrade.id if upgrade else self.begun_id
        # A draft's task does not show until it is committed.
        if task_id is not None and task_id not in self.course.watched and not self.upgrading.is_draft:
            self.course.watched.clear()
            self.course.watch(task_id)

    def _check_time(self) -> None:
        """Refuse a time that is over.

        :raises OptionsFailure: when it is.
        """
        at = self.upgrading.wish.schedule_at
        if at is not None and at <= self.follower.context.clock.now():
            raise OptionsFailure(f"schedule_at {_shown(at)} is past, and nothing was scheduled by then.")

    def await_turn(self) -> None:
        """Let the time pass until an upgrade that is scheduled begins.

        The time that may be waited begins then; a deadline stays. Until then there need be no task.
        """
        follower, upgrading, waiting = self.follower, self.upgrading, self.follower.waiting
        clock = follower.context.clock
        at = due_at(upgrading.upgrade, upgrading.wish.schedule_at, clock.now())
        if at is None:
            return
        follower.context.observer.notice(f"It is scheduled for {_shown(at)}, and waited for from then on.")
        ends_at = at + timedelta(seconds=waiting.timeout)
        if waiting.deadline is not None:
            ends_at = min(ends_at, waiting.deadline)
        follower.extend(max((ends_at - clock.now()).total_seconds(), 0.0))
        while at is not None and follower.pause(min((at - clock.now()).total_seconds(), waiting.max_poll_interval)):
            upgrading.read()
            at = due_at(upgrading.upgrade, upgrading.wish.schedule_at, clock.now())

    def is_over(self, course: Course) -> bool:
        """Look at the upgrade besides its task; tell whether there is anything left to wait for."""
        upgrading = self.upgrading
        if upgrading.upgrade is None:
            upgrading.find(self.begun_id)
            self._watch()
        else:
            upgrading.read()
        upgrade = upgrading.upgrade
        if upgrade is None:
            return not course.going_on
        if upgrade.state.is_terminal != bool(course.going_on):
            self.apart_since = None
            return upgrade.state.is_terminal
        now = self.follower.context.clock.monotonic()
        self.apart_since = now if self.apart_since is None else self.apart_since
        if now - self.apart_since < _SECONDS_APART:
            return False
        states = ", ".join(task.state.value for task in course.tasks) or "not to be seen"
        self.follower.context.warn(
            f"Upgrade {upgrade.id} is {upgrade.status}, and its task is {states}. The one that has ended is believed."
        )
        return True

    def call_off(self) -> bool:
        """Cancel an upgrade that has not begun when time is up; return whether that was asked for.

        Its task can not be cancelled before it runs, and left alone it would begin at its time all the same.
        """
        follower, clock = self.follower, self.follower.context.clock
        is_asked = False
        follower.extend(follower.waiting.timeout)
        with follower.keeping(self.course):
            self.upgrading.read()
            is_asked = self.upgrading.call_off()
            ends_at = clock.monotonic() + pace.SETTLING
            while is_asked and self._goes_on() and clock.monotonic() < ends_at:
                clock.sleep(_SECONDS_BETWEEN_LOOKS)
        return is_asked

    def _goes_on(self) -> bool:
        """Tell whether a task goes on, without taking note of it: whoever cancels the rest looks for himself."""
        tasks = [self.follower.service.get_task(watched.task_id) for watched in self.course.going_on]
        return any(task is not None and not task.done for task in tasks)

    def verify(self) -> None:
        """Read what has become of the upgrade, and the versions that there really are, if there is anybody to ask."""
        expected = self.upgrading.expected
        self.verified = verify.verified(self.follower, self.course, expected, self._versions, may_lag=self._went_well)

    def _versions(self) -> dict[str, str | None]:
        self.upgrading.read()
        return self.upgrading.versions()

    def _went_well(self) -> bool:
        states = sddc_verdict.states_of(self.course.tasks, self.upgrading.upgrade)
        return not self.upgrading.is_done and all(state in (State.SUCCEEDED, State.WARNING) for state in states)

    def difference(self) -> dict[str, Any]:
        """Return what C(--diff) shows."""
        upgrading = self.upgrading
        after = {name: one.actual for name, one in self.verified.items()} or upgrading.before
        status = upgrading.upgrade.status if upgrading.upgrade else None
        if self.changed and self.follower.context.check_mode:
            after = upgrading.before if upgrading.wish.draft else {**upgrading.expected}
            status = _A_NEW_DRAFT if upgrading.wish.draft else _A_NEW_UPGRADE
        return sddc_verdict.difference(upgrading.before, after, self.had, status)


def _shown(at: datetime | None) -> str:
    """Return a time in UTC, to the second, which is as exact as the service keeps it."""
    return at.astimezone(timezone.utc).isoformat(timespec="seconds") if at else "a time that is not said"

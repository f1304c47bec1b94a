# SPDX-License-Identifier: GPL-3.0-or-later
"""fleet_upgrade_run: one step of an upgrade of Fleet LCM or its components, begun once, followed and verified.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.vcf.lifecycle.plugins.module_utils.errors import NotAllowedFailure, OptionsFailure
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations import fleet_verdict, verify
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.cancel import cancel_rest
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.context import Context
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.fleet_reading import fleet_of
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.fleet_undertakings import (
    PLAN_ACTIONS,
    DepotSync,
    SystemUpgrade,
    Undertaking,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.follow import Course, Follower
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.outcome import Outcome, Verified
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.report import concluded, waited
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.send import Sending
from ansible_collections.vcf.lifecycle.plugins.module_utils.options import (
    ON_TIMEOUT_SPEC,
    PACE_SPEC,
    ArgumentSpec,
    Waiting,
    connection_spec,
    json_object,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.base import Refused, Service
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.fleet_lcm import FleetLcm
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import State

ARGUMENT_SPEC: ArgumentSpec = {
    **connection_spec(max_outage=1800.0, service="fleet_lcm"),
    "action": {
        "type": "str",
        "required": True,
        "choices": ["sync_depot", "system", "configure", "precheck", "apply"],
    },
    "target_version": {"type": "str"},
    "plan_id": {"type": "str"},
    "components": {"type": "list", "elements": "str"},
    # As JSON, and not as a dictionary: of that Ansible would take every word and number for a secret.
    "user_input": {"type": "json", "no_log": True},
    "accept_failed_but_on_target": {"type": "bool", "default": False},
    "wait": {"type": "bool", "default": True},
    **ON_TIMEOUT_SPEC,
    **PACE_SPEC,
}


def run(service: Service, params: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Take one step, unless it has been taken or is being taken, and return what it has come to."""
    undertaking, waiting = undertaking_of(fleet_of(service), params), Waiting.of(params)
    follower, course = Follower(service, waiting, context), Course()
    step = _Step(follower, course, undertaking)
    is_followed = params["wait"] and not context.check_mode
    with follower.keeping(course):
        step.take()
        if is_followed:
            follower.follow(course, lambda course: not course.going_on)
        else:
            follower.refresh(course)
    if isinstance(course.failure, NotAllowedFailure):
        verify.explain(follower, course, course.failure, step.undertaking.blocked_by)
    canceled: dict[str, Any] = {}
    account = ""
    if is_followed and course.timed_out and course.watched and waiting.on_timeout == "cancel":
        canceled, account = cancel_rest(follower, course)
    prechecks = fleet_verdict.findings_of(course.tasks) if params["action"] == "precheck" else None
    outcome: Outcome | None = None
    if is_followed or step.is_done or course.failure is not None or course.timed_out:
        step.verify()
        verified = step.verified if undertaking.changes_versions else None
        is_precheck = params["action"] == "precheck"
        outcome = fleet_verdict.outcome(course, verified, prechecks, is_precheck=is_precheck)
        failure = fleet_verdict.failure(
            course,
            waiting,
            outcome,
            verified,
            prechecks,
            is_precheck=is_precheck,
            accept_failed_but_on_target=params["accept_failed_but_on_target"],
        )
    else:
        failure = None
    result = {
        **waited(follower, course),
        **canceled,
        "changed": step.changed or bool(canceled.get("changed")),
        "adopted": step.adopted,
        "outcome": outcome.value if outcome else None,
        "verified": {name: {"expected": one.expected, "actual": one.actual} for name, one in step.verified.items()},
        "prechecks": prechecks,
    }
    if context.diff:
        result["diff"] = step.difference(params["action"])
    return concluded(result, failure, account)


def undertaking_of(fleet: FleetLcm, params: Mapping[str, Any]) -> Undertaking:
    """Return what is to be undertaken.

    :raises OptionsFailure: when an option is missing, or is for another action.
    """
    action = params["action"]
    for name, actions in {
        "target_version": ("system", "sync_depot"),
        "plan_id": tuple(PLAN_ACTIONS),
        "components": tuple(PLAN_ACTIONS),
        "user_input": tuple(PLAN_ACTIONS),
    }.items():
        if params[name] and action not in actions:
            raise OptionsFailure(f"{name} is for action {', '.join(actions)}, not for {action}.")
    if action == "sync_depot":
        return DepotSync(fleet, version=params["target_version"])
    if action == "system":
        if not params["target_version"]:
            raise OptionsFailure("target_version is required with action system: the version to upgrade to.")
        return SystemUpgrade(fleet, target=params["target_version"])
    if params["components"] == []:
        raise OptionsFailure("components is empty. Leave it out for all components of the plan.")
    return PLAN_ACTIONS[action](
        fleet,
        plan_id=params["plan_id"],
        names=params["components"],
        user_input=json_object(params["user_input"], "user_input") if params["user_input"] else {},
    )


@dataclass
class _Step:
    """One step, and how far it has come."""

    follower: Follower
    course: Course
    undertaking: Undertaking
    adopted: bool = False
    changed: bool = False
    is_done: bool = False
    verified: dict[str, Verified] = field(default_factory=dict)

    def take(self) -> None:
        """Adopt an equal run, or begin one, or find that there is nothing to do."""
        undertaking, context = self.undertaking, self.follower.context
        undertaking.look()
        for warning in undertaking.warnings:
            context.warn(warning)
        if undertaking.running is not None:
            self.adopted = True
            self.course.watch(undertaking.running)
            context.observer.notice(f"It is going on already, as task {undertaking.running}.")
        elif undertaking.is_done:
            self.is_done = True
        elif context.check_mode:
            self.changed = True
        else:
            self.follower.require_time(self.course, f"the request {undertaking.what}")
            self.course.watch(self._begin())

    def _begin(self) -> str:
        undertaking = self.undertaking
        undertaking.prepare()
        sending = Sending(undertaking.fleet, undertaking.what, harmless=undertaking.is_harmless)
        try:
            task_id = sending.once(lambda: undertaking.begin().id, undertaking.made)
        except Refused as refused:
            raise sending.refusal(refused) from refused
        finally:
            self.changed = sending.is_asked
        # What was there before is the answer to some requests.
        self.adopted = not sending.is_asked or task_id in undertaking.known
        self.changed = not self.adopted
        return task_id

    def verify(self) -> None:
        """Read the versions that there really are, if there is anybody to ask."""
        undertaking = self.undertaking
        self.verified = verify.verified(
            self.follower, self.course, undertaking.expected, undertaking.versions, may_lag=self._went_well
        )

    def _went_well(self) -> bool:
        states = [task.state for task in self.course.tasks]
        return not self.is_done and all(state in (State.SUCCEEDED, State.WARNING) for state in states)

    def difference(self, action: str) -> dict[str, Any]:
        """Return what C(--diff) shows: versions where there are any, else the task."""
        if self.undertaking.changes_versions:
            predicted = self.changed and self.follower.context.check_mode
            after = {name: one.actual for name, one in self.verified.items()} or self.undertaking.before
            return {
                "before": self.undertaking.before,
                "after": self.undertaking.expected if predicted else after,
            }
        if not self.changed:
            return {"before": {}, "after": {}}
        states = [task.state.value for task in self.course.tasks]
        return {"before": {}, "after": {action: states[0] if states else State.RUNNING.value}}

# SPDX-License-Identifier: GPL-3.0-or-later
"""sddc_precheck: run the checks of a domain before its upgrade, and judge them by what they found.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
That a run succeeded only says that it came to its end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.vcf.lifecycle.plugins.module_utils.errors import (
    Failure,
    InvalidResponseFailure,
    NotAllowedFailure,
    TaskFailedFailure,
    TimeoutFailure,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations import pace, start
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.context import Context
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.follow import Course, Follower
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.report import concluded, waited
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.sddc_reading import (
    check_service,
    chosen_target,
    known_domain,
    versions_of_release,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.verdict import failure_of_tasks, timeout_of
from ansible_collections.vcf.lifecycle.plugins.module_utils.options import (
    PACE_SPEC,
    ArgumentSpec,
    Waiting,
    connection_spec,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.sddc_upgrade_model import (
    ERROR,
    CheckResult,
    CheckRun,
    Domain,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.services import sddc_checks
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.base import Refused, Service
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import State, plain

ARGUMENT_SPEC: ArgumentSpec = {
    **connection_spec(max_outage=1800.0, service="sddc_manager"),
    "domain": {"type": "str", "required": True},
    "target_version": {"type": "str"},
    "rerun_failed": {"type": "bool", "default": False},
    "fail_on_errors": {"type": "bool", "default": True},
    **PACE_SPEC,
}

_A_NEW_RUN = "a new run"


@dataclass
class Checking:
    """How the checks of a domain fare.

    C(asked) is whether a run of ours was started, or would be; C(adopted) whether somebody else's is followed.
    """

    domain: str
    target_version: str | None
    last: CheckRun | None = None
    run_id: str | None = None
    result: CheckResult | None = None
    asked: bool = False
    adopted: bool = False
    quiet_since: float | None = None

    @property
    def last_for_target(self) -> CheckRun | None:
        """The last run before this one, if it was for the same release."""
        return self.last if self.last and self.last.target_version in (None, self.target_version) else None


def run(service: Service, params: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Run the checks, wait for them, and return what they found; a failure returns just as much."""
    check_service(service)
    waiting = Waiting.of(params)
    follower, course = Follower(service, waiting, context), Course()
    checking = Checking(params["domain"], params["target_version"] or None)
    with follower.keeping(course):
        _begin(follower, course, checking, rerun_failed=params["rerun_failed"])
        if course.watched and not context.check_mode:
            follower.follow(course, lambda course: _is_over(follower, course, checking))
    known = checking.result
    result = {
        **waited(follower, course),
        "changed": checking.asked,
        "adopted": checking.adopted,
        "run_id": checking.run_id,
        "target_version": checking.target_version,
        "error_count": known and known.errors,
        # Not "warnings", which is Ansible's own.
        "warning_count": known and known.warnings,
        "findings": plain(known.findings) if known else [],
    }
    if context.diff:
        before = {"run_id": checking.last.id if checking.last else None}
        after = {"run_id": _A_NEW_RUN if context.check_mode else checking.run_id} if checking.asked else before
        result["diff"] = {"before": before, "after": after}
    failure = course.failure
    if failure is None and not (context.check_mode and (checking.asked or checking.adopted)):
        failure = failure_of(service, course, waiting, checking, gate=params["fail_on_errors"])
    return concluded(result, failure)


def failure_of(service: Service, course: Course, waiting: Waiting, checking: Checking, *, gate: bool) -> Failure | None:
    """Return why the checks are no leave to upgrade; None where they are.

    :param gate: whether errors that were found are a reason.
    """
    result = checking.result
    task_id = checking.run_id
    if result is not None and result.errors:
        return failure_of_findings(service, checking, result) if gate else None
    if course.timed_out:
        return timeout_of(course, waiting) or TimeoutFailure(
            f"Time ran out: the checks of domain {checking.domain} have ended, and what they found is not to be had "
            "yet. Run again to go on waiting.",
            service=service.name,
            task_id=task_id,
        )
    bad = [task for task in course.tasks if task.state in (State.FAILED, State.CANCELED)]
    if bad:
        return failure_of_tasks(bad)
    if result is not None and result.state is State.FAILED:
        return TaskFailedFailure(
            f"The checks of domain {checking.domain} did not come to a good end ({result.status}), so that they say "
            "nothing of what they have not checked.",
            service=service.name,
            task_id=task_id,
        )
    if result is None or not result.is_known or not result.state.is_terminal:
        return InvalidResponseFailure(
            f"{service.name} at {service.contact.address} does not say what the checks of domain {checking.domain} "
            f"found (run {task_id}).",
            service=service.name,
            task_id=task_id,
        )
    return None


def failure_of_findings(service: Service, checking: Checking, result: CheckResult) -> TaskFailedFailure:
    """Return the failure for checks that found errors; the first one speaks for all."""
    first = next(iter(result.of(ERROR)), None)
    count = f"{result.errors} error{'' if result.errors == 1 else 's'}"
    said = f": {first.description.rstrip('.')}" if first and first.description else ""
    more = " (the first of them)" if said and (result.errors or 0) > 1 else ""
    return TaskFailedFailure(
        f"The checks of domain {checking.domain} found {count}{said}{more}.",
        service=service.name,
        task_id=checking.run_id,
        code=first.id if first else None,
        remediation=first.remediation if first else None,
    )


def _begin(follower: Follower, course: Course, checking: Checking, *, rerun_failed: bool) -> None:
    """See what was checked already, and start a run where there is need of one.

    :raises NotAllowedFailure: when the service refuses.
    """
    service = follower.service
    domain = known_domain(service, checking.domain)
    checking.target_version = checking.target_version or chosen_target(service, domain)
    checking.last = sddc_checks.last_run_of(service, domain)
    last = checking.last_for_target
    if last is not None and _goes_on(service, last):
        checking.run_id, checking.adopted = last.id, True
        course.watch(last.id)
        if follower.context.check_mode:
            follower.look_once(course)
        return
    error_ids: list[str] = []
    if last is not None and (rerun_failed or follower.context.check_mode):
        checking.run_id, checking.result = last.id, sddc_checks.result_of(service, last.id)
        if rerun_failed and checking.result is not None and checking.result.is_known:
            if not checking.result.errors and checking.result.state is not State.FAILED:
                return
            error_ids = [one.id for one in checking.result.of(ERROR) if one.id]
    checking.asked = True
    if follower.context.check_mode:
        return
    checking.asked, checking.run_id, checking.result = False, None, None
    _start(follower, course, checking, domain, error_ids)


def _start(follower: Follower, course: Course, checking: Checking, domain: Domain, error_ids: list[str]) -> None:
    """Start a run of all checks, or again of those that found these errors."""
    service, target = follower.service, checking.target_version or ""
    before = checking.last

    def look() -> start.Begun | None:
        now = sddc_checks.last_run_of(service, domain)
        if now is None or (before and now.id == before.id) or now.target_version not in (None, target):
            return None
        return start.Begun(now.id, by_us=False)

    try:
        if before is not None and error_ids:
            again, ids = before.id, error_ids
            begun = start.once(
                service,
                f"the checks of domain {domain.label}",
                lambda: sddc_checks.rerun(service, again, ids),
                look,
            )
        else:
            spec = sddc_checks.query(service, domain, versions_of_release(service, domain, target), target)
            if not spec["resources"]:
                raise _nothing_to_check(service, domain, target)
            begun = start.once(
                service, f"the checks of domain {domain.label}", lambda: sddc_checks.run(service, spec), look
            )
    except start.UnheardFailure:
        checking.asked = True
        raise
    except Refused as refused:
        raise _refusal(service, domain, target, refused) from refused
    checking.asked, checking.adopted, checking.run_id = begun.by_us, not begun.by_us, begun.task_id
    if begun.task_id is not None:
        course.watch(begun.task_id)


def _is_over(follower: Follower, course: Course, checking: Checking) -> bool:
    """Look at what the checks found once their task has ended; tell whether there is anything left to wait for."""
    if course.going_on or checking.run_id is None:
        return False
    checking.result = sddc_checks.result_of(follower.service, checking.run_id)
    if checking.result is not None and checking.result.state.is_terminal:
        return True
    if checking.result is not None and checking.result.state is not State.UNKNOWN:
        return False
    # The result may be a moment behind the task.
    now = follower.context.clock.monotonic()
    checking.quiet_since = now if checking.quiet_since is None else checking.quiet_since
    return now - checking.quiet_since >= pace.STALE_SECONDS


def _goes_on(service: Service, last: CheckRun) -> bool:
    """Tell whether a run goes on; where its state is not known, its task tells."""
    if last.state is not State.UNKNOWN:
        return not last.state.is_terminal
    task = service.get_task(last.id)
    return task is not None and not task.done


def _nothing_to_check(service: Service, domain: Domain, target: str) -> NotAllowedFailure:
    return NotAllowedFailure(
        f"{service.name} at {service.contact.address} has no checks for an upgrade of domain {domain.label} to "
        f"{target}.",
        service=service.name,
    )


def _refusal(service: Service, domain: Domain, target: str, refused: Refused) -> NotAllowedFailure:
    said = f": {refused.error.message.rstrip('.')}" if refused.error.message else f" with HTTP {refused.status}"
    return NotAllowedFailure.of_error(
        f"{service.name} at {service.contact.address} refuses to check domain {domain.label} for an upgrade to "
        f"{target}{said}.",
        refused.error,
        service=service.name,
        http_status=refused.status,
    )

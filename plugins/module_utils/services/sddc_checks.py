# SPDX-License-Identifier: GPL-3.0-or-later
"""SDDC Manager's checks before an upgrade: paths and bodies of check-sets, their runs and what those found.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
Source of the wire facts: "SDDC Manager API Reference Guide" 9.1.0.0, operations getLastAssessmentRunInfo and getResult,
schemas AssessmentTaskInfo, AssessmentOutput and Error. What is in the artifacts of a result, and in the context of its
errors, the guide does not say: those names were seen in the field, where the artifacts are a list.
Where nothing else is said, these functions raise what Service.get_task raises.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ansible_collections.vcf.lifecycle.plugins.module_utils.sddc_upgrade_model import (
    CheckResult,
    CheckRun,
    Domain,
    Finding,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.base import Service
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.sddc_upgrade import optional, thing
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.wire import (
    mapping,
    mappings,
    moment,
    number,
    state_of,
    text,
    word,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import State
from ansible_collections.vcf.lifecycle.plugins.module_utils.transport import Answer, Fault, Request

_CHECK_SETS = ("v1", "system", "check-sets")

# AssessmentOutput.status, and AssessmentTaskInfo.state.
_STATUSES = {
    "PENDING": State.PENDING,
    "IN_PROGRESS": State.RUNNING,
    "COMPLETED_WITH_SUCCESS": State.SUCCEEDED,
    "SUCCESSFUL": State.SUCCEEDED,
    "COMPLETED_WITH_FAILURE": State.FAILED,
    "FAILED": State.FAILED,
}

# The counts of a summary. One thing may be counted by more than one of the first two, so that the largest counts; a
# check that could not be made is never a good one.
_ERRORS = ("errorValidationsCount", "criticalGapsCount")
_NOT_CHECKED = "internalErrorValidationsCount"
_WARNINGS = ("warningGapsCount",)

_ERROR, _WARNING = "ERROR", "WARNING"
_SEVERITIES = {"CRITICAL": _ERROR, _ERROR: _ERROR, _WARNING: _WARNING}


def last_run_of(service: Service, domain: Domain) -> CheckRun | None:
    """Return the last run of the checks of a domain; None where there is none."""

    def read(answer: Answer) -> list[dict[str, Any]]:
        if not isinstance(answer.body, list):
            raise Fault("it answers with something that is not a list of runs", first_kind="invalid_response")
        return mappings(answer.body)

    request = Request("GET", service.url(*_CHECK_SETS), query={"domainId": domain.id})
    runs = [
        _run(body)
        for body in optional(service, request, read) or []
        if word(body.get("id"))
        and domain.id in [word(one.get("domainId")) for one in mappings(body.get("domainInputs"))]
    ]
    return max(runs, key=lambda run: run.started_at.timestamp() if run.started_at else 0.0, default=None)


def result_of(service: Service, run_id: str) -> CheckResult | None:
    """Return what a run has found so far; None where the service does not know it."""

    def read(answer: Answer) -> CheckResult:
        return _result(run_id, thing(answer, "a result of checks", "status", "validationResult"))

    return optional(service, Request("GET", service.url(*_CHECK_SETS, run_id)), read)


def _run(body: dict[str, Any]) -> CheckRun:
    status = word(body.get("state"))
    return CheckRun(
        id=word(body.get("id")) or "",
        state=state_of(status, _STATUSES),
        status=status,
        target_version=word(mapping(body.get("metadata")).get("targetVersion")),
        started_at=moment(body.get("timestamp")),
        ended_at=moment(body.get("completionTimestamp")),
    )


def _result(run_id: str, body: dict[str, Any]) -> CheckResult:
    status = word(body.get("status"))
    said = mapping(body.get("validationResult"))
    findings = [finding for error in mappings(said.get("nestedErrors")) for finding in _findings(error)]
    rejected = [
        finding for error in mappings(body.get("inputValidationErrors")) for finding in _findings(error, _ERROR)
    ]
    summaries = _summaries(body)
    result = CheckResult(
        id=run_id,
        state=state_of(status, _STATUSES),
        status=status,
        findings=[*rejected, *findings],
    )
    if said or summaries or rejected:
        result.errors = max(
            sum(finding.severity == _ERROR for finding in result.findings),
            max(_count(summaries, name) for name in _ERRORS) + _count(summaries, _NOT_CHECKED),
        )
        result.warnings = max(
            sum(finding.severity == _WARNING for finding in result.findings),
            max(_count(summaries, name) for name in _WARNINGS),
        )
    return result


def _summaries(body: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the counts of a result: the field has a list of them where the guide has an object."""
    found = mapping(body.get("presentedArtifactsMap")).get("validation-domain-summary")
    return mappings(found if isinstance(found, list) else [found])


def _count(summaries: list[dict[str, Any]], name: str) -> int:
    return int(sum(number(summary.get(name)) or 0.0 for summary in summaries))


def _findings(error: dict[str, Any], unless_said: str | None = None) -> Iterator[Finding]:
    """Yield the errors and warnings among the innermost of one error; all else is what went well.

    :param unless_said: the severity of what does not say it.
    """
    inner = mappings(error.get("nestedErrors"))
    for one in inner:
        yield from _findings(one, unless_said)
    context = mapping(error.get("context"))
    said = word(context.get("severity")) or word(error.get("errorType")) or unless_said or ""
    severity = _SEVERITIES.get(said.upper())
    if inner or severity is None:
        return
    yield Finding(
        id=next((found for name in ("errorId", "validationName") if (found := word(context.get(name)))), None)
        or word(error.get("errorCode")),
        severity=severity,
        description=text(error.get("message")),
        resource=next((found for name in ("resourceName", "resourceType") if (found := text(context.get(name)))), None),
        remediation=text(error.get("remediationMessage")),
    )

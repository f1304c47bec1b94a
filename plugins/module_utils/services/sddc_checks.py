# SPDX-License-Identifier: GPL-3.0-or-later
"""SDDC Manager's checks before an upgrade: paths and bodies of check-sets, their runs and what those found.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
Source of the wire facts: "SDDC Manager API Reference Guide" 9.1.0.0, operations queryCheckSets, triggerCheckRun,
triggerPartialRetryOfCheckRun, getLastAssessmentRunInfo and getResult, and their schemas. What is in the artifacts of a
result, and in the context of its errors, the guide does not say: those names were seen in the field, where the
artifacts are a list.
Where nothing else is said, these functions raise what Service.get_task raises.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.vcf.lifecycle.plugins.module_utils.sddc_upgrade_model import (
    ERROR,
    WARNING,
    CheckResult,
    CheckRun,
    Domain,
    Finding,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.base import Service
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.sddc_manager import STATUSES
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.sddc_upgrade import (
    component_of,
    optional,
    start,
    thing,
)
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

# AssessmentOutput.status, and AssessmentTaskInfo.state, which is that of a task.
_STATUSES = {
    **STATUSES,
    "COMPLETED_WITH_SUCCESS": State.SUCCEEDED,
    "COMPLETED_WITH_FAILURE": State.FAILED,
}

# The counts of a summary. One thing may be counted by more than one of the first two, so that the largest counts; a
# check that could not be made is never a good one.
_ERRORS = ("errorValidationsCount", "criticalGapsCount")
_NOT_CHECKED = "internalErrorValidationsCount"
_WARNINGS = ("warningGapsCount",)

_SEVERITIES = {"CRITICAL": ERROR, "ERROR": ERROR, "WARNING": WARNING}
_REFUSALS = (400, 404, 422, 424)


def last_run_of(service: Service, domain: Domain) -> CheckRun | None:
    """Return the last run of the checks of a domain; None where there is none."""
    found = _runs(service, {"domainId": domain.id})
    return max((_run(body) for body in found if _is_of(body, domain)), key=_began, default=None)


def all_last_runs(service: Service) -> dict[str, CheckRun]:
    """Return the last run of the checks of each domain, by the id of that; only of runs that name their domain."""
    found: dict[str, CheckRun] = {}
    for run, body in sorted(((_run(body), body) for body in _runs(service, {})), key=lambda pair: _began(pair[0])):
        found |= {name: run for one in mappings(body.get("domainInputs")) if (name := word(one.get("domainId")))}
    return found


def result_of(service: Service, run_id: str) -> CheckResult | None:
    """Return what a run has found so far; None where the service does not know it."""

    def read(answer: Answer) -> CheckResult:
        return _result(run_id, thing(answer, "a result of checks", "status", "validationResult"))

    return optional(service, Request("GET", service.url(*_CHECK_SETS, run_id), query={"includeSummary": "true"}), read)


def query(service: Service, domain: Domain, versions: Mapping[str, str], target_version: str) -> dict[str, Any]:
    """Ask which checks there are for an upgrade of a domain; return what a run of all of them needs to be told.

    It is asked twice: what there is in the domain, and then for the checks of each with the version it is to have.
    The question changes nothing, so that it may be asked again.

    :param versions: the version that each component is to have, as far as it is known.
    :param target_version: of the release, for all others.
    :raises Refused: when the service says no.
    """
    first = _query(service, domain, None)
    types = dict.fromkeys(word(resource.get("resourceType")) for resource in mappings(first.get("resources")))
    resources = [
        {"resourceType": name, "resourceTargetVersion": versions.get(component_of(name) or "", target_version)}
        for name in types
        if name
    ]
    found = _query(service, domain, resources) if resources else first
    selected = [
        {
            **{name: resource.get(name) for name in ("resourceName", "resourceId", "resourceType")},
            "checkSets": [{"checkSetId": one.get("checkSetId")} for one in mappings(resource.get("checkSets"))],
        }
        for resource in mappings(found.get("resources"))
        if mappings(resource.get("checkSets"))
    ]
    return {"queryId": found.get("queryId"), "resources": selected, "metadata": {"targetVersion": target_version}}


def run(service: Service, spec: dict[str, Any]) -> str:
    """Run checks, once; return the id of the run, which is that of its task.

    :param spec: what C(query) has returned.
    :raises Refused: when the service says no.
    :raises Fault: when the answer was lost; the run may have begun.
    """
    return start(service, Request("POST", service.url(*_CHECK_SETS), json=spec))


def rerun(service: Service, run_id: str, error_ids: list[str]) -> str:
    """Run again, once, the checks of a run that found errors; return the id of the new run.

    :raises Refused: when the service says no.
    :raises Fault: when the answer was lost; the run may have begun.
    """
    return start(service, Request("PATCH", service.url(*_CHECK_SETS, run_id), json={"errorIds": error_ids}))


def _query(service: Service, domain: Domain, resources: list[dict[str, Any]] | None) -> dict[str, Any]:
    wanted: dict[str, Any] = {"domainId": domain.id}
    if resources is not None:
        wanted["resources"] = resources
    body = {"checkSetType": "UPGRADE", "domains": [wanted]}

    def read(answer: Answer) -> dict[str, Any]:
        return thing(service.accepted(answer), "the result of a query of checks", "queryId")

    return service.call(Request("POST", service.url(*_CHECK_SETS, "queries"), json=body), read, also=_REFUSALS)


def _runs(service: Service, query: Mapping[str, str]) -> list[dict[str, Any]]:
    def read(answer: Answer) -> list[dict[str, Any]]:
        if not isinstance(answer.body, list):
            raise Fault("it answers with something that is not a list of runs", first_kind="invalid_response")
        return mappings(answer.body)

    found = optional(service, Request("GET", service.url(*_CHECK_SETS), query=query), read) or []
    return [body for body in found if word(body.get("id"))]


def _began(run: CheckRun) -> float:
    return run.started_at.timestamp() if run.started_at else 0.0


def _is_of(body: dict[str, Any], domain: Domain) -> bool:
    """Tell whether a run is of a domain. One that names none is: it is the domain that was asked about."""
    named = [found for one in mappings(body.get("domainInputs")) if (found := word(one.get("domainId")))]
    return not named or domain.id in named


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
    rejected = [finding for error in mappings(body.get("inputValidationErrors")) for finding in _findings(error, ERROR)]
    summaries = _summaries(body)
    result = CheckResult(
        id=run_id,
        state=state_of(status, _STATUSES),
        status=status,
        findings=[*rejected, *findings],
    )
    if said or summaries or rejected:
        result.errors = max(
            len(result.of(ERROR)),
            max(_count(summaries, name) for name in _ERRORS) + _count(summaries, _NOT_CHECKED),
        )
        result.warnings = max(
            len(result.of(WARNING)),
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

# SPDX-License-Identifier: GPL-3.0-or-later
"""SDDC Manager's checks before an upgrade (sddc-manager-openapi.json 9.1: queryCheckSets, triggerCheckRun, getResult,
triggerPartialRetryOfCheckRun, getLastAssessmentRunInfo). Whoever asks this one asks for one domain at a time.

That a run succeeded only says that it came to its end. What it found is in its result.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from ..clock import Clock
from ..scenario import ScenarioError, State
from ..sddc_scenario import TITLES, Domain, Finding
from ..tasks import Entry
from ..timeline import GOING_ON
from . import sddc_upgrade_tasks as plays
from .base import BadRequest, Call, Route, json, without_none
from .sddc_check_bodies import output
from .sddc_desk import Desk, body
from .sddc_platform import Platform
from .sddc_tokens import SddcTokens

RUN_STATUSES = dict.fromkeys(State, "COMPLETED_WITH_FAILURE") | {
    **dict.fromkeys(GOING_ON, "IN_PROGRESS"),
    State.SUCCEEDED: "COMPLETED_WITH_SUCCESS",
    State.WARNING: "COMPLETED_WITH_SUCCESS",
}


@dataclass(frozen=True)
class CheckRun:
    """A run of the checks, or of those that failed in the run ``after``; ``found`` is what it comes to."""

    entry: Entry
    domain: Domain
    metadata: dict[str, Any]
    found: list[Finding]
    after: str | None = None


class CheckSets(Desk):
    """The checks that can be asked for, and their runs."""

    def __init__(self, service: SddcTokens, platform: Platform) -> None:
        super().__init__(service, platform)
        self._queries: dict[str, Domain] = {}
        self._runs: dict[str, CheckRun] = {}
        entries = {entry.id: entry for entry in platform.tasks.entries()}
        for domain in platform.domains.values():
            if task_id := domain.checks.task:
                if task_id not in entries:
                    raise ScenarioError(f"scenario: services.{service.name}.upgrade: there is no task {task_id!r}")
                metadata = {"targetVersion": domain.target}
                self._runs[task_id] = CheckRun(entries[task_id], domain, metadata, domain.checks.findings)

    def routes(self) -> list[Route]:
        sets = f"{self.base}/system/check-sets"
        return [
            Route("POST", sets + "/queries", self.query),
            Route("POST", sets, self.run),
            Route("GET", sets, self.last),
            Route("GET", sets + "/{run_id}", self.result),
            Route("PATCH", sets + "/{run_id}", self.rerun),
        ]

    def query(self, call: Call) -> Response:
        spec = body(call)
        domains = spec.get("domains")
        if spec.get("checkSetType") != "UPGRADE" or not isinstance(domains, list) or len(domains) != 1:
            raise BadRequest("checkSetType must be UPGRADE, and domains must have one domain")
        domain = self.domain(domains[0].get("domainId")) if isinstance(domains[0], dict) else None
        if domain is None:
            raise BadRequest("domains: there is no such domain")
        wanted = _versions(domains[0].get("resources") or [])
        query_id = str(uuid.uuid4())
        self._queries[query_id] = domain
        resources = []
        for kind, part in domain.in_order():
            resource = plays.resource(domain, kind, part)
            if wanted and resource.type not in wanted:
                continue
            if wanted.get(resource.type) not in (None, part.target, domain.target):
                raise BadRequest(f"resourceTargetVersion: {resource.type} can not become {wanted[resource.type]}")
            check = {
                "checkSetId": f"{kind}-{part.target}",
                "checkSetName": f"{TITLES[kind]} upgrade",
                "checkSetType": "UPGRADE",
            }
            resources.append(
                {
                    "resourceName": resource.name,
                    "resourceId": resource.id,
                    "resourceType": resource.type,
                    "resourceVersion": self.platform.version(part),
                    "domain": _info(domain),
                    "checkSets": [check],
                }
            )
        return json({"queryId": query_id, "resources": resources})

    def run(self, call: Call) -> Response:
        spec = body(call)
        domain = self._queries.get(str(spec.get("queryId")))
        resources = spec.get("resources")
        if domain is None or not isinstance(resources, list) or not resources:
            raise BadRequest("queryId must be of a query made before, and resources must have some of its answer")
        for resource in resources:
            known = resource.keys() if isinstance(resource, dict) else ()
            missing = {"resourceId", "resourceName", "resourceType", "checkSets"}.difference(known)
            if missing:
                raise BadRequest(f"resources: {', '.join(sorted(missing))} missing")
        return self._start(domain, spec.get("metadata") or {}, self._findings(domain))

    def rerun(self, call: Call, run_id: str) -> Response:
        before = self._runs.get(run_id)
        ids = body(call).get("errorIds")
        if before is None or not isinstance(ids, list) or not ids or not all(isinstance(i, str) for i in ids):
            raise BadRequest("errorIds must have some of a run's errors" if before else f"there is no run {run_id}")
        if before.entry.look(self.now).state in GOING_ON:
            raise BadRequest(f"run {run_id} is still going on")
        unknown = set(ids) - {finding.id for finding in before.found}
        if unknown:
            raise BadRequest(f"errorIds: run {run_id} has not found {', '.join(sorted(unknown))}")
        still = self._findings(before.domain)
        found = [finding for finding in before.found if finding.id not in ids or finding in still]
        return self._start(before.domain, before.metadata, found, run_id)

    def result(self, call: Call, run_id: str) -> Response:
        run = self._runs.get(run_id)
        if run is None:
            return self.refuse(404, "ASSESSMENT_NOT_FOUND", f"Task {run_id} is not found.")
        view = run.entry.look(self.now)
        clock = self.platform.clock
        severity = call.parameters.get("severity", "ALL")
        return json(
            without_none(
                status=RUN_STATUSES[view.state],
                timestamp=clock.iso(run.entry.start),
                completionTimestamp=clock.iso(view.ended),
                relatedAssessmentId=run.after,
            )
            | output(run.domain, run.found, view.state, severity)
        )

    def last(self, call: Call) -> Response:
        """The last run of each domain, or of one."""
        wanted = call.parameters.get("domainId")
        last = {run.domain.id: run for run in self._runs.values() if wanted in (None, run.domain.id)}
        return json([_task_info(run, self.now, self.platform.clock) for run in last.values()])

    def _findings(self, domain: Domain) -> list[Finding]:
        """What a run of a domain's checks finds now: some of it only the first runs find."""
        before = sum(run.domain is domain for run in self._runs.values())
        return [finding for finding in domain.checks.findings if finding.runs is None or before < finding.runs]

    def _start(
        self, domain: Domain, metadata: dict[str, Any], found: list[Finding], after: str | None = None
    ) -> Response:
        entry = self.platform.tasks.create(plays.checks(domain))
        self._runs[entry.id] = CheckRun(entry, domain, metadata, found, after)
        return self.started(entry)


def _versions(resources: Any) -> dict[str, str | None]:
    """The types of resources asked for, each with the version it is to have."""
    if not isinstance(resources, list) or not all(isinstance(r, dict) and r.get("resourceType") for r in resources):
        raise BadRequest("resources: resourceType is required")
    return {resource["resourceType"]: resource.get("resourceTargetVersion") for resource in resources}


def _info(domain: Domain) -> dict[str, str]:
    """DomainInfo."""
    return {"domainId": domain.id, "domainName": domain.name, "domainType": domain.type}


def _task_info(run: CheckRun, now: float, clock: Clock) -> dict[str, Any]:
    """AssessmentTaskInfo; its times are in milliseconds."""
    view = run.entry.look(now)
    return without_none(
        id=run.entry.id,
        state=RUN_STATUSES[view.state],
        timestamp=int(clock.at(run.entry.start).timestamp() * 1000),
        completionTimestamp=None if view.ended is None else int(clock.at(view.ended).timestamp() * 1000),
        domainInputs=[_info(run.domain)],
        metadata=run.metadata,
    )

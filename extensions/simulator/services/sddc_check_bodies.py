# SPDX-License-Identifier: GPL-3.0-or-later
"""How SDDC Manager writes what its checks found (sddc-manager-openapi.json 9.1: schema AssessmentOutput). What is in
the artifacts and in an error's context is not in the specification; the names are those seen in the field, all but
``errorId``, which nobody has published."""

from __future__ import annotations

from typing import Any

from ..scenario import State
from ..sddc_scenario import Domain, Finding
from ..timeline import GOING_ON
from . import sddc_bodies as bodies

CODES = {"ERROR": "error", "WARNING": "warning", "INFO": "info"}


def output(domain: Domain, found: list[Finding], state: State, severity: str) -> dict[str, Any]:
    """The part of AssessmentOutput that says what was found: nothing before a run has ended, or if it failed."""
    if state not in (State.SUCCEEDED, State.WARNING):
        return {"discoveryProgress": {"progressMessages": [], "percentageComplete": 50 if state in GOING_ON else 100}}
    passed = [kind for kind, _part in domain.in_order() if all(finding.component != kind for finding in found)]
    nested = [_finding(finding) for finding in found]
    nested += [
        _said("INFO", f"No problem was found in {kind}.", f"{kind} health", "VALIDATION_SUCCESSFUL") for kind in passed
    ]
    worst = next((word for word in ("ERROR", "WARNING") if any(f.severity == word for f in found)), "INFO")
    entity = {"id": domain.id, "type": "domain", "name": domain.name, "properties": {"domainId": domain.id}}
    return {
        "physicalPresentedData": {"id": "vsphere", "type": "Vsphere", "name": "vSphere", "childEntities": [entity]},
        "presentedArtifactsMap": {"validation-domain-summary": [summary(domain, found, len(passed))]},
        "validationResult": _said(worst, "Target state validation ended", "", "", kind="TARGET_STATE")
        | {"nestedErrors": [said for said in nested if severity in ("ALL", said["context"]["severity"])]},
        "discoveryProgress": {"progressMessages": [], "percentageComplete": 100},
    }


def summary(domain: Domain, found: list[Finding], passed: int) -> dict[str, Any]:
    """The counts, which are numbers with a fraction."""
    severities = [finding.severity for finding in found]
    return {
        "domainName": domain.name,
        "criticalGapsCount": 0.0,
        "warningGapsCount": float(severities.count("WARNING")),
        "optionalGapsCount": 0.0,
        "validationsRunCount": float(len(found) + passed),
        "successfulValidationsCount": float(passed),
        "silencedValidationsCount": 0.0,
        "errorValidationsCount": float(severities.count("ERROR")),
        "internalErrorValidationsCount": 0.0,
    }


def _finding(found: Finding) -> dict[str, Any]:
    said = _said(found.severity, found.message, found.id, "VALIDATION_FAILED", found.remediation)
    said["context"] |= {"errorId": found.id, "resourceType": found.component}
    return said


def _said(
    severity: str, text: str, name: str, status: str, remedy: str = "", kind: str = "CONSTRAINT"
) -> dict[str, Any]:
    body = bodies.error_fields(f"BASELINER_{kind}_VALIDATION.{CODES[severity]}", text, remedy, "")
    body["errorType"] = severity
    body["context"] = {"severity": severity}
    if name:
        body["context"] |= {"validationName": name, "validationStatus": status}
    return body

# SPDX-License-Identifier: GPL-3.0-or-later
"""Choosing the release that a domain of SDDC Manager is to have: paths and bodies.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
Source of the wire facts: "SDDC Manager API Reference Guide" 9.1.0.0, operations validateReleaseByDomainID,
getDomainReleaseViewValidation and updateReleaseByDomainID, and their schemas.
Where nothing else is said, these functions raise what Service.get_task raises.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ansible_collections.vcf.lifecycle.plugins.module_utils.sddc_upgrade_model import (
    ERROR,
    WARNING,
    Domain,
    Validation,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.base import ANY_STATUS, Service
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.sddc_family import telling_error
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.sddc_upgrade import optional, thing
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.wire import fold, mapping, mappings, text, word
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import TaskError
from ansible_collections.vcf.lifecycle.plugins.module_utils.transport import Answer, Request

_RELEASES = ("v1", "releases", "domains")

# Validation.executionStatus; CANCELLATION_IN_PROGRESS, and what is not known, is no end.
_OVER = frozenset({"COMPLETED", "FAILED", "SKIPPED", "CANCELLED"})
# Validation.resultStatus.
_GOOD = frozenset({"SUCCEEDED", "WARNING"})
# ValidationCheck.resultStatus.
_BAD = frozenset({"FAILED", "CANCELLED"})

_REFUSALS = (400, 404, 409, 422)


def validate(service: Service, domain: Domain, version: str) -> Validation:
    """Have a release validated for a domain. That changes nothing, so that it may be asked for again.

    :raises Refused: when the service says no.
    """

    def read(answer: Answer) -> Validation:
        return _validation(thing(service.accepted(answer), "a validation", "id"))

    url = service.url(*_RELEASES, domain.id, "validations")
    return service.call(Request("POST", url, json={"targetVersion": version}), read, also=_REFUSALS)


def validation_of(service: Service, validation_id: str) -> Validation | None:
    """Return a validation; None where the service does not know it."""
    url = service.url(*_RELEASES, "validations", validation_id)
    return optional(service, Request("GET", url), lambda answer: _validation(thing(answer, "a validation", "id")))


def choose(service: Service, domain: Domain, version: str) -> str:
    """Choose a release for a domain, once; return its version.

    :raises Refused: when the service says no.
    :raises Fault: when the answer was lost; it may have been chosen.
    """
    request = Request("PATCH", service.url(*_RELEASES, domain.id), json={"targetVersion": version})
    service.call(request, service.accepted, also=ANY_STATUS, repeatable=False)
    return version


def _validation(body: dict[str, Any]) -> Validation:
    status, result = word(body.get("executionStatus")), word(body.get("resultStatus"))
    failed = list(_failed(body))
    errors = [error for severity, error in failed if severity == ERROR]
    return Validation(
        id=word(body.get("id")) or "",
        status=status,
        result=result,
        done=fold(status or "") in _OVER,
        passed=fold(status or "") == "COMPLETED" and fold(result or "") in _GOOD and not errors,
        errors=errors,
        warnings=[error.message for severity, error in failed if severity == WARNING and error.message],
    )


def _failed(body: dict[str, Any]) -> Iterator[tuple[str, TaskError]]:
    """Yield the innermost checks that did not end well, each with its severity: only a warning is less than an error.

    :param body: a validation, or a check.
    """
    for check in [*mappings(body.get("validationChecks")), *mappings(body.get("nestedValidationChecks"))]:
        inner = list(_failed(check))
        yield from inner
        if not inner and fold(word(check.get("resultStatus")) or "") in _BAD:
            severity = WARNING if fold(word(check.get("severity")) or "") == WARNING else ERROR
            error = telling_error(mapping(check.get("errorResponse")))
            yield (
                severity,
                error if error.message else error.model_copy(update={"message": text(check.get("description"))}),
            )

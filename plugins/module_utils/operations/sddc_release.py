# SPDX-License-Identifier: GPL-3.0-or-later
"""sddc_release: this is the release that a domain is to have.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.vcf.lifecycle.plugins.module_utils.errors import (
    InvalidResponseFailure,
    NotAllowedFailure,
    OptionsFailure,
    TimeoutFailure,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.fleet_upgrade_model import numbers
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.begin import Beginning
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.context import Context
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.follow import Course, Follower
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.report import concluded, waited
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.sddc_reading import check_service, known_domain
from ansible_collections.vcf.lifecycle.plugins.module_utils.options import (
    PACE_SPEC,
    ArgumentSpec,
    Waiting,
    connection_spec,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.sddc_upgrade_model import Domain, Release, Validation
from ansible_collections.vcf.lifecycle.plugins.module_utils.services import sddc_releases, sddc_upgrade
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.base import Refused, Service

ARGUMENT_SPEC: ArgumentSpec = {
    **connection_spec(max_outage=1800.0, service="sddc_manager"),
    "domain": {"type": "str", "required": True},
    "version": {"type": "str", "required": True},
    "validate": {"type": "bool", "default": True},
    # A validation is no task: nothing of it could be shown while it goes on.
    **{name: PACE_SPEC[name] for name in ("timeout", "deadline", "poll_interval")},
}


@dataclass
class Choice:
    """Which release a domain is to have, and which it was to have before.

    C(differs) is whether it has to be chosen, C(asked) whether it was, or may have been.
    """

    version: str
    domain: Domain | None = None
    previous: str | None = None
    release: Release | None = None
    differs: bool = False
    asked: bool = False


def run(service: Service, params: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """See to it that the domain is to have the release, and return that; a failure returns as much."""
    check_service(service)
    if not numbers(params["version"]):
        raise OptionsFailure(
            f"version {params['version']!r} is not that of a release, such as 9.1.0.0.", service=service.name
        )
    follower, course, choice = Follower(service, Waiting.of(params), context), Course(), Choice(params["version"])
    with follower.keeping(course):
        _choose(follower, course, choice, params["domain"], validate=params["validate"])
    changed = choice.asked or (context.check_mode and choice.differs and course.failure is None)
    result = {
        **waited(follower, course),
        "changed": changed,
        "domain": choice.domain.id if choice.domain else None,
        "version": choice.version,
        "previous": choice.previous,
        "applicable": choice.release.applicable if choice.release else None,
        "versions": dict(choice.release.versions) if choice.release else {},
    }
    if context.diff:
        chosen = choice.version if changed else choice.previous
        result["diff"] = {"before": {"target_version": choice.previous}, "after": {"target_version": chosen}}
    failure = course.failure
    if failure is None and course.timed_out:
        failure = TimeoutFailure(
            f"Time ran out before release {choice.version} was chosen for domain {params['domain']}. "
            "Run again: nothing is sent twice.",
            service=service.name,
        )
    return concluded(result, failure)


def has_reached(release: str | None, version: str) -> bool:
    """Tell whether a domain that has a release has that version already, or a later one.

    :param release: the version of the release that it has.
    """
    return release is not None and _significant(release) >= _significant(version)


def _significant(version: str) -> tuple[int, ...]:
    """Return what a version is compared by; 9.1 and 9.1.0.0 are the same."""
    found = numbers(version)
    while found and not found[-1]:
        found = found[:-1]
    return found


def refusal_of(
    service: Service, domain: Domain, version: str, releases: Sequence[Release]
) -> OptionsFailure | NotAllowedFailure | None:
    """Return why a domain can not have a release; None where nothing speaks against it.

    :param releases: that the domain can be upgraded to, and those that it can not.
    """
    release = next((one for one in releases if one.version == version), None)
    if release is None:
        seen = ", ".join(one.version for one in releases)
        return OptionsFailure(
            f"There is no release {version} that domain {domain.label} could be upgraded to: "
            f"{f'there are {seen}' if seen else 'there are none'}. Later ones show once SDDC Manager has synchronized "
            "with its depot.",
            service=service.name,
        )
    if release.applicable is False:
        said = " ".join(f"{reason.rstrip('.')}." for reason in release.reasons) or "The service gives no reason."
        return NotAllowedFailure(
            f"Release {version} can not be chosen for domain {domain.label}, of which {service.name} at "
            f"{service.contact.address} says {release.status or 'that it is not applicable'}: {said}",
            service=service.name,
        )
    return None


def validation_failure(service: Service, domain: Domain, version: str, validation: Validation) -> NotAllowedFailure:
    """Return the failure for a release that does not pass its validation; the first error speaks for all."""
    said = "; ".join(dict.fromkeys(error.message.rstrip(".") for error in validation.errors if error.message))
    return NotAllowedFailure.of_error(
        f"Release {version} does not pass its validation for domain {domain.label}, which ended as "
        f"{validation.status}, {validation.result}: {said or 'the service gives no reason'}.",
        validation.errors[0] if validation.errors else None,
        service=service.name,
    )


def _choose(follower: Follower, course: Course, choice: Choice, name: str, *, validate: bool) -> None:
    """Choose the release where another one is chosen, or none, and nothing speaks against it.

    :param name: of the domain, or its id.
    :raises OptionsFailure: when there is no such release.
    :raises NotAllowedFailure: when the domain can not have it.
    """
    service, version = follower.service, choice.version
    domain = choice.domain = known_domain(service, name)
    choice.previous = sddc_upgrade.target_of(service, domain)
    present = sddc_upgrade.release_of(service, domain)
    if present is not None and has_reached(present.version, version):
        choice.release = present
        return
    releases = sddc_upgrade.future_releases_of(service, domain)
    choice.release = next((release for release in releases if release.version == version), None)
    if choice.previous == version:
        return
    failure = refusal_of(service, domain, version, releases)
    if failure is not None:
        raise failure
    choice.differs = True
    if follower.context.check_mode:
        return
    follower.require_time(course, f"the choice of release {version}")
    if validate and not _validate(follower, course, domain, version):
        return
    asking = Beginning(service, f"to choose release {version} for domain {domain.label}", harmless=True)

    def look() -> str | None:
        return version if sddc_upgrade.target_of(service, domain) == version else None

    try:
        asking.once(lambda: sddc_releases.choose(service, domain, version), look)
    finally:
        choice.asked = asking.is_asked


def _validate(follower: Follower, course: Course, domain: Domain, version: str) -> bool:
    """Have the release validated; tell whether time was enough for that.

    :raises NotAllowedFailure: when it does not pass.
    """
    service = follower.service
    try:
        validation = sddc_releases.validate(service, domain, version)
    except Refused as refused:
        raise NotAllowedFailure.of_error(
            f"{service.name} at {service.contact.address} refuses to validate release {version} for domain "
            f"{domain.label}: {refused}.",
            refused.error,
            service=service.name,
            http_status=refused.status,
        ) from refused
    while not validation.done:
        if not follower.pause(follower.waiting.poll_interval):
            course.timed_out = True
            return False
        now = sddc_releases.validation_of(service, validation.id)
        if now is None:
            raise InvalidResponseFailure(
                f"{service.name} at {service.contact.address} does not know its own validation {validation.id} any "
                f"more, so that release {version} was not chosen for domain {domain.label}. Run again.",
                service=service.name,
            )
        validation = now
    for warning in validation.warnings:
        follower.context.warn(f"The validation of release {version} for domain {domain.label} warns: {warning}")
    if not validation.passed:
        raise validation_failure(service, domain, version, validation)
    return True

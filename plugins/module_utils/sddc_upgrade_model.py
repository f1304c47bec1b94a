# SPDX-License-Identifier: GPL-3.0-or-later
"""What SDDC Manager upgrades: domains, releases, bundles, upgrades, and what its prechecks found. Pure data, no I/O.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
What a playbook sees of it (the keys) is public and documented in the modules.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from ansible_collections.vcf.lifecycle.plugins.module_utils.task import State, TaskError

SDDC_MANAGER, DRIFT, NSX, VCENTER, ESX = "SDDC_MANAGER", "DRIFT", "NSX", "VCENTER", "ESX"
"""What is upgraded in a domain. The service has several words for most of them, and none for DRIFT."""

ERROR, WARNING = "ERROR", "WARNING"
"""The severities of findings."""


class Download(str, Enum):
    """How far a bundle has come, in our words."""

    MISSING = "it is not here, and nobody is fetching it"
    GOING_ON = "it is being fetched, or will be"
    DONE = "it is here"
    FAILED = "the last attempt failed"
    UNKNOWN = "the service uses a word that is not known"


@dataclass(slots=True, kw_only=True)
class Part:
    """Something of a domain that is upgraded, with the version that it really has."""

    component: str
    id: str | None = None
    name: str | None = None
    version: str | None = None


@dataclass(slots=True, kw_only=True)
class Release:
    """A release that a domain has or can be upgraded to. C(status) is the service's own word for whether it can."""

    version: str
    status: str | None = None
    applicable: bool | None = None
    reasons: list[str] = field(default_factory=list)
    versions: dict[str, str] = field(default_factory=dict)
    """The version of each component that belongs to it."""


@dataclass(slots=True, kw_only=True)
class Validation:
    """A validation of a release for a domain. C(status) and C(result) are the service's own words."""

    id: str
    status: str | None = None
    result: str | None = None
    done: bool = False
    passed: bool = False
    errors: list[TaskError] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Bundle:
    """What is downloaded for an upgrade. C(status) is the service's own word for its download."""

    id: str
    type: str | None = None
    component: str | None = None
    description: str | None = None
    version: str | None = None
    from_version: str | None = None
    to_version: str | None = None
    size_mb: float | None = None
    status: str | None = None
    downloaded: bool = False


@dataclass(slots=True, kw_only=True)
class Upgradable:
    """What a domain can be upgraded with next, or later. C(status) is the service's own word."""

    bundle_id: str | None = None
    component: str | None = None
    status: str | None = None
    errors: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Upgrade:
    """An upgrade that was asked for. C(status) is the service's own word."""

    id: str
    bundle_id: str | None = None
    component: str | None = None
    state: State = State.UNKNOWN
    status: str | None = None
    task_id: str | None = None
    scheduled_for: datetime | None = None
    ended_at: datetime | None = None


@dataclass(slots=True, kw_only=True)
class CheckRun:
    """A run of the checks of a domain. C(state) only says how far it has come, and nothing of what it has found."""

    id: str
    state: State = State.UNKNOWN
    status: str | None = None
    target_version: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(slots=True, kw_only=True)
class Finding:
    """Something that a check has found."""

    id: str | None = None
    severity: str
    description: str | None = None
    resource: str | None = None
    remediation: str | None = None


@dataclass(slots=True, kw_only=True)
class CheckResult:
    """What a run of checks has found; the counts are None where the service does not say them."""

    id: str
    state: State = State.UNKNOWN
    status: str | None = None
    errors: int | None = None
    warnings: int | None = None
    findings: list[Finding] = field(default_factory=list)

    @property
    def is_known(self) -> bool:
        """Whether it says how many errors there are."""
        return self.errors is not None

    def of(self, severity: str) -> list[Finding]:
        """The findings of a severity."""
        return [finding for finding in self.findings if finding.severity == severity]


@dataclass(slots=True, kw_only=True)
class Cluster:
    """A cluster of a domain."""

    id: str
    name: str | None = None


@dataclass(slots=True, kw_only=True)
class Domain:
    """A domain, without what is upgraded in it."""

    id: str
    name: str | None = None
    type: str | None = None
    status: str | None = None
    clusters: list[Cluster] = field(default_factory=list)

    @property
    def label(self) -> str:
        """What a person would call it."""
        return self.name or self.id

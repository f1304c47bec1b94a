# SPDX-License-Identifier: GPL-3.0-or-later
"""What Fleet LCM upgrades: the system itself, releases, components, plans and bundles. Pure data, no I/O.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
What a playbook sees of it (the keys) is public and documented in the modules.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ansible_collections.vcf.lifecycle.plugins.module_utils.task import Message, State, plain

MASK = "********"

SYSTEM = "VCF_FLEET_LCM"
"""The type of Fleet LCM itself, where it stands beside those of its components."""

NOTHING_LEFT = ("ON_TARGET", "HIGHER_THAN_TARGET")
"""The words for a component of a plan that has nothing to be upgraded to."""


@dataclass(slots=True, kw_only=True)
class Bundle:
    """What is to be downloaded for an upgrade. C(status) is the service's own word."""

    id: str | None = None
    type: str | None = None
    component_type: str | None = None
    name: str | None = None
    version: str | None = None
    status: str | None = None
    size_bytes: int | None = None
    depot: str | None = None


@dataclass(slots=True, kw_only=True)
class Run:
    """A task that a plan, a component or the system names as its own."""

    task_id: str
    type: str | None = None
    state: State = State.UNKNOWN
    status: str | None = None
    created_at: datetime | None = None
    plan_task_id: str | None = None
    """The task of the whole plan that this one is a part of."""


@dataclass(slots=True, kw_only=True)
class System:
    """Fleet LCM itself."""

    version: str | None = None
    target_version: str | None = None
    available_versions: list[str] = field(default_factory=list)
    upgrade: Run | None = None
    bundles: list[Bundle] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Offer:
    """The versions of a type of components that belong to a release, the newest first."""

    type: str
    name: str | None = None
    versions: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Release:
    """A release, and what belongs to it."""

    version: str
    components: list[Offer] = field(default_factory=list)

    @property
    def versions(self) -> dict[str, list[str]]:
        """The versions by type, the newest first."""
        return {offer.type: offer.versions for offer in self.components}


@dataclass(slots=True, kw_only=True)
class Component:
    """A component that is installed."""

    id: str
    type: str | None = None
    name: str | None = None
    version: str | None = None
    fqdn: str | None = None
    scope: str | None = None


@dataclass(slots=True, kw_only=True)
class PlanComponent:
    """A component of a plan. C(status) is the service's own word for whether it can be upgraded."""

    id: str
    type: str | None = None
    name: str | None = None
    fqdn: str | None = None
    version: str | None = None
    target_version: str | None = None
    status: str | None = None
    depends_on: list[str] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    upgrade: Run | None = None
    precheck: Run | None = None
    user_input: dict[str, Any] = field(default_factory=dict)

    @property
    def is_done(self) -> bool:
        """Whether there is nothing that it could be upgraded to."""
        return self.status in NOTHING_LEFT

    @property
    def label(self) -> str:
        """What a person would call it."""
        return self.name or self.type or self.id

    def as_result(self) -> dict[str, Any]:
        """Return the component as plain JSON types. Which keys the user has given shows, and no value."""
        result: dict[str, Any] = plain(self)
        result["user_input"] = dict.fromkeys(self.user_input, MASK)
        return result


@dataclass(slots=True, kw_only=True)
class Plan:
    """An upgrade plan. C(status) and the statuses of its executions are the service's own words."""

    id: str
    status: str | None = None
    version: str | None = None
    software: dict[str, str] | None = None
    """The desired version of each type; None where the plan leaves that to the service."""
    chosen: list[str] = field(default_factory=list)
    """Ids of the components that the plan is limited to; empty: all."""
    created_at: datetime | None = None
    created_by: str | None = None
    updated_at: datetime | None = None
    executions: list[Run] = field(default_factory=list)
    components: list[PlanComponent] = field(default_factory=list)

    @property
    def desired(self) -> dict[str, str]:
        """The desired version of each type, also where the plan has left it to the service."""
        if self.software is not None:
            return self.software
        return {one.type: one.target_version for one in self.components if one.type and one.target_version}

    def as_result(self) -> dict[str, Any]:
        """Return the plan as plain JSON types."""
        result = {name: value for name, value in plain(self).items() if name != "chosen"}
        return {**result, "software": self.desired, "components": [one.as_result() for one in self.components]}


def newest_first(versions: Iterable[str]) -> list[str]:
    """Return versions in the order of their numbers, the newest first."""
    return sorted(versions, key=numbers, reverse=True)


def numbers(version: str) -> tuple[int, ...]:
    """Return what versions are compared by: C(9.1.0.0400.25570105) is (9, 1, 0, 400, 25570105)."""
    return tuple(int(digits) for digits in re.findall(r"\d+", version))

# SPDX-License-Identifier: GPL-3.0-or-later
"""What a scenario says of Fleet LCM's upgrades: the ``upgrade`` of its service. All times are simulated seconds.

The shortest one, ``{}``, is a fleet of all components that `CATALOG` knows, in their first versions, each with its
newest on offer; everything else has a sensible default, too. The plans are in `fleet_plans`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, PrivateAttr, ValidationInfo, field_validator, model_validator

from .basis import SHARES, Error, Seconds, Strict, Version, numbers, stable_id
from .faults import Fault
from .fleet_catalog import CATALOG, SYSTEM, name_of
from .fleet_plans import PlanSpec

RESTART_STAGE = "restart"  # the stage in which a component takes the service itself away


class Issue(Strict):
    """What a precheck finds. ``runs`` is how many runs of it do (None: all)."""

    id: str
    message: str
    type: Literal["WARN", "ERROR", "SKIPPED"] = "WARN"
    resolution: str = ""
    runs: int | None = Field(None, ge=1)


class Check(Strict):
    """One precheck of a component."""

    id: str = "SYSTEM_HEALTH_CHECK"
    name: str = "System health"
    issue: Issue | None = None


class Failure(Strict):
    """One run of a task that fails, and why."""

    error: Error = Error(
        code="VCFMS-UPGRADE-COMPONENT-031",
        message="The component did not become ready in time.",
        remediation="Check the component, then retry the task.",
        reference="REF-031",
    )


class StageFailure(Failure):
    """And in which stage: the last where none is named. ``false_failed``: the version changes all the same."""

    stage: str | None = None
    false_failed: bool = False


class Operation(Strict):
    """A task that upgrades nothing. ``failures`` has an entry for each run that fails, in order."""

    seconds: float = Field(5, ge=0)
    failures: list[Failure] = []


class Upgradable(Strict):
    """What can be upgraded.

    ``stages`` are names and seconds; without them there are three that share ``seconds``. ``failures`` has an entry for
    each run that fails, in order; the runs after those succeed.
    """

    version: Version = ""
    seconds: float = Field(60, ge=0)
    stages: dict[str, Seconds] = {}
    restart: float = Field(0, ge=0, description="how long the service itself is away, before the last stage")
    failures: list[StageFailure] = []
    false_failed: bool = Field(False, description="the version changes though the run fails; one does, if none is told")
    false_succeeded: bool | Annotated[int, Field(ge=1)] = Field(
        False, description="the version stays though the task succeeds; a number: so many times, and then no more"
    )
    retriable: bool = Field(True, description="whether a task that failed at it can be retried")

    @model_validator(mode="after")
    def _complete(self) -> Upgradable:
        stages = self.stages or {name: share * self.seconds for name, share in SHARES.items()}
        if self.restart:
            *before, last = stages.items()
            stages = dict([*before, (RESTART_STAGE, self.restart), last])
        self.stages = stages
        if self.false_failed and not self.failures:
            self.failures = [StageFailure()]
        for failure in self.failures:
            failure.stage = failure.stage or list(stages)[-1]
            if failure.stage not in stages:
                raise ValueError(f"failures: there is no stage {failure.stage!r} (there are {', '.join(stages)})")
        return self


class Component(Upgradable):
    """A component of the fleet. ``depends_on`` names others by type, name or id. A type that the catalog does not know
    needs a version; its name is the type where none is told."""

    type: str
    id: str = ""
    name: str = Field("", description="the type's public name; two of a name need ids")
    fqdn: str = ""
    scope: Literal["FLEET", "INSTANCE"] = "FLEET"
    versions: list[Version] = Field([], description="those on offer: the type's newest where none is named")
    depends_on: list[str] = []
    prechecks: list[Check] = [Check()]
    precheck_seconds: float = Field(5, ge=0)
    ineligible: str = Field("", description="why it can not be upgraded")
    needs_input: list[str] = Field([], description="the keys its userInputSpec must have")
    _label: str = PrivateAttr("")

    @property
    def label(self) -> str:
        """What it is called where it must not be taken for another of its name."""
        return self._label or self.name

    @field_validator("type")
    @classmethod
    def _known(cls, value: str, others: ValidationInfo) -> str:
        if value not in CATALOG and not others.data.get("version"):
            raise ValueError(f"there is no such type (there are {', '.join(CATALOG)})")
        return value

    @model_validator(mode="after")
    def _known_facts(self) -> Component:
        kind = CATALOG.get(self.type)
        self.name = self.name or name_of(self.type)
        self.id = self.id or stable_id(self.name)
        self.fqdn = self.fqdn or self.name.lower().replace(" ", "-") + ".sfo.example.com"
        if kind is not None:
            self.version = self.version or kind.first
            self.versions = self.versions or [kind.newest]
        return self


class System(Upgradable):
    """Fleet LCM itself. ``target`` is the version that it was told to have, and ``task`` the id of its last upgrade,
    which is one of the service's tasks."""

    version: Version = SYSTEM.first
    targets: list[Version] = [SYSTEM.newest]
    target: Version | None = None
    task: str = ""


class Release(Strict):
    """A release: the versions of each type. Without ``components``, what is on offer and begins as the release does."""

    version: Version
    components: dict[str, list[Version]] = {}


class Upgrade(Strict):
    """The whole of it. Without ``releases``, there is one for each beginning of a version. ``away`` is the fault that
    meets all requests while the service restarts."""

    system: System = Field(default_factory=System)
    components: list[Component] = Field(default_factory=lambda: [Component(type=name) for name in CATALOG])
    releases: list[Release] = []
    unseen: bool = Field(
        False,
        description="whether there are more versions than those of ``releases``: what Fleet LCM hides until its own "
        "upgrade is made of what the catalog knows and, of other types, of the system's target",
    )
    plans: list[PlanSpec] = []
    synced: bool = Field(True, description="whether the depot's metadata is there before the first sync")
    sync: Operation = Field(default_factory=Operation)
    validation: Operation = Field(default_factory=Operation)
    configuration: Operation = Field(default_factory=Operation)
    precheck_failures: list[Failure] = Field([], description="runs of prechecks that fail, and find nothing")
    findings_fail_tasks: bool = Field(False, description="whether prechecks and validations with an error end FAILED")
    accepts_again: bool = Field(
        False,
        description="whether an upgrade is accepted while one goes on, and of what has its version already: nothing "
        "says that the real service refuses these",
    )
    away: Fault = Fault(kind="html")
    depends_on_says: Literal["id", "type"] = "id"

    @model_validator(mode="after")
    def _complete(self) -> Upgrade:
        ids = [component.id for component in self.components]
        for component in self.components:
            if ids.count(component.id) > 1:
                field = "id" if component.id != stable_id(component.name) else "name"
                raise ValueError(f"components: more than one has the {field} {getattr(component, field)!r}")
        names = [component.name for component in self.components]
        for component in self.components:
            component._label = (
                component.name if names.count(component.name) == 1 else f"{component.name} {component.id}"
            )
            component.depends_on = [self._find(component, name).id for name in component.depends_on]
        self.ordered()
        versions = self.on_offer()
        self.releases = self.releases or [
            Release(version=start + ".0")
            for start in sorted({_start(version) for known in versions.values() for version in known})
        ]
        for release in self.releases:
            release.components = release.components or {
                name: found
                for name, known in versions.items()
                if (found := [version for version in known if _start(version) == _start(release.version)])
            }
        if self.unseen:
            self._add_unseen()
        return self

    def _add_unseen(self) -> None:
        """Add what Fleet LCM will show of releases when it has been upgraded itself."""
        for target in (one for one in self.system.targets if numbers(one) > numbers(self.system.version)):
            release = next((one for one in self.releases if _start(one.version) == _start(target)), None)
            if release is None:
                release = Release(version=_start(target) + ".0", components={})
                self.releases.append(release)
            for name in dict.fromkeys(one.type for one in self.components):
                newest = CATALOG[name].newest if name in CATALOG else target
                known = release.components.setdefault(name, [])
                if numbers(newest)[:4] <= numbers(target)[:4] and newest not in known:
                    known.append(newest)

    def on_offer(self) -> dict[str, list[str]]:
        """Of each type the versions that a component has or can have."""
        versions: dict[str, list[str]] = {}
        for component in self.components:
            known = versions.setdefault(component.type, [])
            known += [version for version in [component.version, *component.versions] if version not in known]
        return versions

    def ordered(self) -> list[Component]:
        """The components, each after those it depends on."""
        done: list[Component] = []
        left = list(self.components)
        while left:
            ready = [one for one in left if not set(one.depends_on) & {other.id for other in left}]
            if not ready:
                raise ValueError(f"components: {left[0].name!r} depends on itself, by way of others")
            done += ready
            left = [one for one in left if one not in ready]
        return done

    def _find(self, asking: Component, name: str) -> Component:
        for component in self.components:
            if name in (component.id, component.name, component.type):
                return component
        raise ValueError(f"components: {asking.name!r} depends on {name!r}, which is not there")


def _start(version: str) -> str:
    return ".".join(version.split(".")[:3])

# SPDX-License-Identifier: GPL-3.0-or-later
"""What a scenario says of SDDC Manager's upgrades: the ``upgrade`` of its service. All times are simulated seconds.

The shortest one is a domain with its name, its version and its target; everything else has a sensible default.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from .basis import RESTART, SHARES, Error, Strict, stable_id
from .faults import Fault
from .scenario import Attempt, Stage, State, check_attempts

Kind = Literal["SDDC_MANAGER", "DRIFT", "NSX", "VCENTER", "ESX"]
BundleName = Annotated[str, Field(pattern=r"^(SDDC_MANAGER|DRIFT|NSX|VCENTER|ESX)( \S+)?$")]
Severity = Literal["ERROR", "WARNING"]
# The order in which SDDC Manager offers them; only the management domain has the first two.
ORDER: tuple[Kind, ...] = ("SDDC_MANAGER", "DRIFT", "NSX", "VCENTER", "ESX")
OF_MANAGEMENT: tuple[Kind, ...] = ("SDDC_MANAGER", "DRIFT")
TITLES: dict[Kind, str] = {
    "SDDC_MANAGER": "SDDC Manager",
    "DRIFT": "configuration drift",
    "NSX": "NSX",
    "VCENTER": "vCenter",
    "ESX": "ESX",
}
RESTART_SECONDS = 300.0


class Run(Attempt):
    """What one run of an upgrade does, be it a retry or an upgrade of its own: an `Attempt`, or a lie."""

    false_failed: bool = Field(False, description="all stages succeed and the version changes, yet the task fails")
    false_succeeded: bool = Field(False, description="the task succeeds, and the version does not change")

    def attempt(self, what: str) -> Attempt:
        """The same as an attempt of a task."""
        bad = self.fail is not None or self.false_failed
        error = self.error or Error(code="LCM_UPGRADE_FAILED", message=f"The upgrade of {what} failed.")
        outcome = State.FAILED if self.false_failed else self.outcome
        return Attempt(fail=self.fail, error=error if bad else self.error, outcome=outcome, seconds=self.seconds)


class Component(Strict):
    """What is upgraded in one go. ``seconds`` is how long the stages take together, where none are given.

    ``runs`` says what each run does; the last stands for all later ones. ``restart`` is how long SDDC Manager is away
    before its last stage; with stages of one's own, those of the type RESTART say it.
    """

    id: str = ""
    name: str = ""
    fqdn: str = ""
    version: str = ""
    target: str = ""
    seconds: float = Field(600, ge=0)
    pending: float = Field(5, ge=0)
    stages: list[Stage] = []
    runs: list[Run] = []
    restart: float | None = Field(None, ge=0)
    zombie: bool = False
    cancellable: bool = True
    retriable: bool = True
    needs_input: bool = Field(False, description="refused without a user input specification (NSX, VCENTER)")
    failed_as: Literal["COMPLETED_WITH_FAILURE", "FAILED"] = "COMPLETED_WITH_FAILURE"

    def run(self, number: int) -> Run:
        """What a run does, counted from 0."""
        return self.runs[min(number, len(self.runs) - 1)] if self.runs else Run()


class Finding(Strict):
    """What the checks find. ``runs``: only that many runs of the checks find it, as somebody has mended it since."""

    id: str
    severity: Severity = "ERROR"
    message: str
    remediation: str = ""
    component: Kind = "VCENTER"
    runs: int | None = Field(None, ge=1)


class Checks(Strict):
    """The checks of a domain. With ``outcome: failed`` the run itself fails, whatever it would have found. ``task`` is
    the id of their last run, which is one of the service's tasks."""

    seconds: float = Field(60, ge=0)
    task: str = ""
    findings: list[Finding] = []
    outcome: Literal["succeeded", "failed"] = "succeeded"


class Host(Strict):
    """An ESX host. Without a ``version`` it has that of its domain's ESX, as it has after the upgrade of that."""

    id: str
    fqdn: str
    version: str = ""


class Cluster(Strict):
    """A cluster of hosts."""

    id: str
    name: str = ""


class Domain(Strict):
    """A domain on its way from ``version`` to ``target``, both releases of VCF. ``components`` changes single ones of
    the five (a workload domain has three), and null takes one away. ``selected``: the target is chosen already.
    ``hosts`` are the hosts themselves, or how many there are."""

    name: str
    id: str = ""
    type: Literal["MANAGEMENT", "VI"] = "MANAGEMENT"
    version: str
    target: str
    selected: bool = False
    components: dict[Kind, Component | None] = {}
    hosts: Annotated[int, Field(ge=1)] | list[Host] = 2
    clusters: list[Cluster] = []
    checks: Checks = Checks()
    invalid: Error | None = Field(None, description="why a validation of the target fails")
    inapplicable: list[str] = Field([], description="why the target can not be chosen, as the future releases say it")

    @model_validator(mode="after")
    def _complete(self) -> Domain:
        self.id = self.id or stable_id(self.name)
        for kind in ORDER:
            if self.type != "MANAGEMENT" and kind in OF_MANAGEMENT:
                if kind in self.components:
                    raise ValueError(f"components: {kind} is of the management domain alone")
            elif (component := self.components.setdefault(kind, Component())) is not None:
                self._complete_component(kind, component)
        esx = self.components.get("ESX")
        if isinstance(self.hosts, int):
            self.hosts = [
                Host(id=f"{esx.id if esx else self.id}-{number}", fqdn=f"esx{number:02}.{self.name}.example.com")
                for number in range(1, self.hosts + 1)
            ]
        return self

    def _complete_component(self, kind: Kind, component: Component) -> None:
        component.id = component.id or stable_id(self.id, kind)
        component.name = component.name or f"{self.name}-{kind.lower().replace('_', '-')}"
        component.fqdn = component.fqdn or f"{component.name}.example.com"
        component.version = component.version or self.version
        component.target = component.target or self.target
        if component.restart is None:
            component.restart = RESTART_SECONDS if kind == "SDDC_MANAGER" else 0
        component.stages = component.stages or _stages(component.seconds, component.restart)
        whole = Stage(name=component.name, stages=component.stages)
        check_attempts(f"components.{kind}.runs", component.runs, whole)

    def in_order(self) -> list[tuple[Kind, Component]]:
        """Its components in the order they are upgraded."""
        return [(kind, found) for kind in ORDER if (found := self.components.get(kind)) is not None]


class Download(Strict):
    """The bundle of a component: its id, and how its download goes. ``task`` is the id of its last download, which is
    one of the service's tasks."""

    id: str = ""
    downloaded: bool | None = Field(None, description="from the start; None: as said for all")
    seconds: float = Field(60, ge=0)
    size_mb: float = 1024
    attempts: list[Attempt] = []
    task: str = ""

    @property
    def stages(self) -> list[Stage]:
        """What a download does, one after the other."""
        return [
            Stage(name="Download", type="DOWNLOAD", seconds=self.seconds * 0.9),
            Stage(name="Validate", type="VALIDATE", seconds=self.seconds * 0.1),
        ]

    @model_validator(mode="after")
    def _attempts_name_stages(self) -> Download:
        check_attempts("attempts", self.attempts, Stage(name="Download", stages=self.stages))
        return self


class InventoryCache(Strict):
    """For ``seconds`` after the start, and after each restart, the upgradables can not be told."""

    seconds: float = Field(ge=0)
    status: Literal[408, 409] = 409


class PastUpgrade(Strict):
    """An upgrade that was asked for before the start, of a component of a domain (its id) to ``version`` (the
    component's target, where none is told). ``task`` is one of the service's tasks. A draft, and one that is to begin
    ``at`` a time to come, has a task of its own, of that id."""

    id: str
    domain: str
    component: Kind
    task: str
    version: str = ""
    draft: bool = False
    at: float | None = None


def _stages(seconds: float, restart: float) -> list[Stage]:
    """The stages of an upgrade of which the scenario says none."""
    stages = [
        Stage(name=name.capitalize(), type=name.upper(), seconds=share * seconds) for name, share in SHARES.items()
    ]
    if restart:
        stages.insert(-1, Stage(name="Restart", type=RESTART, seconds=restart))
    return stages


class SddcUpgrade(Strict):
    """The whole of it. ``away`` is the fault that meets all requests while the service restarts."""

    domains: list[Domain] = Field(min_length=1)
    bundles: dict[BundleName, Download] = Field(
        {}, description="by component, or by component and version: NSX, and NSX 9.1.0.0 where there are several"
    )
    upgrades: list[PastUpgrade] = []
    downloaded: bool = False
    inventory_cache: InventoryCache = InventoryCache(seconds=0)
    validation_seconds: float = Field(5, ge=0)
    accepts_again: bool = Field(
        False,
        description="whether an upgrade is accepted beside its equal, and of what has its version already: nothing "
        "says that the real service refuses these",
    )
    away: Fault = Fault(kind="html")
    upgradables_of_management_only: bool = Field(
        False, description="those of a workload domain are told only with all others; its id gives a 404"
    )
    separate_ids: bool = Field(False, description="an upgrade has not its task's id, but one of its own")

    @model_validator(mode="after")
    def _one_management_domain(self) -> SddcUpgrade:
        if [domain.type for domain in self.domains].count("MANAGEMENT") != 1:
            raise ValueError("domains: exactly one is the MANAGEMENT domain")
        if len({domain.id for domain in self.domains}) < len(self.domains):
            raise ValueError("domains: two have the same id or name")
        return self

    def download(self, kind: Kind, target: str) -> Download:
        """The bundle that upgrades components of a kind to a version."""
        return self.bundles.get(f"{kind} {target}") or self.bundles.get(kind) or Download()

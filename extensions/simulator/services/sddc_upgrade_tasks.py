# SPDX-License-Identifier: GPL-3.0-or-later
"""The tasks that SDDC Manager's upgrade flow starts, as the engine plays them, and what they come to."""

from __future__ import annotations

from ..scenario import Attempt, Resource, Stage, State, Task
from ..sddc_scenario import TITLES, Component, Domain, Download, Kind
from ..tasks import Entry

WELL = frozenset({State.SUCCEEDED, State.WARNING, State.SKIPPED, State.NOT_APPLICABLE})
# Resource.type; drift is of SDDC Manager, too.
RESOURCES: dict[Kind, str] = {
    "SDDC_MANAGER": "SDDC_MANAGER",
    "DRIFT": "SDDC_MANAGER",
    "NSX": "NSXT_MANAGER",
    "VCENTER": "VCENTER",
    "ESX": "ESXI",
}


def upgrade(domain: Domain, kind: Kind, component: Component, pending: float) -> Task:
    """The upgrade of a component, which begins ``pending`` seconds from now; ``inf``: when it is told to."""
    what = f"{TITLES[kind]} of {domain.name}"
    return Task(
        name=f"Upgrade {what}",
        description=f"Upgrade {what} from {component.version} to {component.target}",
        type=f"{kind}_UPGRADE",
        resources=[resource(domain, kind, component), Resource(id=domain.id, type="DOMAIN", name=domain.name)],
        stages=component.stages,
        attempts=[run.attempt(what) for run in component.runs],
        pending=pending,
        zombie=component.zombie,
        cancellable=component.cancellable,
        retriable=component.retriable,
    )


def resource(domain: Domain, kind: Kind, component: Component) -> Resource:
    """What an upgrade works on."""
    return Resource(id=component.id, type=RESOURCES[kind], name=component.name, fqdn=component.fqdn)


def download(bundle_id: str, kind: Kind, spec: Download, pending: float) -> Task:
    """The download of a bundle."""
    return Task(
        name=f"Download the bundle of {TITLES[kind]}",
        type="BUNDLE_DOWNLOAD",
        resources=[Resource(id=bundle_id, type="BUNDLE")],
        stages=spec.stages,
        attempts=spec.attempts,
        pending=pending,
    )


def checks(domain: Domain) -> Task:
    """A run of the checks of a domain."""
    failing = domain.checks.outcome == "failed"
    return Task(
        name=f"Check {domain.name} before its upgrade",
        type="ASSESSMENT",
        resources=[Resource(id=domain.id, type="DOMAIN", name=domain.name)],
        stages=[
            Stage(name="Discover", type="DISCOVERY", seconds=domain.checks.seconds / 2),
            Stage(name="Validate", type="VALIDATION", seconds=domain.checks.seconds / 2),
        ],
        attempts=[Attempt(outcome=State.FAILED)] if failing else [],
        retriable=False,
    )


def changed_version(entry: Entry, component: Component, now: float) -> bool:
    """Whether an upgrade, in one of its runs so far, did all that it had to do.

    A run that fails after all its stages succeeded did, which is what makes its failure a false one, and a retry that
    starts over from its last stage does not undo it.
    """
    return any(
        not component.run(number).false_succeeded and all(leaf.state in WELL for leaf in view.leaves())
        for number, view in enumerate(entry.run_ends(now), start=entry.run)
    )

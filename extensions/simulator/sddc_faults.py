# SPDX-License-Identifier: GPL-3.0-or-later
"""What faults make of SDDC Manager's upgrades."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .fault_targets import Target
from .faults import Fault
from .sddc_scenario import Component, Domain, Finding, Kind, Run, SddcUpgrade


def names_of(kind: Kind, component: Component) -> tuple[str, ...]:
    """All names that a fault may have for a component."""
    return (kind, component.name, component.id, component.fqdn)


def targets(upgrade: SddcUpgrade) -> list[Target]:
    """What a fault can be for."""
    return [
        Target(names_of(kind, component), tuple(stages_of(component)))
        for domain in upgrade.domains
        for kind, component in domain.in_order()
    ]


def stages_of(component: Component) -> list[str]:
    """The names of the innermost stages of its upgrade."""
    return [step.name for stage in component.stages for _path, step in stage.steps()]


def faulty(upgrade: SddcUpgrade, faults: Iterable[Fault]) -> SddcUpgrade:
    """The same upgrades, which go wrong as the faults say before they go as the scenario says.

    A fault for a component or a stage that is not there is for another endpoint.
    """
    changed = upgrade.model_copy(deep=True)
    wanted = list(enumerate(faults))
    for domain in changed.domains:
        for kind, component in domain.in_order():
            mine = [(number, fault) for number, fault in wanted if fault.names(names_of(kind, component))]
            _break(component, [fault for _number, fault in mine], _upgraded(changed, domain, kind, component))
            found = [_finding(number, fault, domain, kind) for number, fault in mine if fault.kind == "finding"]
            domain.checks.findings = [*domain.checks.findings, *found]
    return changed


def _break(component: Component, faults: Sequence[Fault], before: int) -> None:
    """Put runs that go wrong before those to come; ``before`` is how many there were before the start."""
    runs = [run for fault in faults for run in _runs(component, fault)]
    if runs:
        done = [component.run(number) for number in range(before)]
        # The last run stands for all later ones.
        component.runs = [*done, *runs, *(component.runs[before:] or [component.run(before)])]


def _finding(number: int, fault: Fault, domain: Domain, kind: Kind) -> Finding:
    before = 1 if domain.checks.task else 0
    return Finding(
        id=f"FAULT_{number}_{kind}",
        severity=fault.severity,
        message=fault.message,
        component=kind,
        runs=None if fault.runs is None else fault.runs + before,
    )


def _upgraded(upgrade: SddcUpgrade, domain: Domain, kind: Kind, component: Component) -> int:
    """How many upgrades to its target a component has had before the start."""
    return sum(
        (past.domain, past.component) == (domain.id, kind)
        and past.version in ("", component.target)
        and past.at is None
        and not past.draft
        for past in upgrade.upgrades
    )


def _runs(component: Component, fault: Fault) -> list[Run]:
    """The runs that a fault makes of those to come."""
    stages = stages_of(component)
    wanted = (fault.stage or stages[-1]).casefold()
    stage = next((name for name in stages if name.casefold() == wanted), None)
    if fault.kind == "fail" and stage is not None:
        run = Run(fail=stage, error=fault.error)
    elif fault.kind == "false_failed":
        run = Run(false_failed=True, error=fault.error)
    elif fault.kind == "false_succeeded":
        run = Run(false_succeeded=True)
    else:
        return []
    return [run] * (fault.runs or 0)

# SPDX-License-Identifier: GPL-3.0-or-later
"""What faults make of SDDC Manager's upgrades."""

from __future__ import annotations

from collections.abc import Iterable

from .fault_targets import Target
from .faults import OF_RUNS, Fault
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
    # The last is put first, so that all are in their order.
    for number, fault in reversed(list(enumerate(faults))):
        for domain in changed.domains:
            for kind, component in domain.in_order():
                if fault.names(names_of(kind, component)):
                    _break(changed, domain, kind, fault, number)
    return changed


def _break(upgrade: SddcUpgrade, domain: Domain, kind: Kind, fault: Fault, number: int) -> None:
    component = domain.components[kind]
    if component is None:
        return
    if fault.kind == "finding":
        before = 1 if domain.checks.task else 0
        found = Finding(
            id=f"FAULT_{number}_{kind}",
            severity=fault.severity,
            message=fault.message,
            component=kind,
            runs=None if fault.runs is None else fault.runs + before,
        )
        domain.checks.findings = [*domain.checks.findings, found]
    elif fault.kind in OF_RUNS and (run := _run(component, fault)) is not None:
        before = _upgraded(upgrade, domain, kind, component)
        # The last run stands for all later ones.
        done = [component.run(number) for number in range(before)]
        component.runs = [*done, *[run] * (fault.runs or 0), *(component.runs[before:] or [component.run(before)])]


def _upgraded(upgrade: SddcUpgrade, domain: Domain, kind: Kind, component: Component) -> int:
    """How many upgrades to its target a component has had before the start."""
    return sum(
        (past.domain, past.component) == (domain.id, kind)
        and past.version in ("", component.target)
        and past.at is None
        and not past.draft
        for past in upgrade.upgrades
    )


def _run(component: Component, fault: Fault) -> Run | None:
    if fault.kind == "false_failed":
        return Run(false_failed=True, error=fault.error)
    if fault.kind == "false_succeeded":
        return Run(false_succeeded=True)
    stages = stages_of(component)
    if fault.stage is None:
        return Run(fail=stages[-1], error=fault.error)
    named = next((name for name in stages if name.casefold() == fault.stage.casefold()), None)
    return None if named is None else Run(fail=named, error=fault.error)

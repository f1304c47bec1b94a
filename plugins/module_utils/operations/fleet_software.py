# SPDX-License-Identifier: GPL-3.0-or-later
"""Which software an upgrade plan of Fleet LCM is to lead to, and which plan that is. Decisions only; no I/O.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ansible_collections.vcf.lifecycle.plugins.module_utils.errors import OptionsFailure, TaskFailedFailure
from ansible_collections.vcf.lifecycle.plugins.module_utils.fleet_upgrade_model import Plan, Release
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import State, Task, TaskError

LATEST = "latest"


def wanted_versions(option: Any) -> dict[str, str] | None:
    """Return the version that is asked for by type, or the word C(latest); None for all that are installed.

    :param option: the option C(components).
    :raises OptionsFailure: when it is neither the word nor such a structure.
    """
    if option == LATEST:
        return None
    if not isinstance(option, dict) or not option:
        raise OptionsFailure(f"components is neither the word {LATEST} nor a dictionary of versions by type.")
    for name, version in option.items():
        if not isinstance(version, str) or not version:
            raise OptionsFailure(
                f"components: {version!r} is not a version of {name}. Write it as a text, in quotes, or {LATEST}."
            )
    return {str(name): version for name, version in option.items()}


def software(
    version: str, wanted: Mapping[str, str] | None, releases: Sequence[Release], installed: Collection[str | None]
) -> dict[str, str]:
    """Return the version that each type of components is to have.

    :param version: of the release.
    :param wanted: as C(wanted_versions) returns it.
    :param installed: the types of which a component is installed.
    :raises OptionsFailure: when there is no such release, type or version; it says which there are.
    """
    release = next((one for one in releases if one.version == version), None)
    if release is None:
        seen = _listed(one.version for one in releases)
        raise OptionsFailure(
            f"There is no release {version}: {seen}. Later ones show once the depot has been synchronized and "
            "Fleet LCM itself has been upgraded."
        )
    on_offer = {name: versions for name, versions in release.versions.items() if versions}
    if wanted is None:
        return {name: versions[0] for name, versions in sorted(on_offer.items()) if name in installed}
    problems = [
        f"{name} is not one of its types ({_listed(sorted(on_offer))})"
        if name not in on_offer
        else f"it has no {name} {asked} ({_listed(on_offer[name])})"
        for name, asked in wanted.items()
        if name not in on_offer or asked not in (LATEST, *on_offer[name])
    ]
    if problems:
        raise OptionsFailure(f"components do not fit release {version}: {'; '.join(problems)}.")
    return {name: on_offer[name][0] if asked == LATEST else asked for name, asked in sorted(wanted.items())}


def _listed(words: Any) -> str:
    found = ", ".join(words)
    return f"there are {found}" if found else "there are none"


def plan_for(plans: Sequence[Plan], version: str) -> Plan | None:
    """Return the plan that a desired software is for where none is named: the only one, or the one of that release.

    :raises OptionsFailure: when that leaves more than one.
    """
    if len(plans) <= 1:
        return next(iter(plans), None)
    of_release = [plan for plan in plans if plan.version == version]
    if len(of_release) == 1:
        return of_release[0]
    raise OptionsFailure(f"There are {len(plans)} upgrade plans ({described(plans)}). Name one with plan_id.")


def described(plans: Sequence[Plan]) -> str:
    """Return plans as a person would list them."""
    return ", ".join(f"{plan.id} for {plan.version}, {plan.status}" for plan in plans)


def differs(plan: Plan | None, version: str, versions: Mapping[str, str]) -> bool:
    """Tell whether a plan has to be made or changed to lead to a software."""
    return plan is None or plan.version != version or plan.desired != dict(versions)


def shown(plan: Plan | None) -> dict[str, Any]:
    """Return the software of a plan as C(--diff) shows it."""
    return {} if plan is None else {"version": plan.version, "components": dict(sorted(plan.desired.items()))}


def validation_failure(task: Task, errors: Sequence[TaskError]) -> TaskFailedFailure | None:
    """Return why a plan must not be made; None where its validation has found nothing against it.

    :param task: of the validation, ended. Its status alone says nothing about what it has found.
    :param errors: what it has found.
    """
    found = [*errors, *(task.root_causes if task.state is not State.SUCCEEDED else [])]
    said = "; ".join(dict.fromkeys(error.message.rstrip(".") for error in found if error.message))
    if not found and task.state is State.SUCCEEDED:
        return None
    return TaskFailedFailure.of_error(
        f"The plan does not pass its validation, task {task.label} of {task.service}, which ended as "
        f"{task.state.value}: {said or 'the service gives no reason'}.",
        found[0] if found else None,
        service=task.service,
        task_id=task.id,
    )

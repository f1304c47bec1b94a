# SPDX-License-Identifier: GPL-3.0-or-later
"""In which order the components of an upgrade plan are to be upgraded. Decisions only; no I/O.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.vcf.lifecycle.plugins.module_utils.fleet_upgrade_model import NOTHING_LEFT

Component = Mapping[str, Any]


class WavesError(ValueError):
    """There is no such order; the text says why, and what to do."""


def waves(
    components: Sequence[Component], batches: Sequence[Sequence[str]] = (), installed: Sequence[Component] = ()
) -> list[dict[str, Any]]:
    """Return what is to be upgraded together, in order; each with C(name) for people, C(ids) and C(types).

    What has its target, and what can not be upgraded, is in none.

    :param components: those of the plan, as the modules return them.
    :param batches: the order that somebody asks for: types, ids or names. Without it each component comes as early as
        those that it depends on allow.
    :param installed: all that there are: what the plan leaves out may be depended on.
    :raises WavesError: when dependencies are unknown or go round in a circle, and when the batches do not fit.
    """
    wanted = to_upgrade(components)
    before = {
        one["id"]: {other["id"] for other in wanted if _is_named(other, _dependencies(one, components, installed))}
        for one in wanted
    }
    levels = _batched(wanted, components, batches, before) if batches else _levels(wanted, before)
    return [
        {
            "name": ", ".join(label(one) for one in level),
            "ids": [one["id"] for one in level],
            "types": sorted({one["type"] for one in level if one.get("type")}),
        }
        for level in levels
    ]


def to_upgrade(components: Sequence[Component]) -> list[Component]:
    """Return the components that are to be upgraded and can be."""
    barred = left_out(components)
    return [one for one in components if one.get("status") not in NOTHING_LEFT and one["id"] not in barred]


def left_out(components: Sequence[Component]) -> dict[str, str]:
    """Return why components can not be upgraded, as a sentence each, by their ids."""
    found = {one["id"]: _why_ineligible(one) for one in components if one.get("status") == "INELIGIBLE"}
    while True:
        more = {
            one["id"]: f"{label(one)} waits for {label(other)}, which can not be upgraded."
            for one in components
            if one["id"] not in found and one.get("status") not in NOTHING_LEFT
            for other in components
            if other["id"] in found and _is_named(other, one.get("depends_on") or [])
        }
        if not more:
            return found
        found |= more


def label(component: Component) -> str:
    """Return what a person would call a component."""
    return str(component.get("name") or component.get("type") or component["id"])


def _why_ineligible(component: Component) -> str:
    said = " ".join(message["text"] for message in component.get("messages") or [] if message.get("text"))
    return f"{label(component)} is not eligible for the upgrade{f': {said}' if said else ', and nothing says why.'}"


def _is_named(component: Component, names: Sequence[str]) -> bool:
    return any(component.get(key) in names for key in ("id", "type", "name"))


def _dependencies(
    component: Component, components: Sequence[Component], installed: Sequence[Component]
) -> Sequence[str]:
    names: Sequence[str] = component.get("depends_on") or []
    for name in names:
        if not any(_is_named(one, [name]) for one in (*components, *installed)):
            raise WavesError(
                f"{label(component)} depends on {name}, which is neither in the plan nor installed. "
                "See at the service what that is; where the plan leaves it out, name it in fleet_upgrade_components."
            )
    return names


def _levels(wanted: Sequence[Component], before: Mapping[str, set[str]]) -> list[list[Component]]:
    levels: list[list[Component]] = []
    left = list(wanted)
    while left:
        waiting = {one["id"] for one in left}
        level = [one for one in left if not before[one["id"]] & waiting]
        if not level:
            names = ", ".join(label(one) for one in left)
            raise WavesError(f"The plan has no order: {names} depend on each other in a circle.")
        levels.append(level)
        left = [one for one in left if one not in level]
    return levels


def _batched(
    wanted: Sequence[Component],
    components: Sequence[Component],
    batches: Sequence[Sequence[str]],
    before: Mapping[str, set[str]],
) -> list[list[Component]]:
    _check_names(components, batches)
    levels = [[one for one in wanted if _is_named(one, batch)] for batch in batches]
    forgotten = [label(one) for one in wanted if not any(one in level for level in levels)]
    if forgotten:
        raise WavesError(f"The batches leave out {', '.join(forgotten)}. Each component has to be in one of them.")
    later = {one["id"]: one for one in wanted}
    for level in levels:
        for one in level:
            later.pop(one["id"])
        for one in level:
            if early := [label(later[other]) for other in sorted(before[one["id"]]) if other in later]:
                raise WavesError(
                    f"The batches break the order: {label(one)} depends on {', '.join(early)}, which comes later."
                )
    return [level for level in levels if level]


def _check_names(components: Sequence[Component], batches: Sequence[Sequence[str]]) -> None:
    seen: set[str] = set()
    for batch in batches:
        if isinstance(batch, str):
            raise WavesError(f"A batch is a list of components, and not {batch!r}.")
        found = [one for one in components if _is_named(one, batch)]
        for name in batch:
            if not any(_is_named(one, [name]) for one in components):
                known = ", ".join(sorted({str(one.get("type") or one["id"]) for one in components})) or "none"
                raise WavesError(f"The batches name {name}, which the plan does not have. It has {known}.")
        twice = [label(one) for one in found if one["id"] in seen]
        if twice:
            raise WavesError(f"The batches have {', '.join(twice)} more than once.")
        seen |= {one["id"] for one in found}

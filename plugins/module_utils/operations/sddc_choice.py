# SPDX-License-Identifier: GPL-3.0-or-later
"""Which bundle an upgrade is made with, which upgrade is its equal, and what it is to change. Decisions only; no I/O.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ansible_collections.vcf.lifecycle.plugins.module_utils.errors import (
    NotAllowedFailure,
    NotFoundFailure,
    OptionsFailure,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.sddc_upgrade_model import (
    DRIFT,
    SDDC_MANAGER,
    Bundle,
    Domain,
    Part,
    Upgradable,
    Upgrade,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.services import sddc_upgrade

_AVAILABLE = "AVAILABLE"


@dataclass(frozen=True)
class Wish:
    """What somebody wants to have upgraded, and how. C(component) is in our words."""

    domain: str
    bundle_id: str | None = None
    component: str | None = None
    version: str | None = None
    target_version: str | None = None
    schedule_at: datetime | None = None
    draft: bool = False
    user_input: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what contradicts itself.

        :raises OptionsFailure: naming the option.
        """
        if bool(self.bundle_id) == bool(self.component):
            raise OptionsFailure("Say what to upgrade: by bundle_id, or by component, and not by both.")
        if self.version and self.bundle_id:
            raise OptionsFailure("version is for component: a bundle_id says the version by itself.")
        if self.draft and self.schedule_at:
            raise OptionsFailure(
                "A draft begins at no time: leave out schedule_at, and give it when you run again without draft."
            )
        allowed = sddc_upgrade.UPGRADE_INPUTS | sddc_upgrade.RESOURCE_INPUTS
        unknown = sorted(set(self.user_input) - allowed)
        if unknown:
            raise OptionsFailure(
                f"user_input has {', '.join(unknown)}, which is nothing that an upgrade can be given. "
                f"It can be given {', '.join(sorted(allowed))}."
            )


def bundle_by_id(bundles: Sequence[Bundle], bundle_id: str) -> Bundle:
    """Return a bundle.

    :raises NotFoundFailure: when there is none of that id.
    """
    found = next((bundle for bundle in bundles if bundle.id == bundle_id), None)
    if found is None:
        raise NotFoundFailure(
            f"There is no bundle {bundle_id!r}. sddc_upgrade_info lists the bundles that there are.", http_status=404
        )
    return found


def bundles_to(bundles: Sequence[Bundle], component: str, version: str) -> list[Bundle]:
    """Return the bundles that upgrade a component to a version."""
    return [bundle for bundle in bundles if bundle.component == component and version_of(bundle) == version]


def version_of(bundle: Bundle) -> str | None:
    """Return the version that a bundle upgrades to."""
    return bundle.to_version or bundle.version


def version_in(versions: Mapping[str, str], component: str) -> str | None:
    """Return the version of a component in a release; what drift belongs to is SDDC Manager, whose version it has."""
    return versions.get(SDDC_MANAGER if component == DRIFT else component)


def only_bundle(found: Sequence[Bundle], upgradables: Sequence[Upgradable], component: str) -> Bundle:
    """Return the one of these bundles that a domain can be upgraded with.

    :raises OptionsFailure: when that is none, or several.
    """
    offered = {one.bundle_id for one in upgradables}
    chosen = [bundle for bundle in found if bundle.id in offered]
    if len(chosen) == 1:
        return chosen[0]
    if not chosen:
        raise OptionsFailure(
            f"version is required: the domain is offered no upgrade of {component} now, so that nothing says to which "
            "version it is to be upgraded."
        )
    raise OptionsFailure(
        f"bundle_id is required: the domain can be upgraded with several bundles of {component}: "
        f"{'; '.join(label(bundle) for bundle in chosen)}."
    )


def label(bundle: Bundle) -> str:
    """Return what a person would call a bundle."""
    version = version_of(bundle)
    what = bundle.component or bundle.type or "an unknown component"
    return f"{bundle.id} ({what}{f' to {version}' if version else ''})"


def expected(parts: Sequence[Part], component: str | None, version: str | None) -> dict[str, tuple[str | None, str]]:
    """Return what an upgrade is to change: by the names that results have, the id of a part and its version.

    The name is that of the component, or where several parts are of it, those of the parts. What has no version of its
    own, as drift, is not in it.
    """
    found = [part for part in parts if part.component == component]
    if version is None or component is None:
        return {}
    if len(found) == 1:
        return {component: (found[0].id, version)}
    return {part.name or part.id or component: (part.id, version) for part in found}


def equals(upgrades: Sequence[Upgrade], bundle: Bundle, bundles: Sequence[Bundle]) -> list[Upgrade]:
    """Return those upgrades of a domain that do the same as one with this bundle would, the newest last."""
    known = {one.id: one for one in bundles}

    def is_equal(upgrade: Upgrade) -> bool:
        if upgrade.bundle_id == bundle.id:
            return True
        other = known.get(upgrade.bundle_id or "")
        return (
            other is not None
            and version_of(other) is not None
            and (other.component, version_of(other)) == (bundle.component, version_of(bundle))
        )

    return [upgrade for upgrade in upgrades if is_equal(upgrade)]


def refusal(
    domain: Domain, bundle: Bundle, upgradables: Sequence[Upgradable], bundles: Sequence[Bundle]
) -> NotAllowedFailure | None:
    """Return why a domain can not be upgraded with a bundle now; None where it can."""
    own = [one for one in upgradables if one.bundle_id == bundle.id]
    available = next((one for one in own if one.status == _AVAILABLE), None)
    if available is not None and bundle.downloaded:
        return None
    what = f"Domain {domain.label} can not be upgraded with bundle {label(bundle)}"
    if not bundle.downloaded:
        return NotAllowedFailure(f"{what}: it is not downloaded ({bundle.status}). Have sddc_bundle download it first.")
    known = {one.id: one for one in bundles}
    others = [
        label(known[one.bundle_id]) if one.bundle_id in known else f"{one.bundle_id}"
        for one in upgradables
        if one.status == _AVAILABLE
    ]
    hint = (
        f"What it can be upgraded with is {', '.join(others)}: do that first."
        if others
        else ("There is nothing that it can be upgraded with now. sddc_upgrade_info shows what is in the way.")
    )
    if not own:
        return NotAllowedFailure(f"{what}: it is not among what the domain is offered for its target release. {hint}")
    reasons = [reason.rstrip(".") for one in own for reason in one.errors]
    said = f" ({'; '.join(reasons)})" if reasons else ""
    return NotAllowedFailure(f"{what}: it is {own[0].status}{said}. {hint}")


_ADVICE = {
    409: " Something else is going on, or is planned, that is in its way: sddc_upgrade_info shows it under blocking. "
    "Wait for that, or cancel it, and run again.",
    424: " Something that comes before is not done: a target release that is chosen, a bundle that is downloaded, the "
    "upgrade of what comes first. Do that, and run again.",
    400: " It may need something in user_input, or not like what is there.",
}


def advice(status: int) -> str:
    """Return what to do about a refusal with this HTTP status, as sentences with a blank before; or nothing."""
    return _ADVICE.get(status, "")

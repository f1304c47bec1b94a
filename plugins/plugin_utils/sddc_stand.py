# SPDX-License-Identifier: GPL-3.0-or-later
"""How the upgrade of SDDC Manager's domains stands, from what sddc_upgrade_info returns. Decisions only; no I/O.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
So a run that was stopped, or killed, goes on from what the service says, and needs to remember nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.vcf.lifecycle.plugins.module_utils.fleet_upgrade_model import numbers
from ansible_collections.vcf.lifecycle.plugins.module_utils.sddc_upgrade_model import (
    DRIFT,
    ESX,
    NSX,
    SDDC_MANAGER,
    VCENTER,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import State

Info = Mapping[str, Any]

_ORDER = (SDDC_MANAGER, DRIFT, NSX, VCENTER, ESX)
_SHOWN = ("name", "version", "target_version")
_ENDED = frozenset(state.value for state in State if state.is_terminal)
_AVAILABLE, _DRAFT, _MANAGEMENT = "AVAILABLE", "DRAFT", "MANAGEMENT"


def stand(
    info: Info,
    version: str,
    domains: Sequence[str] = (),
    releases: Mapping[str, Mapping[str, str]] | None = None,
    before: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return how an upgrade stands, as plain JSON types.

    :param info: what sddc_upgrade_info has returned.
    :param version: the release.
    :param domains: which domains, by ids or names; all of them without it. The management domain comes first anyway:
        no other is upgraded before it.
    :param releases: the versions that belong to the release by the id of the domain, where sddc_release has returned
        them: of a domain that has the release already, the info does not say them.
    :param before: how it stood when all domains were read. Of those that the info leaves out, that still counts.
    """
    bundles = {bundle["id"]: bundle for bundle in info["bundles"]}
    chosen = [
        _Domain(domain, version, (releases or {}).get(domain["id"]), bundles)
        for domain in _chosen(info["domains"], domains)
    ]
    now = {domain.domain["id"]: domain.stand(info) for domain in chosen}
    found = [now.get(one["id"], one) for one in before["domains"]] if before else list(now.values())
    known = {name for domain in info["domains"] for name in (domain["id"], domain["name"])}
    return {
        "unknown": before["unknown"] if before else [name for name in domains if name not in known],
        "domains": found,
        "own_task_ids": _own_task_ids(info, chosen),
        "versions": {key: one for domain in found for key, one in domain["versions"].items()},
        "verified": {key: one for domain in found for key, one in domain["verified"].items()},
        "left": [one for domain in found for one in domain["left"]],
    }


def _chosen(known: Sequence[Info], wanted: Sequence[str]) -> list[Info]:
    # One that is named twice is there once.
    ranks = [
        min((rank for rank, name in enumerate(wanted) if name in (one["id"], one["name"])), default=None)
        for one in known
    ]
    chosen = [(rank or 0, one) for rank, one in zip(ranks, known, strict=True) if rank is not None or not wanted]
    return [one for _rank, one in sorted(chosen, key=lambda pair: (pair[1]["type"] != _MANAGEMENT, pair[0]))]


class _Domain:
    """A domain on its way to a release."""

    def __init__(
        self, domain: Info, version: str, release: Mapping[str, str] | None, bundles: Mapping[str, Info]
    ) -> None:
        self.domain, self.version, self.bundles = domain, version, bundles
        future: Info = next((one for one in domain["future_releases"] if one["version"] == version), {})
        self.release: Mapping[str, str] = release or future.get("versions") or {}
        self.label: str = domain["name"] or domain["id"]

    def stand(self, info: Info) -> dict[str, Any]:
        """Return how it stands."""
        left = sorted(self._left(), key=_rank)
        going_on, available = next(self._going_on(left), None), next(self._available(left), None)
        return {
            "id": self.domain["id"],
            "name": self.label,
            "left": [{key: one[key] for key in _SHOWN} for one in left],
            "bundles": [one["bundle_id"] for one in left if one["bundle_id"] and not self._is_here(one["bundle_id"])],
            "going_on": going_on,
            "next": going_on or available,
            "failed": [] if going_on else self._failed(available, info),
            "in_the_way": [sentence for one in self.domain["upgradables"] for sentence in self._why(one)],
            "versions": {key: part["version"] for key, part in self._parts()},
            "verified": {
                key: {"expected": self._expected(part), "actual": part["version"]}
                for key, part in self._parts()
                if part["component"] in self.release
            },
        }

    def task_ids(self) -> Iterator[str]:
        """Yield the ids of the tasks that belong to its upgrade to the release, or to the checks before that."""
        if self.domain["last_precheck"]:
            yield self.domain["last_precheck"]["id"]
        for upgrade in self.domain["upgrades"]:
            if upgrade["task_id"] and self._is_own(upgrade["bundle_id"]):
                yield upgrade["task_id"]

    def _is_own(self, bundle_id: str | None) -> bool:
        """Tell whether a bundle leads to the release, or has led where the domain is now."""
        bundle = self.bundles.get(bundle_id or "")
        if bundle is None or bundle["to_version"] is None:
            return False
        component = SDDC_MANAGER if bundle["component"] == DRIFT else bundle["component"]
        now = [part["version"] for part in self.domain["versions"] if part["component"] == component]
        return bundle["to_version"] in (self.release.get(component), *now)

    def _left(self) -> Iterator[dict[str, Any]]:
        """Yield what is left to be upgraded.

        Once the release is chosen, the service says it, DRIFT too, which no version shows; whatever it leaves out
        though its version is too low is left all the same. Before, the versions have to tell.
        """
        is_chosen = self.domain["target_version"] == self.version
        offered = self.domain["upgradables"] if is_chosen else []
        for one in offered:
            yield self._item(one["component"], one["bundle_id"])
        lagging = dict.fromkeys(part["component"] for part in self.domain["versions"] if not self._is_on_target(part))
        if not is_chosen and SDDC_MANAGER in lagging and self._bundle_of(DRIFT):
            lagging[DRIFT] = None
        for component in lagging:
            if component not in [one["component"] for one in offered]:
                yield self._item(component, self._bundle_of(component))
        if not self.release and not offered and not self._has_release():
            yield self._item(None, None)

    def _item(self, component: str | None, bundle_id: str | None) -> dict[str, Any]:
        target = self.release.get(component or "") or self.bundles.get(bundle_id or "", {}).get("to_version")
        return {
            "name": f"{component or f'release {self.version}'} of {self.label}",
            "component": component,
            "bundle_id": bundle_id,
            "version": next((one["version"] for one in self.domain["versions"] if one["component"] == component), None),
            "target_version": target or self.version,
        }

    def _bundle_of(self, component: str) -> str | None:
        """Return the id of the bundle that brings a component to the release, if the depot has it."""
        wanted = self.release.get(SDDC_MANAGER if component == DRIFT else component)
        fitting = (
            bundle["id"]
            for bundle in self.bundles.values()
            if bundle["component"] == component and bundle["to_version"] is not None and bundle["to_version"] == wanted
        )
        return next(fitting, None)

    def _is_here(self, bundle_id: str) -> bool:
        return bool(self.bundles.get(bundle_id, {}).get("downloaded"))

    def _has_release(self) -> bool:
        now = self.domain["release"]
        return now is not None and (now == self.version or numbers(now) >= numbers(self.version))

    def _is_on_target(self, part: Info) -> bool:
        expected, actual = self.release.get(part["component"]), part["version"]
        return expected is None or (actual is not None and numbers(actual) >= numbers(expected))

    def _expected(self, part: Info) -> str | None:
        """Return the version that a part is to have; what has a higher one already is to keep that."""
        return part["version"] if self._is_on_target(part) else self.release[part["component"]]

    def _parts(self) -> list[tuple[str, Info]]:
        """Return the parts by what they go by in results: of several of a component each by its name."""
        count = Counter(part["component"] for part in self.domain["versions"])
        return [
            (
                f"{self.label} {part['component']}"
                + (f" {part['name'] or part['id']}" if count[part["component"]] > 1 else ""),
                part,
            )
            for part in self.domain["versions"]
        ]

    def _going_on(self, left: Sequence[Info]) -> Iterator[dict[str, Any]]:
        """Yield what is left and being upgraded, or will be at a time that was set; of a draft nobody knows."""
        for upgrade in self.domain["upgrades"]:
            if upgrade["state"] not in _ENDED and (upgrade["status"] or "").upper() != _DRAFT:
                for one in left:
                    if one["bundle_id"] == upgrade["bundle_id"]:
                        yield {**one, "task_id": upgrade["task_id"]}

    def _available(self, left: Sequence[Info]) -> Iterator[dict[str, Any]]:
        """Yield what is left and can be upgraded now."""
        now = [one["bundle_id"] for one in self.domain["upgradables"] if (one["status"] or "").upper() == _AVAILABLE]
        return ({**one, "task_id": None} for one in left if one["bundle_id"] in now)

    def _failed(self, upgradable: Info | None, info: Info) -> list[str]:
        """Return the id of the task of the last upgrade of something, if that has failed and can be retried."""
        bundle_id = upgradable and upgradable["bundle_id"]
        named = [one["task_id"] for one in self.domain["upgrades"] if one["bundle_id"] == bundle_id]
        tasks = [task for task in info["tasks"] if task["id"] in named]
        last = sorted(tasks, key=lambda task: task["created_at"] or "")[-1:]
        return [task["id"] for task in last if task["state"] == State.FAILED.value and task["retriable"] is not False]

    def _why(self, upgradable: Info) -> Iterator[str]:
        """Yield why something can not be upgraded now."""
        if (upgradable["status"] or "").upper() != _AVAILABLE:
            said = f": {' '.join(upgradable['errors'])}" if upgradable["errors"] else ""
            yield f"{upgradable['component']} of {self.label} is {upgradable['status']}{said.rstrip('.')}."


def _rank(item: Info) -> int:
    return _ORDER.index(item["component"]) if item["component"] in _ORDER else len(_ORDER)


def _own_task_ids(info: Info, domains: Sequence[_Domain]) -> list[str]:
    """Return those of the tasks in the way that are work of this upgrade, which goes on with it or does it again."""
    own = {task_id for domain in domains for task_id in domain.task_ids()}
    bundles = {bundle["id"] for bundle in info["bundles"]}
    # What is downloaded is in nobody's way.
    return [
        task["id"] for task in info["blocking"] if task["id"] in own or (task["resource"] or {}).get("id") in bundles
    ]

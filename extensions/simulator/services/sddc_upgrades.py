# SPDX-License-Identifier: GPL-3.0-or-later
"""What SDDC Manager can upgrade, and its upgrades (sddc-manager-openapi.json 9.1: getUpgradables,
getUpgradablesByDomain, performUpgrade, getUpgrades, getUpgradeById, updateUpgradeSchedule). Only whole domains are
upgraded here."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from ..sddc_scenario import Component, Domain, Kind
from ..tasks import Refused
from . import sddc_upgrade_bodies as bodies
from .base import BadRequest, Call, Route, json
from .sddc_desk import Desk, body, moment
from .sddc_platform import Bundle, Upgrade
from .sddc_upgrade_spec import check_spec


class Upgrades(Desk):
    """What can be upgraded, and what was asked for."""

    def routes(self) -> list[Route]:
        upgrades = f"{self.base}/upgrades"
        return [
            Route("GET", f"{self.base}/system/upgradables", self.list_all_upgradables),
            Route("GET", f"{self.base}/upgradables/domains/{{domain_id}}", self.list_upgradables),
            Route("GET", upgrades, self.list_upgrades),
            Route("POST", upgrades, self.perform),
            Route("GET", upgrades + "/{upgrade_id}", self.get_upgrade),
            Route("PATCH", upgrades + "/{upgrade_id}", self.change),
        ]

    def list_all_upgradables(self, call: Call) -> Response:
        found = [(domain, self.platform.targets.get(domain.id)) for domain in self.platform.domains.values()]
        return self._upgradables(found)

    def list_upgradables(self, call: Call, domain_id: str) -> Response:
        domain = self.domain(domain_id)
        if domain is None:
            return self.no_domain(domain_id)
        if self.platform.spec.upgradables_of_management_only and domain is not self.platform.management:
            return self.refuse(404, "DOMAIN_NOT_FOUND", f"Management domain {domain_id} is not found.")
        return self._upgradables(
            [(domain, call.parameters.get("targetVersion") or self.platform.targets.get(domain.id))]
        )

    def _upgradables(self, wanted: list[tuple[Domain, str | None]]) -> Response:
        """What can be upgraded in domains on their way to a release: nothing where none is chosen."""
        if not self.platform.seeded():
            text = "The inventory cache is not seeded yet."
            return self.refuse(self.platform.spec.inventory_cache.status, "INVENTORY_CACHE_NOT_SEEDED", text, "Wait.")
        found = [
            bodies.upgradable(self.platform, domain, kind, part)
            for domain, target in wanted
            if target == domain.target
            for kind, part in self.platform.missing(domain)
        ]
        return json(bodies.page(found))

    def list_upgrades(self, call: Call) -> Response:
        wanted = call.parameters
        found = [
            bodies.upgrade(upgrade, self.platform)
            for upgrade in self.platform.upgrades.values()
            if wanted.get("domainId") in (None, upgrade.domain.id)
        ]
        for name in ("status", "bundleId"):
            found = [upgrade for upgrade in found if wanted.get(name) in (None, upgrade[name])]
        if "bundleType" in wanted:
            found = [upgrade for upgrade in found if upgrade.get("bundle", {}).get("type") == wanted["bundleType"]]
        return json(bodies.page(found))

    def get_upgrade(self, call: Call, upgrade_id: str) -> Response:
        upgrade = self.platform.upgrades.get(upgrade_id)
        if upgrade is None:
            return self._unknown(upgrade_id)
        return json(bodies.upgrade(upgrade, self.platform))

    def perform(self, call: Call) -> Response:
        spec = body(call)
        check_spec(spec)
        first = spec["resourceUpgradeSpecs"][0]
        bundle, domain = self.platform.bundles.get(spec["bundleId"]), self.domain(first["resourceId"])
        if bundle is None:
            return self.refuse(404, "BUNDLE_NOT_FOUND", f"Bundle {spec['bundleId']} is not found.")
        if domain is None:
            return self.no_domain(first["resourceId"])
        part = next((part for found, part in bundle.users if found is domain), None)
        if part is None:
            raise BadRequest(f"bundle {bundle.id} is not for domain {domain.name}")
        _check_input(spec, bundle.kind, part)
        draft = bool(spec.get("draftMode"))
        at = None
        if not draft and not first.get("upgradeNow"):
            at = moment(first.get("scheduledTimestamp"), self.platform.clock)
        refusal = self._busy(part, now=not draft and at is None) or self._unmet(domain, bundle, part)
        if refusal is not None:
            return refusal
        upgrade = self.platform.ask(spec, domain, bundle.kind, part, at, draft=draft)
        return self.started(upgrade.entry)

    def change(self, call: Call, upgrade_id: str) -> Response:
        spec, upgrade = body(call), self.platform.upgrades.get(upgrade_id)
        if upgrade is None:
            return self._unknown(upgrade_id)
        refusal = self._cancel(upgrade) if spec.get("markForCancellation") else self._commit(upgrade, spec)
        return refusal or json(bodies.upgrade(upgrade, self.platform))

    def _cancel(self, upgrade: Upgrade) -> Response | None:
        """Cancel what waits or runs, and give up what has failed."""
        tasks, status = self.platform.tasks, upgrade.status(self.now)
        failed = status == upgrade.component.failed_as
        try:
            tasks.give_up(upgrade.entry) if failed else tasks.cancel(upgrade.entry)
        except Refused as reason:
            return self._invalid(upgrade, f"can not be cancelled: {reason}")
        return None

    def _commit(self, upgrade: Upgrade, spec: dict[str, Any]) -> Response | None:
        status = upgrade.status(self.now)
        if status not in ("DRAFT", "SCHEDULED"):
            return self._invalid(upgrade, f"is {status}; only a DRAFT or SCHEDULED one can be scheduled")
        if spec.get("upgradeNow"):
            refusal = self._busy(upgrade.component, now=True, but=upgrade)
            if refusal is None:
                upgrade.begin(self.now, scheduled=False)
            return refusal
        upgrade.begin(moment(spec.get("scheduledTimestamp"), self.platform.clock), scheduled=True)
        return None

    def _busy(self, part: Component, *, now: bool, but: Upgrade | None = None) -> Response | None:
        """The refusal of an upgrade because of another task. One for later is only refused beside its equal."""
        equal = None if self.platform.spec.accepts_again else self.platform.active(part)
        running = self.platform.running() if now else None
        if self.platform.spec.accepts_again and running in [one.entry for one in self.platform.upgrades_of(part)]:
            running = None
        if equal is not None and equal is not but:
            text = f"Upgrade {equal.id} of {part.name} is {equal.status(self.now)} already."
            return self.refuse(409, "UPGRADE_ALREADY_REQUESTED", text, "Wait for it, or cancel it.")
        if running is not None:
            text = f"Task {running.id} ({running.task.name}) is going on."
            return self.refuse(409, "OPERATION_IN_PROGRESS", text, "Wait until it has ended.")
        return None

    def _unmet(self, domain: Domain, bundle: Bundle, part: Component) -> Response | None:
        """The refusal of an upgrade because of what has to be done before."""
        reason, remedy = "", ""
        if self.platform.targets.get(domain.id) != domain.target:
            reason, remedy = f"No target release is chosen for domain {domain.name}.", "Choose one."
        elif bundle.status(self.now) != "SUCCESSFUL":
            reason, remedy = f"Bundle {bundle.id} is not downloaded.", "Download it."
        elif self.platform.spec.accepts_again and self.platform.version(part) == part.target:
            return None
        elif self.platform.next_of(domain) is not part:
            reason, remedy = f"It is not the turn of {part.name}.", "Upgrade what is AVAILABLE."
        return self.refuse(424, "UPGRADE_DEPENDENCY_NOT_MET", reason, remedy) if reason else None

    def _invalid(self, upgrade: Upgrade, text: str) -> Response:
        return self.refuse(409, "UPGRADE_INVALID_STATE", f"Upgrade {upgrade.id} {text}.")

    def _unknown(self, upgrade_id: str) -> Response:
        return self.refuse(404, "UPGRADE_NOT_FOUND", f"Upgrade {upgrade_id} is not found.")


def _check_input(spec: dict[str, Any], kind: Kind, part: Component) -> None:
    """Raise BadRequest where what the upgrade of NSX or vCenter needs to know is not said."""
    name = {"NSX": "nsxtUpgradeUserInputSpecs", "VCENTER": "vcenterUpgradeUserInputSpecs"}.get(kind)
    if part.needs_input and name is not None and not spec.get(name):
        raise BadRequest(f"{name} is required")

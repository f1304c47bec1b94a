# SPDX-License-Identifier: GPL-3.0-or-later
"""One upgrade of a domain at SDDC Manager: how it is looked at, begun, found again, and read to its end.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
What is decided by what was read is in sddc_choice.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from ansible_collections.vcf.lifecycle.plugins.module_utils.errors import NotAllowedFailure, NotFoundFailure
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations import sddc_choice, start
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.sddc_choice import Wish
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.sddc_reading import (
    chosen_target,
    known_domain,
    versions_of_release,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.sddc_upgrade_model import (
    DRIFT,
    Bundle,
    Domain,
    Upgradable,
    Upgrade,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.services import sddc_upgrade
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.base import Refused, Service
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import State


@dataclass
class Upgrading:
    """An upgrade of a domain. After C(look) its fields say how things are.

    C(upgrade) is the one that goes on, that is a draft, or that has shown before that there is nothing to do;
    C(is_done) is whether there is nothing to do. C(expected) and C(before) have the versions of what is to be
    upgraded, by the names that results have; both are empty where no version shows what is done.
    """

    service: Service
    wish: Wish
    domain: Domain = field(init=False)
    bundle: Bundle | None = None
    upgrade: Upgrade | None = None
    is_done: bool = False
    blocked_by: str | None = None
    warnings: list[str] = field(default_factory=list)
    expected: dict[str, str] = field(default_factory=dict)
    before: dict[str, str | None] = field(default_factory=dict)
    bundles: list[Bundle] = field(default_factory=list)
    known: frozenset[str] = frozenset()
    """Ids of the upgrades that were there before the request."""
    _ids: dict[str, str | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Until the service has been asked, a domain is what somebody calls it."""
        self.domain = Domain(id=self.wish.domain)

    @property
    def bundle_id(self) -> str:
        """The id of the bundle."""
        return self.bundle.id if self.bundle else self.wish.bundle_id or ""

    @property
    def what(self) -> str:
        """What is asked for, as the end of a sentence that begins with C(the request for)."""
        kind = "a draft of the upgrade" if self.wish.draft else "the upgrade"
        label = sddc_choice.label(self.bundle) if self.bundle else self.wish.component
        return f"{kind} of domain {self.domain.label} with bundle {label}"

    @property
    def is_draft(self) -> bool:
        """Whether there is an upgrade, and it waits for somebody who commits it."""
        return self.upgrade is not None and sddc_upgrade.is_draft(self.upgrade)

    @property
    def is_going_on(self) -> bool:
        """Whether there is an upgrade that was not over when it was read, and is more than a draft."""
        return self.upgrade is not None and not self.is_draft and not self.is_done

    def look(self) -> None:
        """Read how things are.

        :raises NotFoundFailure: when the service does not know the domain or the bundle.
        :raises OptionsFailure: when it does not follow from what was read which bundle is meant.
        """
        self.domain = known_domain(self.service, self.wish.domain)
        self.bundles = sddc_upgrade.list_bundles(self.service)
        upgrades = sddc_upgrade.list_upgrades(self.service, self.domain)
        parts = sddc_upgrade.parts_of(self.service, self.domain)
        component, version = self._aim(self.domain)
        expected = sddc_choice.expected(parts, component, version)
        self._ids = {name: part_id for name, (part_id, _version) in expected.items()}
        self.expected = {name: version for name, (_id, version) in expected.items()}
        real = {part.id: part.version for part in parts}
        self.before = {name: real.get(part_id) for name, part_id in self._ids.items()}
        is_there = bool(self.expected) and self.before == self.expected
        if self.bundle is None:
            if not is_there:
                raise NotFoundFailure(
                    f"{self.service.name} at {self.service.contact.address} has no bundle that upgrades {component} to "
                    f"{version}. sddc_upgrade_info lists the bundles that there are.",
                    service=self.service.name,
                )
            self.is_done = True
            return
        self.known = frozenset(upgrade.id for upgrade in upgrades)
        equals = sddc_choice.equals(upgrades, self.bundle, self.bundles)
        self.upgrade = self._going_on(equals)
        if self.is_going_on or (self.is_draft and not is_there):
            return
        done = [upgrade for upgrade in equals if upgrade.state is State.SUCCEEDED]
        if is_there or (not self.expected and done):
            self.is_done = True
            self.upgrade = done[-1] if done else None
            return
        failed = [upgrade for upgrade in upgrades if upgrade.state is State.FAILED]
        self.blocked_by = failed[-1].task_id if failed else None

    def check(self) -> None:
        """See whether the upgrade can be begun now.

        :raises NotAllowedFailure: when it can not, saying why and what to do.
        """
        if self.bundle is None or self.is_draft:
            return
        problem = sddc_choice.refusal(self.domain, self.bundle, self._upgradables(self.domain), self.bundles)
        if problem is not None:
            problem.service = self.service.name
            raise problem

    def begin(self) -> start.Begun:
        """Have the upgrade begun, or its draft made or committed, once; return what goes on now.

        :raises NotAllowedFailure: when the service refuses.
        """
        wish, draft = self.wish, self.upgrade if self.is_draft else None
        self.service.redactor.learn_from(wish.user_input)
        spec = sddc_upgrade.upgrade_spec(
            self.bundle_id, self.domain, at=wish.schedule_at, draft=wish.draft, user_input=wish.user_input
        )
        try:
            if draft is None:
                begun = start.once(
                    self.service, self.what, lambda: sddc_upgrade.upgrade(self.service, spec), self._look_for_new
                )
            else:
                begun = start.once(
                    self.service, self.what, lambda: self._commit(draft), lambda: self._look_for_commit(draft)
                )
        except Refused as refused:
            raise self._refusal(refused) from refused
        self.find(begun.task_id)
        return begun

    def call_off(self) -> bool:
        """Cancel an upgrade that waits for its time; return whether that was asked for.

        :raises Failure: when it can not be known.
        """
        upgrade = self.upgrade
        if upgrade is None or upgrade.state is not State.SCHEDULED:
            return False
        try:
            return start.once(
                self.service,
                f"the cancel of upgrade {upgrade.id}",
                lambda: self._call_off(upgrade),
                lambda: self._look_for_end(upgrade),
            ).by_us
        except Refused:
            # It may have begun by now: then its task can be cancelled, or tells why not.
            return False

    def find(self, task_id: str | None) -> None:
        """Look for the upgrade that a task carries out; an upgrade need not have the id of its task."""
        if task_id is None:
            return
        listed = sddc_upgrade.list_upgrades(self.service, self.domain)
        found = [one for one in listed if task_id in (one.task_id, one.id)]
        self.upgrade = found[0] if found else self.upgrade

    def read(self) -> None:
        """Read the upgrade again, by its id."""
        if self.upgrade is not None:
            self.upgrade = sddc_upgrade.get_upgrade(self.service, self.upgrade.id) or self.upgrade

    def versions(self) -> dict[str, str | None]:
        """Return the real versions of what is upgraded, by the names in C(expected)."""
        if not self.expected:
            return {}
        real = {part.id: part.version for part in sddc_upgrade.parts_of(self.service, self.domain)}
        return {name: real.get(part_id) for name, part_id in self._ids.items()}

    def _aim(self, domain: Domain) -> tuple[str | None, str | None]:
        """Find the bundle; return the component and the version that it upgrades to."""
        wish = self.wish
        if wish.bundle_id:
            self.bundle = sddc_choice.bundle_by_id(self.bundles, wish.bundle_id)
            return self.bundle.component, sddc_choice.version_of(self.bundle)
        component = wish.component or ""
        version = wish.version
        if version is None:
            version = sddc_choice.version_in(self._versions_of_target(domain), component)
        own = [bundle for bundle in self.bundles if bundle.component == component]
        found = own if version is None else sddc_choice.bundles_to(own, component, version)
        if component == DRIFT and wish.version is None:
            # No release says which version it has.
            found = found or own
        if len(found) == 1 and version is not None:
            self.bundle = found[0]
        elif found or version is None:
            self.bundle = sddc_choice.only_bundle(found, self._upgradables(domain), component)
        return component, version or (sddc_choice.version_of(self.bundle) if self.bundle else None)

    def _versions_of_target(self, domain: Domain) -> dict[str, str]:
        """Return the versions of the release that a domain is on its way to, or has reached."""
        target = self._target(domain)
        versions = versions_of_release(self.service, domain, target)
        if versions:
            return versions
        present = sddc_upgrade.release_of(self.service, domain)
        return present.versions if present is not None and present.version == target else {}

    def _target(self, domain: Domain) -> str:
        return self.wish.target_version or chosen_target(self.service, domain)

    def _upgradables(self, domain: Domain) -> list[Upgradable]:
        return sddc_upgrade.list_upgradables(self.service, domain, self._target(domain))

    def _going_on(self, upgrades: list[Upgrade]) -> Upgrade | None:
        """Return the one of these that is not over; what failed may go on, as its task was retried."""
        for upgrade in reversed(upgrades):
            if upgrade.state is State.FAILED or upgrade.state is State.UNKNOWN:
                task = self.service.get_task(upgrade.task_id or upgrade.id)
                if task is not None and not task.done:
                    return upgrade
            elif not upgrade.state.is_terminal:
                return upgrade
        return None

    def _look_for_new(self) -> start.Begun | None:
        """Look for an equal upgrade that was not there before."""
        if self.bundle is None:
            return None
        listed = [
            upgrade for upgrade in sddc_upgrade.list_upgrades(self.service, self.domain) if upgrade.id not in self.known
        ]
        found = sddc_choice.equals(listed, self.bundle, self.bundles)
        return start.Begun(found[-1].task_id or found[-1].id, by_us=False) if found else None

    def _commit(self, draft: Upgrade) -> str:
        sddc_upgrade.commit(self.service, draft.id, at=self.wish.schedule_at)
        return draft.task_id or draft.id

    def _look_for_commit(self, draft: Upgrade) -> start.Begun | None:
        """Look whether the draft is one no more."""
        now = sddc_upgrade.get_upgrade(self.service, draft.id)
        if now is None or sddc_upgrade.is_draft(now):
            return None
        return start.Begun(now.task_id or now.id, by_us=False)

    def _call_off(self, upgrade: Upgrade) -> str:
        sddc_upgrade.call_off(self.service, upgrade.id)
        return upgrade.task_id or upgrade.id

    def _look_for_end(self, upgrade: Upgrade) -> start.Begun | None:
        """Look whether an upgrade is over."""
        self.read()
        is_over = self.upgrade is not None and self.upgrade.state.is_terminal
        return start.Begun(upgrade.task_id or upgrade.id, by_us=False) if is_over else None

    def _refusal(self, refused: Refused) -> NotAllowedFailure:
        said = f": {refused.error.message.rstrip('.')}" if refused.error.message else f" with HTTP {refused.status}"
        return NotAllowedFailure.of_error(
            f"{self.service.name} at {self.service.contact.address} refuses {self.what}{said}."
            f"{sddc_choice.advice(refused.status)}",
            refused.error,
            service=self.service.name,
            http_status=refused.status,
        )


def due_at(upgrade: Upgrade | None, asked: datetime | None, now: datetime) -> datetime | None:
    """Return when an upgrade that waits for its time is to begin; None where it does not wait.

    :param asked: the time that was asked for, for where the service does not say one.
    """
    if upgrade is None or upgrade.state is not State.SCHEDULED:
        return None
    at = upgrade.scheduled_for or asked
    return at if at is not None and at > now else None

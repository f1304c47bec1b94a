# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules for SDDC Manager's upgrades look up first, and how they say that something is not there.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

from ansible_collections.vcf.lifecycle.plugins.module_utils.errors import NotFoundFailure, OptionsFailure
from ansible_collections.vcf.lifecycle.plugins.module_utils.sddc_upgrade_model import Domain
from ansible_collections.vcf.lifecycle.plugins.module_utils.services import sddc_upgrade
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.base import Service
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.sddc_manager import SddcManager


def check_service(service: Service) -> None:
    """Refuse any service but SDDC Manager; nothing has been sent by then.

    :raises OptionsFailure: when it is another one.
    """
    if service.name != SddcManager.name:
        raise OptionsFailure(
            f"service {service.name} is none of this module: it is for the upgrades of {SddcManager.name} alone. "
            f"Set service to {SddcManager.name}, or leave it out.",
            service=service.name,
        )


def known_domain(service: Service, domain: str) -> Domain:
    """Return a domain.

    :param domain: its id or its name.
    :raises NotFoundFailure: when the service does not know it.
    :raises Failure: as C(Service.get_task).
    """
    domains = sddc_upgrade.list_domains(service)
    by_id = [known for known in domains if known.id == domain]
    found = by_id or [known for known in domains if known.name == domain]
    if not found:
        names = ", ".join(known.label for known in domains)
        raise NotFoundFailure(
            f"{service.name} at {service.contact.address} knows no domain {domain!r}. "
            f"{f'There are {names}' if names else 'It shows none to this user'}.",
            service=service.name,
        )
    return found[0]


def chosen_target(service: Service, domain: Domain) -> str:
    """Return the release that was chosen for a domain.

    :raises OptionsFailure: when none was.
    """
    target = sddc_upgrade.target_of(service, domain)
    if target is None:
        raise OptionsFailure(
            f"target_version is required: no target release is chosen for domain {domain.label}.", service=service.name
        )
    return target


def versions_of_release(service: Service, domain: Domain, target: str) -> dict[str, str]:
    """Return the version that each component has in a release; nothing where the service does not offer it."""
    releases = sddc_upgrade.future_releases_of(service, domain)
    return next((release.versions for release in releases if release.version == target), {})

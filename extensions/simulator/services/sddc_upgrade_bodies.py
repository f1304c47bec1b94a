# SPDX-License-Identifier: GPL-3.0-or-later
"""How SDDC Manager writes what is upgraded, with what, and to what (sddc-manager-openapi.json 9.1: schemas Domain,
Release, DomainFutureRelease, Bundle, Upgradable, Upgrade)."""

from __future__ import annotations

from typing import Any

from ..sddc_scenario import TITLES, Component, Domain, Kind
from ..timeline import GOING_ON
from .base import without_none
from .sddc_platform import Bundle, Platform, Upgrade

# SoftwareComponent.type and BundleComponent.type; a host is no ESX there.
SOFTWARE: dict[Kind, str] = {
    "SDDC_MANAGER": "SDDC_MANAGER",
    "DRIFT": "SDDC_MANAGER",
    "NSX": "NSX_T_MANAGER",
    "VCENTER": "VCENTER",
    "ESX": "HOST",
}
# ProductVersion.name; drift is no product.
PRODUCTS: dict[Kind, str] = {
    "SDDC_MANAGER": "SDDC_MANAGER",
    "NSX": "NSX_T_MANAGER",
    "VCENTER": "VCENTER",
    "ESX": "ESX_HOST",
}
RELEASED = "2026-05-05T00:00:00.000Z"


def page(elements: list[dict[str, Any]]) -> dict[str, Any]:
    """All there is, on one page."""
    size = len(elements)
    metadata = {"pageNumber": 1, "pageSize": size, "totalElements": size, "totalPages": 1}
    return {"elements": elements, "pageMetadata": metadata}


def domain(found: Domain, platform: Platform) -> dict[str, Any]:
    """Domain."""
    upgrades = [u for _kind, part in found.in_order() if (u := platform.active(part)) and not u.draft]
    nsx, vcenter = found.components.get("NSX"), found.components.get("VCENTER")
    return without_none(
        id=found.id,
        name=found.name,
        status="UPGRADING" if any(u.status(platform.now) == "INPROGRESS" for u in upgrades) else "ACTIVE",
        type=found.type,
        vcenters=[{"id": vcenter.id, "fqdn": vcenter.fqdn}] if vcenter else [],
        nsxtCluster={"id": nsx.id, "vipFqdn": nsx.fqdn} if nsx else None,
        isManagementSsoDomain=True,
        clusters=[without_none(id=cluster.id, name=cluster.name or None) for cluster in found.clusters],
        tags=[],
    )


def reference(found: Domain) -> dict[str, Any]:
    """DomainReference."""
    return {"id": found.id, "name": found.name, "type": found.type}


def release(found: Domain, version: str) -> dict[str, Any]:
    """Release: of a domain's two the one with that version."""
    coming = version == found.target
    bom = [
        {"name": PRODUCTS[kind], "version": part.target if coming else part.version, "publicName": TITLES[kind]}
        for kind, part in found.in_order()
        if kind in PRODUCTS
    ]
    return {
        "product": "VCF",
        "version": version,
        "description": f"VMware Cloud Foundation {version}",
        "releaseDate": RELEASED,
        "bom": bom,
    }


def future_release(found: Domain) -> dict[str, Any]:
    """DomainFutureRelease."""
    applicability: dict[str, Any] = {"applicabilityStatus": "APPLICABLE", "isApplicable": True}
    if found.inapplicable:
        reasons = [{"messageKey": "NOT_APPLICABLE", "message": text} for text in found.inapplicable]
        applicability = {
            "applicabilityStatus": "NOT_APPLICABLE",
            "isApplicable": False,
            "reasonNotApplicable": reasons[0],
            "reasonsNotApplicable": reasons,
        }
    return release(found, found.target) | applicability


def bundle(found: Bundle, now: float) -> dict[str, Any]:
    """Bundle. Its description is all that tells drift from SDDC Manager itself."""
    what = {"SDDC_MANAGER": "Upgrade", "DRIFT": "Configuration drift"}.get(found.kind, TITLES[found.kind] + " upgrade")
    title = f"{what} bundle for VMware Cloud Foundation {found.release}"
    return {
        "id": found.id,
        "type": "SDDC_MANAGER" if found.kind in ("SDDC_MANAGER", "DRIFT") else "VMWARE_SOFTWARE",
        "description": title,
        "version": found.target,
        "severity": "CRITICAL",
        "vendor": "Broadcom",
        "releasedDate": RELEASED,
        "isCumulative": True,
        "isCompliant": True,
        "sizeMB": found.spec.size_mb,
        "downloadStatus": found.status(now),
        "components": [
            {
                "type": SOFTWARE[found.kind],
                "description": title,
                "vendor": "Broadcom",
                "releasedDate": RELEASED,
                "fromVersion": min(part.version for _domain, part in found.users),
                "toVersion": found.target,
                "imageType": "PATCH",
            }
        ],
    }


def upgradable(platform: Platform, domain: Domain, kind: Kind, part: Component) -> dict[str, Any]:
    """Upgradable: the resource is what the request for an upgrade is to name. Of its statuses only AVAILABLE is known
    from the field."""
    upgrade = platform.active(part)
    status = "AVAILABLE" if platform.next_of(domain) is part else "PENDING"
    if upgrade is not None and not upgrade.draft:
        status = upgrade.status(platform.now)
    offered = bundle(platform.bundle_of(kind, part), platform.now)
    return {
        "bundleId": offered["id"],
        "bundleType": offered["type"],
        "resource": {"resourceId": domain.id, "type": "DOMAIN", "name": domain.name},
        "softwareComponents": [{"id": part.id, "type": SOFTWARE[kind]}],
        "status": status,
    }


def upgrade(found: Upgrade, platform: Platform) -> dict[str, Any]:
    """Upgrade."""
    view = found.entry.look(platform.now)
    ended = None if view.state in GOING_ON or view.ended is None else platform.clock.at(view.ended)
    inputs = {
        singular: found.spec[f"{singular}s"][0]
        for singular in ("nsxtUpgradeUserInputSpec", "vcenterUpgradeUserInputSpec")
        if found.spec.get(f"{singular}s")
    }
    known = platform.bundles.get(found.spec["bundleId"])
    return inputs | without_none(
        id=found.id,
        bundleId=found.spec["bundleId"],
        resourceType=found.spec["resourceType"],
        parallelUpgrade=found.spec.get("parallelUpgrade", False),
        resourceUpgradeSpecs=found.spec["resourceUpgradeSpecs"],
        status=found.status(platform.now),
        taskId=found.entry.id,
        bundle=None if known is None else bundle(known, platform.now),
        endTime=None if ended is None else int(ended.timestamp() * 1000),
    )

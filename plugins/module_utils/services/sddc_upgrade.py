# SPDX-License-Identifier: GPL-3.0-or-later
"""SDDC Manager's upgrades: paths and bodies of domains, versions, releases, bundles, upgradables and upgrades.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
Source of the wire facts, where no other is named: "SDDC Manager API Reference Guide" 9.1.0.0, operations getDomains,
getSddcManagers, getVcenters, getNsxClusters, getHosts, getReleases, getReleaseByDomain, getFutureReleases, getBundles,
getBundle, startBundleDownloadByID, getUpgradables, getUpgradablesByDomain, getUpgrades, getUpgradeById, performUpgrade
and updateUpgradeSchedule, and their schemas.
Where nothing else is said, these functions raise what Service.get_task raises.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timezone
from typing import Any, TypeVar

from ansible_collections.vcf.lifecycle.plugins.module_utils.sddc_upgrade_model import (
    DRIFT,
    ESX,
    NSX,
    SDDC_MANAGER,
    VCENTER,
    Bundle,
    Cluster,
    Domain,
    Download,
    Part,
    Release,
    Upgradable,
    Upgrade,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.base import ANY_STATUS, Refused, Service
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.sddc_family import leaves_of
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.wire import (
    flag,
    fold,
    mapping,
    mappings,
    moment,
    number,
    state_of,
    text,
    word,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import State
from ansible_collections.vcf.lifecycle.plugins.module_utils.transport import Answer, Delivery, Fault, Request

T = TypeVar("T")

_MAX_PAGES = 1_000

# BundleComponent.type, SoftwareComponent.type, ProductVersion.name and Resource.type: a host alone has four names.
_COMPONENTS = {
    "NSX_T_MANAGER": NSX,
    "NSXT_MANAGER": NSX,
    "HOST": ESX,
    "ESX_HOST": ESX,
    "ESXI": ESX,
}

# Bundle.downloadStatus.
_DOWNLOADS = {
    "PENDING": Download.MISSING,
    "SCHEDULED": Download.GOING_ON,
    "IN_PROGRESS": Download.GOING_ON,
    "INPROGRESS": Download.GOING_ON,
    "SUCCESSFUL": Download.DONE,
    "FAILED": Download.FAILED,
}

# DomainFutureRelease.applicabilityStatus.
_APPLICABLE = {"APPLICABLE": True, "NOT_APPLICABLE": False}

_UNDER_WAY = frozenset(
    {"BUNDLE_DOWNLOAD_ALREADY_DOWNLOADED", "BUNDLE_DOWNLOAD_ALREADY_SCHEDULED", "BUNDLE_DOWNLOAD_NOT_AVAILABLE"}
)

_DRAFT = "DRAFT"

# Upgrade.status. The specification lists none; these were seen in the field.
_UPGRADES = {
    _DRAFT: State.PENDING,
    "PENDING": State.PENDING,
    "SCHEDULED": State.SCHEDULED,
    "INPROGRESS": State.RUNNING,
    "IN_PROGRESS": State.RUNNING,
    "COMPLETED_WITH_SUCCESS": State.SUCCEEDED,
    "COMPLETED_WITH_FAILURE": State.FAILED,
    "FAILED": State.FAILED,
    "CANCELLED": State.CANCELED,
    "CANCELED": State.CANCELED,
}

UPGRADE_INPUTS = frozenset({"nsxtUpgradeUserInputSpecs", "vcenterUpgradeUserInputSpecs", "parallelUpgrade"})
"""What somebody may say of an upgrade as a whole (UpgradeSpec)."""
RESOURCE_INPUTS = frozenset(
    {
        "esxUpgradeOptionsSpec",
        "esxStandaloneHostUpgradeOptionsSpec",
        "personalitySpec",
        "customIsoSpec",
        "enableQuickboot",
        "evacuateOfflineVms",
        "shutdownVms",
        "hostsToUpgrade",
    }
)
"""What somebody may say of what is upgraded (ResourceUpgradeSpec)."""


def has_domains(service: Service) -> bool:
    """Tell whether the service has anything to say of domains."""
    return elements_or_none(service, ("domains",)) is not None


def list_domains(service: Service) -> list[Domain]:
    """Return all domains."""
    return [
        Domain(
            id=domain_id,
            name=text(body.get("name")),
            type=word(body.get("type")),
            status=word(body.get("status")),
            clusters=[
                Cluster(id=cluster_id, name=text(one.get("name")))
                for one in mappings(body.get("clusters"))
                if (cluster_id := word(one.get("id")))
            ],
        )
        for body in elements(service, ("domains",))
        if (domain_id := word(body.get("id")))
    ]


def parts_of(service: Service, domain: Domain) -> list[Part]:
    """Return what is upgraded in a domain, with the versions that it really has."""
    query = {"domainId": domain.id}
    managers = [
        body
        for body in elements(service, ("sddc-managers",))
        if word(mapping(body.get("domain")).get("id")) == domain.id
    ]
    return [
        *(_part(SDDC_MANAGER, body, "fqdn", "version") for body in managers),
        *(_part(NSX, body, "vipFqdn", "version") for body in elements(service, ("nsxt-clusters",), query)),
        *(_part(VCENTER, body, "fqdn", "version") for body in elements(service, ("vcenters",), query)),
        *(_part(ESX, body, "fqdn", "esxiVersion") for body in elements(service, ("hosts",), query)),
    ]


def all_parts(service: Service) -> dict[str, list[Part]]:
    """Return what is upgraded in each domain, by the id of that, with the versions that it really has.

    It takes as many requests for forty domains as for one.
    """
    found: dict[str, list[Part]] = {}
    for component, path, name, version in (
        (SDDC_MANAGER, "sddc-managers", "fqdn", "version"),
        (NSX, "nsxt-clusters", "vipFqdn", "version"),
        (VCENTER, "vcenters", "fqdn", "version"),
        (ESX, "hosts", "fqdn", "esxiVersion"),
    ):
        for body in elements(service, (path,)):
            # Domains may share an NSX cluster.
            for domain in [mapping(body.get("domain")), *mappings(body.get("domains"))]:
                if domain_id := word(domain.get("id")):
                    found.setdefault(domain_id, []).append(_part(component, body, name, version))
    return found


def release_of(service: Service, domain: Domain) -> Release | None:
    """Return the release that a domain has; None where the service does not say."""
    found = [_release(body) for body in elements(service, ("releases",), {"domainId": domain.id})]
    return next((release for release in found if release.version), None)


def target_of(service: Service, domain: Domain) -> str | None:
    """Return the version of the release that was chosen for a domain; None where none was."""

    def read(answer: Answer) -> str | None:
        return word(thing(answer, "a target release", "domainId", "targetVersion").get("targetVersion"))

    return service.call(Request("GET", service.url("v1", "releases", "domains", domain.id)), read)


def all_targets(service: Service, domains: Iterable[Domain]) -> dict[str, str]:
    """Return the versions of the releases that were chosen for domains, by the ids of those."""
    listed = elements_or_none(service, ("releases", "domains"))
    if listed is None:
        # There is no list of them before 9.1.
        return {domain.id: target for domain in domains if (target := target_of(service, domain))}
    return {
        domain_id: target
        for body in listed
        if (domain_id := word(body.get("domainId"))) and (target := word(body.get("targetVersion")))
    }


def future_releases_of(service: Service, domain: Domain) -> list[Release]:
    """Return the releases that a domain can be upgraded to, and those that it can not with the reasons."""
    found = elements(service, ("releases", "domains", domain.id, "future-releases"))
    return [release for body in found if (release := _release(body)).version]


def list_upgradables(service: Service, domain: Domain, target_version: str) -> list[Upgradable]:
    """Return what a domain can be upgraded with on its way to a release.

    Until the service knows its inventory, which takes a while after a restart, it answers with HTTP 408 or 409: that
    is waited for as an outage is.
    """
    # The specification has this one for the management domain alone; others may be refused, and are among all.
    own = elements_or_none(service, ("upgradables", "domains", domain.id), {"targetVersion": target_version})
    bodies = elements(service, ("system", "upgradables")) if own is None else own
    return [_upgradable(body) for body in bodies if _resource_of(body) == domain.id]


def all_upgradables(service: Service) -> dict[str, list[Upgradable]]:
    """Return what domains can be upgraded with on their way to the releases that were chosen, by their ids."""
    found: dict[str, list[Upgradable]] = {}
    for body in elements(service, ("system", "upgradables")):
        found.setdefault(_resource_of(body) or "", []).append(_upgradable(body))
    return found


def list_upgrades(service: Service, domain: Domain) -> list[Upgrade]:
    """Return the upgrades of a domain that were asked for."""
    found = elements(service, ("upgrades",), {"domainId": domain.id})
    return [_upgrade(body) for body in found if word(body.get("id"))]


def all_upgrades(service: Service) -> dict[str, list[Upgrade]]:
    """Return the upgrades that were asked for of all domains, by the ids of those."""
    found: dict[str, list[Upgrade]] = {}
    for body in elements(service, ("upgrades",)):
        for spec in mappings(body.get("resourceUpgradeSpecs"))[:1]:
            if word(body.get("id")) and (resource_id := word(spec.get("resourceId"))):
                found.setdefault(resource_id, []).append(_upgrade(body))
    return found


def get_upgrade(service: Service, upgrade_id: str) -> Upgrade | None:
    """Return an upgrade; None where the service does not know it."""
    if upgrade_id in (".", ".."):
        # As a path segment these can not be quoted: whoever is on the way may resolve them to another path.
        return None

    def read(answer: Answer) -> Upgrade:
        return _upgrade({"id": upgrade_id, **thing(answer, "an upgrade", "bundleId", "status")})

    return optional(service, Request("GET", service.url("v1", "upgrades", upgrade_id)), read)


def list_bundles(service: Service) -> list[Bundle]:
    """Return all bundles that the depot offers."""
    return [_bundle(body) for body in elements(service, ("bundles",)) if word(body.get("id"))]


def get_bundle(service: Service, bundle_id: str) -> Bundle | None:
    """Return a bundle; None where the service does not know it."""
    if bundle_id in (".", ".."):
        # As a path segment these can not be quoted: whoever is on the way may resolve them to another path.
        return None

    def read(answer: Answer) -> Bundle:
        return _bundle({"id": bundle_id, **thing(answer, "a bundle", "downloadStatus", "components")})

    return optional(service, Request("GET", service.url("v1", "bundles", bundle_id)), read)


# Writing ----------------------------------------------------------------------------------------------------------


def download(service: Service, bundle_id: str) -> str:
    """Have a bundle downloaded, once and at once; return the id of the task.

    :raises Refused: when the service says no.
    :raises Fault: when the answer was lost; the download may have begun.
    """
    spec = {"bundleDownloadSpec": {"downloadNow": True}}
    return start(service, Request("PATCH", service.url("v1", "bundles", bundle_id), json=spec))


def is_under_way(refused: Refused) -> bool:
    """Tell whether a download is refused because there is no need for it: it is done, going on, or being validated.

    The service says so with HTTP 400 as well as 409, whatever the specification has.
    """
    return refused.error.code in _UNDER_WAY


def upgrade(service: Service, spec: Mapping[str, Any]) -> str:
    """Have something upgraded, or a draft of that made; return the id of the task.

    :param spec: as C(upgrade_spec) returns it.
    :raises Refused: when the service says no.
    :raises Fault: when the answer was lost; the upgrade may have been accepted.
    """
    return start(service, Request("POST", service.url("v1", "upgrades"), json=dict(spec)))


def upgrade_spec(
    bundle_id: str, domain: Domain, *, at: datetime | None, draft: bool, user_input: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the request for an upgrade of a whole domain (UpgradeSpec).

    :param at: when it is to begin; None for now.
    :param user_input: by the names that UpgradeSpec and ResourceUpgradeSpec have for it.
    """
    resource: dict[str, Any] = {"resourceId": domain.id}
    if not draft:
        resource.update(_beginning(at))
    resource.update({name: value for name, value in user_input.items() if name in RESOURCE_INPUTS})
    return {
        "bundleId": bundle_id,
        "resourceType": "DOMAIN",
        **({"draftMode": True} if draft else {}),
        "resourceUpgradeSpecs": [resource],
        **{name: value for name, value in user_input.items() if name in UPGRADE_INPUTS},
    }


def commit(service: Service, upgrade_id: str, *, at: datetime | None) -> None:
    """Have an upgrade that is a draft begin.

    :param at: when; None for now.
    :raises Refused: when the service says no.
    :raises Fault: when the answer was lost; it may have been accepted.
    """
    _change(service, upgrade_id, _beginning(at))


def call_off(service: Service, upgrade_id: str) -> None:
    """Cancel an upgrade, also one that has not begun yet, whose task the service does not let be cancelled.

    :raises Refused: when the service says no.
    :raises Fault: when the answer was lost; it may have been accepted.
    """
    _change(service, upgrade_id, {"markForCancellation": True})


def _change(service: Service, upgrade_id: str, spec: Mapping[str, Any]) -> None:
    """Send, once, a change of an upgrade (UpgradeCommitSpec)."""
    request = Request("PATCH", service.url("v1", "upgrades", upgrade_id), json=dict(spec))
    service.call(request, service.accepted, also=ANY_STATUS, repeatable=False)


def _beginning(at: datetime | None) -> dict[str, Any]:
    if at is None:
        return {"upgradeNow": True}
    when = at.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"scheduledTimestamp": when}


def start(service: Service, request: Request) -> str:
    """Send, once, a request that starts a task; return the id of that.

    :raises Refused: when the service says no.
    :raises Fault: when the answer was lost; the task may have been started.
    """

    def read(answer: Answer) -> str:
        task_id = word(mapping(service.accepted(answer).body).get("id"))
        if task_id is None:
            raise Fault("it accepts the request and does not say which task it is", delivery=Delivery.LATE)
        return task_id

    return service.call(request, read, also=ANY_STATUS, repeatable=False)


# Reading lists ----------------------------------------------------------------------------------------------------


def elements(service: Service, path: tuple[str, ...], query: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
    """Return what is on all pages of a list.

    :param path: below C(v1).
    """
    return _pages(service, path, query or {}, lambda request: service.call(request, _page)) or []


def elements_or_none(
    service: Service, path: tuple[str, ...], query: Mapping[str, str] | None = None
) -> list[dict[str, Any]] | None:
    """Return what is on all pages of a list; None where the service says that there is no such list."""
    return _pages(service, path, query or {}, lambda request: optional(service, request, _page))


def optional(service: Service, request: Request, read: Callable[[Answer], T]) -> T | None:
    """Return what C(read) makes of an answer of success; None where the service knows no such thing."""

    def known(answer: Answer) -> T | None:
        if answer.is_success:
            return read(answer)
        if answer.foreign:
            raise Fault(
                f"it answers HTTP {answer.status} for {answer.url} with something that is not JSON; "
                "are service, hostname and base_path right?"
            )
        return None

    return service.call(request, known, also=(400, 404, 410))


def thing(answer: Answer, what: str, *fields: str) -> dict[str, Any]:
    """Return the object in an answer.

    :param what: what it has to be, for people.
    :param fields: of which it has to have one.
    :raises Fault: when it is something else.
    """
    body = mapping(answer.body)
    if not any(name in body for name in fields):
        raise Fault(f"it answers with something that is not {what}", first_kind="invalid_response")
    return body


def _pages(
    service: Service,
    path: tuple[str, ...],
    query: Mapping[str, str],
    ask: Callable[[Request], dict[str, Any] | None],
) -> list[dict[str, Any]] | None:
    """Return what is on all pages; None as soon as there is no such page.

    The first page is not asked for by its number, as not all lists of the service count from 1: it says its number.
    """
    url = service.url("v1", *path)
    body = ask(Request("GET", url, query=query))
    if body is None:
        return None
    found = mappings(body.get("elements"))
    metadata = mapping(body.get("pageMetadata"))
    first, pages = number(metadata.get("pageNumber")), number(metadata.get("totalPages"))
    for page in range(1, min(int(pages or 1), _MAX_PAGES)):
        body = ask(Request("GET", url, query={**query, "pageNumber": str(int(first or 0) + page)}))
        found += mappings(mapping(body).get("elements"))
    return found


def _page(answer: Answer) -> dict[str, Any]:
    return thing(answer, "a list", "elements", "pageMetadata")


# Shapes -----------------------------------------------------------------------------------------------------------


def component_of(name: str | None) -> str | None:
    """Return our word for what the service calls by several; a word that is not known stays as it is."""
    return None if name is None else _COMPONENTS.get(fold(name), name)


def _part(component: str, body: dict[str, Any], name: str, version: str) -> Part:
    return Part(
        component=component,
        id=word(body.get("id")),
        name=text(body.get(name)),
        version=word(body.get(version)),
    )


def _upgradable(body: dict[str, Any]) -> Upgradable:
    return Upgradable(
        bundle_id=word(body.get("bundleId")),
        component=next((component_of(word(part.get("type"))) for part in _software(body)), None),
        status=word(body.get("status")),
        errors=[leaf.message for error in mappings(body.get("errors")) for leaf in leaves_of(error) if leaf.message],
    )


def _resource_of(body: dict[str, Any]) -> str | None:
    return word(mapping(body.get("resource")).get("resourceId"))


def _release(body: dict[str, Any]) -> Release:
    status = word(body.get("applicabilityStatus"))
    packs = [mapping(body.get("reasonNotApplicable")), *mappings(body.get("reasonsNotApplicable"))]
    said = [text(pack.get("message")) for pack in packs] + [text(body.get("notApplicableReason"))]
    return Release(
        version=word(body.get("version")) or "",
        status=status,
        # The flag is deprecated: it may be left out, or left as it is.
        applicable=_APPLICABLE.get(fold(status or ""), flag(body.get("isApplicable"))),
        reasons=list(dict.fromkeys(reason for reason in said if reason)),
        versions={
            name: part
            for product in mappings(body.get("bom"))
            if (name := component_of(word(product.get("name")))) and (part := word(product.get("version")))
        },
    )


def _software(body: dict[str, Any]) -> list[dict[str, Any]]:
    return mappings(body.get("softwareComponents"))


def download_of(bundle: Bundle) -> Download:
    """Return how far a bundle has come."""
    return _DOWNLOADS.get(fold(bundle.status or ""), Download.UNKNOWN)


def is_draft(upgrade: Upgrade) -> bool:
    """Tell whether an upgrade waits for somebody who commits it."""
    return fold(upgrade.status or "") == _DRAFT


def _bundle(body: dict[str, Any]) -> Bundle:
    content = next(iter(mappings(body.get("components"))), {})
    kind, description = word(body.get("type")), text(body.get("description"))
    component = component_of(word(content.get("type"))) or (kind if kind == SDDC_MANAGER else None)
    # Both are bundles of the same type for the same component: nothing else tells them apart.
    if component == SDDC_MANAGER and "drift" in (description or "").lower():
        component = DRIFT
    bundle = Bundle(
        id=word(body.get("id")) or "",
        type=kind,
        component=component,
        description=description,
        version=word(body.get("version")),
        from_version=word(content.get("fromVersion")),
        to_version=word(content.get("toVersion")),
        size_mb=number(body.get("sizeMB")),
        status=word(body.get("downloadStatus")),
    )
    bundle.downloaded = download_of(bundle) is Download.DONE
    return bundle


def _upgrade(body: dict[str, Any]) -> Upgrade:
    status = word(body.get("status"))
    times = [moment(spec.get("scheduledTimestamp")) for spec in mappings(body.get("resourceUpgradeSpecs"))]
    bundle = mapping(body.get("bundle"))
    return Upgrade(
        id=word(body.get("id")) or "",
        bundle_id=word(body.get("bundleId")),
        component=_bundle(bundle).component if bundle else None,
        state=state_of(status, _UPGRADES),
        status=status,
        task_id=word(body.get("taskId")),
        scheduled_for=next((when for when in times if when is not None), None),
        ended_at=moment(body.get("endTime")),
    )

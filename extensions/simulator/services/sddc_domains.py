# SPDX-License-Identifier: GPL-3.0-or-later
"""SDDC Manager's domains, the versions of what is in them, and their releases (sddc-manager-openapi.json 9.1:
getDomains, getDomain, getSddcManagers, getVcenters, getNsxClusters, getHosts, getReleases, getReleaseByDomains,
getReleaseByDomain, updateReleaseByDomainID, getFutureReleases, validateReleaseByDomainID,
getDomainReleaseViewValidation)."""

from __future__ import annotations

import uuid
from typing import Any

from starlette.responses import Response

from ..sddc_scenario import Component, Domain, Host, Kind
from . import sddc_bodies
from . import sddc_upgrade_bodies as bodies
from .base import BadRequest, Call, Route, json, without_none
from .sddc_desk import Desk, body
from .sddc_platform import Platform
from .sddc_tokens import SddcTokens


class Domains(Desk):
    """What there is, and which release it is to have."""

    def __init__(self, service: SddcTokens, platform: Platform) -> None:
        super().__init__(service, platform)
        self._validations: dict[str, tuple[float, Domain, str]] = {}

    def routes(self) -> list[Route]:
        releases = f"{self.base}/releases/domains"
        return [
            Route("GET", f"{self.base}/domains", self.list_domains),
            Route("GET", f"{self.base}/domains/{{domain_id}}", self.get_domain),
            Route("GET", f"{self.base}/sddc-managers", self.list_sddc_managers),
            Route("GET", f"{self.base}/vcenters", self.list_vcenters),
            Route("GET", f"{self.base}/nsxt-clusters", self.list_nsx_clusters),
            Route("GET", f"{self.base}/hosts", self.list_hosts),
            Route("GET", f"{self.base}/releases", self.list_releases),
            Route("GET", releases, self.list_targets),
            Route("GET", releases + "/validations/{validation_id}", self.get_validation),
            Route("GET", releases + "/{domain_id}", self.get_target),
            Route("PATCH", releases + "/{domain_id}", self.set_target),
            Route("GET", releases + "/{domain_id}/future-releases", self.list_future_releases),
            Route("POST", releases + "/{domain_id}/validations", self.validate),
        ]

    def list_domains(self, call: Call) -> Response:
        wanted = call.parameters
        found = [bodies.domain(domain, self.platform) for domain in self.platform.domains.values()]
        for name in ("type", "name"):
            found = [domain for domain in found if wanted.get(name) in (None, domain[name])]
        return json(bodies.page(found))

    def get_domain(self, call: Call, domain_id: str) -> Response:
        domain = self.domain(domain_id)
        return self.no_domain(domain_id) if domain is None else json(bodies.domain(domain, self.platform))

    def list_sddc_managers(self, call: Call) -> Response:
        return self._appliances("SDDC_MANAGER", call)

    def list_vcenters(self, call: Call) -> Response:
        return self._appliances("VCENTER", call)

    def list_nsx_clusters(self, call: Call) -> Response:
        found = [
            {
                "id": part.id,
                "vipFqdn": part.fqdn,
                "domains": [bodies.reference(domain)],
                "version": self.platform.version(part),
            }
            for domain, part in self._all("NSX", call)
        ]
        return json(bodies.page(found))

    def list_hosts(self, call: Call) -> Response:
        found = [
            {
                "id": host.id,
                "fqdn": host.fqdn,
                "esxiVersion": self._version_of(host, part),
                "domain": bodies.reference(domain),
                "status": "ASSIGNED",
            }
            for domain, part in self._all("ESX", call)
            for host in (domain.hosts if isinstance(domain.hosts, list) else [])
        ]
        return json(bodies.page(found))

    def _version_of(self, host: Host, esx: Component) -> str:
        """What a host has: before the upgrade of all hosts, some may be further than others."""
        now = self.platform.version(esx)
        return now if now == esx.target else host.version or now

    def list_releases(self, call: Call) -> Response:
        """The release each domain has, or that of one domain."""
        wanted = call.parameters.get("domainId")
        if wanted is not None and self.domain(wanted) is None:
            return self.no_domain(wanted)
        domains = [domain for domain in self.platform.domains.values() if wanted in (None, domain.id)]
        found = [bodies.release(domain, self.platform.release(domain)) for domain in domains]
        return json(bodies.page([release for i, release in enumerate(found) if release not in found[:i]]))

    def list_targets(self, call: Call) -> Response:
        return json(bodies.page([self._target_of(domain) for domain in self.platform.domains.values()]))

    def get_target(self, call: Call, domain_id: str) -> Response:
        domain = self.domain(domain_id)
        return self.no_domain(domain_id) if domain is None else json(self._target_of(domain))

    def set_target(self, call: Call, domain_id: str) -> Response:
        domain, version = self.domain(domain_id), _target(call)
        if domain is None:
            return self.no_domain(domain_id)
        if (text := _refusal(domain, version)) is not None:
            return self.refuse(422, "TARGET_RELEASE_NOT_APPLICABLE", text, "Choose one of the future releases.")
        self.platform.targets[domain_id] = version
        return Response(status_code=200)

    def list_future_releases(self, call: Call, domain_id: str) -> Response:
        domain = self.domain(domain_id)
        if domain is None:
            return self.no_domain(domain_id)
        done = self.platform.on_target(domain)
        return json(bodies.page([] if done else [bodies.future_release(domain)]))

    def validate(self, call: Call, domain_id: str) -> Response:
        domain, version = self.domain(domain_id), _target(call)
        if domain is None:
            raise BadRequest(f"domain {domain_id} is not found")
        validation_id = str(uuid.uuid4())
        self._validations[validation_id] = (self.now, domain, version)
        return json(self._validation(validation_id), 202)

    def get_validation(self, call: Call, validation_id: str) -> Response:
        if validation_id not in self._validations:
            return self.refuse(404, "VALIDATION_NOT_FOUND", f"Validation {validation_id} is not found.")
        return json(self._validation(validation_id))

    def _target_of(self, domain: Domain) -> dict[str, str]:
        """DomainReleaseView; the version is empty where none is chosen."""
        return {"domainId": domain.id, "targetVersion": self.platform.targets.get(domain.id, "")}

    def _validation(self, validation_id: str) -> dict[str, Any]:
        """Validation."""
        began, domain, version = self._validations[validation_id]
        over = self.now >= began + self.platform.spec.validation_seconds
        reason = sddc_bodies.error(domain.invalid) if domain.invalid else None
        if (text := _refusal(domain, version)) is not None:
            reason = sddc_bodies.error_fields("TARGET_RELEASE_NOT_APPLICABLE", text, "", "")
        result = "FAILED" if reason else "SUCCEEDED"
        check = without_none(
            description=f"{domain.name} can be upgraded to {version}",
            severity="ERROR" if reason else "INFO",
            resultStatus=result if over else "IN_PROGRESS",
            errorResponse=reason if over else None,
        )
        return {
            "id": validation_id,
            "description": f"Validate release {version} for domain {domain.name}",
            "executionStatus": "COMPLETED" if over else "IN_PROGRESS",
            "resultStatus": result if over else "UNKNOWN",
            "validationChecks": [check],
        }

    def _appliances(self, kind: Kind, call: Call) -> Response:
        """Pages of SddcManager and of Vcenter, which are alike."""
        found = [
            {
                "id": part.id,
                "fqdn": part.fqdn,
                "version": self.platform.version(part),
                "domain": bodies.reference(domain),
            }
            for domain, part in self._all(kind, call)
        ]
        return json(bodies.page(found))

    def _all(self, kind: Kind, call: Call) -> list[tuple[Domain, Component]]:
        """The components of a kind, in the domain that is asked for or in all."""
        wanted = call.parameters.get("domainId")
        found = [(domain, part) for domain, of, part in self.platform.components() if of == kind]
        return [(domain, part) for domain, part in found if wanted in (None, domain.id)]


def _refusal(domain: Domain, version: str) -> str | None:
    """Why a domain can not have a release, if so."""
    if version != domain.target:
        return f"Release {version} is no future release of domain {domain.name}."
    return " ".join(domain.inapplicable) or None


def _target(call: Call) -> str:
    version = body(call).get("targetVersion")
    if not isinstance(version, str) or not version:
        raise BadRequest("targetVersion must be a version")
    return version

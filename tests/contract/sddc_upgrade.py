# SPDX-License-Identifier: GPL-3.0-or-later
"""Broadcom's clients for SDDC Manager's upgrade flow, logged in at a simulator, and the steps of the flow."""

from __future__ import annotations

from typing import Any

import requests
import vmware.sddc_manager.model_client as model
from vmware.sddc_manager.v1 import releases_client, upgradables_client
from vmware.sddc_manager.v1.releases import domains_client as release_domains_client
from vmware.sddc_manager.v1.system import check_sets_client
from vmware.sddc_manager.v1.system_client import CheckSets, Upgradables
from vmware.sddc_manager.v1_client import (
    Bundles,
    Domains,
    Hosts,
    NsxtClusters,
    Releases,
    SddcManagers,
    Tasks,
    Tokens,
    Upgrades,
    Vcenters,
)

from ansible_collections.vcf.lifecycle.extensions.simulator.simulator import Simulator
from tests.contract.bindings import differences
from tests.contract.clients import Wire, configuration

USER, PASSWORD = "administrator@vsphere.local", "VMware123!"
OLD, NEW = "9.0.2.0", "9.1.0.0"
STILL = 0.001  # a speed: the simulated time is what a test makes it, however slow the test is


class SddcManager:
    """All the clients, and one session. `good` compares the last answer with the specification."""

    def __init__(self, sim: Simulator, session: requests.Session) -> None:
        self.sim, self.session = sim, session
        self.wire = Wire(session)
        self.log_in()

    def log_in(self) -> None:
        """Make all the clients anew, with a new token."""
        spec = model.TokenCreationSpec(username=USER, password=PASSWORD)
        token = Tokens(configuration(self.session, self.sim.url)).create_token(spec).access_token
        config = configuration(self.session, self.sim.url, token)
        self.domains, self.releases, self.sddc_managers = Domains(config), Releases(config), SddcManagers(config)
        self.vcenters, self.nsx_clusters, self.hosts = Vcenters(config), NsxtClusters(config), Hosts(config)
        self.release_domains = releases_client.Domains(config)
        self.future_releases = release_domains_client.FutureReleases(config)
        self.validations = release_domains_client.Validations(config)
        self.bundles, self.upgrades, self.tasks = Bundles(config), Upgrades(config), Tasks(config)
        self.upgradables, self.system_upgradables = upgradables_client.Domains(config), Upgradables(config)
        self.queries, self.check_sets = check_sets_client.Queries(config), CheckSets(config)

    def good(self, kind: Any, status: int = 200) -> None:
        """The last answer was what the specification says."""
        assert (self.wire.status, differences(self.wire.body, kind)) == (status, [])

    def refused(self, status: int, code: str) -> None:
        """The last answer was that error."""
        self.good(model.Error, status)
        assert self.wire.body["errorCode"] == code

    def domain_id(self, name: str) -> str:
        """The id of a domain."""
        return next(str(domain.id) for domain in self.domains.get_domains().elements if domain.name == name)

    def choose(self, domain: str) -> None:
        """Choose the target release of a domain."""
        self.release_domains.update_release_by_domain_id(domain, model.DomainRelease(target_version=NEW))
        assert (self.wire.status, self.wire.body) == (200, None)

    def upgradable(self, domain: str) -> dict[str, str]:
        """The statuses of what can be upgraded, by the names of the components, in their order."""
        page = self.upgradables.get_upgradables_by_domain(domain, NEW)
        self.good(model.PageOfUpgradable)
        assert all(element.resource.resource_id == domain for element in page.elements)
        return self.statuses(page)

    def all_upgradables(self) -> dict[str, str]:
        """The same of all domains."""
        page = self.system_upgradables.get_upgradables()
        self.good(model.PageOfUpgradable)
        return self.statuses(page)

    def statuses(self, page: model.PageOfUpgradable) -> dict[str, str]:
        """The statuses by the names that the scenario has for the components."""
        platform = self.sim.service("sddc_manager").platform  # type: ignore[attr-defined]
        names = {part.id: part.name for _domain, _kind, part in platform.components()}
        return {names[element.software_components[0].id]: element.status for element in page.elements}

    def available(self, domain: str) -> str:
        """The bundle of the one that can be upgraded next."""
        page = self.upgradables.get_upgradables_by_domain(domain, NEW)
        (bundle,) = [element.bundle_id for element in page.elements if element.status == "AVAILABLE"]
        return str(bundle)

    def download(self, bundle: str, **spec: Any) -> model.Task:
        """Download a bundle, now where ``spec`` says nothing else."""
        wanted = model.BundleDownloadSpec(**(spec or {"download_now": True}))
        task = self.bundles.start_bundle_download_by_id(bundle, model.BundleUpdateSpec(bundle_download_spec=wanted))
        self.good(model.Task, 202)
        return task

    def check(self, domain: str) -> str:
        """Ask for the checks of a domain, twice as one does, and run them all. Returns the id of the run."""
        wanted = model.CheckSetQueryDomainResources(domain_id=domain)
        found = self.queries.query_check_sets(model.CheckSetQueryInput(check_set_type="UPGRADE", domains=[wanted]))
        self.good(model.CheckSetQueryResult)
        wanted.resources = [
            model.CheckSetQueryResource(resource_type=resource.resource_type, resource_target_version=NEW)
            for resource in found.resources
        ]
        found = self.queries.query_check_sets(model.CheckSetQueryInput(check_set_type="UPGRADE", domains=[wanted]))
        resources = [
            model.CheckSetResourceSelection(
                resource_name=resource.resource_name,
                resource_id=resource.resource_id,
                resource_type=resource.resource_type,
                check_sets=[model.SelectedCheckSetCandidate(check_set_id=c.check_set_id) for c in resource.check_sets],
            )
            for resource in found.resources
        ]
        metadata = model.AssessmentMetadata(target_version=NEW)
        wanted_run = model.CheckSetRunInput(query_id=found.query_id, resources=resources, metadata=metadata)
        task = self.check_sets.trigger_check_run(wanted_run)
        self.good(model.Task, 202)
        return str(task.id)

    def perform(self, domain: str, bundle: str, resource: dict[str, Any] | None = None, **more: Any) -> model.Upgrade:
        """Start an upgrade, at once where ``resource`` says nothing else."""
        wanted = model.ResourceUpgradeSpec(resource_id=domain, **(resource or {"upgrade_now": True}))
        spec = model.UpgradeSpec(bundle_id=bundle, resource_type="DOMAIN", resource_upgrade_specs=[wanted], **more)
        task = self.upgrades.perform_upgrade(spec)
        self.good(model.Task, 202)
        return self.upgrade(task.id)

    def upgrade(self, upgrade_id: str) -> model.Upgrade:
        """The upgrade with that id."""
        found = self.upgrades.get_upgrade_by_id(upgrade_id)
        self.good(model.Upgrade)
        return found

    def task(self, task_id: str) -> model.Task:
        """The task with that id."""
        found = self.tasks.get_task(task_id)
        self.good(model.Task)
        return found

    def versions(self, domain: str) -> list[str]:
        """The versions of NSX, vCenter and ESX in a domain."""
        nsx = self.nsx_clusters.get_nsx_clusters(domain_id=domain)
        self.good(model.PageOfNsxtCluster)
        vcenters = self.vcenters.get_vcenters(domain_id=domain)
        self.good(model.PageOfVcenter)
        hosts = self.hosts.get_hosts(domain_id=domain)
        self.good(model.PageOfHost)
        return [nsx.elements[0].version, vcenters.elements[0].version, hosts.elements[0].esxi_version]

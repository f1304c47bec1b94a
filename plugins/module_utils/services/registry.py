# SPDX-License-Identifier: GPL-3.0-or-later
"""All services. A new one is a file beside this one, and a line in here.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
The imports are plain ones, so that Ansible finds what it has to ship with a module.
"""

from __future__ import annotations

from ansible_collections.vcf.lifecycle.plugins.module_utils.services.base import Service
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.fleet_lcm import FleetLcm
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.sddc_lcm import SddcLcm
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.sddc_manager import SddcManager
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.sddc_manager_credentials import (
    SddcManagerCredentials,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.vcenter import VCenter
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.vcf_installer import VcfInstaller
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.vmc import Vmc

SERVICES: dict[str, type[Service]] = {
    service.name: service
    for service in (
        FleetLcm,
        SddcLcm,
        SddcManager,
        SddcManagerCredentials,
        VcfInstaller,
        VCenter,
        Vmc,
    )
}

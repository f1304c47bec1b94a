# SPDX-License-Identifier: GPL-3.0-or-later
"""The services, one a file. To add one: write its file and name it here."""

from __future__ import annotations

from tests.simulator.services.base import Service
from tests.simulator.services.fleet_lcm import FleetLcm
from tests.simulator.services.sddc_credentials import SddcManagerCredentials
from tests.simulator.services.sddc_lcm import SddcLcm
from tests.simulator.services.sddc_manager import SddcManager
from tests.simulator.services.vcenter import VCenter
from tests.simulator.services.vcf_installer import VcfInstaller
from tests.simulator.services.vmc import Vmc

_ALL: tuple[type[Service], ...] = (
    FleetLcm,
    SddcLcm,
    SddcManager,
    SddcManagerCredentials,
    VcfInstaller,
    VCenter,
    Vmc,
)
SERVICES: dict[str, type[Service]] = {service.name: service for service in _ALL}

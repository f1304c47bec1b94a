# SPDX-License-Identifier: GPL-3.0-or-later
"""The services, one a file. To add one: write its file and name it here."""

from __future__ import annotations

from .base import Service
from .fleet_lcm import FleetLcm
from .sddc_credentials import SddcManagerCredentials
from .sddc_lcm import SddcLcm
from .sddc_manager import SddcManager
from .vcenter import VCenter
from .vcf_installer import VcfInstaller
from .vmc import Vmc

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
